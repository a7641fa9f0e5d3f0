//! The last layers: the gains cut, and the pay-out of a wind-down.

use {
    crate::input::{decode, Actions, Size},
    arbitrary::Arbitrary,
    bulkhead_math::{
        closing::PayOut,
        gains_cut::{spread, Claimant, Cut, OpenCut},
    },
};

#[derive(Arbitrary)]
struct Input {
    loss: Size<44>,
    /// What of it others pay before the cut.
    paid: Size<44>,
    /// What fills the pool between two payments.
    fill: Size<40>,
    /// The part of all claims that is there.
    part: u16,
    members: Actions<Member>,
}

#[derive(Arbitrary)]
struct Member {
    results: [Size<40>; 2],
    settled: Size<40>,
    margin: Size<40>,
    unpaid: Size<40>,
    /// The signs of the three results, whether there are positions, and whether the registration is late.
    flags: [bool; 5],
}

/// P3, P4 and P11 of both.
pub fn gains_cut(data: &[u8]) {
    let Some(input) = decode::<Input>(data) else { return };
    cut_gains(&input);
    share_out(&input);
}

/// A registration moves what is there and nothing else; the claims and what is cut of them are all gains to the unit; nobody is
/// cut by more than its gain, or by another fraction for its place in the order; a latecomer lowers nobody.
fn cut_gains(input: &Input) {
    let mut open = OpenCut { loss: input.loss.0, gains: 0 };
    let (mut on_time, mut late) = (vec![], vec![]);
    for member in &input.members.0 {
        let gain = register(member);
        if member.flags[4] {
            late.push(gain);
        } else {
            open = open.with(gain).expect("it fits");
            on_time.push(gain);
        }
    }
    let mut unfunded = input.loss.0 - input.paid.0.min(input.loss.0);
    let mut round = open.cut(unfunded);
    unfunded -= round.cut;
    let (mut claims, mut got, mut pool) = (on_time, vec![0; input.members.0.len()], 0);
    for gain in late {
        pay_all(&mut round, &claims, &mut got, &mut pool);
        pool += input.fill.0;
        let before: Vec<u64> = claims.iter().map(|claim| entitled(&round, *claim)).collect();
        let plan = round.plan_late(gain, unfunded, pool).expect("it fits");
        assert!(plan.cancelled <= unfunded && plan.recovered <= pool, "P3");
        (unfunded, pool, round) = (unfunded - plan.cancelled, pool - plan.recovered, plan.cut);
        for (claim, before) in claims.iter().zip(before) {
            assert!(entitled(&round, *claim) >= before, "a latecomer lowers {claim}");
        }
        claims.push(gain);
    }
    pool += round.gains;
    pay_all(&mut round, &claims, &mut got, &mut pool);
    let count = claims.len() as u64;
    let all: u64 = got.iter().sum();
    assert!(
        all <= round.gains - round.cut && all + count >= round.gains - round.cut,
        "P4: {all} of {round:?}"
    );
    for (claim, got) in claims.iter().zip(&got) {
        assert!(got <= claim && *got == entitled(&round, *claim), "P11: {got} of {claim}");
    }
}

/// The gain of a member, whose registration is compared with what the member has.
fn register(member: &Member) -> u64 {
    let signed = |size: Size<40>, loss: bool| if loss { -(size.0 as i64) } else { size.0 as i64 };
    let [first, second, third, has_positions, _] = member.flags;
    let mut results = [signed(member.results[0], first), signed(member.results[1], second)];
    if !has_positions {
        results = [0, 0];
    }
    let all: i64 = results.iter().sum();
    let settled = signed(member.settled, third);
    let (margin, unpaid) = (member.margin.0, member.unpaid.0);
    let claimant = Claimant { has_positions, unsettled: all, settled, margin, unpaid };
    let entry = claimant.register().expect("it fits");
    assert_eq!(
        i128::from(entry.realised) + i128::from(entry.from_margin) + i128::from(unpaid),
        i128::from(entry.gain),
        "P3: {claimant:?}"
    );
    assert!(entry.from_margin <= margin, "P11: {claimant:?}");
    assert!(entry.settled == settled || entry.settled == 0 && settled >= 0, "{claimant:?}");
    if has_positions {
        spread(&mut results, entry.realised).expect("out of the profits");
        assert_eq!(results.iter().sum::<i64>(), entry.realised, "P3");
    }
    entry.gain
}

fn entitled(round: &Cut, claim: u64) -> u64 {
    round.entitlement(claim).expect("a part of the gains")
}

/// Pays every claim what is there for it.
fn pay_all(round: &mut Cut, claims: &[u64], got: &mut [u64], pool: &mut u64) {
    for (claim, got) in claims.iter().zip(got) {
        let pay = round.pay(*claim, *got, *pool).expect("no more than the pool");
        *round = round.with_paid(pay).expect("it fits");
        (*got, *pool) = (*got + pay, *pool - pay);
    }
}

/// In whatever order, the pool is paid out to the unit and each is within a unit of its part; so are the parts of a loss.
fn share_out(input: &Input) {
    let claims: Vec<u64> = input.members.0.iter().map(|member| member.unpaid.positive()).collect();
    let all: u64 = claims.iter().sum();
    if all == 0 {
        return;
    }
    let part = u128::from(input.part.min(10_000));
    let pay_out = PayOut { claims: all, pool: (u128::from(all) * part / 10_000) as u64 };
    let (mut before, mut paid) = (0, 0);
    for claim in claims {
        let pay = pay_out.pay(claim, before).expect("no more than the pool");
        let fair = u128::from(claim) * u128::from(pay_out.pool);
        let apart = (u128::from(pay) * u128::from(all)).abs_diff(fair);
        assert!(pay <= claim && apart < u128::from(all), "P4: {pay} of {claim}");
        (before, paid) = (before + claim, paid + pay);
    }
    assert_eq!(paid, pay_out.pool, "all of it");
}
