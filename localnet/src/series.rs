//! Reads full CSV series as a scenario, for `--prices FOLDER`.
//!
//! A series has the columns `timestamp_utc,open,high,low,close[,volume]`, with the time at which a
//! bar opens. File names say the asset: `2025-10-10_BTC_5m_spot.csv` is BTC, of the window
//! `2025-10-10`. Of several files of one window and asset, the finest that covers it is taken.

use {
    crate::scenario::{AssetPath, Point, Scenario},
    anyhow::{bail, ensure, Context, Result},
    bulkhead_calibrate::series::{self, Bar},
    bulkhead_format::{duration, minute},
    std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::{Path, PathBuf},
    },
};

/// A low this far below a bar's open and close becomes a point of its own, at the bar's middle.
const LOW_COUNTS_FROM: f64 = 0.015;

/// A finer file is taken if it covers this much of the longest file of its window and asset.
const COVERAGE: f64 = 0.9;

/// One file, read.
#[derive(Clone, Debug)]
struct Series {
    file: PathBuf,
    step_secs: i64,
    bars: Vec<Bar>,
}

/// Loads the scenario of the series in `folder` for `symbols`: the named window, or the only one
/// there is.
pub fn load(folder: &Path, window: Option<&str>, symbols: &[&str]) -> Result<Scenario> {
    let files = list(folder)?;
    let windows = windows(&files, symbols);
    ensure!(
        !windows.is_empty(),
        "{} has no .csv or .csv.gz file named after one of {} (as in 2025-10-10_BTC_5m.csv)",
        folder.display(),
        symbols.join(", ")
    );
    let name = choose(windows.keys().map(String::as_str), window, folder)?;
    let mut assets = Vec::new();
    for (symbol, files) in &windows[&name] {
        let series: Vec<Series> = files.iter().map(|file| read(file)).collect::<Result<_>>()?;
        assets.push((symbol.clone(), finest(series)));
    }
    build(&name, &assets)
}

/// Names of the windows in `folder` that have series for some of `symbols`.
pub fn names(folder: &Path, symbols: &[&str]) -> Result<Vec<String>> {
    Ok(windows(&list(folder)?, symbols).into_keys().collect())
}

fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| {
        format!("cannot open the price folder {}: give --prices a folder of .csv files", folder.display())
    })?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.ends_with(".csv") || name.ends_with(".csv.gz")
    });
    files.sort();
    Ok(files)
}

/// Groups files by window and symbol.
fn windows(files: &[PathBuf], symbols: &[&str]) -> BTreeMap<String, BTreeMap<String, Vec<PathBuf>>> {
    let mut windows: BTreeMap<String, BTreeMap<String, Vec<PathBuf>>> = BTreeMap::new();
    for file in files {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = name.trim_end_matches(".gz").trim_end_matches(".csv");
        if let Some((window, symbol)) = split_name(stem, symbols) {
            windows.entry(window).or_default().entry(symbol.to_string()).or_default().push(file.clone());
        }
    }
    windows
}

/// Splits a file name: `2025-10-10_BTC_5m_spot` is BTC in the window `2025-10-10`.
fn split_name<'a>(stem: &str, symbols: &[&'a str]) -> Option<(String, &'a str)> {
    let mut before: Vec<&str> = Vec::new();
    for token in stem.split('_') {
        let symbol = symbols.iter().find(|symbol| token == **symbol || token == format!("{symbol}USDT"));
        if let Some(symbol) = symbol {
            let window = before.join("_");
            return Some((if window.is_empty() { "all".into() } else { window }, symbol));
        }
        before.push(token);
    }
    None
}

fn choose<'a>(
    mut names: impl Iterator<Item = &'a str> + Clone,
    wanted: Option<&str>,
    folder: &Path,
) -> Result<String> {
    let all: Vec<&str> = names.clone().collect();
    if let Some(wanted) = wanted {
        // A window may carry a word after the date: 2020-03-12_covid.
        let found = names.find(|name| {
            *name == wanted || name.replace('_', "-") == wanted || name.starts_with(&format!("{wanted}_"))
        });
        let Some(found) = found else {
            bail!(
                "{} has no window {wanted:?}: choose one of {} with --scenario",
                folder.display(),
                all.join(", ")
            );
        };
        return Ok(found.to_string());
    }
    ensure!(
        all.len() == 1,
        "{} has several windows: choose one of {} with --scenario",
        folder.display(),
        all.join(", ")
    );
    Ok(all[0].to_string())
}

/// Reads a file, plain or packed. Every error names the file, and a row's its line: see
/// [`bulkhead_calibrate::series::read`].
fn read(file: &Path) -> Result<Series> {
    let bars = series::read(file)?;
    Ok(Series { file: file.to_path_buf(), step_secs: series::step_secs(&bars, file)?, bars })
}

/// The finest of the series that cover (nearly) as much as the longest.
fn finest(series: Vec<Series>) -> Series {
    let longest = series.iter().map(Series::span).max().unwrap_or_default();
    let covers = |series: &Series| series.span() as f64 >= longest as f64 * COVERAGE;
    let mut candidates: Vec<Series> = series.into_iter().filter(covers).collect();
    candidates.sort_by_key(|series| series.step_secs);
    candidates.swap_remove(0) // the longest one covers itself
}

impl Series {
    fn start(&self) -> i64 {
        self.bars[0].ts
    }

    fn end(&self) -> i64 {
        self.bars[self.bars.len() - 1].ts + self.step_secs
    }

    fn span(&self) -> i64 {
        self.end() - self.start()
    }

    /// The longest time without a bar, with where it begins, if some are missing.
    fn hole(&self) -> Option<(i64, i64)> {
        let pairs = self.bars.windows(2).map(|pair| (pair[0].ts + self.step_secs, pair[1].ts));
        let longest = pairs.map(|(from, to)| (to - from, from)).max()?;
        (longest.0 > 0).then_some(longest)
    }

    /// A sentence about a hole: the replay holds the last price in it.
    fn complaint(&self) -> Option<String> {
        let (secs, from) = self.hole()?;
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Some(format!("{name} has no prices for {} from {} UTC on", duration(secs), minute(from)))
    }

    /// The open of the first bar, then each bar's close at its end, and its low at its middle where
    /// it counts.
    fn points(&self) -> BTreeMap<i64, f64> {
        let mut points = BTreeMap::from([(self.start() * 1_000, self.bars[0].open)]);
        for bar in &self.bars {
            if bar.low < bar.open.min(bar.close) * (1.0 - LOW_COUNTS_FROM) {
                points.insert(bar.ts * 1_000 + self.step_secs * 500, bar.low);
            }
            points.insert((bar.ts + self.step_secs) * 1_000, bar.close);
        }
        points
    }
}

/// Builds a scenario of the time that all series cover.
fn build(name: &str, assets: &[(String, Series)]) -> Result<Scenario> {
    let start = assets.iter().map(|(_, series)| series.start()).max().unwrap_or_default();
    let end = assets.iter().map(|(_, series)| series.end()).min().unwrap_or_default();
    let holes: Vec<String> = assets.iter().filter_map(|(_, series)| series.complaint()).collect();
    let symbols: BTreeSet<&str> = assets.iter().map(|(symbol, _)| symbol.as_str()).collect();
    ensure!(start < end, "the series of {symbols:?} in window {name} do not overlap in time");
    let assets = assets.iter().map(|(symbol, series)| {
        let points = series.points();
        let opening =
            points.range(..=start * 1_000).next_back().map(|(_, usd)| *usd).unwrap_or(series.bars[0].open);
        let mut path = vec![Point { at_ms: 0, usd: opening }];
        let inside = points.range(start * 1_000 + 1..=end * 1_000);
        path.extend(inside.map(|(at, usd)| Point { at_ms: at - start * 1_000, usd: *usd }));
        let file =
            series.file.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
        AssetPath { symbol: symbol.clone(), source: vec![file], path }
    });
    let scenario = Scenario {
        name: name.to_string(),
        title: format!("{name}, full series"),
        note: (!holes.is_empty()).then(|| format!("{}; the last price is held", holes.join("; "))),
        linked: false,
        reaches: 0,
        unregistered: false,
        covers: false,
        start_ts: start,
        assets: assets.collect(),
    };
    scenario.validate()?;
    Ok(scenario)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(start: i64, step: i64, closes: &[f64]) -> Series {
        let bars = closes.iter().enumerate().map(|(index, close)| Bar {
            ts: start + index as i64 * step,
            open: 100.0,
            high: close.max(100.0),
            low: if *close < 95.0 { close * 0.9 } else { close.min(100.0) },
            close: *close,
            volume: None,
        });
        Series { file: "x.csv".into(), step_secs: step, bars: bars.collect() }
    }

    #[test]
    fn names_tell_window_and_asset() {
        let symbols = ["BTC", "SOL"];
        for (stem, expected) in [
            ("2025-10-10_BTC_5m_bybit_perp", Some(("2025-10-10", "BTC"))),
            ("2020-03-12_covid_BTC_1h_spot", Some(("2020-03-12_covid", "BTC"))),
            ("SOLUSDT_1h_spot", Some(("all", "SOL"))),
            ("2025-10-10_ETH_5m", None),
        ] {
            assert_eq!(split_name(stem, &symbols), expected.map(|(w, s)| (w.to_string(), s)), "{stem}");
        }
    }

    #[test]
    fn a_window_is_chosen_by_name_or_when_it_is_the_only_one() {
        let names = ["2020-03-12_covid", "2025-10-10"];
        let choose =
            |names: &[&'static str], wanted| choose(names.iter().copied(), wanted, Path::new("folder"));
        assert_eq!(choose(&names, Some("2020-03-12")).unwrap(), "2020-03-12_covid");
        assert_eq!(choose(&names[1..], None).unwrap(), "2025-10-10");
        assert!(choose(&names, None).unwrap_err().to_string().contains("several windows"));
        assert!(choose(&names, Some("2019"))
            .unwrap_err()
            .to_string()
            .contains("choose one of 2020-03-12_covid, 2025-10-10"));
    }

    #[test]
    fn the_finest_series_that_covers_the_window_wins() {
        let hourly = bars(0, 3_600, &[100.0; 10]);
        let fine = bars(0, 300, &[100.0; 119]);
        let half = bars(0, 60, &[100.0; 300]);
        assert_eq!(finest(vec![hourly, fine, half]).step_secs, 300);
    }

    /// The same reader as that of the calibration: what is wrong is named with its file and line.
    #[test]
    fn a_wrong_row_is_named_and_a_hole_is_told() {
        let folder = std::env::temp_dir().join(format!("bulkhead-series-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("2025-10-10_BTC_1m.csv");
        let load = |rows: &str| {
            fs::write(&file, format!("timestamp_utc,open,high,low,close\n{rows}")).unwrap();
            load(&folder, None, &["BTC"])
        };
        let row = |minute: u32, price: &str| {
            format!("2025-10-10T21:{minute:02}:00Z,{price},{price},{price},{price}\n")
        };
        for (rows, told) in [
            (row(0, "100") + &row(1, "NaN"), "BTC_1m.csv line 3: a price is not above zero"),
            (row(0, "100") + &row(1, "-5"), "BTC_1m.csv line 3: a price is not above zero"),
            (row(1, "100") + &row(0, "100"), "BTC_1m.csv line 3: 2025-10-10T21:00:00Z is not later"),
            (row(0, "100") + "yesterday,1,1,1,1\n", "BTC_1m.csv line 3: \"yesterday\" is not a UTC time"),
        ] {
            let error = format!("{:#}", load(&rows).unwrap_err());
            assert!(error.contains(told), "{error}");
        }
        let whole = load(&(row(0, "100") + &row(1, "101") + &row(2, "102"))).unwrap();
        assert_eq!(whole.note, None);
        let holed = load(&(row(0, "100") + &row(1, "101") + &row(12, "102"))).unwrap();
        let note = holed.note.expect("a hole is told");
        assert!(note.contains("has no prices for 10 min from 2025-10-10 21:02 UTC on"), "{note}");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn only_the_common_time_is_replayed_and_deep_lows_are_points() {
        let (a, b) = (bars(0, 60, &[100.0, 99.0, 90.0, 98.0]), bars(60, 60, &[50.0, 51.0]));
        let scenario = build("x", &[("BTC".into(), a), ("SOL".into(), b)]).unwrap();
        assert_eq!(scenario.start_ts, 60);
        let path: Vec<_> =
            scenario.assets[0].path.iter().map(|point| (point.at_ms / 1_000, point.usd)).collect();
        assert_eq!(path, [(0, 100.0), (60, 99.0), (90, 81.0), (120, 90.0)]);
        let (a, b) = (bars(0, 60, &[1.0, 1.0]), bars(600, 60, &[1.0, 1.0]));
        assert!(build("x", &[("BTC".into(), a), ("SOL".into(), b)]).is_err());
    }
}
