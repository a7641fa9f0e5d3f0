/** Losses of covers for claims: where each stands, and what anyone can do about it. @module */

import type { cover } from 'bulkhead-client';
import type { LossFigures, LossState, LossTask, PanelFigures } from '../model.js';
import type { Addressed, Raw } from './raw.js';

const STATES: readonly LossState[] = ['alerted', 'voting', 'decided', 'open', 'expired', 'rejected', 'lapsed'];
/** A root is public for so long before the fund is drawn on. */
const REVIEW_SECS = 86_400n;

export function panelFigures({ clock, covers, losses, panels }: Raw): PanelFigures[] {
    return panels.map(({ address, data: panel }) => {
        const own = losses.filter(({ data }) => data.panel === address);
        const owed = covers.find(({ data }) => data.index === panel.coverIndex)?.data.owed ?? 0n;
        const newestFirst = own.toSorted((a, b) => Number(b.data.number - a.data.number));
        return {
            address,
            cover: panel.coverIndex,
            keys: panel.keys.slice(0, panel.keyCount),
            quorum: panel.quorum,
            minBond: panel.minBond,
            perils: panel.perils,
            losses: newestFirst.map((loss) => lossFigures(loss, panel, owed, clock.ts)),
        };
    });
}

/** Keys whose bits are set. */
const votes = (bits: number): number => [0, 1, 2, 3, 4, 5, 6, 7].filter((place) => Math.floor(bits / 2 ** place) % 2 === 1).length;

const someTs = (ts: bigint): bigint | undefined => (ts > 0n ? ts : undefined);

function lossFigures({ address, data: loss }: Addressed<cover.Loss>, panel: cover.Panel, owed: bigint, now: bigint): LossFigures {
    const state = STATES[loss.state] ?? 'alerted';
    const hasRoot = loss.leaves > 0;
    return {
        address,
        panel: loss.panel,
        cover: panel.coverIndex,
        number: loss.number,
        state,
        peril: loss.peril,
        reporter: loss.reporter,
        bond: loss.bond,
        incidentTs: loss.incidentTs,
        alertedTs: loss.alertedTs,
        postedTs: someTs(loss.postedTs),
        dueTs: state === 'alerted' || state === 'voting' ? loss.dueTs : undefined,
        reviewTs: state === 'voting' ? loss.postedTs + REVIEW_SECS : undefined,
        expiresTs: someTs(loss.expiresTs),
        root: hasRoot ? [...loss.root].map((byte) => byte.toString(16).padStart(2, '0')).join('') : undefined,
        total: loss.total,
        leaves: loss.leaves,
        depth: loss.depth,
        approvals: votes(loss.approvals),
        rejections: votes(loss.rejections),
        isVetoed: loss.isVetoed,
        reserved: loss.reserved,
        paid: loss.paid,
        claimed: loss.claimed,
        can: tasksOf(loss, state, panel, owed, now),
    };
}

function tasksOf(loss: cover.Loss, state: LossState, panel: cover.Panel, owed: bigint, now: bigint): LossTask[] {
    const isApproved = votes(loss.approvals) >= panel.quorum;
    const isLost = panel.keyCount - votes(loss.rejections) < panel.quorum;
    const isDecidable =
        (state === 'alerted' && now >= loss.dueTs) ||
        (state === 'voting' && (isApproved ? now >= loss.postedTs + REVIEW_SECS : isLost || now >= loss.dueTs));
    const tasks: readonly (readonly [LossTask, boolean])[] = [
        ['decide', isDecidable],
        ['open-claims', state === 'decided' && owed === 0n],
        ['expire', state === 'open' && now >= loss.expiresTs],
        ['settle-bond', loss.bond > 0n && state !== 'alerted' && state !== 'voting'],
    ];
    return tasks.filter(([, isDue]) => isDue).map(([task]) => task);
}
