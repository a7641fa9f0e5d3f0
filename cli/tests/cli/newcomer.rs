//! The first hour of a newcomer: settings, a look at everything, quotes, a history, play money.

use {
    crate::rig::{with_rig, Rig, TOKEN},
    serde_json::Value,
    solana_commitment_config::CommitmentConfig,
    solana_message::VersionedMessage,
    solana_rpc_client_api::config::RpcTransactionConfig,
    solana_transaction_status_client_types::UiTransactionEncoding,
    std::{fs, process::Output},
};

#[test]
fn a_newcomer_finds_everything() {
    with_rig(|rig| {
        settings(rig);
        play_money(rig);
        rig.does(&["open"], "MemberOpened");
        rig.does(&["deposit", "1,000"], "MarginMoved");
        rig.does(&["contribute", "2,000"], "Contributed");
        quotes(rig);
        people_read_units(rig);
        history(rig);
        fees(rig);
        closed_pipes(rig);
        a_notice_period_passes(rig);
    });
}

/// The fund and the cluster are named once: in the environment, or in a file.
fn settings(rig: &Rig) {
    let url = rig.world.validator.rpc_url();
    let is_fund = |output: Output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.starts_with(&format!("Fund {}", rig.fund)), "{text}");
    };
    let nothing = rig.bare(&["fund", "--url", url]).output().unwrap();
    let told = String::from_utf8_lossy(&nothing.stderr).into_owned();
    assert!(told.contains("which fund?") && told.contains("BULKHEAD_FUND"), "{told}");
    is_fund(rig.bare(&["fund"]).env("BULKHEAD_FUND", &rig.fund).env("BULKHEAD_URL", url).output().unwrap());

    let folder = rig.folder().join(".config/bulkhead");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config.toml");
    fs::write(&file, format!("fund = '{}'\nurl = '{url}'\n", rig.fund)).unwrap();
    is_fund(rig.bare(&["fund"]).output().unwrap());
    // The environment goes before the file, and an option before the environment.
    let other = rig.world.keys.mint.to_string();
    let wrong = rig.bare(&["fund"]).env("BULKHEAD_FUND", &other).output().unwrap();
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("not to Bulkhead"));
    is_fund(rig.bare(&["fund", "--fund", &rig.fund]).env("BULKHEAD_FUND", &other).output().unwrap());
    fs::write(&file, "found = 'x'\n").unwrap();
    let wrong = rig.bare(&["fund"]).output().unwrap();
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("unknown field `found`"));
    fs::remove_file(&file).unwrap();
}

fn play_money(rig: &Rig) {
    let (poor, key) = rig.wallet("poor", 0);
    let before = rig.rpc.get_balance(&key).unwrap();
    let given = rig.json(&["airdrop", "2.5", "--tokens", "1,250", "--keypair", &poor], 0);
    assert_eq!(given["lamports"], (before + 2_500_000_000).to_string().as_str());
    assert_eq!(given["tokens"], (1_250 * TOKEN).to_string().as_str());
    assert_eq!(rig.rpc.get_balance(&key).unwrap(), before + 2_500_000_000);
    rig.does(&["open", "--keypair", &poor], "MemberOpened");
    let member = rig.json(&["member", "--keypair", &poor], 0);
    assert_eq!(member["wallet_balance"], (1_250 * TOKEN).to_string().as_str());
}

/// A quote says beforehand what is true afterwards.
fn quotes(rig: &Rig) {
    let quote = |arguments: &[&str]| rig.json(&[&["quote"], arguments].concat(), 0);
    let all = quote(&["withdraw", "all"]);
    assert_eq!((&all["refused"], &all["after"]["margin"]), (&Value::Null, &"0".into()));
    let too_much = quote(&["withdraw", "1,000.000001"]);
    assert_eq!(too_much["refused"], "InsufficientMargin");
    assert!(too_much["after"].is_null());

    // Nearly as much as the member could carry, so that a fall can reach it.
    let most: u64 = quote(&["buy", "ETH", "all"])["at_most"].as_str().unwrap().parse().unwrap();
    let lots = (most / 10 * 9).to_string();
    let buy = quote(&["buy", "ETH", &lots]);
    assert_eq!(buy["refused"], Value::Null, "{buy}");
    assert_eq!(buy["after"]["positions"][0]["lots"], lots.as_str());
    let (other, owner) = rig.wallet("other", 5_000 * TOKEN);
    rig.does(&["open", "--keypair", &other], "MemberOpened");
    rig.does(&["contribute", "2000", "--keypair", &other], "Contributed");
    rig.does(&["deposit", "1000", "--keypair", &other], "MarginMoved");
    rig.does(&["novate", "buy", "ETH", &lots, "mark", "--counterparty-keypair", &other], "Novated");
    let member = rig.json(&["member"], 0);
    for exact in ["margin", "initial_margin", "maintenance_margin", "contribution", "required_contribution"] {
        assert_eq!(member[exact], buy["after"][exact], "{exact}");
    }
    let held = &member["positions"][0];
    assert_eq!(held["lots"], lots.as_str());
    let price = |name: &str| held[name].as_str().unwrap().parse::<u64>().unwrap();
    assert!(price("liquidation") < price("mark"), "a long position is liquidated below the mark: {held}");
    // What it holds was got at the mark; a second of premium may have passed.
    assert!(price("entry").abs_diff(price("mark")) <= price("mark") / 100_000, "{held}");

    // The most is the last that the program does.
    let free = rig.json(&["member"], 0)["free_margin"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(free < 1_000 * TOKEN && free > 0, "{free}");
    let text = rig.text(&["quote", "sell", "ETH", "all"]);
    assert!(text.contains("the program  would do it") && text.contains(" ETH)"), "{text}");
    let refused = quote(&["buy", "BTC", "99,999,999"]);
    assert!(refused["refused"].is_string(), "{refused}");
    let stays = quote(&["leave", "all"]);
    assert_eq!(stays["refused"], "BelowRequiredContribution", "its position requires some of it");
    assert_eq!(
        rig.json(&["member", &owner.to_string()], 0)["positions"][0]["lots"],
        format!("-{lots}").as_str()
    );
}

/// No number in a text for people is a machine's: it has its decimals, its thousands, or a date.
fn people_read_units(rig: &Rig) {
    let owner = rig.json(&["member"], 0)["owner"].as_str().unwrap().to_owned();
    for arguments in [
        &["fund"][..],
        &["markets"],
        &["market", "ETH"],
        &["member"],
        &["members"],
        &["defaults"],
        &["history", &owner],
        &["crank"],
        &["crank", "btc", "--dry-run"],
        &["deposit", "1", "--dry-run"],
        &["request-withdrawal", "1"],
        &["cancel-withdrawal"],
        &["quote", "withdraw", "1"],
        &["settle", "ETH"],
        &["delegate", &rig.fund, "--daily-budget", "all"],
        &["delegate", "none"],
        &["offer", "post", "sell", "ETH", "1", "--distance", "-20"],
        &["offers"],
        &["member"],
    ] {
        let text = rig.text(arguments);
        let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == '(' || c == ')').collect();
        for (place, word) in words.iter().enumerate() {
            let digits = word.chars().filter(char::is_ascii_digit).count();
            let is_raw = digits == word.len() && digits >= 5;
            // Nobody has so many whole tokens, and a number of lots says that it is one.
            let has_unit = words.get(place + 1) == Some(&"lots");
            let is_huge = word.chars().all(|c| c.is_ascii_digit() || ",.%".contains(c)) && digits >= 18;
            let is_unknown = word.chars().all(|c| c.is_ascii_digit() || c == ',') && digits >= 9;
            let is_fine = !is_raw && !is_huge && (!is_unknown || has_unit);
            assert!(is_fine, "{arguments:?} shows {word}:\n{text}");
        }
    }
    let offers = rig.text(&["offers"]);
    assert!(offers.contains("20 bps worse"), "{offers}");
    let offers = rig.json(&["offers"], 0);
    let offer = offers["offers"][0]["offer"].as_str().unwrap();
    rig.fails(&["offer", "take", offer, "1"], 1, "is an offer of this member itself");
    rig.does(&["offer", "cancel", offer], "OfferCancelled");
    let cranked = rig.text(&["crank", "ETH"]);
    assert!(cranked.contains("regime") && !cranked.contains("regime          0"), "{cranked}");
    assert!(cranked.contains("ETH") && cranked.contains(" UTC"), "{cranked}");
    assert!(rig.text(&["market", "ETH"]).contains("one lot"));
}

fn history(rig: &Rig) {
    let told = rig.json(&["history"], 0);
    let events: Vec<&str> =
        told["events"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    for event in ["MemberOpened", "MarginMoved", "Contributed", "Novated", "WithdrawalRequested"] {
        assert!(events.contains(&event), "{events:?} lacks {event}");
    }
    assert_eq!(events.last(), Some(&"MemberOpened"), "the newest first: {events:?}");
    assert!(!events.contains(&"Cranked"), "a crank is no event of a member");
    let one = rig.json(&["history", "--limit", "1"], 0);
    let before = one["next_before"].as_str().expect("there are older ones");
    let older = rig.json(&["history", "--limit", "1", "--before", before], 0);
    assert_ne!(one["next_before"], older["next_before"]);
}

/// Another wallet pays the network, at a price that the user names.
fn fees(rig: &Rig) {
    let (payer, payer_key) = rig.wallet("payer", 0);
    let before = rig.rpc.get_balance(&payer_key).unwrap();
    let sent = rig.json(&["deposit", "1", "--fee-payer", &payer, "--priority-fee", "54321"], 0);
    let signature = sent["signature"].as_str().unwrap().parse().unwrap();
    let config = RpcTransactionConfig {
        encoding: Some(UiTransactionEncoding::Base64),
        commitment: Some(CommitmentConfig::confirmed()),
        max_supported_transaction_version: Some(0),
    };
    let landed = rig.rpc.get_transaction_with_config(&signature, config).unwrap().transaction.transaction;
    let VersionedMessage::Legacy(message) = landed.decode().unwrap().message else {
        panic!("an old message")
    };
    assert_eq!(message.account_keys[0], payer_key);
    let price = message.instructions.iter().find(|instruction| instruction.data.first() == Some(&3)).unwrap();
    assert_eq!(price.data[1..9], 54_321u64.to_le_bytes());
    assert!(rig.rpc.get_balance(&payer_key).unwrap() < before);
    rig.does(&["deposit", "1", "--priority-fee", "auto"], "MarginMoved");
    rig.fails(&["deposit", "1", "--priority-fee", "much"], 2, "is no price");
}

/// `bulkhead fund | head -0` is no failure.
fn closed_pipes(rig: &Rig) {
    for arguments in [&["fund"][..], &["fund", "--json"], &["completions", "bash"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = rig.bare(arguments);
        command.args(["--fund", &rig.fund, "--url", rig.world.validator.rpc_url()]);
        let output = command.stdout(writer).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && told.is_empty(), "{arguments:?}: {told}");
    }
}

/// A newcomer need not wait for a week to see what happens after it.
fn a_notice_period_passes(rig: &Rig) {
    rig.does(&["request-withdrawal", "1"], "WithdrawalRequested");
    rig.fails(&["claim-withdrawal"], 1, "WithdrawalNotDue: ");
    let moved = rig.json(&["time-travel", "8d"], 0);
    let at = |name: &str| moved[name].as_i64().unwrap();
    assert!(at("now_ts") - at("before_ts") >= 8 * 86_400, "{moved}");
    assert!(rig.text(&["member"]).contains(", to be claimed from about "));
    rig.does(&["claim-withdrawal"], "ExitCommitted");
    // The exit delay runs now, and the notice is over.
    assert!(rig.text(&["member"]).contains(", committed, to be paid from about "));
    rig.fails(&["time-travel", "8w"], 2, "is no unit of time");
}
