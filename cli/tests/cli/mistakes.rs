//! Wrong input of every kind gives an error that names the next step, and code 1; wrong usage gives
//! code 2.

use {crate::desk::with_desk, bulkhead_client::Address, solana_keypair::Keypair, std::process::Command};

#[test]
fn mistakes_are_told_before_anything_is_sent() {
    with_desk(|desk| {
        let nobody = Address::new_from_array([7; 32]).to_string();
        desk.fails(&["fund", "--fund", &nobody], 1, "does not exist on this cluster");
        let mint = desk.world.keys.mint.to_string();
        desk.fails(&["fund", "--fund", &mint], 1, "not to Bulkhead");
        desk.fails(&["fund", "--mint", &mint, "--id", "9"], 1, "does not exist on this cluster");
        desk.fails(&["fund", "--url", "http://127.0.0.1:1"], 1, "cannot reach a cluster");
        desk.fails(&["doctor", "--url", "http://127.0.0.1:1"], 2, "cannot reach a cluster");
        desk.fails(&["fund", "--url", "nowhere"], 1, "is no cluster");

        // Keys.
        desk.fails(&["deposit", "1", "--keypair", "no/such.json"], 1, "there is no key file no/such.json");
        let broken = desk.folder().join("broken.json");
        std::fs::write(&broken, "[1,2,3]").unwrap();
        desk.fails(&["open", "--keypair", broken.to_str().unwrap()], 1, "is not a key file");
        desk.fails(&["delegate", "me"], 1, "is not an address");

        // Amounts.
        desk.does(&["open"], "MemberOpened");
        desk.fails(&["deposit", "some"], 2, "is no amount");
        desk.fails(&["deposit", "0"], 1, "the amount is zero");
        desk.fails(&["deposit", "0.0000001"], 1, "more than 6 decimals");
        desk.fails(&["deposit", "5000.01"], 1, "has 5,000.000000 tokens, less than 5,000.010000");
        desk.fails(&["request-withdrawal", "all"], 1, "has no contribution");

        // Markets, defaults, changes.
        desk.fails(&["crank", "9"], 1, "there is no market 9: the fund has 2");
        desk.fails(&["market", "9"], 1, "there is no market 9: the fund has 2");
        desk.fails(&["settle", "9"], 1, "there is no market 9");
        desk.fails(&["allocate-loss", "0"], 1, "there is no default 0");
        desk.fails(&["default", "0"], 1, "there is no default 0");
        desk.fails(&["member", &nobody], 1, "has no member account in this fund");

        // Wallets without money.
        let (poor, _) = desk.wallet("poor", 0);
        desk.fails(&["fund-treasury", "1", "--keypair", &poor], 1, "make one with `spl-token create-account");
        let empty = desk.key_file("empty", &Keypair::new());
        desk.fails(&["open", "--keypair", &empty], 1, "too little SOL");
        desk.fails(
            &["deposit", "1", "--for", &desk.fund.clone(), "--keypair", &poor],
            1,
            "has no member account",
        );

        // Options that do not go together.
        desk.fails(&["open", "--authority", &nobody], 2, "--authority signs nothing");
        desk.fails(&["open", "--dry-run", "--print-instruction"], 2, "choose one");
        desk.fails(
            &["governance", "create-fund", "--guardian", &nobody],
            1,
            "give --mint ADDRESS and --id NUMBER",
        );
        desk.fails(&["governance", "queue-change", "fund", "notice_secs"], 2, "write KEY=VALUE");
        assert_eq!(desk.json(&["member"], 0)["margin"], "0", "nothing was sent");
    });
}

#[test]
fn completions_need_no_cluster() {
    let output = Command::new(env!("CARGO_BIN_EXE_bulkhead")).args(["completions", "bash"]).output().unwrap();
    assert!(output.status.success());
    let script = String::from_utf8_lossy(&output.stdout);
    assert!(script.contains("request-withdrawal") && script.contains("queue-change"));
}
