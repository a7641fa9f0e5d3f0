//! The price of a share, through losses, wipes and donations.

use {
    crate::common::*,
    bulkhead::{
        constants::MIN_NOTICE_SECS,
        state::{Fund, FundParams},
    },
    bulkhead_math::shares::VIRTUAL_SHARES,
    bulkhead_tests::{keys::split_mix, token, usdc, BulkheadError, World},
};

/// Threat 4: over long sequences of losses of any size, no rounding adds up: every member's value is its share of what
/// the losses have left, never more than a unit above or below, and all values together are never more than there is.
#[test]
fn t04_long_random_sequences_of_losses_never_drift_from_the_true_ratio() {
    let names = ["ann", "ben", "cat", "dan"];
    for seed in 1..=3u64 {
        let mut random = seed;
        let initial: Vec<u64> = names.iter().map(|_| 1 + split_mix(&mut random) % usdc(5_000)).collect();
        let contributors: Vec<_> = names.into_iter().zip(initial.iter().copied()).collect();
        let mut world = precise(&contributors);
        let total: u64 = initial.iter().sum();
        let mut left = total;
        for round in 0..50 {
            // Half of them up to a fifth, the others a few units.
            let most = if round % 2 == 0 { left / 5 } else { 7 };
            let loss = 1 + split_mix(&mut random) % most.max(1);
            lose(&mut world, loss);
            left -= loss;
            assert_eq!((world.fund().contributions, world.fund().share_epoch), (left, 0));
            let mut sum = 0;
            for (name, amount) in names.iter().zip(&initial) {
                let worth = worth(&world, name);
                // |worth - amount * left / total| <= 1, exactly.
                let (scaled, exact) =
                    (u128::from(worth) * u128::from(total), u128::from(*amount) * u128::from(left));
                assert!(scaled.abs_diff(exact) <= u128::from(total), "round {round}: {name} has {worth}");
                sum += worth;
            }
            assert!(sum <= left, "round {round}: {sum} claimed of {left}");
        }
    }
}

/// Threat 5: a loss takes everything. Old shares are worth nothing, for good; new ones start at par and pay the next
/// loss, to the unit; what the old ones had borne stays on record.
#[test]
fn t05_after_a_full_wipe_who_rejoins_pays_the_next_loss_and_who_stays_out_does_not() {
    let mut world = precise(&[("ann", usdc(600)), ("ben", usdc(400))]);
    let record = lose(&mut world, usdc(1_000));
    assert_eq!((record.from_survivors, record.residual), (usdc(1_000), 0));
    assert_eq!(world.fund().share_epoch, 1);
    assert_eq!((worth(&world, "ann"), worth(&world, "ben")), (0, 0));

    // Shares of the ended epoch cannot be withdrawn, nor revived by contributing on top of them.
    let shares = world.member("ann").shares.get();
    world.refuse(world.request_withdrawal("ann", shares), BulkheadError::EpochEnded);
    world.refuse(world.contribute("ann", usdc(500)), BulkheadError::EpochEnded);

    world.run(world.settle_epoch("ann"));
    world.run(world.contribute("ann", usdc(500)));
    world.join("cat", 0, usdc(500));
    assert_eq!(world.member("ann").shares, world.member("cat").shares);

    let second = lose(&mut world, usdc(400));
    assert_eq!((second.from_survivors, second.residual), (usdc(400), 0));
    assert_eq!((worth(&world, "ann"), worth(&world, "ben"), worth(&world, "cat")), (usdc(300), 0, usdc(300)));

    // Each has borne what it lost: 600 + 200, 400, 200; ben, who was away, not a unit of the second loss.
    world.run(world.settle_epoch("ben"));
    for (name, borne) in [("ann", 800), ("ben", 400), ("cat", 200)] {
        if name != "ben" {
            world.run(world.contribute(name, 1)); // brings the record up to date
        }
        let recorded = world.member(name).loss_borne.get();
        let exact = u128::from(usdc(borne)) << 64;
        assert!(recorded <= exact && exact - recorded < 1 << 64, "{name} has borne {recorded} / 2^64");
    }

    // A third loss, of everything again, and a third epoch: the same once more.
    let all = world.fund().contributions;
    lose(&mut world, all);
    assert_eq!(world.fund().share_epoch, 2);
    world.run(world.settle_epoch("cat"));
    world.run(world.contribute("cat", usdc(10)));
    assert_eq!(worth(&world, "cat"), usdc(10));
}

/// Threat 5: somebody who has slept through two wipes still leaves with what its shares had earned.
#[test]
fn t05_shares_of_an_epoch_long_ended_leave_with_what_they_earned() {
    let mut params = PRECISE;
    params.clearing_fee_bps = 10;
    let mut world = precise_with(params, &[("ann", usdc(600)), ("ben", usdc(400))]);
    for _ in 0..3 {
        insolvent(&mut world, usdc(5_000));
        world.default_member(DEBTOR);
        let residual = world.fund().residual;
        world.give("treasurer", residual);
        world.run(world.fund_treasury("treasurer", residual));
        world.run(world.allocate_residual());
        unwind(&mut world);
        if world.fund().share_epoch < 3 {
            world.run(world.settle_epoch("ann"));
            world.run(world.contribute("ann", usdc(100)));
        }
    }
    // One trade of 20,000 at 10 bps, both sides: 40, half of it to contributors, while ben had 40% of the shares: 8.
    world.run(world.settle_epoch("ben"));
    let earned = paid(&mut world, "ben", |world| drop(world.run(world.claim_rewards("ben"))));
    assert_eq!(earned, usdc(8) as i64 - 1); // rounded down
}

/// Threat 6: forty losses of nearly everything, with new contributions after each. Nothing overflows, every loss is
/// allocated, and the last contributor's money is worth what it paid.
#[test]
fn t06_forty_near_total_losses_neither_overflow_nor_round_to_nothing() {
    for left_over in [1u64, 999, usdc(10)] {
        let mut world = precise(&[("ann", usdc(1_000))]);
        let mut epochs = 0;
        for round in 0..40 {
            let contributions = world.fund().contributions;
            let treasury = world.fund().treasury;
            let record = lose(&mut world, contributions + treasury - left_over);
            assert_eq!(record.residual, 0, "round {round}");
            assert_eq!(record.from_treasury, treasury, "round {round}: dust of an ended epoch pays first");

            let fund = world.fund();
            assert_eq!(fund.contributions + fund.treasury, left_over, "round {round}");
            if fund.share_epoch > epochs {
                assert_eq!((fund.contributions, fund.total_shares.get()), (0, 0), "round {round}");
                epochs = fund.share_epoch;
                world.run(world.settle_epoch("ann"));
            }
            let before = worth(&world, "ann");
            world.run(world.contribute("ann", usdc(1_000)));
            let bought = worth(&world, "ann") - before;
            assert!(usdc(1_000) - bought <= 1, "round {round}: 1,000 have bought {bought}");
        }
        assert!(epochs > 0, "leaving {left_over} has never ended an epoch");
    }
}

/// Threat 6: haircuts that never end the epoch by themselves drive the share count up for whoever keeps contributing;
/// the floor of the share price ends the epoch long before a count overflows.
#[test]
fn t06_the_share_price_has_a_floor() {
    let mut world = precise(&[("ann", usdc(1_000)), ("ben", usdc(1_000))]);
    let mut rounds = 0;
    while world.fund().share_epoch == 0 {
        let half = world.fund().contributions / 2;
        lose(&mut world, half);
        let fund = world.fund();
        if fund.share_epoch == 0 {
            // At most 2^40 shares for a unit, a millionth of the 2^20 it starts with.
            assert!(fund.total_shares.get() <= u128::from(fund.contributions) << 40);
            let top_up = usdc(2_000) - fund.contributions;
            world.run(world.contribute("ann", top_up));
        }
        rounds += 1;
        assert!(rounds <= 21, "twenty halvings are the floor");
    }
    assert!(rounds >= 20, "the epoch has ended after {rounds} halvings");
}

/// Threat 13: the first depositor buys one unit of shares and gives the vault a fortune. The next one loses nothing.
#[test]
fn t13_a_gift_to_the_vault_before_the_second_deposit_moves_no_share_price() {
    let mut world = precise(&[("attacker", 1)]);
    let gift = usdc(1_000_000);
    let (vault, wallet) = (world.vault(), world.wallet_of("attacker"));
    for (account, change) in [(vault, gift as i64), (wallet, -(gift as i64))] {
        world.patch(account, |account| {
            let held = token::amount(account);
            token::set_amount(account, held.checked_add_signed(change).expect("the attacker has it"));
        });
    }
    world.join("victim", 0, 1_000_000);
    assert_eq!(worth(&world, "victim"), 1_000_000);
    assert_eq!(worth(&world, "attacker"), 1);

    for name in ["attacker", "victim"] {
        request_all(&mut world, name);
    }
    world.warp_secs(i64::from(PRECISE.notice_secs));
    assert_eq!(claim(&mut world, "attacker"), 1, "the gift is gone");
    assert_eq!(claim(&mut world, "victim"), 1_000_000);
}

/// Threat 13, the slow way: hold a single share, and drive its price with the rounding of deposits and withdrawals.
/// Whatever the victim loses to it, the attacker has paid more.
#[test]
fn t13_rounding_dust_costs_the_attacker_more_than_the_victim() {
    let params = FundParams { notice_secs: MIN_NOTICE_SECS, ..PRECISE };
    let mut world = precise_with(params, &[("attacker", 1)]);
    let start = world.purse("attacker") + 1;
    let redeem = |world: &mut World, shares: u128| {
        world.run(world.request_withdrawal("attacker", shares));
        world.warp_secs(i64::from(MIN_NOTICE_SECS));
        claim(world, "attacker")
    };
    redeem(&mut world, VIRTUAL_SHARES - 1);
    assert_eq!(world.fund().total_shares.get(), 1);
    for _ in 0..60 {
        world.run(world.contribute("attacker", 1)); // buys shares worth not quite a unit
        let shares = world.member("attacker").shares.get() - 1;
        redeem(&mut world, shares);
    }
    let fund = world.fund();
    assert_eq!(fund.total_shares.get(), 1);
    assert!(fund.contributions > 10, "the price has been driven up: {} for one share", fund.contributions);

    world.join("victim", 0, 1_000_000);
    let lost = 1_000_000 - worth(&world, "victim");
    redeem(&mut world, 1);
    let spent = start - world.purse("attacker");
    assert!(lost <= spent, "the victim has lost {lost}, the attacker {spent}");
    assert!(lost < 100, "the victim has lost {lost} of 1,000,000");
}

/// Threat 13: a deposit that buys no share is refused, not swallowed.
#[test]
fn t13_a_deposit_that_buys_no_share_is_refused() {
    let mut world = precise(&[]);
    world.open("victim");
    let fund = world.here.keys.fund;
    world.patch(fund, |account| {
        let mut state: Fund = bytemuck::pod_read_unaligned(&account.data[8..]);
        state.contributions = usdc(1_000); // as if a price could be driven that far
        account.data[8..].copy_from_slice(bytemuck::bytes_of(&state));
    });
    world.refuse(world.contribute("victim", 900), BulkheadError::ZeroShares);
    world.refuse(world.contribute("victim", 0), BulkheadError::ZeroAmount);
}
