//! Real prices: the crashes that the demo replays, and those in the folder that `BULKHEAD_PRICES` names.

use {
    anyhow::{Context, Result},
    bulkhead_localnet::{
        scenario::{self, Scenario},
        series,
    },
    std::path::PathBuf,
};

/// What the two markets are marked at, in this order of preference.
const FIRST: [&str; 2] = ["SOL", "ETH"];
const SECOND: &str = "BTC";
const DECIMALS: f64 = 1e8;

/// Two price paths of one window of time.
#[derive(Clone)]
pub struct Window {
    /// Seconds since the tick before, and both mantissas.
    ticks: Vec<(i64, [u64; 2])>,
    next: usize,
}

impl Window {
    /// The first prices.
    pub fn first(&self) -> [u64; 2] {
        self.ticks[0].1
    }

    /// The next ones, and how long after.
    pub fn tick(&mut self) -> Option<(i64, [u64; 2])> {
        let tick = self.ticks.get(self.next).copied();
        self.next += 1;
        tick
    }

    /// Of a scenario with both markets' assets.
    fn of(scenario: &Scenario) -> Option<Self> {
        let place = |symbol: &str| scenario.assets.iter().position(|asset| asset.symbol == symbol);
        let first = FIRST.iter().find_map(|symbol| place(symbol))?;
        let second = place(SECOND)?;
        let mut last_ms = 0;
        let ticks = scenario.ticks().into_iter().map(|tick| {
            let secs = (tick.at_ms - last_ms) / 1_000;
            last_ms = tick.at_ms;
            (secs, [first, second].map(|asset| (tick.usd[asset] * DECIMALS) as u64))
        });
        Some(Self { ticks: ticks.collect(), next: 1 })
    }
}

/// All windows there are.
pub fn windows() -> Vec<Window> {
    let mut scenarios: Vec<Scenario> =
        scenario::names().iter().map(|name| scenario::load(name).expect("a bundled scenario")).collect();
    if let Some(folder) = std::env::var_os("BULKHEAD_PRICES") {
        scenarios.extend(
            in_folder(&PathBuf::from(folder)).expect("BULKHEAD_PRICES names a folder of price series"),
        );
    }
    scenarios.iter().filter_map(Window::of).collect()
}

fn in_folder(folder: &std::path::Path) -> Result<Vec<Scenario>> {
    let symbols = [FIRST[0], FIRST[1], SECOND];
    let names = series::names(folder, &symbols)?;
    names.iter().map(|name| series::load(folder, Some(name), &symbols).context("a window")).collect()
}
