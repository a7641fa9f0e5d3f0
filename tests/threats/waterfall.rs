//! Who pays a loss, in which order, and who never does.

use {
    crate::common::*,
    bulkhead::{
        constants::MAX_PRICE,
        state::{DefaultRecord, FundStatus},
    },
    bulkhead_tests::{event, params::FUND, usd, usdc, BulkheadError, MarketSpec, World, SOL},
};

/// The defaulter has 100 contributed, the treasury 50, the survivors 600 and 400.
const DEFAULTER: u64 = usdc(100);
const TREASURY: u64 = usdc(50);
const SURVIVORS: u64 = usdc(1_000);

fn layered() -> World {
    let mut world = precise(&[("ann", usdc(600)), ("ben", usdc(400))]);
    world.run(world.contribute(DEBTOR, DEFAULTER));
    world.give("treasurer", TREASURY);
    world.run(world.fund_treasury("treasurer", TREASURY));
    world
}

/// Losses at, just below and just above every boundary.
fn losses() -> Vec<u64> {
    let boundaries = [DEFAULTER, DEFAULTER + TREASURY, DEFAULTER + TREASURY + SURVIVORS];
    let around = boundaries.into_iter().flat_map(|at| [at - 1, at, at + 1]);
    around.chain([1, usdc(40), usdc(400), usdc(2_000), 7_777_777, MAX_PRICE / 2]).collect()
}

fn allocated(loss: u64) -> (World, DefaultRecord) {
    let mut world = layered();
    insolvent(&mut world, loss);
    let seq = world.default_member(DEBTOR);
    let record = world.default_record(seq);
    (world, record)
}

#[test]
fn t02_what_is_allocated_and_the_residual_are_the_loss() {
    for loss in losses() {
        let (world, record) = allocated(loss);
        assert_eq!((record.from_margin, record.shortfall), (STAKE, loss));
        let layers = record.from_contribution + record.from_treasury + record.from_survivors;
        assert_eq!(layers + record.residual, loss, "loss {loss}");
        let fund = world.fund();
        assert_eq!((fund.unfunded, fund.residual), (record.residual, record.residual), "loss {loss}");
        // Every unit that left a layer is in the pool, beside the margin.
        assert_eq!(fund.pool, STAKE + layers, "loss {loss}");
        let left = DEFAULTER + TREASURY + SURVIVORS - layers;
        assert_eq!(fund.contributions + fund.treasury + fund.cushions, left, "loss {loss}");
    }
}

#[test]
fn t08_a_layer_is_touched_only_when_the_ones_before_it_are_empty() {
    for loss in losses() {
        let (world, record) = allocated(loss);
        let defaulter = loss.min(DEFAULTER);
        let treasury = (loss - defaulter).min(TREASURY);
        let survivors = (loss - defaulter - treasury).min(SURVIVORS);
        let residual = loss - defaulter - treasury - survivors;
        let paid = (record.from_contribution, record.from_treasury, record.from_survivors, record.residual);
        assert_eq!(paid, (defaulter, treasury, survivors, residual), "loss {loss}");
        // Without anything left to allocate no layer was asked.
        let before = if loss > DEFAULTER { SURVIVORS } else { 0 };
        assert_eq!(record.contributions_before, before, "loss {loss}");

        let fund = world.fund();
        let state = (fund.contributions, fund.treasury, fund.share_epoch);
        match SURVIVORS - survivors {
            0 => assert_eq!(state, (0, 0, 1), "loss {loss}"),
            // The price of a share is gone: what is left is the protocol's.
            1 => assert_eq!(state, (0, 1, 1), "loss {loss}"),
            left => assert_eq!(state, (left, TREASURY - treasury, 0), "loss {loss}"),
        }
        // What is left of the defaulter's own stands behind the sale of its lots.
        assert_eq!((fund.cushions, worth(&world, DEBTOR)), (DEFAULTER - defaulter, 0), "loss {loss}");
    }
}

/// P4 for every loss that leaves the survivors something: the same fraction of each, within one base unit.
#[test]
fn t08_survivors_pay_pro_rata_to_the_unit() {
    for loss in losses().into_iter().filter(|loss| *loss < DEFAULTER + TREASURY + SURVIVORS - 1) {
        let (world, record) = allocated(loss);
        for (name, before) in [("ann", usdc(600)), ("ben", usdc(400))] {
            let exact = before as f64 * (1.0 - record.from_survivors as f64 / SURVIVORS as f64);
            let after = worth(&world, name) as f64;
            assert!((after - exact).abs() <= 1.0, "loss {loss}: {name} has {after}, pro rata is {exact}");
        }
    }
}

/// A loss of two million million: every layer is emptied, none is overdrawn, and the rest waits for money.
#[test]
fn t07_a_loss_larger_than_the_fund_takes_what_there_is_and_no_more() {
    const LOSS: u64 = 2_000_000_000_000_000_000;
    let mut world = layered();
    insolvent(&mut world, LOSS);
    let bystanders = margins(&world, &["ann", "ben", CREDITOR]);
    let seq = world.default_member(DEBTOR);
    let record = world.default_record(seq);
    let fund = world.fund();
    assert_eq!(record.residual, LOSS - DEFAULTER - TREASURY - SURVIVORS);
    assert_eq!((fund.treasury, fund.contributions, fund.total_shares.get()), (0, 0, 0));
    assert!(fund.status == FundStatus::Recovery);
    assert_eq!(margins(&world, &["ann", "ben", CREDITOR]), bystanders);

    // Nothing there: allocating again changes nothing and takes nothing.
    world.run(world.allocate_residual());
    assert_eq!(world.fund().unfunded, record.residual);

    // Whatever comes in is taken to the last unit, never below zero, and never more than is owed.
    for amount in [1, usdc(5), usdc(1_000)] {
        world.give("donor", amount);
        world.run(world.fund_treasury("donor", amount));
        let before = world.fund().unfunded;
        let meta = world.run(world.allocate_residual());
        assert_eq!(event!(meta, ResidualAllocated).from_treasury, amount);
        let fund = world.fund();
        assert_eq!((fund.treasury, fund.unfunded), (0, before - amount));
        assert!(fund.status == FundStatus::Recovery);
    }
}

/// Money beyond a residual stays in the treasury, and the fund is active again.
#[test]
fn t07_a_residual_is_never_overpaid() {
    let (mut world, record) = allocated(DEFAULTER + TREASURY + SURVIVORS + 5);
    assert_eq!(record.residual, 5);
    world.give("donor", 12);
    world.run(world.fund_treasury("donor", 12));
    world.run(world.allocate_residual());
    let fund = world.fund();
    assert_eq!((fund.treasury, fund.unfunded, fund.residual), (7, 0, 0));
    assert!(fund.status == FundStatus::Active);
    world.refuse(world.allocate_residual(), BulkheadError::NothingToAllocate);
}

/// P11: through declaration, allocation, residual and the sale of the house at a loss, nobody's margin but the
/// defaulter's pays anything.
#[test]
fn t09_no_margin_pays_for_the_default_of_another() {
    let mut market = MarketSpec::sol();
    market.params.terms.rates.stress_bps = 2_380;
    let mut world = World::with_market(FUND, market);
    world.join("alice", usdc(300), usdc(100));
    for name in ["bob", "carol", "dave", "erin"] {
        world.join(name, usdc(1_000), usdc(200));
    }
    world.run(world.novate("alice", "bob", SOL, 700, usd(200)));
    world.run(world.novate("alice", "carol", SOL, 300, usd(200)));
    world.run(world.novate("dave", "erin", SOL, 100, usd(200)));
    world.set_price(SOL, usd(50)); // alice loses 1,500: 1,200 beyond her margin; there are 900 and the fees

    let survivors = ["bob", "carol", "dave", "erin"];
    let before = margins(&world, &survivors);
    let unpaid = |world: &World| world.fund().residual;

    world.run(world.declare_default("alice"));
    assert_eq!(margins(&world, &survivors), before, "after the declaration");
    assert_eq!(world.member("alice").margin, 0);

    world.run(world.allocate_loss("alice"));
    assert!(unpaid(&world) > 0, "the loss exceeds the fund");
    assert_eq!(margins(&world, &survivors), before, "after the allocation");

    world.run(world.allocate_residual());
    assert_eq!(margins(&world, &survivors), before, "after allocating the residual");

    // At the full discount of 5%: the house loses, and the loss is a residual, not the taker's or anybody's margin. Bob and
    // carol have the discounts on 350 and 150.
    world.warp_slots(2_000);
    world.refresh();
    let residual = unpaid(&world);
    world.run(world.take_over("bob", SOL, 700));
    world.run(world.take_over("carol", SOL, 300));
    assert!(unpaid(&world) > residual, "the house has lost");
    let sold = [before[0] + 17_500_000, before[1] + 7_500_000, before[2], before[3]];
    assert_eq!(margins(&world, &survivors), sold, "after the sale of the house");
    world.run(world.allocate_residual());
    assert_eq!(margins(&world, &survivors), sold, "after allocating the loss of the house");

    // And it is theirs: bob and carol, flat, take all of it; erin needs the stress loss of 100 lots at 50, 15.
    for (name, amount) in [("bob", sold[0]), ("carol", sold[1]), ("erin", sold[3] - usdc(15))] {
        world.run(world.withdraw_margin(name, amount));
    }
}
