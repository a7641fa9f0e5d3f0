//! The last layers: a haircut of gains, and the pay-out of a wind-down.

use {
    crate::input::{decode, Actions, Size},
    arbitrary::Arbitrary,
    bulkhead_math::{
        closing::PayOut,
        gains::{part_of, plan_cut, plan_haircut},
        positions::Position,
        units::Scale,
    },
};

#[derive(Arbitrary)]
struct Input {
    decimals: [u8; 3],
    loss: Size<48>,
    short: bool,
    mark: Size<40>,
    /// The part of all claims that is there.
    part: u16,
    members: Actions<Member>,
}

#[derive(Arbitrary)]
struct Member {
    lots: Size<32>,
    entry: Size<40>,
}

/// P3, P4 and P11 of both.
pub fn haircut(data: &[u8]) {
    let Some(input) = decode::<Input>(data) else { return };
    cut_gains(&input);
    share_out(&input);
}

/// What positions lose and what lapses is the loss and the house's excess, to the raw unit; no position is left with less than
/// nothing.
fn cut_gains(input: &Input) {
    let [price, lot, quote] = input.decimals.map(|decimals| decimals % 13);
    let Ok(scale) = Scale::from_decimals(price, lot, quote) else { return };
    let (loss, mark) = (input.loss.positive(), input.mark.positive());
    let lots: u64 = input.members.0.iter().map(|member| member.lots.0).sum();
    let Ok(plan) = plan_haircut(loss, lots, scale) else {
        return assert_eq!(lots, 0, "only without lots is there nothing to cut");
    };
    let mut cut = 0u128;
    for member in &input.members.0 {
        let held = member.lots.0 as i64;
        let side = if input.short { -held } else { held };
        let position = Position::default().trade(side, member.entry.positive()).expect("it fits");
        let taken = plan_cut(position, member.lots.0, plan.per_lot, mark).expect("a part of the cut");
        let left = taken.position.profit_raw(mark).expect("less than before");
        assert!(taken.taken == 0 || left >= 0, "P11: {left} is left of {position:?}");
        assert!(taken.lapsed == 0 || left <= 0, "{left} is left and {} lapses", taken.lapsed);
        cut += taken.taken + taken.lapsed;
    }
    assert_eq!(cut, scale.raw_of(loss).unsigned_abs() + plan.excess.unsigned_abs(), "P3");
    assert!(plan.excess.unsigned_abs() < u128::from(lots));
}

/// In whatever order, the pool is paid out to the unit and each is within a unit of its part; so are the parts of a loss.
fn share_out(input: &Input) {
    let claims: Vec<u64> = input.members.0.iter().map(|member| member.entry.positive()).collect();
    let all: u64 = claims.iter().sum();
    if all == 0 {
        return;
    }
    let part = u128::from(input.part.min(10_000));
    let pay_out = PayOut { claims: all, pool: (u128::from(all) * part / 10_000) as u64 };
    let (mut before, mut paid) = (0, 0);
    let (mut loss, mut weights) = (input.loss.0, all);
    for claim in claims {
        let pay = pay_out.pay(claim, before).expect("no more than the pool");
        let fair = u128::from(claim) * u128::from(pay_out.pool);
        let apart = (u128::from(pay) * u128::from(all)).abs_diff(fair);
        assert!(pay <= claim && apart < u128::from(all), "P4: {pay} of {claim}");
        (before, paid) = (before + claim, paid + pay);

        let borne = part_of(loss, claim, weights).expect("no more than the loss");
        (loss, weights) = (loss - borne, weights - claim);
    }
    assert_eq!((paid, loss), (pay_out.pool, 0), "all of it");
}
