//! A lending pool that is its own drawer: `crates/sbf-venue`, built for the chain, reports its bad debt by a call of its
//! own address.

use {
    super::*,
    bulkhead_tests::{
        address, bulkhead,
        bulkhead::state::{CoverKind, CoverStatus, CoverTerms, Market},
        event, keypair, token, usd,
        world::built,
        Address, BulkheadError,
        BulkheadError::*,
        Call, Keypair, Signer, SOL,
    },
    core::mem::offset_of,
    sbf_venue::{instruction as code, Account, Pool, ACCOUNT_TAG, MARKET_PRICE_AT, POOL, POOL_TAG},
    solana_account::Account as Stored,
    solana_instruction::{AccountMeta, Instruction},
};

const RENT: u64 = 10_000_000;
/// One SOL has nine decimals, a price eight, and money six.
const SCALE: u64 = 100_000_000_000;
const fn sol(whole: u64) -> u64 {
    whole * 1_000_000_000
}

/// A venue of the SOL market at this program's address.
struct Venue {
    program: Address,
    pool: Address,
    vault: Address,
    store: Address,
}

fn bytes<T: Copy>(value: &T) -> Vec<u8> {
    // SAFETY: both structs are plain words without padding.
    unsafe { core::slice::from_raw_parts((value as *const T).cast(), size_of::<T>()) }.to_vec()
}

impl Venue {
    /// Loads the program, and writes the pool's accounts as whoever sets one up would.
    fn found(world: &mut World, name: &str) -> Self {
        let program = address(name);
        world.svm.add_program_from_file(program, built("sbf_venue")).expect("run cargo xtask build");
        let market = world.here.keys.market(SOL);
        let (pool, bump) = Address::find_program_address(&[POOL, market.as_ref()], &program);
        let [vault, store] = ["vault", "store"].map(|what| address(&format!("{name} {what}")));
        let venue = Self { program, pool, vault, store };
        let collateral = address("mint of SOL");
        world.put(collateral, token::mint(world.token_program, &[]));
        world.put(vault, token::wallet(world.token_program, &world.mint, &pool, 0));
        world.put(store, token::wallet(world.token_program, &collateral, &pool, 0));
        let state = Pool {
            tag: POOL_TAG,
            bump,
            threshold_bps: 8_500,
            market: market.to_bytes(),
            cover: world.here.keys.cover(0).to_bytes(),
            vault: vault.to_bytes(),
            store: store.to_bytes(),
            scale: SCALE,
            ..Pool::default()
        };
        world.put(pool, Stored { lamports: RENT, data: bytes(&state), owner: program, ..Stored::default() });
        for name in ["lender", "borrower", "liquidator"] {
            let owner = keypair(name).pubkey();
            world.give(name, usdc(10_000));
            let wallet = token::wallet(world.token_program, &collateral, &owner, sol(100));
            world.put(Self::collateral_of(name), wallet);
            let account = Account {
                tag: ACCOUNT_TAG,
                pool: pool.to_bytes(),
                owner: owner.to_bytes(),
                ..Account::default()
            };
            let stored =
                Stored { lamports: RENT, data: bytes(&account), owner: program, ..Stored::default() };
            world.put(venue.account_of(name), stored);
        }
        venue
    }

    fn collateral_of(name: &str) -> Address {
        address(&format!("{name} SOL"))
    }

    fn account_of(&self, name: &str) -> Address {
        address(&format!("{name} in {}", self.program))
    }

    fn pool(&self, world: &World) -> Pool {
        let data = world.account(&self.pool).expect("the pool").data;
        // SAFETY: the program has written it as this struct.
        unsafe { core::ptr::read_unaligned(data.as_ptr().cast()) }
    }

    fn account(&self, world: &World, name: &str) -> Account {
        let data = world.account(&self.account_of(name)).expect("an account").data;
        // SAFETY: as above.
        unsafe { core::ptr::read_unaligned(data.as_ptr().cast()) }
    }

    /// What a lender could take out.
    fn worth(&self, world: &World, name: &str) -> u64 {
        let (pool, shares) = (self.pool(world), self.account(world, name).shares);
        (u128::from(shares) * u128::from(pool.cash + pool.debt) / u128::from(pool.shares)) as u64
    }

    fn call(&self, kind: u8, amount: u64, of: &str, by: &str, accounts: &[(Address, bool)]) -> Call {
        let signer: Keypair = keypair(by);
        let mut metas = vec![
            AccountMeta::new(self.pool, false),
            AccountMeta::new(self.account_of(of), false),
            AccountMeta::new_readonly(signer.pubkey(), true),
        ];
        metas.extend(accounts.iter().map(|(pubkey, is_writable)| AccountMeta {
            pubkey: *pubkey,
            is_signer: false,
            is_writable: *is_writable,
        }));
        let data = [&[kind][..], &amount.to_le_bytes()].concat();
        Call::new(Instruction { program_id: self.program, accounts: metas, data }, [signer])
    }

    /// Instructions about money, of somebody's account by its owner.
    fn money(&self, world: &World, kind: u8, amount: u64, name: &str) -> Call {
        let (wallet, market) = (world.wallet_of(name), world.here.keys.market(SOL));
        let accounts = [(self.vault, true), (wallet, true), (world.token_program, false), (market, false)];
        self.call(kind, amount, name, name, &accounts)
    }

    fn pledge(&self, world: &World, amount: u64, name: &str) -> Call {
        let accounts = [(self.store, true), (Self::collateral_of(name), true), (world.token_program, false)];
        self.call(code::PLEDGE, amount, name, name, &accounts)
    }

    fn liquidate(&self, world: &World, amount: u64, target: &str) -> Call {
        let by = "liquidator";
        let accounts = [
            (self.vault, true),
            (world.wallet_of(by), true),
            (world.token_program, false),
            (world.here.keys.market(SOL), false),
            (self.store, true),
            (Self::collateral_of(by), true),
        ];
        self.call(code::LIQUIDATE, amount, target, by, &accounts)
    }

    fn write_off(&self, world: &World, target: &str) -> Call {
        let keys = &world.here.keys;
        let accounts =
            [(bulkhead::ID, false), (keys.fund, true), (keys.cover(0), true), (keys.market(SOL), false)];
        self.call(code::WRITE_OFF, 0, target, "anyone", &accounts)
    }

    fn receive(&self) -> Call {
        self.call(code::RECEIVE, 0, "lender", "anyone", &[(self.vault, false)])
    }
}

/// A fund of 4,200 that covers a pool: 1,500 of debt with a limit of 1,000. The lender has 2,000 in it; 10 SOL at 200 are
/// pledged for 1,500.
fn lent() -> (World, Venue) {
    lent_in(coverable())
}

fn lent_in(world: World) -> (World, Venue) {
    lent_at(world, usd(200), usdc(1_500))
}

/// The same with SOL at a price, and this much debt on the 10 SOL.
fn lent_at(mut world: World, price: u64, debt: u64) -> (World, Venue) {
    let venue = Venue::found(&mut world, "venue");
    world.cover_with(pool_terms(&world, venue.pool, venue.vault));
    world.set_price(SOL, price);
    world.run(venue.money(&world, code::SUPPLY, usdc(2_000), "lender"));
    world.run(venue.pledge(&world, sol(10), "borrower"));
    world.run(venue.money(&world, code::BORROW, debt, "borrower"));
    (world, venue)
}

/// A limit of 1,000, half of it in seven days, for 1,500 of debt that is liquidated at 85%.
fn pool_terms(world: &World, drawer: Address, destination: Address) -> CoverTerms {
    let limit = usdc(1_000);
    CoverTerms {
        kind: CoverKind::Venue as u8,
        drawer,
        destination,
        first_loss_min: limit / 50,
        period_limit: limit / 2,
        covered_debt: usdc(1_500),
        threshold_bps: 8_500,
        market: SOL,
        ..world.cover_terms(limit)
    }
}

/// SOL falls to 120 within minutes: the collateral is worth 1,200, for which a liquidator pays 1,142.857142. 357.142858 of
/// debt are left without any.
fn crashed() -> (World, Venue) {
    let (mut world, venue) = lent();
    crash(&mut world, &venue);
    (world, venue)
}

fn crash(world: &mut World, venue: &Venue) {
    world.set_price(SOL, usd(120));
    world.run(venue.liquidate(world, 1_142_857_143, "borrower"));
    assert_eq!(venue.account(world, "borrower").collateral, 0);
}

const BAD: u64 = usdc(1_500) - 1_142_857_143;
/// 20 of first loss are the pool's own, and a tenth of the rest.
const OWED: u64 = (BAD - usdc(20)) * 9 / 10;

#[test]
fn the_example_reads_a_market_where_its_price_is() {
    assert_eq!(MARKET_PRICE_AT, 8 + offset_of!(Market, mark));
}

#[test]
fn a_pool_lends_and_takes_back() {
    let (mut world, venue) = lent();
    let pool = venue.pool(&world);
    assert_eq!((pool.cash, pool.debt), (usdc(500), usdc(1_500)));
    // Not more than ten percent below the threshold, and only its owner.
    assert!(world.attempt(venue.money(&world, code::BORROW, 1, "borrower")).is_err());
    assert!(world.attempt(venue.liquidate(&world, usdc(1), "borrower")).is_err());
    world.run(venue.money(&world, code::REPAY, usdc(1_500), "borrower"));
    let shares = venue.account(&world, "lender").shares;
    world.run(venue.money(&world, code::WITHDRAW, shares, "lender"));
    assert_eq!((world.purse("lender"), venue.pool(&world).cash), (usdc(10_000), 0));
}

/// The whole way: bad debt, draw, settlement, collection. The lender loses 55.71 instead of 357.14.
#[test]
fn bad_debt_is_paid_by_a_call_of_the_pool() {
    let (mut world, venue) = crashed();
    assert!(world.attempt(venue.write_off(&world, "lender")).is_err(), "no debt is no bad debt");
    world.run(world.accrue_cover(0)); // what is due until now is no part of the loss
    let before = world.fund();
    let draw = event!(world.run(venue.write_off(&world, "borrower")), CoverDrawn);
    assert_eq!((draw.amount, draw.first_loss, draw.owed), (BAD, usdc(20), OWED));
    assert_eq!(venue.worth(&world, "lender"), usdc(2_000) - BAD, "the lender bears it at first");
    ripen(&mut world);
    world.run(world.settle_cover(0));
    world.run(world.collect_cover_to(0, venue.vault));
    world.run(venue.receive());
    assert_eq!(venue.worth(&world, "lender"), usdc(2_000) - BAD + OWED + usdc(20));
    let fund = world.fund();
    assert_eq!(before.treasury + before.contributions - fund.treasury - fund.contributions, OWED);
    // It is written off once.
    assert!(world.attempt(venue.write_off(&world, "borrower")).is_err());
}

/// A member of the fund is ruined by the same crash: its default is paid first, and the pool out of what is left.
#[test]
fn a_default_of_the_fund_in_the_same_crash_comes_first() {
    let (mut world, venue) = lent();
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.run(world.novate("alice", "dave", SOL, LOTS / 2, usd(200)));
    crash(&mut world, &venue);
    world.run(venue.write_off(&world, "borrower"));
    world.run(world.declare_default("alice"));
    ripen(&mut world);
    world.refuse(world.settle_cover(0), LossPending);
    if world.fund().open_defaults > 0 {
        world.run(world.allocate_loss("alice"));
    }
    world.refuse(world.settle_cover(0), LossPending);
    world.join("erin", usdc(5_000), 0);
    world.run(world.take_over("erin", SOL, 2 * LOTS));
    if world.fund().residual > 0 {
        world.run(world.allocate_residual());
    }
    let settled = event!(world.run(world.settle_cover(0)), CoverSettled);
    assert_eq!((settled.from_treasury + settled.from_contributions, settled.lapsed), (OWED, 0));
}

#[test]
fn a_suspended_cover_books_and_does_not_pay() {
    let (mut world, venue) = crashed();
    world.run(world.suspend_cover(0));
    world.run(venue.write_off(&world, "borrower"));
    assert_eq!((world.cover(0).owed, world.fund().cover_owed), (OWED, 0));
    ripen(&mut world);
    world.refuse(world.settle_cover(0), CoverSuspended);
    world.run(world.collect_cover_to(0, venue.vault)); // the first loss is the pool's own
    assert!(world.cover(0).status == CoverStatus::Suspended);
}

/// The same code at another address has another pool, also of the same market.
#[test]
fn another_program_with_the_same_seeds_draws_nothing() {
    let (mut world, _) = crashed();
    let other = Venue::found(&mut world, "another venue");
    world.set_price(SOL, usd(200));
    world.run(other.money(&world, code::SUPPLY, usdc(2_000), "lender"));
    world.run(other.pledge(&world, sol(10), "borrower"));
    world.run(other.money(&world, code::BORROW, usdc(1_500), "borrower"));
    crash(&mut world, &other);
    world.refuse(other.write_off(&world, "borrower"), BulkheadError::NotDrawer);
}

/// A fund that has nothing owes nothing: the lender bears its loss as if there were no cover.
#[test]
fn what_the_fund_has_not_is_not_paid() {
    let (mut world, venue) = lent();
    for name in ["alice", "bob", "carol", "dave"] {
        world.run(world.request_withdrawal(name, world.member(name).shares.get()));
    }
    world.warp_secs(bulkhead_tests::params::DAY * 3 / 2);
    for _ in 0..2 {
        for name in ["alice", "bob", "carol", "dave"] {
            world.run(world.claim_withdrawal(name));
        }
        world.warp_slots(params::COVERED.exit_delay_slots.into());
    }
    world.refresh();
    crash(&mut world, &venue);
    world.run(venue.write_off(&world, "borrower"));
    ripen(&mut world);
    let settled = event!(world.run(world.settle_cover(0)), CoverSettled);
    assert_eq!(settled.from_contributions, 0);
    assert!(settled.from_treasury > 0 && settled.lapsed == OWED - settled.from_treasury);
    assert_eq!(world.cover(0).owed, 0);
}

/// SOL on 10 October 2025, from the prices of the demo's scenario: minutes 150 to 240 in steps, each printed every five
/// seconds. `each` acts after every print.
fn through_10_october(world: &mut World, mut each: impl FnMut(&mut World, u64)) {
    for (seconds, price) in sol_on_10_october() {
        for _ in 0..seconds / 5 {
            world.warp_secs(5);
            world.print(SOL, price);
            each(world, price);
        }
    }
}

/// For how many seconds SOL had which price.
fn sol_on_10_october() -> Vec<(i64, u64)> {
    let scenario = bulkhead_localnet::scenario::load("2025-10-10").unwrap();
    let path = &scenario.assets.iter().find(|asset| asset.symbol == "SOL").expect("SOL's path").path;
    let within = |minute: i64| minute * 60_000;
    let steps = path.windows(2).filter(|step| (within(150)..within(240)).contains(&step[0].at_ms));
    steps.map(|step| ((step[1].at_ms - step[0].at_ms) / 1_000, (step[0].usd * 1e8).round() as u64)).collect()
}

/// The borrower's loan is liquidated as soon as it can be, and written off when the price has lasted for three cells.
fn liquidated_in_the_crash(world: &mut World, venue: &Venue, price: u64, since: &mut u32) {
    let worth = sol(10) * (price / 1_000_000) / 100_000;
    let pays = (worth * 100 / 105 + 1).min(venue.account(world, "borrower").debt);
    if venue.account(world, "borrower").collateral > 0 {
        let _ = world.attempt(venue.liquidate(world, pays, "borrower"));
        return;
    }
    *since += 1;
    if *since == 6 {
        world.run(venue.write_off(world, "borrower"));
    }
}

/// 1,490 were lent at 207.49. The loan can be liquidated below 175.30; the price falls from 184.96 to 146.87 within one
/// step, and 91.24 are left without collateral. The pool keeps 20 and a tenth, the fund pays the rest.
#[test]
fn the_crash_of_10_october_2025_costs_the_fund_what_the_pool_lacks() {
    let (mut world, venue) = lent_at(coverable(), sol_on_10_october()[0].1, usdc(1_490));
    let (before, mut since) = (world.fund(), 0);
    through_10_october(&mut world, |world, price| {
        liquidated_in_the_crash(world, &venue, price, &mut since);
    });
    let bad = venue.pool(&world).reported;
    assert!((usdc(91)..usdc(92)).contains(&bad), "{bad}");
    let owed = (bad - usdc(20)) * 9 / 10;
    let settled = event!(world.run(world.settle_cover(0)), CoverSettled);
    assert_eq!((settled.from_treasury + settled.from_contributions, settled.lapsed), (owed, 0));
    world.run(world.collect_cover_to(0, venue.vault));
    world.run(venue.receive());
    assert_eq!(venue.worth(&world, "lender"), usdc(2_000) - bad + owed + usdc(20));
    let premium = settled.from_treasury + world.fund().treasury - before.treasury;
    assert!(premium < usdc(1), "{premium}");
}

/// A pool that reports ten times all that it has lent, after every print: the fall of 29% explains at most 253.40.
#[test]
fn a_lying_pool_in_the_crash_of_10_october_2025_gets_what_the_fall_explains() {
    let mut world = coverable();
    let terms = pool_terms(&world, keypair("drawer").pubkey(), world.wallet_of("victims"));
    world.cover_with(terms);
    world.set_price(SOL, sol_on_10_october()[0].1);
    let mut taken = 0;
    through_10_october(&mut world, |world, _| {
        let draw = event!(world.run(world.draw_cover_in(0, Some(SOL), usdc(15_000))), CoverDrawn);
        taken += draw.owed + draw.first_loss;
    });
    let explained = usdc(1_500) - usdc(1_500) * 14_657 * 100 / (85 * 20_749);
    assert!(taken > 0 && taken <= explained, "{taken} of {explained}");
    let before = world.fund();
    world.run(world.settle_cover(0));
    let fund = world.fund();
    let paid = before.treasury + before.contributions - fund.treasury - fund.contributions;
    assert_eq!(paid, world.cover(0).drawn);
    assert!(paid <= taken - usdc(20), "{paid} of {taken}");
}

/// A member of the fund that is long 20 SOL is ruined by the same path. Its default is paid first.
#[test]
fn a_default_in_the_crash_of_10_october_2025_comes_before_the_pool() {
    let (mut world, venue) = lent_at(coverable(), sol_on_10_october()[0].1, usdc(1_490));
    let price = sol_on_10_october()[0].1;
    world.run(world.novate("alice", "bob", SOL, LOTS, price));
    world.run(world.novate("alice", "dave", SOL, LOTS, price));
    let mut since = 0;
    through_10_october(&mut world, |world, price| {
        let _ = world.attempt(world.declare_default("alice"));
        liquidated_in_the_crash(world, &venue, price, &mut since);
    });
    assert_eq!(world.fund().default_seq, 1, "alice is declared");
    world.refuse(world.settle_cover(0), LossPending);
    if world.fund().open_defaults > 0 {
        world.run(world.allocate_loss("alice"));
    }
    world.join("erin", usdc(5_000), 0);
    world.refuse(world.settle_cover(0), LossPending);
    world.run(world.take_over("erin", SOL, 2 * LOTS));
    if world.fund().residual > 0 {
        world.run(world.allocate_residual());
    }
    let owed = world.cover(0).owed;
    let settled = event!(world.run(world.settle_cover(0)), CoverSettled);
    assert_eq!((settled.from_treasury + settled.from_contributions, settled.lapsed), (owed, 0));
    assert!(owed > 0);
}
