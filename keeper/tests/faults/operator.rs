//! The keeper as its operator starts it: the example's configuration, filled in, and the binary.

use {
    crate::{desk::wait, get, rig::Rig, CRASH},
    bulkhead_localnet::population::Kind,
    solana_keypair::Keypair,
    std::{
        env, fs,
        net::{SocketAddr, TcpListener},
        path::{Path, PathBuf},
        process::{Child, Command, Stdio},
    },
};

const EXAMPLE: &str = include_str!("../../keeper.example.toml");

/// A folder with the configuration of a fund and its key files.
fn configured(folder: &Path, name: &str, rig: &Rig, listen: SocketAddr) -> PathBuf {
    let key = |file: &str, key: &Keypair| {
        fs::write(folder.join(file), format!("{:?}", key.to_bytes())).unwrap();
    };
    let own = rig.world.wallets.iter().find(|wallet| wallet.kind == Kind::Keeper).unwrap();
    key(&format!("{name}-payer.json"), &rig.world.payer);
    key(&format!("{name}-member.json"), &own.key);
    let mut text = EXAMPLE.to_owned();
    for (shown, wanted) in [
        ("rpc_url = \"http://127.0.0.1:8899\"", format!("rpc_url = {:?}", rig.proxy.rpc_url())),
        (
            "websocket_url = \"ws://127.0.0.1:8900\"",
            format!("websocket_url = {:?}", rig.proxy.websocket_url()),
        ),
        ("# commitment = \"confirmed\"", "commitment = \"processed\"".into()),
        ("address = \"11111111111111111111111111111111\"", format!("address = \"{}\"", rig.world.keys.fund)),
        ("payer = \"payer.json\"", format!("payer = \"{name}-payer.json\"")),
        ("members = [\"member.json\"]", format!("members = [\"{name}-member.json\"]")),
        ("# listen = \"127.0.0.1:9184\"", format!("listen = \"{listen}\"")),
        ("# poll_ms = 400", "poll_ms = 100".into()),
    ] {
        assert!(text.contains(shown), "the example shows {shown}");
        text = text.replacen(shown, &wanted, 1);
    }
    let file = folder.join(format!("{name}.toml"));
    fs::write(&file, text).unwrap();
    file
}

/// A running keeper, which ends with the test however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The binary, with its log in a file.
fn keeper(folder: &Path, arguments: &[&str]) -> Running {
    let log = fs::File::create(folder.join("log")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bulkhead-keeper"));
    command.current_dir(folder).args(arguments).env_remove("RUST_LOG").stderr(log).stdout(Stdio::null());
    Running(command.spawn().unwrap())
}

#[test]
fn an_operator_starts_two_funds_in_one_process() {
    let folder = env::temp_dir().join(format!("bulkhead-keeper-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (first, second) = (Rig::new(), Rig::of(2));
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    configured(&folder, "first", &first, listen);
    configured(&folder, "second", &second, listen);
    let log = || fs::read_to_string(folder.join("log")).unwrap();

    // Names of files, keys and ports that are wrong are told, and nothing starts.
    for (arguments, says) in [
        (&["--config", "none.toml"][..], "cannot read none.toml: start from keeper/keeper.example.toml"),
        (&[], "--config <FILE>"),
        (&["--config", "empty.toml"], "empty.toml is not a configuration"),
        (
            &["--config", "first.toml", "--config", "keyless.toml"],
            "keyless.toml: keys.payer: there is no key file",
        ),
        (&["--config", "first.toml", "--config", "first.toml"], "is configured twice"),
    ] {
        fs::write(folder.join("empty.toml"), "").unwrap();
        fs::write(folder.join("keyless.toml"), EXAMPLE).unwrap();
        let ended = keeper(&folder, arguments).0.wait().unwrap();
        assert!(!ended.success() && log().contains(says), "{arguments:?}: {}", log());
    }

    // A dry run says what it would do, and what that would earn.
    let mut running = keeper(&folder, &["--config", "first.toml", "--config", "second.toml", "--dry-run"]);
    let is_up =
        || std::net::TcpStream::connect(listen).is_ok() && get(listen, "/healthz").ends_with("\r\n\r\nok\n");
    wait("it is healthy", is_up);
    let metrics = get(listen, "/metrics");
    for rig in [&first, &second] {
        let slot = format!("bulkhead_keeper_members{{fund=\"{}\"}}", rig.world.keys.fund);
        wait("it follows both funds", || get(listen, "/metrics").contains(&slot));
    }
    assert_eq!(metrics.matches("# TYPE bulkhead_keeper_slot ").count(), 1, "{metrics}");
    let is_liquidation = |line: &str| line.contains("dry run") && line.contains("action=\"liquidate\"");
    first.move_prices(CRASH);
    first.let_prices_last();
    first.until("it would liquidate somebody", |_| log().lines().any(is_liquidation));
    let told = log();
    let line = told.lines().find(|line| is_liquidation(line)).unwrap();
    let (_, earns) = line.split_once("earns=\"").unwrap_or_else(|| panic!("{line}"));
    let earns: f64 = earns.split('"').next().unwrap().parse().unwrap();
    assert!(earns > 0.0, "a liquidation pays a bonus: {line}");
    assert!(!told.contains("failed"), "{told}");
    assert!(get(listen, "/metrics").contains("outcome=\"dry\""));

    let pid = running.0.id();
    assert!(Command::new("kill").args(["-TERM", &pid.to_string()]).status().unwrap().success());
    assert!(running.0.wait().unwrap().success(), "{}", log());
    assert_eq!(log().matches("stopped").count(), 2, "{}", log());
    fs::remove_dir_all(&folder).unwrap();
}
