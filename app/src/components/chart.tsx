/** Figures over time, as a picture and as a table. @module */

import { date } from '../lib/format.js';
import { Table, number } from './parts.js';
import { roundUp, useWidth } from './shock.js';

/** One line, or one area of a stack. */
export interface Series {
    readonly label: string;
    /** The class that gives its colour. */
    readonly className: string;
    /** As many as there are moments; none where there is nothing to show. */
    readonly values: readonly (bigint | undefined)[];
}

const HEIGHT = 190;
const LEFT = 64;
const BOTTOM = 24;
const TOP = 10;
/** Below this two labels of time have room, above it four. */
const NARROW = 520;
/** Rows of the table. */
const ROWS = 12;
const MINUTE = 60n;
const DAY = 1_440n * MINUTE;

const SECONDS = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SHORT_DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** A moment as an axis tells it: the time of a short span, the day of a long one. */
function tick(ts: bigint, span: bigint): string {
    const form = span > 2n * DAY ? SHORT_DATE : span > 10n * MINUTE ? CLOCK : SECONDS;
    return form.format(new Date(Number(ts) * 1_000));
}

/** The bounds of the vertical axis: from zero, or around what there is. */
export function bounds(values: readonly bigint[], fromZero: boolean): readonly [bigint, bigint] {
    const most = values.reduce((a, b) => (b > a ? b : a), values[0] ?? 0n);
    if (fromZero) {
        return [0n, roundUp(most > 0n ? most : 1n)];
    }
    const least = values.reduce((a, b) => (b < a ? b : a), most);
    const pad = (most - least) / 10n || most / 100n || 1n;
    return [least > pad ? least - pad : 0n, most + pad];
}

/** At most `count` places of a list, evenly, with the last one. */
export function spread(length: number, count: number): number[] {
    if (length <= count) {
        return Array.from({ length }, (_, place) => place);
    }
    return Array.from({ length: count }, (_, place) => Math.round((place * (length - 1)) / (count - 1)));
}

export function TimeChart({
    caption,
    format,
    fromZero = true,
    series,
    stacked = false,
    times,
}: {
    caption: string;
    times: readonly bigint[];
    series: readonly Series[];
    format: (value: bigint) => string;
    fromZero?: boolean;
    /** Areas on one another instead of lines. */
    stacked?: boolean;
}) {
    if (times.length === 0) {
        return <p className="muted">The ledger has no reading yet.</p>;
    }
    return (
        <div className="stack">
            <Picture {...{ caption, format, fromZero, series, stacked, times }} />
            <ul className="legend" aria-label="In the picture">
                {series.map(({ className, label }) => (
                    <li key={label}>
                        <span className={`layer-key ${className}`} aria-hidden="true" />
                        {label}
                    </li>
                ))}
            </ul>
            <details>
                <summary>As a table</summary>
                <Table caption={caption} head={['Time', ...series.map(({ label }) => number(label))]}>
                    {spread(times.length, ROWS)
                        .toReversed()
                        .map((place) => (
                            <tr key={place}>
                                <th scope="row">{date(times[place] ?? 0n)}</th>
                                {series.map(({ label, values }) => {
                                    const value = values[place];
                                    return (
                                        <td key={label} className="number">
                                            {value === undefined ? '–' : format(value)}
                                        </td>
                                    );
                                })}
                            </tr>
                        ))}
                </Table>
            </details>
        </div>
    );
}

function Picture({
    caption,
    format,
    fromZero,
    series,
    stacked,
    times,
}: {
    caption: string;
    times: readonly bigint[];
    series: readonly Series[];
    format: (value: bigint) => string;
    fromZero: boolean;
    stacked: boolean;
}) {
    const { ref, width } = useWidth();
    const first = times[0] ?? 0n;
    const span = (times.at(-1) ?? first) - first;
    const sums = stacked ? stack(series) : series.map(({ values }) => values);
    const [low, high] = bounds(sums.flat().filter((value) => value !== undefined), fromZero);
    // Floats only here, at the edge of the picture.
    const part = (value: bigint, whole: bigint) => (whole === 0n ? 1 : Number((value * 100_000n) / whole) / 100_000);
    const x = (ts: bigint) => LEFT + part(ts - first, span) * (width - LEFT - 2);
    const y = (value: bigint) => HEIGHT - BOTTOM - part(value - low, high - low) * (HEIGHT - BOTTOM - TOP);
    const ticks = width < NARROW ? 2n : 4n;
    return (
        <div ref={ref}>
            <svg className="chart" viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={`${caption}; the table below has the figures`}>
                {[0n, 1n, 2n, 3n, 4n].map((quarter) => {
                    const value = low + ((high - low) * quarter) / 4n;
                    return (
                        <g key={quarter}>
                            <line className="grid-line" x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
                            <text x={LEFT - 6} y={y(value) + 4} textAnchor="end">
                                {format(value)}
                            </text>
                        </g>
                    );
                })}
                {series.map(({ className, label }, place) => {
                    const line = steps(times, sums[place] ?? [], x, y);
                    // An area ends where the one below it begins.
                    const below = place === 0 ? `L${x(times.at(-1) ?? first)},${y(low)}L${x(first)},${y(low)}Z` : back(times, sums[place - 1] ?? [], x, y);
                    return stacked ? (
                        <path key={label} className={`layer-fill ${className}`} d={`${line}${below}`} />
                    ) : (
                        <path key={label} className={`line ${className}`} d={line} />
                    );
                })}
                <line className="axis" x1={LEFT} x2={width} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} />
                {span > 0n &&
                    Array.from({ length: Number(ticks) + 1 }, (_, place) => {
                        const ts = first + (span * BigInt(place)) / ticks;
                        const anchor = place === 0 ? 'start' : place === Number(ticks) ? 'end' : 'middle';
                        return (
                            <text key={place} x={x(ts)} y={HEIGHT - 7} textAnchor={anchor}>
                                {tick(ts, span)}
                            </text>
                        );
                    })}
            </svg>
        </div>
    );
}

/** Each series on those before it. */
function stack(series: readonly Series[]): (bigint | undefined)[][] {
    let below: readonly (bigint | undefined)[] = [];
    return series.map(({ values }) => {
        const sums = values.map((value, place) => (value ?? 0n) + (below[place] ?? 0n));
        below = sums;
        return sums;
    });
}

/** A line that holds each value until the next one. */
function steps(times: readonly bigint[], values: readonly (bigint | undefined)[], x: (ts: bigint) => number, y: (value: bigint) => number): string {
    let isDrawn = false;
    const parts = times.map((ts, place) => {
        const value = values[place];
        if (value === undefined) {
            isDrawn = false;
            return '';
        }
        const part = isDrawn ? `H${x(ts)}V${y(value)}` : `M${x(ts)},${y(value)}`;
        isDrawn = true;
        return part;
    });
    return parts.join('');
}

/** The same line from its end to its beginning, closing an area. */
function back(times: readonly bigint[], values: readonly (bigint | undefined)[], x: (ts: bigint) => number, y: (value: bigint) => number): string {
    const parts = times.map((ts, place) => ({ at: x(ts), height: y(values[place] ?? 0n) })).toReversed();
    const [last, ...rest] = parts;
    return last ? `L${last.at},${last.height}${rest.map(({ at, height }) => `V${height}H${at}`).join('')}Z` : '';
}
