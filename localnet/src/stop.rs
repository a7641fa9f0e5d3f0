//! The request to stop: Ctrl-C, a signal to terminate, or the end of standard input.

use {
    anyhow::Result,
    std::{
        sync::atomic::{AtomicBool, Ordering},
        sync::Arc,
        thread::sleep,
        time::{Duration, Instant},
    },
};

/// Longest delay between the request and the end of a wait.
const GLANCE: Duration = Duration::from_millis(50);

/// A request to stop that many can hold.
#[derive(Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Whether a stop was requested.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits, but no longer than until a stop is requested.
    pub fn wait(&self, time: Duration) {
        let since = Instant::now();
        while !self.is_set() && since.elapsed() < time {
            sleep(GLANCE.min(time));
        }
    }

    /// Stops on Ctrl-C, or when the process is told to end.
    pub fn on_signals() -> Result<Self> {
        let stop = Self::default();
        let seen = stop.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            let waited = runtime.block_on(signalled());
            seen.0.store(waited.is_ok(), Ordering::Relaxed);
        })?;
        Ok(stop)
    }

    /// Stops at the end of standard input, too.
    pub fn on_end_of_input(&self) -> Result<()> {
        let stop = self.clone();
        std::thread::Builder::new().name("input".into()).spawn(move || {
            // Neither the input nor the reason of its end matters.
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            stop.0.store(true, Ordering::Relaxed);
        })?;
        Ok(())
    }
}

async fn signalled() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            waited = tokio::signal::ctrl_c() => waited,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_when_it_is_time_to_stop() {
        let stop = Stop::default();
        stop.wait(Duration::from_millis(1));
        assert!(!stop.is_set());
        stop.0.store(true, Ordering::Relaxed);
        let since = Instant::now();
        stop.wait(Duration::from_secs(60));
        assert!(since.elapsed() < Duration::from_secs(60), "it has waited to the end");
    }
}
