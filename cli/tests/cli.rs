//! The binary against an embedded validator: what people type, what they read, and with which code it ends.

use {
    bulkhead_client::Address,
    bulkhead_localnet::{
        demo::{self, Options},
        progress::Progress,
        publisher::Publisher,
        validator::{Time, Validator},
        world::{payer, World},
    },
    serde_json::Value,
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{
        env, fs,
        path::PathBuf,
        process::{Command, Output},
        time::{SystemTime, UNIX_EPOCH},
    },
};

/// A fund to type at, and the key file of a wallet that is no member yet.
struct Desk<'v> {
    world: World<'v>,
    folder: PathBuf,
    fund: String,
}

impl Desk<'_> {
    fn run(&self, arguments: &[&str]) -> Output {
        // Prices get old while others compile.
        self.world.oracles.publish_at(&self.world.oracles.quotes(), now_ms() / 1_000).unwrap();
        let (url, key) = (self.world.validator.rpc_url(), self.folder.join("id.json"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_bulkhead"));
        // Options that come later go before these: clap takes each once.
        for (option, value) in [("--url", url), ("--keypair", key.to_str().unwrap()), ("--fund", &self.fund)] {
            if !arguments.contains(&option) {
                command.args([option, value]);
            }
        }
        command.args(arguments).env("HOME", &self.folder).output().expect("the binary of this crate starts")
    }

    fn json(&self, arguments: &[&str], code: i32) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        let told = told(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
    }

    fn fails(&self, arguments: &[&str], code: i32, says: &str) {
        let output = self.run(arguments);
        let told = told(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(told.contains(says), "{arguments:?}: {told}");
        assert!(output.stdout.is_empty());
    }
}

impl Drop for Desk<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

fn with_desk(test: impl FnOnce(&Desk)) {
    let options = Options {
        members: 4,
        seed: 1,
        scenario: None,
        prices: None,
        sample: None,
        migrations: None,
        no_comparison: true,
    };
    let (parameters, scenario) = options.load().unwrap();
    let validator = Validator::boot(&payer(options.seed)).unwrap();
    validator.set_time(Time { slot: validator.time().slot + 1, unix_ms: now_ms() }).unwrap();
    let oracles = Publisher::new(&validator, &parameters.markets);
    let quiet = Progress::new(true);
    let (world, _) = demo::set_up(&validator, &oracles, parameters, &scenario, &options, &quiet).unwrap();
    let key = Keypair::new();
    validator.set_sol(&key.pubkey(), 1_000_000_000).unwrap();
    validator.set_tokens(&key.pubkey(), &world.keys.mint, 5_000_000_000).unwrap();
    let folder = env::temp_dir().join(format!("bulkhead-cli-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("id.json"), format!("{:?}", key.to_bytes())).unwrap();
    validator
        .set_time(Time { slot: validator.time().slot + 1, unix_ms: now_ms().max(validator.time().unix_ms) })
        .unwrap();
    validator.run_freely().unwrap();
    let fund = world.keys.fund.to_string();
    test(&Desk { world, folder, fund });
}

#[test]
fn a_member_comes_looks_and_goes() {
    with_desk(|desk| {
        // Wrong input, told before anything is sent.
        let nobody = Address::new_from_array([7; 32]).to_string();
        desk.fails(&["fund", "--fund", &nobody], 1, "does not exist on this cluster");
        desk.fails(&["deposit", "1", "--keypair", "no/such.json"], 1, "there is no key file no/such.json");
        desk.fails(&["fund", "--url", "http://127.0.0.1:1"], 1, "cannot reach a cluster");
        desk.fails(&["doctor", "--url", "http://127.0.0.1:1"], 2, "cannot reach a cluster");
        desk.fails(&["fund", "--url", "nowhere"], 1, "is no cluster");
        desk.fails(&["deposit", "some"], 2, "is no amount");
        desk.fails(&["deposit", "1"], 1, "has no member account");

        // In.
        let dry = desk.json(&["open", "--dry-run"], 0);
        assert!(dry["signature"].is_null() && dry["events"][0]["name"] == "MemberOpened", "{dry}");
        assert!(dry["compute_units"].as_u64() > Some(0));
        let opened = desk.json(&["open"], 0);
        assert!(opened["signature"].is_string() && opened["events"][0]["name"] == "MemberOpened", "{opened}");
        let paid = desk.json(&["deposit", "12.5"], 0);
        assert_eq!(paid["events"][0]["fields"]["amount"], "12500000");
        let contributed = desk.json(&["contribute", "1,000"], 0);
        assert_eq!(contributed["events"][0]["name"], "Contributed");
        desk.fails(&["deposit", "0.0000001"], 1, "more than 6 decimals");

        // Views, for people and for scripts.
        let member = desk.json(&["member"], 0);
        assert_eq!((&member["margin"], &member["status"]), (&"12500000".into(), &"active".into()));
        let listed = desk.json(&["members"], 0);
        assert!(listed["members"].as_array().unwrap().contains(&without_details(&member)), "{listed}");
        let fund = desk.json(&["fund"], 0);
        assert_eq!(fund["fund"], desk.fund.as_str());
        assert!(fund["contributions"].as_str().unwrap().parse::<u64>().unwrap() >= 1_000_000_000);
        assert_eq!(desk.json(&["markets"], 0)["markets"][0]["symbol"], "BTC");
        assert_eq!(desk.json(&["defaults"], 0)["defaults"], serde_json::json!([]));
        let output = desk.run(&["member"]);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("12.500000") && !text.contains('\x1b'), "{text}");

        // A plain wallet governs this fund, and is its own guardian: warnings.
        let found = desk.json(&["doctor"], 1);
        let checks = found["checks"].as_array().unwrap();
        let of = |status: &str| checks.iter().filter(|check| check["status"] == status).count();
        assert_eq!((of("warning"), of("failure")), (2, 0), "{found}");

        // What anybody may.
        let cranked = desk.json(&["crank"], 0);
        assert_eq!(cranked["events"].as_array().unwrap().len(), desk.world.parameters.markets.len(), "{cranked}");
        let trader = desk.world.wallets[0].member.to_string();
        let held = desk.json(&["member", &trader], 0)["positions"][0]["market"].to_string();
        desk.fails(&["collect-premium", &held], 1, "NothingToCollect: ");
        let reported = desk.json(&["report-exposure", &trader], 0);
        assert_eq!(reported["events"].as_array().unwrap().last().unwrap()["name"], "ExposureReported");
        let settled = desk.json(&["settle", &held, &trader], 0);
        assert_eq!(settled["events"].as_array().unwrap().last().unwrap()["name"], "Settled");
        desk.fails(&["declare-default", &trader], 1, "refused, nothing was sent: ");
        desk.fails(&["enforce-call", &trader], 1, "NothingToCall: ");
        desk.fails(&["allocate-loss", "0"], 1, "there is no default 0");
        desk.json(&["delegate", &trader], 0);
        assert_eq!(desk.json(&["member"], 0)["delegate"], trader.as_str());
        desk.json(&["delegate", "none"], 0);
        desk.fails(&["crank", "9"], 1, "there is no market 9");

        // Out, as far as one can go.
        desk.fails(&["withdraw", "13"], 1, "InsufficientMargin: ");
        desk.fails(&["close"], 1, "MemberNotEmpty: ");
        let withdrawn = desk.json(&["withdraw", "all"], 0);
        assert_eq!(withdrawn["events"][0]["fields"]["margin"], "0");
        let asked = desk.json(&["request-withdrawal", "all"], 0);
        assert_eq!(asked["events"][0]["name"], "WithdrawalRequested");
        desk.fails(&["claim-withdrawal"], 1, "WithdrawalNotDue: ");
        desk.json(&["cancel-withdrawal"], 0);
        desk.json(&["request-withdrawal", "400"], 0);
    });
}

/// A member as in the list of all.
fn without_details(member: &Value) -> Value {
    let mut member = member.clone();
    let fields = member.as_object_mut().unwrap();
    for detail in ["positions", "notice_shares", "notice_ready_ts"] {
        fields.remove(detail).expect("a detail of one member");
    }
    member
}

#[test]
fn completions_need_no_cluster() {
    let output = Command::new(env!("CARGO_BIN_EXE_bulkhead")).args(["completions", "bash"]).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("request-withdrawal"));
}
