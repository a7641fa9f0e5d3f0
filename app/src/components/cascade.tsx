/** The waterfall as a picture that is a table: one row a layer, each bar beginning where the one before ends. @module */

import type { ReactNode } from 'react';
import { LAYERS, type ByLayer, type Layer } from '../chain/model.js';
import { Table, number } from './parts.js';
import { LayerName, Money } from './text.js';

/** Layers that are a defaulter's own: of them a default takes one member's part only. */
const OWN: ReadonlySet<Layer> = new Set(['margin', 'contribution']);

interface Row {
    readonly layer: Layer;
    readonly amount: bigint;
    readonly start: number;
    readonly width: number;
}

/** The start and the width of each bar, in parts of a hundred. */
export function cascadeRows(amounts: ByLayer, layers: readonly Layer[]): Row[] {
    const total = layers.reduce((sum, layer) => sum + (amounts[layer] ?? 0n), 0n);
    let before = 0n;
    return layers.map((layer) => {
        const amount = amounts[layer] ?? 0n;
        const part = (value: bigint) => (total === 0n ? 0 : Number((value * 10_000n) / total) / 100);
        const row = { layer, amount, start: part(before), width: part(amount) };
        before += amount;
        return row;
    });
}

export function Cascade({
    amounts,
    caption,
    column,
    extra,
    layers = LAYERS,
}: {
    amounts: ByLayer;
    caption: string;
    column: string;
    layers?: readonly Layer[];
    /** A further column, by layer. */
    extra?: { readonly label: string; readonly of: (layer: Layer) => ReactNode };
}) {
    return (
        <Table
            caption={caption}
            className="cascade"
            head={['Layer', 'In proportion', number(column), ...(extra ? [number(extra.label)] : [])]}
        >
            {cascadeRows(amounts, layers).map(({ amount, layer, start, width }) => (
                <tr key={layer}>
                    <th scope="row">
                        <LayerName layer={layer} />
                    </th>
                    <td className="track">
                        <div className="bar-space" aria-hidden="true">
                            {amount > 0n && (
                                <div
                                    className={`bar layer-${layer} ${OWN.has(layer) ? 'own' : ''}`}
                                    style={{ left: `${Math.min(start, 99.5)}%`, width: `${width}%` }}
                                />
                            )}
                        </div>
                    </td>
                    <td className="number">
                        {layer === 'unpaid' && amount > 0n ? (
                            <span className="loss">
                                <Money value={amount} />
                            </span>
                        ) : (
                            <Money value={amount} />
                        )}
                    </td>
                    {extra && <td className="number">{extra.of(layer)}</td>}
                </tr>
            ))}
        </Table>
    );
}
