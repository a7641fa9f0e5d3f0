//! The crate compiles outside the workspace, as a stranger's dependency and without the lockfile, and
//! brings none of the program's heavy crates.

use std::{
    env, fs,
    path::Path,
    process::{Command, Output},
};

/// Most crates that it may bring, itself included.
const MOST_CRATES: usize = 60;

const MAIN: &str = r#"
use bulkhead_interface::{account, address, event, instruction::DepositMargin, number::Q64, types, Address};

fn main() {
    let (wallet, mint) = (Address::new_from_array([1; 32]), Address::new_from_array([2; 32]));
    let fund = address::fund(&wallet, &mint, 0);
    let deposit = DepositMargin {
        fund,
        token_account: address::token_account(&wallet, &mint, &address::TOKEN_PROGRAM),
        vault: address::vault(&fund),
        mint,
        token_program: address::TOKEN_PROGRAM,
        member: address::member(&fund, &wallet),
        depositor: wallet,
        amount: 12_500_000,
    };
    assert_eq!(deposit.instruction().data.len(), 9);
    assert!(account::decode::<types::Fund>(&[]).is_err());
    assert!(event::from_logs(["nothing"]).is_empty());
    println!("{} {}", deposit.instruction().accounts.len(), Q64(3 << 63));
}
"#;

fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    let mut cargo = Command::new(env!("CARGO"));
    // What describes this crate and its workspace is not the stranger's.
    for (name, _) in env::vars().filter(|(name, _)| name.starts_with("CARGO_") && name != "CARGO_HOME") {
        cargo.env_remove(name);
    }
    cargo.current_dir(folder).args(arguments).env("CARGO_TARGET_DIR", folder.join("target"));
    cargo.output().expect("cargo starts")
}

#[test]
fn a_stranger_compiles_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stranger");
    let _ = fs::remove_dir_all(folder.join("src"));
    fs::create_dir_all(folder.join("src")).unwrap();
    let _ = fs::remove_file(folder.join("Cargo.lock"));
    let crate_folder = env!("CARGO_MANIFEST_DIR");
    let manifest = format!(
        "[package]\nname = \"stranger\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n\
         [dependencies]\nbulkhead-interface = {{ path = {crate_folder:?} }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/main.rs"), MAIN).unwrap();

    let output = cargo(&folder, &["run", "--quiet"]);
    let (out, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
    assert_eq!(out.trim(), "7 1.500000000");

    let tree = cargo(&folder, &["tree", "--prefix", "none", "--edges", "normal", "--no-dedupe"]);
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    let mut crates: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    crates.sort_unstable();
    crates.dedup();
    assert!(crates.contains(&"bulkhead-interface"), "{tree}");
    assert!(crates.len() <= MOST_CRATES, "{} crates: {crates:?}", crates.len());
    for heavy in ["pyth", "spl", "anchor", "solana-zk", "solana-program"] {
        let found: Vec<_> = crates
            .iter()
            .filter(|name| name.starts_with(heavy) && **name != "solana-program-error")
            .collect();
        assert!(found.is_empty(), "{found:?}");
    }
}
