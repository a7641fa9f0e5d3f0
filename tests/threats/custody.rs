//! The vault covers all claims after every step, and everyone gets out, whatever happened before.

use {
    crate::common::*,
    bulkhead::{constants::MIN_NOTICE_SECS, state::DefaultStatus},
    bulkhead_math::shares::VIRTUAL_SHARES,
    bulkhead_tests::{keys::split_mix, usd, usdc, Call, MarketSpec, World, BTC, SOL},
    std::collections::BTreeMap,
};

const PEOPLE: [&str; 6] = ["ann", "ben", "cat", "dan", "eve", "fay"];

/// Random members, trades, prices, defaults and withdrawals; how often each event happened.
struct Walk {
    world: World,
    random: u64,
    done: BTreeMap<&'static str, usize>,
    /// The most money a step moves.
    most: u64,
}

impl Walk {
    /// Rich members in even histories, in odd ones such that a crash may take all they have.
    fn new(seed: u64) -> Self {
        let mut spec = [MarketSpec::sol(), MarketSpec::btc()];
        for market in &mut spec {
            market.params.terms.rates.contribution_bps = 20;
        }
        let mut params = bulkhead_tests::params::FUND;
        params.notice_secs = MIN_NOTICE_SECS;
        params.claim_window_secs = 60 * 60;
        let setup = bulkhead_tests::world::Setup { params, markets: spec.to_vec(), ..Default::default() };
        let mut world = World::with(setup);
        for name in PEOPLE {
            let (margin, contribution) = if seed.is_multiple_of(2) { (500, 300) } else { (60, 40) };
            world.join(name, usdc(margin), usdc(contribution));
        }
        world.give("treasurer", usdc(100));
        world.run(world.fund_treasury("treasurer", usdc(100)));
        Self {
            world,
            random: seed,
            done: BTreeMap::new(),
            most: usdc(if seed.is_multiple_of(2) { 200 } else { 20 }),
        }
    }

    fn below(&mut self, n: u64) -> u64 {
        split_mix(&mut self.random) % n
    }

    fn somebody(&mut self) -> &'static str {
        PEOPLE[self.below(PEOPLE.len() as u64) as usize]
    }

    /// Runs a call if the program accepts it; the books are checked after it.
    fn attempt(&mut self, call: Call) -> bool {
        let result = self.world.attempt(call);
        for name in result.iter().flat_map(|meta| meta.event_names()) {
            *self.done.entry(name).or_default() += 1;
        }
        result.is_ok()
    }

    fn step(&mut self) {
        self.world.refresh();
        let (one, other) = (self.somebody(), self.somebody());
        let market = [SOL, BTC][self.below(2) as usize];
        let mark = self.world.here.markets[usize::from(market)].price;
        let amount = 1 + self.below(self.most);
        let lots = 1 + self.below(1_500);
        let step = self.below(20);
        let near = mark + mark / 100 - self.below(mark / 50); // within 1%
        let world = &self.world;
        let call = match step {
            0 => return self.move_price(market, mark),
            1 => return self.world.warp_secs(i64::from(MIN_NOTICE_SECS) / 3),
            2 => world.deposit_margin(one, amount),
            3 => world.withdraw_margin(one, amount),
            4 => world.contribute(one, amount),
            5 => world.request_withdrawal(one, 1 + world.member(one).shares.get() / 3),
            6 => world.claim_withdrawal(one),
            7 => world.claim_rewards(one),
            8 => world.settle(one, market),
            9 => return self.liquidate_anybody(one, market, lots),
            10 => return PEOPLE.into_iter().for_each(|name| self.default(name)),
            11 => world.take_over(one, market, lots),
            12 => world.cancel_withdrawal(one),
            13 => return self.cover_residual(),
            14 => world.settle_epoch(one),
            _ if one == other => return,
            _ => world.novate(one, other, market, lots, near),
        };
        self.attempt(call);
    }

    /// Mostly a little; now and then to anywhere between a quarter and four times of where it started.
    fn move_price(&mut self, market: u16, mark: u64) {
        let start = if market == SOL { usd(200) } else { usd(60_000) };
        let price = match self.below(4) {
            0 => start / 4 * (1 + self.below(16)),
            _ => mark / 10_000 * (9_500 + self.below(1_001)),
        };
        self.world.set_price(market, price.clamp(start / 4, start * 4));
    }

    fn liquidate_anybody(&mut self, liquidator: &str, market: u16, lots: u64) {
        for target in PEOPLE.into_iter().filter(|target| *target != liquidator) {
            let call = self.world.liquidate(liquidator, target, market, lots);
            self.attempt(call);
        }
    }

    fn default(&mut self, name: &str) {
        let (call, seq) = (self.world.declare_default(name), self.world.fund().default_seq);
        let is_open = |world: &World| world.default_record(seq).status == DefaultStatus::Declared;
        if self.attempt(call) && is_open(&self.world) {
            let call = self.world.allocate_loss(name);
            assert!(self.attempt(call), "a declared default is allocated, whatever the state of the fund");
        }
    }

    /// P10: everyone closes, is paid and leaves, by calls that are open to them. Donations only replace what a residual
    /// is short of, as somebody must; members top up what they need to close.
    fn wind_down(&mut self) {
        self.world.refresh();
        for name in PEOPLE {
            self.default(name);
        }
        for name in PEOPLE {
            self.world.run(self.world.deposit_margin(name, usdc(50_000)));
            if self.world.member(name).share_epoch < self.world.fund().share_epoch {
                self.world.run(self.world.settle_epoch(name));
            }
        }
        for market in [SOL, BTC] {
            self.close_house(market);
            self.close_members(market);
        }
        self.cover_residual();
        // Losers pay in first, then winners draw.
        for _ in 0..2 {
            for (name, market) in PEOPLE.into_iter().flat_map(|name| [(name, SOL), (name, BTC)]) {
                let call = self.world.settle_own(name, market);
                self.attempt(call);
            }
        }
    }

    fn lots(&self, name: &str, market: u16) -> i64 {
        self.world.member(name).position(market).lots
    }

    /// Who holds the other side of the house reduces against it.
    fn close_house(&mut self, market: u16) {
        for name in PEOPLE {
            let house = self.world.market(market).house_lots;
            let held = self.lots(name, market);
            if house != 0 && held != 0 && (house < 0) != (held < 0) {
                self.world.run(self.world.take_over(name, market, held.unsigned_abs()));
            }
        }
        assert_eq!(
            self.world.market(market).house_lots,
            0,
            "P2: the other side of the house is with members"
        );
    }

    fn close_members(&mut self, market: u16) {
        let mark = self.world.here.markets[usize::from(market)].price;
        for (long, short) in PEOPLE.into_iter().flat_map(|long| PEOPLE.map(|short| (long, short))) {
            let (bought, sold) = (self.lots(long, market), self.lots(short, market));
            if bought > 0 && sold < 0 {
                let lots = bought.min(-sold) as u64;
                self.world.run(self.world.novate(short, long, market, lots, mark));
            }
        }
        assert!(PEOPLE.iter().all(|name| self.lots(name, market) == 0), "P2: longs are shorts");
    }

    fn cover_residual(&mut self) {
        let residual = self.world.fund().residual;
        if residual > 0 {
            self.world.give("treasurer", residual);
            let calls = [self.world.fund_treasury("treasurer", residual), self.world.allocate_residual()];
            for call in calls {
                assert!(self.attempt(call));
            }
        }
        assert_eq!(self.world.fund().unfunded, 0);
    }
}

/// All that is left when everyone has gone: the treasury, recoveries, and less than a unit of rounding per member.
fn assert_only_rounding_is_left(world: &World) {
    let fund = world.fund();
    assert_eq!((fund.margin_total, fund.total_shares.get()), (0, 0));
    let members = PEOPLE.len() as u64;
    let rounding = [("contributions", fund.contributions), ("rewards", fund.rewards_unclaimed)];
    for (name, left) in rounding {
        assert!(left <= members, "{left} of {name} left behind");
    }
}

fn leave(world: &mut World, name: &str) {
    // Its cushions come back first: by now all houses are sold.
    for seq in 0..world.fund().default_seq {
        let record = world.default_record(seq);
        if record.member == world.account_of(name) && record.has_cushion() {
            world.run(world.release_cushion(seq));
        }
    }
    let member = world.member(name);
    assert!(!member.has_positions(), "{name} still holds {:?}", member.position(SOL));
    if member.margin > 0 {
        world.run(world.withdraw_margin(name, member.margin));
    }
    if !member.notice_shares.is_zero() {
        world.run(world.cancel_withdrawal(name));
    }
    if !member.shares.is_zero() {
        request_all(world, name);
        world.warp_secs(i64::from(world.fund().params.notice_secs));
        world.run(world.claim_withdrawal(name));
    }
    let _ = world.attempt(world.claim_rewards(name)); // there may be none
    assert!(world.member(name).shares.is_zero() && world.member(name).margin == 0);
}

/// Hundreds of steps of everything at once; [`World::run`] recounts P1, P2 and P3 from all accounts after each. At the
/// end everyone leaves, in an order that is as random, and the last one is paid like the first.
#[test]
fn t01_the_vault_covers_every_claim_through_random_histories() {
    let mut seen = BTreeMap::<&str, usize>::new();
    for seed in 1..=16 {
        let mut walk = Walk::new(seed);
        for _ in 0..250 {
            walk.step();
        }
        walk.wind_down();
        let mut people = PEOPLE.to_vec();
        while !people.is_empty() {
            let next = walk.below(people.len() as u64) as usize;
            walk.world.vest();
            leave(&mut walk.world, people.remove(next));
        }
        assert_only_rounding_is_left(&walk.world);
        for (name, count) in walk.done {
            *seen.entry(name).or_default() += count;
        }
    }
    println!("{seen:?}");
    let needed = [
        "Novated",
        "Settled",
        "Liquidated",
        "DefaultDeclared",
        "LossAllocated",
        "ResidualAllocated",
        "EpochWiped",
        "EpochSettled",
        "TakenOver",
        "MarginMoved",
        "Contributed",
        "WithdrawalRequested",
        "WithdrawalPaid",
        "RewardsPaid",
    ];
    for name in needed {
        assert!(seen.contains_key(name), "no history has {name}");
    }
}

/// A gift to the vault belongs to no bucket: it changes no share, pays no loss and cannot be taken out.
#[test]
fn t01_a_gift_to_the_vault_is_nobodys() {
    let mut world = precise(&[("ann", usdc(600)), ("ben", usdc(400))]);
    let vault = world.vault();
    world.patch(vault, |account| {
        let held = bulkhead_tests::token::amount(account);
        bulkhead_tests::token::set_amount(account, held + usdc(1_000_000));
    });
    let before = world.fund().owed().expect("buckets add up");
    assert_eq!((worth(&world, "ann"), worth(&world, "ben")), (usdc(600), usdc(400)));
    lose(&mut world, usdc(500));
    assert_eq!((worth(&world, "ann"), worth(&world, "ben")), (usdc(300), usdc(200)));
    // The debtor's stake is all that has come in since.
    assert_eq!(world.fund().owed(), Ok(before + STAKE));
    assert_eq!(world.vault_balance(), before + STAKE + usdc(1_000_000));
}

/// Contributions that no haircut divides evenly.
const CONTRIBUTIONS: [(&str, u64); 4] =
    [("ann", 1_000_003), ("ben", 777_777), ("cat", 31), ("dan", 123_456_789)];

/// Every order of four.
fn orders() -> Vec<Vec<usize>> {
    let mut orders = vec![vec![]];
    for _ in 0..4 {
        let longer = orders.iter().flat_map(|order: &Vec<usize>| {
            let free = (0..4).filter(|index| !order.contains(index));
            free.map(|index| order.iter().copied().chain([index]).collect()).collect::<Vec<Vec<usize>>>()
        });
        orders = longer.collect();
    }
    assert_eq!(orders.len(), 24);
    orders
}

#[test]
fn t03_everyone_leaves_in_any_order_and_the_last_one_is_paid() {
    const LOSS: u64 = 41_234_567;
    let total: u64 = CONTRIBUTIONS.iter().map(|(_, amount)| amount).sum();
    for order in orders() {
        let mut world = precise(&CONTRIBUTIONS);
        lose(&mut world, LOSS);
        for (name, _) in CONTRIBUTIONS {
            request_all(&mut world, name);
        }
        world.warp_secs(i64::from(PRECISE.notice_secs));
        for (before, index) in order.iter().enumerate() {
            let (name, amount) = CONTRIBUTIONS[*index];
            let exact = (u128::from(amount) * u128::from(total - LOSS) / u128::from(total)) as u64;
            let paid = claim(&mut world, name);
            // Less than a unit of rounding is lost by each who leaves, to those who are still there.
            let fair = exact - 1..=exact + 1 + before as u64;
            assert!(fair.contains(&paid), "{name} in {order:?}: {paid}, pro rata is {exact}");
        }
        let fund = world.fund();
        assert_eq!(fund.total_shares.get(), 0);
        assert!(fund.contributions < 4, "{} left behind", fund.contributions);
    }
}

/// A member whose shares a haircut has made worth less than one unit still holds them, and never leaves. Whoever holds
/// the rest leaves with all that the rest is worth, but for the unit that keeps a price.
#[test]
fn t03_shares_worth_nothing_do_not_hold_up_who_leaves_last() {
    for haircut_percent in [0, 50, 75, 90, 99] {
        let mut world = precise(&[("ann", usdc(1_000)), ("mouse", 1)]);
        assert_eq!(world.member("mouse").shares.get(), VIRTUAL_SHARES);
        if haircut_percent > 0 {
            lose(&mut world, usdc(10 * haircut_percent));
        }
        let worth = worth(&world, "ann");
        request_all(&mut world, "ann");
        world.warp_secs(i64::from(PRECISE.notice_secs));
        let paid = claim(&mut world, "ann");
        assert!(paid == worth || paid + 1 == worth, "{haircut_percent}%: {paid} of {worth}");
        // What stays behind is a unit, and its shares are alive: who comes next pays par for the price there is.
        assert!((1..=2).contains(&world.fund().contributions));
        world.join("ben", 0, usdc(500));
        assert!(usdc(500) - crate::common::worth(&world, "ben") <= 1);
    }
}
