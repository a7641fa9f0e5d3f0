import { expect, test } from 'vitest';
import {
    assessmentDue,
    claimableRewards,
    getFundDecoder,
    getMemberDecoder,
    recoveryOf,
    type Fund,
    type Member,
} from '../src/index.js';

const ONE = 1n << 64n;
const UNITS_PER_MONEY = 1n << 20n;

const zeroFund = getFundDecoder().decode(new Uint8Array(getFundDecoder().fixedSize));
const zeroMember = getMemberDecoder().decode(new Uint8Array(getMemberDecoder().fixedSize));
const fund = (fields: Partial<Fund>): Fund => ({ ...zeroFund, ...fields });
const member = (fields: Partial<Member>): Member => ({ ...zeroMember, ...fields });

test('rewards accrue by shares since the last touch, and only whole units are due', () => {
    const holder = member({ shares: 600n, rewardIndex: ONE, rewards: 2n * ONE + ONE / 2n });
    // 600 shares times a quarter of a unit each, and the two and a half that were there.
    expect(claimableRewards(holder, fund({ rewardIndex: ONE + ONE / 4n }))).toBe(152n);
    expect(claimableRewards(holder, fund({ rewardIndex: ONE }))).toBe(2n);
});

test('shares of an ended epoch earned until its end, which its record has', () => {
    const holder = member({ shares: 100n, shareEpoch: 0n });
    const now = fund({ shareEpoch: 1n, rewardIndex: 9n * ONE });
    const ended = { rewardIndex: 3n * ONE, lossIndex: 0n, lossUnitsIndex: 0n };
    expect(claimableRewards(holder, now, ended)).toBe(300n);
    expect(claimableRewards(holder, now)).toBe(0n);
});

test('the worked example of docs/recoveries.md: A can claim 75, B 25, and 50 are outstanding', () => {
    // A bears 100, 50 come back; then B bears 50, and 50 come back.
    const a = 100n * UNITS_PER_MONEY;
    const b = (50n * a) / 50n; // as many units as A's 50 outstanding are held in
    const now = fund({ lossesOutstanding: 50n, lossUnits: a + b });
    const borne = (amount: bigint, units: bigint) => member({ lossBorne: amount * ONE, lossUnits: units });
    expect(recoveryOf(borne(100n, a), now)).toEqual({ borne: 100n, claimable: 75n, outstanding: 25n });
    expect(recoveryOf(borne(50n, b), now)).toEqual({ borne: 50n, claimable: 25n, outstanding: 25n });
});

test('what is outstanding is rounded in favour of the fund', () => {
    const now = fund({ lossesOutstanding: 10n, lossUnits: 3n });
    const bearer = member({ lossBorne: 10n * ONE, lossUnits: 1n });
    expect(recoveryOf(bearer, now)).toEqual({ borne: 10n, claimable: 6n, outstanding: 4n });
});

test('when everything is recovered, all that was borne is due', () => {
    const bearer = member({ lossBorne: 7n * ONE, lossUnits: 7n * UNITS_PER_MONEY, lossEpoch: 0n });
    const now = fund({ lossEpoch: 1n, lossesOutstanding: 5n, lossUnits: 5n * UNITS_PER_MONEY });
    expect(recoveryOf(bearer, now)).toEqual({ borne: 7n, claimable: 7n, outstanding: 0n });
});

test('losses and their units accrue by shares', () => {
    const holder = member({ shares: 4n });
    const now = fund({
        lossIndex: 25n * ONE,
        lossUnitsIndex: 25n * UNITS_PER_MONEY * ONE,
        lossesOutstanding: 60n,
        lossUnits: 100n * UNITS_PER_MONEY,
    });
    expect(recoveryOf(holder, now)).toEqual({ borne: 100n, claimable: 40n, outstanding: 60n });
});

test('the worked example of docs/waterfall.md: of 150 called Bob owes 15 and Carol 135', () => {
    const assessment = {
        ...zeroFund.assessment,
        shares: 1_000n,
        base: 1_000n,
        called: 150n,
        epoch: 1n,
        endsTs: 100n,
    };
    const now = fund({ shareEpoch: 1n, assessment });
    const survivor = (shares: bigint) => member({ shares, shareEpoch: 0n, assessmentCapBps: 5_000 });
    expect(assessmentDue(survivor(100n), now, 50n)).toBe(15n);
    expect(assessmentDue(survivor(900n), now, 50n)).toBe(135n);
    // What was agreed to is the most; nothing is due after the end, or of shares that came later.
    expect(assessmentDue({ ...survivor(900n), assessmentCapBps: 1_000 }, now, 50n)).toBe(90n);
    expect(assessmentDue(survivor(900n), now, 101n)).toBe(0n);
    expect(assessmentDue({ ...survivor(900n), shareEpoch: 1n }, now, 50n)).toBe(0n);
    const paid = { ...survivor(900n), assessedEpoch: 1n, assessedShares: 900n, assessmentPaid: 100n, assessed: 100n };
    expect(assessmentDue({ ...paid, shareEpoch: 1n }, now, 50n)).toBe(35n);
});
