//! Debian's PostgreSQL, started for tests and benchmark in a folder of its own, and gone with them.

use std::{
    io::Write,
    net::TcpListener,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    thread::sleep,
    time::Duration,
};

/// A server with an empty cluster.
pub struct Server {
    folder: PathBuf,
    port: u16,
    running: Option<(Child, ChildStdin)>,
}

/// Runs the server until its input ends, as it does with the test: then it stops at once and removes
/// its folder.
const SCRIPT: &str = r#"
"$1/postgres" -D "$2/data" -p "$3" -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$2" \
    -c max_connections=200 >"$2/log" 2>&1 </dev/null &
read -r last
kill -QUIT $! 2>/dev/null
wait $!
[ "$last" = keep ] || rm -rf "$2"
"#;

impl Server {
    /// Creates a cluster and starts it.
    pub fn start() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("bulkhead-postgres-{}-{}", std::process::id(), NUMBER.fetch_add(1, Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
        if is_root() {
            // PostgreSQL refuses to run as root; Debian's package has made a user for it.
            assert!(command("chown").arg("postgres").arg(&folder).status().unwrap().success());
        }
        let made = unprivileged(&programs().join("initdb"))
            .args(["-A", "trust", "-U", "bulkhead", "-E", "UTF8", "--no-sync", "-D"])
            .arg(folder.join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { folder, port, running: None };
        server.run();
        server
    }

    /// Starts it, or starts it again.
    pub fn run(&mut self) {
        let mut script = unprivileged(Path::new("sh"));
        script.args(["-c", SCRIPT, "sh"]).arg(programs()).arg(&self.folder).arg(self.port.to_string());
        let mut child = script.stdin(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        self.running = Some((child, input));
        for _ in 0..200 {
            let mut ready = command(programs().join("pg_isready"));
            ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
            if ready.status().unwrap().success() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        panic!("PostgreSQL does not start: {log}");
    }

    /// Stops it at once, as a crash would.
    pub fn stop(&mut self) {
        let (mut child, mut input) = self.running.take().expect("it runs");
        input.write_all(b"keep\n").unwrap();
        child.wait().unwrap();
    }

    /// A new database, as the ledger's configuration names it.
    pub fn database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("ledger_{}", NUMBER.fetch_add(1, Relaxed));
        let mut create = command(programs().join("createdb"));
        create.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "bulkhead", &name]);
        assert!(create.status().unwrap().success());
        format!("postgres://bulkhead@127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((mut child, input)) = self.running.take() {
            drop(input);
            let _ = child.wait();
        }
    }
}

/// Where PostgreSQL's programs are: those of the newest version that Debian has installed.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| folder.join("initdb").exists())
        .collect();
    found.sort();
    found
        .pop()
        .expect("PostgreSQL is not installed: `cargo xtask test` installs Debian's package postgresql")
        .1
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn unprivileged(program: &Path) -> Command {
    if !is_root() {
        return command(program);
    }
    let mut run = command("setpriv");
    run.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    run
}

fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env("LC_ALL", "C");
    command
}
