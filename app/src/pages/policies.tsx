import { policyMost, policyPayout, policyPremium } from 'bulkhead-client';
import { useId, useState } from 'react';
import { Link } from 'wouter';
import type { BookFigures, PolicyFigures, PolicyState } from '../chain/model.js';
import { ActionButton } from '../components/action.js';
import { useChainTime, useSnapshot, useToken, useWallet } from '../components/context.js';
import { amountOr0, MoneyField, readAmount } from '../components/field.js';
import { Card, Fact, Facts, Gauge, Notice, number, Page, Table } from '../components/parts.js';
import { Address, Money, When } from '../components/text.js';
import { day, exact, percent, price } from '../lib/format.js';

const DAY = 86_400n;

const STATES: Readonly<Record<PolicyState, { readonly label: string; readonly tag: string }>> = {
    waiting: { label: 'waits for its entry', tag: 'tag' },
    startable: { label: 'can be started', tag: 'tag warn' },
    'in-force': { label: 'in force', tag: 'tag strong' },
    expired: { label: 'expired', tag: 'tag' },
    settled: { label: 'settled', tag: 'tag' },
    payable: { label: 'payable', tag: 'tag strong' },
    nothing: { label: 'pays nothing', tag: 'tag' },
    over: { label: 'over', tag: 'tag' },
};

export function PoliciesPage() {
    const { books } = useSnapshot();
    const { connected } = useWallet();
    const policies = books.flatMap((book) => book.policies.map((policy) => ({ book, policy })));
    return (
        <Page
            title="Policies"
            lead="Insurance for liquidity providers: it pays by a formula what a 50/50 pool has lost against holding, between the mean prices of two whole days that nobody knows yet."
        >
            {books.length === 0 ? (
                <Card title="Books">
                    <p className="muted">
                        Nobody sells policies on this fund yet. They come with a <Link href="/covers">cover</Link> that governance opens for a book of them.
                    </p>
                </Card>
            ) : (
                <>
                    {connected ? <Own policies={policies} /> : <Notice>Connect a wallet to buy a policy, and to see yours. It needs no member account.</Notice>}
                    {books.map((book) => (
                        <Book key={book.address} book={book} />
                    ))}
                </>
            )}
        </Page>
    );
}

function Own({ policies }: { policies: readonly { readonly book: BookFigures; readonly policy: PolicyFigures }[] }) {
    return (
        <Card title="Your policies" hint="One that is paid is closed, its rent comes back, and it is not shown any more.">
            {policies.length === 0 ? (
                <p className="muted">This wallet has none.</p>
            ) : (
                <Table
                    caption="Your policies, and where each stands"
                    className="stacked"
                    head={['Policy', number('Insures'), number('Premium'), number('Pays at most'), 'Entry', 'Exit', 'State', '']}
                >
                    {policies.map(({ book, policy }) => (
                        <Row key={policy.address} book={book} policy={policy} />
                    ))}
                </Table>
            )}
        </Card>
    );
}

function Row({ book, policy }: { book: BookFigures; policy: PolicyFigures }) {
    return (
        <tr>
            <th scope="row">
                {exact(policy.number, 0)} on {book.symbol}
            </th>
            <td className="number" data-column="Insures"><Money value={policy.insured} /></td>
            <td className="number" data-column="Premium"><Money value={policy.premium} /></td>
            <td className="number" data-column="Pays at most"><Money value={policy.most} /></td>
            <td data-column="Entry">
                <Mean book={book} ts={policy.entryTs} price={policy.entryPrice} />
            </td>
            <td data-column="Exit">
                <Mean book={book} ts={policy.exitTs} price={policy.exitPrice} />
            </td>
            <td data-column="State">
                <State policy={policy} />
            </td>
            <td>
                {policy.state === 'startable' && (
                    <ActionButton action={{ kind: 'start-policy', policy: policy.address }} primary>
                        Start<span className="visually-hidden"> policy {exact(policy.number, 0)}</span>
                    </ActionButton>
                )}
                {policy.state === 'payable' && (
                    <ActionButton action={{ kind: 'claim-policy', policy: policy.address }} primary>
                        Claim<span className="visually-hidden"> policy {exact(policy.number, 0)}</span>
                    </ActionButton>
                )}
            </td>
        </tr>
    );
}

function State({ policy }: { policy: PolicyFigures }) {
    const { label, tag } = STATES[policy.state];
    return (
        <span>
            <span className={tag}>{label}</span>{' '}
            <span className="small muted">
                <Why policy={policy} />
            </span>
        </span>
    );
}

/** The mean price of a UTC day, if it is known. */
function Mean({ book, price: mean, ts }: { book: BookFigures; ts: bigint; price: bigint | undefined }) {
    return (
        <span>
            {day(ts)}
            {mean !== undefined && <span className="muted"> at {price(mean, book.priceDecimals)}</span>}
        </span>
    );
}

function Why({ policy }: { policy: PolicyFigures }) {
    switch (policy.state) {
        case 'waiting':
            return <>It is in force once its day of entry is over, if that was noted for half of it.</>;
        case 'startable':
            return <>The price of entry is known. Anyone may start it; the keeper does.</>;
        case 'in-force':
            return (
                <>
                    It is settled from <When ts={policy.settlesTs} />.
                </>
            );
        case 'expired':
            return <>It is settled once its day of exit is over and was noted.</>;
        case 'settled':
            return (
                <>
                    The formula says <Money value={policy.payout ?? 0n} unit />. The fund pays it once clearing is whole.
                </>
            );
        case 'payable':
            return (
                <>
                    <Money value={policy.pay ?? 0n} unit /> are yours until <When ts={policy.claimUntilTs ?? 0n} />.
                </>
            );
        case 'nothing':
            return <>{nothing(policy)}</>;
        case 'over':
            return <>The 90 days are over, and its payout has gone back to the fund.</>;
    }
}

/** Why a policy pays nothing. */
function nothing({ entryPrice, exitPrice, payout }: PolicyFigures): string {
    if (entryPrice === undefined) {
        return 'It never was in force: its day of entry has no price, or nobody has started it in time.';
    }
    if (exitPrice === undefined && payout !== undefined) {
        return 'Its day of exit has no price: it was noted for less than half of it.';
    }
    return 'The price has not moved far enough, or the fund had nothing.';
}

function Book({ book }: { book: BookFigures }) {
    const { covers } = useSnapshot();
    const cover = covers.covers.find(({ index }) => index === book.cover);
    const { capBps, coinsuranceBps, deductibleBps, leastVolatilityBps, thetaBps } = book.terms;
    const isOpen = cover?.status === 'active';
    return (
        <Card
            title={`Policies on ${book.symbol}`}
            aside={<span className={isOpen ? 'tag strong' : 'tag warn'}>{isOpen ? 'sells' : 'does not sell'}</span>}
            hint={
                <>
                    By <Link href="/covers">cover {book.cover}</Link>, at the price of <Link href={`/markets/${book.market}`}>{book.symbol}</Link>.
                    Nothing of its terms changes.
                </>
            }
        >
            <div className="grid">
                <div className="span-6 stack">
                    <Facts>
                        <Fact label="Pays nothing below">{percent(BigInt(deductibleBps))} of loss</Fact>
                        <Fact label="Pays at most">{percent(BigInt(capBps))} of what it insures</Fact>
                        <Fact label="You bear">{percent(BigInt(coinsuranceBps))} of each payout yourself</Fact>
                        <Fact label="Price">
                            {percent(BigInt(thetaBps))} of the fair value, at a volatility of {percent(BigInt(leastVolatilityBps))} a year at least
                        </Fact>
                        <Fact label="Least value"><Money value={book.minInsured} unit /></Fact>
                        <Fact label="All policies pay at most"><Money value={book.pledged} unit /></Fact>
                        <Fact label="Can still be sold"><Money value={book.room} unit /> <span className="muted">of largest payouts</span></Fact>
                        <Fact label="Prices noted">{book.notedTs === undefined ? 'never yet' : <When past ts={book.notedTs} />}</Fact>
                    </Facts>
                    <Gauge label="Pledged, of what the cover can pay" value={book.pledged} limit={book.pledged + book.room} />
                    <details>
                        <summary>Address</summary>
                        <Facts>
                            <Fact label="Book"><Address value={book.address} /></Fact>
                        </Facts>
                    </details>
                </div>
                <div className="span-6 stack">
                    {isOpen ? <Buy book={book} /> : <p className="muted">Its cover is not open, so that nothing is sold now. Policies that run are paid.</p>}
                </div>
            </div>
        </Card>
    );
}

/** Moves of the price, in percent of that of entry, that a quote shows. */
const MOVES = [-50, -25, 25, 50, 100];
/** Of the premium of now, in percent: a variance that rises until the transaction runs is paid for up to that. */
const PREMIUM_AT_MOST = 105n;

function Buy({ book }: { book: BookFigures }) {
    const { wallet } = useSnapshot();
    const { decimals } = useToken();
    const { ts } = useChainTime();
    const [least, longest] = book.termDays;
    const [text, setText] = useState('');
    const [termDays, setTermDays] = useState(least);
    const id = useId();
    const amount = readAmount(text, decimals);
    const insured = amountOr0(amount);
    const premium = policyPremium(book.terms, insured, book.variance, termDays);
    const most = policyMost(book.terms, insured);
    const today = (ts / DAY) * DAY;
    const problem = insured === 0n ? undefined : problemOf(book, { insured, most, premium, tokens: wallet?.tokens, decimals });
    const terms = Array.from({ length: longest - least + 1 }, (_, more) => least + more);
    return (
        <section className="stack" aria-label={`Buy a policy on ${book.symbol}`}>
            <h3>Buy a policy</h3>
            <MoneyField label="Value of your position" text={text} amount={amount} hint="You can insure a part of it, and nobody looks at the pool." onChange={setText} />
            <div className="field">
                <label htmlFor={id}>Term</label>
                <select id={id} value={termDays} onChange={(event) => setTermDays(Number(event.target.value))}>
                    {terms.map((days) => (
                        <option key={days} value={days}>
                            {days} days
                        </option>
                    ))}
                </select>
            </div>
            {insured > 0n && premium !== undefined && (
                <Facts>
                    <Fact label="Premium now"><strong><Money value={premium} unit /></strong></Fact>
                    <Fact label="Pays at most"><strong><Money value={most} unit /></strong></Fact>
                    <Fact label="Entry">the mean price of {day(today + DAY)}</Fact>
                    <Fact label="Exit">the mean price of {day(today + BigInt(termDays + 1) * DAY)}</Fact>
                    <Fact label="Settled from"><When ts={today + BigInt(termDays + 2) * DAY} /></Fact>
                    {MOVES.map((move) => (
                        <Fact key={move} label={move < 0 ? `If the price falls by ${-move}%` : `If it rises by ${move}%`}>
                            <Money value={policyPayout(book.terms, insured, 100n, BigInt(100 + move))} unit />
                        </Fact>
                    ))}
                </Facts>
            )}
            {problem && (
                <Notice kind="warn" live>
                    {problem}
                </Notice>
            )}
            <p>
                <ActionButton
                    primary
                    action={{ kind: 'buy-policy', book: book.address, insured, termDays, maxPremium: ((premium ?? 0n) * PREMIUM_AT_MOST) / 100n }}
                    agreement={{ text: 'I know that a formula of two prices decides what I am paid, and not what my pool has lost.' }}
                    disabled={insured === 0n || problem !== undefined}
                    onDone={() => setText('')}
                >
                    See what it does
                </ActionButton>
            </p>
        </section>
    );
}

/** Why nothing is sold, as far as the accounts say so already. */
function problemOf(
    book: BookFigures,
    asked: { readonly insured: bigint; readonly most: bigint; readonly premium: bigint | undefined; readonly tokens: bigint | undefined; readonly decimals: number },
): string | undefined {
    const { decimals, insured, most, premium, tokens } = asked;
    if (insured < book.minInsured) {
        return `The book insures values of ${exact(book.minInsured, decimals)} and more.`;
    }
    if (premium === undefined) {
        return 'At this volatility nothing is sold: the premium would reach the largest payout.';
    }
    if (most > book.room) {
        return `The cover can pay ${exact(book.room, decimals)} more, and this policy could ask for ${exact(most, decimals)}.`;
    }
    if (tokens !== undefined && premium > tokens) {
        return `Your wallet holds ${exact(tokens, decimals)}, less than the premium.`;
    }
    return undefined;
}
