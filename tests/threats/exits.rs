//! Running from a loss: with an aged request, with a fresh one, by shuffling shares about.

use {
    crate::common::*,
    bulkhead::{constants::EXIT_WINDOW_SLOTS, state::FundParams},
    bulkhead_tests::{keypair, params::DAY, usd, usdc, BulkheadError, Signer, World, SOL},
};

const LOSS: u64 = usdc(500);
const CONTRIBUTORS: [(&str, u64); 3] = [("ann", usdc(500)), ("ben", usdc(300)), ("cat", usdc(200))];

/// Who keeps still loses this much, and so must everybody else: half of everything.
fn assert_all_have_lost_half(world: &World) {
    for (name, amount) in CONTRIBUTORS {
        assert_eq!(worth(world, name), amount / 2, "{name}");
    }
}

/// Three contributors, of which ann has asked for all of her shares back long ago: due, and still in the window.
fn with_aged_request(params: FundParams) -> World {
    let mut world = precise_with(params, &CONTRIBUTORS);
    request_all(&mut world, "ann");
    world.warp_secs(DAY + 60);
    world.refresh();
    world
}

#[test]
fn t10_an_aged_request_fired_before_the_allocation_is_refused() {
    let mut world = with_aged_request(PRECISE);
    insolvent(&mut world, LOSS);
    world.run(world.declare_default(DEBTOR));
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);

    // Nor while the house still holds what the default left: its sale may lose more.
    world.run(world.allocate_loss(DEBTOR));
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);
    assert_all_have_lost_half(&world);

    // The request has kept its age, and pays what the shares are worth now.
    unwind(&mut world);
    assert_eq!(claim(&mut world, "ann"), usdc(250));
}

/// With an exit delay the request must be fired before the crash to pay. Fired when the default can already be declared,
/// it pays after it: the keeper has the delay to declare.
#[test]
fn t10_with_an_exit_delay_a_request_fired_before_the_declaration_is_refused() {
    let mut world = with_aged_request(FundParams { exit_delay_slots: 100, ..PRECISE });
    insolvent(&mut world, LOSS);

    assert_eq!(world.run(world.claim_withdrawal("ann")).event_names(), ["ExitCommitted"]);
    assert_eq!(worth(&world, "ann"), usdc(500), "committing pays nothing");
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::WithdrawalNotDue);
    world.warp_slots(99);
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::WithdrawalNotDue);

    world.refresh();
    world.run(world.declare_default(DEBTOR));
    world.warp_slots(1);
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);
    world.run(world.allocate_loss(DEBTOR));
    assert_all_have_lost_half(&world);
}

/// A grace period is a default in waiting: it holds exits just as well.
#[test]
fn t10_a_request_fired_in_a_grace_period_is_refused() {
    let mut world = with_aged_request(FundParams { default_confirm_slots: 50, ..PRECISE });
    insolvent(&mut world, LOSS);
    assert_eq!(world.run(world.declare_default(DEBTOR)).event_names(), ["GraceStarted"]);
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::LossPending);

    world.warp_slots(50);
    world.refresh();
    world.default_member(DEBTOR);
    assert_all_have_lost_half(&world);
}

/// A commitment in quiet times is no standing option: it lapses a minute after it was due, and voids its request.
#[test]
fn t10_a_commitment_left_to_lie_is_none() {
    let mut world = with_aged_request(FundParams { exit_delay_slots: 100, ..PRECISE });
    world.run(world.claim_withdrawal("ann"));
    world.warp_slots(100 + EXIT_WINDOW_SLOTS + 1);
    world.refresh();
    insolvent(&mut world, LOSS);
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::WithdrawalExpired);
    world.default_member(DEBTOR);
    assert_all_have_lost_half(&world);
}

/// Cancelling and asking again does not keep a commitment alive either.
#[test]
fn t10_a_commitment_does_not_survive_its_request() {
    let mut world = with_aged_request(FundParams { exit_delay_slots: 100, ..PRECISE });
    world.run(world.claim_withdrawal("ann"));
    world.run(world.cancel_withdrawal("ann"));
    request_all(&mut world, "ann");
    world.warp_slots(100);
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::WithdrawalNotDue); // of the notice period
    assert_eq!(world.member("ann").exit_ready_secs, 0);
}

#[test]
fn t12_the_notice_period_restarts_with_the_request_and_is_not_shortened_by_anything() {
    let mut world = precise(&CONTRIBUTORS);
    request_all(&mut world, "ann");
    let due = world.exit_secs() + DAY as u64;

    // Neither a second request, nor more shares, nor a claim, brings it forward.
    world.warp_secs(DAY - 1);
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::WithdrawalNotDue);
    world.refuse(world.request_withdrawal("ann", 1), BulkheadError::WithdrawalPending);
    world.run(world.contribute("ann", usdc(100)));
    assert_eq!(world.member("ann").notice_ready_secs, due);

    // Taking it back and asking again starts from the beginning.
    world.run(world.cancel_withdrawal("ann"));
    request_all(&mut world, "ann");
    assert_eq!(world.member("ann").notice_ready_secs, world.exit_secs() + DAY as u64);
    world.warp_secs(1);
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::WithdrawalNotDue);
}

/// An aged request for little is none for much: what is bought later has its own notice to wait for.
#[test]
fn t12_an_aged_request_does_not_age_shares_bought_later() {
    let mut world = precise(&[("ann", usdc(1)), ("ben", usdc(300))]);
    let few = world.member("ann").shares.get();
    world.refuse(world.request_withdrawal("ann", few + 1), BulkheadError::InsufficientShares);
    world.run(world.request_withdrawal("ann", few));
    world.warp_secs(DAY);
    world.run(world.contribute("ann", usdc(999)));
    assert_eq!(claim(&mut world, "ann"), usdc(1));
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::NoWithdrawal);
    assert_eq!(worth(&world, "ann"), usdc(999));
}

#[test]
fn t12_a_request_is_its_owners_and_cannot_be_handed_on() {
    let mut world = precise(&CONTRIBUTORS);
    request_all(&mut world, "ann");
    world.warp_secs(DAY);
    let (ann, ben) = (world.owner_of("ann").pubkey(), world.owner_of("ben"));

    // Another member with ann's account, or ann with another's; a delegate, who may trade, is nobody here.
    world.refuse(world.claim_withdrawal("ann").signed_by(ann, ben), BulkheadError::NotOwner);
    let (of_ann, of_ben) = (world.account_of("ann"), world.account_of("ben"));
    world.refuse(world.claim_withdrawal("ann").swap(of_ann, of_ben), BulkheadError::NotOwner);
    let delegate = keypair("delegate");
    world.run(world.set_delegate("ann", delegate.pubkey()));
    for call in
        [world.claim_withdrawal("ann"), world.cancel_withdrawal("ann"), world.request_withdrawal("ann", 1)]
    {
        world.refuse(call.signed_by(ann, delegate.insecure_clone()), BulkheadError::NotOwner);
    }
    // The account with the aged request cannot be closed to be opened by somebody else.
    world.refuse(world.close_member("ann"), BulkheadError::MemberNotEmpty);
    // And whoever asks now waits as long as everybody.
    request_all(&mut world, "ben");
    world.refuse(world.claim_withdrawal("ben"), BulkheadError::WithdrawalNotDue);
}

/// Requests cannot be collected for a rainy day: the window closes, and the next request waits its notice again.
#[test]
fn t12_a_request_not_used_in_its_window_is_void() {
    let mut world = precise(&CONTRIBUTORS);
    request_all(&mut world, "ann");
    world.warp_secs(2 * DAY); // notice of a day, window of a day
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::WithdrawalExpired);
    world.run(world.cancel_withdrawal("ann"));
    request_all(&mut world, "ann");
    world.refuse(world.claim_withdrawal("ann"), BulkheadError::WithdrawalNotDue);
}

/// P6: whatever survivors do once a default can be declared, each pays what it would have paid by keeping still.
#[test]
fn p6_nothing_survivors_do_once_a_default_is_declarable_shifts_the_loss() {
    type Dodge = fn(&mut World);
    let dodges: [(&str, Dodge); 6] = [
        ("keep still", |_| {}),
        ("ask for everything back", |world| request_all(world, "ben")),
        ("take an aged request back and ask again", |world| {
            world.run(world.cancel_withdrawal("ann"));
            request_all(world, "ann");
        }),
        ("commit to an exit", |world| drop(world.run(world.claim_withdrawal("ann")))),
        ("commit and wait one slot less than the delay", |world| {
            world.run(world.claim_withdrawal("ann"));
            world.warp_slots(99);
            world.refresh();
            world.refuse(world.claim_withdrawal("ann"), BulkheadError::WithdrawalNotDue);
        }),
        ("trade, open and close", |world| {
            for name in ["ann", "ben"] {
                world.run(world.deposit_margin(name, usdc(1_000)));
            }
            let mark = world.market(SOL).mark.price;
            world.run(world.novate("ann", "ben", SOL, 1, mark));
            world.run(world.novate("ben", "ann", SOL, 1, mark));
        }),
    ];
    for (name, dodge) in dodges {
        println!("{name}");
        let mut world = with_aged_request(FundParams { exit_delay_slots: 100, ..PRECISE });
        insolvent(&mut world, LOSS);
        dodge(&mut world);
        world.default_member(DEBTOR);
        assert_all_have_lost_half(&world);
    }
}

/// P6: who contributes once a default can be declared bears its part, and spares the others no more than it bears.
#[test]
fn p6_contributing_before_a_declaration_buys_a_part_of_the_loss() {
    let mut world = precise(&CONTRIBUTORS);
    insolvent(&mut world, LOSS);
    world.join("newcomer", 0, usdc(1_000));
    world.run(world.declare_default(DEBTOR));
    // And once it is declared nobody gets in any more.
    world.refuse(world.contribute("newcomer", usdc(1)), BulkheadError::LossPending);
    world.run(world.allocate_loss(DEBTOR));
    assert_eq!(worth(&world, "newcomer"), usdc(750));
    let others: u64 = CONTRIBUTORS.iter().map(|(name, _)| worth(&world, name)).sum();
    assert_eq!(others, usdc(750));
}

/// P6: nobody dodges by defaulting itself on purpose. Its shares pay its own loss first, and what is left of them pays
/// others' like everybody's.
#[test]
fn p6_a_small_default_of_ones_own_is_no_way_out() {
    let mut world = precise(&CONTRIBUTORS);
    // ann goes long of a lot with the creditor, and falls one dollar short.
    world.run(world.deposit_margin("ann", STAKE));
    world.run(world.novate("ann", CREDITOR, SOL, UNIT_LOTS, usd(200)));
    world.set_price(SOL, usd(200) - STAKE - usdc(1));
    world.default_member("ann");
    assert_eq!((worth(&world, "ann"), world.fund().cushions), (0, usdc(499)));
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    world.run(world.release_cushion(0));
    assert!(worth(&world, "ann") <= usdc(499) && worth(&world, "ann") >= usdc(499) - 1);
    world.set_price(SOL, usd(200));
    // It left no margin: the shares are shares still.
    assert_eq!(world.member("ann").margin, 0);
    let before = world.fund().contributions;
    lose(&mut world, LOSS);
    for (name, had) in [("ann", usdc(499)), ("ben", usdc(300)), ("cat", usdc(200))] {
        let exact = u128::from(had) * u128::from(before - LOSS) / u128::from(before);
        assert!(worth(&world, name).abs_diff(exact as u64) <= 1, "{name}: {}", worth(&world, name));
    }
}
