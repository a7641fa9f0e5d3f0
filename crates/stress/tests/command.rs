//! The program as a user starts it, from a folder of the user's own.

use std::{
    env, fs,
    process::{Command, Output},
};

#[test]
fn paths_of_stress_are_those_of_the_callers_folder() {
    let folder = env::temp_dir().join(format!("bulkhead-stress-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let run = |arguments: &[&str]| -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bulkhead-stress"));
        command.current_dir(&folder).args(arguments).output().unwrap()
    };
    let small = ["--synthetic", "12", "--paths", "20", "--quiet"];
    let output = run(&[&small[..], &["--out", "mine"]].concat());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    assert!(!output.stdout.is_empty());
    for file in ["report.html", "study.json"] {
        assert!(folder.join("mine").join(file).is_file(), "{file}");
    }
    let says = |arguments: &[&str], words: &str| {
        let output = run(arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.starts_with("error: ") && told.contains(words), "{told}");
    };
    says(&["--snapshot", "none.json"], "cannot read none.json");
    says(&["--base", "none.toml"], "none.toml");
    says(&[&small[..], &["--exits", "2"]].concat(), "--exits must be between 0 and 1");
    fs::remove_dir_all(folder).unwrap();
}
