import { useEffect, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { DefaultFigures, HistoryEntry, Layer } from '../chain/model.js';
import { ActionButton } from '../components/action.js';
import { Cascade } from '../components/cascade.js';
import { TimeChart } from '../components/chart.js';
import { useServices, useSnapshot, useToken } from '../components/context.js';
import { amountOr0, MoneyField, readAmount } from '../components/field.js';
import { FromLedger, useLedger } from '../components/ledger.js';
import { Card, Fact, Facts, Notice, Page, Stat, Stats, Table, number } from '../components/parts.js';
import { paidOf, Story } from '../components/story.js';
import { Address, Ago, Lots, Money, ShortAddress, Signature, When } from '../components/text.js';
import { compactMoney, exact, percentOfPpm, price, ratio } from '../lib/format.js';
import { readDefaults, readMember, readStory, type LedgerDefault } from '../lib/ledger.js';
import { explorerLink } from '../lib/settings.js';

const LAYERS: readonly Layer[] = ['margin', 'contribution', 'treasury', 'survivors', 'unpaid'];

const lossOf = ({ paid, shortfall }: Pick<DefaultFigures, 'paid' | 'shortfall'>) => (paid.margin ?? 0n) + shortfall;

/** A default as the list shows it: from its record, or from the ledger once the record is closed. */
type Row = Pick<DefaultFigures, 'declaredTs' | 'member' | 'paid' | 'seq' | 'shortfall'> & {
    readonly haircutPpm?: bigint;
    readonly status: DefaultFigures['status'] | 'closed';
};

const closed = (entry: LedgerDefault): Row => ({
    seq: entry.seq,
    declaredTs: entry.ts,
    member: entry.member,
    shortfall: entry.shortfall,
    paid: paidOf(entry),
    status: 'closed',
});

export function DefaultsPage() {
    const { defaults, fund } = useSnapshot();
    const asked = useLedger('/v1/defaults', readDefaults);
    const known = new Set(defaults.map(({ seq }) => seq));
    const others = (asked?.value ?? []).filter(({ seq }) => !known.has(seq)).map(closed);
    const rows: readonly Row[] = [...defaults, ...others].toSorted((a, b) => Number(b.seq - a.seq));
    return (
        <Page
            title="Defaults"
            lead={
                asked
                    ? 'Every default of the fund, and who paid for it: those whose records are closed come from the ledger.'
                    : 'Every default of the fund, and who paid for it. Records stay for at least three months.'
            }
        >
            <Card title={`${fund.defaults} so far`}>
                {rows.length === 0 ? (
                    <p className="muted">
                        {fund.defaults === 0n ? 'There has been none.' : 'All of their records have been closed.'}
                    </p>
                ) : (
                    <Table
                        caption="Defaults, the latest first"
                        head={['Default', 'Declared', 'Member', number('Loss'), number('Own'), number('Treasury'), number('Survivors'), number('Haircut'), 'State']}
                    >
                        {rows.map((entry) => (
                            <DefaultRow key={entry.seq.toString()} entry={entry} />
                        ))}
                    </Table>
                )}
                {fund.defaults > BigInt(defaults.length) && (
                    <FromLedger asked={asked} what="A default whose record is closed">
                        {() => null}
                    </FromLedger>
                )}
            </Card>
            <Card title="Uncovered losses over time" hint="What defaulters could not pay themselves, all together, and the part of it that others have paid.">
                <FromLedger asked={asked} what="A series over time">
                    {(entries) => <Uncovered entries={entries} />}
                </FromLedger>
            </Card>
        </Page>
    );
}

function DefaultRow({ entry }: { entry: Row }) {
    return (
        <tr>
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
            <td className="number">{entry.haircutPpm === undefined ? '–' : percentOfPpm(entry.haircutPpm)}</td>
            <td>
                <span className={entry.status === 'declared' ? 'tag warn' : 'tag'}>{entry.status}</span>
            </td>
        </tr>
    );
}

/** Sums over all defaults, one step a default. */
function Uncovered({ entries }: { entries: readonly LedgerDefault[] }) {
    const { decimals } = useToken();
    const { ts: now } = useSnapshot();
    const [first, last] = [entries[0], entries.at(-1)];
    if (!first || !last) {
        return <p className="muted">There has been no default yet.</p>;
    }
    // From nothing, and up to now: two defaults at once are no picture.
    const end = now > last.ts ? now : last.ts;
    const begin = first.ts - (end - first.ts) / 10n - 60n;
    const running = (of: (entry: LedgerDefault) => bigint) => {
        let sum = 0n;
        const sums = entries.map((entry) => (sum += of(entry)));
        return [0n, ...sums, sum];
    };
    return (
        <TimeChart
            caption="Losses beyond what defaulters paid"
            times={[begin, ...entries.map(({ ts }) => ts), end]}
            format={(value) => compactMoney(value, decimals)}
            series={[
                { label: 'Beyond the defaulters', className: 'series-accent', values: running(({ byDefaulter, shortfall }) => shortfall - byDefaulter) },
                {
                    label: 'Paid by contributions and cushions',
                    className: 'layer-survivors',
                    values: running(({ byCushions, bySurvivors }) => bySurvivors + byCushions),
                },
                { label: 'Paid by the treasury', className: 'layer-treasury', values: running(({ byTreasury }) => byTreasury) },
            ]}
        />
    );
}

export function DefaultPage({ seq }: { seq: string }) {
    const { defaults, fund, wallet } = useSnapshot();
    const entry = defaults.find((candidate) => candidate.seq.toString() === seq);
    if (!entry) {
        return BigInt(seq) < fund.defaults ? <ClosedDefault seq={seq} /> : <NoDefault seq={seq}>it has not happened</NoDefault>;
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
                                {percentOfPpm(entry.haircutPpm)} of what your contribution was worth.
                            </p>
                            <MyPart seq={entry.seq} member={wallet.memberAddress} />
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
                        <Table caption="Positions taken over" head={['Market', number('Size'), number('Mark')]}>
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

function NoDefault({ children, seq }: { seq: string; children: ReactNode }) {
    return (
        <Page title={`Default ${seq}`}>
            <div>
                There is no record of it: {children}. <Link href="/defaults">All defaults</Link>
            </div>
        </Page>
    );
}

/** A default whose record is closed: the ledger still knows who paid. */
function ClosedDefault({ seq }: { seq: string }) {
    const { wallet } = useSnapshot();
    const asked = useLedger(`/v1/defaults/${seq}`, readStory);
    if (!asked?.value) {
        return (
            <NoDefault seq={seq}>
                it has been closed. <FromLedger asked={asked} what="What became of it">{() => null}</FromLedger>
            </NoDefault>
        );
    }
    const { entry, events } = asked.value;
    const paid = paidOf(entry);
    const loss = lossOf({ paid, shortfall: entry.shortfall });
    return (
        <Page
            title={`Default ${seq}`}
            lead={
                <>
                    Declared <When ts={entry.ts} />, in slot {exact(entry.slot, 0)}. Its record is closed: this is from the ledger.
                </>
            }
        >
            <Stats>
                <Stat label="Loss" value={<Money value={loss} unit />} />
                <Stat label="Paid by the defaulter" value={<Money value={entry.fromMargin + entry.byDefaulter} unit />} />
                <Stat label="Paid back since" value={<Money value={entry.repaid} unit />} note="by the defaulter or for it" />
                <Stat label="Bounties" value={<Money value={entry.bounties} unit />} note="to the keepers who declared and allocated it" />
            </Stats>
            <div className="grid">
                <Card title="Who paid what" span={7} hint="From the events of the default.">
                    <Cascade
                        amounts={paid}
                        layers={LAYERS}
                        caption={`Who paid for default ${seq}`}
                        column="Paid"
                        extra={{ label: 'Part', of: (layer) => ratio(paid[layer] ?? 0n, loss) }}
                    />
                </Card>
                <Card title="What I bore" span={5}>
                    {wallet?.member ? (
                        <MyPart seq={entry.seq} member={wallet.memberAddress} />
                    ) : (
                        <p className="muted">Connect the wallet of a member to see what it bore.</p>
                    )}
                    <Facts>
                        <Fact label="Defaulter">
                            <Address value={entry.member} />
                        </Fact>
                    </Facts>
                </Card>
                <Card title="Timeline" span={12} hint="Every transaction that belongs to it.">
                    <Story entry={entry} events={events} />
                </Card>
            </div>
        </Page>
    );
}

/** What this default took of a member’s contribution, in money. */
function MyPart({ member, seq }: { seq: bigint; member: string }) {
    const asked = useLedger(`/v1/members/${member}`, readMember);
    return (
        <FromLedger asked={asked} what="Your part of it in money">
            {({ losses, recoveriesPaid }) => {
                const own = losses.filter((loss) => loss.seq === seq).reduce((sum, { amount }) => sum + amount, 0n);
                return (
                    <Facts>
                        <Fact label="This default took of my contribution">
                            <Money value={own} unit />
                        </Fact>
                        <Fact label="Recoveries paid to me, of all defaults">
                            <Money value={recoveriesPaid} unit />
                        </Fact>
                    </Facts>
                );
            }}
        </FromLedger>
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
    const asked = useLedger(`/v1/defaults/${entry.seq}`, readStory);
    if (!asked) {
        return <NodesTimeline entry={entry} />;
    }
    return (
        <Card title="Timeline" span={6} hint="Every transaction that belongs to it, from the ledger.">
            <FromLedger asked={asked} what="The timeline">
                {(story) => <Story entry={story.entry} events={story.events} />}
            </FromLedger>
        </Card>
    );
}

/** The same without a ledger: as far as the node remembers. */
function NodesTimeline({ entry }: { entry: DefaultFigures }) {
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
