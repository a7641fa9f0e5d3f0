/** The cost of one move of all prices, layer by layer. @module */

import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { LAYERS, type Layer, type ShockPoint } from '../chain/model.js';
import { compactMoney, percentOfPpm } from '../lib/format.js';
import { useServices, useSnapshot, useToken } from './context.js';
import { Table, number } from './parts.js';
import { LayerName, LAYER_NAMES, Money } from './text.js';

/** Before the picture has been laid out. */
const USUAL_WIDTH = 720;
/** Below this only every other label has room. */
const NARROW = 520;
const HEIGHT = 220;
const LEFT = 52;
const BOTTOM = 24;
const TOP = 8;
/** The curve is computed anew when something has happened, not with every price. */
const REFRESH_MS = 15_000;

const PAYING: readonly Layer[] = LAYERS.filter((layer) => layer !== 'unpaid');

export function ShockCard() {
    const { chain } = useServices();
    const { fund } = useSnapshot();
    const [points, setPoints] = useState<readonly ShockPoint[]>([]);
    useEffect(() => {
        let isOver = false;
        const load = () => {
            void chain.ask('shock', {}).then(
                (answer) => isOver || setPoints(answer),
                () => undefined, // the banner says what is wrong
            );
        };
        load();
        const timer = setInterval(load, REFRESH_MS);
        return () => {
            isOver = true;
            clearInterval(timer);
        };
    }, [chain, fund.members, fund.defaults]);
    return points.length === 0 ? (
        <p role="status" className="muted">
            Computing what price moves would cost…
        </p>
    ) : (
        <ShockCurve points={points} />
    );
}

export function ShockCurve({ layers = PAYING, points }: { points: readonly ShockPoint[]; layers?: readonly Layer[] }) {
    const { wallet } = useSnapshot();
    const id = useId();
    const middle = Math.floor(points.length / 2);
    const [chosen, setChosen] = useState(() => Math.round(middle * 0.6));
    const point = points[chosen] ?? points[middle];
    const used = useMemo(() => layers.filter((layer) => points.some(({ paid }) => (paid[layer] ?? 0n) > 0n)), [layers, points]);
    if (!point) {
        return null;
    }
    if (points.every(({ defaults }) => defaults === 0)) {
        return <p>No move of all prices by up to a half, up or down, would bring any member into default.</p>;
    }
    const contribution = wallet?.member?.contribution ?? 0n;
    const mine = (contribution * point.haircutPpm) / 1_000_000n;
    return (
        <div className="stack">
            <Bars points={points} chosen={chosen} layers={used} />
            <ul className="legend" aria-label="Layers in the picture">
                {used.map((layer) => (
                    <li key={layer}>
                        <LayerName layer={layer} />
                    </li>
                ))}
            </ul>
            <div className="field">
                <label htmlFor={id}>If all prices moved at once by {moveText(point.moveBps)}</label>
                <input
                    id={id}
                    type="range"
                    min={0}
                    max={points.length - 1}
                    value={chosen}
                    aria-valuetext={moveText(point.moveBps)}
                    onChange={(event) => setChosen(Number(event.target.value))}
                />
            </div>
            <p aria-live="polite">
                {point.defaults === 0 ? (
                    'Nobody would default.'
                ) : (
                    <>
                        {point.defaults} {point.defaults === 1 ? 'member' : 'members'} would default with a loss of{' '}
                        <Money value={point.loss} unit />. Every survivor’s contribution would lose{' '}
                        <strong>{percentOfPpm(point.haircutPpm)}</strong>
                        {mine > 0n && (
                            <>
                                , of yours <Money value={mine} unit />
                            </>
                        )}
                        .
                    </>
                )}
            </p>
            <p className="muted small">
                Nobody tops up or is liquidated on the way, and positions are sold at the moved price. Real crashes move one
                market more than another.
            </p>
            <details>
                <summary>The curve as a table</summary>
                <Table
                    caption="Loss by price move and by layer"
                    head={['Move', number('Defaults'), number('Loss'), ...used.map((layer) => number(LAYER_NAMES[layer])), number('Haircut')]}
                >
                    {points
                        .filter(({ moveBps }) => moveBps % 500 === 0)
                        .map(({ defaults, haircutPpm, loss, moveBps, paid }) => (
                            <tr key={moveBps}>
                                <th scope="row">{moveText(moveBps)}</th>
                                <td className="number">{defaults}</td>
                                <td className="number">
                                    <Money value={loss} />
                                </td>
                                {used.map((layer) => (
                                    <td key={layer} className="number">
                                        <Money value={paid[layer] ?? 0n} />
                                    </td>
                                ))}
                                <td className="number">{percentOfPpm(haircutPpm)}</td>
                            </tr>
                        ))}
                </Table>
            </details>
        </div>
    );
}

function moveText(bps: number): string {
    return `${bps < 0 ? '−' : bps > 0 ? '+' : ''}${Math.abs(bps) / 100}%`;
}

/** A round number at or above a value, so that a quarter of it is one too. */
export function roundUp(value: bigint): bigint {
    let size = 1n;
    while (size * 10n < value) {
        size *= 10n;
    }
    return [1n, 2n, 4n, 6n, 8n, 10n].map((step) => step * size).find((candidate) => candidate >= value) ?? value;
}

/** The width that an element has, as it changes. */
export function useWidth() {
    const ref = useRef<HTMLDivElement>(null);
    const [width, setWidth] = useState(USUAL_WIDTH);
    useEffect(() => {
        if (!ref.current || typeof ResizeObserver === 'undefined') {
            return undefined;
        }
        const observer = new ResizeObserver(([entry]) => setWidth(Math.max(240, entry?.contentRect.width ?? USUAL_WIDTH)));
        observer.observe(ref.current);
        return () => observer.disconnect();
    }, []);
    return { ref, width };
}

function Bars({ chosen, layers, points }: { points: readonly ShockPoint[]; chosen: number; layers: readonly Layer[] }) {
    const { decimals } = useToken();
    const { ref, width } = useWidth();
    const highest = roundUp(points.reduce((most, { loss }) => (loss > most ? loss : most), 1n));
    const plot = HEIGHT - BOTTOM - TOP;
    const step = (width - LEFT) / points.length;
    // Floats only here, at the edge of the picture.
    const height = (value: bigint) => (Number((value * 100_000n) / highest) / 100_000) * plot;
    const labelEvery = width < NARROW ? 2_500 : 1_000;
    return (
        <div ref={ref}>
            <svg
                className="chart"
                viewBox={`0 0 ${width} ${HEIGHT}`}
                role="img"
                aria-label={`Loss by price move, up to ${compactMoney(highest, decimals)}; the table below has the figures`}
            >
                {[0n, 1n, 2n, 3n, 4n].map((fraction) => {
                    const y = HEIGHT - BOTTOM - height((highest * fraction) / 4n);
                    return (
                        <g key={fraction}>
                            <line className="grid-line" x1={LEFT} x2={width} y1={y} y2={y} />
                            <text x={LEFT - 6} y={y + 4} textAnchor="end">
                                {compactMoney((highest * fraction) / 4n, decimals)}
                            </text>
                        </g>
                    );
                })}
                {points.map(({ moveBps, paid }, index) => {
                    let base = HEIGHT - BOTTOM;
                    return (
                        <g key={moveBps} opacity={index === chosen ? 1 : 0.78}>
                            {layers.map((layer) => {
                                const size = height(paid[layer] ?? 0n);
                                base -= size;
                                return size === 0 ? null : (
                                    <rect
                                        key={layer}
                                        className={`layer-fill layer-${layer}`}
                                        x={LEFT + index * step + 1}
                                        y={base}
                                        width={Math.max(1, step - 2)}
                                        height={size}
                                    />
                                );
                            })}
                        </g>
                    );
                })}
                <line
                    className="cursor"
                    x1={LEFT + (chosen + 0.5) * step}
                    x2={LEFT + (chosen + 0.5) * step}
                    y1={TOP}
                    y2={HEIGHT - BOTTOM}
                />
                <line className="axis" x1={LEFT} x2={width} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} />
                {points.map(({ moveBps }, index) =>
                    moveBps % labelEvery === 0 ? (
                        <text key={moveBps} x={LEFT + (index + 0.5) * step} y={HEIGHT - 7} textAnchor="middle">
                            {moveText(moveBps)}
                        </text>
                    ) : null,
                )}
            </svg>
        </div>
    );
}
