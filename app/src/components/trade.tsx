/** The forms of offers: posting one, and taking one. @module */

import { anyPrice, offerPrice } from 'bulkhead-client';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Action, MarketFigures, OfferFigures } from '../chain/model.js';
import { isAddress } from '../lib/address.js';
import { duration, exact, percent, price } from '../lib/format.js';
import { ActionButton } from './action.js';
import { useChainTime, useSnapshot, useWallet } from './context.js';
import { amountOr0, NumberField, readAmount, type Amount } from './field.js';
import { Card, Fact, Facts, Notice } from './parts.js';
import { Address, Lots, offerTerms, When } from './text.js';

const BPS_DECIMALS = 2;
const ONE_BPS = 10_000n;
/** The program holds prices in words, and lots in signed ones. */
const MOST_PRICE = 2n ** 64n - 1n;
const MOST_LOTS = 2n ** 63n - 1n;

/** How an offer's price is said. */
type Pricing = 'print' | 'better' | 'worse' | 'price';

const PRICINGS: readonly (readonly [Pricing, string])[] = [
    ['print', 'At the print'],
    ['better', 'Better for me than the print, by'],
    ['worse', 'Worse for me than the print, by'],
    ['price', 'At a price, or better for me'],
];

/** Lifetimes that are offered, in seconds. */
const LIFETIMES = [600n, 3_600n, 86_400n, 604_800n, 2_592_000n];

interface Draft {
    readonly sells: boolean;
    readonly lots: Amount;
    readonly fewest: Amount;
    readonly pricing: Pricing;
    readonly distance: Amount;
    readonly limit: Amount;
    readonly secs: bigint;
    readonly onlyFor: string;
}

/** The action of a form that is complete; none while it is not. */
export function postAction(draft: Draft, market: number, now: bigint): Extract<Action, { kind: 'post-offer' }> | undefined {
    const { distance, fewest, limit, lots, onlyFor, pricing, sells } = draft;
    const wallet = onlyFor.trim();
    const hasDistance = pricing === 'better' || pricing === 'worse';
    const isIncomplete =
        [distance, fewest, limit].some(({ kind }) => kind === 'problem') ||
        amountOr0(lots) === 0n ||
        (hasDistance && amountOr0(distance) === 0n) ||
        (pricing === 'price' && amountOr0(limit) === 0n) ||
        (wallet !== '' && !isAddress(wallet));
    if (isIncomplete) {
        return undefined;
    }
    const size = amountOr0(lots);
    const bps = hasDistance ? amountOr0(distance) : 0n;
    return {
        kind: 'post-offer',
        market,
        lots: sells ? -size : size,
        fewest: amountOr0(fewest),
        distanceBps: pricing === 'worse' ? -bps : bps,
        limitPrice: limit.kind === 'amount' ? limit.value : undefined,
        expiresTs: now + draft.secs,
        onlyFor: wallet === '' ? undefined : wallet,
    };
}

export function PostOffer({ market }: { market: MarketFigures }) {
    const { ts } = useChainTime();
    const { wallet } = useSnapshot();
    const id = useId();
    const [sells, setSells] = useState(false);
    const [lotsText, setLotsText] = useState('');
    const [fewestText, setFewestText] = useState('');
    const [pricing, setPricing] = useState<Pricing>('print');
    const [distanceText, setDistanceText] = useState('');
    const [limitText, setLimitText] = useState('');
    const [secs, setSecs] = useState(LIFETIMES[2] ?? 0n);
    const [onlyFor, setOnlyFor] = useState('');
    const lots = readAmount(lotsText, market.lotDecimals, MOST_LOTS, 'an offer can have');
    const draft: Draft = {
        sells,
        lots,
        fewest: readAmount(fewestText, market.lotDecimals, amountOr0(lots), 'you offer'),
        pricing,
        distance: readAmount(distanceText, BPS_DECIMALS, market.bandBps, 'the market’s price band'),
        limit: readAmount(limitText, market.priceDecimals, MOST_PRICE, 'a price can be'),
        secs,
        onlyFor,
    };
    const action = postAction(draft, market.index, ts);
    const isWallet = onlyFor.trim() === '' || isAddress(onlyFor.trim());
    return (
        <Card title="Post an offer" hint="It rests until somebody takes it, it expires, or you cancel it.">
            <div className="grid">
                <div className="span-6 stack">
                    <fieldset>
                        <legend>I want to</legend>
                        <div className="row">
                            {([false, true] as const).map((value) => (
                                <label key={String(value)} className="check">
                                    <input type="radio" name={`${id}-side`} checked={sells === value} onChange={() => setSells(value)} />
                                    <span>{value ? 'sell' : 'buy'}</span>
                                </label>
                            ))}
                        </div>
                    </fieldset>
                    <NumberField
                        label="How many to offer"
                        unit={market.symbol}
                        text={lotsText}
                        amount={lots}
                        onChange={setLotsText}
                    />
                    <NumberField
                        label="Fewest in one taking"
                        unit={market.symbol}
                        text={fewestText}
                        amount={draft.fewest}
                        hint="Leave it empty to let others take any part."
                        onChange={setFewestText}
                    />
                    <Choice id={`${id}-secs`} label="For how long" value={secs.toString()} onChange={(text) => setSecs(BigInt(text))}>
                        {LIFETIMES.map((each) => (
                            <option key={each.toString()} value={each.toString()}>
                                {duration(each)}
                            </option>
                        ))}
                    </Choice>
                </div>
                <div className="span-6 stack">
                    <Choice id={`${id}-price`} label="My price" value={pricing} onChange={(text) => setPricing(text as Pricing)}>
                        {PRICINGS.map(([value, label]) => (
                            <option key={value} value={value}>
                                {label}
                            </option>
                        ))}
                    </Choice>
                    {(pricing === 'better' || pricing === 'worse') && (
                        <NumberField
                            label="Distance from the print"
                            unit="%"
                            text={distanceText}
                            amount={draft.distance}
                            hint={`Trades are within ${percent(market.bandBps)} of it.`}
                            onChange={setDistanceText}
                        />
                    )}
                    <NumberField
                        label={pricing === 'price' ? 'Price' : sells ? 'Never below' : 'Never above'}
                        unit="a unit"
                        text={limitText}
                        amount={draft.limit}
                        hint={
                            pricing === 'price'
                                ? `You get the print where it is ${sells ? 'higher' : 'lower'}. It is filled only while this is within ${percent(market.bandBps)} of the print.`
                                : 'Leave it empty to accept every price.'
                        }
                        onChange={setLimitText}
                    />
                    <div className="field">
                        <label htmlFor={`${id}-for`}>Only for this wallet</label>
                        <input
                            id={`${id}-for`}
                            type="text"
                            autoComplete="off"
                            spellCheck={false}
                            value={onlyFor}
                            aria-invalid={!isWallet}
                            aria-describedby={`${id}-for-hint`}
                            onChange={(event) => setOnlyFor(event.target.value)}
                        />
                        <span id={`${id}-for-hint`}>
                            {!isWallet && (
                                <span className="problem" role="alert">
                                    This is not an address.{' '}
                                </span>
                            )}
                            <span className="hint">Leave it empty to let any member take it.</span>
                        </span>
                    </div>
                </div>
            </div>
            {action && <PriceNow action={action} market={market} />}
            <div className="row">
                {action ? (
                    <ActionButton
                        primary
                        disabled={!wallet?.member}
                        action={action}
                        onDone={() => {
                            setLotsText('');
                            setFewestText('');
                        }}
                    >
                        Post the offer
                    </ActionButton>
                ) : (
                    <button type="button" className="primary" disabled>
                        Post the offer
                    </button>
                )}
                <MembersOnly />
            </div>
        </Card>
    );
}

/** A choice with a label. */
function Choice({
    children,
    id,
    label,
    onChange,
    value,
}: {
    id: string;
    label: string;
    value: string;
    children: ReactNode;
    onChange: (text: string) => void;
}) {
    return (
        <div className="field">
            <label htmlFor={id}>{label}</label>
            <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
                {children}
            </select>
        </div>
    );
}

/** The price that the offer would give at the present mark. */
function PriceNow({ action, market }: { action: Extract<Action, { kind: 'post-offer' }>; market: MarketFigures }) {
    const terms = { lots: action.lots, distanceBps: Number(action.distanceBps), limitPrice: action.limitPrice ?? anyPrice(action.lots) };
    const now = market.mark === 0n ? undefined : offerPrice(terms, market.mark);
    return now === undefined ? null : (
        <p className="small">
            At the present mark of {price(market.mark, market.priceDecimals)} it would {action.lots < 0n ? 'sell' : 'buy'} at{' '}
            <strong>{price(now, market.priceDecimals)}</strong>.
            {isBeyondBand(now, market) && ' That is outside of the market’s price band: nobody could take it now.'}
        </p>
    );
}

/** Whether a price is further from the mark than trades may be. */
function isBeyondBand(value: bigint, { bandBps, mark }: MarketFigures): boolean {
    const away = value > mark ? value - mark : mark - value;
    return away * ONE_BPS > mark * bandBps;
}

function MembersOnly() {
    const { wallet } = useSnapshot();
    const { connected } = useWallet();
    if (!connected) {
        return <span className="muted small">Connect a wallet first.</span>;
    }
    return wallet && !wallet.member ? (
        <Link href="/membership" className="small">
            Members only: become one
        </Link>
    ) : null;
}

/** The worst price that is proposed to a taker: the one at the mark, moved against the taker by the market's band. */
export function proposedLimit(
    { price: now, sells }: Pick<OfferFigures, 'price' | 'sells'>,
    { bandBps }: Pick<MarketFigures, 'bandBps'>,
): bigint | undefined {
    if (now === undefined) {
        return undefined;
    }
    const move = (now * bandBps) / ONE_BPS;
    return sells ? now + move : now - move;
}

export function TakeOffer({ market, offer, onClose }: { offer: OfferFigures; market: MarketFigures; onClose: () => void }) {
    const { wallet } = useSnapshot();
    const proposed = proposedLimit(offer, market);
    const [lotsText, setLotsText] = useState(exact(offer.lots, offer.lotDecimals));
    const [limitText, setLimitText] = useState(proposed === undefined ? '' : exact(proposed, offer.priceDecimals));
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => heading.current?.focus(), []);
    const lots = atLeast(readAmount(lotsText, offer.lotDecimals, offer.lots, 'is offered'), offer);
    const limit = readAmount(limitText, offer.priceDecimals, MOST_PRICE, 'a price can be');
    const worst = amountOr0(limit);
    const isWorseNow = offer.price !== undefined && limit.kind === 'amount' && (offer.sells ? offer.price > worst : offer.price < worst);
    const size = amountOr0(lots);
    const id = useId();
    return (
        <section className="stack" aria-labelledby={id}>
            <h3 id={id} ref={heading} tabIndex={-1}>
                {offer.sells ? 'Buy' : 'Sell'} {offer.symbol}, {offerTerms(offer)}
            </h3>
            <Notice>
                <strong>The price is that of the first print after you take, not this one.</strong> Nobody knows it yet. If it is worse than
                the worst price you accept, nothing is filled.
            </Notice>
            <div className="grid">
                <div className="span-6 stack">
                    <Facts>
                        <Fact label="Price at the mark">{offer.price === undefined ? 'there is no mark yet' : price(offer.price, offer.priceDecimals)}</Fact>
                        <Fact label="On offer">
                            <Lots value={offer.lots} decimals={offer.lotDecimals} symbol={offer.symbol} />
                        </Fact>
                        <Fact label="Expires">
                            <When ts={offer.expiresTs} />
                        </Fact>
                        <Fact label="Maker">
                            <Address value={offer.maker} />
                        </Fact>
                    </Facts>
                </div>
                <div className="span-6 stack">
                    <NumberField
                        label="How many to take"
                        unit={offer.symbol}
                        text={lotsText}
                        amount={lots}
                        all={exact(offer.lots, offer.lotDecimals)}
                        onChange={setLotsText}
                    />
                    <NumberField
                        label="Worst price you accept"
                        unit="a unit"
                        text={limitText}
                        amount={limit}
                        hint={
                            isWorseNow
                                ? 'At the present mark the price is worse than this: it would be refused.'
                                : `${offer.sells ? 'The most you pay' : 'The least you get'} for each.`
                        }
                        onChange={setLimitText}
                    />
                </div>
            </div>
            <div className="row">
                <ActionButton
                    primary
                    disabled={size === 0n || worst === 0n || !wallet?.member}
                    action={{ kind: 'take-offer', offer: offer.address, lots: offer.sells ? size : -size, limitPrice: worst }}
                    onDone={onClose}
                >
                    Take the offer
                </ActionButton>
                <button type="button" className="quiet" onClick={onClose}>
                    Back to the offers
                </button>
                <MembersOnly />
            </div>
        </section>
    );
}

/** Fewer lots than a taking gets are a problem. */
function atLeast(lots: Amount, { fewest, lotDecimals }: OfferFigures): Amount {
    const isTooFew = lots.kind === 'amount' && lots.value > 0n && lots.value < fewest;
    return isTooFew ? { kind: 'problem', text: `The fewest is ${exact(fewest, lotDecimals)}.` } : lots;
}
