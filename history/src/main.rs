use {
    anyhow::{Context, Result},
    bulkhead_client::program::choose_from_environment,
    bulkhead_format::{print, unless_closed},
    bulkhead_history::{
        api, audit,
        config::Config,
        export::{self, Form},
        report,
        service::{self, told, Service},
    },
    bulkhead_keeper::config::{Log, LogFormat},
    clap::{Parser, Subcommand},
    std::{path::PathBuf, process::ExitCode},
    tokio::sync::watch,
    tracing::info,
    tracing_subscriber::EnvFilter,
};

/// The ledger of a Bulkhead fund: every event since its creation.
#[derive(Parser)]
#[command(name = "bulkhead-history")]
struct Cli {
    /// Configuration file; history/history.example.toml explains every key
    #[arg(long, value_name = "FILE", global = true, default_value = "history.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Follows the fund and serves the API until it is stopped
    Run,
    /// Recomputes every bucket and every member from the events alone, and compares them with the
    /// accounts. Exits with an error at the first difference
    Audit {
        /// Compare final accounts and events only, instead of confirmed ones
        #[arg(long)]
        finalized: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Prints the risk report
    Report {
        /// Print CSV instead of JSON
        #[arg(long)]
        csv: bool,
    },
    /// Writes all final events to standard output
    Export {
        #[arg(long, value_enum, default_value = "csv")]
        form: Form,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            if matches!(cli.command, Command::Audit { json: true, .. }) {
                // A script reads the reason where it reads the answer, as of the command line.
                let failure = serde_json::json!({ "error": { "message": told(&error) } });
                let _ = print(&format!("{failure:#}\n"));
            }
            eprintln!("error: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

/// Returns whether what was asked for is good.
#[tokio::main]
async fn run(cli: &Cli) -> Result<bool> {
    choose_from_environment()?;
    let config = Config::read(&cli.config)?;
    start_log(&config.log)?;
    match &cli.command {
        Command::Run => stand(config).await.map(|()| true),
        Command::Audit { finalized, json } => {
            let follower = service::open(&config).await?;
            let audited = audit::run(&follower, !finalized).await?;
            match json {
                true => print(&format!("{}\n", serde_json::to_string_pretty(&audited)?))?,
                false => print(&audited.to_string())?,
            }
            Ok(audited.is_good())
        }
        Command::Report { csv } => {
            let follower = service::open(&config).await?;
            follower.catch_up().await?;
            service::look_once(&follower).await?;
            let made = report::report(&api::report_input(&follower).await?);
            match csv {
                true => print(&report::to_csv(&made)?)?,
                false => print(&format!("{}\n", serde_json::to_string_pretty(&made)?))?,
            }
            Ok(true)
        }
        Command::Export { form } => {
            let follower = service::open(&config).await?;
            follower.catch_up().await?;
            let exported = export::export(&follower.store, *form, &mut std::io::stdout().lock()).await;
            match exported.map(|_| ()).map_err(|error| error.downcast::<std::io::Error>()) {
                Err(Ok(error)) => unless_closed(Err(error))?,
                Err(Err(error)) => return Err(error),
                Ok(()) => {}
            }
            Ok(true)
        }
    }
}

async fn stand(config: Config) -> Result<()> {
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        if signalled().await.is_ok() {
            stop.send_replace(true);
        }
    });
    let service = Service::new(config).await?;
    if let Some(listen) = service.listen {
        info!(%listen, "API at /v1, described at /openapi.json; metrics at /metrics, health at /healthz");
    }
    service.run(stopped).await
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
