//! The lines that README and docs show are run as they stand, with an address, a file or a transaction for
//! each word in capitals.

use {
    crate::rig::{with_rig_of, Rig, TOKEN},
    bulkhead_localnet::demo::Options,
    serde_json::Value,
    solana_signer::Signer,
    std::process::Output,
};

const README: &str = include_str!("../../../README.md");
pub const PAGE: &str = include_str!("../../../docs/cli.md");
/// How both pages call the command line.
const PROGRAM: [&str; 2] = ["cargo xtask cli -- ", "bulkhead "];

/// Lines of blocks for a shell that contain this, without their comments.
pub fn lines<'p>(page: &'p str, with: &str) -> Vec<&'p str> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines).map(|line| line.split(" #").next().unwrap_or(line).trim());
    lines.filter(|line| line.contains(with) && !line.starts_with('#')).collect()
}

/// The arguments of a line that calls the command line.
pub fn arguments(line: &str) -> Option<Vec<&str>> {
    let rest = PROGRAM.iter().find_map(|program| line.strip_prefix(program))?;
    Some(rest.split(" > ").next().unwrap_or(rest).split_whitespace().collect())
}

/// Runs a line with the environment that the README's own `export` sets, and these words besides.
fn run(rig: &Rig, arguments: &[&str], more: &[&str]) -> Output {
    let exported = lines(README, "export ");
    let [exported] = exported.as_slice() else { panic!("one line to copy: {exported:?}") };
    let (url, key) = (rig.world.validator.rpc_url(), rig.folder().join("id.json"));
    let mut command = rig.bare(&[arguments, more].concat());
    for word in exported.split(' ').skip(1) {
        let (name, shown) = word.split_once('=').unwrap();
        let value = match shown {
            "ADDRESS" => rig.fund.as_str(),
            "FILE" => key.to_str().unwrap(),
            shown if shown.starts_with("http://127.0.0.1:") => url,
            other => panic!("{name} is {other}"),
        };
        command.env(name, value);
    }
    rig.refresh();
    command.output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_readmes_commands_do_what_it_says() {
    // A crash that SOL was there for.
    with_rig_of(&Options { scenario: Some("2025-10-10".into()), ..Options::of(4, 1) }, |rig| {
        let authority = rig.authority(0);
        rig.does(&["open"], "MemberOpened");
        let mut run_lines = Vec::new();
        for line in lines(README, "cargo xtask cli -- ") {
            let words = arguments(line).unwrap();
            run_lines.push(words[0]);
            match words[0] {
                // Nobody has a keeper here, which is worth a look.
                "doctor" => assert!(run(rig, &words, &[]).status.code().unwrap() <= 1),
                "governance" => {
                    let key = ["--keypair", authority.as_str()];
                    let unasked = run(rig, &words, &key);
                    let text = told(&unasked);
                    assert_eq!(unasked.status.code(), Some(1), "it asks: {text}");
                    assert!(text.contains("agrees with --yes"), "{text}");
                    let vault = rig.world.authority.pubkey().to_string();
                    let printed = run(rig, &words, &["--print-instruction", "--authority", &vault]);
                    assert!(printed.status.success(), "{}", told(&printed));
                    let done = run(rig, &words, &[&key[..], &["--yes"]].concat());
                    let text = told(&done);
                    assert!(done.status.success(), "{text}");
                    assert!(text.contains("notice secs") || text.contains("notice_secs"), "{text}");
                }
                _ => {
                    let done = run(rig, &words, &[]);
                    assert!(done.status.success(), "{line}: {}", told(&done));
                    assert!(!done.stdout.is_empty(), "{line}");
                    let dry = run(rig, &words, &["--dry-run"]);
                    assert!(dry.status.success(), "{line} --dry-run: {}", told(&dry));
                }
            }
        }
        assert_eq!(run_lines, ["doctor", "deposit", "quote", "governance"]);
        the_page_of_the_command_line(rig);
    });
}

/// The same for the page of the command line: two wallets trade on two machines, with a blockhash and
/// with a nonce.
fn the_page_of_the_command_line(rig: &Rig) {
    let (other, other_key) = rig.wallet("other", 5_000 * TOKEN);
    for wallet in [&rig.folder().join("id.json").to_str().unwrap().to_owned(), &other] {
        if wallet == &other {
            rig.does(&["open", "--keypair", wallet], "MemberOpened");
        }
        rig.does(&["contribute", "2000", "--keypair", wallet], "Contributed");
        rig.does(&["deposit", "1000", "--keypair", wallet], "MarginMoved");
    }
    let (wallet, mut transaction, mut nonce) = (other_key.to_string(), String::new(), String::new());
    let mut count = 0;
    // Those of a multisig are run where there is one: in `multisig.rs`.
    let is_run = |line: &&str| arguments(line).is_some_and(|words| words[0] != "multisig");
    for line in lines(PAGE, "").into_iter().filter(is_run) {
        let words: Vec<String> = arguments(line)
            .unwrap()
            .iter()
            .map(|word| match *word {
                "ADDRESS" => rig.fund.clone(),
                "WALLET" => wallet.clone(),
                "VAULT" => rig.world.authority.pubkey().to_string(),
                "NONCE" => nonce.clone(),
                "TRANSACTION" => transaction.clone(),
                "other.json" => other.clone(),
                word => word.to_owned(),
            })
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let is_asking = words[0] == "sign";
        let is_json = words[0] != "completions";
        let more = [&["--json"][..usize::from(is_json)], &["--yes"][..usize::from(is_asking)]].concat();
        let done = run(rig, &words, &more);
        assert!(done.status.success(), "{line}: {}", told(&done));
        count += 1;
        if is_json {
            let json: Value = serde_json::from_slice(&done.stdout).unwrap();
            if let Some(printed) = json["transaction_base64"].as_str() {
                transaction = printed.to_owned();
            }
            if let Some(made) = json["nonce_account"].as_str() {
                nonce = made.to_owned();
            }
        }
    }
    assert!(count >= 8, "{count} lines");
}
