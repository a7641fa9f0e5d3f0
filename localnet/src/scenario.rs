//! A crash to replay: the price path of each asset, with the source of its figures.

use {
    anyhow::{bail, ensure, Context, Result},
    bulkhead_format::{parse_utc, utc},
    serde::Deserialize,
    std::{collections::BTreeSet, fs, path::Path},
};

/// The scenarios of this repository: crashes in order of time, then what is constructed.
const BUNDLED: [(&str, &str); 7] = [
    ("2020-03-12", include_str!("../scenarios/2020-03-12.toml")),
    ("2021-05-19", include_str!("../scenarios/2021-05-19.toml")),
    ("2022-11-ftx", include_str!("../scenarios/2022-11-ftx.toml")),
    ("2025-10-10", include_str!("../scenarios/2025-10-10.toml")),
    ("cover", include_str!("../scenarios/cover.toml")),
    ("total-loss", include_str!("../scenarios/total-loss.toml")),
    ("wind-down", include_str!("../scenarios/wind-down.toml")),
];

/// The scenario that is replayed when none is named.
pub const DEFAULT: &str = "2020-03-12";

/// A price at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Milliseconds after the scenario's start.
    pub at_ms: i64,
    pub usd: f64,
}

/// One asset's path.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetPath {
    /// The symbol in the market's parameters.
    pub symbol: String,
    /// Sources of the figures.
    pub source: Vec<String>,
    /// In order of time; the first point is the start.
    pub path: Vec<Point>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    pub name: String,
    pub title: String,
    /// The special feature of this scenario.
    pub note: Option<String>,
    /// Whether members are one linked group against all others.
    pub linked: bool,
    /// The last layer of the waterfall that a run must reach; zero if none must be.
    pub reaches: usize,
    /// Whether nobody registers the gains of winners in time, so that layer 6 finds nothing to cut.
    pub unregistered: bool,
    /// Whether the fund covers a protocol and a lending pool that the crash ruins.
    pub covers: bool,
    /// Unix time of the start.
    pub start_ts: i64,
    pub assets: Vec<AssetPath>,
}

/// All prices at one time. An asset without a point of its own keeps its last price.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Milliseconds after the scenario's start.
    pub at_ms: i64,
    /// US dollars, in the order of [`Scenario::assets`].
    pub usd: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    note: Option<String>,
    #[serde(default)]
    linked: bool,
    #[serde(default)]
    reaches: usize,
    #[serde(default)]
    unregistered: bool,
    #[serde(default)]
    covers: bool,
    start_utc: String,
    asset: Vec<FileAsset>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAsset {
    symbol: String,
    source: Vec<String>,
    /// Minutes after the start, and US dollars.
    path: Vec<(f64, f64)>,
}

/// Names of the scenarios in this repository.
pub fn names() -> Vec<&'static str> {
    BUNDLED.iter().map(|(name, _)| *name).collect()
}

/// Loads the scenario of this name, or the one in this file.
pub fn load(name_or_path: &str) -> Result<Scenario> {
    if let Some((_, text)) = BUNDLED.iter().find(|(name, _)| *name == name_or_path) {
        return parse(text).with_context(|| format!("in the bundled scenario {name_or_path}"));
    }
    let path = Path::new(name_or_path);
    ensure!(
        path.extension().is_some_and(|extension| extension == "toml"),
        "there is no scenario {name_or_path:?}: choose one of {}, or give the path of a .toml file",
        names().join(", ")
    );
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the scenario file {name_or_path}: check the path"))?;
    parse(&text).with_context(|| format!("in {name_or_path}"))
}

/// Reads a scenario from its TOML text.
pub fn parse(text: &str) -> Result<Scenario> {
    let file: File =
        toml::from_str(text).context("not a scenario file: see localnet/scenarios for the format")?;
    let start_ts = parse_utc(&file.start_utc)
        .with_context(|| format!("start_utc {:?} is not like \"2025-10-10T18:00:00Z\"", file.start_utc))?;
    let assets = file.asset.into_iter().map(|asset| AssetPath {
        symbol: asset.symbol,
        source: asset.source,
        path: asset
            .path
            .iter()
            .map(|(minutes, usd)| Point { at_ms: (minutes * 60_000.0).round() as i64, usd: *usd })
            .collect(),
    });
    let scenario = Scenario {
        name: file.name,
        title: file.title,
        note: file.note,
        linked: file.linked,
        reaches: file.reaches,
        unregistered: file.unregistered,
        covers: file.covers,
        start_ts,
        assets: assets.collect(),
    };
    scenario.validate()?;
    Ok(scenario)
}

impl Scenario {
    /// Refuses a scenario that cannot be replayed; the error names the place.
    pub fn validate(&self) -> Result<()> {
        ensure!(!self.assets.is_empty(), "the scenario has no asset");
        let symbols: BTreeSet<&str> = self.assets.iter().map(|asset| asset.symbol.as_str()).collect();
        ensure!(symbols.len() == self.assets.len(), "an asset is given twice");
        for AssetPath { symbol, path, .. } in &self.assets {
            ensure!(path.len() >= 2, "{symbol}: a path needs at least two points");
            ensure!(path[0].at_ms == 0, "{symbol}: the first point must be at minute 0, the start");
            for pair in path.windows(2) {
                let at = pair[1].at_ms as f64 / 60_000.0;
                ensure!(
                    pair[0].at_ms < pair[1].at_ms,
                    "{symbol}: the point at minute {at} is not after the one before it"
                );
            }
            for point in path {
                // A mantissa with eight decimals must fit the oracle's i64.
                if !(point.usd > 0.0 && point.usd < 1e10) {
                    bail!(
                        "{symbol}: {} at minute {} is not a price",
                        point.usd,
                        point.at_ms as f64 / 60_000.0
                    );
                }
            }
        }
        Ok(())
    }

    /// Every time at which some asset has a point, with the prices of all of them.
    pub fn ticks(&self) -> Vec<Tick> {
        let times: BTreeSet<i64> =
            self.assets.iter().flat_map(|asset| asset.path.iter().map(|p| p.at_ms)).collect();
        times
            .into_iter()
            .map(|at_ms| Tick { at_ms, usd: self.assets.iter().map(|asset| asset.at(at_ms)).collect() })
            .collect()
    }

    /// Keeps one tick in `minutes`, and the first and the last one.
    pub fn sample(&mut self, minutes: u32) {
        let step = i64::from(minutes) * 60_000;
        for asset in &mut self.assets {
            let last = asset.path.last().map(|point| point.at_ms);
            let mut next = 0;
            asset.path.retain(|point| {
                let keep = point.at_ms >= next || Some(point.at_ms) == last;
                if point.at_ms >= next {
                    next = point.at_ms + step;
                }
                keep
            });
        }
    }

    /// The time of a tick.
    pub fn utc(&self, at_ms: i64) -> String {
        utc(self.start_ts * 1_000 + at_ms)
    }
}

impl AssetPath {
    /// The last price at or before `at_ms`.
    fn at(&self, at_ms: i64) -> f64 {
        let known = self.path.partition_point(|point| point.at_ms <= at_ms);
        self.path[known.max(1) - 1].usd
    }

    /// The largest fall from a high to a later low, as a fraction.
    pub fn drawdown(&self) -> f64 {
        let mut high = 0.0f64;
        self.path.iter().fold(0.0, |worst: f64, point| {
            high = high.max(point.usd);
            worst.max(1.0 - point.usd / high)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        name = "small"
        title = "Small"
        start_utc = "2025-10-10T18:00:00Z"
        [[asset]]
        symbol = "BTC"
        source = ["here"]
        path = [[0, 100.0], [2.5, 90.0], [10, 95.0]]
        [[asset]]
        symbol = "SOL"
        source = ["there"]
        path = [[0, 10.0], [5, 7.0]]
    "#;

    #[test]
    fn ticks_are_the_union_of_the_points() {
        let ticks = parse(SMALL).unwrap().ticks();
        let flat: Vec<_> = ticks.iter().map(|tick| (tick.at_ms / 1_000, tick.usd.clone())).collect();
        let expected =
            [(0, vec![100.0, 10.0]), (150, vec![90.0, 10.0]), (300, vec![90.0, 7.0]), (600, vec![95.0, 7.0])];
        assert_eq!(flat, expected);
    }

    #[test]
    fn every_bundled_scenario_is_well_formed() {
        for name in names() {
            let scenario = load(name).unwrap();
            assert_eq!(scenario.name, name);
            for asset in &scenario.assets {
                assert!(
                    (30..=120).contains(&asset.path.len()),
                    "{name} {}: {} points",
                    asset.symbol,
                    asset.path.len()
                );
                assert!(!asset.source.is_empty());
                assert!(asset.drawdown() > 0.1, "{name} {} does not crash", asset.symbol);
            }
        }
    }

    #[test]
    fn what_cannot_be_replayed_is_named() {
        let refused = |from: &str, to: &str| format!("{:#}", parse(&SMALL.replace(from, to)).unwrap_err());
        assert!(refused("[2.5, 90.0]", "[2.5, -1.0]").contains("BTC: -1 at minute 2.5 is not a price"));
        assert!(refused("[10, 95.0]", "[2, 95.0]").contains("minute 2 is not after"));
        assert!(refused("[[0, 10.0]", "[[1, 10.0]").contains("SOL: the first point"));
        assert!(refused("symbol = \"SOL\"", "symbol = \"BTC\"").contains("given twice"));
        assert!(refused("18:00:00Z", "18:00").contains("start_utc"));
        assert!(refused("title", "titel").contains("not a scenario file"));
        assert!(
            format!("{:#}", load("2025-10-11").unwrap_err()).contains("choose one of 2020-03-12, 2021-05-19")
        );
        assert!(format!("{:#}", load("missing.toml").unwrap_err()).contains("check the path"));
    }

    #[test]
    fn sampling_keeps_both_ends() {
        let mut scenario = parse(SMALL).unwrap();
        scenario.sample(10);
        let times: Vec<i64> = scenario.assets[0].path.iter().map(|point| point.at_ms / 60_000).collect();
        assert_eq!(times, [0, 10]);
        assert_eq!(scenario.assets[1].path.len(), 2);
    }
}
