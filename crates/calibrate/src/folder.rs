//! A folder of prices: its files and those of its folders, matched to markets by name.
//!
//! The conventions are those of `cargo xtask demo --prices`: `2025-10-10_BTC_5m_spot.csv` is BTC in
//! the window `2025-10-10`, and a file that begins with the asset (`BTCUSDT_1h_spot.csv.gz`) is its
//! history.

use {
    crate::{
        error::PriceError,
        progress::Progress,
        series::{read, step_secs, Series, Source},
    },
    std::{
        fs,
        path::{Path, PathBuf},
    },
};

/// The window of a file that belongs to no crash.
pub const HISTORY: &str = "all";

/// A finer file is taken if it covers this much of the longest file of its window.
const COVERAGE: f64 = 0.9;

/// Loads all series of the markets in `symbols`, by market in that order, then by file name.
pub fn load(folder: &Path, symbols: &[&str], progress: &Progress) -> Result<Vec<Vec<Series>>, PriceError> {
    let files = list(folder)?;
    if files.is_empty() {
        return Err(PriceError::Empty { folder: folder.to_path_buf() });
    }
    let mut named: Vec<(PathBuf, String, &str)> = Vec::new();
    for file in files {
        if let Some((window, symbol)) = split_name(&stem(&file), symbols) {
            named.push((file, window, symbol));
        }
    }
    if named.is_empty() {
        return Err(PriceError::NoUsableAsset { folder: folder.to_path_buf(), symbols: symbols.join(", ") });
    }
    if let Some(missing) = symbols.iter().find(|symbol| !named.iter().any(|(_, _, of)| of == *symbol)) {
        return Err(PriceError::MissingAsset { symbol: (*missing).into() });
    }
    let mut assets: Vec<Vec<Series>> = symbols.iter().map(|_| Vec::new()).collect();
    for (done, (file, window, symbol)) in named.iter().enumerate() {
        progress.count("reading price files", done + 1, named.len());
        let bars = read(file)?;
        let series = Series {
            file: file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            symbol: (*symbol).into(),
            window: window.clone(),
            source: source(&stem(file)),
            step_secs: step_secs(&bars, file)?,
            bars,
        };
        if let Some(index) = symbols.iter().position(|of| of == symbol) {
            assets[index].push(series);
        }
    }
    Ok(assets)
}

/// Lists the files of a folder and of the folders in it, sorted.
fn list(folder: &Path) -> Result<Vec<PathBuf>, PriceError> {
    let failed = |source| PriceError::Folder { folder: folder.to_path_buf(), source };
    let entries = |folder: &Path| -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut files = Vec::new();
    for entry in entries(folder).map_err(failed)? {
        if entry.is_dir() {
            files.extend(entries(&entry).map_err(failed)?);
        } else {
            files.push(entry);
        }
    }
    files.retain(|file| stem(file) != name(file));
    files.sort();
    Ok(files)
}

fn name(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The name without `.csv` or `.csv.gz`; the whole name where it has neither.
fn stem(file: &Path) -> String {
    let name = name(file);
    let packed = name.strip_suffix(".gz").unwrap_or(&name);
    packed.strip_suffix(".csv").map(Into::into).unwrap_or(name)
}

/// Splits a file name: `2025-10-10_BTC_5m_spot` is BTC in the window `2025-10-10`.
fn split_name<'a>(stem: &str, symbols: &[&'a str]) -> Option<(String, &'a str)> {
    let mut before: Vec<&str> = Vec::new();
    for token in stem.split('_') {
        let symbol = symbols.iter().find(|symbol| token == **symbol || token == format!("{symbol}USDT"));
        if let Some(symbol) = symbol {
            let window = before.join("_");
            return Some((if window.is_empty() { HISTORY.into() } else { window }, symbol));
        }
        before.push(token);
    }
    None
}

fn source(stem: &str) -> Source {
    let has = |word: &str| stem.split('_').any(|token| token == word);
    match () {
        () if has("perp") => Source::Perp,
        () if has("mark") => Source::Mark,
        () if has("spot") => Source::Spot,
        () => Source::Other,
    }
}

/// The series that margins are fitted to: the longest history no coarser than `horizon_secs`, or
/// else the longest window.
pub fn history(series: &[Series], horizon_secs: i64) -> Result<&Series, PriceError> {
    let usable = series.iter().filter(|series| series.step_secs <= horizon_secs);
    let best = usable.max_by_key(|series| (series.window == HISTORY, series.span(), -series.step_secs));
    best.ok_or_else(|| PriceError::TooCoarse {
        symbol: series.first().map(|series| series.symbol.clone()).unwrap_or_default(),
        finest_secs: series.iter().map(|series| series.step_secs).min().unwrap_or_default(),
        horizon_secs,
    })
}

/// For each window, the finest of the series that cover nearly as much as the longest and are no
/// coarser than `step_secs`.
pub fn finest(series: &[Series], step_secs: i64) -> Vec<&Series> {
    let mut windows: Vec<&str> = series.iter().map(|series| series.window.as_str()).collect();
    windows.retain(|window| *window != HISTORY);
    windows.sort();
    windows.dedup();
    let of = |window: &str| {
        let fine = series.iter().filter(|series| series.window == window && series.step_secs <= step_secs);
        let longest = fine.clone().map(Series::span).max()?;
        let covers = fine.filter(|series| series.span() as f64 >= longest as f64 * COVERAGE);
        covers.min_by_key(|series| series.step_secs)
    };
    windows.into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use {super::*, crate::synthetic::walk};

    fn of(window: &str, step_secs: i64, bars: usize) -> Series {
        Series { window: window.into(), ..walk("BTC", step_secs, bars, 0.5, 1) }
    }

    #[test]
    fn names_tell_window_asset_and_source() {
        let symbols = ["BTC", "SOL"];
        for (name, expected) in [
            ("2025-10-10_BTC_5m_bybit_perp.csv", Some(("2025-10-10", "BTC", Source::Perp))),
            ("2020-03-12_covid_BTC_1h_spot.csv", Some(("2020-03-12_covid", "BTC", Source::Spot))),
            ("SOLUSDT_1h_spot.csv.gz", Some((HISTORY, "SOL", Source::Spot))),
            ("2025-10-10_SOL_1h_mark.csv", Some(("2025-10-10", "SOL", Source::Mark))),
            ("2025-10-10_ETH_5m.csv", None),
        ] {
            let stem = stem(Path::new(name));
            let split = split_name(&stem, &symbols).map(|(window, symbol)| (window, symbol, source(&stem)));
            assert_eq!(
                split,
                expected.map(|(window, symbol, source)| (window.to_string(), symbol, source)),
                "{name}"
            );
        }
        assert_eq!(stem(Path::new("index.json")), "index.json", "no price file");
    }

    #[test]
    fn a_folder_without_prices_is_named() {
        let folder = std::env::temp_dir().join(format!("bulkhead-calibrate-folder-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let refused = |symbols: &[&str]| load(&folder, symbols, &Progress::new(true)).unwrap_err();
        assert!(matches!(refused(&["BTC"]), PriceError::Empty { .. }));
        fs::write(folder.join("ETH_1h_spot.csv"), "timestamp_utc,open,high,low,close\n").unwrap();
        assert!(matches!(refused(&["BTC"]), PriceError::NoUsableAsset { .. }));
        assert!(matches!(refused(&["ETH", "BTC"]), PriceError::MissingAsset { .. }));
        assert!(matches!(refused(&["ETH"]), PriceError::TooFewRows { .. }));
        fs::remove_dir_all(&folder).unwrap();
        assert!(matches!(refused(&["BTC"]), PriceError::Folder { .. }));
    }

    #[test]
    fn margins_are_fitted_to_the_longest_history_that_is_fine_enough() {
        let all = [of(HISTORY, 86_400, 900), of(HISTORY, 3_600, 800), of("2025-10-10", 300, 90)];
        assert_eq!(history(&all, 3_600).unwrap().step_secs, 3_600);
        assert_eq!(history(&all[2..], 3_600).unwrap().step_secs, 300, "better than nothing");
        assert!(matches!(history(&all[..1], 3_600), Err(PriceError::TooCoarse { finest_secs: 86_400, .. })));
    }

    #[test]
    fn the_finest_series_that_covers_a_window_wins() {
        let window = [of("a", 3_600, 10), of("a", 300, 119), of("a", 60, 300), of("b", 3_600, 10)];
        assert_eq!(
            finest(&window, 3_600).iter().map(|series| series.step_secs).collect::<Vec<_>>(),
            [300, 3_600]
        );
        assert_eq!(finest(&window, 60).len(), 1);
    }
}
