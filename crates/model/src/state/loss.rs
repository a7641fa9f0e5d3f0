//! State of a panel, and of the losses of a cover that it decides about.

use {
    crate::{
        number::Int,
        op::{Leaf, Name, PanelTerms},
    },
    std::collections::{BTreeMap, BTreeSet},
};

/// The name of the panel's vault among wallets: bonds, and what the cover pays for losses.
pub const PANEL: &str = "panel";

/// The name of the fund's guardian.
pub const GUARDIAN: &str = "guardian";

/// The name of the associated token account of a wallet.
pub fn associated(wallet: &str) -> Name {
    format!("{wallet}, associated")
}

/// The keys that decide about the losses of one cover.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Panel {
    /// What it was created with.
    pub terms: PanelTerms,
    /// Number of the next loss.
    pub next_loss: u64,
    /// Losses that are not closed, by number.
    pub losses: BTreeMap<u64, Loss>,
    /// When losses were live, the newest last.
    pub lives: Vec<Life>,
}

/// The time in which a loss was live: from its alert until it was rejected, had lapsed, or its claims
/// were open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Life {
    /// The loss.
    pub loss: u64,
    /// From.
    pub start_ts: Int,
    /// Until; none while it is live.
    pub end_ts: Option<Int>,
}

/// Where a loss stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum LossState {
    #[default]
    Alerted,
    Voting,
    Decided,
    Open,
    Expired,
    Rejected,
    Lapsed,
}

/// A loss of what is covered. The tree of its claims is the list of its leaves here: who posts a root
/// posts the list, and who votes has recomputed the root from the same one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Loss {
    /// Where it stands.
    pub state: LossState,
    /// Who has alerted it.
    pub reporter: Name,
    /// The bond that is held.
    pub bond: Int,
    /// Its peril.
    pub peril: u8,
    /// When it happened.
    pub incident_ts: Int,
    /// When it was alerted.
    pub alerted_ts: Int,
    /// When its root was posted.
    pub posted_ts: Int,
    /// When the time for a root, or for votes on it, is over.
    pub due_ts: Int,
    /// The list whose root is posted; empty: none is.
    pub claims: Vec<Leaf>,
    /// The list that the guardian has sent back.
    pub vetoed: Option<Vec<Leaf>>,
    /// Keys that approve of the root.
    pub approvals: BTreeSet<Name>,
    /// Keys that reject it.
    pub rejections: BTreeSet<Name>,
    /// What the cover had paid when this loss drew on it.
    pub drawn_before: Int,
    /// What the draw took of the first loss.
    pub from_first_loss: Int,
    /// What all claims share.
    pub reserved: Int,
    /// What was paid of it.
    pub paid: Int,
    /// Until when it is claimed.
    pub expires_ts: Int,
    /// Claims that were paid, by index.
    pub claimed: BTreeSet<u32>,
    /// Pages that are open.
    pub pages: BTreeSet<u16>,
}
