//! Changed files on a fund that exists: queued, waited for, applied.

use {
    crate::rig::{sent, Rig, DONE, FAILED, OPEN},
    bulkhead_client::Address,
};

/// A day, the notice period and the claim window.
const TIMELOCK_SECS: i64 = 86_400 + 604_800 + 172_800;
const CHANGE_WINDOW_SECS: i64 = 14 * 86_400;

#[test]
fn a_changed_parameter_is_queued_and_applied_when_its_time_has_come() {
    let rig = Rig::new();
    rig.local(&[], DONE);
    let guardian = Address::new_from_array([7; 32]);
    rig.edit("0001_fund.toml", "clearing_fee_bps = 2", "clearing_fee_bps = 1");
    rig.edit("0002_markets.toml", "breaker_bps = 1_300", "breaker_bps = 1_250");
    rig.edit("0002_markets.toml", "max_ahead_secs = 10", "max_ahead_secs = 9");
    rig.edit("profiles/localnet.toml", "guardian = \"payer\"", &format!("guardian = \"{guardian}\""));

    let told = rig.local(&["--dry-run"], OPEN);
    for expected in [
        "fund.clearing_fee_bps: 2 -> 1",
        "SOL.breaker_bps: 1300 -> 1250",
        "ETH oracle.max_ahead_secs: 10 -> 9",
        &format!("guardian.{} -> {guardian}", solana_signer::Signer::pubkey(&rig.payer)),
        "for 10.0 days",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    // The fund, a market's terms, three oracles, the guardian.
    let told = rig.local(&[], OPEN);
    assert!(sent(&told) == 6 && told.contains("change 3 (fund) can be applied from "), "{told}");
    assert_eq!(rig.fund().unwrap().params.clearing_fee_bps, 2);
    let told = rig.local(&[], OPEN);
    assert!(sent(&told) == 0 && told.contains("6 parameters: waits"), "{told}");

    rig.wait(TIMELOCK_SECS + 60);
    let told = rig.local(&["--dry-run"], OPEN);
    assert!(told.contains("fund: change 3 is applied"), "{told}");
    let told = rig.local(&[], DONE);
    assert_eq!(sent(&told), 6, "{told}");
    let fund = rig.fund().unwrap();
    assert_eq!((fund.params.clearing_fee_bps, fund.guardian), (1, guardian));
    assert_eq!(rig.market(2).adjustment.breaker_bps, 1_250);
    assert!((0..3).all(|index| rig.market(index).oracle.max_ahead_secs == 9));
    assert_eq!(sent(&rig.local(&[], DONE)), 0);
}

#[test]
fn a_change_that_nobody_applied_in_time_is_announced_again_and_one_nobody_wants_is_told() {
    let rig = Rig::new();
    rig.local(&[], DONE);
    rig.edit("0001_fund.toml", "bounty_bps = 50", "bounty_bps = 40");
    rig.local(&[], OPEN);
    rig.edit("0001_fund.toml", "bounty_bps = 40", "bounty_bps = 50");
    let told = rig.local(&[], DONE);
    assert!(told.contains("change 3 is queued that they do not want"), "{told}");

    rig.edit("0001_fund.toml", "bounty_bps = 50", "bounty_bps = 40");
    rig.wait(TIMELOCK_SECS + CHANGE_WINDOW_SECS + 60);
    let told = rig.local(&[], OPEN);
    assert!(sent(&told) == 1 && told.contains("change 4 (fund) can be applied from"), "{told}");
}

#[test]
fn what_the_program_would_refuse_is_refused_before_it_is_sent() {
    let rig = Rig::new();
    rig.local(&[], DONE);
    rig.edit("0001_fund.toml", "clearing_fee_bps = 2", "clearing_fee_bps = 3");
    let told = rig.local(&["--dry-run"], FAILED);
    assert!(told.contains("the program refuses this change of fund (clearing_fee_bps: 2 -> 3)"), "{told}");
    rig.edit("0001_fund.toml", "clearing_fee_bps = 3", "clearing_fee_bps = 2");
    rig.edit("0002_markets.toml", "lot_decimals = 4", "lot_decimals = 5");
    let told = rig.local(&[], FAILED);
    assert!(
        told.contains("BTC: lot_decimals is 4 on chain and 5 in 0002_markets.toml; it cannot change"),
        "{told}"
    );
}

#[test]
fn a_treasury_is_filled_up_and_never_emptied() {
    let rig = Rig::new();
    rig.local(&[], DONE);
    rig.edit("profiles/localnet.toml", "tokens = 10_000", "tokens = 12_500");
    let told = rig.local(&[], DONE);
    assert!(sent(&told) == 1 && told.contains("treasury: 10,000 tokens -> 12,500 tokens"), "{told}");
    rig.edit("profiles/localnet.toml", "tokens = 12_500", "tokens = 1");
    assert_eq!(sent(&rig.local(&[], DONE)), 0);
    assert_eq!(rig.fund().unwrap().treasury, 12_500_000_000);
}
