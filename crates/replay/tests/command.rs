//! The program as a user starts it, from a folder of the user's own.

use std::{
    env,
    fmt::Write,
    fs,
    process::{Command, Output},
};

/// Two hours of 5-minute bars, in which the price falls by a tenth.
fn bars(first: f64) -> String {
    let mut text = "timestamp_utc,open,high,low,close,volume\n".to_owned();
    for bar in 0..24 {
        let at = |bar: usize| first * (1.0 - 0.1 * bar as f64 / 24.0);
        let (open, close) = (at(bar), at(bar + 1));
        let (hour, minute) = (bar / 12, bar % 12 * 5);
        writeln!(text, "2025-10-10T{hour:02}:{minute:02}:00Z,{open},{open},{close},{close},10").unwrap();
    }
    text
}

#[test]
fn paths_of_replay_are_those_of_the_callers_folder() {
    let folder = env::temp_dir().join(format!("bulkhead-replay-{}", std::process::id()));
    fs::create_dir_all(folder.join("prices")).unwrap();
    for (symbol, first) in [("BTC", 120_000.0), ("ETH", 4_000.0), ("SOL", 200.0)] {
        fs::write(folder.join(format!("prices/2025-10-10_{symbol}_5m_spot.csv")), bars(first)).unwrap();
    }
    let run = |arguments: &[&str]| -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bulkhead-replay"));
        command.current_dir(&folder).args(arguments).output().unwrap()
    };
    let output = run(&[
        "crashes",
        "--prices",
        "prices",
        "--members",
        "4",
        "--seeds",
        "1",
        "--cells",
        "10",
        "--reach",
        "60",
        "--bonuses",
        "100",
        "--ages",
        "45",
    ]);
    let (told, text) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{told}");
    assert!(text.starts_with("Crashes: 2025-10-10; 1 seeds each."), "{text}");
    for (arguments, says) in [
        (&["crashes", "--prices", "none"][..], "none"),
        (&["crashes", "--prices", "prices", "--members", "1"], "--members: at least 2"),
    ] {
        let output = run(arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.starts_with("error: ") && told.contains(says), "{told}");
    }
    fs::remove_dir_all(folder).unwrap();
}
