//! A member comes, trades, and goes: every action of a member on its own account.

use {
    crate::rig::{with_rig, Rig, TOKEN},
    bulkhead_stress::{fit::Fitted, snapshot::Snapshot, Shipped},
    serde_json::Value,
};

const WEEK: i64 = 7 * 24 * 60 * 60;
/// The member's market.
const MARKET: &str = "ETH";
/// The number of that market, as events name it.
const NUMBER: &str = "1";

#[test]
fn a_member_comes_trades_and_goes() {
    with_rig(|rig| {
        let (other, other_owner) = rig.wallet("other", 5_000 * TOKEN);
        comes_in(rig);
        looks(rig);
        is_seen_by_the_stress_test(rig);
        let other_owner = other_owner.to_string();
        trades(rig, &other, &other_owner);
        trades_by_offer(rig, &other);
        serves_others(rig);
        goes(rig);
    });
}

fn comes_in(rig: &Rig) {
    rig.fails(&["deposit", "1"], 1, "has no member account");
    let dry = rig.json(&["open", "--dry-run"], 0);
    assert!(dry["signature"].is_null() && dry["events"][0]["name"] == "MemberOpened", "{dry}");
    assert!(dry["compute_units"].as_u64() > Some(0));
    rig.does(&["open"], "MemberOpened");
    assert_eq!(rig.does(&["deposit", "1,012.5"], "MarginMoved")["amount"], "1012500000");
    rig.does(&["contribute", "2,000"], "Contributed");
    rig.does(&["agree-assessment"], "AssessmentAgreed");
    rig.does(&["fund-treasury", "1"], "TreasuryMoved");
}

/// Views, for people and for scripts.
fn looks(rig: &Rig) {
    let member = rig.json(&["member"], 0);
    assert_eq!((&member["margin"], &member["status"]), (&"1012500000".into(), &"active".into()));
    let listed = rig.json(&["members"], 0);
    assert!(listed["members"].as_array().unwrap().contains(&without_details(&member)), "{listed}");
    let fund = rig.json(&["fund"], 0);
    assert_eq!((&fund["fund"], &fund["status"]), (&rig.fund.as_str().into(), &"active".into()));
    assert_eq!(fund["parameters"]["notice_secs"], 604_800);
    assert!(!fund["exposures"].as_array().unwrap().is_empty(), "{fund}");
    assert_eq!(rig.json(&["markets"], 0)["markets"][0]["symbol"], "BTC");
    let market = rig.json(&["market", "0"], 0);
    assert_eq!((&market["symbol"], &market["status"]), (&"BTC".into(), &"open".into()));
    assert_eq!((&market["house"], &market["oracle"]["accepted"]), (&Value::Null, &true.into()));
    assert_eq!(market["parameters"]["initial_bps"], 550);
    assert_eq!(rig.json(&["defaults"], 0)["defaults"], serde_json::json!([]));
    assert_eq!(rig.json(&["changes"], 0)["changes"], serde_json::json!([]));
    let text = rig.text(&["member"]);
    assert!(text.contains("1,012.500000") && !text.contains('\x1b'), "{text}");
    assert!(rig.text(&["fund"]).contains("604,800 s (7 d)"));
    assert!(rig.text(&["market", "0"]).contains("550 bps (5.50%)"));
}

/// The stress test reads the snapshot, and sees the fund that is on chain.
fn is_seen_by_the_stress_test(rig: &Rig) {
    let snapshot = Snapshot::parse(&rig.json(&["snapshot"], 0).to_string()).unwrap();
    let parameters = snapshot.order(&Shipped::bundled().unwrap()).unwrap();
    let fund = snapshot.fund(&Fitted::bundled(&parameters).unwrap(), 0.0).unwrap();
    let book = rig.book();
    let tokens = |amount: u64| amount as f64 / TOKEN as f64;
    assert_eq!(snapshot.fund, rig.fund);
    assert_eq!(fund.treasury, tokens(book.fund.treasury));
    // Each member's contribution is rounded down.
    let missing = tokens(book.fund.contributions) - fund.contributions();
    assert!((0.0..=tokens(book.members.len() as u64)).contains(&missing), "{missing}");
    assert!(fund.members.margin.contains(&1_012.5), "{:?}", fund.members);
    assert!((0..fund.markets.len()).any(|market| fund.open_interest(market) > 0.0));
    for market in 0..fund.markets.len() {
        let (long, short) = (fund.side(market, 0), fund.side(market, 1));
        assert!((long - short).abs() < 1e-4, "{long} and {short}");
    }
}

fn trades(rig: &Rig, other: &str, other_owner: &str) {
    rig.does(&["open-member", "--keypair", other], "MemberOpened");
    rig.does(&["contribute", "2000", "--keypair", other], "Contributed");
    rig.does(&["deposit", "500", "--for", other_owner], "MarginMoved");
    let with = ["--counterparty-keypair", other];
    let novated = rig.does(&[&["novate", "buy", MARKET, "3", "mark"][..], &with].concat(), "Novated");
    assert_eq!((&novated["lots"], &novated["market_index"]), (&"3".into(), &NUMBER.into()));
    rig.fails(&["novate", "buy", MARKET, "3", "mark"], 1, "the other side signs too");
    rig.fails(&[&["novate", "buy", MARKET, "3", "0.01"][..], &with].concat(), 1, " trades from ");

    // A delegate trades for its member, and no other key does.
    let (trader, trader_key) = rig.wallet("trader", 0);
    let own = rig.json(&["member"], 0)["owner"].as_str().unwrap().to_owned();
    let back = ["novate", "sell", MARKET, "1", "mark", "--member", &own, "--keypair", &trader];
    rig.fails(&[&back[..], &with].concat(), 1, "neither owner nor delegate");
    rig.does(&["delegate", &trader_key.to_string()], "DelegateSet");
    assert_eq!(rig.json(&["member"], 0)["delegate"], trader_key.to_string().as_str());
    rig.does(&[&back[..], &with].concat(), "Novated");
    trades_in_batches(rig, &own, other, other_owner, &trader, &trader_key.to_string());
    rig.does(&["delegate", "none"], "DelegateSet");
    assert_eq!(rig.json(&["member"], 0)["positions"][0]["lots"], "2");
}

/// The delegate of both is a venue: it posts their trades from a file.
fn trades_in_batches(rig: &Rig, own: &str, other: &str, other_owner: &str, venue: &str, venue_key: &str) {
    let file = rig.folder().join("trades.txt");
    let file = file.to_str().unwrap();
    let batch = |side: &'static str| ["novate-batch", side, MARKET, own, file, "--keypair", venue];
    rig.fails(&batch("buy"), 1, "reading ");
    let says = |text: &str, error: &str| {
        std::fs::write(file, text).unwrap();
        rig.fails(&batch("buy"), 1, error);
    };
    says("# nobody\n\n", "there is no trade in ");
    says(&format!("\n{other_owner} 1\n"), "line 2 of ");
    says("nobody 1 mark", "line 1 of ");
    says(&format!("{other_owner} 0 mark"), "the amount is zero");
    says(&format!("{other_owner} 1 mark"), "neither owner nor delegate");
    rig.does(&["delegate", venue_key, "--keypair", other], "DelegateSet");
    says(&format!("{other_owner} 1 mark\n{other_owner} 1 mark"), "trades twice");
    says(&format!("{own} 1 mark"), "trades twice");
    says(&format!("{other_owner} 1 0.01"), "PriceOutsideBand: ");
    std::fs::write(file, format!("# bought of\n{other_owner}, 1, mark # at the oracle's price\n")).unwrap();
    let bought = rig.does(&batch("buy"), "Novated");
    assert_eq!((&bought["lots"], &bought["market_index"]), (&"1".into(), &NUMBER.into()));
    let sold = rig.does(&batch("sell"), "Novated");
    assert_eq!((&sold["buyer"], &sold["seller"]), (&bought["seller"], &bought["buyer"]));
    rig.does(&["delegate", "none", "--keypair", other], "DelegateSet");
}

/// The two trade without meeting: each command is sent by one of them, or by anybody.
fn trades_by_offer(rig: &Rig, other: &str) {
    let post = ["offer", "post", "sell", MARKET, "2", "--distance", "-10", "--keypair", other];
    let offer = rig.does(&post, "OfferPosted")["offer"].as_str().unwrap().to_owned();
    let listed = rig.json(&["offers"], 0)["offers"][0].clone();
    assert_eq!((&listed["offer"], &listed["lots"]), (&offer.as_str().into(), &"-2".into()));
    assert!(listed["status"].as_str().unwrap().starts_with("open until"), "{listed}");
    assert!(rig.text(&["offers"]).contains("10 bps worse"));
    let cancel = ["offer", "cancel", &offer, "--keypair", other];
    rig.fails(&["offer", "cancel", &offer], 1, "OfferNotExpired: ");
    rig.fails(&["offer", "fill", &offer], 1, "nobody has taken");
    rig.fails(&["offer", "take", &offer, "1", "--limit", "0.01"], 1, "PriceBeyondLimit: ");

    let taken = rig.does(&["offer", "take", &offer, "1"], "OfferTaken");
    assert_eq!(taken["lots"], "1");
    // No price between the taking and the fill: the next one is the first.
    rig.is_silent.set(true);
    rig.fails(&cancel, 1, "OfferTaken: ");
    rig.is_silent.set(false);
    rig.pass(2);
    let filled = rig.does(&["offer", "fill", &offer], "OfferFilled");
    assert_eq!((&filled["lots"], &filled["left"]), (&"1".into(), &"-1".into()));

    rig.does(&["offer", "take", &offer, "all"], "OfferTaken");
    rig.fails(&["offer", "lapse", &offer], 1, "TakingOpen: ");
    rig.pass(31);
    assert!(rig.text(&["offers"]).contains("has lapsed"));
    rig.does(&["offer", "lapse", &offer], "TakingLapsed");
    rig.does(&cancel, "OfferCancelled");
    assert_eq!(rig.json(&["offers"], 0)["offers"], serde_json::json!([]));
    rig.does(&["novate", "sell", MARKET, "1", "mark", "--counterparty-keypair", other], "Novated");
}

/// Actions that any wallet may send.
fn serves_others(rig: &Rig) {
    let cranked = rig.json(&["crank"], 0);
    assert_eq!(cranked["events"].as_array().unwrap().len(), rig.world.parameters.markets.len(), "{cranked}");
    let trader = rig.world.wallets.iter().find(|wallet| {
        let member = rig.json(&["member", &wallet.member.to_string()], 0);
        member["positions"].as_array().is_some_and(|held| !held.is_empty())
    });
    let trader = trader.expect("somebody holds something").member.to_string();
    let held = rig.json(&["member", &trader], 0)["positions"][0]["market"].to_string();
    rig.does(&["report-exposure", &trader], "ExposureReported");
    rig.does(&["settle", &held, &trader], "Settled");
    rig.fails(&["declare-default", &trader], 1, "refused, nothing was sent: ");
    rig.fails(&["enforce-call", &trader], 1, "NothingToCall: ");
    rig.fails(&["liquidate", &held, &trader, "all"], 1, "NotLiquidatable: ");
    rig.fails(&["take-over", &held, "all"], 1, "the house holds nothing");
    rig.fails(&["open-gains-cut"], 1, "NothingToAllocate: ");
    rig.fails(&["cut-gains"], 1, "refused, nothing was sent: ");
    rig.fails(&["close-market", &held], 1, "refused, nothing was sent: ");
    rig.fails(&["allocate-residual"], 1, "NothingToAllocate: ");
    rig.fails(&["fix-final-mark", &held], 1, "FinalMarkNotDue: ");
    rig.fails(&["close-out", &trader], 1, "MarkNotFinal: ");
    rig.fails(&["settle-epoch", &trader], 1, "there is nothing to settle");
}

fn goes(rig: &Rig) {
    let other = rig.folder().join("other.json");
    let with = ["--counterparty-keypair", other.to_str().unwrap()];
    rig.does(&[&["novate", "sell", MARKET, "2", "mark"][..], &with].concat(), "Novated");
    if rig.json(&["member"], 0)["positions"] != serde_json::json!([]) {
        rig.does(&["settle", MARKET], "Settled"); // a few seconds of premium
    }
    rig.fails(&["withdraw", "99999"], 1, "InsufficientMargin: ");
    rig.fails(&["close"], 1, "MemberNotEmpty: ");
    rig.does(&["request-withdrawal", "400"], "WithdrawalRequested");
    rig.fails(&["request-withdrawal", "all"], 1, "WithdrawalPending: ");
    rig.does(&["cancel-withdrawal"], "WithdrawalRequested");
    rig.does(&["request-withdrawal", "all"], "WithdrawalRequested");
    rig.fails(&["claim-withdrawal"], 1, "WithdrawalNotDue: ");
    assert!(rig.text(&["member"]).contains("to be claimed from "));

    rig.pass(WEEK + 60);
    rig.does(&["collect-premium", MARKET], "PremiumCollected");
    rig.does(&["claim-withdrawal"], "ExitCommitted");
    rig.pass(61);
    let paid = rig.does(&["claim-withdrawal"], "WithdrawalPaid");
    assert!(paid["amount"].as_str().unwrap().parse::<u64>().unwrap() >= 2_000 * TOKEN - 1, "{paid}");
    rig.does(&["claim-rewards"], "RewardsPaid");
    rig.fails(&["claim-rewards"], 1, "NothingToClaim: ");
    rig.fails(&["claim-recovery"], 1, "NothingToClaim: ");
    assert_eq!(rig.does(&["withdraw", "all"], "MarginMoved")["margin"], "0");
    rig.does(&["close"], "MemberClosed");
    rig.fails(&["member"], 1, "has no member account");
}

/// One member's row in the list of all.
fn without_details(member: &Value) -> Value {
    let mut member = member.clone();
    let fields = member.as_object_mut().unwrap();
    for detail in ["positions", "wallet_balance", "notice_shares", "notice_ready_secs", "rewards", "recovery"]
    {
        fields.remove(detail).expect("a detail of one member");
    }
    member
}
