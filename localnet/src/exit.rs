//! The way out: positions are closed and settled, contributions are requested and waited for,
//! everything is withdrawn. Each wallet must receive exactly the amount that the accounts promised
//! before.

use {
    crate::{
        chain::Order,
        checks::{self, Haircut},
        progress::Progress,
        recorder::{Checked, Recorder},
        replay::work,
        report::{deviation_micro, exact_fraction, ExitReport, HaircutReport, LeftReport},
        world::{Wallet, World},
    },
    anyhow::{anyhow, ensure, Result},
    bulkhead_book::{held_markets, scale, Book},
    bulkhead_client::{
        address::of_record,
        instruction::{self as build, Bid},
        state::{FundStatus, Member},
        Instruction,
    },
    bulkhead_format::money,
    bulkhead_keeper::{draft::cranks, plan::Policy},
    bulkhead_math::shares::ShareBook,
    solana_signer::Signer,
    std::collections::BTreeSet,
};

/// Attempts to close open positions: a member too weak to pay the fee must be liquidated in
/// between.
const ATTEMPTS: usize = 60;
/// Time between two attempts.
const ATTEMPT_MS: i64 = 60_000;
/// Wallets that commit to their exit together.
const LEAVE_TOGETHER: usize = 2_000;
/// Wallets whose instructions fit one transaction.
const PER_TRANSACTION: usize = 4;

/// Closes and settles every position.
pub fn close_positions(world: &World, recorder: &mut Recorder, progress: &Progress) -> Result<Book> {
    let everything =
        Policy { settle_bps: 0, min_discount_bps: 0, stress_bps: 0, least_premium: 0, ..Policy::default() };
    let keeper = world.keeper(everything);
    for _ in 0..ATTEMPTS {
        let book = work(world, &keeper, recorder)?;
        if book.fund.status == FundStatus::WindDown {
            return wind_down(world, recorder, progress);
        }
        if is_closed(&book) {
            recorder.sum_up();
            return recorder.check();
        }
        progress.status("closing positions");
        trade_out(world, recorder)?;
        settle_own(world, recorder)?;
        let mut until_ms = world.validator.time().unix_ms + ATTEMPT_MS;
        let fund = &book.fund;
        if fund.assessment.is_open(book.now) {
            until_ms = until_ms.max(fund.assessment.ends_ts * 1_000 + 1_000); // a gains cut waits for its end
        }
        // Until the day of registration is over nobody trades; where nobody registers, it is waited for.
        if fund.registers_gains() && (!world.registers || !book.members.values().any(has_lots)) {
            until_ms = until_ms.max(fund.cut_round(fund.cut_seq).ends_ts * 1_000 + 1_000);
        }
        world.oracles.wait_until(until_ms)?;
    }
    let book = world.book()?;
    let open = book.members.values().filter(|member| has_lots(member)).count();
    let houses = book.fund.open_houses;
    Err(anyhow!(
        "{open} members still hold lots, {houses} houses are unsold: nobody has the margin to take them"
    ))
}

/// Layer 7: waits for the final marks, and until every member is closed out and paid.
fn wind_down(world: &World, recorder: &mut Recorder, progress: &Progress) -> Result<Book> {
    let mut keeper = world.keeper(Policy::default());
    // A member is closed out once it is registered, late or not: the round is over, and cuts nobody now.
    keeper.policy.registers_gains = true;
    let book = recorder.check()?;
    progress.status("waiting for the final marks");
    let due_ts = book.fund.wind_down_ts + i64::from(world.parameters.fund.wind_down_secs);
    // With prices missing in the last hour it goes on for another one.
    world.oracles.wait_until((due_ts + 60 * 60) * 1_000 + 1_000)?;
    let book = work(world, &keeper, recorder)?;
    recorder.sum_up();
    ensure!(
        book.fund.closed_out == book.fund.members && book.fund.claims == 0,
        "the wind-down is stuck: {} of {} members are closed out, claims of {} are not paid",
        book.fund.closed_out,
        book.fund.members,
        book.fund.claims
    );
    recorder.check()
}

/// Lets the first defaulter pay back half of its debt.
pub fn repay(world: &World, recorder: &mut Recorder) -> Result<()> {
    let before = world.book()?;
    let Some(record) = before.records.get(&0) else { return Ok(()) };
    let number = world.numbers[&record.member];
    let wallet = &world.wallets[number];
    let amount = record.owed().map_err(|_| anyhow!("a default owes less than nothing"))? / 2;
    if amount == 0 {
        return Ok(());
    }
    world.validator.set_tokens(&wallet.key.pubkey(), &world.keys.mint, amount)?;
    let paid = of_record(record);
    let pay = build::repay_default(&world.keys, paid, wallet.key.pubkey(), wallet.tokens, amount);
    world.chain.run(vec![pay], vec![&world.payer, &wallet.key])?;
    let what = format!("member {number} ({}) pays {} back for default 0", wallet.kind.name(), money(amount));
    recorder.happened("recovery", what);
    let after = recorder.check()?;
    recorder.check_recovery(&before, &after, amount)
}

/// Whether no lots are left, every loss is paid or cut, and every profit is settled.
fn is_closed(book: &Book) -> bool {
    let settled = book.members.values().all(|member| !member.has_positions());
    settled && book.fund.unfunded == 0 && book.fund.open_houses == 0
}

fn has_lots(member: &Member) -> bool {
    member.positions.iter().any(|held| held.lots != 0)
}

/// Lets longs sell to shorts at the mark, one market after the other; the rest of a side buys from
/// the house.
fn trade_out(world: &World, recorder: &mut Recorder) -> Result<()> {
    for market in 0..world.parameters.markets.len() as u16 {
        let book = world.book()?;
        let (mut longs, mut shorts) = (side(world, &book, market, true), side(world, &book, market, false));
        let mut orders = Vec::new();
        while let (Some((seller, offered)), Some((buyer, wanted))) = (longs.last_mut(), shorts.last_mut()) {
            let lots = (*offered).min(*wanted);
            orders.push(world.novate(
                market,
                (*buyer, *seller),
                lots,
                &markets_of(world, &book, &[*seller, *buyer]),
            ));
            *offered -= lots;
            *wanted -= lots;
            longs.retain(|(_, lots)| *lots > 0);
            shorts.retain(|(_, lots)| *lots > 0);
        }
        let house = book.markets[usize::from(market)].house_lots;
        let mut left = house.unsigned_abs();
        for (number, lots) in if house > 0 { shorts } else { longs } {
            let lots = lots.min(left);
            if lots > 0 {
                let bid = Bid::at_any_price(lots, house);
                orders.push(world.take_over(market, number, bid, &markets_of(world, &book, &[number])));
            }
            left -= lots;
        }
        send_each(world, recorder, &orders, "closing trade")?;
    }
    Ok(())
}

/// Lets members book the losses of positions that are closed. Only they can: others book no more of
/// them than a member's net loss, so a gain in one market and as large a loss in another wait for
/// each other while the pool is empty.
fn settle_own(world: &World, recorder: &mut Recorder) -> Result<()> {
    let book = world.book()?;
    let mut orders = Vec::new();
    for wallet in &world.wallets {
        let held = book.members[&wallet.member].positions.iter();
        for lost in held.filter(|held| held.lots == 0 && held.raw.get() < 0) {
            let mut instructions = cranks(&world.keys, &world.oracle_accounts, &[lost.market]);
            let owner = Some(wallet.key.pubkey());
            instructions.push(build::settle(&world.keys, lost.market, wallet.member, owner, &[]));
            orders.push(Order { instructions, signers: vec![&world.payer, &wallet.key] });
        }
    }
    send_each(world, recorder, &orders, "settlement")
}

/// Sends transactions of which each may be refused.
pub fn send_each(world: &World, recorder: &mut Recorder, orders: &[Order], what: &str) -> Result<()> {
    for block in orders.chunks(16) {
        for outcome in world.chain.send(block)? {
            if let Some(failure) = outcome.failure {
                recorder.happened("refused", format!("{what} refused: {failure}"));
            }
        }
    }
    Ok(())
}

/// Members long (or short) of a market, by number, with their lots.
pub fn side(world: &World, book: &Book, market: u16, long: bool) -> Vec<(usize, u64)> {
    let members = world.wallets.iter().map(|wallet| &book.members[&wallet.member]).enumerate();
    let lots = members.map(|(number, member)| (number, member.position(market).lots));
    let open = lots.filter(|(_, lots)| *lots != 0 && (*lots > 0) == long);
    open.map(|(number, lots)| (number, lots.unsigned_abs())).collect()
}

/// Markets that any of these members hold.
pub fn markets_of(world: &World, book: &Book, numbers: &[usize]) -> Vec<u16> {
    let held = numbers.iter().flat_map(|number| held_markets(&book.members[&world.wallets[*number].member]));
    held.collect::<BTreeSet<u16>>().into_iter().collect()
}

/// Compares the survivors' contributions with all haircuts applied exactly.
pub fn haircuts(
    world: &World,
    book: &Book,
    haircuts: &[Haircut],
    defaulters: &BTreeSet<usize>,
    added: &[(usize, u64, usize)],
) -> Result<Vec<HaircutReport>> {
    let since = |start: usize| exact_fraction(haircuts[start..].iter().copied());
    let fraction = since(0);
    let survivors = world.wallets.iter().enumerate().filter(|(number, _)| !defaulters.contains(number));
    let survivors = survivors.filter(|(_, wallet)| wallet.contribution > 0);
    survivors
        .map(|(number, wallet)| {
            let left = book
                .fund
                .book()
                .value_of(book.members[&wallet.member].live_shares(book.fund.share_epoch))
                .map_err(named)?;
            // Contribution that a call added bore the haircuts after it.
            let own: Vec<_> = added.iter().filter(|(whose, ..)| *whose == number).collect();
            let contributed = wallet.contribution + own.iter().map(|(_, amount, _)| amount).sum::<u64>();
            let off = |amount: u64, left: u64, start: usize| deviation_micro(amount, left, since(start));
            let grown: i64 = own.iter().map(|(_, amount, start)| off(*amount, 0, *start)).sum();
            let lost = contributed.saturating_sub(left);
            Ok(HaircutReport {
                member: number,
                kind: wallet.kind.name(),
                contributed,
                left,
                haircut_ppm: (u128::from(lost) * 1_000_000 / u128::from(contributed.max(1))) as u64,
                deviation_micro: deviation_micro(wallet.contribution, left, fraction) + grown,
            })
        })
        .collect()
}

/// Lets every member leave, and pays it everything that it owns.
pub fn leave(
    world: &World,
    recorder: &mut Recorder,
    progress: &Progress,
) -> Result<(Vec<ExitReport>, LeftReport)> {
    let mut book = world.book()?;
    if book.fund.status == FundStatus::WindDown {
        waive(world, &book)?;
        book = recorder.check()?;
    }
    let mut owed = what_is_theirs(world, &book)?;
    let staying: Vec<(usize, &Wallet)> = world
        .wallets
        .iter()
        .enumerate()
        .filter(|(_, wallet)| book.members.contains_key(&wallet.member))
        .collect();
    let shares = |wallet: &Wallet| book.members[&wallet.member].live_shares(book.fund.share_epoch);
    let sharers: Vec<&Wallet> = staying.iter().map(|(_, w)| *w).filter(|w| shares(w) > 0).collect();

    progress.status("asking contributions back");
    send(world, &sharers, |wallet| {
        vec![build::request_withdrawal(&world.keys, wallet.key.pubkey(), shares(wallet))]
    })?;
    let params = &world.parameters.fund;
    // All exits at once exceed the outflow cap, which stops nobody after half of the claim window.
    let wait_secs = i64::from(params.notice_secs) + i64::from(params.claim_window_secs / 2) + 1;
    let wait_secs = if sharers.is_empty() {
        2 * i64::from(params.vest_secs) // what was settled last is no money to leave with before
    } else {
        recorder.happened("exit", format!("everybody asks to leave and waits {} days", wait_secs / 86_400));
        wait_secs
    };
    world.oracles.wait_until(world.validator.time().unix_ms + wait_secs * 1_000)?;

    let claim =
        |wallet: &Wallet| vec![build::claim_withdrawal(&world.keys, wallet.key.pubkey(), wallet.tokens, &[])];
    let mut paid = 0;
    // A commitment is good for a minute, so at most as many commit at a time as can be paid in it.
    for group in sharers.chunks(LEAVE_TOGETHER) {
        if params.exit_delay_slots > 0 {
            send(world, group, claim)?;
            world.oracles.wait_slots(u64::from(params.exit_delay_slots))?;
        }
        send(world, group, claim)?;
        paid += group.len();
        progress.count("contributions paid", paid, sharers.len());
    }
    // The last share has taken all rewards that were still to be released.
    note_rewards(world, &mut owed)?;
    progress.status("paying rewards and margin");
    let rest: Vec<&Wallet> = staying.iter().map(|(_, wallet)| *wallet).collect();
    send_home(world, &book, &rest, &owed)?;
    owed.iter().for_each(|exit| recorder.recovered(exit.recovery));
    if book.fund.status == FundStatus::WindDown {
        close_accounts(world, recorder)?;
    }
    pay_out(world, recorder, owed)
}

/// Pays rewards, recoveries and margin out of these wallets' accounts.
fn send_home(world: &World, book: &Book, wallets: &[&Wallet], owed: &[ExitReport]) -> Result<()> {
    send(world, wallets, |wallet| {
        let exit = &owed[world.numbers[&wallet.member]];
        let (owner, keys) = (wallet.key.pubkey(), &world.keys);
        let mut out = Vec::new();
        if exit.rewards > 0 {
            out.push(build::claim_rewards(keys, owner, wallet.tokens));
        }
        if exit.recovery > 0 {
            out.push(build::claim_recovery(keys, owner, wallet.tokens));
        }
        if exit.margin > 0 {
            // Only a member with an unpaid claim still holds markets.
            let held = held_markets(&book.members[&wallet.member]);
            out.extend(cranks(keys, &world.oracle_accounts, &held));
            out.push(build::withdraw_margin(keys, owner, wallet.tokens, exit.margin, &held));
        }
        out
    })
}

/// Notes every member's rewards so far.
fn note_rewards(world: &World, owed: &mut [ExitReport]) -> Result<()> {
    let book = world.book()?;
    for (wallet, exit) in world.wallets.iter().zip(owed) {
        if let Some(member) = book.members.get(&wallet.member) {
            exit.rewards = (checks::rewards(&book, member).map_err(|error| anyhow!(error))? >> 64) as u64;
        }
    }
    Ok(())
}

/// Lets every member waive its unrecovered losses, because nothing comes back to a closed fund any
/// more and its account can then be closed. Recoveries that have come in stay claimable.
fn waive(world: &World, book: &Book) -> Result<()> {
    let lost = |wallet: &&Wallet| !book.members[&wallet.member].loss_borne.is_zero();
    let losers: Vec<&Wallet> = world.wallets.iter().filter(lost).collect();
    send(world, &losers, |wallet| vec![build::waive_recovery(&world.keys, wallet.key.pubkey())])
}

fn close_accounts(world: &World, recorder: &mut Recorder) -> Result<()> {
    let everybody: Vec<&Wallet> = world.wallets.iter().collect();
    send(world, &everybody, |wallet| vec![build::close_member(&world.keys, wallet.key.pubkey())])?;
    everybody.iter().for_each(|_| recorder.closed());
    recorder.happened("exit", format!("all {} accounts are closed", everybody.len()));
    Ok(())
}

/// The property of every member by account data: margin, rewards, and its shares redeemed one after
/// the other.
fn what_is_theirs(world: &World, book: &Book) -> Result<Vec<ExitReport>> {
    let mut shares: ShareBook = book.fund.book();
    let mut exits = Vec::with_capacity(world.wallets.len());
    for (number, wallet) in world.wallets.iter().enumerate() {
        let member = &book.members[&wallet.member];
        let redeemed = shares.plan_redeem(member.live_shares(book.fund.share_epoch)).map_err(named)?;
        shares = redeemed.next;
        let rewards = checks::rewards(book, member).map_err(|error| anyhow!(error))?;
        exits.push(ExitReport {
            member: number,
            kind: wallet.kind.name(),
            staked: wallet.stake,
            margin: member.margin,
            contribution: redeemed.amount,
            rewards: (rewards >> 64) as u64,
            recovery: checks::recovery(book, member).map_err(|error| anyhow!(error))?,
            unpaid: claim(book, member)?,
            received: 0,
        });
    }
    Ok(exits)
}

/// Gains of closed positions that the pool could not pay while a loss is unfunded.
fn claim(book: &Book, member: &Member) -> Result<u64> {
    let gains = member.held().map(|held| {
        let market = book.market(held.market)?;
        held.position().profit(market.mark.price, scale(market)?).map(|gain| gain.max(0).unsigned_abs())
    });
    gains.sum::<bulkhead_math::Result<u64>>().map_err(named)
}

fn pay_out(
    world: &World,
    recorder: &mut Recorder,
    mut exits: Vec<ExitReport>,
) -> Result<(Vec<ExitReport>, LeftReport)> {
    let accounts: Vec<_> = world.wallets.iter().map(|wallet| wallet.tokens).collect();
    for (exit, received) in exits.iter_mut().zip(world.chain.token_amounts(&accounts)?) {
        exit.received = received;
        let owed = exit.margin + exit.contribution + exit.rewards + exit.recovery;
        let found = match exit.is_exact() {
            true => Ok(()),
            false => Err(format!("member {} received {received}, {owed} is theirs", exit.member)),
        };
        recorder.note(Checked::NoLockUp, found);
    }
    let book = recorder.check()?;
    let fund = &book.fund;
    let left = LeftReport {
        vault: book.vault_amount,
        treasury: fund.treasury,
        recoveries: fund.recoveries,
        unfunded: fund.unfunded,
        members: fund.members,
        dust: book.vault_amount - fund.treasury - fund.recoveries,
    };
    recorder.note(Checked::NoLockUp, nobody_left_behind(&book, left.dust, exits.len() as u64));
    Ok((exits, left))
}

/// Checks that the unclaimable rest is less than one base unit per member and bucket.
fn nobody_left_behind(book: &Book, dust: u64, members: u64) -> Result<(), String> {
    let stayed = book.fund.status == FundStatus::WindDown && book.fund.members > 0;
    let clean = book.fund.margin_total == 0 && book.fund.total_shares.is_zero() && !stayed;
    if clean && dust <= members * 4 {
        return Ok(());
    }
    Err(format!("margins {} and {dust} base units of dust are left", book.fund.margin_total))
}

/// Sends one transaction for every few wallets, each with its own instructions.
fn send(
    world: &World,
    wallets: &[&Wallet],
    instructions: impl Fn(&Wallet) -> Vec<Instruction>,
) -> Result<()> {
    let orders = wallets.chunks(PER_TRANSACTION).map(|wallets| {
        let mut order = Order { instructions: Vec::new(), signers: vec![&world.payer] };
        for wallet in wallets {
            let own = instructions(wallet);
            if !own.is_empty() {
                order.signers.push(&wallet.key);
                order.instructions.extend(own);
            }
        }
        order
    });
    let orders: Vec<Order> = orders.filter(|order| !order.instructions.is_empty()).collect();
    world.send_all(orders)
}

fn named(error: bulkhead_math::MathError) -> anyhow::Error {
    anyhow!("a share has no value: {error:?}")
}
