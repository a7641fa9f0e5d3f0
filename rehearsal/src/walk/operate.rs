//! Prices, keeper, ledger and app.

use {
    super::{none, Walk},
    crate::{
        commands::{APP, AUDIT, CRANK, DOCTOR, KEEPER, KEEPER_LOOK, LEDGER, POST_PRICE, SERVE},
        http,
        pyth::{API_KEY, SPONSORED},
    },
    anyhow::{ensure, Context, Result},
    serde_json::{json, Value},
    std::{thread::sleep, time::Duration},
};

/// Longest wait for a program that stands to do its work.
const PATIENCE: Duration = Duration::from_secs(60);
/// The keeper cranks sooner than one has to, so that nobody waits a minute for it.
const CRANK_AFTER: u32 = 10;
/// Time that a keeper gets to look around.
const LOOK: Duration = Duration::from_secs(2);
/// The audit is repeated while the chain goes on under it.
const AUDITS: usize = 5;

pub(super) fn prices(walk: &mut Walk) -> Result<()> {
    walk.runner.export("PYTH_API_KEY", API_KEY);
    let hermes = walk.place.hermes.clone();
    for symbol in walk.place.symbols.clone() {
        match symbol == SPONSORED {
            true => walk.run(CRANK, &[("MARKET", &symbol)])?,
            false => walk.run(POST_PRICE, &[("MARKET", &symbol), ("URL", &hermes)])?,
        };
        walk.teller.seen(format!("{symbol} has a mark"));
    }
    walk.teller
        .not_rehearsed("Pyth's own Hermes and receiver: stand-ins check signatures and proofs as these do");
    Ok(())
}

pub(super) fn stand(walk: &mut Walk) -> Result<()> {
    configure(walk)?;
    let keeper = walk.place.file("keeper.toml");
    let mut look = walk.runner.stand(&mut walk.teller, KEEPER_LOOK, &[("keeper.toml", &keeper)])?;
    let port = walk.ports[0];
    let is_well = || http::get(port, "/healthz").is_ok_and(|answer| answer.status == 200);
    look.until(&mut walk.teller, "the keeper that only looks is healthy", PATIENCE, is_well)?;
    sleep(LOOK);
    look.stop()?;
    walk.teller.seen("the keeper that only looks is healthy, and stops when it is told to");

    let mut running = walk.runner.stand(&mut walk.teller, KEEPER, &[("keeper.toml", &keeper)])?;
    running.until(&mut walk.teller, "the keeper is healthy", PATIENCE, is_well)?;
    walk.keeper = Some(running);
    let ledger = walk.place.file("history.toml");
    let mut running = walk.runner.stand(&mut walk.teller, LEDGER, &[("history.toml", &ledger)])?;
    let port = walk.ports[1];
    let is_well = || http::get(port, "/healthz").is_ok_and(|answer| answer.status == 200);
    running.until(&mut walk.teller, "the ledger is healthy", PATIENCE, is_well)?;
    walk.ledger = Some(running);
    is_cranked(walk)?;
    audit(walk)?;
    doctor(walk, &[])?;
    walk.teller.not_rehearsed("a second machine and RPC provider, Prometheus, and a telephone that rings");
    Ok(())
}

/// Writes the configurations, with a wallet of the keeper's own.
fn configure(walk: &mut Walk) -> Result<()> {
    let key = walk.place.wallet("keeper.json")?;
    walk.place.validator.set_sol(&solana_signer::Signer::pubkey(&key), 2_000_000_000)?;
    walk.ports = [http::free_port()?, http::free_port()?];
    let (rpc, websocket) = (walk.place.doors.rpc_url(), walk.place.doors.ws_url());
    let cluster = format!(
        "[cluster]\nrpc_url = \"{rpc}\"\nwebsocket_url = \"{websocket}\"\ngenesis_hash = \"{}\"\n\n\
         [fund]\naddress = \"{}\"\n\n",
        walk.place.genesis, walk.fund
    );
    let server = |port: u16| format!("[server]\nlisten = \"127.0.0.1:{port}\"\n");
    let keeper = format!(
        "{cluster}[keys]\npayer = \"keeper.json\"\nmembers = []\n\n\
         [policy]\ncrank_after_slots = {CRANK_AFTER}\n\n\
         [prices]\nhermes_url = \"{}\"\n\n{}",
        walk.place.hermes,
        server(walk.ports[0])
    );
    walk.place.write("keeper.toml", &keeper)?;
    let ledger = format!(
        "{cluster}[database]\nurl = \"sqlite:history.db\"\n\n[following]\npoll_ms = 1000\n\n{}",
        server(walk.ports[1])
    );
    walk.place.write("history.toml", &ledger)
}

/// Waits until the keeper has cranked every market since now.
pub(super) fn is_cranked(walk: &mut Walk) -> Result<()> {
    let port = walk.ports[0];
    let landed = move || {
        let metrics = http::get(port, "/metrics").map(|answer| answer.body).unwrap_or_default();
        let lines = metrics.lines().filter(|line| {
            line.starts_with("bulkhead_keeper_actions_total")
                && line.contains("action=\"crank_market\"")
                && line.contains("outcome=\"landed\"")
        });
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum::<u64>()
    };
    let wanted = landed() + walk.place.symbols.len() as u64;
    let keeper = walk.keeper.as_mut().context("no keeper runs")?;
    let longest = PATIENCE * 3;
    keeper.until(&mut walk.teller, "the keeper cranks every market", longest, || landed() >= wanted)?;
    walk.teller.seen(format!("the keeper has cranked {} markets", walk.place.symbols.len()));
    Ok(())
}

/// Compares the ledger's events with the accounts.
pub(super) fn audit(walk: &mut Walk) -> Result<()> {
    let config = walk.place.file("history.toml");
    let mut ran = walk.run_with(AUDIT, &[("history.toml", &config)], &[])?;
    for _ in 1..AUDITS {
        if ran.code == Some(0) {
            break;
        }
        sleep(LOOK);
        ran = walk.run_with(AUDIT, &[("history.toml", &config)], &[])?;
    }
    let ran = ran.expect(0)?;
    let from = ran.out.lines().find(|line| line.starts_with("from ")).unwrap_or_default();
    walk.teller.seen(format!("the accounts follow from {}", from.trim_start_matches("from").trim()));
    Ok(())
}

/// Checks the deployment. Beside what these words begin, nothing may be worth a look.
pub(super) fn doctor(walk: &mut Walk, expected: &[&str]) -> Result<()> {
    let ran = walk.run_with(DOCTOR, &[], &["--json"])?;
    let json: Value =
        serde_json::from_str(&ran.out).with_context(|| format!("the doctor says {}", ran.told()))?;
    let checks = json["checks"].as_array().context("the doctor has checked nothing")?;
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    // Plain keys are what the doctor warns of, and rightly.
    let is_key = |check: &Value| text(check, "found").contains("is a plain wallet");
    let is_expected = |check: &Value| expected.iter().any(|name| text(check, "check").starts_with(name));
    let found: Vec<String> = checks
        .iter()
        .filter(|check| check["status"] != "ok" && !is_key(check) && !is_expected(check))
        .map(|check| format!("{}: {}", text(check, "check"), text(check, "found")))
        .collect();
    none("the doctor finds", &found)?;
    let good = checks.iter().filter(|check| check["status"] == "ok").count();
    walk.teller.seen(format!("{good} of {} checks are good, exit code {}", checks.len(), json["exit_code"]));
    Ok(())
}

pub(super) fn app(walk: &mut Walk) -> Result<()> {
    walk.run(APP, &[])?;
    let port = http::free_port()?;
    let [program, claims] = &walk.programs;
    let config = json!({
        "rpc": walk.place.doors.rpc_url(),
        "fund": walk.fund,
        "genesis": walk.place.genesis,
        "program": program,
        "claimsProgram": claims,
        "ledger": format!("http://127.0.0.1:{}", walk.ports[1]),
    });
    walk.place.write("config.json", &config.to_string())?;
    let config = format!("{} --port {port}", walk.place.file("config.json"));
    let mut serving = walk.runner.stand(&mut walk.teller, SERVE, &[("config.json", &config)])?;
    serving.until(&mut walk.teller, "the app is served", PATIENCE, || http::get(port, "/").is_ok())?;
    walk.app = Some(serving);
    let page = http::page(port, "/")?;
    ensure!(page.body.contains("<script"), "the page loads nothing: {}", page.body);
    let has_policy = page.head.to_lowercase().contains("content-security-policy:");
    ensure!(has_policy, "the page is served without its content policy");
    let told: Value = serde_json::from_str(&http::page(port, "/config.json")?.body)?;
    ensure!(told["fund"] == walk.fund.as_str(), "the app opens with another fund: {told}");
    let status: Value = serde_json::from_str(&http::page(walk.ports[1], "/v1/status")?.body)?;
    ensure!(status["fund"] == walk.fund.as_str(), "its ledger is of another fund: {status}");
    walk.teller.seen(format!("the page, its policy and its fund at http://127.0.0.1:{port}/"));
    walk.teller.not_rehearsed("a browser and a wallet: `cargo xtask test --only app` has these");
    Ok(())
}
