//! The local network as `cargo xtask localnet` runs it: a process with a validator on free ports,
//! until Ctrl-C.
#![cfg(unix)] // Ctrl-C is a signal

use {
    bulkhead_book::Book,
    bulkhead_client::{instruction::FundKeys, Address},
    bulkhead_localnet::chain::{Chain, Cluster},
    solana_pubsub_client::pubsub_client::PubsubClient,
    std::{
        collections::BTreeSet,
        env, fs,
        io::{BufRead, BufReader, Read},
        net::TcpStream,
        path::{Path, PathBuf},
        process::{Child, Command, ExitStatus, Stdio},
        str::FromStr,
        sync::mpsc::{channel, Receiver},
        thread::{sleep, spawn},
        time::{Duration, Instant},
    },
};

const BINARY: &str = env!("CARGO_BIN_EXE_bulkhead-localnet");
const TOKEN: &str = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";

/// Longest start or stop of the network on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);
/// Number of looks at the chain, a second apart.
const LOOKS: usize = 120;
const LOOK: Duration = Duration::from_secs(1);
/// Number of prices, marks and transactions to wait for.
const ENOUGH: usize = 3;

/// The running process.
struct Network {
    process: Child,
    /// A folder for its temporary files alone.
    folder: PathBuf,
    /// Lines of its standard output.
    printing: Receiver<String>,
    /// Lines that were read.
    printed: Vec<String>,
    /// Lines of its standard error.
    telling: Receiver<String>,
    told: Vec<String>,
}

impl Network {
    /// Starts a command and waits for the line that says it is ready.
    fn start(name: &str, command: &str, arguments: &[&str], ready: &str) -> Self {
        let folder = env::temp_dir().join(format!("bulkhead-test-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for temporary files");
        let mut process = Command::new(BINARY)
            .arg(command)
            .args(arguments)
            .env("TMPDIR", &folder)
            // Its input ends at once: a network that nobody types into goes on.
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary of this crate starts");
        let printing = lines(process.stdout.take().expect("it is piped"));
        let telling = lines(process.stderr.take().expect("it is piped"));
        let mut network = Self { process, folder, printing, printed: Vec::new(), telling, told: Vec::new() };
        while !network.printed.last().is_some_and(|line| line.starts_with(ready)) {
            network.read_line();
        }
        network
    }

    /// Reads one more line of standard output.
    fn read_line(&mut self) -> &str {
        let Ok(line) = self.printing.recv_timeout(PATIENCE) else {
            panic!("it says nothing more: {:?}", self.told())
        };
        self.printed.push(line);
        &self.printed[self.printed.len() - 1]
    }

    /// The words of the line that starts with this one.
    fn printed(&self, first: &str) -> Vec<&str> {
        let line = self.printed.iter().find(|line| line.split_whitespace().next() == Some(first));
        line.unwrap_or_else(|| panic!("no {first} in {:?}", self.printed)).split_whitespace().collect()
    }

    fn rpc_url(&self) -> &str {
        self.printed("RPC")[1]
    }

    fn keys(&self) -> FundKeys {
        let printed = |first| address(self.printed(first)[1]);
        FundKeys { fund: printed("fund"), mint: printed("mint"), token_program: address(TOKEN) }
    }

    fn oracles(&self) -> Vec<Address> {
        let oracle =
            |line: &String| line.split_once("(oracle ").map(|(_, rest)| address(rest.trim_end_matches(')')));
        self.printed.iter().filter_map(oracle).collect()
    }

    /// All lines of standard error so far.
    fn told(&mut self) -> &[String] {
        self.told.extend(self.telling.try_iter());
        &self.told
    }

    /// Sends Ctrl-C.
    fn interrupt(&mut self) -> ExitStatus {
        let kill = format!("kill -INT {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
        let since = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().expect("it is our child") {
                return status;
            }
            assert!(since.elapsed() < PATIENCE, "it does not stop: {:?}", self.told());
            sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // After a failed assertion the process still runs.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The lines of a pipe, as they come.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    spawn(move || BufReader::new(pipe).lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    receiver
}

fn address(text: &str) -> Address {
    Address::from_str(text).unwrap_or_else(|_| panic!("{text} is no address"))
}

/// Every market's price in its oracle; `None` while one of them is refused.
fn prices(book: &Book) -> Option<Vec<u64>> {
    book.quotes.iter().map(|quote| Some(quote.print?.price)).collect()
}

fn marks(book: &Book) -> Vec<u64> {
    book.markets.iter().map(|market| market.mark.price).collect()
}

#[test]
fn prices_move_the_keeper_works_and_ctrl_c_ends_it() {
    // Each beat covers twenty minutes of the crash.
    let arguments = ["--members", "6", "--scenario", "2025-10-10", "--speed", "600"];
    let mut network = Network::start("crash", "localnet", &arguments, "running");
    let chain = Chain::new(network.rpc_url(), &Cluster);
    let (keys, oracles) = (network.keys(), network.oracles());
    assert_eq!(oracles.len(), 3);

    let (mut seen, mut marked, mut slots) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for _ in 0..LOOKS {
        let book = chain.book(&keys, &oracles).expect("the fund can be read");
        slots.insert(book.slot);
        seen.extend(prices(&book));
        marked.insert(marks(&book));
        let done = network.told().iter().filter(|line| line.starts_with("keeper: ")).count();
        if seen.len().min(marked.len()).min(done) >= ENOUGH {
            break;
        }
        sleep(LOOK);
    }
    assert!(slots.len() >= ENOUGH, "blocks come by themselves: {slots:?}");
    assert!(seen.len() >= ENOUGH, "prices move: {seen:?}");
    // A mark is made by a transaction, and only the keeper sends any.
    assert!(marked.len() >= ENOUGH, "the keeper cranks: {marked:?}");
    let told = network.told().to_vec();
    let done: Vec<_> = told.iter().filter(|line| line.starts_with("keeper: ")).collect();
    assert!(done.len() >= ENOUGH, "the keeper works: {told:?}");
    assert!(done.iter().all(|line| !line.contains("refused")), "{done:#?}");
    assert!(!told.iter().any(|line| line.contains("the keeper failed")), "{told:#?}");

    let wallets = PathBuf::from(*network.printed("wallets").last().expect("a folder"));
    assert!(
        wallets.starts_with(&network.folder) && wallets.join("newcomer.json").is_file(),
        "{}",
        wallets.display()
    );
    let port = network.rpc_url().trim_start_matches("http://").to_owned();
    assert!(TcpStream::connect(&port).is_ok());
    is_private(&wallets);
    follows_by_the_next_port(network.rpc_url());
    lines_can_be_copied(&network.printed);

    let status = network.interrupt();
    assert!(status.success(), "{status}");
    assert!(TcpStream::connect(&port).is_err(), "{port} is still open");
    assert!(!wallets.exists(), "it leaves keys behind");
    let last = network.telling.iter().last().or(network.told.pop());
    assert_eq!(last.as_deref(), Some("stopped"));
}

/// Nobody else may read the keys.
fn is_private(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700);
    for file in fs::read_dir(folder).expect("a folder") {
        assert_eq!(mode(&file.expect("a file").path()), 0o600);
    }
}

/// A client that knows the address for requests alone subscribes at the next port.
fn follows_by_the_next_port(rpc_url: &str) {
    let port: u16 = rpc_url.rsplit(':').next().unwrap().parse().expect("a port");
    let websocket = format!("ws://127.0.0.1:{}", port + 1);
    let (mut slots, receiver) = PubsubClient::slot_subscribe(&websocket).expect("a websocket");
    receiver.recv_timeout(PATIENCE).expect("slots come by themselves");
    let _ = slots.shutdown();
}

/// The lines for a newcomer name what there is.
fn lines_can_be_copied(printed: &[String]) {
    let value = |name: &str| {
        let line = printed.iter().find_map(|line| line.trim().strip_prefix(&format!("export {name}=")));
        line.unwrap_or_else(|| panic!("no {name} in {printed:?}")).to_owned()
    };
    let first = |name: &str| {
        let line = printed.iter().find(|line| line.split_whitespace().next() == Some(name));
        line.and_then(|line| line.split_whitespace().nth(1)).expect(name).to_owned()
    };
    assert_eq!((value("BULKHEAD_URL"), value("BULKHEAD_FUND")), (first("RPC"), first("fund")));
    assert!(Path::new(&value("BULKHEAD_KEYPAIR")).is_file());
    assert!(printed.iter().any(|line| line.trim() == "cargo xtask cli -- open"));
}

/// A port that the user names, without a keeper: nothing cranks.
#[test]
fn a_network_has_the_port_that_was_asked_for_and_no_keeper() {
    let port = (20_000..60_000).step_by(7).find(|port| {
        let is_free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
        is_free(*port) && is_free(port + 1)
    });
    let port = port.expect("two free ports in a row").to_string();
    let mut network =
        Network::start("port", "localnet", &["--members", "2", "--port", &port, "--no-keeper"], "running");
    assert_eq!(network.rpc_url(), format!("http://127.0.0.1:{port}"));
    let chain = Chain::new(network.rpc_url(), &Cluster);
    let (keys, oracles) = (network.keys(), network.oracles());
    let slots = |network: &Network| {
        let book =
            Chain::new(network.rpc_url(), &Cluster).book(&keys, &oracles).expect("the fund can be read");
        book.markets.iter().map(|market| market.mark.slot).collect::<Vec<_>>()
    };
    let (before, slot) = (slots(&network), chain.book(&keys, &oracles).unwrap().slot);
    while chain.book(&keys, &oracles).unwrap().slot < slot + 30 {
        sleep(LOOK);
    }
    assert_eq!(slots(&network), before, "nobody cranks");
    // The authority can pay for what it signs.
    let authority = network.printed("authority")[1].to_owned();
    let rpc = solana_rpc_client::rpc_client::RpcClient::new(network.rpc_url().to_owned());
    assert!(rpc.get_balance(&address(&authority)).unwrap() > 0);

    let output =
        Command::new(BINARY).args(["localnet", "--port", &port]).output().expect("the binary starts");
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains(&format!("port {port} is taken")), "{told}");
    assert!(network.interrupt().success());
}

/// A crash of ten minutes that lasts: at the test's speed ten seconds there, a minute at the bottom and
/// ten seconds back. A price must last for ten seconds of the chain before the keeper may act on it.
const CRASH: &str = r#"
name = "short"
title = "Short"
start_utc = "2025-10-10T18:00:00Z"
[[asset]]
symbol = "ETH"
source = ["made up for a test"]
path = [[0, 4000.0], [2, 3700.0], [4, 3300.0], [6, 3000.0], [8, 2800.0], [10, 2600.0], [40, 2600.0]]
[[asset]]
symbol = "SOL"
source = ["made up for a test"]
path = [[0, 200.0], [2, 180.0], [4, 160.0], [6, 140.0], [8, 125.0], [10, 110.0], [40, 110.0]]
"#;

#[test]
fn up_lives_until_it_is_interrupted() {
    let scenario = env::temp_dir().join(format!("bulkhead-test-short-{}.toml", std::process::id()));
    fs::write(&scenario, CRASH).expect("a file for the prices");
    let path = scenario.to_str().expect("a path of letters");
    let mut network = Network::start("up", "up", &["--scenario", path, "--speed", "60"], "next: ");
    fs::remove_file(&scenario).expect("it was read");
    let next = network.printed.last().cloned().expect("the last line of the start");
    let fund = network.keys().fund;
    assert!(
        next.contains(&format!("cargo xtask cli -- --url {} --fund {fund} doctor", network.rpc_url())),
        "{next}"
    );

    let (mut prices, mut trades, mut acts) = (BTreeSet::new(), 0, 0);
    let since = Instant::now();
    loop {
        let line = network.read_line().to_owned();
        match line.split_once(' ') {
            Some(("prices", quotes)) => drop(prices.insert(quotes.to_owned())),
            Some(("trade", _)) => trades += 1,
            Some(("keeper", _)) => acts += 1,
            _ => {}
        }
        if prices.len() >= ENOUGH && trades >= ENOUGH && acts > 0 || since.elapsed() > PATIENCE {
            break;
        }
    }
    let printed = &network.printed;
    assert!(prices.len() >= ENOUGH && trades >= ENOUGH && acts > 0, "{printed:#?}");

    let wallets = PathBuf::from(*network.printed("wallets").last().expect("a folder"));
    let port = network.rpc_url().trim_start_matches("http://").to_owned();
    let status = network.interrupt();
    assert!(status.success(), "{status}: {:?}", network.told());
    assert!(TcpStream::connect(&port).is_err() && !wallets.exists(), "it leaves something behind");
}

#[test]
fn a_speed_of_zero_is_explained() {
    for command in ["localnet", "up"] {
        let output =
            Command::new(BINARY).args([command, "--speed", "0"]).output().expect("the binary starts");
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains("--speed 0: at least 1"));
    }
}
