//! A fund that vaults govern, with nothing but the command line, and Squads' own program on the validator.

use {
    crate::{
        readme::{arguments, lines, PAGE},
        rig::{with_rig, Rig, TOKEN},
    },
    bulkhead_client::Address,
    bulkhead_squads::{program_config, ProgramConfig, PROGRAM},
    serde_json::Value,
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
    rig.pass(3_601);
    assert_eq!(council.does(rig, 2, "execute", &[&index])["status"], "executed");
    assert_eq!(rig.json(&["fund"], 0)["authority"], council.vault.as_str());
}

/// A change that the vault has announced: the guardian's other vault takes its place in ten days.
fn guarded(rig: &Rig, council: &Council, guardian: &Council) {
    let index = council.approved(rig, &["queue-change", "guardian", &guardian.vault]);
    let shown = rig.json(&["multisig", "show", &council.multisig, &index], 0);
    assert_eq!(shown["proposal"]["status"], "approved");
    assert!(shown["review"]["notes"]["instructions"].as_str().unwrap().starts_with("queue_change of "));
    rig.pass(3_601);
    let executed = council.does(rig, 2, "execute", &[&index]);
    let number = executed["events"][0]["fields"]["number"].as_str().unwrap().to_owned();
    rig.pass(10 * DAY + 5);
    let apply = council.approved(rig, &["apply-change", &number]);
    rig.pass(3_601);
    council.does(rig, 2, "execute", &[&apply]);
    assert_eq!(rig.json(&["fund"], 0)["guardian"], guardian.vault.as_str());
}

/// The guardian's members stop a second change.
fn vetoed(rig: &Rig, council: &Council, guardian: &Council) {
    let index = council.approved(rig, &["queue-change", "fund", "notice_secs=86400"]);
    rig.pass(3_601);
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
}

/// A member whose key is lost is replaced by the others.
fn replaced(rig: &Rig, council: &Council) {
    let (lost, new) = (council.members[1].1.clone(), rig.wallet("new", 0).1.to_string());
    council.refused(rig, 0, "replace", &[&new, &lost], "is no member of");
    let index = council.does(rig, 0, "replace", &[&lost, &new])["index"].as_str().unwrap().to_owned();
    council.does(rig, 0, "approve", &[&index]);
    council.does(rig, 2, "approve", &[&index]);
    council.does(rig, 2, "execute", &[&index]);
    let members = rig.json(&["multisig", "show", &council.multisig], 0)["members"].clone();
    let members: Vec<&str> = members.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(members.len() == 3 && members.contains(&new.as_str()) && !members.contains(&lost.as_str()));
}
