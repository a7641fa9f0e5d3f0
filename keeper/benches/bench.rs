//! Measures the index at a million members: a tick by index against a scan of all members; and the start:
//! reading such a fund from a node until the first action is decided. Writes `keeper.md`.
//!
//! Only ratios within one run are written down, because the speed of the machine is in both of
//! their parts.

mod load;
mod node;

use {
    bulkhead::constants::VERSION,
    bulkhead_book::{Book, Quote},
    bulkhead_client::{
        instruction::FundKeys,
        state::{Fund, FundParams, Market, MarketRates, Member},
        Address,
    },
    bulkhead_format::thousands,
    bulkhead_keeper::triggers::{is_due, Triggers},
    bulkhead_math::positions::Position,
    bytemuck::Zeroable,
    clap::Parser,
    std::{
        alloc::{GlobalAlloc, Layout, System},
        collections::{BTreeMap, BTreeSet},
        fmt::Write,
        fs,
        path::Path,
        sync::atomic::{AtomicUsize, Ordering},
        time::{Duration, Instant},
    },
};

/// Measures a price tick by index against a full scan, the memory per member, and the start.
#[derive(Parser)]
struct Cli {
    /// Members of the largest fund
    #[arg(long, default_value_t = 1_000_000)]
    members: usize,
    /// Print, but write nothing
    #[arg(long)]
    check: bool,
    /// Be the node that such a fund is read from, until standard input closes
    #[arg(long, hide = true)]
    node: bool,
}

/// Counts allocated bytes.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);
/// The most that was allocated at once since it was last set.
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system allocator with the same arguments; only a counter is kept
// beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let before = ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        PEAK.fetch_max(before + layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps `dealloc`'s contract, and the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MARKETS: usize = 8;
const PRICE: u64 = 100 * 100_000_000;
/// Of a hundred members, how many hold one market, two, or eight; the figures are cumulative.
const SHARES: [(u64, usize); 3] = [(80, 1), (95, 2), (100, MARKETS)];

/// Random numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

/// When every price was published; no market remembers another one in its range.
const NOW: i64 = 1_000;

fn market(index: usize) -> Market {
    let rates =
        MarketRates { initial_bps: 1_000, maintenance_bps: 500, contribution_bps: 0, stress_bps: 3_000 };
    let mut market =
        Market { index: index as u16, scale: 10_000, rates, version: VERSION, ..Zeroable::zeroed() };
    market.mark.price = PRICE;
    (market.mark.slot, market.mark.publish_ts, market.oracle.max_age_secs) = (1, NOW, 60);
    market
}

/// A member long or short at today's price, with 1 to 4 times the initial margin.
fn member(dice: &mut Dice) -> Member {
    let mut member = Member { version: VERSION, ..Zeroable::zeroed() };
    let drawn = dice.below(100);
    let held = SHARES.iter().find(|(below, _)| drawn < *below).map_or(1, |(_, held)| *held);
    let first = dice.below(MARKETS as u64) as usize;
    let mut notional = 0;
    for offset in 0..held {
        let lots = 1 + dice.below(1_000) as i64;
        let sign = if dice.below(2) == 0 { 1 } else { -1 };
        let slot = member.slot_or_free(((first + offset) % MARKETS) as u16).expect("a free slot");
        slot.set(Position::default().trade(lots * sign, PRICE).expect("small numbers"));
        notional += lots.unsigned_abs() * 1_000_000;
    }
    member.margin = notional / 10 * (100 + dice.below(300)) / 100;
    member
}

fn book(members: usize) -> Book {
    let mut dice = Dice(7);
    let address = |dice: &mut Dice| {
        let mut bytes = [0; 32];
        bytes.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&dice.below(u64::MAX).to_be_bytes()));
        Address::new_from_array(bytes)
    };
    let params = FundParams { max_mark_age_slots: 25, act_age_secs: 10, ..Zeroable::zeroed() };
    let members: BTreeMap<Address, Member> =
        (0..members).map(|_| (address(&mut dice), member(&mut dice))).collect();
    Book {
        keys: FundKeys::new(
            &Address::default(),
            Address::new_from_array([1; 32]),
            Address::new_from_array([2; 32]),
            0,
        ),
        slot: 1,
        now: NOW,
        fund: Fund { version: VERSION, market_count: MARKETS as u16, params, ..Zeroable::zeroed() },
        vault_amount: 0,
        markets: (0..MARKETS).map(market).collect(),
        members,
        records: BTreeMap::new(),
        epochs: BTreeMap::new(),
        takings: BTreeMap::new(),
        prints: BTreeMap::new(),
        covers: BTreeMap::new(),
        quotes: vec![Quote::default(); MARKETS],
    }
}

/// Moves the first market down.
fn fall(book: &mut Book, moved_bps: u64) {
    let price = &mut book.markets[0].mark.price;
    *price -= *price * moved_bps / 10_000;
}

fn scan(book: &Book) -> BTreeSet<Address> {
    book.members.iter().filter(|(_, member)| is_due(book, member)).map(|(address, _)| *address).collect()
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

/// The figures of one size of fund.
struct Row {
    members: usize,
    member_bytes: usize,
    index_bytes: usize,
    /// Time to build the index, in full scans.
    start: f64,
    ticks: Vec<Tick>,
}

/// Means of the price ticks of one size.
struct Tick {
    moved_bps: u64,
    times: u32,
    judged: usize,
    hits: usize,
    index: Duration,
    tidy: Duration,
    scan: Duration,
}

/// Falls of the first market in basis points, each from where the last left it, and how many there
/// are: a quiet hour, then a crash.
const FALLS: [(u64, u32); 5] = [(1, 50), (10, 10), (100, 3), (500, 1), (500, 1)];

fn measure(members: usize) -> Row {
    let empty = ALLOCATED.load(Ordering::Relaxed);
    let mut book = book(members);
    let loaded = ALLOCATED.load(Ordering::Relaxed);
    let (mut triggers, building) = timed(|| Triggers::new(&book));
    let indexed = ALLOCATED.load(Ordering::Relaxed);
    let (due, scanning) = timed(|| scan(&book));
    assert_eq!(triggers.hits(&book), due);
    let mut ticks = Vec::new();
    for (moved_bps, times) in FALLS {
        let (mut hits, mut judged) = (0, 0);
        let [mut index, mut tidied, mut scanned] = [Duration::ZERO; 3];
        for _ in 0..times {
            fall(&mut book, moved_bps);
            let (found, by_index) = timed(|| triggers.hits(&book));
            let ((), by_tidying) = timed(|| triggers.tidy(&book));
            let (expected, by_scan) = timed(|| scan(&book));
            assert_eq!(found, expected, "the index finds the same members as a scan");
            (hits, judged) = (found.len(), judged + triggers.judged());
            (index, tidied, scanned) = (index + by_index, tidied + by_tidying, scanned + by_scan);
        }
        ticks.push(Tick {
            moved_bps,
            times,
            judged: judged / times as usize,
            hits,
            index: index / times,
            tidy: tidied / times,
            scan: scanned / times,
        });
    }
    Row {
        members,
        member_bytes: (loaded - empty) / members,
        index_bytes: (indexed - loaded) / members,
        start: building.as_secs_f64() / scanning.as_secs_f64(),
        ticks,
    }
}

const HEAD: &str = "\
# A million members

## The index by trigger price

The figures are ratios within one run of an optimised build; `cargo xtask keeper-bench` writes them.

- The fund has eight markets. Of a hundred members 80 hold one position, 15 two and 5 eight, with one to four
  times the initial margin.
- Each tick moves the first market down from where the last one left it.
- A member that holds several markets can be reached too early; it is then placed again (\"tidied\").
- Every tick checks that the index finds the same members as a scan.

| members | ticks | fall of each | judged in each | due after them | times faster than a scan | and tidied |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |
";

const MEMORY_HEAD: &str = "
| members | bytes a member: account | and index | start: building the index, in scans |
| ---: | ---: | ---: | ---: |
";

fn table(rows: &[Row]) -> String {
    let mut text = String::from(HEAD);
    for row in rows {
        for Tick { moved_bps, times, judged, hits, index, tidy, scan } in &row.ticks {
            let faster = |part: Duration| rounded(scan.as_secs_f64() / part.as_secs_f64());
            let _ = writeln!(
                text,
                "| {} | {times} | {:.2}% | {} | {} | {} | {} |",
                thousands(row.members as u64),
                *moved_bps as f64 / 100.0,
                thousands(*judged as u64),
                thousands(*hits as u64),
                faster(*index),
                faster(*index + *tidy)
            );
        }
    }
    text.push_str(MEMORY_HEAD);
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.1} |",
            thousands(row.members as u64),
            row.member_bytes,
            row.index_bytes,
            row.start
        );
    }
    text
}

/// Rounds a ratio to two digits, which is all the precision it has.
fn rounded(ratio: f64) -> String {
    let unit = 10f64.powf((ratio.log10().floor() - 1.0).max(-1.0));
    let value = (ratio / unit).round() * unit;
    if value < 10.0 {
        format!("{value:.1}")
    } else {
        thousands(value as u64)
    }
}

fn main() {
    let cli = Cli::parse();
    let sizes = [cli.members / 100, cli.members / 10, cli.members];
    if cli.node {
        let mut book = book(cli.members);
        fall(&mut book, 1_000);
        return node::serve(&book).expect("the node answers");
    }
    let rows: Vec<Row> = sizes.iter().filter(|size| **size > 0).map(|size| measure(*size)).collect();
    let text = table(&rows) + &load::table(cli.members);
    print!("{text}");
    if !cli.check {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/keeper.md");
        fs::write(&path, text).expect("keeper.md can be written");
    }
}
