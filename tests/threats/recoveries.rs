//! What comes back after a loss, and to whom (P12).

use {
    crate::{claims::TOM, common::*},
    bulkhead_tests::{event, params::DAY, usd, usdc, BulkheadError, World, SOL},
};

const CONTRIBUTORS: [(&str, u64); 2] = [("ann", usdc(600)), ("ben", usdc(400))];

/// What a member is paid of recoveries.
fn recovered(world: &mut World, name: &str) -> u64 {
    paid(world, name, |world| drop(world.attempt(world.claim_recovery(name)))) as u64
}

fn world() -> World {
    let mut world = precise(&CONTRIBUTORS);
    world.give("giver", usdc(1_000_000_000));
    world
}

/// Threat 14: a deposit in the transaction of a recovery, or any time after the loss, gets nothing of it.
#[test]
fn t14_a_recovery_cannot_be_sniped() {
    let mut world = world();
    lose(&mut world, usdc(500));
    world.open("sniper");
    let snipe = world.contribute("sniper", usdc(100_000)).then(world.give_recovery("giver", usdc(450)));
    world.run(snipe.then(world.request_withdrawal("sniper", 1)));
    world.refuse(world.claim_recovery("sniper"), BulkheadError::NothingToClaim);
    assert!(worth(&world, "sniper") <= usdc(100_000));
    for (name, back) in [("ann", usdc(270)), ("ben", usdc(180))] {
        assert!(recovered(&mut world, name).abs_diff(back) <= 1, "{name}");
    }
}

/// Threat 14: nor does a newcomer bear what was lost before it, or get back what it has not borne.
#[test]
fn t14_losses_and_recoveries_are_of_those_who_were_there() {
    let mut world = world();
    lose(&mut world, usdc(500)); // 300 and 200
    world.join("cat", 0, usdc(500)); // as much as there is
    lose(&mut world, usdc(500)); // 150, 100 and 250
                                 // Half of 1,000 comes back: half of what each has lost.
    world.run(world.give_recovery("giver", usdc(500)));
    for (name, back) in [("ann", 225), ("ben", 150), ("cat", 125)] {
        let paid = recovered(&mut world, name);
        assert!(paid.abs_diff(usdc(back)) <= 1, "{name}: {paid}");
    }
}

/// All have left when it comes back: their accounts stay, and each gets what it lost, and no more.
#[test]
fn t14_recoveries_reach_those_who_have_left() {
    let mut world = world();
    let record = lose(&mut world, usdc(500));
    for (name, _) in CONTRIBUTORS {
        request_all(&mut world, name);
    }
    world.warp_secs(DAY);
    world.refresh();
    for (name, _) in CONTRIBUTORS {
        claim(&mut world, name);
        world.refuse(world.close_member(name), BulkheadError::MemberNotEmpty);
    }
    assert!(world.fund().total_shares.is_zero());
    world.refuse(world.repay_default("giver", record.seq, usdc(500) + 1), BulkheadError::RepaysTooMuch);
    world.run(world.repay_default("giver", record.seq, usdc(500)));
    world.refuse(world.repay_default("giver", record.seq, 1), BulkheadError::RepaysTooMuch);
    for (name, back) in [("ann", usdc(300)), ("ben", usdc(200))] {
        let paid = recovered(&mut world, name);
        assert!(paid <= back && paid + 1 >= back, "{name}: {paid}");
    }
    // More than was lost is nobody's but the treasury's.
    world.run(world.give_recovery("giver", usdc(9)));
    assert_eq!(world.fund().treasury, usdc(9));
}

/// Threat 5: five wipes in a row, everybody back after each, half of each loss recovered before the next and the rest
/// after the last one.
#[test]
fn t05_five_wipes_in_a_row_with_recoveries_after_each() {
    let mut world = world();
    let mut back = [0; 2];
    for round in 1..=5u64 {
        let record = lose_all(&mut world, usdc(50));
        assert_eq!((record, world.fund().share_epoch), (usdc(1_000), round));
        world.run(world.give_recovery("giver", world.fund().losses_outstanding / 2));
        for (at, (name, amount)) in CONTRIBUTORS.into_iter().enumerate() {
            world.run(world.settle_epoch(name));
            back[at] += recovered(&mut world, name);
            world.run(world.contribute(name, amount));
            assert_eq!(worth(&world, name), amount, "round {round}");
        }
    }
    let left = world.fund().losses_outstanding;
    world.run(world.give_recovery("giver", left));
    for (at, (name, amount)) in CONTRIBUTORS.into_iter().enumerate() {
        back[at] += recovered(&mut world, name);
        assert!(
            back[at] <= 5 * amount && back[at] + 10 >= 5 * amount,
            "{name}: {} of {}",
            back[at],
            5 * amount
        );
    }
}

/// A loss of everything and `beyond`, which the creditor's gains pay. Returns what the survivors lost.
fn lose_all(world: &mut World, beyond: u64) -> u64 {
    let all = world.fund().contributions;
    insolvent(world, all + world.fund().treasury + beyond);
    let seq = world.default_member(DEBTOR);
    assert_eq!(world.fund().residual, beyond);
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    world.cut_all_gains();
    world.run(world.pay_claim(CREDITOR));
    world.set_price(SOL, usd(200));
    world.default_record(seq).from_survivors
}

/// Threat 6: losses of nearly everything, recoveries of all but a unit, forty times: nothing overflows, nothing is stuck,
/// and nobody gets more than it lost.
#[test]
fn t06_near_total_losses_and_near_total_recoveries_forty_times() {
    for left_over in [1u64, 999, usdc(10)] {
        println!("{left_over}");
        let mut world = world();
        let (mut lost, mut back) = (0u64, 0u64);
        for round in 0..40 {
            let there = world.fund().contributions + world.fund().treasury;
            lost += lose(&mut world, there - left_over).from_survivors;
            for name in ["ann", "ben"] {
                if world.member(name).share_epoch < world.fund().share_epoch {
                    world.run(world.settle_epoch(name));
                }
            }
            let outstanding = world.fund().losses_outstanding;
            let held = world.fund().recoveries_held;
            world.run(world.give_recovery("giver", outstanding - 1 - held.min(outstanding - 2)));
            for name in ["ann", "ben"] {
                back += recovered(&mut world, name);
                world.run(world.contribute(name, usdc(500)));
            }
            assert!(back <= lost, "round {round}: {back} of {lost}");
            assert!(world.fund().loss_units.get() < 1 << 120, "round {round}");
        }
        let left = world.fund().losses_outstanding - world.fund().recoveries_held;
        world.run(world.give_recovery("giver", left));
        for name in ["ann", "ben"] {
            back += recovered(&mut world, name);
        }
        // With 2^40 shares for a unit, 2^70 in all, a loss per share is rounded by up to 2^6 units.
        assert!(back <= lost && back + 40 * 64 >= lost, "{back} of {lost}");
        assert_eq!((world.fund().losses_outstanding, world.fund().recoveries_held), (0, 0));
    }
}

/// Threat 20: a claim is paid once.
#[test]
fn t20_a_recovery_is_paid_once() {
    let mut world = world();
    lose(&mut world, usdc(500));
    world.run(world.give_recovery("giver", usdc(100)));
    let twice = world.claim_recovery("ann").then(world.claim_recovery("ann"));
    world.refuse(twice, BulkheadError::NothingToClaim);
    world.run(world.claim_recovery("ann"));
    world.refuse(world.claim_recovery("ann"), BulkheadError::NothingToClaim);
    // Nor by giving up the rest, which is the others' then.
    world.run(world.waive_recovery("ann"));
    world.refuse(world.claim_recovery("ann"), BulkheadError::NothingToClaim);
    world.run(world.give_recovery("giver", usdc(160)));
    world.refuse(world.claim_recovery("ann"), BulkheadError::NothingToClaim);
    assert!(recovered(&mut world, "ben").abs_diff(usdc(200)) <= 1, "ben's 40 and 160");
}

/// Threat 21: what comes back in one fund is claimed by nobody of another.
#[test]
fn t21_recoveries_are_of_one_fund() {
    let mut world = world();
    let record = lose(&mut world, usdc(500));
    let stranger = world.elsewhere(|world| {
        world.join("ann", 0, usdc(600));
        (world.account_of("ann"), world.here.keys.fund)
    });
    world.run(world.give_recovery("giver", usdc(500)));
    let (ann, fund) = (world.account_of("ann"), world.here.keys.fund);
    world.refuse(world.claim_recovery("ann").swap(ann, stranger.0), BulkheadError::WrongFund);
    world.refuse(world.waive_recovery("ann").swap(fund, stranger.1), BulkheadError::WrongFund);
    let elsewhere = world.repay_default("giver", record.seq, 1).swap(fund, stranger.1);
    assert!(world.attempt(elsewhere).is_err());
    world.elsewhere(|world| world.refuse(world.claim_recovery("ann"), BulkheadError::NothingToClaim));
}

/// What somebody gives up makes nobody's claim larger, not by a unit: there would be no money for it.
#[test]
fn t01_giving_up_a_recovery_gives_nobody_a_claim() {
    let mut world = precise(&[("ann", 1), ("ben", 1), ("cat", 1), ("dan", 4)]);
    lose(&mut world, 5);
    world.give("giver", 10);
    world.run(world.give_recovery("giver", 1));
    for name in ["ann", "ben", "cat", "dan"] {
        if world.member(name).share_epoch < world.fund().share_epoch {
            world.run(world.settle_epoch(name));
        }
    }
    for name in ["dan", "ben", "ann", "cat"] {
        let _ = world.attempt(world.claim_recovery(name));
        world.run(world.waive_recovery(name)); // the books are recounted after each
    }
}

/// P12: Ann has lost 20,000 as a contributor, and later defaults herself: a newcomer pays 1,000 for her. As much of what
/// she has lost is set off against what she owes, at face value: she owes nothing any more, and her claim on
/// what comes back is 19,000, beside 1,000 of the newcomer's. Of 5,000 that come back she gets 4,750 and the newcomer
/// 250: each unit that was lost gets the same. That her claim is worth its face in a set-off, and a
/// quarter of it in what comes back, is a limit.
#[test]
fn p12_a_defaulters_own_losses_are_set_off_against_what_it_owes() {
    let mut world = precise(&[("ann", usdc(20_000))]);
    world.join(TOM, usdc(1_000_000), 0);
    let contributions = world.fund().contributions;
    lose(&mut world, contributions);
    world.join("new", 0, usdc(40_000));
    world.run(world.settle_epoch("ann"));
    world.run(world.deposit_margin("ann", usdc(7_000)));
    trade(&mut world, TOM, "ann", UNIT_LOTS, usd(200));
    world.set_price(SOL, usd(280));
    let before = worth(&world, "new");
    let seq = world.default_member("ann");
    world.run(world.take_over(TOM, SOL, UNIT_LOTS));
    let lost = before - worth(&world, "new");
    assert!(lost.abs_diff(usdc(1_000)) < 10);
    let record = world.default_record(seq);
    assert_eq!((record.owed(), record.repaid), (Ok(0), record.from_survivors));
    assert!(world.fund().losses_outstanding.abs_diff(usdc(20_000)) <= 2);
    let gift = usdc(5_000);
    world.give("giver", gift);
    world.run(world.give_recovery("giver", gift));
    let (ann, new) = (got(&mut world, "ann"), got(&mut world, "new"));
    assert!(ann.abs_diff(usdc(4_750)) <= 2 && new.abs_diff(usdc(250)) <= 2, "{ann} {new}");
    world.refuse(world.repay_default("ann", seq, 1), BulkheadError::RepaysTooMuch);
}

/// P12: Ann, who has lost 20,000, defaults before anybody has settled the epoch of her shares. Declared like that she would give up
/// nothing, and get most of what comes back: she is settled first, in the same transaction.
#[test]
fn p12_nobody_is_declared_before_its_epoch_is_settled() {
    let mut world = precise(&[("ann", usdc(20_000))]);
    world.join(TOM, usdc(1_000_000), 0);
    let contributions = world.fund().contributions;
    lose(&mut world, contributions);
    world.join("new", 0, usdc(40_000));
    world.run(world.deposit_margin("ann", usdc(7_000)));
    trade(&mut world, TOM, "ann", UNIT_LOTS, usd(200));
    world.set_price(SOL, usd(280));
    world.refuse(world.declare_default("ann"), BulkheadError::EpochEnded);
    let meta = world.run(world.settle_epoch("ann").then(world.declare_default("ann")));
    let declared = event!(meta, DefaultDeclared);
    assert!(declared.unfunded > 0 && declared.given_up.abs_diff(declared.unfunded) <= 1);
}

/// P12: the creditor has lost 1,000 for others, and has a claim that is not cut yet when it is declared 100 short beyond it. The
/// claim pays for itself: its owner gives up 100.
#[test]
fn p12_a_claim_that_is_not_cut_yet_pays_once() {
    let mut world = precise(&[("ann", usdc(10_000))]);
    world.give(CREDITOR, usdc(1_000));
    world.run(world.contribute(CREDITOR, usdc(1_000)));
    world.join(TOM, usdc(1_000_000), 0);
    let contributions = world.fund().contributions;
    insolvent(&mut world, contributions + usdc(300));
    world.default_member(DEBTOR);
    world.run(world.take_over(TOM, SOL, UNIT_LOTS));
    world.run(world.settle_epoch(CREDITOR));
    world.pin_gains();
    world.register_all();
    let equity = STAKE + world.member(CREDITOR).gain_claim.gain; // per 100 SOL
    let price = world.market(SOL).mark.price - equity - usdc(100);
    world.set_price(SOL, price);
    let declared = event!(world.run(world.declare_default(CREDITOR)), DefaultDeclared);
    assert_eq!(declared.shortfall - declared.assigned, usdc(100));
    assert_eq!((declared.unfunded, declared.given_up), (declared.shortfall, usdc(100)));
}
