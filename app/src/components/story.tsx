/** The story of a default as the ledger tells it. @module */

import { LOSSES, MONEY, SENTENCES, words } from '../chain/figures/event.js';
import type { ByLayer } from '../chain/model.js';
import { exact } from '../lib/format.js';
import type { LedgerDefault, LedgerEvent } from '../lib/ledger.js';
import { explorerLink } from '../lib/settings.js';
import { useServices } from './context.js';
import { Ago, Money, Signature } from './text.js';

/** Amounts that a step of the story shows. */
const SHOWN = 4;

/** Who paid, by layer. Cushions pay together with contributions. */
export function paidOf({ byCushions, byDefaulter, bySurvivors, byTreasury, fromMargin, residual }: LedgerDefault): ByLayer {
    return { margin: fromMargin, contribution: byDefaulter, treasury: byTreasury, survivors: bySurvivors + byCushions, unpaid: residual };
}

/** A name of the program's events as the app's own readers write it. */
const camel = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function amountsOf({ fields }: LedgerEvent): { readonly label: string; readonly value: bigint }[] {
    const known = Object.entries(fields).flatMap(([name, value]) =>
        MONEY.has(camel(name)) && typeof value === 'string' && /^-?\d+$/.test(value) ? [{ label: words(camel(name)), value: BigInt(value) }] : [],
    );
    return known.filter(({ value }) => value !== 0n).slice(0, SHOWN);
}

export function Story({ entry, events }: { entry: LedgerDefault; events: readonly LedgerEvent[] }) {
    const { config, settings } = useServices();
    const explorer = settings.explorer ?? config.explorer;
    return (
        <ol className="timeline">
            {events.map((event) => (
                <li key={event.cursor} className="done">
                    <span className={LOSSES.has(event.kind) ? 'loss' : undefined}>{SENTENCES[event.kind] ?? words(event.kind)}</span>{' '}
                    {amountsOf(event).map(({ label, value }) => (
                        <span key={label} className="muted figure">
                            {label.toLowerCase()} <Money value={value} unit />{' '}
                        </span>
                    ))}
                    <br />
                    <span className="when small">
                        slot {exact(event.slot, 0)}
                        {event.slot > entry.slot && `, ${exact(event.slot - entry.slot, 0)} after the declaration`}, <Ago ts={event.ts} />
                        {!event.isFinal && ', not final yet'}
                    </span>
                    <br />
                    <span className="small">
                        <Signature signature={event.signature} explorer={explorerLink(explorer, event.signature)} />
                    </span>
                </li>
            ))}
        </ol>
    );
}
