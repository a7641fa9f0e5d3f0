/**
 * The amounts due to a member and from it, as of now: the accounts hold them as of when somebody touched the member last.
 *
 * @module
 */

import type { EpochRecord, Fund, Member } from './generated/index.js';

/** Fractional bits of indices and of what accrues by them. */
const FRACTION_BITS = 64n;
const ONE = 1n << FRACTION_BITS;

/** Amounts per share up to which shares accrue: the fund's, or those of the epoch that has ended with them. */
export type ShareIndices = Pick<EpochRecord, 'rewardIndex' | 'lossIndex' | 'lossUnitsIndex'>;

type Shares = Pick<Member, 'shares' | 'shareEpoch'>;
type Rewarded = Shares & Pick<Member, 'rewards' | 'rewardIndex'>;
type Bearer = Shares & Pick<Member, 'lossBorne' | 'lossIndex' | 'lossUnits' | 'lossUnitsIndex' | 'lossEpoch'>;
type LossFund = Pick<
    Fund,
    'shareEpoch' | 'lossIndex' | 'lossUnitsIndex' | 'lossEpoch' | 'lossEpochIndex' | 'lossesOutstanding' | 'lossUnits'
>;

/** A member's losses: the part that has come back, and the part that has not, in base units. */
export interface Recovery {
    /** Losses borne and not yet paid back, whether or not they have come back. */
    readonly borne: bigint;
    /** The part that has come back: `claim_recovery` pays it. */
    readonly claimable: bigint;
    /** The part that has not; it may never. */
    readonly outstanding: bigint;
}

/** Shares that are worth something: none of an epoch that has ended. */
export function liveShares(member: Shares, fund: Pick<Fund, 'shareEpoch'>): bigint {
    return member.shareEpoch === fund.shareEpoch ? member.shares : 0n;
}

/**
 * Rewards that `claim_rewards` would pay, in base units, rounded down: what is released to the shares when it runs comes
 * on top. Of shares of an ended epoch the epoch's record has the index; without it, what was there at the last touch.
 */
export function claimableRewards(
    member: Rewarded,
    fund: Pick<Fund, 'shareEpoch' | 'rewardIndex'>,
    ended?: ShareIndices,
): bigint {
    const to = member.shareEpoch === fund.shareEpoch ? fund.rewardIndex : (ended?.rewardIndex ?? member.rewardIndex);
    return (member.rewards + member.shares * (to - member.rewardIndex)) >> FRACTION_BITS;
}

/** Computes the amount that `claim_recovery` would pay, and the losses still out. Rounded in favour of the fund, as the program does. */
export function recoveryOf(member: Bearer, fund: LossFund, ended?: ShareIndices): Recovery {
    const isLive = member.shareEpoch === fund.shareEpoch;
    const to = isLive ? fund : (ended ?? member);
    const borne = (member.lossBorne + member.shares * (to.lossIndex - member.lossIndex)) >> FRACTION_BITS;
    // Units of a loss epoch that has ended are worth nothing: what they stood for is recovered.
    const from = max(member.lossUnitsIndex, fund.lossEpochIndex);
    const accrued = ceilDiv(member.shares * max(0n, to.lossUnitsIndex - from), ONE);
    const units = (member.lossEpoch === fund.lossEpoch ? member.lossUnits : 0n) + accrued;
    const outstanding = fund.lossUnits === 0n ? 0n : ceilDiv(units * fund.lossesOutstanding, fund.lossUnits);
    const claimable = max(0n, borne - outstanding);
    return { borne, claimable, outstanding: borne - claimable };
}

/** Computes a member's debt to the open call of assessments at the chain's time `now`, in base units; zero without a call. */
export function assessmentDue(
    member: Shares &
        Pick<
            Member,
            'assessedShares' | 'assessedEpoch' | 'assessmentPaid' | 'assessed' | 'assessmentCapBps' | 'coolingOff'
        >,
    fund: Pick<Fund, 'assessment' | 'coolingOff'>,
    now: bigint,
): bigint {
    const { assessment } = fund;
    const isSame = member.assessedEpoch === assessment.epoch;
    const shares = member.shareEpoch + 1n === assessment.epoch ? member.shares : isSame ? member.assessedShares : 0n;
    if (shares === 0n || assessment.shares === 0n || assessment.collected >= assessment.called || now > assessment.endsTs) {
        return 0n;
    }
    const due = ceilDiv(assessment.called * shares, assessment.shares) - (isSame ? member.assessmentPaid : 0n);
    const base = (shares * assessment.base) / assessment.shares;
    const assessed = member.coolingOff === fund.coolingOff ? member.assessed : 0n;
    const room = max(0n, (base * BigInt(member.assessmentCapBps)) / ONE_BPS - assessed);
    return max(0n, min(due, room));
}

const ONE_BPS = 10_000n;

function ceilDiv(dividend: bigint, divisor: bigint): bigint {
    return (dividend + divisor - 1n) / divisor;
}

function max(a: bigint, b: bigint): bigint {
    return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
    return a < b ? a : b;
}
