//! Real prices as paths: replay from every start hour, crash windows, and filtered historical
//! simulation.
//!
//! The hour of a bar is drawn through its opening, its two extremes and its close, four steps each.
//! A bar that closes lower touches its high first: then its fall is as long as it can be.

use crate::{
    behaviour::{HOUR, STEPS},
    fund::Market,
    parameters,
    paths::{Path, Paths},
    random::Random,
    Shipped,
};
use anyhow::Result;
use bulkhead_calibrate::{
    folder,
    replay::{replay, state_at, State, Step},
    series::{Bar, Series},
};
use bulkhead_model::{Int, MarketParams, Rates};
use serde::Serialize;
use std::collections::BTreeMap;

/// An hour in seconds.
const HOUR_SECS: i64 = 3_600;
/// A step in seconds.
const STEP: i64 = 300;
/// Hours of a day.
const HOURS: usize = STEPS / HOUR;

/// One hour of one asset: logarithms of high, low and close over the opening.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HourBar {
    high: f64,
    low: f64,
    close: f64,
}

/// An hour of one asset, with its multiples: see [`Row::multiples`].
type Hour = (HourBar, (f64, f64));

/// An hour of all assets.
#[derive(Clone, Debug)]
pub struct Row {
    /// Opening time, unix seconds.
    pub ts: i64,
    /// By market.
    pub bars: Vec<HourBar>,
    /// Initial and maintenance margin in force, as multiples of the base rates or of those in force
    /// in a fund, by market.
    pub multiples: Vec<(f64, f64)>,
}

/// Hours in which all assets have prices, and crashes in finer steps.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// In order of time; holes are possible.
    pub rows: Vec<Row>,
    /// Crash windows.
    pub windows: Vec<Window>,
}

/// A crash, every five minutes.
#[derive(Clone, Debug)]
pub struct Window {
    /// Its name.
    pub name: String,
    /// Files that it was made of.
    pub files: Vec<String>,
    /// Time of the first price.
    pub start: i64,
    /// Prices, by market; markets without a file in the window stay at 1.
    pub price: Vec<Vec<f64>>,
    /// See [`Row::multiples`]; one list for each hour of the window.
    pub multiples: Vec<Vec<(f64, f64)>>,
}

impl HourBar {
    fn new(bar: &Bar) -> Self {
        let of = |price: f64| libm::log(price / bar.open);
        Self { high: of(bar.high), low: of(bar.low), close: of(bar.close) }
    }

    /// The log price at a step of the hour, from 1 to 12.
    fn at(&self, step: usize) -> f64 {
        let (first, second) = if self.close < 0.0 { (self.high, self.low) } else { (self.low, self.high) };
        let knots = [0.0, first, second, self.close];
        let third = HOUR / 3;
        let (knot, part) = ((step - 1) / third, ((step - 1) % third + 1) as f64 / third as f64);
        knots[knot] + part * (knots[knot + 1] - knots[knot])
    }
}

impl History {
    /// Joins the series of all markets, and replays the rates in force with the chain's mathematics.
    pub fn new(series: &[Vec<Series>], parameters: &Shipped) -> Result<Self> {
        let mut joint: BTreeMap<i64, Vec<Option<Hour>>> = BTreeMap::new();
        let mut replays = Vec::new();
        for (index, (series, (_, params))) in series.iter().zip(&parameters.markets).enumerate() {
            let history = folder::history(series, HOUR_SECS)?;
            let steps = rates_along(history, params, None)?;
            for (bar, step) in history.bars.iter().zip(&steps) {
                let row = joint.entry(bar.ts).or_insert_with(|| vec![None; parameters.markets.len()]);
                row[index] = Some((HourBar::new(bar), multiples(step, &params.rates)));
            }
            replays.push(steps);
        }
        let whole = joint.into_iter().filter_map(|(ts, row)| {
            let row: Option<Vec<_>> = row.into_iter().collect();
            let (bars, multiples) = row?.into_iter().unzip();
            Some(Row { ts, bars, multiples })
        });
        Ok(Self { rows: whole.collect(), windows: windows(series, parameters, &replays)? })
    }

    /// Makes the multiples relative to the rates in force in a fund: they are relative to the base
    /// rates before.
    pub fn relative_to(&mut self, markets: &[Market], parameters: &Shipped) {
        let now: Vec<(f64, f64)> = markets
            .iter()
            .zip(&parameters.markets)
            .map(|(market, (_, params))| {
                let base = |bps: Int| parameters::fraction(bps);
                (
                    market.initial / base(params.rates.initial),
                    market.maintenance / base(params.rates.maintenance),
                )
            })
            .collect();
        let rows = self.rows.iter_mut().map(|row| &mut row.multiples);
        let windows = self.windows.iter_mut().flat_map(|window| &mut window.multiples);
        for multiples in rows.chain(windows) {
            for (multiple, now) in multiples.iter_mut().zip(&now) {
                *multiple = (multiple.0 / now.0, multiple.1 / now.1);
            }
        }
    }

    /// Log returns of whole hours, by row and market.
    pub fn returns(&self) -> Vec<Vec<f64>> {
        self.rows.iter().map(|row| row.bars.iter().map(|bar| bar.close).collect()).collect()
    }
}

/// Replays the rates in force along prices, with the chain's mathematics.
fn rates_along(series: &Series, params: &MarketParams, before: Option<State>) -> Result<Vec<Step>> {
    let proposal = parameters::proposal(params)?;
    Ok(replay(series, &proposal, params.price_decimals as u8, HOUR_SECS, before))
}

fn multiples(step: &Step, base: &Rates) -> (f64, f64) {
    let of = |bps: u16, base: Int| f64::from(bps) / base as f64;
    (of(step.initial_bps, base.initial), of(step.maintenance_bps, base.maintenance))
}

/// One window for each crash that at least one market has prices of.
fn windows(series: &[Vec<Series>], parameters: &Shipped, replays: &[Vec<Step>]) -> Result<Vec<Window>> {
    let mut names: Vec<&str> = series.iter().flatten().map(|series| series.window.as_str()).collect();
    names.retain(|name| *name != folder::HISTORY);
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| window(name, series, parameters, replays)).collect()
}

fn window(name: &str, series: &[Vec<Series>], parameters: &Shipped, replays: &[Vec<Step>]) -> Result<Window> {
    let of = |series: &Vec<Series>| -> Option<Series> {
        folder::finest(series, HOUR_SECS).into_iter().find(|series| series.window == name).cloned()
    };
    let found: Vec<Option<Series>> = series.iter().map(of).collect();
    let known = || found.iter().flatten();
    let start = known().map(Series::start).min().unwrap_or_default();
    let end = known().map(Series::end).max().unwrap_or_default();
    let steps = usize::try_from((end - start) / STEP).unwrap_or_default();
    let price = found.iter().map(|series| five_minutes(series.as_ref(), start, steps)).collect();
    let mut multiples = vec![vec![(1.0, 1.0); found.len()]; steps / HOUR + 1];
    for (index, series) in found.iter().enumerate() {
        let Some(series) = series else { continue };
        let params = &parameters.markets[index].1;
        // The rates of the history go on along the window's own prices.
        let before = state_at(&replays[index], series.start());
        let own = rates_along(series, params, before)?;
        for (hour, multiples) in multiples.iter_mut().enumerate() {
            let ts = start + hour as i64 * HOUR_SECS;
            let after = own.partition_point(|step| step.state.ts <= ts);
            if let Some(step) = own[..after].last() {
                multiples[index] = self::multiples(step, &params.rates);
            }
        }
    }
    Ok(Window {
        name: name.into(),
        files: known().map(|series| series.file.clone()).collect(),
        start,
        price,
        multiples,
    })
}

/// Prices every five minutes. A bar of five minutes counts with its furthest price, shorter ones are
/// joined first, longer ones are drawn through their extremes.
fn five_minutes(series: Option<&Series>, start: i64, steps: usize) -> Vec<f64> {
    let mut prices = vec![f64::NAN; steps + 1];
    for bar in series.into_iter().flat_map(|series| joined(&series.bars)) {
        let length = series.map_or(STEP, |series| series.step_secs.max(STEP)) / STEP;
        let first = (bar.ts - start) / STEP;
        for part in 1..=length {
            let price = if length == 1 { furthest(&bar) } else { along(&bar, part, length) };
            let place = usize::try_from(first + part).unwrap_or(usize::MAX);
            if let Some(slot) = prices.get_mut(place) {
                *slot = price;
            }
        }
        let place = usize::try_from(first).unwrap_or(usize::MAX);
        if let Some(slot) = prices.get_mut(place).filter(|slot| slot.is_nan()) {
            *slot = bar.open;
        }
    }
    // Before its first and in holes a market stands still.
    let mut last = prices.iter().copied().find(|price| !price.is_nan()).unwrap_or(1.0);
    for price in &mut prices {
        if price.is_nan() {
            *price = last;
        }
        last = *price;
    }
    prices
}

/// Bars joined to at least five minutes, at whole multiples of them.
fn joined(bars: &[Bar]) -> Vec<Bar> {
    let mut found: Vec<Bar> = Vec::new();
    for bar in bars {
        let ts = bar.ts.div_euclid(STEP) * STEP;
        match found.last_mut().filter(|last| last.ts == ts) {
            Some(last) => {
                last.high = last.high.max(bar.high);
                last.low = last.low.min(bar.low);
                last.close = bar.close;
            }
            None => found.push(Bar { ts, ..*bar }),
        }
    }
    found
}

/// The price of a bar that is furthest from its opening.
fn furthest(bar: &Bar) -> f64 {
    if bar.open - bar.low > bar.high - bar.open {
        bar.low
    } else {
        bar.high
    }
}

/// The price of a part of a longer bar.
fn along(bar: &Bar, part: i64, length: i64) -> f64 {
    let step = (part * HOUR as i64 / length) as usize;
    bar.open * libm::exp(HourBar::new(bar).at(step))
}

/// Every start hour from which a day of prices follows, in the history and in the crash windows.
pub struct Replay<'h> {
    history: &'h History,
    starts: Vec<Start>,
}

/// Where a day begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Row(usize),
    Window(usize, usize),
}

/// A start in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Unix seconds.
    pub ts: i64,
    /// The window, or `history`.
    pub source: String,
}

impl<'h> Replay<'h> {
    /// All starts: in the history first, then window by window. In a window the last day starts so
    /// late that its crash is in it whole or in part; prices stand still after the window's end.
    pub fn new(history: &'h History) -> Self {
        let rows = &history.rows;
        let span = (HOURS as i64 - 1) * HOUR_SECS;
        let is_whole =
            |index: &usize| rows.get(index + HOURS - 1).is_some_and(|last| last.ts - rows[*index].ts == span);
        let mut starts: Vec<Start> = (0..rows.len()).filter(is_whole).map(Start::Row).collect();
        for (index, window) in history.windows.iter().enumerate() {
            let steps = window.price.first().map_or(0, |prices| prices.len() - 1);
            starts.extend((0..steps).step_by(HOUR).map(|step| Start::Window(index, step)));
        }
        Self { history, starts }
    }

    /// Where a path begins.
    pub fn name(&self, index: usize) -> Named {
        match self.starts[index] {
            Start::Row(row) => Named { ts: self.history.rows[row].ts, source: "history".into() },
            Start::Window(window, step) => {
                let window = &self.history.windows[window];
                Named { ts: window.start + step as i64 * STEP, source: window.name.clone() }
            }
        }
    }
}

impl Paths for Replay<'_> {
    fn count(&self) -> usize {
        self.starts.len()
    }

    fn fill(&self, index: usize, path: &mut Path) {
        match self.starts[index] {
            Start::Row(row) => {
                let rows = &self.history.rows[row..row + HOURS];
                let scale = vec![1.0; path.price.len()];
                draw(path, rows.iter().map(|row| (row, scale.as_slice())));
                set_multiples(path, &rows[0].multiples);
            }
            Start::Window(window, start) => {
                let window = &self.history.windows[window];
                for (prices, known) in path.price.iter_mut().zip(&window.price) {
                    for (step, price) in prices.iter_mut().enumerate() {
                        let place = (start + step).min(known.len() - 1);
                        *price = known[place] / known[start];
                    }
                }
                set_multiples(path, &window.multiples[start / HOUR]);
            }
        }
    }
}

fn set_multiples(path: &mut Path, multiples: &[(f64, f64)]) {
    for (market, (initial, maintenance)) in multiples.iter().enumerate() {
        path.initial_multiple[market] = *initial;
        path.maintenance_multiple[market] = *maintenance;
    }
}

/// Draws hours after each other, each with a factor of its log returns by market.
fn draw<'r>(path: &mut Path, hours: impl Iterator<Item = (&'r Row, &'r [f64])>) {
    let mut logs = vec![0.0; path.price.len()];
    for (hour, (row, scale)) in hours.enumerate() {
        for (market, bar) in row.bars.iter().enumerate() {
            for step in 1..=HOUR {
                let log = logs[market] + scale[market] * bar.at(step);
                path.price[market][hour * HOUR + step] = libm::exp(log);
            }
            logs[market] += scale[market] * bar.close;
        }
    }
}

/// Filtered historical simulation (Barone-Adesi, Giannopoulos, Vosper): hours are drawn with
/// replacement as residuals, returns over the volatility of their time, and scaled to the volatility
/// of the path, which they move on. A row keeps all assets, so crashes stay joint.
pub struct Filtered<'h> {
    history: &'h History,
    /// Volatility of an hour before each row, by market.
    deviation: Vec<Vec<f64>>,
    /// At the start of a path, by market.
    now: Vec<f64>,
    keep: f64,
    seed: u64,
    count: usize,
    /// First row with a volatility that has forgotten its start.
    first: usize,
}

impl<'h> Filtered<'h> {
    /// Paths that start from `now`, the deviation of an hour by market, or else from the median of
    /// the history; the volatility has a half-life of `half_life` hours.
    ///
    /// # Errors
    /// When the history is shorter than ten half-lives.
    pub fn new(
        history: &'h History,
        now: Option<Vec<f64>>,
        half_life: f64,
        seed: u64,
        count: usize,
    ) -> Result<Self> {
        let keep = libm::exp2(-1.0 / half_life);
        let first = (5.0 * half_life) as usize;
        anyhow::ensure!(
            history.rows.len() > 2 * first,
            "{} joint hours are too few for filtered historical simulation",
            history.rows.len()
        );
        let returns = history.returns();
        let markets = returns.first().map_or(0, Vec::len);
        let n = returns.len() as f64;
        let start = (0..markets).map(|market| returns.iter().map(|row| row[market].powi(2)).sum::<f64>() / n);
        let mut variance: Vec<f64> = start.collect();
        let mut deviation = Vec::with_capacity(returns.len());
        for row in &returns {
            deviation.push(variance.iter().map(|variance| variance.sqrt()).collect::<Vec<_>>());
            for (variance, r) in variance.iter_mut().zip(row) {
                *variance = keep * *variance + (1.0 - keep) * r * r;
            }
        }
        let median = |market: usize| {
            let mut values: Vec<f64> = deviation[first..].iter().map(|row| row[market]).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let now = now.unwrap_or_else(|| (0..markets).map(median).collect());
        Ok(Self { history, deviation, now, keep, seed, count, first })
    }

    /// Deviation of an hour at the start of a path, by market.
    pub fn now(&self) -> &[f64] {
        &self.now
    }
}

impl Paths for Filtered<'_> {
    fn count(&self) -> usize {
        self.count
    }

    fn fill(&self, index: usize, path: &mut Path) {
        let mut random = Random::new(self.seed ^ 0xF117, index as u64);
        let mut variance: Vec<f64> = self.now.iter().map(|deviation| deviation * deviation).collect();
        let mut hours: Vec<(usize, Vec<f64>)> = Vec::with_capacity(HOURS);
        for _ in 0..HOURS {
            let row = self.first + random.below(self.history.rows.len() - self.first);
            let scale: Vec<f64> = variance
                .iter()
                .zip(&self.deviation[row])
                .map(|(variance, then)| variance.sqrt() / then.max(1e-9))
                .collect();
            for ((variance, scale), bar) in variance.iter_mut().zip(&scale).zip(&self.history.rows[row].bars)
            {
                let r = scale * bar.close;
                *variance = self.keep * *variance + (1.0 - self.keep) * r * r;
            }
            hours.push((row, scale));
        }
        draw(path, hours.iter().map(|(row, scale)| (&self.history.rows[*row], scale.as_slice())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::tests::plain_market;

    fn bar(high: f64, low: f64, close: f64) -> HourBar {
        HourBar { high: libm::log(high), low: libm::log(low), close: libm::log(close) }
    }

    fn row(ts: i64, close: f64) -> Row {
        Row { ts, bars: vec![bar(1.02, 0.97, close)], multiples: vec![(1.0, 1.0)] }
    }

    #[test]
    fn an_hour_goes_through_its_extremes() {
        let falls = bar(1.02, 0.9, 0.95);
        let at = |bar: HourBar, step: usize| libm::exp(bar.at(step));
        let near = |is: f64, expected: f64| assert!((is - expected).abs() < 1e-12, "{is}");
        near(at(falls, 4), 1.02);
        near(at(falls, 8), 0.9);
        near(at(falls, 12), 0.95);
        near(at(bar(1.1, 0.98, 1.05), 4), 0.98);
    }

    #[test]
    fn a_replay_begins_at_every_hour_without_holes_ahead() {
        let rows = (0..50).map(|hour| row(hour * HOUR_SECS, 0.99)).collect();
        let mut history = History { rows, windows: vec![] };
        history.rows[10].multiples = vec![(2.0, 1.5)];
        assert_eq!(Replay::new(&history).count(), 27);
        let mut path = Path::flat(1);
        let replay = Replay::new(&history);
        replay.fill(10, &mut path);
        assert!((path.price[0][STEPS] - 0.99f64.powi(24)).abs() < 1e-9);
        assert_eq!((path.initial_multiple[0], path.maintenance_multiple[0]), (2.0, 1.5));
        assert_eq!(replay.name(10).ts, 10 * HOUR_SECS);
        history.rows.remove(30);
        assert_eq!(Replay::new(&history).count(), 7, "no day over the hole");
    }

    #[test]
    fn margins_of_the_past_are_multiples_of_those_in_force() {
        let mut history = History { rows: vec![row(0, 1.0)], windows: vec![] };
        history.rows[0].multiples = vec![(2.0, 1.5)];
        // The fund's rates are twice the base rates already.
        let shipped = Shipped::bundled().unwrap();
        let base = &shipped.markets[0].1.rates;
        let twice = |bps: Int| 2.0 * parameters::fraction(bps);
        let (initial, maintenance) = (twice(base.initial), twice(base.maintenance));
        history.relative_to(&[Market { initial, maintenance, ..plain_market() }], &shipped);
        assert_eq!(history.rows[0].multiples, [(1.0, 0.75)]);
    }

    #[test]
    fn bars_of_every_length_become_five_minutes() {
        let minute = |ts: i64, low: f64| Bar { ts, open: 10.0, high: 10.2, low, close: 10.1, volume: None };
        let joined = joined(&[minute(0, 9.0), minute(60, 8.0), minute(300, 9.9)]);
        assert_eq!(joined.len(), 2);
        assert_eq!((joined[0].low, furthest(&joined[0]), furthest(&joined[1])), (8.0, 8.0, 10.2));
        let long = Bar { ts: 0, open: 10.0, high: 10.5, low: 8.0, close: 9.0, volume: None };
        assert!((along(&long, 1, 3) - 10.5).abs() < 1e-9 && (along(&long, 2, 3) - 8.0).abs() < 1e-9);
    }

    /// Rows that are all alike but for their volatility give the volatility of now.
    #[test]
    fn residuals_are_scaled_to_the_volatility_of_now() {
        let mut random = Random::new(2, 0);
        let rows = (0..4_000).map(|hour| {
            let size = if hour < 2_000 { 0.002 } else { 0.02 };
            let close = size * random.normal();
            let bars = vec![HourBar { high: close.max(0.0), low: close.min(0.0), close }];
            Row { ts: hour * HOUR_SECS, bars, multiples: vec![(1.0, 1.0)] }
        });
        let history = History { rows: rows.collect(), windows: vec![] };
        let filtered = Filtered::new(&history, Some(vec![0.01]), 24.0, 1, 20_000).unwrap();
        let mut path = Path::flat(1);
        let mut sum = 0.0;
        for index in 0..filtered.count() {
            filtered.fill(index, &mut path);
            sum += libm::log(path.price[0][STEPS]).powi(2);
        }
        let deviation = (sum / filtered.count() as f64 / 24.0).sqrt();
        assert!((deviation / 0.01 - 1.0).abs() < 0.1, "{deviation}");
    }
}
