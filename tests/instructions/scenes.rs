//! The end of the waterfall, one scene per layer: each starts from the one before.

use {
    crate::common::contributors,
    bulkhead_tests::{
        bulkhead::{
            constants::MAX_AUCTION_SLOTS,
            state::{Fund, FundParams},
        },
        params, usd, usdc,
        world::Setup,
        BulkheadError, MarketSpec, World, SOL,
    },
};

/// A fund whose members agree to assessments of this part of their contributions.
pub const fn assessing(assessment_cap_bps: u16) -> FundParams {
    FundParams { assessment_cap_bps, ..params::FUND }
}

/// A fund whose auctions are so slow that two cells of time bring no discount.
pub const SLOW_AUCTION: FundParams = FundParams { auction_slots: MAX_AUCTION_SLOTS, ..params::FUND };

/// A market whose stress loss is 30% of notional, the sale after the move counted: a move of 23.8%.
pub fn gentle(mut market: MarketSpec) -> MarketSpec {
    market.params.terms.rates.stress_bps = 2_380;
    market
}

/// Alice has bought 1,000 lots of SOL at 200, 600 from Bob and 400 from Carol, and SOL is at 50. Alice has lost 1,500 and
/// is 1,250.40 short; Bob has won 900, Carol 600, both unsettled.
///
/// Layers: Alice's margin of 249.60 and contribution of 100, the treasury's 100.40, contributions of 100 (Bob) and 900
/// (Carol). 50 are nobody's. Bob's margin is 999.76, Carol's 999.84; initial margins are 30 and 20.
pub fn crashed(params: FundParams) -> World {
    let mut world =
        World::with(Setup { params, markets: vec![gentle(MarketSpec::sol())], ..Setup::default() });
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(900));
    world.give("treasurer", usdc(1_000));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world.run(world.novate("alice", "bob", SOL, 600, usd(200)));
    world.run(world.novate("alice", "carol", SOL, 400, usd(200)));
    world.set_price(SOL, usd(50));
    world
}

/// Layer 5. [`crashed`] with assessments of up to 50%, allocated: the pool has 1,450, the residual of 50 is called from Bob
/// and Carol, 5 and 45, for an hour. The house holds 1,000 lots.
pub fn called() -> World {
    called_with(assessing(5_000))
}

/// The same with these parameters.
pub fn called_with(params: FundParams) -> World {
    let mut world = crashed(params);
    if params.default_confirm_slots > 0 {
        world.run(world.declare_default("alice"));
        world.warp_slots(u64::from(params.default_confirm_slots));
        world.refresh();
    }
    world.default_member("alice");
    world
}

/// Layer 6. [`called_with`] these parameters, after the assessment if there is one. Erin, who has 160 of margin, has taken the
/// house's 1,000 lots over at 50, less the auction's discount; the residual is what the house has lost besides.
pub fn sold_with(params: FundParams) -> World {
    let mut world = called_with(params);
    if params.assessment_cap_bps > 0 {
        world.warp_secs(i64::from(params.assessment_secs) + 1);
        world.refresh();
    }
    world.join("erin", usdc(160), 0);
    world.run(world.take_over("erin", SOL, 1_000));
    world
}

/// [`sold_with`] no assessments and no discount: the residual is 50, the pool has 1,450. Bob has a gain of 900, Carol of 600.
pub fn sold() -> World {
    sold_with(SLOW_AUCTION)
}

/// [`sold`], and the moment of the pins has come at 50: nobody is registered yet.
pub fn registering() -> World {
    let mut world = sold();
    world.pin_gains();
    world
}

/// [`sold`], registered and cut: Bob's claim of 900 ends at 870, Carol's of 600 at 580.
pub fn cut() -> World {
    let mut world = sold();
    world.cut_all_gains();
    world
}

/// Layer 7. [`registering`], and nobody has been registered in time: there were no gains to cut.
pub fn wound_down() -> World {
    wound_down_with(SLOW_AUCTION)
}

/// The same with these parameters.
pub fn wound_down_with(params: FundParams) -> World {
    let mut world = sold_with(params);
    world.pin_gains();
    world.end_registration();
    world.run(world.cut_gains());
    world
}

/// [`wound_down`], a day later, with SOL's final mark at `price`. Alice, who holds nothing, is closed out, so that nobody averts it
/// any more. The others are registered late: 50 of Bob's 900 and Carol's 600 are cut.
pub fn final_at(price: u64) -> World {
    let mut world = wound_down();
    world.end_at(SOL, price);
    world.run(world.close_out("alice"));
    world.register_all();
    world
}

/// [`final_at`] 50, everybody closed out: Bob claims 870 and Carol 580 of a pool of 1,450.
pub fn closed_out() -> World {
    let mut world = final_at(usd(50));
    for name in ["bob", "carol", "erin"] {
        world.run(world.close_out(name));
    }
    world
}

/// Erin is long of 4,000 lots of SOL at 200, Frank short. Others than her have 4,400 less her 100 in the default fund, the
/// treasury 101.60, so that she may endanger 2,200.80. She has 800 of margin: initial margin, and 2,120 are endangered.
pub fn at_the_limit() -> World {
    let mut world = World::with_two_markets();
    contributors(&mut world, usdc(1_000));
    world.join("erin", 801_600_000, usdc(200));
    world.join("frank", usdc(10_000), usdc(200));
    world.run(world.novate("erin", "frank", SOL, 4_000, usd(200)));
    world
}

/// [`at_the_limit`], and SOL at 196: 160 are lost, and 36.5% of 7,840 less 640 are 2,221.60.
pub fn exceeding() -> World {
    let mut world = at_the_limit();
    world.set_price(SOL, usd(196));
    world
}

/// Governance cannot change parameters yet: a cap that members have not agreed to is written behind the program's back.
pub fn set_cap(world: &mut World, bps: u16) {
    let at = 8 + core::mem::offset_of!(Fund, params) + core::mem::offset_of!(FundParams, assessment_cap_bps);
    let fund = world.here.keys.fund;
    world.patch(fund, |fund| fund.data[at..at + 2].copy_from_slice(&bps.to_le_bytes()));
}

/// Whole units of what a member has borne for others.
pub fn borne(world: &World, name: &str) -> u64 {
    (world.member(name).loss_borne.get() >> 64) as u64
}

/// A member takes out what is its own, gives up what has not come back, and closes its account.
pub fn leave(world: &mut World, name: &str) {
    let margin = world.member(name).margin;
    if margin > 0 {
        world.run(world.withdraw_margin(name, margin));
    }
    if world.member(name).share_epoch < world.fund().share_epoch {
        world.run(world.settle_epoch(name));
    }
    if world.member(name).rewards.get() >> 64 > 0 {
        world.run(world.claim_rewards(name));
    }
    if borne(world, name) > 0 {
        world.refuse(world.close_member(name), BulkheadError::MemberNotEmpty);
        world.run(world.waive_recovery(name));
    }
    world.run(world.close_member(name));
}
