//! The ledger of a local fund, as a process beside it.

use {
    crate::localnet::Network,
    anyhow::{ensure, Context, Result},
    std::{
        fs,
        net::TcpListener,
        path::Path,
        process::{Child, Command, Stdio},
    },
};

/// The port that is tried first, so that a page that is open finds the next network again.
const USUAL_PORT: u16 = 9_185;

/// A running ledger. It ends with this value.
pub struct History {
    child: Child,
    /// Where its API is.
    pub url: String,
}

impl History {
    /// Starts the ledger's program, with its database in the folder of the network's keys: it lives no
    /// longer than the network.
    pub fn start(program: &Path, network: &Network) -> Result<Self> {
        ensure!(program.is_file(), "--ledger {}: there is no such program", program.display());
        let port = free_port()?;
        let (world, folder) = (&network.world, &network.folder);
        let text = format!(
            "cluster = {{ rpc_url = \"{}\", websocket_url = \"{}\" }}\n\
             fund = {{ address = \"{}\" }}\n\
             database = {{ url = \"sqlite:history.db\" }}\n\
             following = {{ poll_ms = 1000, sight_ms = 10000 }}\n\
             server = {{ listen = \"127.0.0.1:{port}\" }}\n\
             log = {{ level = \"warn\" }}\n",
            world.validator.rpc_url(),
            world.validator.ws_url(),
            world.keys.fund,
        );
        let config = folder.join("history.toml");
        fs::write(&config, text).with_context(|| format!("cannot write {}", config.display()))?;
        let log = fs::File::create(folder.join("history.log"))?;
        let mut run = Command::new(program);
        run.arg("--config").arg(&config).arg("run").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = run.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self { child, url: format!("http://127.0.0.1:{port}") })
    }
}

impl Drop for History {
    fn drop(&mut self) {
        // It may be killed at any moment, and its database is removed with the network's folder.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<u16> {
    let usual = TcpListener::bind(("127.0.0.1", USUAL_PORT));
    let listener = usual.or_else(|_| TcpListener::bind("127.0.0.1:0")).context("no port is free")?;
    Ok(listener.local_addr()?.port())
}
