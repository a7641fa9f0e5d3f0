//! Governance: a change from its queueing until it is in force, a veto, a pause, the authority, the
//! treasury, a new fund.

use crate::rig::{with_rig, Rig, TOKEN};

const DAY: i64 = 24 * 60 * 60;

#[test]
fn governance_is_shown_agreed_to_and_sent() {
    with_rig(|rig| {
        let authority = rig.authority(6_000 * TOKEN);
        let govern = |arguments: &[&str], event: &str| {
            rig.does(&[&["governance"], arguments, &["--keypair", &authority, "--yes"]].concat(), event)
        };
        change(rig, &authority, &govern);
        pause(rig, &govern);
        treasury(rig, &authority, &govern);
        new_fund(rig, &authority);
        authority_moves(rig, &authority, &govern);
    });
}

type Govern<'g> = &'g dyn Fn(&[&str], &str) -> serde_json::Value;

fn change(rig: &Rig, authority: &str, govern: Govern) {
    let queue = ["governance", "queue-change", "fund", "notice_secs=86400", "treasury_floor_bps=4000"];
    let signed = ["--keypair", authority];
    rig.fails(&queue, 1, "may not: the fund has authority");
    rig.fails(&[&queue[..], &signed].concat(), 1, "agrees with --yes");
    let refused = |setting: &str, says: &str| {
        rig.fails(&[&["governance", "queue-change", "fund", setting][..], &signed].concat(), 1, says);
    };
    refused("notice_secs=5", "ParameterOutOfBounds: ");
    refused("notice_secs=5", "notice_secs: 3,600 s (1 h) to 7,948,800 s (92 d)");
    refused("notice_days=5", "there is no parameter `notice_days` here: min_contribution, ");
    refused("notice_secs=604800", "nothing would change");
    rig.fails(&["governance", "apply-change", "99", "--keypair", authority], 1, "no change 99 is queued");

    let sent = rig.json(&[&queue[..], &signed, &["--yes"]].concat(), 0);
    let shown = |name: &str, old: u64, new: u64| serde_json::json!({ "name": name, "old": old, "new": new });
    let edits =
        serde_json::json!([shown("notice_secs", 604_800, 86_400), shown("treasury_floor_bps", 500, 4_000)]);
    assert_eq!(sent["review"]["changes"], edits);
    let queued = &sent["events"][0];
    assert_eq!(queued["name"], "ChangeQueued");
    let number = queued["fields"]["number"].as_str().unwrap();
    let listed = rig.json(&["changes"], 0)["changes"][0].clone();
    assert_eq!((&listed["number"], &listed["status"]), (&number.into(), &"waits".into()));
    assert_eq!(listed["changes"], edits);
    let text = rig.text(&["changes"]);
    assert!(text.contains("604,800 s (7 d)") && text.contains("86,400 s (1 d)"), "{text}");
    let found = rig.json(&["doctor"], 1);
    let doubt = found["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["check"] == format!("change {number}").as_str());
    assert_eq!(doubt.expect("the doctor mentions it")["status"], "warning");
    rig.fails(&["governance", "apply-change", number, "--keypair", authority, "--yes"], 1, "waits until");

    rig.pass(10 * DAY + 5); // a day, the notice period and the claim window
    assert_eq!(rig.json(&["changes"], 0)["changes"][0]["status"], "ready");
    assert_eq!(govern(&["apply-change", number], "ChangeApplied")["number"], number);
    assert_eq!(rig.json(&["fund"], 0)["parameters"]["notice_secs"], 86_400);

    several(rig, authority);

    // Other changes are vetoed.
    for subject in [
        &["market", "BTC", "initial_bps=700"][..],
        &["oracle", "eth", "max_age_secs=30"],
        &["guardian", "11111111111111111111111111111112"],
    ] {
        let queued = govern(&[&["queue-change"], subject].concat(), "ChangeQueued");
        govern(&["veto-change", queued["number"].as_str().unwrap()], "ChangeVetoed");
    }
    assert_eq!(rig.json(&["market", "0"], 0)["parameters"]["initial_bps"], 550);

    // A change whose time is over.
    let queued = govern(&["queue-change", "fund", "treasury_floor_bps=4100"], "ChangeQueued");
    let number = queued["number"].as_str().unwrap();
    rig.pass(16 * DAY);
    assert_eq!(rig.json(&["changes"], 0)["changes"][0]["status"], "expired");
    assert!(rig.text_of(&["doctor"], 1).contains("can no longer be applied; a veto returns its rent"));
    rig.fails(&["governance", "apply-change", number, "--keypair", authority, "--yes"], 1, "queue it again");
    govern(&["veto-change", number], "ChangeVetoed");
}

/// Several changes in one transaction do not exclude each other.
fn several(rig: &Rig, authority: &str) {
    let signed = ["--keypair", authority, "--yes"];
    let queue = ["governance", "queue-changes", "fund cover_limit_bps=4000", "market ETH initial_bps=700"];
    let sent = rig.json(&[&queue[..], &signed].concat(), 0);
    let events = sent["events"].as_array().unwrap();
    let numbers: Vec<u64> = events.iter().map(|event| number(&event["fields"]["number"])).collect();
    assert_eq!(numbers.len(), 2, "{sent}");
    assert_eq!(numbers[0] + 1, numbers[1]);
    let listed = rig.json(&["changes"], 0);
    assert_eq!(listed["changes"].as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(listed["changes"][1]["of"], "of the terms of ETH");
    for number in numbers {
        let veto = ["governance", "veto-change", &number.to_string()];
        rig.does(&[&veto[..], &signed].concat(), "ChangeVetoed");
    }
    let wrong = ["governance", "queue-changes", "fund notice_secs=86400", "--keypair", authority];
    rig.fails(&wrong, 1, "nothing would change");
    let wrong = ["governance", "queue-changes", "found notice_secs=1", "--keypair", authority];
    rig.fails(&wrong, 1, "unrecognized subcommand 'found'");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    // The files differ in the notice period that was changed before.
    let all = ["governance", "queue-changes", "--migrations", folder, "--dry-run", "--keypair", authority];
    let review = rig.json(&all, 0)["review"].clone();
    let names: Vec<&str> =
        review["changes"].as_array().unwrap().iter().filter_map(|edit| edit["name"].as_str()).collect();
    assert!(names.iter().any(|name| name.ends_with(": notice_secs")), "{names:?}");
}

fn number(value: &serde_json::Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

fn pause(rig: &Rig, govern: Govern) {
    rig.does(&["open"], "MemberOpened");
    let paused = govern(&["pause", "contribute", "novate", "--secs", "3600"], "Paused");
    assert_eq!(paused["bits"], "6");
    assert!(rig.json(&["fund"], 0)["paused"].as_str().unwrap().starts_with("contribute, novate until "));
    // The refusal names what is paused, and until when.
    rig.fails(
        &["contribute", "1000"],
        1,
        "Paused: This is paused for now: paused: contribute, novate until 20",
    );
    let says = "a pause of these parts waits as long as their last one has lasted: until 20";
    let authority = rig.folder().join("authority.json").display().to_string();
    rig.fails(&["governance", "pause", "novate", "--yes", "--keypair", &authority], 1, says);
    govern(&["end-pause", "contribute", "novate"], "PauseEnded");
    rig.pass(3_600);
    let ended = ["governance", "end-pause", "novate", "--yes", "--keypair", &authority];
    rig.fails(&ended, 1, "novate is not paused, so nothing would end; paused: nothing");
    rig.does(&["contribute", "1000"], "Contributed");
}

fn treasury(rig: &Rig, authority: &str, govern: Govern) {
    rig.does(&["fund-treasury", "5000", "--keypair", authority], "TreasuryMoved");
    let most = ["governance", "request-treasury", "99999", "--keypair", authority, "--yes"];
    rig.fails(&most, 1, "at most ");
    let nothing = ["governance", "claim-treasury", "--keypair", authority, "--yes"];
    rig.fails(&nothing, 1, "no treasury is asked back");
    govern(&["request-treasury", "1"], "TreasuryRequested");
    govern(&["cancel-treasury"], "TreasuryRequested");
    govern(&["request-treasury", "1"], "TreasuryRequested");
    rig.fails(&nothing, 1, "WithdrawalNotDue");
    assert_eq!(rig.json(&["fund"], 0)["treasury_notice"], "1000000");
}

fn new_fund(rig: &Rig, authority: &str) {
    let mint = rig.world.keys.mint.to_string();
    let (_, guardian) = rig.wallet("guardian", 0);
    let guardian = guardian.to_string();
    let create = [
        "governance",
        "create-fund",
        "--mint",
        &mint,
        "--keypair",
        authority,
        "--yes",
        "--guardian",
        &guardian,
    ];
    rig.fails(&create, 1, "exists already");
    let created = rig.does(&[&create[..], &["--id", "1", "notice_secs=86400"]].concat(), "FundCreated");
    let fund = created["fund"].as_str().unwrap();
    let of = ["--fund", fund, "--keypair", authority, "--yes"];
    rig.does(
        &[&["governance", "create-market", "SOL", "initial_bps=900"][..], &of].concat(),
        "MarketCreated",
    );
    rig.fails(
        &[&["governance", "create-market", "DOGE"][..], &of].concat(),
        1,
        "the file has no market DOGE: BTC, ETH, SOL",
    );
    let market = rig.json(&["market", "0", "--fund", fund], 0);
    assert_eq!((&market["symbol"], &market["parameters"]["initial_bps"]), (&"SOL".into(), &900.into()));
    assert_eq!(rig.json(&["fund", "--fund", fund], 0)["guardian"], guardian.as_str());
}

fn authority_moves(rig: &Rig, authority: &str, govern: Govern) {
    let (heir, heir_key) = rig.wallet("heir", 0);
    govern(&["transfer-authority", &heir_key.to_string()], "AuthorityMoved");
    assert_eq!(rig.json(&["fund"], 0)["pending_authority"], heir_key.to_string().as_str());
    rig.fails(&["governance", "accept-authority", "--yes"], 1, "is offered to");
    rig.does(&["governance", "accept-authority", "--yes", "--keypair", &heir], "AuthorityMoved");
    rig.fails(&["governance", "transfer-authority", "none", "--yes", "--keypair", authority], 1, "may not");
    rig.does(&["governance", "transfer-authority", "none", "--yes", "--keypair", &heir], "AuthorityMoved");
    assert_eq!(rig.json(&["fund"], 0)["authority"], heir_key.to_string().as_str());
}
