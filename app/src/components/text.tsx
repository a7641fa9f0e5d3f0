/** Figures as text. @module */

import type { Figure, Layer, OfferFigures } from '../chain/model.js';
import * as format from '../lib/format.js';
import { useChainTime, useToken } from './context.js';

/** An amount of the settlement token, to the hundredth; the exact one is its title. */
export function Money({ sign = false, unit = false, value }: { value: bigint; unit?: boolean; sign?: boolean }) {
    const { decimals, name } = useToken();
    const text = format.money(value, decimals);
    return (
        <span title={`${format.exact(value, decimals)} ${name}`} className={value < 0n ? 'loss' : undefined}>
            {sign && value > 0n ? `+${text}` : text}
            {unit && <span className="unit">{name}</span>}
        </span>
    );
}

export function Lots({ decimals, symbol, value }: { value: bigint; decimals: number; symbol: string }) {
    return (
        <>
            {format.exact(value, decimals)}
            <span className="unit">{symbol}</span>
        </>
    );
}

/** How far off a moment is. An oracle's clock may be ahead of the chain's: what has happened is not ahead. */
function useDistance(ts: bigint, past: boolean): string {
    const { ts: now } = useChainTime();
    return format.relative(past && ts > now ? now : ts, now);
}

/** A moment, as a date with how far off it is; `past` for one that has been. */
export function When({ past = false, ts }: { ts: bigint; past?: boolean }) {
    const distance = useDistance(ts, past);
    return (
        <time dateTime={new Date(Number(ts) * 1_000).toISOString()}>
            {format.date(ts)} <span className="muted">({distance})</span>
        </time>
    );
}

/** Only how far off. */
export function Ago({ past = false, ts }: { ts: bigint; past?: boolean }) {
    const distance = useDistance(ts, past);
    return (
        <time dateTime={new Date(Number(ts) * 1_000).toISOString()} title={format.date(ts)}>
            {distance}
        </time>
    );
}

/** The whole address: it is what a signature is about. */
export function Address({ value }: { value: string }) {
    return <span className="address">{value}</span>;
}

/** A reminder of an address; the whole is its title and is read aloud. */
export function ShortAddress({ value }: { value: string }) {
    return (
        <span className="address" title={value}>
            <span aria-hidden="true">{format.shortAddress(value)}</span>
            <span className="visually-hidden">{value}</span>
        </span>
    );
}

/** What an offer asks for, in words: where its price is, seen from the print that fills it. */
export function offerTerms(
    offer: Pick<OfferFigures, 'distanceBps' | 'limitPrice' | 'priceDecimals' | 'sells'>,
): string {
    const { distanceBps, limitPrice, priceDecimals, sells } = offer;
    const isAbove = sells === distanceBps > 0n;
    const magnitude = distanceBps < 0n ? -distanceBps : distanceBps;
    const place = distanceBps === 0n ? 'at the print' : `${format.percent(magnitude)} ${isAbove ? 'above' : 'below'} the print`;
    return limitPrice === undefined ? place : `${place}, ${sells ? 'at least' : 'at most'} ${format.price(limitPrice, priceDecimals)}`;
}

/** Any figure, by its unit. */
export function FigureText({ figure }: { figure: Figure }) {
    switch (figure.unit) {
        case 'money':
            return <Money value={figure.value} unit />;
        case 'price':
            return <>{format.price(figure.value, figure.decimals)}</>;
        case 'lots':
            return <Lots {...figure} />;
        case 'bps':
            return <>{format.percent(figure.value)}</>;
        case 'seconds':
            return <>{format.duration(figure.value)}</>;
        case 'slots':
            return (
                <>
                    {format.exact(figure.value, 0)} <span className="unit">slots, {format.slotsDuration(figure.value)}</span>
                </>
            );
        case 'time':
            return figure.value === 0n ? <>never</> : <When ts={figure.value} />;
        case 'count':
            return <>{format.exact(figure.value, 0)}</>;
        case 'address':
            return <Address value={figure.value} />;
        case 'text':
            return <span className="address-safe">{figure.value}</span>;
    }
}

/** The layers' names, in the order in which they pay. */
export const LAYER_NAMES: Readonly<Record<Layer, string>> = {
    margin: 'Defaulter’s margin',
    contribution: 'Defaulter’s contribution',
    treasury: 'Treasury',
    survivors: 'Survivors’ contributions',
    assessments: 'Assessments',
    gains: 'Gains cut',
    unpaid: 'Not paid yet',
};

export const LAYER_NUMBERS: Readonly<Record<Layer, string>> = {
    margin: '1',
    contribution: '2',
    treasury: '3',
    survivors: '4',
    assessments: '5',
    gains: '6',
    unpaid: '',
};

export function LayerName({ layer }: { layer: Layer }) {
    return (
        <>
            <span className={`layer-key layer-${layer}`} aria-hidden="true" />
            {LAYER_NUMBERS[layer] && <span className="muted">{LAYER_NUMBERS[layer]}&nbsp;</span>}
            {LAYER_NAMES[layer]}
        </>
    );
}

export function Signature({ explorer, signature }: { signature: string; explorer: string | undefined }) {
    return explorer ? (
        <a href={explorer} rel="noreferrer noopener" target="_blank" className="address">
            {signature}
        </a>
    ) : (
        <Address value={signature} />
    );
}
