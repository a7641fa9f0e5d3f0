//! Plots margins against moves, over the history and close up.

use {
    super::svg::{Drawing, Panel, WIDTH},
    crate::{calibration::CloseUp, replay::Step},
    bulkhead_format::{minute, percent},
    bulkhead_math::volatility::Regime,
};

/// Most points of a line: a screen shows no more, and the page stays small.
const MOST_POINTS: usize = WIDTH as usize;

/// Several steps as one point: the largest move and the mean margins.
struct Column {
    ts: i64,
    price: f64,
    largest: f64,
    initial: f64,
    maintenance: f64,
}

/// Plots margins against moves over the whole history, with the regime below.
pub fn history(steps: &[Step], label: &str) -> String {
    plot(steps, label, false)
}

/// Plots a crash: the price, margins against moves, the regime.
pub fn close_up(close_up: &CloseUp, label: &str) -> String {
    plot(&close_up.steps, label, true)
}

fn plot(steps: &[Step], label: &str, with_price: bool) -> String {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return String::new() };
    let times = (first.state.ts, last.state.ts);
    let columns = columns(steps);
    let mut drawing = Drawing::default();
    if with_price {
        let prices = || columns.iter().map(|column| column.price);
        let (low, high) = (prices().fold(f64::MAX, f64::min), prices().fold(0.0, f64::max));
        let mut panel = drawing.panel(80.0, times, (low, high));
        panel.value_axis(price_label);
        panel.line("price", columns.iter().map(|column| (column.ts, column.price)));
        drawing.put(panel);
    }
    let highest = columns.iter().map(|column| column.largest.max(column.initial)).fold(0.0, f64::max);
    let mut panel = drawing.panel(if with_price { 190.0 } else { 260.0 }, times, (0.0, highest * 1.04));
    panel.value_axis(|value| format!("{:.0}%", value * 100.0));
    let moves: Vec<(i64, f64)> = columns.iter().map(|column| (column.ts, column.largest)).collect();
    if with_price {
        panel.area("move", &moves);
    } else {
        panel.columns("move", moves);
    }
    panel.line("maintenance", columns.iter().map(|column| (column.ts, column.maintenance)));
    panel.line("initial", columns.iter().map(|column| (column.ts, column.initial)));
    breaches(&mut panel, steps, with_price);
    drawing.put(panel);

    let mut strip = drawing.panel(9.0, times, (0.0, 1.0));
    for (regime, from, to) in stretches(steps) {
        strip.stretch(regime_class(regime), from, to);
    }
    strip.time_axis();
    drawing.put(strip);
    drawing.finish(label)
}

/// Groups steps in runs of equal length.
fn columns(steps: &[Step]) -> Vec<Column> {
    let length = steps.len().div_ceil(MOST_POINTS).max(1);
    let column = |run: &[Step]| {
        let mean = |rate: fn(&Step) -> u16| {
            run.iter().map(|step| f64::from(rate(step))).sum::<f64>() / run.len() as f64 / 1e4
        };
        let moves = run.iter().filter_map(|step| step.ahead).map(|ahead| ahead.size());
        Column {
            ts: run[0].state.ts,
            price: run[0].price,
            largest: moves.fold(0.0, f64::max),
            initial: mean(|step| step.initial_bps),
            maintenance: mean(|step| step.maintenance_bps),
        }
    };
    steps.chunks(length).map(column).collect()
}

/// Draws a dot for each horizon beyond initial margin. Close up, where horizons overlap, only the
/// deepest of each run gets one.
fn breaches(panel: &mut Panel, steps: &[Step], deepest_only: bool) {
    let beyond = |step: &Step| {
        step.ahead
            .map(|ahead| ahead.size() - f64::from(step.initial_bps) / 1e4)
            .filter(|beyond| *beyond > 0.0)
    };
    for run in steps.chunk_by(|a, b| deepest_only && beyond(a).is_some() == beyond(b).is_some()) {
        let deepest =
            run.iter().filter_map(|step| Some((beyond(step)?, step))).max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, step)) = deepest else { continue };
        let Some(ahead) = step.ahead else { continue };
        let margin = f64::from(step.initial_bps) / 1e4;
        let says = format!(
            "{}: {} {}, initial margin {}",
            minute(step.state.ts),
            percent(ahead.size()),
            ahead.direction(),
            percent(margin)
        );
        panel.dot("breach", step.state.ts, ahead.size(), &says);
    }
}

/// Runs of one regime. A run too short to be seen counts as the one before it.
fn stretches(steps: &[Step]) -> Vec<(Regime, i64, i64)> {
    let Some((first, last)) = steps.first().zip(steps.last()) else { return Vec::new() };
    let least = (last.state.ts - first.state.ts) / MOST_POINTS as i64;
    let mut found: Vec<(Regime, i64, i64)> = Vec::new();
    for run in steps.chunk_by(|a, b| a.state.regime == b.state.regime) {
        let (regime, from) = (run[0].state.regime, run[0].state.ts);
        let to = run.last().map(|step| step.state.ts).unwrap_or(from);
        match found.last_mut() {
            Some(before) if before.0 == regime || to - from < least => before.2 = to,
            Some(before) => {
                before.2 = from;
                found.push((regime, from, to));
            }
            None => found.push((regime, from, to)),
        }
    }
    found
}

fn regime_class(regime: Regime) -> &'static str {
    match regime {
        Regime::RiskOn => "calm",
        Regime::Neutral => "neutral",
        Regime::RiskOff => "stressed",
    }
}

fn price_label(price: f64) -> String {
    if price >= 1_000.0 {
        bulkhead_format::thousands(price as u64)
    } else {
        bulkhead_format::probability(price / 100.0).trim_end_matches('%').into()
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{
            replay::{replay, tests::proposal},
            synthetic::walk,
        },
    };

    #[test]
    fn a_long_history_stays_a_small_plot_with_every_breach() {
        let series = walk("X", 3_600, 50_000, 1.6, 3);
        let steps = replay(&series, &proposal(), 8, 3_600, None);
        let svg = history(&steps, "X");
        assert!(svg.len() < 200_000, "{}", svg.len());
        let beyond = steps
            .iter()
            .filter(|step| step.ahead.is_some_and(|ahead| ahead.size() * 1e4 > f64::from(step.initial_bps)));
        assert_eq!(svg.matches("<circle").count(), beyond.count());
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn regimes_follow_one_another_without_a_hole() {
        let steps = replay(&walk("X", 3_600, 5_000, 1.05, 3), &proposal(), 8, 3_600, None);
        let found = stretches(&steps);
        assert!(found.len() > 1);
        assert!(found.windows(2).all(|pair| pair[0].2 == pair[1].1 && pair[0].0 != pair[1].0), "{found:?}");
        assert_eq!(history(&[], "X"), "");
    }
}
