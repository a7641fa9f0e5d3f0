//! Attacks on policies: each is refused by its own error, or gains nothing.

use {
    bulkhead::{
        error::BulkheadError,
        state::{CoverPurse, FundChange, FundParams, ParameterChange},
    },
    bulkhead_client::{address, claims::CoverError, instruction, policies},
    bulkhead_cover::{rules, state::start_of},
    bulkhead_cover_tests::{
        key,
        policies::{Provider, HOUR, LIMIT, PRICE, TERMS},
        token_account, usdc, DAY,
    },
    solana_address::Address,
    solana_signer::Signer,
};

const MOST: u64 = 449_999_999;

// Prices

/// This price for a minute, and then [`PRICE`] again; both are noted.
fn spike(world: &mut Provider, price: u64) {
    for price in [price, PRICE] {
        world.warp(60);
        world.price = price;
        world.crank();
        world.note();
    }
}

#[test]
fn a_spike_on_the_day_of_exit_is_a_minute_of_a_day() {
    let mut world = Provider::new();
    let number = world.insured();
    let day = world.policy(number).expiry_day;
    world.pass_until(day + 1);
    world.pass(12);
    spike(&mut world, 10 * PRICE);
    world.pass_until(day + 2);
    world.run(world.settle_expiry(day), &[]);
    let exit = world.expiry(day).exit_price;
    assert!(exit > PRICE && exit < PRICE * 101 / 100, "{exit}");
    assert_eq!((world.expiry(day).total, world.cover().owed), (0, 0));
}

/// A spike on the day of entry moves the price of entry little. The volatility that it makes is dearer than
/// what the premium has bought, so that the policy insures less.
#[test]
fn a_spike_on_the_day_of_entry_buys_less() {
    let mut world = Provider::new();
    let number = world.buy("lp", usdc(5_000), 10);
    let (day, today) = (world.policy(number).expiry_day, world.today());
    world.pass_until(today + 1);
    world.pass(2);
    spike(&mut world, PRICE / 10);
    world.pass_until(today + 2);
    world.run(world.start(number), &[]);
    let entry = world.expiry(day).cohort(10).unwrap().entry_price;
    assert!(entry < PRICE && entry > PRICE * 99 / 100, "{entry}");
    assert!(world.policy(number).insured < usdc(5_000) / 4);
    world.expired_at(number, PRICE);
    world.run(world.settle_expiry(day), &[]);
    assert_eq!(world.expiry(day).total, 0);
}

/// Attack: the holder alone notes prices. It is silent on the day of exit, until the price is one that it
/// likes: no later day takes the place of the one it has missed.
#[test]
fn a_silent_day_of_exit_pays_nothing() {
    let mut world = Provider::new();
    let number = world.insured();
    let day = world.policy(number).expiry_day;
    world.pass_until(day + 1);
    // The feed says nothing for a day: whoever notes the old mark covers no time by it.
    for _ in 0..23 {
        world.warp(HOUR);
        world.note();
        world.refuse(world.settle_expiry(day), &[], CoverError::ExitNotKnown);
    }
    world.price = 4 * PRICE;
    world.warp(HOUR);
    world.crank();
    world.refuse(world.settle_expiry(day), &[], CoverError::ExitNotKnown);
    world.note();
    world.pass_until(day + 3);
    world.run(world.settle_expiry(day), &[]);
    let expiry = world.expiry(day);
    assert_eq!((expiry.exit_price, expiry.total, world.cover().owed), (0, 0, 0));
    assert_eq!(world.book().pledged, 0);
    world.run(world.close_policy(number), &[]);
}

/// Prices of one mantissa unit, and of a trillion times as many: the loss is the cap's, and no more.
#[test]
fn extreme_prices_pay_the_cap_and_no_more() {
    let mut world = Provider::new();
    let number = world.insured();
    let day = world.policy(number).expiry_day;
    world.expired_at(number, 1);
    world.run(world.settle_expiry(day), &[]);
    assert_eq!((world.expiry(day).exit_price, world.cover().owed), (1, MOST));
}

// Volatility

#[test]
fn nothing_is_sold_after_a_jump_of_the_volatility() {
    let mut world = Provider::new();
    world.price = PRICE * 12 / 10;
    world.warp(HOUR);
    world.crank();
    let buy = world.purchase("lp", usdc(1_000), 10);
    world.refuse(buy, &["lp"], CoverError::RiskOff);
}

/// Attack: a policy is bought in the calm before a jump that the buyer expects. C11: what it insures is cut
/// until its premium is that of the larger variance.
#[test]
fn a_jump_after_the_purchase_cuts_what_is_insured() {
    let mut world = Provider::new();
    let number = world.buy("lp", usdc(5_000), 10);
    let (paid, today) = (world.policy(number).premium, world.today());
    world.pass_until(today + 1);
    world.price = PRICE * 11 / 10;
    world.pass_until(today + 2);
    world.run(world.start(number), &[]);
    let (policy, book) = (world.policy(number), world.book());
    let highest = book.at(today + 1).unwrap().variance;
    assert!(policy.insured < usdc(5_000) / 2, "{}", policy.insured);
    let due = rules::policies::premium(&book, policy.insured, highest, 10).unwrap().unwrap();
    assert!(due <= paid, "C11: {paid} is at least equation 16 of what is insured, {due}");
    assert_eq!(book.pledged, policy.most);
}

/// A market that nobody has cranked since the jump sells nothing either.
#[test]
fn nothing_is_sold_at_an_old_price() {
    let mut world = Provider::new();
    world.warp(HOUR + 1);
    let buy = world.purchase("lp", usdc(1_000), 10);
    world.refuse(buy, &["lp"], CoverError::StalePrice);
}

// Capacity

#[test]
fn no_policy_is_sold_beyond_what_the_cover_can_pay() {
    let mut world = Provider::new();
    world.buy("lp", usdc(5_000), 10);
    world.buy("lp", usdc(5_000), 11);
    // 900 of 1,000 are pledged: 1,111 pay 99.99 at most.
    let buy = world.purchase("lp", usdc(1_112), 12);
    world.refuse(buy, &["lp"], CoverError::CapacityUsed);
    world.buy("lp", usdc(1_111), 12);
    assert!(world.book().pledged <= LIMIT);
    let buy = world.purchase("lp", usdc(10), 9);
    world.refuse(buy, &["lp"], CoverError::CapacityUsed);
}

/// Every policy is paid its largest payout at once, and the cover has it.
#[test]
fn all_policies_are_paid_in_full_at_once() {
    let mut world = Provider::new();
    let numbers = [world.buy("lp", usdc(5_000), 10), world.buy("other", usdc(6_111), 10)];
    let today = world.today();
    world.pass_until(today + 2);
    for number in numbers {
        world.run(world.start(number), &[]);
    }
    world.expired_at(numbers[0], 5 * PRICE);
    let day = world.policy(numbers[0]).expiry_day;
    let most: u64 = numbers.iter().map(|number| world.policy(*number).most).sum();
    world.paid_out(day);
    assert_eq!(world.expiry(day).reserved, world.expiry(day).total);
    assert!(world.expiry(day).reserved <= most && most <= LIMIT);
    for (number, name) in numbers.into_iter().zip(["lp", "other"]) {
        let (held, most) = (world.has(name), world.policy(number).most);
        world.run(world.claim_policy(number), &[name]);
        assert!(world.has(name) - held <= most && world.has(name) - held + 2 >= most);
    }
}

/// Attack: what somebody pays into the cover's first loss is drawn first, and changes no policy's ratio for
/// the worse.
#[test]
fn a_gift_to_the_first_loss_is_part_of_the_draw() {
    let mut world = Provider::new();
    let number = world.insured();
    world.pay_in(0, usdc(50), CoverPurse::FirstLoss);
    world.expired_at(number, 4 * PRICE);
    let day = world.policy(number).expiry_day;
    world.run(world.settle_expiry(day), &[]);
    assert_eq!((world.cover().payable, world.cover().owed), (usdc(50), MOST - usdc(50)));
    world.warp(10 * 60);
    world.run(world.settle(), &[]);
    // Somebody else collects before the payouts are opened.
    let collect = instruction::collect_cover(&world.world.fund, 0, world.keys.vault());
    world.run(collect, &[]);
    world.run(world.open_payouts(day), &[]);
    assert_eq!(world.expiry(day).reserved, MOST);
}

// Notice, holds and other covers

/// Attack: contributors lower their own notice, and leave before policies are priced. The least notice that
/// the fund has promised its covers counts.
#[test]
fn no_change_of_the_notice_lets_anybody_leave_before_a_policy_is_priced() {
    let mut world = Provider::new();
    world.buy("lp", usdc(5_000), 12);
    let before = world.fund_state().params;
    let lower = |change: fn(&mut FundParams)| {
        let mut after = before;
        change(&mut after);
        ParameterChange::Fund(FundChange::between(&before, &after))
    };
    let least = lower(|params| (params.notice_secs, params.cover_min_notice_secs) = (7_200, 7_200));
    world.refuse(world.queue_change(least), &["authority"], BulkheadError::CoversLive);
    let notice = lower(|params| params.notice_secs = 7_200);
    world.refuse(world.queue_change(notice), &["authority"], BulkheadError::ParameterOutOfBounds);
}

#[test]
fn nothing_is_sold_between_a_draw_and_its_settlement() {
    let mut world = Provider::new();
    let number = world.insured();
    world.expired_at(number, 4 * PRICE);
    // The jump is days ago: the market is calm again.
    world.pass(11 * 24);
    let day = world.policy(number).expiry_day;
    world.run(world.settle_expiry(day), &[]);
    let buy = world.purchase("other", usdc(10), 10);
    world.refuse(buy, &["other"], CoverError::ExitsHeld);
    world.warp(10 * 60);
    world.run(world.settle(), &[]);
    world.crank();
    world.buy("other", usdc(10), 10);
}

/// A suspended cover sells nothing, and what its policies draw waits.
#[test]
fn a_suspended_cover_sells_nothing() {
    let mut world = Provider::new();
    let suspend = instruction::suspend_cover(&world.world.fund, 0, key("guardian"), world.slot() + 10);
    world.run(suspend, &["guardian"]);
    let buy = world.purchase("lp", usdc(1_000), 10);
    world.refuse(buy, &["lp"], CoverError::CoverClosed);
}

/// Attack: a cover of another kind, or one whose coinsurance would be taken twice, sells policies.
#[test]
fn a_cover_that_does_not_pay_what_is_drawn_sells_nothing() {
    for change in [
        &|terms: &mut bulkhead::state::CoverTerms| terms.coinsurance_bps = 1_000,
        &|terms: &mut bulkhead::state::CoverTerms| terms.first_loss_min = 1,
    ] as [&dyn Fn(&mut bulkhead::state::CoverTerms); 2]
    {
        let mut world = Provider::without_cover();
        let mut terms = world.cover_terms();
        change(&mut terms);
        world.register(terms);
        let buy = world.purchase("lp", usdc(1_000), 10);
        world.refuse(buy, &["lp"], CoverError::CoverUnfit);
    }
}

// Accounts of others

/// Attack: anybody creates a book for the cover, with terms of its own.
#[test]
fn another_book_sells_and_draws_nothing() {
    let mut world = Provider::new();
    let mut thief = world.keys;
    thief.book = policies::book(&key("thief"), 0);
    let terms = bulkhead_cover::state::BookTerms { deductible_bps: 0, cap_bps: 10_000, ..TERMS };
    let payer = world.payer.pubkey();
    world.run(policies::create_book(&thief, 0, key("thief"), payer, terms), &["thief"]);
    let day = policies::expiry_day(world.now(), 10);
    world.run(policies::open_expiry(&thief, day, payer), &[]);
    let token_account = world.give("thief", usdc(100));
    let buyer = policies::Buyer {
        owner: key("thief"),
        token_account,
        payer,
        insured: usdc(100),
        max_premium: usdc(100),
        term_days: 10,
    };
    world.refuse(policies::buy_policy(&thief, 0, day, &buyer), &["thief"], CoverError::NotDrawer);
    world.refuse(policies::settle_expiry(&thief, day), &[], CoverError::NotDrawer);
    // Nor does the day of one book serve another.
    let mut mixed = policies::settle_expiry(&world.keys, day);
    mixed.accounts.last_mut().unwrap().pubkey = thief.expiry(day);
    world.refuse(mixed, &[], CoverError::WrongBook);
}

#[test]
fn accounts_in_each_others_place_are_refused() {
    let mut world = Provider::new();
    let number = world.insured();
    let (day, elsewhere) = (world.policy(number).expiry_day, Address::new_from_array([70; 32]));
    let other = world.open_expiry(11);
    let wallet = token_account(&world.keys.mint, &key("thief"));
    world.put(elsewhere, wallet);
    let swap = |instruction: &solana_instruction::Instruction, place: usize, to: Address| {
        let mut swapped = instruction.clone();
        swapped.accounts[place].pubkey = to;
        swapped
    };
    let note = policies::note_price(&world.keys);
    world.refuse(swap(&note, 1, world.keys.cover), &[], CoverError::WrongMarket);
    let start = world.start(number);
    world.refuse(swap(&start, 1, world.keys.expiry(other)), &[], CoverError::WrongExpiry);
    let buy = world.purchase("lp", usdc(1_000), 10);
    for (place, to, error) in [
        (2, world.keys.policy(7), CoverError::WrongPolicy),
        (3, elsewhere, CoverError::WrongFund),
        (4, elsewhere, CoverError::WrongCover),
        (5, elsewhere, CoverError::WrongMarket),
        (8, elsewhere, CoverError::WrongMint),
        (9, elsewhere, CoverError::WrongTokenProgram),
        (10, elsewhere, CoverError::WrongProgram),
    ] {
        world.refuse(swap(&buy, place, to), &["lp"], error);
    }
    world.refuse(swap(&buy, 7, elsewhere), &["lp"], BulkheadError::WrongVault);
    for (place, error) in
        [(1, CoverError::WrongFund), (2, CoverError::WrongCover), (3, CoverError::WrongProgram)]
    {
        world.refuse(swap(&world.settle_expiry(day), place, elsewhere), &[], error);
    }
    world.refuse(swap(&world.open_payouts(day), 3, elsewhere), &[], CoverError::WrongVault);
    world.expired_at(number, 4 * PRICE);
    world.paid_out(day);
    let claim = world.claim_policy(number);
    world.refuse(swap(&claim, 1, world.keys.expiry(other)), &["lp"], CoverError::WrongExpiry);
    world.refuse(swap(&claim, 3, key("thief")), &["lp"], CoverError::WrongRentPayer);
    world.refuse(swap(&claim, 4, elsewhere), &["lp"], CoverError::WrongVault);
    world.refuse(swap(&claim, 8, key("thief")), &["thief"], CoverError::NotOwner);
    world.run(claim, &["lp"]);
    let fund = address::vault(&world.keys.fund);
    assert!(world.tokens(&fund) > 0 && world.now() > start_of(day) + DAY);
}

#[test]
fn a_premium_is_at_most_what_the_buyer_allows() {
    let mut world = Provider::new();
    let day = world.open_expiry(10);
    let variance = world.market().adjusted.variance;
    let premium = rules::policies::premium(&world.book(), usdc(1_000), variance, 10).unwrap().unwrap();
    let token_account = world.give("lp", premium);
    let buyer = policies::Buyer {
        owner: key("lp"),
        token_account,
        payer: world.payer.pubkey(),
        insured: usdc(1_000),
        max_premium: premium - 1,
        term_days: 10,
    };
    world.refuse(policies::buy_policy(&world.keys, 0, day, &buyer), &["lp"], CoverError::PremiumAboveLimit);
    let buyer = policies::Buyer { max_premium: premium, ..buyer };
    world.run(policies::buy_policy(&world.keys, 0, day, &buyer), &["lp"]);
    assert_eq!(world.has("lp"), 0);
}

/// A price that is in force for no second of the day, for the next one is cranked in the same second, is noted in
/// between.
#[test]
fn a_print_of_no_second_is_not_the_price_of_an_hour() {
    let mut world = Provider::new();
    let number = world.insured();
    let day = world.policy(number).expiry_day;
    world.pass_until(day + 1);
    world.pass(12);
    world.warp(60);
    world.price = 10 * PRICE;
    world.crank();
    world.note();
    world.price = PRICE;
    world.crank();
    world.pass_until(day + 2);
    world.run(world.settle_expiry(day), &[]);
    assert_eq!(world.expiry(day).exit_price, PRICE);
}
