import { liveShares, type Quotes } from 'bulkhead-client';
import type { Block, ByLayer, Exposure, FundFigures, FundStatus, Pausable } from '../model.js';
import { bpsOf, max, min, somebody, sum, type Raw } from './raw.js';

const STATUS: readonly FundStatus[] = ['active', 'recovery', 'wind-down'];

/** The parts that the bits of a pause stop, from the lowest. */
const PAUSABLE: readonly Pausable[] = [
    'new members',
    'contributions',
    'trades that add risk',
    'withdrawals of margin',
];

/** Slots in which a committed exit can be paid. */
export const EXIT_WINDOW_SLOTS = 150n;

const DAY = 86_400n;

/** The reasons that stop contributions, in the order in which they are mended. */
export function blocksOf({ clock, fund }: Raw): Block[] {
    const blocks: Block[] = [];
    if (fund.openDefaults > 0) {
        blocks.push({ kind: 'default-open', count: fund.openDefaults });
    }
    if (fund.residual > 0n) {
        blocks.push({ kind: 'unfunded', amount: fund.residual });
    }
    if (fund.graces > 0 && clock.ts < fund.exits.graceUntilTs) {
        blocks.push({ kind: 'grace', count: fund.graces });
    }
    if (fund.exits.openWatches > 0 && clock.ts < fund.exits.watchUntilTs) {
        blocks.push({ kind: 'watch', count: fund.exits.openWatches });
    }
    if (fund.openHouses > fund.waivedHouses || fund.waivedAtRisk > fund.treasury + fund.cushionRound.money) {
        blocks.push({ kind: 'house', count: fund.openHouses });
    }
    if (fund.coverOwed > 0n) {
        blocks.push({ kind: 'cover-owed', amount: fund.coverOwed });
    }
    if (clock.ts < fund.exits.holdUntilTs) {
        blocks.push({ kind: 'cover-hold', untilTs: fund.exits.holdUntilTs });
    }
    return blocks;
}

export function fundFigures(raw: Raw, quotes: Quotes): FundFigures {
    const { clock, fund } = raw;
    const { params } = fund;
    const paused = fund.pauses.map(({ expiresTs }) => clock.ts < expiresTs);
    const pauseEnds = fund.pauses.map(({ expiresTs }) => expiresTs).reduce(max);
    const { assessment } = fund;
    const isCalled = assessment.called > assessment.collected && clock.ts <= assessment.endsTs;
    return {
        address: raw.address,
        program: raw.program,
        mint: fund.mint,
        vault: fund.vault,
        creator: fund.creator,
        authority: fund.authority,
        pendingAuthority: somebody(fund.pendingAuthority),
        guardian: fund.guardian,
        decimals: fund.quoteDecimals,
        status: STATUS[fund.status] ?? 'active',
        windDownTs: fund.windDownTs > 0n ? fund.windDownTs + BigInt(params.windDownSecs) : undefined,
        pause: paused.includes(true)
            ? { parts: PAUSABLE.filter((_, part) => paused[part]), untilTs: pauseEnds }
            : undefined,
        blocks: blocksOf(raw),
        members: fund.members,
        layers: layersOf(raw, quotes),
        margins: fund.marginTotal,
        contributions: fund.contributions,
        treasury: fund.treasury,
        cushions: fund.cushions,
        crowding: {
            booked: fund.crowding,
            limit: bpsOf(fund.treasury + fund.contributions, BigInt(params.crowdingLimitBps)),
        },
        rewardsComing: fund.rewardsStreaming,
        recoveriesUnclaimed: fund.recoveries,
        lossesOutstanding: fund.lossesOutstanding,
        unfunded: fund.unfunded,
        shareValue: { contributions: fund.contributions, shares: fund.totalShares },
        shareEpoch: fund.shareEpoch,
        assessmentOpen: isCalled
            ? { called: assessment.called, collected: assessment.collected, untilTs: assessment.endsTs }
            : undefined,
        ...coverOf(raw),
        coverLimitBps: BigInt(params.coverLimitBps),
        outflow: outflowOf(raw),
        defaults: fund.defaultSeq,
        terms: {
            noticeSecs: BigInt(params.noticeSecs),
            claimWindowSecs: BigInt(params.claimWindowSecs),
            exitDelaySlots: BigInt(params.exitDelaySlots),
            exitWindowSlots: EXIT_WINDOW_SLOTS,
            minContribution: params.minContribution,
            assessmentCapBps: BigInt(params.assessmentCapBps),
            coolingOffSecs: BigInt(params.coolingOffSecs),
            callSecs: BigInt(params.callSecs),
            bountyBps: BigInt(params.bountyBps),
            bountyCap: params.bountyCap,
            graceSlots: BigInt(params.defaultConfirmSlots),
            clearingFeeBps: BigInt(params.clearingFeeBps),
            rewardShareBps: BigInt(params.rewardShareBps),
        },
    };
}

/**
 * The money that stands behind the default of a member with this contribution: treasury and the others' contributions,
 * without what is pledged to covers. In a wind-down these are paid nothing.
 */
export function mutualResources(fund: Raw['fund'], own: bigint): bigint {
    const pledged = STATUS[fund.status] === 'wind-down' ? 0n : fund.committed;
    return max(0n, fund.treasury + max(0n, fund.contributions - own) - pledged);
}

/** The money in each layer. A defaulter loses only its own margin and contribution. */
function layersOf({ fund, markets, members }: Raw, quotes: Quotes): ByLayer {
    let assessments = 0n;
    let gains = 0n;
    for (const member of members.values()) {
        const worth = quotes.shareValue(fund, liveShares(member, fund));
        assessments += bpsOf(worth, BigInt(member.assessmentCapBps));
        for (const { lots, market: index, raw } of member.positions) {
            const market = markets[index];
            if (lots !== 0n && market) {
                gains += max(0n, quotes.profit({ lots, raw }, market.mark.price, market.scale));
            }
        }
    }
    return {
        margin: fund.marginTotal,
        treasury: fund.treasury,
        survivors: fund.contributions + fund.cushions,
        assessments,
        gains,
    };
}

function coverOf({ fund }: Raw): Pick<FundFigures, 'exposures' | 'coverTwo'> {
    const known = fund.exposures.filter(({ stressLoss }) => stressLoss > 0n);
    const resourcesWithout = (own: bigint) => mutualResources(fund, own);
    const exposures = known.map(({ contribution, member, stressLoss }): Exposure => {
        const resources = resourcesWithout(contribution);
        return { member, stressLoss, resources, limit: bpsOf(resources, BigInt(fund.params.coverLimitBps)) };
    });
    return {
        exposures: exposures.toSorted((a, b) => (a.stressLoss < b.stressLoss ? 1 : -1)),
        coverTwo: {
            loss: sum(known.map(({ stressLoss }) => stressLoss)),
            resources: resourcesWithout(sum(known.map(({ contribution }) => contribution))),
        },
    };
}

/** A bucket of half of the cap that drains in a day: see docs/exit.md, 7. */
function outflowOf({ clock, fund }: Raw): FundFigures['outflow'] {
    if (fund.params.outflowCapBps === 0) {
        return undefined;
    }
    const limit = bpsOf(fund.contributions + fund.outflow, BigInt(fund.params.outflowCapBps)) / 2n;
    const drained = (limit * min(DAY, max(0n, clock.ts - fund.outflowTs))) / DAY;
    return { used: max(0n, fund.outflow - drained), limit };
}
