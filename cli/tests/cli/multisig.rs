//! A fund that vaults govern, with nothing but the command line, and Squads' own program on the validator.

use {
    crate::{
        readme::{arguments, lines, PAGE},
        rig::{with_rig, Rig, TOKEN},
    },
    bulkhead_client::Address,
    bulkhead_inspect::build::hash,
    bulkhead_squads::{program_config, MultisigKeys, ProgramConfig, PROGRAM},
    serde_json::{json, Value},
    solana_loader_v3_interface::{instruction as loader, state::UpgradeableLoaderState as State},
    solana_message::Message,
    solana_sdk_ids::bpf_loader_upgradeable,
};

const DAY: i64 = 24 * 60 * 60;
const SOL: u64 = 1_000_000_000;

/// A multisig: two of three sign.
struct Council {
    multisig: String,
    vault: String,
    /// The key files of its members, and their addresses.
    members: Vec<(String, String)>,
}

impl Council {
    /// Makes one of three new wallets.
    fn create(rig: &Rig, name: &str, time_lock: &[&str]) -> Self {
        let wallets = (0..3).map(|place| rig.wallet(&format!("{name}-{place}"), 0));
        let members: Vec<_> = wallets.map(|(file, key)| (file, key.to_string())).collect();
        let keys: Vec<&str> = members.iter().map(|(_, key)| key.as_str()).collect();
        let made = rig.json(
            &[
                &["multisig", "create", "--threshold", "2"],
                &keys[..],
                time_lock,
                &["--keypair", &members[0].0],
            ]
            .concat(),
            0,
        );
        let [multisig, vault] = ["multisig", "vault"].map(|name| made[name].as_str().unwrap().to_owned());
        let purse = vault.parse::<Address>().unwrap();
        rig.world.validator.set_sol(&purse, 10 * SOL).unwrap();
        Self { multisig, vault, members }
    }

    /// What a member does.
    fn does(&self, rig: &Rig, member: usize, act: &str, arguments: &[&str]) -> Value {
        let key = ["--keypair", &self.members[member].0, "--yes"];
        rig.json(&[&["multisig", act, &self.multisig], arguments, &key].concat(), 0)
    }

    /// What a member is refused.
    fn refused(&self, rig: &Rig, member: usize, act: &str, arguments: &[&str], says: &str) {
        let key = ["--keypair", &self.members[member].0, "--yes"];
        rig.fails(&[&["multisig", act, &self.multisig], arguments, &key].concat(), 1, says);
    }

    /// The message of an action of governance that the vault signs.
    fn message(&self, rig: &Rig, action: &[&str]) -> String {
        let printed = ["--print-instruction", "--authority", &self.vault];
        let printed = rig.json(&[&["governance"], action, &printed].concat(), 0);
        printed["message_base58"].as_str().unwrap().to_owned()
    }

    /// A proposal of an action, with the votes that it needs. Returns its index.
    fn approved(&self, rig: &Rig, action: &[&str]) -> String {
        let proposed = self.does(rig, 0, "propose", &[&self.message(rig, action)]);
        let index = proposed["index"].as_str().unwrap().to_owned();
        assert_eq!(self.does(rig, 0, "approve", &[&index])["status"], "active");
        assert_eq!(self.does(rig, 1, "approve", &[&index])["status"], "approved");
        index
    }
}

#[test]
fn vaults_govern_from_the_proposal_to_the_veto() {
    with_rig(|rig| {
        let (treasury, authority) = (Address::new_from_array([82; 32]), Address::new_from_array([81; 32]));
        rig.world.validator.deploy_at(PROGRAM, "squads_program.so").unwrap();
        rig.world.validator.set_sol(&treasury, SOL).unwrap();
        let settings = ProgramConfig { authority, creation_fee: 7, treasury }.encode();
        rig.world.validator.set_account(&program_config(&PROGRAM), &PROGRAM, &settings).unwrap();

        let key = rig.authority(6_000 * TOKEN);
        let council = Council::create(rig, "authority", &["--time-lock", "1h"]);
        let guardian = Council::create(rig, "guardian", &[]);
        handed_over(rig, &key, &council);
        guarded(rig, &council, &guardian);
        vetoed(rig, &council, &guardian);
        opened(rig, &council);
        rejected(rig, &guardian);
        upgraded(rig, &council);
        impostors(rig, &guardian);
        replaced(rig, &guardian);
    });
}

/// The authority moves to the vault once the vault has signed, and to nothing that cannot sign.
fn handed_over(rig: &Rig, key: &str, council: &Council) {
    let offer =
        |to: &str| ["governance", "transfer-authority", to, "--keypair", key, "--yes"].map(str::to_owned);
    let vault = bulkhead_client::address::vault(&rig.world.keys.fund).to_string();
    for (silent, why) in [
        (council.multisig.as_str(), "what signs is its vault"),
        (&vault, "it is a token account"),
        (&rig.fund, "it is an account of Bulkhead itself"),
    ] {
        let arguments = offer(silent);
        rig.fails(&arguments.each_ref().map(String::as_str), 1, why);
        let guardian = ["governance", "queue-change", "guardian", silent, "--keypair", key, "--yes"];
        rig.fails(&guardian, 1, why);
    }
    assert!(rig.json(&["fund"], 0)["pending_authority"].as_str().is_none_or(|to| to != council.multisig));

    let arguments = offer(&council.vault);
    rig.does(&arguments.each_ref().map(String::as_str), "AuthorityMoved");
    assert_ne!(rig.json(&["fund"], 0)["authority"], council.vault.as_str(), "the vault has not signed");
    let index = council.approved(rig, &["accept-authority"]);
    council.refused(rig, 2, "execute", &[&index], "TimeLockNotReleased");
    council.refused(rig, 2, "execute", &[&index], "it can be executed from 2");
    rig.pass(3_601);
    assert_eq!(council.does(rig, 2, "execute", &[&index])["status"], "executed");
    assert_eq!(rig.json(&["fund"], 0)["authority"], council.vault.as_str());
}

/// A change that the vault has announced: the guardian's other vault takes its place in ten days.
fn guarded(rig: &Rig, council: &Council, guardian: &Council) {
    let late = council.message(rig, &["queue-change", "fund", "notice_secs=86400"]);
    let index = council.approved(rig, &["queue-change", "guardian", &guardian.vault]);
    let shown = rig.json(&["multisig", "show", &council.multisig, &index], 0);
    assert_eq!(shown["proposal"]["status"], "approved");
    let review = &shown["review"];
    let change = &review["changes"][0];
    assert_eq!((&change["name"], &change["new"]), (&json!("guardian"), &json!(guardian.vault)), "{review}");
    assert_eq!(change["old"], rig.json(&["fund"], 0)["guardian"], "what is now stands beside it");
    let call = &review["instructions"][0];
    assert_eq!(
        (&call["name"], &call["arguments"]["change.Guardian"]),
        (&json!("queue_change"), &change["new"])
    );
    let accounts: Vec<_> =
        call["accounts"].as_array().unwrap().iter().map(|account| &account["pubkey"]).collect();
    assert!(accounts.contains(&&json!(rig.fund)) && accounts.contains(&&json!(council.vault)), "{call}");
    rig.pass(3_601);
    // What has happened is told as the fund counts: a date, and not seconds of its clock.
    let execute = ["multisig", "execute", &council.multisig, &index, "--keypair", &council.members[2].0];
    let told = rig.text(&[&execute[..], &["--yes"]].concat());
    assert!(told.contains("later by the time that exits are blocked until then"), "{told}");
    let number = rig.json(&["changes"], 0)["changes"][0]["number"].as_str().unwrap().to_owned();
    // What was printed before that is dead, and members hear of it before they sign.
    let notes = council.does(rig, 0, "propose", &[&late])["review"]["notes"].clone();
    assert!(notes["would_be_REFUSED"].as_str().unwrap().starts_with("StaleNonce: "), "{notes}");
    rig.pass(10 * DAY + 5);
    let apply = council.approved(rig, &["apply-change", &number]);
    let shown = rig.json(&["multisig", "show", &council.multisig, &apply], 0);
    assert_eq!(shown["review"]["changes"][0]["new"], guardian.vault.as_str(), "what the record says");
    rig.pass(3_601);
    council.does(rig, 2, "execute", &[&apply]);
    assert_eq!(rig.json(&["fund"], 0)["guardian"], guardian.vault.as_str());
}

/// The guardian's members stop a second change.
fn vetoed(rig: &Rig, council: &Council, guardian: &Council) {
    let index = council.approved(rig, &["queue-change", "fund", "notice_secs=86400"]);
    let call =
        rig.json(&["multisig", "show", &council.multisig, &index], 0)["review"]["instructions"][0].clone();
    let values = call["arguments"].as_object().unwrap().keys().filter(|name| name.contains(".values."));
    assert_eq!(
        values.collect::<Vec<_>>(),
        ["change.Fund.values.notice_secs"],
        "what is touched, and no more"
    );
    rig.pass(3_601);
    // Who executes has SOL. The rent of the record is the vault's.
    let purse = council.vault.parse::<Address>().unwrap();
    rig.world.validator.set_sol(&purse, 0).unwrap();
    council.refused(rig, 2, "execute", &[&index], &format!("the vault {purse} pays the rent"));
    rig.world.validator.set_sol(&purse, 10 * SOL).unwrap();
    let executed = council.does(rig, 2, "execute", &[&index]);
    let number = executed["events"][0]["fields"]["number"].as_str().unwrap().to_owned();
    let message = guardian.message(rig, &["veto-change", &number]);
    council.refused(rig, 0, "propose", &[&message], "is no vault of");
    council.refused(rig, 0, "propose", &["not a message"], "is not in base58");

    // The lines of the page, as they stand.
    let shown = lines(PAGE, "bulkhead multisig ");
    assert_eq!(shown.len(), 4, "proposal, two votes, execution");
    for line in shown {
        let words = arguments(line).unwrap().into_iter().map(|word| match word {
            "MULTISIG" => guardian.multisig.as_str(),
            "\"$message\"" => &message,
            "first.json" => &guardian.members[0].0,
            "second.json" => &guardian.members[1].0,
            word => word,
        });
        rig.json(&words.chain(["--yes"]).collect::<Vec<_>>(), 0);
    }
    assert_eq!(rig.json(&["changes"], 0)["changes"], serde_json::json!([]));
    assert_ne!(rig.json(&["fund"], 0)["parameters"]["notice_secs"], 86_400);

    // The same once more, which nothing is left to do for.
    let index = guardian.does(rig, 0, "propose", &[&message])["index"].as_str().unwrap().to_owned();
    guardian.refused(rig, 2, "execute", &[&index], "cannot be executed: active since");
    guardian.does(rig, 0, "approve", &[&index]);
    guardian.refused(rig, 0, "approve", &[&index], "AlreadyApproved");
    let all = rig.json(&["multisig", "show", &guardian.multisig], 0)["proposals"].clone();
    assert_eq!((&all[0]["index"], &all[0]["status"]), (&json!(index), &json!("active")), "{all}");
    assert_eq!(all[1]["status"], "executed", "{all}");
}

/// A vote for a new market shows its parameters, and not only the number of the change.
fn opened(rig: &Rig, council: &Council) {
    let index = council.approved(rig, &["queue-change", "new-market", "SOL"]);
    rig.pass(3_601);
    let executed = council.does(rig, 2, "execute", &[&index]);
    let number = executed["events"][0]["fields"]["number"].as_str().unwrap().to_owned();
    rig.pass(10 * DAY + 5);
    let message = council.message(rig, &["open-market", &number]);
    let review = council.does(rig, 0, "propose", &[&message, "--dry-run"])["review"].clone();
    let names: Vec<&str> =
        review["changes"].as_array().unwrap().iter().filter_map(|change| change["name"].as_str()).collect();
    assert!(names.contains(&"initial_bps") && names.contains(&"feed_id"), "{review}");
}

/// What a member cannot see it does not sign, and stops all the same.
fn rejected(rig: &Rig, council: &Council) {
    let message = council.message(rig, &["pause", "novate"]);
    let proposed = council.does(rig, 0, "propose", &[&message]);
    assert_eq!(proposed["review"]["notes"]["pauses"], "novate", "in words, and not in bits: {proposed}");
    let index = proposed["index"].as_str().unwrap().to_owned();
    let keys = MultisigKeys { program: PROGRAM, multisig: council.multisig.parse().unwrap() };
    let place = keys.transaction(index.parse().unwrap());
    rig.world.validator.set_account(&place, &PROGRAM, &[7; 100]).unwrap();
    council.refused(rig, 1, "approve", &[&index], "cannot be shown");
    assert_eq!(council.does(rig, 1, "reject", &[&index])["status"], "active");
    assert_eq!(council.does(rig, 2, "reject", &[&index])["status"], "rejected");
}

/// Two upgrades that differ in their buffers are told apart by the builds in them.
fn upgraded(rig: &Rig, council: &Council) {
    let (vault, program) = (council.vault.parse::<Address>().unwrap(), Address::new_from_array([83; 32]));
    let review = |buffer: Address| {
        let upgrade = loader::upgrade(&program, &buffer, &vault, &vault);
        let message = Message::new(&[upgrade], Some(&vault)).serialize();
        let message = bs58::encode(message).into_string();
        let proposed = council.does(rig, 0, "propose", &[&message]);
        let index = proposed["index"].as_str().unwrap();
        rig.json(&["multisig", "show", &council.multisig, index], 0)["review"].clone()
    };
    let buffer = |byte: u8, authority: Address, build: &[u8]| {
        let (address, owner) = (Address::new_from_array([byte; 32]), bpf_loader_upgradeable::ID);
        let mut data = bincode::serialize(&State::Buffer { authority_address: Some(authority) }).unwrap();
        data.extend(build);
        rig.world.validator.set_account(&address, &owner, &data).unwrap();
        address
    };
    let (ours, theirs) = (buffer(84, vault, &[1, 2, 0]), buffer(85, program, &[1, 3, 0]));
    let (ours, theirs) = (review(ours), review(theirs));
    let build = |review: &Value| review["notes"]["new_build"].as_str().unwrap().to_owned();
    assert!(build(&ours).contains(&hash(&[1, 2])) && build(&ours).contains("only this vault"), "{ours}");
    assert!(build(&theirs).contains(&hash(&[1, 3])) && build(&theirs).contains("STILL CHANGE"), "{theirs}");
    let [call, other] = [&ours, &theirs].map(|review| review["instructions"][0].clone());
    assert_eq!(call["arguments"]["programAccount"], json!(program.to_string()), "{call}");
    assert_ne!(call["arguments"], other["arguments"]);
    assert!(build(&review(Address::new_from_array([86; 32]))).contains("is not there"));
}

/// An account that reads like a multisig and belongs to another program is no multisig.
fn impostors(rig: &Rig, council: &Council) {
    let genuine = rig.world.chain.data(&council.multisig.parse().unwrap()).unwrap();
    let (fake, thief) = (Address::new_from_array([87; 32]), Address::new_from_array([88; 32]));
    rig.world.validator.set_account(&fake, &thief, &genuine).unwrap();
    let (fake, thief) = (fake.to_string(), thief.to_string());
    let key = council.members[0].0.as_str();
    for act in [&["show"][..], &["approve", "1"], &["execute", "1"]] {
        let words = [&["multisig", act[0], &fake], &act[1..], &["--keypair", key, "--yes"]].concat();
        rig.fails(&words, 1, &format!("belongs to {thief}"));
    }
    let shown = rig.json(&["multisig", "show", &fake, "--program", &thief], 0);
    assert_ne!(shown["vault"], council.vault.as_str(), "its vaults are others");
}

/// A member whose key is lost is replaced by the others.
fn replaced(rig: &Rig, council: &Council) {
    let (lost, new) = (council.members[1].1.clone(), rig.wallet("new", 0).1.to_string());
    council.refused(rig, 0, "replace", &[&new, &lost], "is no member of");
    council.refused(rig, 0, "replace", &[&lost, &council.members[2].1], "already: name a key that is none");
    let index = council.does(rig, 0, "replace", &[&lost, &new])["index"].as_str().unwrap().to_owned();
    let shown = rig.json(&["multisig", "show", &council.multisig, &index], 0);
    let notes = &shown["review"]["notes"];
    assert_eq!(
        (notes["new_member"].as_str(), notes["leaves"].as_str()),
        (Some(format!("{new}, who proposes, votes, executes").as_str()), Some(lost.as_str()),)
    );
    council.does(rig, 0, "approve", &[&index]);
    council.does(rig, 2, "approve", &[&index]);
    council.does(rig, 2, "execute", &[&index]);
    let members = rig.json(&["multisig", "show", &council.multisig], 0)["members"].clone();
    let members: Vec<&str> = members.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(members.len() == 3 && members.contains(&new.as_str()) && !members.contains(&lost.as_str()));
}
