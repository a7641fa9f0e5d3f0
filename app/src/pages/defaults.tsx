import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import type { DefaultFigures, HistoryEntry, Layer } from '../chain/model.js';
import { ActionButton } from '../components/action.js';
import { Cascade } from '../components/cascade.js';
import { useServices, useSnapshot, useToken } from '../components/context.js';
import { amountOr0, MoneyField, readAmount } from '../components/field.js';
import { Card, Fact, Facts, Notice, Page, Stat, Stats, Table, number } from '../components/parts.js';
import { Address, Ago, Lots, Money, ShortAddress, Signature, When } from '../components/text.js';
import { exact, percentOfPpm, price, ratio } from '../lib/format.js';
import { explorerLink } from '../lib/settings.js';

const LAYERS: readonly Layer[] = ['margin', 'contribution', 'treasury', 'survivors', 'unpaid'];

const lossOf = ({ paid, shortfall }: DefaultFigures) => (paid.margin ?? 0n) + shortfall;

export function DefaultsPage() {
    const { defaults, fund } = useSnapshot();
    return (
        <Page title="Defaults" lead="Every default of the fund, and who paid for it. Records stay for at least three months.">
            <Card title={`${fund.defaults} so far`}>
                {defaults.length === 0 ? (
                    <p className="muted">
                        {fund.defaults === 0n ? 'There has been none.' : 'All of their records have been closed.'}
                    </p>
                ) : (
                    <Table
                        caption="Defaults, the latest first"
                        head={['Default', 'Declared', 'Member', number('Loss'), number('Own'), number('Treasury'), number('Survivors'), number('Haircut'), 'State']}
                    >
                        {defaults.map((entry) => (
                            <tr key={entry.seq.toString()}>
                                <th scope="row">
                                    <Link href={`/defaults/${entry.seq}`}>Default {entry.seq.toString()}</Link>
                                </th>
                                <td>
                                    <Ago ts={entry.declaredTs} />
                                </td>
                                <td>
                                    <ShortAddress value={entry.member} />
                                </td>
                                <td className="number">
                                    <Money value={lossOf(entry)} />
                                </td>
                                <td className="number">
                                    <Money value={(entry.paid.margin ?? 0n) + (entry.paid.contribution ?? 0n)} />
                                </td>
                                <td className="number">
                                    <Money value={entry.paid.treasury ?? 0n} />
                                </td>
                                <td className="number">
                                    <Money value={entry.paid.survivors ?? 0n} />
                                </td>
                                <td className="number">{percentOfPpm(entry.haircutPpm)}</td>
                                <td>
                                    <span className={entry.status === 'declared' ? 'tag warn' : 'tag'}>{entry.status}</span>
                                </td>
                            </tr>
                        ))}
                    </Table>
                )}
            </Card>
        </Page>
    );
}

export function DefaultPage({ seq }: { seq: string }) {
    const { defaults, fund, wallet } = useSnapshot();
    const entry = defaults.find((candidate) => candidate.seq.toString() === seq);
    if (!entry) {
        return (
            <Page title={`Default ${seq}`}>
                <p>
                    There is no record of it: {BigInt(seq) < fund.defaults ? 'it has been closed' : 'it has not happened'}.{' '}
                    <Link href="/defaults">All defaults</Link>
                </p>
            </Page>
        );
    }
    const loss = lossOf(entry);
    return (
        <Page
            title={`Default ${entry.seq}`}
            lead={
                <>
                    Declared <When ts={entry.declaredTs} />, in slot {exact(entry.declaredSlot, 0)}.
                </>
            }
        >
            {entry.status === 'declared' && (
                <Notice
                    kind="warn"
                    action={
                        <ActionButton primary action={{ kind: 'keep', task: { kind: 'allocate', record: entry.address } }}>
                            Allocate the loss
                        </ActionButton>
                    }
                >
                    <strong>Declared, and not allocated.</strong> Anyone may run the waterfall for it, for a bounty. Until then contributions
                    can neither enter nor leave.
                </Notice>
            )}
            <Stats>
                <Stat label="Loss" value={<Money value={loss} unit />} />
                <Stat
                    label="Paid by the defaulter"
                    value={<Money value={(entry.paid.margin ?? 0n) + (entry.paid.contribution ?? 0n)} unit />}
                />
                <Stat
                    label="Haircut of every survivor"
                    value={percentOfPpm(entry.haircutPpm)}
                    note="of its contribution, the same for all"
                />
                <Stat label="Paid back since" value={<Money value={entry.repaid} unit />} note="by the defaulter or for it" />
            </Stats>
            <div className="grid">
                <Card title="Who paid what" span={7} hint="From the record of the default, which the program wrote.">
                    <Cascade
                        amounts={entry.paid}
                        layers={LAYERS}
                        caption={`Who paid for default ${entry.seq}`}
                        column="Paid"
                        extra={{ label: 'Part', of: (layer) => ratio(entry.paid[layer] ?? 0n, loss) }}
                    />
                    {entry.cushion > 0n && (
                        <p className="muted small">
                            <Money value={entry.cushion} unit /> of the defaulter’s contribution were kept back as a cushion: they pay for the sale
                            of its positions before the treasury does, and what is left comes back to it.
                        </p>
                    )}
                    <p className="muted small">
                        Bounties of <Money value={entry.bounties} unit /> went to the keepers who declared and allocated it. They come from the
                        defaulter’s contribution and the treasury.
                    </p>
                </Card>
                <Card title="What I bore" span={5}>
                    {wallet?.member ? (
                        <>
                            <Facts>
                                <Fact label="Losses of mine not paid back">
                                    <Money value={wallet.member.recovery.borne} unit />
                                </Fact>
                                <Fact label="Come back, to claim">
                                    <Money value={wallet.member.recovery.claimable} unit />
                                </Fact>
                            </Facts>
                            <p className="muted small">
                                These are over all defaults together: the chain keeps one sum. If you were a contributor then, this default took{' '}
                                {percentOfPpm(entry.haircutPpm)} of what your contribution was worth. Your part of it in money needs a ledger
                                service, and none is configured.
                            </p>
                        </>
                    ) : (
                        <p className="muted">Connect the wallet of a member to see what it bore and what has come back.</p>
                    )}
                    <Repay entry={entry} />
                </Card>
                <Card title="Positions that went to the house" span={6} hint="At the price at which they were taken over.">
                    {entry.positions.length === 0 ? (
                        <p className="muted">None: its positions were flat.</p>
                    ) : (
                        <Table caption="Positions taken over" head={['Market', number('Lots'), number('Mark')]}>
                            {entry.positions.map((position) => (
                                <tr key={position.market}>
                                    <th scope="row">
                                        <Link href={`/markets/${position.market}`}>{position.symbol}</Link>
                                    </th>
                                    <td className="number">
                                        <Lots value={position.lots} decimals={position.lotDecimals} symbol={position.symbol} />
                                    </td>
                                    <td className="number">{price(position.price, position.priceDecimals)}</td>
                                </tr>
                            ))}
                        </Table>
                    )}
                    <Facts>
                        <Fact label="Defaulter">
                            <Address value={entry.member} />
                        </Fact>
                        <Fact label="Record">
                            <Address value={entry.address} />
                        </Fact>
                    </Facts>
                </Card>
                <Timeline entry={entry} />
            </div>
        </Page>
    );
}

function Repay({ entry }: { entry: DefaultFigures }) {
    const { wallet } = useSnapshot();
    const { decimals } = useToken();
    const [text, setText] = useState('');
    const others = (entry.paid.treasury ?? 0n) + (entry.paid.survivors ?? 0n) + (entry.paid.unpaid ?? 0n);
    const left = others > entry.repaid ? others - entry.repaid : 0n;
    const amount = readAmount(text, decimals, wallet?.tokens, 'your wallet holds');
    if (!wallet || left === 0n) {
        return null;
    }
    return (
        <details>
            <summary>Pay back what this default cost others</summary>
            <div className="stack">
                <MoneyField
                    label="Amount"
                    text={text}
                    amount={amount}
                    hint={
                        <>
                            Up to <Money value={left} unit />; it goes to those who paid.
                        </>
                    }
                    onChange={setText}
                />
                <div>
                    <ActionButton
                        disabled={amountOr0(amount) === 0n}
                        action={{ kind: 'repay-default', record: entry.address, amount: amountOr0(amount) }}
                        onDone={() => setText('')}
                    >
                        Repay
                    </ActionButton>
                </div>
            </div>
        </details>
    );
}

function Timeline({ entry }: { entry: DefaultFigures }) {
    const { chain, config, settings } = useServices();
    const [history, setHistory] = useState<readonly HistoryEntry[]>();
    useEffect(() => {
        void chain.ask('history', { account: entry.address }).then(setHistory, () => setHistory([]));
    }, [chain, entry.address, entry.status, entry.repaid]);
    const explorer = settings.explorer ?? config.explorer;
    return (
        <Card title="Timeline" span={6} hint="The transactions that touched its record, as far as the node remembers them.">
            {history === undefined && <p role="status">Asking the node…</p>}
            {history?.length === 0 && <p className="muted">The node remembers none of them.</p>}
            {history && history.length > 0 && (
                <ol className="timeline">
                    {history.toReversed().map(({ events, signature, slot, ts }) => (
                        <li key={signature} className="done">
                            {events.map(({ isLoss, name, text }, index) => (
                                <span key={`${name}-${index}`} className={isLoss ? 'loss' : undefined}>
                                    {text}{' '}
                                </span>
                            ))}
                            {events.length === 0 && 'A transaction.'}
                            <br />
                            <span className="when small">
                                slot {exact(slot, 0)}
                                {slot > entry.declaredSlot && `, ${exact(slot - entry.declaredSlot, 0)} after the declaration`}
                                {ts !== undefined && (
                                    <>
                                        , <Ago ts={ts} />
                                    </>
                                )}
                            </span>
                            <br />
                            <span className="small">
                                <Signature signature={signature} explorer={explorerLink(explorer, signature)} />
                            </span>
                        </li>
                    ))}
                </ol>
            )}
        </Card>
    );
}
