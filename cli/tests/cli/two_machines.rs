//! Two wallets on two machines: each signs where its key is, and anybody sends.

use {
    crate::rig::{with_rig, Rig, TOKEN},
    base64::{engine::general_purpose::STANDARD, Engine as _},
    solana_signer::Signer,
    solana_transaction::Transaction,
};

#[test]
fn a_trade_is_signed_on_two_machines() {
    with_rig(|rig| {
        let (other, other_key) = rig.wallet("other", 5_000 * TOKEN);
        for wallet in [&rig.folder().join("id.json").to_str().unwrap().to_owned(), &other] {
            rig.does(&["open", "--keypair", wallet], "MemberOpened");
            rig.does(&["contribute", "2000", "--keypair", wallet], "Contributed");
            rig.does(&["deposit", "1000", "--keypair", wallet], "MarginMoved");
        }
        let counterparty = other_key.to_string();
        let trade = ["novate", "buy", "ETH", "2", "mark", "--counterparty", &counterparty];
        rig.fails(&trade, 1, "if its key is elsewhere, give --counterparty ADDRESS with --sign-only");

        let half = rig.json(&[&trade[..], &["--sign-only"]].concat(), 0);
        assert_eq!(half["missing"], serde_json::json!([counterparty]));
        let half = half["transaction_base64"].as_str().unwrap();
        rig.fails(&["submit", half], 1, "has not signed yet");
        let (stranger, _) = rig.wallet("stranger", 0);
        rig.fails(&["sign", half, "--yes", "--keypair", &stranger], 1, "has no signature to add here");
        rig.fails(&["sign", half, "--keypair", &other], 1, "agrees with --yes");
        rig.fails(&["sign", "AAAA", "--keypair", &other], 2, "no transaction");

        let whole = rig.json(&["sign", half, "--yes", "--keypair", &other], 0);
        assert_eq!(whole["missing"], serde_json::json!([]));
        let whole = whole["transaction_base64"].as_str().unwrap();
        let decoded: Transaction = wincode::deserialize(&STANDARD.decode(whole).unwrap()).unwrap();
        assert!(decoded.verify_with_results().iter().all(|is_signed| *is_signed));
        // The one that sends needs no key, and names no fund: the transaction does.
        let novated = sent(rig, whole);
        let again = format!("transaction {} has run already: nothing was sent", decoded.signatures[0]);
        rig.fails(&["submit", whole], 1, &again);
        assert_eq!((&novated["lots"], &novated["market_index"]), (&"2".into(), &"1".into()));
    });
}

fn sent(rig: &Rig, whole: &str) -> serde_json::Value {
    let mut command = rig.bare(&["submit", whole, "--json", "--url", rig.world.validator.rpc_url()]);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    let sent: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let last = sent["events"].as_array().unwrap().last().cloned().unwrap();
    assert_eq!(last["name"], "Novated", "{sent}");
    last["fields"].clone()
}

/// A wallet that is nowhere near can be named as the one that pays.
#[test]
fn the_fee_payer_signs_elsewhere_too() {
    with_rig(|rig| {
        let (payer, payer_key) = rig.wallet("payer", 0);
        rig.does(&["open"], "MemberOpened");
        let id = solana_keypair::read_keypair_file(rig.folder().join("id.json")).unwrap().pubkey();
        let address = payer_key.to_string();
        let half = rig.json(&["deposit", "5", "--sign-only", "--fee-payer", &address], 0);
        assert_eq!(half["missing"], serde_json::json!([address]));
        let half = half["transaction_base64"].as_str().unwrap();
        let decoded: Transaction = wincode::deserialize(&STANDARD.decode(half).unwrap()).unwrap();
        assert_eq!(decoded.message.account_keys[..2], [payer_key, id]);
        let whole = rig.json(&["sign", half, "--yes", "--keypair", &payer], 0);
        rig.does(&["submit", whole["transaction_base64"].as_str().unwrap()], "MarginMoved");
    });
}

/// Two people who are not at their desks in the same minute: the trade is signed with a nonce, and sent
/// long after every blockhash of that day is forgotten.
#[test]
fn a_trade_with_a_nonce_is_signed_days_apart() {
    with_rig(|rig| {
        let (other, other_key) = rig.wallet("other", 5_000 * TOKEN);
        for wallet in [&rig.folder().join("id.json").to_str().unwrap().to_owned(), &other] {
            rig.does(&["open", "--keypair", wallet], "MemberOpened");
            rig.does(&["contribute", "2000", "--keypair", wallet], "Contributed");
            rig.does(&["deposit", "1000", "--keypair", wallet], "MarginMoved");
        }
        let counterparty = other_key.to_string();
        let trade = ["novate", "buy", "ETH", "2", "mark", "--counterparty", &counterparty];
        let made = rig.json(&["nonce", "create"], 0);
        let nonce = made["nonce_account"].as_str().unwrap();
        let before = rig.json(&["nonce", "show", nonce], 0);
        rig.fails(&[&trade[..], &["--nonce", nonce]].concat(), 2, "give --sign-only with it");
        rig.fails(
            &[&trade[..], &["--sign-only", "--nonce", &counterparty]].concat(),
            1,
            "is no nonce account",
        );

        // One machine, one day.
        let later = [&trade[..], &["--sign-only", "--nonce", nonce]].concat();
        let half = rig.json(&later, 0);
        assert_eq!(half["nonce_account"], nonce);
        assert_eq!(
            (&half["missing"], &half["last_valid_block_height"]),
            (&serde_json::json!([counterparty]), &serde_json::Value::Null)
        );
        let half = half["transaction_base64"].as_str().unwrap();
        let decoded: Transaction = wincode::deserialize(&STANDARD.decode(half).unwrap()).unwrap();
        assert_eq!(decoded.message.recent_blockhash.to_string(), before["nonce"].as_str().unwrap());
        let told = rig.text(&later);
        assert!(told.contains(&format!("it stays good until the nonce {nonce} has moved on")), "{told}");

        // Another machine, two days later.
        rig.pass(2 * 86_400);
        let whole = rig.json(&["sign", half, "--yes", "--keypair", &other], 0);
        assert_eq!(whole["missing"], serde_json::json!([]));
        let whole = whole["transaction_base64"].as_str().unwrap();
        rig.pass(3_600);
        rig.refresh();
        let novated = sent(rig, whole);
        assert_eq!((&novated["lots"], &novated["market_index"]), (&"2".into(), &"1".into()));

        // A nonce is good for one transaction.
        assert_ne!(rig.json(&["nonce", "show", nonce], 0)["nonce"], before["nonce"]);
        let again = rig.failure(&["submit", whole]);
        assert_eq!(again["kind"], "input");
        assert!(again["message"].as_str().unwrap().contains("has moved on"), "{again}");
        rig.fails(&["sign", half, "--yes", "--keypair", &other], 1, "has moved on");

        rig.fails(&["nonce", "close", nonce, "--keypair", &other], 1, "is not the authority of this nonce");
        rig.json(&["nonce", "close", nonce], 0);
        rig.fails(&["nonce", "show", nonce], 1, "there is no nonce account");
    });
}
