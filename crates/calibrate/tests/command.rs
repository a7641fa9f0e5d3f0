//! The program as a user starts it, from a folder of the user's own.

use std::{
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Days of prices, a bar for each hour.
const DAYS: usize = 120;

/// A folder with made prices of all markets, which is not the repository's.
fn folder(name: &str) -> PathBuf {
    let folder = env::temp_dir().join(format!("bulkhead-{name}-{}", std::process::id()));
    fs::create_dir_all(folder.join("prices")).unwrap();
    for (symbol, first) in [("BTC", 60_000.0), ("ETH", 3_000.0), ("SOL", 150.0)] {
        fs::write(folder.join(format!("prices/{symbol}USDT_1h_spot.csv")), bars(first)).unwrap();
    }
    folder
}

/// Hourly bars of a price that swings by a few percent, and jumps once a week.
fn bars(first: f64) -> String {
    let (mut text, mut seed, mut price) =
        ("timestamp_utc,open,high,low,close,volume\n".to_owned(), 7u64, first);
    for hour in 0..DAYS * 24 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let swing = ((seed >> 40) as f64 / f64::from(1 << 24) - 0.5) * 0.02;
        let (open, jump) = (price, if hour % 168 == 100 { -0.04 } else { 0.0 });
        // It comes back, so that it neither vanishes nor explodes.
        price *= 1.0 + swing + jump + (first / price - 1.0) * 0.02;
        let (high, low) = (open.max(price) * 1.002, open.min(price) * 0.998);
        let (day, hour) = (hour / 24, hour % 24);
        let (month, day) = (1 + day / 28, 1 + day % 28);
        writeln!(text, "2024-{month:02}-{day:02}T{hour:02}:00:00Z,{open},{high},{low},{price},1000").unwrap();
    }
    text
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bulkhead-calibrate"));
    command.current_dir(folder).args(arguments).output().unwrap()
}

#[test]
fn paths_of_calibrate_are_those_of_the_callers_folder() {
    let folder = folder("calibrate");
    let output = run(&folder, &["--prices", "prices", "--out", "mine", "--quiet"]);
    let (told, text) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{told}");
    assert!(text.contains("BTC") && text.contains("SOL"), "{text}");
    for file in ["0001_fund.toml", "0002_markets.toml", "report.html"] {
        assert!(folder.join("mine").join(file).is_file(), "{file}");
    }
    // The proposal is a base for the next one.
    let again = run(
        &folder,
        &["--prices", "prices", "--base", "mine/0002_markets.toml", "--out", "again", "--quiet"],
    );
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn mistakes_are_named_with_their_file() {
    let folder = folder("calibrate-mistakes");
    let refused = |arguments: &[&str], says: &str| {
        let output = run(&folder, arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.starts_with("error: ") && told.contains(says) && output.stdout.is_empty(), "{told}");
    };
    refused(&["--prices", "nowhere"], "nowhere");
    refused(&["--prices", "prices", "--base", "no.toml"], "cannot read no.toml");
    let file = folder.join("prices/ETHUSDT_1h_spot.csv");
    let whole = fs::read_to_string(&file).unwrap();
    for (line, broken, says) in [
        (5, "2024-01-01T03:00:00Z,NaN,1,1,1,1", "ETHUSDT_1h_spot.csv line 5"),
        (9, "2024-01-01T03:00:00Z,1,1,1,1,1", "ETHUSDT_1h_spot.csv line 9"),
        (12, "2024-01-01T10:00:00Z,1,2,3,1,1", "ETHUSDT_1h_spot.csv line 12"),
    ] {
        let lines = whole.lines().enumerate();
        let lines: Vec<&str> =
            lines.map(|(index, text)| if index + 1 == line { broken } else { text }).collect();
        fs::write(&file, lines.join("\n")).unwrap();
        refused(&["--prices", "prices"], says);
    }
    fs::remove_dir_all(&folder).unwrap();
}
