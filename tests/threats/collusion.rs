//! Accounts that belong together: both sides of a trade, or target and liquidator, in one hand.

use {
    crate::common::*,
    bulkhead_tests::{
        event,
        outcome::DUPLICATE_MUTABLE_ACCOUNT,
        params::{FUND, PRICE_BAND_BPS},
        usd, usdc, BulkheadError, World, SOL,
    },
};

/// What the honest have at stake beside this: 9,000 in contributions, and margin.
const TREASURY: u64 = usdc(1_000);

/// The highest price at which somebody may buy at a mark of 200.
fn edge() -> u64 {
    usd(200) + usd(200) * u64::from(PRICE_BAND_BPS) / 10_000
}

fn honest() -> World {
    let mut world = World::with_market(FUND, free_market());
    world.join("ann", usdc(5_000), usdc(6_000));
    world.join("ben", usdc(5_000), usdc(3_000));
    world.give("treasurer", TREASURY);
    world.run(world.fund_treasury("treasurer", TREASURY));
    world
}

/// One attacker behind pairs of accounts, each with the least contribution the fund lets it trade with.
struct Attacker {
    pairs: usize,
}

impl Attacker {
    fn names(&self) -> Vec<(String, String)> {
        (0..self.pairs).map(|pair| (format!("long {pair}"), format!("short {pair}"))).collect()
    }

    fn enter(&self, world: &mut World) {
        for (long, short) in self.names() {
            for name in [&long, &short] {
                world.join(name, 0, FUND.min_contribution);
            }
        }
    }

    /// All that is the attacker's, in wallets and in the fund.
    fn wealth(&self, world: &World) -> i64 {
        let names = self.names().into_iter().flat_map(|(long, short)| [long, short]);
        names.map(|name| (world.purse(&name) + world.member(&name).margin + worth(world, &name)) as i64).sum()
    }

    /// Opens the largest trade that margin, band and cover limit allow, with just the margin it needs, at the edge of
    /// the band: the long pays 2% more than the mark. Settles, and takes out all that may leave. Returns the lots of
    /// one pair.
    fn open(&self, world: &mut World) -> u64 {
        let mut lots = 0;
        for (long, short) in self.names() {
            // Per lot of 2 at the mark: initial margin 0.2; 0.04 to the other side; two fees of two bps; stress 0.6.
            // The limit on what 30% may cost beyond 10% of margin is half of the others' money.
            let fund = world.fund();
            let others = fund.treasury + fund.contributions - FUND.min_contribution;
            lots = others / 2 / 400_000;
            let larger = lots + lots / 50;
            for name in [&long, &short] {
                world.run(world.deposit_margin(name, larger * 242_000));
            }
            world.refuse(world.novate(&long, &short, SOL, larger, edge()), BulkheadError::CoverLimitExceeded);
            world.run(world.novate(&long, &short, SOL, lots, edge()));
            for name in [&long, &short] {
                world.run(world.settle(name, SOL));
                take_out_what_may_leave(world, name);
            }
        }
        lots
    }

    /// The winners settle what the pool has, close against the house and take out what may leave.
    fn leave(&self, world: &mut World) {
        for (long, short) in self.names() {
            let _ = world.attempt(world.settle_epoch(&long)); // if its epoch has ended
            world.run(world.declare_default(&long));
            world.run(world.allocate_loss(&long));
            world.run(world.settle(&short, SOL));
        }
        for (_, short) in self.names() {
            let lots = world.member(&short).position(SOL).lots.unsigned_abs();
            world.run(world.take_over(&short, SOL, lots));
        }
        world.vest();
        for (_, short) in self.names() {
            take_out_what_may_leave(world, &short);
        }
    }
}

/// The largest withdrawal the program accepts, found by halving.
fn take_out_what_may_leave(world: &mut World, name: &str) {
    let mut step = world.member(name).margin.next_power_of_two();
    while step > 0 {
        if step <= world.member(name).margin {
            let _ = world.attempt(world.withdraw_margin(name, step));
        }
        step /= 2;
    }
}

/// What the honest members' shares and the treasury are worth together.
fn mutual(world: &World) -> u64 {
    world.fund().treasury + worth(world, "ann") + worth(world, "ben")
}

/// P7: the trade itself, at the edge of the band, with everything taken out that may be, leaves nobody below
/// maintenance, let alone in default.
#[test]
fn t16_a_trade_at_the_edge_of_the_band_creates_no_default() {
    let mut world = honest();
    let attacker = Attacker { pairs: 1 };
    attacker.enter(&mut world);
    attacker.open(&mut world);
    for name in ["long 0", "short 0"] {
        world.refuse(world.declare_default(name), BulkheadError::EquityNotNegative);
        world.refuse(world.liquidate("ann", name, SOL, 1), BulkheadError::NotLiquidatable);
    }
    // One step beyond the band there is no trade at all.
    for price in [edge() + 1, usd(200) - (edge() - usd(200)) - 1, 0] {
        world.refuse(world.novate("ann", "ben", SOL, 1, price), BulkheadError::PriceOutsideBand);
    }
    // And without margin for the edge there is none at the edge.
    let poor = "poor";
    world.join(poor, 0, FUND.min_contribution);
    world.run(world.deposit_margin(poor, usdc(22))); // 100 lots at 200: 20 of initial margin, and 2 of the 4 at the edge
    world.refuse(world.novate(poor, "ann", SOL, 100, edge()), BulkheadError::BelowInitialMargin);
}

/// Threat 16: both sides in one hand, the profit leg withdrawn, the loss leg left to default in a fall of the whole
/// stress move. What the others lose, and what the attacker gains, is within the cover limit.
#[test]
fn t16_linked_accounts_extract_no_more_than_the_cover_limit() {
    let mut world = honest();
    let attacker = Attacker { pairs: 1 };
    attacker.enter(&mut world);
    let start = attacker.wealth(&world);
    let lots = attacker.open(&mut world);
    let limit = mutual(&world) / 2;
    let (before, honest_margins) = (mutual(&world), margins(&world, &["ann", "ben"]));

    world.set_price(SOL, usd(140)); // the stress move, at once: nobody could liquidate on the way
    attacker.leave(&mut world);

    let (lost, gained) = (before - mutual(&world), attacker.wealth(&world) - start);
    println!(
        "{lots} lots: of {before} the others lost {lost}, the attacker gained {gained}, the limit is {limit}"
    );
    assert!(lost > limit * 9 / 10, "the attack is as large as the limit lets it be");
    assert!(lost <= limit, "the others lost {lost}, beyond {limit}");
    assert!(gained <= lost as i64, "the attacker gained {gained}, more than others lost");
    assert_eq!(margins(&world, &["ann", "ben"]), honest_margins, "P11");
    assert_eq!(world.fund().residual, 0);
}

/// Cover-2: two loss legs at once use up at most both halves of the mutual resources, and nothing stays unpaid.
#[test]
fn t16_two_linked_pairs_at_once_are_covered() {
    let mut world = honest();
    let attacker = Attacker { pairs: 2 };
    attacker.enter(&mut world);
    let start = attacker.wealth(&world);
    attacker.open(&mut world);
    let (before, honest_margins) = (mutual(&world), margins(&world, &["ann", "ben"]));
    world.set_price(SOL, usd(140));
    attacker.leave(&mut world);
    let (lost, gained) = (before - mutual(&world), attacker.wealth(&world) - start);
    println!("of {before} the others lost {lost}, the attacker gained {gained}");
    assert!(gained <= lost as i64 && lost <= before);
    assert_eq!(world.fund().residual, 0, "two at the limit are covered");
    assert_eq!(margins(&world, &["ann", "ben"]), honest_margins, "P11");
}

/// Beyond two, the mutual resources are used up: what is missing is the winners', never anybody's margin.
#[test]
fn t16_more_linked_pairs_never_reach_a_margin() {
    let mut world = honest();
    let attacker = Attacker { pairs: 4 };
    attacker.enter(&mut world);
    let start = attacker.wealth(&world);
    attacker.open(&mut world);
    let (before, honest_margins) = (mutual(&world), margins(&world, &["ann", "ben"]));
    world.set_price(SOL, usd(140));
    attacker.leave(&mut world);
    let (lost, gained) = (before - mutual(&world), attacker.wealth(&world) - start);
    println!("of {before} the others lost {lost}, the attacker gained {gained}");
    assert!(gained <= lost as i64 && lost <= before);
    assert!(world.fund().residual > 0, "more than there is");
    assert_eq!(margins(&world, &["ann", "ben"]), honest_margins, "P11");
    for name in ["ann", "ben"] {
        let margin = world.member(name).margin;
        world.run(world.withdraw_margin(name, margin));
    }
}

/// A fall smaller than initial margin takes nothing from anybody, however large the linked trade is.
#[test]
fn t16_within_initial_margin_the_others_lose_nothing() {
    let mut world = honest();
    let attacker = Attacker { pairs: 1 };
    attacker.enter(&mut world);
    attacker.open(&mut world);
    let before = mutual(&world);
    world.set_price(SOL, usd(181)); // 9.5%
    world.refuse(world.declare_default("long 0"), BulkheadError::EquityNotNegative);
    world.run(world.settle("long 0", SOL));
    world.run(world.settle("short 0", SOL));
    assert_eq!(mutual(&world), before);
}

/// Threat 17: a target just below maintenance, 1,000 lots bought at 200 with 250 of margin, marked at 184.
fn weak() -> World {
    let mut world = World::with_market(FUND, free_market());
    world.join("target", usdc(250), usdc(10));
    for name in ["linked", "other"] {
        world.join(name, usdc(2_000), usdc(5_000));
    }
    world.run(world.novate("target", "other", SOL, 1_000, usd(200)));
    world.set_price(SOL, usd(184)); // equity 250 - 0.4 - 160 = 89.6 below 92
    world
}

#[test]
fn t17_nobody_liquidates_itself() {
    let mut world = weak();
    world.refuse(world.liquidate("target", "target", SOL, 100), DUPLICATE_MUTABLE_ACCOUNT);
    // Nor does a trade with itself, which would do the same at a price of its choice.
    world.refuse(world.novate("target", "target", SOL, 100, usd(184)), DUPLICATE_MUTABLE_ACCOUNT);
}

/// Equity of a member at the mark, position and margin.
fn equity(world: &World, name: &str) -> i64 {
    let (member, market) = (world.member(name), world.market(SOL));
    let profit =
        member.position(SOL).profit(market.mark.price, market.scale().expect("a scale")).expect("a profit");
    member.margin as i64 + profit
}

/// The target's own friend liquidates it, lot by lot, to squeeze rounding and bonus: the two together gain nothing, the
/// target never falls below zero, and the fund's money never shrinks.
#[test]
fn t17_a_linked_liquidator_cannot_drain_the_fund() {
    for mark in [usd(184), usd(178), usd(176), usd(175) + 4_010_000] {
        let mut world = weak();
        world.set_price(SOL, mark);
        let together = equity(&world, "target") + equity(&world, "linked");
        let (treasury, contributions) = (world.fund().treasury, world.fund().contributions);
        let mut taken = 0;
        while let Ok(meta) = world.attempt(world.liquidate("linked", "target", SOL, 7)) {
            let event = event!(meta, Liquidated);
            taken += event.lots;
            assert!(equity(&world, "target") >= 0, "mark {mark}: a liquidation has created a default");
        }
        assert!(taken > 0, "mark {mark}: nothing was liquidated");
        let fees = world.fund().treasury - treasury;
        let after = equity(&world, "target") + equity(&world, "linked");
        assert!(
            after + fees as i64 <= together,
            "mark {mark}: {together} have become {after} and {fees} of fees"
        );
        assert_eq!(world.fund().contributions, contributions);
        world.refuse(world.declare_default("target"), BulkheadError::EquityNotNegative);
    }
}

/// A target that is already under water gives a liquidator no bonus: the loss is what it was, the fund's to judge.
#[test]
fn t17_below_zero_there_is_no_bonus_to_take() {
    let mut world = weak();
    world.set_price(SOL, usd(170)); // 250 - 0.4 - 300: 50.4 short
    let before = (equity(&world, "target"), equity(&world, "linked"));
    let meta = world.run(world.liquidate("linked", "target", SOL, 1_000));
    let event = event!(meta, Liquidated);
    assert_eq!((event.bonus, event.fee, event.lots), (0, 0, 1_000));
    assert_eq!((equity(&world, "target"), equity(&world, "linked")), before);
    world.run(world.declare_default("target")); // a debt without lots is a default all the same
    assert_eq!(world.default_record(0).shortfall, usdc(50) + 400_000);
}

/// The liquidator must be able to carry what it takes, by every rule of a trade that adds risk.
#[test]
fn t17_a_liquidator_must_carry_what_it_takes() {
    let mut world = weak();
    world.join("poor", usdc(20), usdc(10));
    world.refuse(world.liquidate("poor", "target", SOL, 1_000), BulkheadError::BelowInitialMargin);
    world.join("outsider", usdc(2_000), 0);
    world.refuse(world.liquidate("outsider", "target", SOL, 100), BulkheadError::BelowRequiredContribution);
}

/// Nobody chooses who pays: neither another fund's books, nor another member's.
#[test]
fn t17_the_caller_does_not_choose_who_pays() {
    let mut world = weak();
    let (fund, market, target) =
        (world.here.keys.fund, world.here.keys.market(SOL), world.account_of("target"));
    let (other_fund, other_market, other_target) = world.elsewhere(|world| {
        world.join("target", usdc(100), usdc(10));
        (world.here.keys.fund, world.here.keys.market(SOL), world.account_of("target"))
    });
    let call = |world: &World| world.liquidate("linked", "target", SOL, 100);
    world.refuse(call(&world).swap(fund, other_fund), BulkheadError::WrongFund);
    world.refuse(call(&world).swap(market, other_market), BulkheadError::WrongFund);
    world.refuse(call(&world).swap(target, other_target), BulkheadError::WrongFund);

    world.set_price(SOL, usd(150));
    world.run(world.declare_default("target"));
    world.refuse(world.allocate_loss("target").swap(fund, other_fund), BulkheadError::WrongFund);
}
