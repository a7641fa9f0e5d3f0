//! The tasks beside the one that decides: they read, follow and send, and report by messages.

use {
    crate::{
        config::Config,
        engine::{SendOutcome, Task},
        live::Live,
        metrics::Metrics,
        policies::Policies,
        prices::{poster::Heard, pro},
        sender::Sender,
        source::Source,
    },
    anyhow::{anyhow, Result},
    bulkhead_client::Address,
    solana_account::Account,
    std::{
        sync::{
            atomic::{AtomicU64, Ordering},
            Arc,
        },
        time::Duration,
    },
    tokio::{
        sync::{mpsc, watch, Notify},
        time::sleep,
    },
};

/// First wait before a feed is connected again.
const RECONNECT: Duration = Duration::from_millis(250);
/// Time between two looks at the payer's balance.
const BALANCE: Duration = Duration::from_secs(30);
/// Most attempts to read the accounts that a transaction changed.
const READS: u32 = 3;

/// Accounts read together, with the number of changes known before the read.
pub struct Read {
    pub begun: u64,
    pub accounts: Vec<(Address, Option<Account>)>,
}

pub enum Message {
    /// The feed delivers every change from here on.
    Connected,
    /// The feed has ended.
    Lost(anyhow::Error),
    /// The feed delivered an account.
    Changed(Address, Account),
    /// A poll of the common accounts is over.
    Polled(Result<Read>),
    /// A full load is over, with the number of changes known before it.
    Loaded(Result<Box<Live>>, u64),
    /// A read of all policies is over.
    Policies(Result<Policies>),
    /// Hermes has sent prices.
    Heard(Heard),
    /// A server of Pyth Pro has sent a message.
    HeardPro(pro::listener::Heard),
    /// A task is over.
    Done(Box<Task>, SendOutcome, Read),
}

/// Shared by the tasks that read.
#[derive(Clone)]
pub struct Watcher {
    pub source: Source,
    pub config: Config,
    pub metrics: Arc<Metrics>,
    pub changes: Arc<AtomicU64>,
    pub tell: mpsc::UnboundedSender<Message>,
}

impl Watcher {
    pub async fn read(&self, addresses: Vec<Address>) -> Result<Read> {
        let begun = self.changes.load(Ordering::Relaxed);
        let accounts = self.source.accounts(&addresses).await?;
        Ok(Read { begun, accounts: addresses.into_iter().zip(accounts).collect() })
    }

    /// Sends a message. After the keeper has ended nobody receives it, and nobody needs it.
    fn tell(&self, message: Message) {
        let _ = self.tell.send(message);
    }

    pub async fn load(self) {
        let begun = self.changes.load(Ordering::Relaxed);
        let loaded = self.source.load().await.map(Box::new);
        self.tell(Message::Loaded(loaded, begun));
    }

    pub async fn poll(self, common: watch::Receiver<Vec<Address>>) {
        loop {
            sleep(Duration::from_millis(self.config.watching.poll_ms)).await;
            let addresses = common.borrow().clone();
            self.tell(Message::Polled(self.read(addresses).await));
        }
    }

    pub async fn read_policies(self) {
        loop {
            self.tell(Message::Policies(self.source.policies().await));
            sleep(Duration::from_secs(self.config.policies.poll_secs)).await;
        }
    }

    /// Follows the fund and its oracles, and connects again when the oracles change.
    pub async fn follow(self, mut oracles: watch::Receiver<Vec<Address>>, kick: Arc<Notify>) {
        let longest = Duration::from_millis(self.config.watching.longest_reconnect_ms);
        let mut wait = RECONNECT;
        loop {
            let mut is_connected = false;
            let connected = || {
                is_connected = true;
                self.tell(Message::Connected);
            };
            let named = oracles.borrow_and_update().clone();
            let followed = self
                .source
                .follow(&named, connected, |address, account| self.tell(Message::Changed(address, account)));
            let ended = tokio::select! {
                ended = followed => ended,
                () = kick.notified() => Err(anyhow!("it is silent")),
                Ok(()) = oracles.changed() => Err(anyhow!("prices are read from other accounts now")),
            };
            wait = if is_connected { RECONNECT } else { (wait * 2).min(longest) };
            if let Err(why) = ended {
                self.tell(Message::Lost(why));
            }
            sleep(wait).await;
        }
    }

    pub async fn send(self, sender: Arc<Sender>, task: Task) {
        let outcome = sender.send(&task.draft, task.care, task.expired).await;
        if matches!(outcome, SendOutcome::Unreachable { .. }) {
            sleep(RECONNECT).await; // a node that is gone answers at once, and the keeper would spin
        }
        let mut read = Read { begun: 0, accounts: Vec::new() };
        if changes_or_doubts(&outcome) {
            for _ in 0..READS {
                match self.read(task.touched()).await {
                    Ok(done) => {
                        read = done;
                        break;
                    }
                    Err(_) => sleep(RECONNECT).await, // what is not read now is by the next full load
                }
            }
        }
        self.tell(Message::Done(Box::new(task), outcome, read));
    }
}

/// Whether the accounts of a task are read after it. What was refused is not as the keeper believes: an
/// account that was closed, of which no feed tells, would be tried again and again.
fn changes_or_doubts(outcome: &SendOutcome) -> bool {
    use SendOutcome::{Dry, Expired, Failed, Landed, Refused, Unreachable};
    match outcome {
        Landed { .. } | Failed { .. } | Refused { .. } => true,
        Expired | Unreachable { .. } | Dry { .. } => false,
    }
}

pub async fn watch_payer(sender: Arc<Sender>, payer: Address, metrics: Arc<Metrics>) {
    let least = sender.fees.least_lamports;
    loop {
        if let Ok(lamports) = sender.rpc.get_balance(&payer).await {
            metrics.set("payer_lamports", lamports as f64);
            let is_low = lamports < least;
            metrics.trouble(
                is_low.then(|| format!("the payer {payer} has {lamports} lamports, fewer than {least}")),
            );
        }
        sleep(BALANCE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was closed is refused for ever, and only a read shows it.
    #[test]
    fn accounts_are_read_after_a_refusal_too() {
        let error = || String::from("AccountNotInitialized");
        assert!(changes_or_doubts(&SendOutcome::Refused { error: error() }));
        assert!(changes_or_doubts(&SendOutcome::Failed { error: error(), fee: 1 }));
        assert!(!changes_or_doubts(&SendOutcome::Unreachable { error: error() }));
        assert!(!changes_or_doubts(&SendOutcome::Expired));
    }
}
