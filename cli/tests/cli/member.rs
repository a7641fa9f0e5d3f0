//! A member comes, trades, and goes: every action of a member on its own account.

use {
    crate::desk::{with_desk, Desk, TOKEN},
    serde_json::Value,
};

const WEEK: i64 = 7 * 24 * 60 * 60;
/// The member's market.
const MARKET: &str = "1";

#[test]
fn a_member_comes_trades_and_goes() {
    with_desk(|desk| {
        let (other, other_owner) = desk.wallet("other", 5_000 * TOKEN);
        comes_in(desk);
        looks(desk);
        let other_owner = other_owner.to_string();
        trades(desk, &other, &other_owner);
        serves_others(desk);
        goes(desk);
    });
}

fn comes_in(desk: &Desk) {
    desk.fails(&["deposit", "1"], 1, "has no member account");
    let dry = desk.json(&["open", "--dry-run"], 0);
    assert!(dry["signature"].is_null() && dry["events"][0]["name"] == "MemberOpened", "{dry}");
    assert!(dry["compute_units"].as_u64() > Some(0));
    desk.does(&["open"], "MemberOpened");
    assert_eq!(desk.does(&["deposit", "1,012.5"], "MarginMoved")["amount"], "1012500000");
    desk.does(&["contribute", "2,000"], "Contributed");
    desk.does(&["agree-assessment"], "AssessmentAgreed");
    desk.does(&["fund-treasury", "1"], "TreasuryMoved");
}

/// Views, for people and for scripts.
fn looks(desk: &Desk) {
    let member = desk.json(&["member"], 0);
    assert_eq!((&member["margin"], &member["status"]), (&"1012500000".into(), &"active".into()));
    let listed = desk.json(&["members"], 0);
    assert!(listed["members"].as_array().unwrap().contains(&without_details(&member)), "{listed}");
    let fund = desk.json(&["fund"], 0);
    assert_eq!((&fund["fund"], &fund["status"]), (&desk.fund.as_str().into(), &"active".into()));
    assert_eq!(fund["parameters"]["notice_secs"], 604_800);
    assert!(!fund["exposures"].as_array().unwrap().is_empty(), "{fund}");
    assert_eq!(desk.json(&["markets"], 0)["markets"][0]["symbol"], "BTC");
    let market = desk.json(&["market", "0"], 0);
    assert_eq!((&market["symbol"], &market["status"]), (&"BTC".into(), &"open".into()));
    assert_eq!((&market["house"], &market["oracle"]["accepted"]), (&Value::Null, &true.into()));
    assert_eq!(market["parameters"]["initial_bps"], 550);
    assert_eq!(desk.json(&["defaults"], 0)["defaults"], serde_json::json!([]));
    assert_eq!(desk.json(&["changes"], 0)["changes"], serde_json::json!([]));
    let text = desk.text(&["member"]);
    assert!(text.contains("1,012.500000") && !text.contains('\x1b'), "{text}");
    assert!(desk.text(&["fund"]).contains("604,800 s (7 d)"));
    assert!(desk.text(&["market", "0"]).contains("550 bps (5.50%)"));
}

fn trades(desk: &Desk, other: &str, other_owner: &str) {
    desk.does(&["open-member", "--keypair", other], "MemberOpened");
    desk.does(&["contribute", "2000", "--keypair", other], "Contributed");
    desk.does(&["deposit", "500", "--for", other_owner], "MarginMoved");
    let with = ["--counterparty-keypair", other];
    let novated = desk.does(&[&["novate", "buy", MARKET, "3", "mark"][..], &with].concat(), "Novated");
    assert_eq!((&novated["lots"], &novated["market"]), (&"3".into(), &MARKET.into()));
    desk.fails(&["novate", "buy", MARKET, "3", "mark"], 1, "the other side signs too");
    desk.fails(&[&["novate", "buy", MARKET, "3", "0.01"][..], &with].concat(), 1, "PriceOutsideBand: ");

    // A delegate trades for its member, and no other key does.
    let (trader, trader_key) = desk.wallet("trader", 0);
    let own = desk.json(&["member"], 0)["owner"].as_str().unwrap().to_owned();
    let back = ["novate", "sell", MARKET, "1", "mark", "--member", &own, "--keypair", &trader];
    desk.fails(&[&back[..], &with].concat(), 1, "neither owner nor delegate");
    desk.does(&["delegate", &trader_key.to_string()], "DelegateSet");
    assert_eq!(desk.json(&["member"], 0)["delegate"], trader_key.to_string().as_str());
    desk.does(&[&back[..], &with].concat(), "Novated");
    desk.does(&["delegate", "none"], "DelegateSet");
    assert_eq!(desk.json(&["member"], 0)["positions"][0]["lots"], "2");
}

/// Actions that any wallet may send.
fn serves_others(desk: &Desk) {
    let cranked = desk.json(&["crank"], 0);
    assert_eq!(cranked["events"].as_array().unwrap().len(), desk.world.parameters.markets.len(), "{cranked}");
    let trader = desk.world.wallets.iter().find(|wallet| {
        let member = desk.json(&["member", &wallet.member.to_string()], 0);
        member["positions"].as_array().is_some_and(|held| !held.is_empty())
    });
    let trader = trader.expect("somebody holds something").member.to_string();
    let held = desk.json(&["member", &trader], 0)["positions"][0]["market"].to_string();
    desk.does(&["report-exposure", &trader], "ExposureReported");
    desk.does(&["settle", &held, &trader], "Settled");
    desk.fails(&["declare-default", &trader], 1, "refused, nothing was sent: ");
    desk.fails(&["enforce-call", &trader], 1, "NothingToCall: ");
    desk.fails(&["liquidate", &held, &trader, "all"], 1, "NotLiquidatable: ");
    desk.fails(&["take-over", &held, "all"], 1, "the house holds nothing");
    desk.fails(&["haircut-gains"], 1, "there is nothing to cut");
    desk.fails(&["allocate-residual"], 1, "NothingToAllocate: ");
    desk.fails(&["fix-final-mark", &held], 1, "NotWindDown: ");
    desk.fails(&["close-out", &trader], 1, "NotWindDown: ");
    desk.fails(&["settle-epoch", &trader], 1, "there is nothing to settle");
}

fn goes(desk: &Desk) {
    let other = desk.folder().join("other.json");
    let with = ["--counterparty-keypair", other.to_str().unwrap()];
    desk.does(&[&["novate", "sell", MARKET, "2", "mark"][..], &with].concat(), "Novated");
    if desk.json(&["member"], 0)["positions"] != serde_json::json!([]) {
        desk.does(&["settle", MARKET], "Settled"); // a few seconds of premium
    }
    desk.fails(&["withdraw", "99999"], 1, "InsufficientMargin: ");
    desk.fails(&["close"], 1, "MemberNotEmpty: ");
    desk.does(&["request-withdrawal", "400"], "WithdrawalRequested");
    desk.fails(&["request-withdrawal", "all"], 1, "WithdrawalPending: ");
    desk.does(&["cancel-withdrawal"], "WithdrawalRequested");
    desk.does(&["request-withdrawal", "all"], "WithdrawalRequested");
    desk.fails(&["claim-withdrawal"], 1, "WithdrawalNotDue: ");
    assert!(desk.text(&["member"]).contains("to be claimed from "));

    desk.pass(WEEK + 60);
    desk.does(&["collect-premium", MARKET], "PremiumCollected");
    desk.does(&["claim-withdrawal"], "ExitCommitted");
    desk.pass(61);
    let paid = desk.does(&["claim-withdrawal"], "WithdrawalPaid");
    assert!(paid["amount"].as_str().unwrap().parse::<u64>().unwrap() >= 2_000 * TOKEN - 1, "{paid}");
    desk.does(&["claim-rewards"], "RewardsPaid");
    desk.fails(&["claim-rewards"], 1, "NothingToClaim: ");
    desk.fails(&["claim-recovery"], 1, "NothingToClaim: ");
    assert_eq!(desk.does(&["withdraw", "all"], "MarginMoved")["margin"], "0");
    desk.does(&["close"], "MemberClosed");
    desk.fails(&["member"], 1, "has no member account");
}

/// One member's row in the list of all.
fn without_details(member: &Value) -> Value {
    let mut member = member.clone();
    let fields = member.as_object_mut().unwrap();
    for detail in ["positions", "notice_shares", "notice_ready_ts", "rewards", "recovery"] {
        fields.remove(detail).expect("a detail of one member");
    }
    member
}
