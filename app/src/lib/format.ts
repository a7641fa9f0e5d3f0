/** Integers as people read them. Nothing here is a float; what is cut off is cut towards zero. @module */

import { formatDecimal } from 'bulkhead-client';

const MINUTE = 60n;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;

/** Nanoseconds do not interest anybody: about how long a slot takes. */
export const SLOT_MS = 400n;

/** Groups the digits of a whole number by threes. */
function grouped(digits: string): string {
    return digits.replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** A decimal with `places` digits after the point, cut towards zero: a minus sign is a real minus. */
export function decimal(value: bigint, decimals: number, places: number): string {
    const magnitude = value < 0n ? -value : value;
    const [whole = '0', fraction = ''] = formatDecimal(magnitude, decimals).split('.');
    const kept = fraction.slice(0, places).padEnd(places, '0');
    const shown = places > 0 ? `${grouped(whole)}.${kept}` : grouped(whole);
    const isZero = /^[0.,]*$/.test(shown);
    if (isZero && magnitude > 0n) {
        return `${value < 0n ? '−' : ''}<${places > 0 ? `0.${'1'.padStart(places, '0')}` : '1'}`;
    }
    return value < 0n && !isZero ? `−${shown}` : shown;
}

/** All digits there are, grouped. */
export function exact(value: bigint, decimals: number): string {
    const magnitude = value < 0n ? -value : value;
    const [whole = '0', fraction = ''] = formatDecimal(magnitude, decimals).split('.');
    return `${value < 0n ? '−' : ''}${grouped(whole)}${fraction && `.${fraction}`}`;
}

/** Money to the hundredth. */
export function money(value: bigint, decimals: number): string {
    return decimal(value, decimals, Math.min(2, decimals));
}

/** Money in few characters, for axes and tiles: 1.2k, 34.5M. */
export function compactMoney(value: bigint, decimals: number): string {
    const unit = 10n ** BigInt(decimals);
    const magnitude = value < 0n ? -value : value;
    const steps = [
        [1_000_000_000n, 'B'],
        [1_000_000n, 'M'],
        [1_000n, 'k'],
    ] as const;
    const step = steps.find(([size]) => magnitude >= size * unit);
    const text = step
        ? `${decimal(magnitude / step[0], decimals, magnitude >= 100n * step[0] * unit ? 0 : 1)}${step[1]}`
        : decimal(magnitude, decimals, magnitude >= 100n * unit || magnitude === 0n ? 0 : 2);
    return value < 0n ? `−${text}` : text;
}

const PRICE_DIGITS = 6;

/** A price with six significant digits at most, and at least two decimals: as many as the price beside it, if there is one. */
export function price(value: bigint, decimals: number, beside: bigint = value): string {
    const whole = beside / 10n ** BigInt(decimals);
    const digits = whole === 0n ? 0 : whole.toString().length;
    return decimal(value, decimals, Math.min(decimals, Math.max(2, PRICE_DIGITS - digits)));
}

/** Basis points as a percentage: 50 is 0.5%. */
export function percent(bps: bigint): string {
    return `${exact(bps, 2)}%`;
}

/** Millionths as a percentage to the hundredth. */
export function percentOfPpm(ppm: bigint): string {
    return `${decimal(ppm, 4, 2)}%`;
}

/** A part of a whole as a percentage to the tenth. */
export function ratio(part: bigint, whole: bigint): string {
    return whole === 0n ? (part === 0n ? '0%' : 'no limit left') : `${decimal((part * 1_000n) / whole, 1, 1)}%`;
}

/** A time span in its two largest units. */
export function duration(secs: bigint): string {
    const span = secs < 0n ? 0n : secs;
    const units = [
        [DAY, 'd'],
        [HOUR, 'h'],
        [MINUTE, 'min'],
        [1n, 's'],
    ] as const;
    const first = units.findIndex(([size]) => span >= size);
    if (first < 0) {
        return '0 s';
    }
    let rest = span;
    const parts: string[] = [];
    for (const [size, name] of units.slice(first, first + 2)) {
        if (rest >= size) {
            parts.push(`${rest / size} ${name}`);
            rest %= size;
        }
    }
    return parts.join(' ');
}

/** Slots as the time they take, about. */
export function slotsDuration(slots: bigint): string {
    return `about ${duration((slots * SLOT_MS) / 1_000n)}`;
}

/** The distance of a moment; it is never a negative countdown. */
export function relative(ts: bigint, now: bigint): string {
    if (ts > now) {
        return `in ${duration(ts - now)}`;
    }
    return now - ts < 2n ? 'just now' : `${duration(now - ts)} ago`;
}

const DATE = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
});

const UTC_DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** The UTC day that a moment is in. */
export function day(ts: bigint): string {
    return `${UTC_DAY.format(new Date(Number(ts) * 1_000))} (UTC)`;
}

/** A moment as a date in the reader's time zone. */
export function date(ts: bigint): string {
    return DATE.format(new Date(Number(ts) * 1_000));
}

/** Lamports as SOL. */
export function sol(lamports: bigint): string {
    return `${exact(lamports, 9)} SOL`;
}

/** An address for places where it only reminds: before anything is signed the whole of it is shown. */
export function shortAddress(address: string): string {
    return address.length > 12 ? `${address.slice(0, 4)}…${address.slice(-4)}` : address;
}

/** Takes separators of thousands out of a number that a user has typed. A decimal comma stays, and is refused later. */
export function plainNumber(text: string): string {
    return text.trim().replaceAll(/(?<=\d),(?=\d{3}(\D|$))/g, '').replaceAll(' ', '');
}
