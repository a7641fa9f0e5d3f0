import { useId, useState } from 'react';
import { Link } from 'wouter';
import type { CoverFigures, CoverKind, CoverPurse, CoversFigures, CoverStatus, CoverTask } from '../chain/model.js';
import { ActionButton } from '../components/action.js';
import { useChainTime, useSnapshot, useToken, useWallet } from '../components/context.js';
import { amountOr0, MoneyField, readAmount } from '../components/field.js';
import { Card, Fact, Facts, Gauge, Notice, Page, Stat, Stats, Table, number } from '../components/parts.js';
import { Address, Money, When } from '../components/text.js';
import { duration, exact, percent, percentOfPpm, price, slotsDuration } from '../lib/format.js';

export const COVER_KINDS: Readonly<Record<CoverKind, string>> = {
    claims: 'claims',
    venue: 'bad debt of a pool',
    parametric: 'by a formula',
};

const STATUSES: Readonly<Record<CoverStatus, { readonly label: string; readonly tag: string }>> = {
    waiting: { label: 'not open yet', tag: 'tag' },
    active: { label: 'active', tag: 'tag strong' },
    suspended: { label: 'suspended', tag: 'tag warn' },
    lapsed: { label: 'lapsed', tag: 'tag warn' },
    over: { label: 'over', tag: 'tag' },
    ended: { label: 'ended', tag: 'tag' },
};

const TASKS: Readonly<Record<CoverTask, { readonly label: string; readonly why: string }>> = {
    settle: { label: 'Settle', why: 'The fund pays what the cover is owed, once clearing is whole and a minute has passed since the draw.' },
    collect: { label: 'Collect', why: 'What was paid waits for its destination.' },
    'show-gap': { label: 'Show the gap', why: 'The market has fallen so far that the pool may lack money: this holds exits for ten minutes.' },
    accrue: { label: 'Accrue', why: 'Premium of the time that has passed is not earned yet.' },
    end: { label: 'End', why: 'Its time is over, and nothing is undecided: it pledges nothing any more.' },
    refund: { label: 'Refund', why: 'Premium and first loss that it has not used wait for its beneficiary.' },
};

export function CoversPage() {
    const { covers } = useSnapshot();
    const { connected } = useWallet();
    return (
        <Page
            title="Covers"
            lead="Parts of the fund that are pledged to programs, for losses that were not born here: an exploit of another protocol, the bad debt of a lending pool, or what liquidity providers lose against holding. Clearing is always paid first."
        >
            <Lost figures={covers} />
            {covers.covers.length === 0 ? (
                <Card title="All covers">
                    <p className="muted">
                        This fund has no cover. Governance can register one, which waits until everybody could have left.
                    </p>
                </Card>
            ) : (
                <>
                    <All covers={covers.covers} />
                    {!connected && <Notice>Connect a wallet to act. Nothing here needs a member account.</Notice>}
                    <div className="grid">
                        {covers.covers.map((cover) => (
                            <Cover key={cover.address} cover={cover} />
                        ))}
                    </div>
                </>
            )}
        </Page>
    );
}

/** What contributors can lose to all covers together. */
function Lost({ figures }: { figures: CoversFigures }) {
    const { wallet } = useSnapshot();
    const { budget, budgetBps, fromContributions, fromContributionsPpm, heldUntilTs, holdMostSecs, holdRoomSecs, owed } = figures;
    const { pledged, there, treasuryFree } = figures;
    const own = wallet?.member?.contribution ?? 0n;
    return (
        <Card
            title="What contributors can lose"
            hint="All covers together, whatever their programs do. They never reach margins, gains or assessments."
        >
            <Stats>
                <Stat label="Pledged, at most" value={<Money value={pledged} unit />} note={`of a budget of ${percent(budgetBps)} of the fund`} />
                <Stat label="Treasury pays first" value={<Money value={treasuryFree < pledged ? treasuryFree : pledged} unit />} note="down to its floor" />
                <Stat
                    label="Then contributions"
                    value={<Money value={fromContributions} unit />}
                    note={`${percentOfPpm(fromContributionsPpm)} of each share`}
                />
                <Stat label="There for covers now" value={<Money value={there} unit />} note="treasury above its floor, and contributions" />
                <Stat label="Owed" value={<Money value={owed} unit />} note={owed > 0n ? 'exits wait for its settlement' : 'nothing waits'} />
            </Stats>
            <Gauge label="Pledged, of the budget" value={pledged} limit={budget} />
            {own > 0n && (
                <p>
                    Of your contribution of <Money value={own} unit />, at most{' '}
                    <Money value={(own * fromContributionsPpm) / 1_000_000n} unit /> can be lost to covers.
                </p>
            )}
            <p>
                {heldUntilTs === undefined ? (
                    <>No cover holds exits.</>
                ) : (
                    <>
                        <strong>Exits and contributions are held</strong> until <When ts={heldUntilTs} />, because a loss was reported or drawn.
                    </>
                )}{' '}
                <span className="muted">
                    All holds together come out of one bucket of {duration(holdMostSecs)}, of which {duration(holdRoomSecs)} are left; a
                    second comes back in three.
                </span>
            </p>
        </Card>
    );
}

function All({ covers }: { covers: readonly CoverFigures[] }) {
    return (
        <Card title="All covers">
            <Table
                caption="Covers with limit, what was drawn, and what is there"
                className="stacked"
                head={['Cover', 'For', 'Status', number('Limit'), number('Drawn'), number('Owed'), number('Payable'), number('First loss'), 'Paid until']}
            >
                {covers.map((cover) => (
                    <tr key={cover.address}>
                        <th scope="row">Cover {cover.index}</th>
                        <td data-column="For">{COVER_KINDS[cover.kind]}</td>
                        <td data-column="Status">
                            <Status cover={cover} />
                        </td>
                        <td className="number" data-column="Limit"><Money value={cover.limit} /></td>
                        <td className="number" data-column="Drawn"><Money value={cover.drawn} /></td>
                        <td className="number" data-column="Owed"><Money value={cover.owed} /></td>
                        <td className="number" data-column="Payable"><Money value={cover.payable} /></td>
                        <td className="number" data-column="First loss"><Money value={cover.firstLoss} /></td>
                        <td data-column="Paid until">
                            <PaidUntil cover={cover} />
                        </td>
                    </tr>
                ))}
            </Table>
        </Card>
    );
}

function Status({ cover: { status } }: { cover: CoverFigures }) {
    const { label, tag } = STATUSES[status];
    return <span className={tag}>{label}</span>;
}

function PaidUntil({ cover: { endsTs, kind, lapsedTs, paidUntilTs, premiumBps, status } }: { cover: CoverFigures }) {
    if (status === 'ended') {
        return <span className="muted">ended</span>;
    }
    if (lapsedTs !== undefined) {
        return (
            <>
                lapsed <When past ts={lapsedTs} />
            </>
        );
    }
    if (premiumBps === 0n) {
        return <span className="muted">{kind === 'parametric' ? 'each policy pays' : 'costs nothing'}</span>;
    }
    return paidUntilTs === undefined ? (
        <>
            its end, <When ts={endsTs} />
        </>
    ) : (
        <When ts={paidUntilTs} />
    );
}

function Cover({ cover }: { cover: CoverFigures }) {
    const { books, panels } = useSnapshot();
    const panel = panels.find(({ address }) => address === cover.drawer);
    const isBook = books.some(({ address }) => address === cover.drawer);
    const { can, coinsuranceBps, endableTs, endsTs, firstLoss, firstLossMin, limit, opensTs, perDraw, periodRoom, pledged, premiumBps, premiumYear } = cover;
    return (
        <Card
            span={6}
            title={`Cover ${cover.index}: ${COVER_KINDS[cover.kind]}`}
            aside={<Status cover={cover} />}
            hint={
                panel ? (
                    <Link href="/claims">{panel.losses.length === 0 ? 'No loss was reported.' : 'Losses and claims'}</Link>
                ) : (
                    isBook && <Link href="/policies">Policies of liquidity providers</Link>
                )
            }
        >
            <div className="stack">
                {cover.owed > 0n && <Owed cover={cover} />}
                {can.length > 0 && <Tasks cover={cover} />}
                <Facts>
                    <Fact label="Left to pay out">
                        <Money value={pledged} unit /> <span className="muted">of <Money value={limit} />; at most <Money value={perDraw} /> for one loss, and <Money value={periodRoom} /> more this week</span>
                    </Fact>
                    <Fact label="First loss">
                        <Money value={firstLoss} unit />{' '}
                        <span className={firstLoss < firstLossMin ? 'loss' : 'muted'}>
                            pays first; the losses of a new week are paid only with at least{' '}
                            <Money value={firstLossMin} />
                        </span>
                    </Fact>
                    <Fact label="Coinsurance">{percent(coinsuranceBps)} of each loss beyond the first</Fact>
                    <Fact label="Premium">
                        {percent(premiumBps)} a year <span className="muted">of what is there for it: <Money value={premiumYear} unit /></span>
                    </Fact>
                    <Fact label="Paid in advance">
                        <Money value={cover.prepaid} unit />
                    </Fact>
                    <Fact label="Covers what happens">
                        from <When ts={opensTs} /> to <When ts={endsTs} />
                    </Fact>
                    <Fact label="Can be ended">
                        <When ts={endableTs} />
                    </Fact>
                </Facts>
                {cover.venue && <Venue venue={cover.venue} />}
                {cover.status !== 'ended' && <PayIn cover={cover} />}
                <details>
                    <summary>Addresses and terms</summary>
                    <Facts>
                        <Fact label="Cover"><Address value={cover.address} /></Fact>
                        <Fact label="Drawer"><Address value={cover.drawer} /></Fact>
                        <Fact label="Destination"><Address value={cover.destination} /></Fact>
                        <Fact label="Beneficiary"><Address value={cover.beneficiary} /></Fact>
                        <Fact label="Hash of the terms"><Address value={cover.termsHash} /></Fact>
                    </Facts>
                </details>
            </div>
        </Card>
    );
}

function Owed({ cover: { owed, settlesSlot, status } }: { cover: CoverFigures }) {
    const { slot } = useChainTime();
    const { fund } = useSnapshot();
    const left = settlesSlot === undefined ? 0n : settlesSlot - slot;
    const waits =
        status === 'suspended'
            ? 'It waits until governance resumes the cover, and holds no exits.'
            : left > 0n
              ? `It can be settled in ${slotsDuration(left)}.`
              : fund.blocks.some(({ kind }) => kind !== 'cover-owed' && kind !== 'cover-hold')
                ? 'Clearing comes first: a loss, a house, a grace or a watch is there.'
                : 'It can be settled now.';
    return (
        <Notice kind="warn">
            <Money value={owed} unit /> was drawn and is not paid yet. {waits}
        </Notice>
    );
}

function Tasks({ cover: { can, index } }: { cover: CoverFigures }) {
    return (
        <ul className="tasks plain" aria-label={`Cover ${index}: what anyone can do`}>
            {can.map((task) => (
                <li key={task}>
                    <span className="small">{TASKS[task].why}</span>
                    <span className="do">
                        <ActionButton action={{ kind: 'cover', task, cover: index }}>
                            {TASKS[task].label}
                            <span className="visually-hidden"> cover {index}</span>
                        </ActionButton>
                    </span>
                </li>
            ))}
        </ul>
    );
}

/** The bound of a pool's draws: everybody can see it. */
function Venue({ venue: { bound, debt, high, market, price: now, priceDecimals, reported, symbol, thresholdBps } }: { venue: NonNullable<CoverFigures['venue']> }) {
    return (
        <Facts>
            <Fact label="Bound now">
                <strong>
                    <Money value={bound > reported ? bound - reported : 0n} unit />
                </strong>{' '}
                <span className="muted">
                    {bound === 0n
                        ? 'the market has not fallen far enough for a liquidation to lack money'
                        : `what the fall explains, less what was reported for it`}
                </span>
            </Fact>
            <Fact label="Market">
                <Link href={`/markets/${market}`}>{symbol}</Link> at {price(now, priceDecimals)},{' '}
                <span className="muted">at most {price(high, priceDecimals, now)} in the last half hour</span>
            </Fact>
            <Fact label="Debt covered">
                <Money value={debt} unit /> <span className="muted">liquidated at {percent(thresholdBps)} of its collateral</span>
            </Fact>
        </Facts>
    );
}

const PURSES: readonly { readonly purse: CoverPurse; readonly label: string }[] = [
    { purse: 'prepaid', label: 'Premium in advance' },
    { purse: 'first-loss', label: 'First loss' },
    { purse: 'earned', label: 'Premium that is earned at once' },
];

function PayIn({ cover: { index } }: { cover: CoverFigures }) {
    const { wallet } = useSnapshot();
    const { decimals } = useToken();
    const [text, setText] = useState('');
    const [purse, setPurse] = useState<CoverPurse>('prepaid');
    const id = useId();
    const amount = readAmount(text, decimals, wallet?.tokens, 'your wallet holds');
    return (
        <details>
            <summary>Pay in</summary>
            <div className="stack">
                <div className="field">
                    <label htmlFor={id}>For cover {index}, as</label>
                    <select id={id} value={purse} onChange={(event) => setPurse(event.target.value as CoverPurse)}>
                        {PURSES.map(({ label, purse: each }) => (
                            <option key={each} value={each}>
                                {label}
                            </option>
                        ))}
                    </select>
                </div>
                <MoneyField
                    label={`Amount for cover ${index}`}
                    text={text}
                    amount={amount}
                    {...(wallet?.tokens !== undefined && { most: wallet.tokens, hint: `Your wallet holds ${exact(wallet.tokens, decimals)}.` })}
                    onChange={setText}
                >
                    <ActionButton
                        action={{ kind: 'fund-cover', cover: index, purse, amount: amountOr0(amount) }}
                        disabled={amountOr0(amount) === 0n}
                        onDone={() => setText('')}
                    >
                        See what it does
                    </ActionButton>
                </MoneyField>
            </div>
        </details>
    );
}
