//! Events that several instructions emit.

use {
    crate::{
        events::{AssessmentPaid, ContributionCalled, CoverAccrued, HouseFlat, HousesRealised},
        rules::{
            covers::Accrued,
            house_round::{HouseResult, RoundEnd},
        },
        state::{Cover, Fund, Member},
    },
    anchor_lang::prelude::*,
};

/// Reports an assessment that a member has paid, if it has paid any.
pub fn emit_assessment(fund: &Account<Fund>, member: &Address, amount: u64, accrued: bool, released: u64) {
    if amount > 0 {
        let (residual, accrued) = (fund.residual, u64::from(accrued));
        log!(AssessmentPaid { fund: *fund.address(), member: *member, amount, residual, accrued, released });
    }
}

/// Reports the premium that a cover has earned, and whether it has lapsed by it.
pub fn emit_accrued(cover: &Account<Cover>, accrued: &Accrued) {
    if accrued.premium > 0 || accrued.lapses {
        log!(CoverAccrued {
            fund: cover.fund,
            cover: *cover.address(),
            premium: accrued.premium,
            prepaid: cover.prepaid,
            lapsed_ts: cover.lapsed_ts,
            to_rewards: accrued.to_rewards,
        });
    }
}

/// Reports the results of houses that are flat.
pub fn emit_house_results(fund: &Account<Fund>, results: impl IntoIterator<Item = HouseResult>) {
    for HouseResult { market, result } in results {
        log!(HouseFlat { fund: *fund.address(), market_index: u64::from(market), result });
    }
}

/// Reports the contribution call of a member that has taken risk over while contributions cannot
/// enter, if amount or deadline are not those of `before`.
pub fn emit_taker_call(member: &Account<Member>, before: (u64, u64)) {
    let (amount, due_secs) = (member.call_amount, member.call_due_secs);
    if (amount, due_secs) != before {
        log!(ContributionCalled { member: *member.address(), amount, due_secs, released: 0 });
    }
}

/// Reports the end of a house round, if it has ended.
pub fn emit_round_end(fund: &Account<Fund>, ended: Option<RoundEnd>) {
    if let Some(RoundEnd { round, plan, cushions }) = ended {
        log!(HousesRealised {
            fund: *fund.address(),
            round,
            from_cushions: plan.from_cushions,
            unfunded: plan.unfunded,
            cancelled: plan.cancelled,
            recovered: plan.recovered,
            cushions,
        });
    }
}

/// Returns the address of a member that an instruction may be given; zero if it was not.
pub fn address_of(member: Option<&Account<Member>>) -> Address {
    member.map_or_else(Address::default, |member| *member.address())
}
