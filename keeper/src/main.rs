use {
    anyhow::{ensure, Context, Result},
    bulkhead_client::program::choose_from_environment,
    bulkhead_keeper::{
        config::{Config, Log, LogFormat},
        service::Service,
        start::{start, Setup},
    },
    clap::Parser,
    std::{path::PathBuf, process::ExitCode},
    tokio::{sync::watch, task::JoinSet},
    tracing::info,
    tracing_subscriber::EnvFilter,
};

/// Follows one Bulkhead fund, or several, until it is stopped: cranks, settles, liquidates, declares
/// defaults, allocates losses, buys from the house and enforces calls.
#[derive(Parser)]
#[command(name = "bulkhead-keeper")]
struct Cli {
    /// Configuration file; keeper/keeper.example.toml explains every key. For several funds in one
    /// process it is given several times, and the first one decides about the log
    #[arg(long, value_name = "FILE", required = true)]
    config: Vec<PathBuf>,
    /// Decide and simulate, say what each action would earn, but send nothing
    #[arg(long)]
    dry_run: bool,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            causes.dedup();
            eprintln!("error: {}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(cli: &Cli) -> Result<()> {
    choose_from_environment()?;
    let configs = cli.config.iter().map(|file| Config::read(file)).collect::<Result<Vec<_>>>()?;
    start_log(&configs[0].log)?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        if signalled().await.is_ok() {
            stop.send_replace(true);
        }
    });
    let mut setups: Vec<Setup> = Vec::new();
    for (config, file) in configs.into_iter().zip(&cli.config) {
        let setup = start(config, cli.dry_run).await.with_context(|| file.display().to_string())?;
        // Two keepers with the same keys would outbid each other.
        let (fund, payer) = (setup.source.fund, setup.payer);
        let is_there = setups.iter().any(|other| (other.source.fund, other.payer) == (fund, payer));
        ensure!(!is_there, "{}: fund {fund} with payer {payer} is configured twice", file.display());
        setups.push(setup);
    }
    let mut running = JoinSet::new();
    for service in Service::together(setups).await? {
        if let Some(listen) = service.listen {
            info!(%listen, "metrics at /metrics, health at /healthz");
        }
        running.spawn(service.run(stopped.clone()));
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(())
}

fn start_log(log: &Log) -> Result<()> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(filter) => EnvFilter::try_new(filter).context("RUST_LOG")?,
        Err(_) => EnvFilter::try_new(&log.level).context("log.level")?,
    };
    let to_stderr = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => to_stderr.init(),
        LogFormat::Json => to_stderr.json().init(),
    }
    Ok(())
}

/// Waits for Ctrl-C, or for the signal of a service manager.
async fn signalled() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
