import { useState } from 'react';
import { Link } from 'wouter';
import type { House, MarketFigures, Rates, Silence as Reason } from '../chain/model.js';
import { ActionButton } from '../components/action.js';
import { useChainTime, useSnapshot, useWallet } from '../components/context.js';
import { amountOr0, NumberField, readAmount } from '../components/field.js';
import { MarketOffers } from '../components/offers.js';
import { Card, Fact, Facts, Gauge, Notice, Page, Stat, Stats, Table, number } from '../components/parts.js';
import { Address, Ago, Lots, Money, When } from '../components/text.js';
import { decimal, duration, exact, percent, price, SLOT_MS } from '../lib/format.js';
import { MarketState } from './fund.js';

export function MarketPage({ index }: { index: number }) {
    const { markets } = useSnapshot();
    const market = markets[index];
    if (!market) {
        return (
            <Page title="No such market">
                <p>
                    The fund has {markets.length} markets. <Link href="/markets">All of them</Link>
                </p>
            </Page>
        );
    }
    return (
        <Page title={market.symbol} lead={<MarketState market={market} />}>
            <Silence market={market} />
            <div className="grid">
                <Price market={market} />
                <Interest market={market} />
                {market.house && <Auction house={market.house} market={market} />}
                <MarketOffers market={market} />
                <RatesCard market={market} />
                <Details market={market} />
            </div>
        </Page>
    );
}

const SILENCES: Readonly<Record<Exclude<Reason, 'mark too old'>, string>> = {
    'never priced': 'There has never been a price.',
    'price too old': 'The last price is old.',
    'price not positive': 'The last price was zero or negative.',
    'other exponent': 'The feed has changed the decimals of its price.',
    'feed not trading': 'The feed is not trading.',
    'price uncertain': 'The last price was too uncertain.',
};

function Silence({ market }: { market: MarketFigures }) {
    const { fund } = useSnapshot();
    const hasLoss = fund.blocks.some(({ kind }) => kind === 'default-open' || kind === 'unfunded');
    return (
        <>
            {(hasLoss || fund.status === 'wind-down') && (
                <Notice kind="warn">
                    <strong>Trades only reduce positions now:</strong>{' '}
                    {fund.status === 'wind-down'
                        ? 'the fund is winding down.'
                        : 'a loss of the fund is not paid for. What the house sells can be taken over.'}{' '}
                    <Link href="/">The fund</Link>
                </Notice>
            )}
            {market.halted && (
                <Notice kind="warn">
                    <strong>The breaker has tripped:</strong> the price moved too far, and trades that add risk halt until{' '}
                    <When ts={market.halted.untilTs} />. Reducing, depositing, liquidation and defaults go on.
                </Notice>
            )}
            {market.endsTs !== undefined && (
                <Notice kind={market.reduceOnly ? 'warn' : 'info'}>
                    <strong>This market ends</strong> <When ts={market.endsTs} />, at the mean of its price over the hour before.{' '}
                    {market.reduceOnly ? 'It only takes trades that reduce.' : 'In that hour it only takes trades that reduce.'}
                </Notice>
            )}
            {market.silence && market.silence !== 'mark too old' && (
                <Notice kind="warn">
                    <strong>{SILENCES[market.silence]}</strong> Until a sound one is there, this market neither trades nor settles, and it
                    holds up nothing else: members are judged by it with allowance for the doubt. Any action that needs a price brings the
                    newest along.
                </Notice>
            )}
        </>
    );
}

function Price({ market }: { market: MarketFigures }) {
    const { confidence, judged, mark, priceDecimals, publishedTs, range } = market;
    return (
        <Card
            title="Price"
            span={6}
            aside={
                <ActionButton
                    disabled={market.isFinal}
                    action={{ kind: 'keep', task: { kind: 'crank', market: market.index } }}
                >
                    Take a new price
                </ActionButton>
            }
        >
            <p>
                <span className="big-price">{price(mark, priceDecimals)}</span>{' '}
                <span className="muted">± {price(confidence, priceDecimals, mark)}</span>
            </p>
            <Facts>
                <Fact label="Published">{publishedTs > 0n ? <When past ts={publishedTs} /> : 'never'}</Fact>
                <Fact label="Others judge between">
                    {price(judged.low, priceDecimals)} and {price(judged.high, priceDecimals)}
                </Fact>
                {range && (
                    <Fact label="Breaker’s range">
                        {price(range.low, priceDecimals)} to {price(range.high, priceDecimals)}
                    </Fact>
                )}
                <Fact label="Trades are within">{percent(market.bandBps)} of the mark</Fact>
                <Fact label="Regime">
                    <span className={market.regime === 'stressed' ? 'tag warn' : 'tag'}>{market.regime}</span>
                </Fact>
                <Fact label="Volatility a year">
                    {market.volatilityBps === undefined ? 'no sample yet' : `${decimal(market.volatilityBps, 2, 1)}%`}{' '}
                    <span className="muted">
                        {market.targetVolatilityBps > 0n && `against a target of ${percent(market.targetVolatilityBps)}`}
                    </span>
                </Fact>
            </Facts>
        </Card>
    );
}

function Interest({ market }: { market: MarketFigures }) {
    return (
        <Card title="Open interest" span={6} hint="How much is held long, by members and the house together. As much is held short.">
            <Stats>
                <Stat
                    label="Size"
                    value={<Lots value={market.openInterest} decimals={market.lotDecimals} symbol={market.symbol} />}
                />
                <Stat label="Notional" value={<Money value={market.openNotional} unit />} />
            </Stats>
            <Gauge label="Open interest" value={market.openInterest} limit={market.maxOpenInterest} />
            <p className="muted small">
                At most <Lots value={market.maxOpenInterest} decimals={market.lotDecimals} symbol={market.symbol} /> may be open. Open
                positions pay a premium of {percent(market.premiumBps)} a year to those who stand behind them, half in a calm market and twice
                as much in a stressed one.
            </p>
        </Card>
    );
}

/** The price that the auction asks now, between two readings: the same line that the program computes. */
export function auctionNow(house: House, slot: bigint): { price: bigint; discountBps: bigint } {
    const elapsed = slot > house.sinceSlot ? slot - house.sinceSlot : 0n;
    const discountBps =
        elapsed >= house.auctionSlots ? house.maxDiscountBps : (house.maxDiscountBps * elapsed) / house.auctionSlots;
    const discount = (house.start * discountBps) / 10_000n;
    return { discountBps, price: house.lots < 0n ? house.start + discount : house.start - discount };
}

function Auction({ house, market }: { house: House; market: MarketFigures }) {
    const { slot } = useChainTime();
    const { wallet } = useSnapshot();
    const { connected } = useWallet();
    const [text, setText] = useState('');
    const most = house.lots < 0n ? -house.lots : house.lots;
    const amount = readAmount(text, market.lotDecimals, most, 'the house has');
    const now = auctionNow(house, slot);
    const end = house.sinceSlot + house.auctionSlots;
    const isLong = house.lots > 0n;
    return (
        <Card
            title={isLong ? 'The house sells' : 'The house buys back'}
            span={12}
            hint={
                isLong
                    ? 'A defaulter’s long position. The longer the fund holds it, the cheaper it gets.'
                    : 'A defaulter’s short position. Whoever takes it over goes short at a price that grows.'
            }
        >
            <div className="grid">
                <div className="span-6 stack">
                    <Stats>
                        <Stat
                            label="A lot’s price now"
                            value={price(now.price, market.priceDecimals)}
                            note={`${price(house.start, market.priceDecimals)} before the discount`}
                        />
                        <Stat
                            label={isLong ? 'Discount' : 'Premium to you'}
                            value={percent(now.discountBps)}
                            note={`at most ${percent(house.maxDiscountBps)}`}
                        />
                        <Stat
                            label="For sale"
                            value={<Lots value={house.lots} decimals={market.lotDecimals} symbol={market.symbol} />}
                            note={<Money value={house.notional} unit />}
                        />
                    </Stats>
                    <Gauge label="Discount" value={now.discountBps} limit={house.maxDiscountBps} />
                    <p className="muted small">
                        {slot >= end
                            ? 'The discount is at its cap.'
                            : `The cap is reached in about ${duration(((end - slot) * SLOT_MS) / 1_000n)}.`}{' '}
                        You need margin and contribution for what you take, at the base rates.
                    </p>
                </div>
                <div className="span-6 stack">
                    <NumberField
                        label="How many to take over"
                        unit={market.symbol}
                        text={text}
                        amount={amount}
                        all={exact(most, market.lotDecimals)}
                        onChange={setText}
                    />
                    <div className="row">
                        <ActionButton
                            primary
                            disabled={amountOr0(amount) === 0n || !wallet?.member}
                            action={{ kind: 'take-over', market: market.index, lots: amountOr0(amount) }}
                            onDone={() => setText('')}
                        >
                            Take over
                        </ActionButton>
                        {!connected && <span className="muted small">Connect a wallet first.</span>}
                        {connected && wallet && !wallet.member && (
                            <Link href="/membership" className="small">
                                Members only: become one
                            </Link>
                        )}
                    </div>
                </div>
            </div>
        </Card>
    );
}

const RATES: readonly (readonly [keyof Rates, string, string])[] = [
    ['initialBps', 'Initial margin', 'to add risk or to withdraw'],
    ['maintenanceBps', 'Maintenance margin', 'below it you can be liquidated'],
    ['contributionBps', 'Contribution', 'required, of the notional'],
    ['stressBps', 'Stress move', 'of the cover limit'],
];

function RatesCard({ market }: { market: MarketFigures }) {
    return (
        <Card
            title="Rates in force"
            span={6}
            hint={`The base rates times volatility over its target, now ${decimal(market.multiplierBps, 4, 2)}. Maintenance margin moves slowly.`}
        >
            <Table caption="Rates of notional" head={['Rate', number('In force'), number('Base')]}>
                {RATES.map(([key, label, meaning]) => (
                    <tr key={key}>
                        <th scope="row">
                            {label} <span className="muted small plain-weight">{meaning}</span>
                        </th>
                        <td className="number">{percent(market.rates[key])}</td>
                        <td className="number muted">{percent(market.baseRates[key])}</td>
                    </tr>
                ))}
            </Table>
        </Card>
    );
}

function Details({ market }: { market: MarketFigures }) {
    return (
        <Card title="Where it is" span={6}>
            <Facts>
                <Fact label="Account">
                    <Address value={market.address} />
                </Fact>
                <Fact label="Feed">
                    <Address value={market.feed} />
                </Fact>
                <Fact label="A lot is">
                    {decimal(1n, market.lotDecimals, market.lotDecimals)} {market.symbol}
                </Fact>
                <Fact label="Mark taken">
                    {market.publishedTs > 0n ? <Ago past ts={market.publishedTs} /> : 'never'} in slot {exact(market.crankedSlot, 0)}
                </Fact>
            </Facts>
            <details>
                <summary>What stays a risk in any market</summary>
                <ul className="small">
                    <li>A price that moves within seconds by more than initial margin covers is the fund’s loss.</li>
                    <li>A price below zero does not exist here: the contract ends at its last positive mean.</li>
                    <li>Splits and dividends are not adjusted for. Governance closes the market before.</li>
                    <li>
                        While the feed is silent nobody can close a position. A feed that is gone ends its market about 17 days later.
                    </li>
                    <li>If the chain’s clock is wrong by minutes, new risk stops; nothing is lost.</li>
                </ul>
            </details>
        </Card>
    );
}
