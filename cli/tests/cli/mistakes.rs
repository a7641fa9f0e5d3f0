//! Wrong input of every kind gives an error that names the next step, and code 1; wrong usage gives
//! code 2.

use {
    crate::rig::{with_rig, Rig},
    bulkhead_client::Address,
    solana_keypair::Keypair,
    std::process::Command,
};

#[test]
fn mistakes_are_told_before_anything_is_sent() {
    with_rig(|rig| {
        let nobody = Address::new_from_array([7; 32]).to_string();
        rig.fails(&["fund", "--fund", &nobody], 1, "does not exist on this cluster");
        let mint = rig.world.keys.mint.to_string();
        rig.fails(&["fund", "--fund", &mint], 1, "it is no fund, or one of another deployment");
        rig.fails(&["fund", "--mint", &mint, "--id", "9"], 1, "does not exist on this cluster");
        rig.fails(&["fund", "--url", "http://127.0.0.1:1"], 1, "cannot reach a cluster");
        rig.fails(&["doctor", "--url", "http://127.0.0.1:1"], 2, "cannot reach a cluster");
        rig.fails(&["fund", "--url", "127.0.0.1:8899"], 1, "or a URL such as http://127.0.0.1:8899");

        // Keys.
        rig.fails(&["deposit", "1", "--keypair", "no/such.json"], 1, "there is no key file no/such.json");
        let broken = rig.folder().join("broken.json");
        std::fs::write(&broken, "[1,2,3]").unwrap();
        rig.fails(&["open", "--keypair", broken.to_str().unwrap()], 1, "is not a key file");
        rig.fails(&["delegate", "me"], 1, "is not an address");

        // Amounts.
        rig.does(&["open"], "MemberOpened");
        rig.fails(&["open"], 1, "is already a member: `bulkhead member` shows its account");
        amounts(rig);

        // Markets, defaults, changes.
        rig.fails(&["crank", "9"], 1, "there is no market 9: the fund has 2");
        rig.fails(&["market", "9"], 1, "there is no market 9: the fund has 2");
        rig.fails(&["settle", "9"], 1, "there is no market 9");
        rig.fails(&["market", "DOGE"], 1, "there is no market DOGE: the fund has 2, 0 BTC, 1 ETH");
        rig.fails(&["market", "BTC/USD"], 2, "is no market: write its symbol");
        rig.fails(&["allocate-loss", "0"], 1, "there is no default 0");
        rig.fails(&["default", "0"], 1, "there is no default 0");
        rig.fails(&["member", &nobody], 1, "has no member account in this fund");

        // Wallets without money.
        let (poor, _) = rig.wallet("poor", 0);
        rig.fails(&["fund-treasury", "1", "--keypair", &poor], 1, "make one with `spl-token create-account");
        let empty = rig.key_file("empty", &Keypair::new());
        rig.fails(&["open", "--keypair", &empty], 1, "too little SOL");
        rig.fails(
            &["deposit", "1", "--for", &rig.fund.clone(), "--keypair", &poor],
            1,
            "has no member account",
        );

        offers(rig);

        // Options that do not go together.
        rig.fails(&["open", "--authority", &nobody], 2, "--authority signs nothing");
        rig.fails(&["open", "--dry-run", "--print-instruction"], 2, "choose one");
        rig.fails(
            &["governance", "create-fund", "--guardian", &nobody],
            1,
            "give --mint ADDRESS and --id NUMBER",
        );
        rig.fails(&["governance", "queue-change", "fund", "notice_secs"], 2, "write KEY=VALUE");
        rig.fails(&["governance", "pause", "all", "--secs", "0"], 2, "0 is not in 1..=259200");
        told_to_scripts(rig);
        assert_eq!(rig.json(&["member"], 0)["margin"], "0", "nothing was sent");
    });
}

fn amounts(rig: &Rig) {
    rig.fails(&["deposit", "some"], 2, "is no amount");
    // A separator stands between thousands: one and a half is not fifteen.
    rig.fails(&["deposit", "1,5"], 2, "separate thousands, as in 1,500; decimals follow a point");
    rig.fails(&["contribute", "1_0.5"], 2, "separate thousands");
    rig.fails(&["quote", "withdraw", "1,00"], 2, "separate thousands");
    rig.fails(
        &["open", "--keypair", "usb://ledger?key=0"],
        1,
        "hardware wallet usb://ledger?key=0: no device answers",
    );
    rig.fails(&["open", "--keypair", "."], 1, ". is no file: give --keypair FILE");
    rig.fails(&["deposit", "0"], 1, "the amount is zero");
    rig.fails(&["deposit", "-5"], 2, "`-5` is no amount: write 12.5, 1,500 or all (it is below zero)");
    rig.fails(&["airdrop", "1", "--tokens", "-3"], 2, "(it is below zero)");
    rig.fails(&["time-travel", "-5"], 2, "is no span of time");
    rig.fails(&["deposit", "99999999999999999999"], 1, "error: `99999999999999999999` is too large\n");
    rig.fails(&["quote", "buy", "BTC", "0.5"], 1, "`0.5` is no whole number: lots are whole");
    rig.fails(&["quote", "buy", "BTC", "1", "7,930,5"], 2, "`7,930,5` is no price: write 7,900.5 or mark (");
    rig.fails(&["take-over", "BTC", "all", "--limit", "NaN"], 2, "`NaN` is no price: write 7,900.5 (");
    rig.fails(&["default", "1.5"], 2, "it is no whole number from zero on");
    rig.fails(&["deposit", "0.0000001"], 1, "more than 6 decimals");
    rig.fails(&["deposit", "5000.01"], 1, "has 5,000.000000 tokens, less than 5,000.010000");
    rig.fails(&["request-withdrawal", "all"], 1, "has no contribution");
}

fn offers(rig: &Rig) {
    let post = |option: &str, value: &str, says: &str| {
        rig.fails(&["offer", "post", "sell", "BTC", "1", option, value], 2, says);
    };
    post("--distance", "1.5", "it is no whole number");
    post("--hours", "0", "0 is not in 1..=8760");
    post("--limit", "-1", "is no price: write 7,900.5 (it is below zero)");
    rig.fails(&["offer", "take", &rig.fund.clone(), "1"], 1, "is no offer: `bulkhead offers` lists");
}

/// With `--json` a failure is JSON too, of a stable kind.
fn told_to_scripts(rig: &Rig) {
    let kind = |arguments: &[&str]| rig.failure(arguments)["kind"].as_str().unwrap().to_owned();
    assert_eq!(kind(&["deposit", "0"]), "input");
    assert_eq!(kind(&["fund", "--url", "http://127.0.0.1:1"]), "network");
    let refused = rig.failure(&["withdraw", "5"]);
    assert_eq!(
        (&refused["kind"], &refused["name"], &refused["code"]),
        (&"refused".into(), &"InsufficientMargin".into(), &6_090.into())
    );
    let empty = rig.key_file("empty", &Keypair::new());
    assert_eq!(kind(&["open", "--keypair", &empty]), "no_sol");
    let authority = rig.authority(0);
    assert_eq!(kind(&["governance", "pause", "all", "--keypair", &authority]), "not_agreed");
    let usage = rig.json(&["deposit", "1,5"], 2);
    assert_eq!(usage["error"]["kind"], "usage");
    assert!(usage["error"]["message"].as_str().unwrap().contains("separate thousands"), "{usage}");
    // On one line, and whole: what is missing is named.
    for (arguments, says) in [
        (&["deposit"][..], "the following required arguments were not provided: <AMOUNT>"),
        (&["quote"], "requires a subcommand but one was not provided [subcommands: buy, sell, "),
        (&["completions", "nosh"], "[possible values: bash, elvish, fish, powershell, zsh]"),
        (&["depositt", "1"], "unrecognized subcommand 'depositt'"),
    ] {
        let usage = rig.json(arguments, 2);
        let message = usage["error"]["message"].as_str().unwrap();
        assert!(message.contains(says) && !message.contains('\n'), "{message}");
    }
}

#[test]
fn completions_need_no_cluster() {
    let output = Command::new(env!("CARGO_BIN_EXE_bulkhead")).args(["completions", "bash"]).output().unwrap();
    assert!(output.status.success());
    let script = String::from_utf8_lossy(&output.stdout);
    assert!(script.contains("request-withdrawal") && script.contains("queue-change"));
}
