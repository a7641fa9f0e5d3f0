//! Those who govern: they get printed proposals, and have them signed and run.
//!
//! A party is the one place at which a rehearsal with plain keys and one with multisigs differ.

use {bulkhead_client::Address, solana_keypair::Keypair, solana_signer::Signer};

/// A party whose signature the programs only ask for.
pub struct Party {
    /// The address that signs: a vault, or a key.
    pub address: Address,
    pub kind: Kind,
}

/// How it signs.
pub enum Kind {
    /// One key, which stands in for a multisig where there is none.
    Key(Box<Keypair>),
    /// A multisig of Squads v4, whose vault signs.
    Multisig(Multisig),
}

/// A multisig that was made in this rehearsal.
#[derive(Clone, Debug)]
pub struct Multisig {
    /// Its own account.
    pub address: String,
    /// Key files of its members. The first ones, as many as must approve, are at hand.
    pub members: Vec<String>,
    /// Number of members that must approve.
    pub threshold: usize,
    /// The time between approval and execution, as `time-travel` takes it; none acts at once.
    pub time_lock: Option<&'static str>,
}

impl Party {
    /// A party of one key.
    pub fn key(key: Keypair) -> Self {
        Self { address: key.pubkey(), kind: Kind::Key(Box::new(key)) }
    }

    /// Its multisig, if it is one.
    pub fn multisig(&self) -> Option<&Multisig> {
        match &self.kind {
            Kind::Key(_) => None,
            Kind::Multisig(multisig) => Some(multisig),
        }
    }
}
