/** Offers as tables: those of a market for whoever trades, and one's own. @module */

import { useState } from 'react';
import { Link } from 'wouter';
import type { MarketFigures, MemberFigures, OfferFigures } from '../chain/model.js';
import { exact, price } from '../lib/format.js';
import { ActionButton } from './action.js';
import { useChainTime, useSnapshot, useWallet } from './context.js';
import { Card, Notice, Table, number } from './parts.js';
import { Ago, offerTerms } from './text.js';
import { PostOffer, TakeOffer } from './trade.js';

/** Rows that are drawn at once; more are drawn when they are asked for. */
const ROWS = 25;

/** Whether anyone but its maker has a use for seeing an offer. */
const isOnOffer = ({ state }: OfferFigures) => state === 'open' || state === 'taken' || state === 'lapsed';

/** Whether a wallet could take an offer now: what it cannot take never stands in front of what it can. */
const isFor = ({ onlyFor, state }: OfferFigures, wallet: string | undefined) =>
    (state === 'open' || state === 'lapsed') && (onlyFor === undefined || onlyFor === wallet);

/** The offers of a market, both sides, with what takes one and what posts one. */
export function MarketOffers({ market }: { market: MarketFigures }) {
    const { offers, wallet } = useSnapshot();
    const { connected } = useWallet();
    const [chosen, choose] = useState<string>();
    const own = wallet?.member?.address;
    const shown = offers
        .filter((offer) => offer.market === market.index && (isOnOffer(offer) || offer.maker === own))
        .toSorted((a, b) => Number(isFor(b, connected?.address)) - Number(isFor(a, connected?.address)));
    const taken = shown.find(({ address, maker }) => address === chosen && maker !== own);
    if (!market.hasOffers) {
        return (
            <Card title="Offers">
                <p className="muted">This market’s oracle does not say which price came before another: there are no offers here.</p>
            </Card>
        );
    }
    return (
        <>
            <Card
                title="Offers"
                hint="Trade without meeting. Taking an offer fixes the moment; the first price after it is the one that counts, so that nobody picks the price."
            >
                <div className="grid">
                    {([true, false] as const).map((sells) => (
                        <div key={String(sells)} className="span-6 stack">
                            <h3>{sells ? 'Members sell: you can buy' : 'Members buy: you can sell'}</h3>
                            <Side offers={shown.filter((offer) => offer.sells === sells)} market={market} own={own} onChoose={choose} />
                        </div>
                    ))}
                </div>
                {taken && <TakeOffer key={taken.address} offer={taken} market={market} onClose={() => choose(undefined)} />}
            </Card>
            {!market.isFinal && <PostOffer market={market} />}
        </>
    );
}

function Side({
    market,
    offers,
    onChoose,
    own,
}: {
    market: MarketFigures;
    offers: readonly OfferFigures[];
    own: string | undefined;
    onChoose: (address: string) => void;
}) {
    const [rows, setRows] = useState(ROWS);
    if (offers.length === 0) {
        return <p className="muted">None.</p>;
    }
    const sells = offers[0]?.sells ?? true;
    return (
        <>
            <Table
                caption={sells ? `Offers to sell ${market.symbol}, lowest price first` : `Offers to buy ${market.symbol}, highest price first`}
                head={[number('Price now'), number('Amount'), 'Terms', '']}
            >
                {offers.slice(0, rows).map((offer) => (
                    <tr key={offer.address}>
                        <th scope="row" className="number">
                            {offer.price === undefined ? '–' : price(offer.price, offer.priceDecimals)}
                        </th>
                        <td className="number">{exact(offer.lots, offer.lotDecimals)}</td>
                        <td>
                            {offerTerms(offer)}
                            <br />
                            <span className="muted small">
                                <Details offer={offer} />
                            </span>
                        </td>
                        <td>
                            {offer.maker === own ? (
                                <CancelButton offer={offer} />
                            ) : (
                                <TakeButton offer={offer} onChoose={() => onChoose(offer.address)} />
                            )}
                        </td>
                    </tr>
                ))}
            </Table>
            {offers.length > rows && (
                <div className="row">
                    <button type="button" className="quiet" onClick={() => setRows(rows + ROWS)}>
                        Show more
                    </button>
                    <span className="muted small">
                        {rows} of {offers.length} are shown.
                    </span>
                </div>
            )}
        </>
    );
}

/** The rest of the terms: until when, how few, for whom. */
function Details({ offer }: { offer: OfferFigures }) {
    return (
        <>
            {offer.state === 'expired' ? 'expired' : 'expires'} <Ago ts={offer.expiresTs} />
            {offer.fewest > 1n && offer.fewest < offer.lots && (
                <>
                    , no fewer than {exact(offer.fewest, offer.lotDecimals)}
                </>
            )}{' '}
            {offer.onlyFor !== undefined && <span className="tag">for one wallet</span>} <StateTag offer={offer} />
        </>
    );
}

function StateTag({ offer: { state, taking } }: { offer: OfferFigures }) {
    const { ts } = useChainTime();
    switch (state) {
        case 'open':
        case 'expired': // its time is told beside it
            return null;
        case 'taken':
            return <span className="tag warn">taken, {taking && taking.untilTs > ts ? `${taking.untilTs - ts} s left` : 'time is over'}</span>;
        case 'lapsed':
            return <span className="tag warn">taken, and not filled in time</span>;
        case 'void':
            return <span className="tag warn">void</span>;
    }
}

function TakeButton({ offer, onChoose }: { offer: OfferFigures; onChoose: () => void }) {
    const { connected } = useWallet();
    const isForAnother = offer.onlyFor !== undefined && offer.onlyFor !== connected?.address;
    if (isForAnother) {
        return <span className="muted small">for another wallet</span>;
    }
    return (
        <button type="button" disabled={offer.state === 'taken'} onClick={onChoose}>
            {offer.sells ? 'Buy' : 'Sell'}
            <span className="visually-hidden"> {offerTerms(offer)}</span>
        </button>
    );
}

function CancelButton({ offer }: { offer: OfferFigures }) {
    return (
        <ActionButton action={{ kind: 'cancel-offer', offer: offer.address }} disabled={offer.taking !== undefined}>
            Cancel<span className="visually-hidden"> your offer {offerTerms(offer)}</span>
        </ActionButton>
    );
}

/** One's own offers, in all markets. */
export function MyOffers({ member }: { member: MemberFigures }) {
    const { offers } = useSnapshot();
    const own = offers.filter(({ maker }) => maker === member.address);
    return (
        <Card title="My offers" hint="Nothing is locked while an offer rests. Once it is taken it is filled at the first price after that.">
            {own.length === 0 ? (
                <p className="muted">
                    None. Post one on the page of a <Link href="/markets">market</Link>.
                </p>
            ) : (
                <>
                    {own.some(({ state }) => state === 'void') && (
                        <Notice kind="warn">
                            <strong>An offer of yours is void:</strong> you have defaulted since, are not active, or the key that has posted it
                            no longer trades for you. Cancel it to get its rent back.
                        </Notice>
                    )}
                    <Table caption="My offers" className="stacked" head={['Offer', number('Amount'), number('Price now'), 'Terms', '']}>
                        {own.map((offer) => (
                            <tr key={offer.address}>
                                <th scope="row">
                                    <Link href={`/markets/${offer.market}`}>{offer.symbol}</Link>{' '}
                                    <span className="tag">{offer.sells ? 'sell' : 'buy'}</span>
                                </th>
                                <td className="number" data-column="Amount">
                                    {exact(offer.lots, offer.lotDecimals)}
                                </td>
                                <td className="number" data-column="Price now">
                                    {offer.price === undefined ? '–' : price(offer.price, offer.priceDecimals)}
                                </td>
                                <td data-column="Terms">
                                    <span>
                                        {offerTerms(offer)}
                                        <br />
                                        <span className="muted small">
                                            <Details offer={offer} />
                                        </span>
                                    </span>
                                </td>
                                <td>
                                    <CancelButton offer={offer} />
                                </td>
                            </tr>
                        ))}
                    </Table>
                </>
            )}
        </Card>
    );
}
