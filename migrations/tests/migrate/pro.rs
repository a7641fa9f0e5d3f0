//! Markets that are read from Pyth Pro: planned, created, and changed to.

use {
    crate::rig::{sent, Rig, DONE, FAILED, OPEN},
    bulkhead_client::{
        address::pro_price,
        state::{OracleKind, ProPrice},
    },
};

/// A day, the notice period and the claim window.
const TIMELOCK_SECS: i64 = 86_400 + 604_800 + 172_800;
const SOL: &str = "feed_id = \"ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d\"";
const PRO: &str =
    "pro = { feed = 6, channel = \"fixed_rate@200ms\", exponent = -8, max_confidence_bps = 50 }";

/// Checks that the third market is read from the feed's account.
fn is_pro(rig: &Rig) {
    let oracle = rig.market(2).oracle;
    assert_eq!((oracle.kind, oracle.feed_id), (OracleKind::PythPro as u8, ProPrice::feed_id(6, 3)));
    assert_eq!((oracle.account, oracle.owners), (pro_price(6, 3).to_bytes(), [[0; 32]; 2]));
    assert_eq!((oracle.feed_decimals, oracle.max_confidence_bps), (8, 50));
}

#[test]
fn a_market_of_pyth_pro_is_planned_and_created() {
    let rig = Rig::new();
    rig.edit("0002_markets.toml", SOL, "pro = { feed = 6, channel = \"real_time\" }");
    let told = rig.local(&["--dry-run"], FAILED);
    assert!(told.contains("in 0002_markets.toml, SOL: pro.channel \"real_time\""), "{told}");
    rig.edit("0002_markets.toml", "pro = { feed = 6, channel = \"real_time\" }", PRO);
    let told = rig.local(&["--dry-run"], OPEN);
    for expected in [
        "SOL.feed_id = 0600000003000000",
        &format!("SOL.account = {}", pro_price(6, 3)),
        "SOL.kind = 2",
        "SOL.max_confidence_bps = 50",
        "BTC.kind = 0",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert!(rig.fund().is_none(), "nothing was sent");
    rig.local(&[], DONE);
    is_pro(&rig);
    assert_eq!(sent(&rig.local(&[], DONE)), 0);
}

#[test]
fn a_market_is_changed_to_pyth_pro_after_its_timelock() {
    let rig = Rig::new();
    rig.local(&[], DONE);
    rig.edit("0002_markets.toml", SOL, PRO);
    let told = rig.local(&["--dry-run"], OPEN);
    assert!(told.contains("SOL oracle.kind: 0 -> 2") && told.contains("for 10.0 days"), "{told}");
    let told = rig.local(&[], OPEN);
    assert!(sent(&told) == 1 && told.contains("change 3 (SOL oracle) can be applied from "), "{told}");
    assert_eq!(rig.market(2).oracle.kind, OracleKind::PythPull as u8);
    rig.wait(TIMELOCK_SECS + 60);
    assert_eq!(sent(&rig.local(&[], DONE)), 1);
    is_pro(&rig);
}
