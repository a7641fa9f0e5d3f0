//! Prints that are known before they are posted: several are valid at once, and the caller chooses which, and when.

use {
    crate::common::*,
    bulkhead::state::{AdjustmentTerms, FundParams, MarketRates},
    bulkhead_tests::{
        params::{FUND, UNADJUSTED},
        usd, usdc, BulkheadError, Call, MarketSpec, World, SOL,
    },
};

/// The shipped rates of SOL, and its breaker.
fn shipped_sol() -> MarketSpec {
    let mut spec = MarketSpec::sol();
    spec.params.terms.rates =
        MarketRates { initial_bps: 850, maintenance_bps: 540, contribution_bps: 140, stress_bps: 3_550 };
    spec.params.terms.adjustment = AdjustmentTerms {
        breaker_bps: 1_300,
        breaker_window_secs: 900,
        breaker_cooloff_secs: 1_800,
        ..UNADJUSTED
    };
    spec.params.terms.price_band_bps = 100;
    spec
}

const SHIPPED: FundParams = FundParams { default_confirm_slots: 25, exit_delay_slots: 150, ..FUND };

/// Everything that wallets of these names have.
fn wealth(world: &World, names: &[String]) -> i64 {
    let one = |name: &String| (world.purse(name) + world.member(name).margin + worth(world, name)) as i64;
    names.iter().map(one).sum()
}

/// What others can lose: treasury and contributions of Ann and Ben.
fn mutual(world: &World) -> u64 {
    world.fund().treasury + worth(world, "ann") + worth(world, "ben")
}

/// Nobody has cranked for a minute. Two prints are valid: 200.00 published 20 s ago, and `next` published 1 s ago. So many
/// linked pairs, with 4,500 contributed and 40,000 of margin on each side, post the first, trade the most that limits allow,
/// and post the second.
fn look_ahead(pairs: usize, next: u64) {
    let mut world = World::with_market(SHIPPED, shipped_sol());
    world.join("ann", 0, usdc(60_000));
    world.join("ben", 0, usdc(40_000));
    world.give("treasurer", usdc(10_000));
    world.run(world.fund_treasury("treasurer", usdc(10_000)));
    let sides: Vec<[String; 2]> =
        (0..pairs).map(|pair| [format!("long {pair}"), format!("short {pair}")]).collect();
    for name in sides.as_flattened() {
        world.join(name, usdc(40_000), usdc(4_500));
    }
    world.warp_secs(60);
    let names = sides.as_flattened();
    let (start, safe) = (wealth(&world, names), mutual(&world));

    let first = second_price(&mut world, usd(200), 20);
    let second = second_price(&mut world, next, 1);
    world.run(first);
    let mut lots = 0;
    for [long, short] in &sides {
        // What would lose more than its margin at the second print is refused.
        let ruinous = usdc(40_000) / ((usd(200) - next) / 10_000) + 1;
        world.refuse(world.novate(long, short, SOL, ruinous, usd(200)), BulkheadError::BelowInitialMargin);
        lots = most(ruinous, |lots| world.allows(&world.novate(long, short, SOL, lots, usd(200))));
        world.run(world.novate(long, short, SOL, lots, usd(200)));
    }
    assert!(lots > 10_000, "the attackers trade what they may: {lots} lots");
    world.run(second);
    for [long, short] in &sides {
        world.refuse(world.declare_default(long), BulkheadError::EquityNotNegative);
        let _ = world.attempt(world.settle(long, SOL));
        let _ = world.attempt(world.settle(short, SOL));
    }

    // The price lasts, and nobody can be declared: whoever lost paid.
    world.set_price(SOL, next);
    for [long, short] in &sides {
        world.refuse(world.declare_default(long), BulkheadError::EquityNotNegative);
        world.run(world.settle(long, SOL));
        world.run(world.settle(short, SOL));
        world.run(world.novate(short, long, SOL, lots, next));
    }
    world.vest();
    for [long, short] in &sides {
        for name in [long, short] {
            world.run(world.withdraw_margin(name, world.member(name).margin));
        }
    }
    let taken = wealth(&world, names) - start;
    assert!(taken <= 0, "the attackers took {taken}");
    assert!(mutual(&world) >= safe, "of {safe} the others have {}", mutual(&world));
}

/// The largest number below `refused` with which `allowed` holds, if it holds with every smaller one.
fn most(refused: u64, allowed: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, refused);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if allowed(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[test]
fn e1_eight_pairs_that_know_a_fall_to_160() {
    look_ahead(8, usd(160));
}

#[test]
fn e1_twenty_pairs_that_know_a_fall_to_172() {
    look_ahead(20, usd(172));
}

/// Ten slots pass, and 17 hours. SOL was 200 and is truly 150; nobody has cranked. Alice, 249.60 of margin behind 2,000, takes
/// nothing out and trades nothing at 200. When 150 has lasted for two cells she is declared, 250.40 short.
#[test]
fn i2_a_chain_that_halts_keeps_no_price_young() {
    let mut world = World::with_market(FUND, free_market());
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
    world.set_clock(world.slot() + 10, world.now() + 17 * 60 * 60);
    world.refuse(world.withdraw_margin("alice", usdc(49)), BulkheadError::BelowInitialMargin);
    world.refuse(world.novate("bob", "alice", SOL, 500, usd(200)), BulkheadError::StaleMark);
    world.refuse(world.novate("carol", "bob", SOL, 1, usd(200)), BulkheadError::StaleMark);
    world.print(SOL, usd(150));
    world.refuse(world.declare_default("alice"), BulkheadError::EquityNotNegative);
    world.last();
    let meta = world.run(world.declare_default("alice"));
    assert_eq!(bulkhead_tests::event!(meta, DefaultDeclared).shortfall, 250_400_000);
}

/// The last crank is 50 s ago, the newest print says 200, and a dip to 183 was signed 25 s ago. Alice is below maintenance under
/// 184.25, and nobody takes her lots at a dip that is over, however old it is.
#[test]
fn i3_a_dip_that_is_over_liquidates_nobody() {
    for dip_is in [25, 11, 10, 5, 1] {
        let mut world = World::with_market(FUND, free_market());
        world.join("alice", usdc(250), usdc(100));
        world.join("bob", usdc(1_000), usdc(100));
        world.join("carol", usdc(1_000), usdc(1_000));
        world.run(world.novate("alice", "bob", SOL, 1_000, usd(200)));
        world.warp_secs(50);
        let dip = second_price(&mut world, usd(183), dip_is);
        let back = second_price(&mut world, usd(200), 0);
        let liquidate = world.liquidate("carol", "alice", SOL, 1_000);
        let refusal = if dip_is > 10 { BulkheadError::StaleMark } else { BulkheadError::NotLiquidatable };
        world.refuse(dip.then(liquidate), refusal);
        // Whatever is posted in which order, and however often it is tried while the dip is in the range.
        let dip = second_price(&mut world, usd(183), dip_is);
        world.run(dip);
        world.run(back);
        for _ in 0..30 {
            world.refuse(world.liquidate("carol", "alice", SOL, 1_000), BulkheadError::NotLiquidatable);
            world.warp_secs(1);
            world.print(SOL, usd(200));
        }
        let alice = world.member("alice");
        assert_eq!((alice.margin, alice.position(SOL).lots), (249_600_000, 1_000));
    }
}

/// What two linked accounts may do with two valid prints, each at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    PostFirst,
    PostSecond,
    Open,
    OpenBack,
    Close,
    SettleLong,
    SettleShort,
    WithdrawLong,
    WithdrawShort,
    LiquidateLong,
    LiquidateShort,
    Declare,
}

const MOVES: [Move; 12] = [
    Move::PostFirst,
    Move::PostSecond,
    Move::Open,
    Move::OpenBack,
    Move::Close,
    Move::SettleLong,
    Move::SettleShort,
    Move::WithdrawLong,
    Move::WithdrawShort,
    Move::LiquidateLong,
    Move::LiquidateShort,
    Move::Declare,
];

/// A search over the orders in which two linked accounts use two known prints.
struct Adversary {
    world: World,
    first: (u64, i64),
    second: (u64, i64),
    safe: u64,
    tried: usize,
    /// The most that others have lost, and how.
    worst: (i64, Vec<Move>),
}

const LINKED: [&str; 2] = ["long", "short"];

impl Adversary {
    /// `first` and `second` are prices and how many seconds ago they were published; the second is the truth.
    fn new(first: (u64, i64), second: (u64, i64)) -> Self {
        let mut market = free_market();
        market.params.terms.rates.stress_bps = 3_000;
        let mut world = World::with_market(PRECISE, market);
        world.join("ann", 0, usdc(6_000));
        world.join("ben", 0, usdc(4_000));
        world.join("keeper", usdc(100_000), 0);
        for name in LINKED {
            world.join(name, usdc(5_000), 0);
        }
        world.warp_secs(60);
        let safe = mutual(&world);
        Self { world, first, second, safe, tried: 0, worst: (0, Vec::new()) }
    }

    fn call(&mut self, next: Move) -> Option<Call> {
        let world = &mut self.world;
        let mark = world.market(SOL).mark.price;
        let held = world.member("long").position(SOL).lots;
        Some(match next {
            Move::PostFirst => second_price(world, self.first.0, self.first.1),
            Move::PostSecond => second_price(world, self.second.0, self.second.1),
            Move::Open | Move::OpenBack => {
                // At either edge of the band: value moves from one hand to the other.
                let edge = if next == Move::Open { mark + mark / 50 } else { mark - mark / 50 };
                let opens = |lots| world.allows(&world.novate("long", "short", SOL, lots, edge));
                let lots = most(100_000, opens);
                (lots > 0).then(|| world.novate("long", "short", SOL, lots, edge))?
            }
            Move::Close => {
                (held > 0).then(|| world.novate("short", "long", SOL, held.unsigned_abs(), mark))?
            }
            Move::SettleLong => world.settle("long", SOL),
            Move::SettleShort => world.settle("short", SOL),
            Move::WithdrawLong | Move::WithdrawShort => {
                let name = LINKED[usize::from(next == Move::WithdrawShort)];
                let margin = world.member(name).margin;
                let allowed = |amount| world.allows(&world.withdraw_margin(name, amount));
                let amount = most(margin + 1, allowed);
                (amount > 0).then(|| world.withdraw_margin(name, amount))?
            }
            Move::LiquidateLong => world.liquidate("short", "long", SOL, u64::MAX),
            Move::LiquidateShort => world.liquidate("long", "short", SOL, u64::MAX),
            Move::Declare => {
                let broke = LINKED.into_iter().find(|name| world.allows(&world.declare_default(name)))?;
                world.declare_default(broke)
            }
        })
    }

    /// Tries every continuation of `done`. A move that is refused changes nothing, so that its continuations are tried without it.
    fn search(&mut self, done: &mut Vec<Move>, depth: usize) {
        self.judge(done);
        if done.len() == depth {
            return;
        }
        for next in MOVES {
            if done.contains(&next) || next == Move::PostFirst && done.contains(&Move::PostSecond) {
                continue;
            }
            let (svm, history) = (self.world.svm.clone(), self.world.history.clone());
            let done_now = self.call(next).is_some_and(|call| self.world.attempt(call).is_ok());
            if done_now {
                done.push(next);
                self.search(done, depth);
                done.pop();
            }
            (self.world.svm, self.world.history) = (svm, history);
        }
    }

    /// What others have lost once the truth has lasted and everybody has done its work.
    fn judge(&mut self, done: &[Move]) {
        self.tried += 1;
        let (svm, history) = (self.world.svm.clone(), self.world.history.clone());
        self.world.set_price(SOL, self.second.0);
        for name in LINKED {
            if self.world.allows(&self.world.declare_default(name)) {
                self.world.default_member(name);
            }
        }
        let world = &mut self.world;
        if world.market(SOL).house_lots != 0 {
            world.run(world.take_over("keeper", SOL, u64::MAX));
        }
        let lost = self.safe as i64 - mutual(&self.world) as i64;
        if lost > self.worst.0 {
            self.worst = (lost, done.to_vec());
        }
        (self.world.svm, self.world.history) = (svm, history);
    }
}

/// P7: a member that knows the next price takes nothing, unless it moves by more than initial margin and the doubt of the mark's
/// age: 10% and 30% times age over 45 seconds. Every order of up to five moves by two linked accounts that post two valid prints,
/// trade the most they may at either edge of the band, settle, take out what they may, liquidate and declare one another.
#[test]
fn p7_known_prints_bring_nothing_in_any_order() {
    let cases = [
        ((usd(200), 20), (usd(160), 1)),
        ((usd(200), 20), (usd(240), 1)),
        ((usd(200), 1), (usd(182), 0)),
        ((usd(170), 30), (usd(200), 0)), // a dip that is over
        ((usd(230), 10), (usd(200), 5)),
    ];
    for (first, second) in cases {
        let mut adversary = Adversary::new(first, second);
        adversary.search(&mut Vec::new(), 4);
        let Adversary { tried, worst, .. } = adversary;
        assert!(tried > 100, "{tried} orders");
        assert_eq!(worst, (0, vec![]), "{first:?} and {second:?}: others lost");
    }
}

/// The same search finds what P7 leaves: beyond those bounds the fund is short by what the move exceeds them, and no more.
#[test]
fn p7_a_jump_beyond_its_bounds_costs_the_excess() {
    // 20 s: initial margin of 10% and 13.33% of doubt make 23.33%; the price falls by 30%.
    let mut adversary = Adversary::new((usd(200), 20), (usd(140), 1));
    adversary.search(&mut Vec::new(), 4);
    let (lost, how) = &adversary.worst;
    // 5,000 of margin are 10,700 lots or so at most, of which each costs 60 less 46.67 at worst, and the bands of two trades.
    assert!(*lost > 0 && *lost <= usdc(10_714 * 18 / 100) as i64, "{lost} by {how:?}");
}
