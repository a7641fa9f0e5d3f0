//! Bytes, accounts and their order are those of Squads' own client, as `record.mjs` has recorded them.

use {
    bulkhead_squads::{
        AccountMeta, Address, ConfigAction, ConfigTransaction, Error, Instruction, Member, Multisig,
        MultisigKeys, NewMultisig, ProgramConfig, Proposal, SpendingLimit, Status, Transaction, VaultMessage,
        VaultTransaction, PROGRAM, VOTES,
    },
    serde_json::Value,
};

const INDEX: u64 = 258;
const VAULT: u8 = 3;

fn key(byte: u8) -> Address {
    Address::new_from_array([byte; 32])
}

fn recorded() -> Value {
    serde_json::from_str(include_str!("client.json")).expect("the record")
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().expect("hexadecimal digits");
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("digits")).collect()
}

fn address(text: &Value) -> Address {
    let bytes = bs58::decode(text.as_str().expect("an address")).into_vec().expect("base58");
    Address::new_from_array(bytes.try_into().expect("32 bytes"))
}

fn instruction(recorded: &Value) -> Instruction {
    let meta = |account: &Value| AccountMeta {
        pubkey: address(&account[0]),
        is_signer: account[1].as_bool().expect("a flag"),
        is_writable: account[2].as_bool().expect("a flag"),
    };
    Instruction {
        program_id: address(&recorded["program"]),
        accounts: recorded["accounts"].as_array().expect("accounts").iter().map(meta).collect(),
        data: bytes(&recorded["data"]),
    }
}

fn keys() -> MultisigKeys {
    MultisigKeys::created_by(&key(1), PROGRAM)
}

fn message() -> VaultMessage {
    VaultMessage::import(&bytes(&recorded()["message"])).expect("a message")
}

/// One of each kind.
fn actions() -> Vec<ConfigAction> {
    let limit = SpendingLimit {
        create_key: key(32),
        vault_index: 3,
        mint: key(33),
        amount: 1_000_000,
        period: 2,
        members: vec![key(34), key(35)],
        destinations: vec![key(36)],
    };
    vec![
        ConfigAction::AddMember(Member::full(key(30))),
        ConfigAction::RemoveMember(key(31)),
        ConfigAction::ChangeThreshold(3),
        ConfigAction::SetTimeLock(86_400),
        ConfigAction::AddSpendingLimit(limit),
        ConfigAction::RemoveSpendingLimit(key(37)),
        ConfigAction::SetRentCollector(Some(key(38))),
        ConfigAction::SetRentCollector(None),
    ]
}

#[test]
fn a_multisig_and_its_vaults_are_where_the_client_looks_for_them() {
    let record = recorded();
    assert_eq!(keys().multisig, address(&record["multisig"]));
    assert_eq!(keys().vault(VAULT), address(&record["vault"]));
    assert_eq!(keys().vault_index(&keys().vault(VAULT)), Some(VAULT));
    assert_eq!(keys().vault_index(&keys().multisig), None);
}

#[test]
fn instructions_are_those_of_the_client() {
    let (record, keys) = (recorded(), keys());
    let (member, creator, treasury, payer) = (key(2), key(3), key(4), key(5));
    let members = vec![Member::full(key(12)), Member { key: key(11), permissions: VOTES }];
    let wishes = NewMultisig { config_authority: None, threshold: 2, members, time_lock_secs: 3_600 };
    let [transaction, proposal] = keys.propose(INDEX, member, payer, VAULT, &message());
    let [config, same] = keys.propose_config(INDEX, member, payer, &actions());
    assert_eq!(proposal, same);
    for (name, ours) in [
        ("create", keys.create(key(1), creator, treasury, &wishes)),
        ("transaction", transaction),
        ("proposal", proposal),
        ("config", config),
        ("approve", keys.approve(INDEX, member)),
        ("reject", keys.reject(INDEX, member)),
        ("cancel", keys.cancel(INDEX, member)),
        ("execute", keys.execute(INDEX, member, VAULT, &message())),
        ("executeConfig", keys.execute_config(INDEX, member, payer)),
    ] {
        assert_eq!(ours, instruction(&record[name]), "{name}");
    }
}

#[test]
fn accounts_are_read_as_the_client_writes_them() {
    let accounts = &recorded()["accounts"];
    let multisig = Multisig::decode(&bytes(&accounts["multisig"])).unwrap();
    let members = vec![Member { key: key(11), permissions: VOTES }, Member::full(key(12))];
    let expected = Multisig {
        config_authority: None,
        threshold: 2,
        time_lock_secs: 3_600,
        transaction_index: INDEX,
        stale_index: 7,
        members,
    };
    assert_eq!((multisig.voters(), &multisig), (2, &expected));

    let proposal = Proposal::decode(&bytes(&accounts["proposal"])).unwrap();
    assert_eq!((proposal.multisig, proposal.index), (keys().multisig, INDEX));
    assert_eq!(proposal.status, Status::Approved(1_800_000_000));
    assert_eq!((proposal.approved, proposal.rejected), (vec![key(11), key(12)], vec![key(13)]));

    let transaction = VaultTransaction::decode(&bytes(&accounts["transaction"])).unwrap();
    assert_eq!((transaction.creator, transaction.index, transaction.vault_index), (key(2), INDEX, VAULT));
    assert_eq!(transaction.message, message(), "what is stored is what was imported");

    let data = bytes(&accounts["config"]);
    let change = ConfigTransaction::decode(&data).unwrap();
    assert_eq!((change.multisig, change.creator, change.index), (keys().multisig, key(2), INDEX));
    assert_eq!(change.actions, actions());
    assert_eq!(Transaction::decode(&data), Ok(Transaction::Config(change)));

    let settings = ProgramConfig { authority: key(40), creation_fee: 50, treasury: key(4) };
    assert_eq!(ProgramConfig::decode(&bytes(&accounts["settings"])), Ok(settings));
    assert_eq!(settings.encode(), bytes(&accounts["settings"]));
}

/// A proposal that is made from instructions is the same as one from their serialized message: nobody has
/// to trust that the two say the same.
#[test]
fn a_message_says_what_its_instructions_say() {
    let message = message();
    let instructions = message.instructions();
    assert_eq!(instructions.len(), 2);
    assert_eq!(instructions[1].data, vec![7; 300]);
    assert_eq!(VaultMessage::compile(&keys().vault(VAULT), &instructions), Ok(message.clone()));
    assert_eq!(message.cosigners(&keys().vault(VAULT)), [key(6)], "the vault's part is the program's");
}

#[test]
fn what_is_cut_or_something_else_is_refused() {
    let record = recorded();
    let message = bytes(&record["message"]);
    for end in 0..message.len() {
        let refused = VaultMessage::import(&message[..end]).expect_err("it is cut");
        assert!(matches!(refused, Error::Message(_)), "{end}: {refused}");
    }
    assert!(matches!(VaultMessage::import(&[&message[..], &[0]].concat()), Err(Error::Message(_))));
    let versioned = [&[0x80][..], &message].concat();
    assert_eq!(VaultMessage::import(&versioned), Err(Error::LookupTables));
    // The first account of the first instruction: one beyond the last.
    let mut beyond = message.clone();
    let keys_end = 3 + 1 + usize::from(message[3]) * 32 + 32;
    beyond[keys_end + 1] = message[3];
    assert_eq!(VaultMessage::import(&beyond), Err(Error::Index(message[3])));
    let mut unsigned = message.clone();
    unsigned[0] = message[3] + 1;
    assert!(VaultMessage::import(&unsigned).is_err(), "more signers than accounts");

    let accounts = &record["accounts"];
    let [multisig, proposal, transaction] =
        ["multisig", "proposal", "transaction"].map(|name| bytes(&accounts[name]));
    assert_eq!(Multisig::decode(&proposal), Err(Error::Kind("multisig")));
    assert_eq!(Proposal::decode(&multisig), Err(Error::Kind("proposal")));
    assert_eq!(VaultTransaction::decode(&multisig), Err(Error::Kind("transaction of a vault")));
    // A vault signs what is in a batch too, which a member cannot see in this account.
    assert!(matches!(Transaction::decode(&bytes(&accounts["batch"])), Err(Error::Kind(_))));
    let config = bytes(&accounts["config"]);
    for end in 8..config.len() {
        assert_eq!(Transaction::decode(&config[..end]), Err(Error::Short), "{end}");
    }
    let mut unknown = config.clone();
    unknown[8 + 32 + 32 + 8 + 1 + 4] = 7;
    assert_eq!(Transaction::decode(&unknown), Err(Error::Case("action", 7)));
    for end in 8..multisig.len() {
        assert_eq!(Multisig::decode(&multisig[..end]), Err(Error::Short), "{end}");
    }
    for end in 8..proposal.len() {
        assert_eq!(Proposal::decode(&proposal[..end]), Err(Error::Short), "{end}");
    }
    for end in 8..transaction.len() {
        assert_eq!(VaultTransaction::decode(&transaction[..end]), Err(Error::Short), "{end}");
    }
}
