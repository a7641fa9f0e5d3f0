//! The instructions printed for a multisig are the ones that are sent.

use {
    crate::rig::{with_rig, Rig},
    base64::{engine::general_purpose::STANDARD, Engine as _},
    bulkhead_client::{Address, Instruction},
    serde_json::Value,
    solana_commitment_config::CommitmentConfig,
    solana_instruction::AccountMeta,
    solana_message::{Message, VersionedMessage},
    solana_rpc_client_api::config::RpcTransactionConfig,
    solana_signer::Signer,
    solana_transaction_status_client_types::UiTransactionEncoding,
    std::str::FromStr,
};

/// Number of budget instructions before the rest.
const BUDGET: usize = 2;

#[test]
fn what_is_printed_is_what_is_sent() {
    with_rig(|rig| {
        let authority = rig.authority(0);
        rig.json(&["open"], 0);
        rig.json(&["deposit", "10"], 0);
        let slot = (rig.slot() + 1_000).to_string();
        let govern = ["--keypair", &authority, "--last-valid-slot", &slot];
        let id = rig.folder().join("id.json").to_str().unwrap().to_owned();
        for (arguments, key) in [
            (vec!["deposit", "12.5"], &id),
            (vec!["withdraw", "1"], &id),
            (vec!["crank", "0", "1"], &id),
            ([&["governance", "pause", "all", "--secs", "60"][..], &govern].concat(), &authority),
            (
                [&["governance", "queue-change", "market", "1", "price_band_bps=50"][..], &govern].concat(),
                &authority,
            ),
        ] {
            compare(rig, &arguments, key);
        }

        // The key need not be here.
        let who = rig.world.authority.pubkey().to_string();
        let aside = [
            "governance",
            "end-pause",
            "all",
            "--print-instruction",
            "--authority",
            &who,
            "--keypair",
            "no/such.json",
        ];
        let printed = rig.json(&aside, 0);
        let signer = &printed["instructions"][0]["accounts"][1];
        assert_eq!((&signer["name"], &signer["pubkey"]), (&"authority".into(), &who.as_str().into()));
        assert_eq!((&signer["is_signer"], &signer["is_writable"]), (&true.into(), &false.into()));
        assert!(
            printed["review"]["notes"]["last_valid_slot"].as_str().unwrap().contains("about 24 h from now"),
            "{printed}"
        );
        // As one message, for import.
        let message = STANDARD.decode(printed["message_base64"].as_str().unwrap()).unwrap();
        assert_eq!(bs58::decode(printed["message_base58"].as_str().unwrap()).into_vec().unwrap(), message);
        let decoded: Message = wincode::deserialize(&message).unwrap();
        let instruction = read(&printed["instructions"][0]);
        let authority = rig.world.authority.pubkey();
        let again = Message::new_with_blockhash(&[instruction], Some(&authority), &decoded.recent_blockhash);
        assert_eq!(decoded, again);
        let text = rig.text(&aside);
        assert!(text.contains("data, base58") && text.contains("governance nonce"), "{text}");
    });
}

fn compare(rig: &Rig, arguments: &[&str], key: &str) {
    let printed = rig.json(&[arguments, &["--print-instruction"]].concat(), 0);
    let sent = rig.json(&[arguments, &["--yes"]].concat(), 0);
    let signature = sent["signature"].as_str().unwrap().parse().unwrap();
    let config = RpcTransactionConfig {
        encoding: Some(UiTransactionEncoding::Base64),
        commitment: Some(CommitmentConfig::confirmed()),
        max_supported_transaction_version: Some(0),
    };
    let landed = rig.rpc.get_transaction_with_config(&signature, config).unwrap().transaction.transaction;
    let VersionedMessage::Legacy(sent) = landed.decode().unwrap().message else { panic!("an old message") };

    let payer = solana_keypair::read_keypair_file(key).unwrap().pubkey();
    assert_eq!(sent.account_keys[0], payer);
    let budget = sent.instructions[..BUDGET].iter().map(|instruction| Instruction {
        program_id: sent.account_keys[usize::from(instruction.program_id_index)],
        accounts: Vec::new(),
        data: instruction.data.clone(),
    });
    let instructions = printed["instructions"].as_array().unwrap().iter().map(read);
    let all: Vec<Instruction> = budget.chain(instructions).collect();
    assert_eq!(
        Message::new_with_blockhash(&all, Some(&payer), &sent.recent_blockhash),
        sent,
        "{arguments:?}"
    );
}

fn read(printed: &Value) -> Instruction {
    let address = |value: &Value| Address::from_str(value.as_str().unwrap()).unwrap();
    let data = STANDARD.decode(printed["data_base64"].as_str().unwrap()).unwrap();
    assert_eq!(bs58::decode(printed["data_base58"].as_str().unwrap()).into_vec().unwrap(), data);
    let accounts = printed["accounts"].as_array().unwrap().iter().map(|account| AccountMeta {
        pubkey: address(&account["pubkey"]),
        is_signer: account["is_signer"].as_bool().unwrap(),
        is_writable: account["is_writable"].as_bool().unwrap(),
    });
    Instruction { program_id: address(&printed["program_id"]), accounts: accounts.collect(), data }
}
