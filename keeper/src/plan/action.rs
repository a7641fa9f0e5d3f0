//! The actions of a keeper.

use bulkhead_client::Address;

/// One action. The markets whose fresh marks it needs follow from its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Bring a market's mark up to date for others: rates, breakers and premiums follow it.
    Crank { market: u16 },
    /// Run the waterfall for a declared default.
    Allocate {
        /// The number of the default.
        seq: u64,
        /// The defaulter.
        member: Address,
    },
    /// Run layers 3 and 4 for a loss that belongs to no default.
    AllocateResidual,
    /// Take a member out of an ended share epoch.
    SettleEpoch {
        member: Address,
        /// The ended share epoch.
        epoch: u64,
    },
    /// Move a member towards default, or out of its grace.
    Declare {
        member: Address,
        /// The number that the default would get.
        seq: u64,
        /// Markets that the member holds.
        markets: Vec<u16>,
    },
    /// Take lots from a member below maintenance.
    Liquidate {
        market: u16,
        /// The member below maintenance.
        target: Address,
        /// The keeper's member account.
        taker: Address,
        /// Number of lots, unsigned.
        lots: u64,
        /// The worst price, bonus and discount counted.
        limit_price: u64,
        /// Markets that either of them holds.
        markets: Vec<u16>,
    },
    /// Buy a position from the house.
    TakeOver {
        market: u16,
        /// The keeper's member account.
        taker: Address,
        /// Number of lots, unsigned.
        lots: u64,
        /// The worst price, bonus and discount counted.
        limit_price: u64,
        /// Markets that the taker holds, and this one.
        markets: Vec<u16>,
    },
    /// Collect an assessment, or start, enforce or end a contribution call.
    Enforce {
        member: Address,
        /// Markets that the member holds.
        markets: Vec<u16>,
    },
    /// Cut gains, or begin the wind-down.
    Haircut {
        /// Markets with a loss in this share epoch.
        markets: Vec<u16>,
    },
    /// Turn a market's premiums into cash.
    CollectPremium { market: u16 },
    /// Make a mark final.
    FixFinalMark { market: u16 },
    /// Close a member out at the final marks.
    CloseOut {
        member: Address,
        /// Markets that the member holds.
        markets: Vec<u16>,
    },
    /// Pay a claim on a closed fund.
    PayOut { member: Address },
    /// Turn profits and losses into cash.
    Settle { market: u16, members: Vec<Address> },
}

impl Action {
    /// The name of the instruction that does it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Crank { .. } => "crank_market",
            Self::Allocate { .. } => "allocate_loss",
            Self::AllocateResidual => "allocate_residual",
            Self::SettleEpoch { .. } => "settle_epoch",
            Self::Declare { .. } => "declare_default",
            Self::Liquidate { .. } => "liquidate",
            Self::TakeOver { .. } => "take_over",
            Self::Settle { .. } => "settle",
            Self::Enforce { .. } => "enforce_call",
            Self::Haircut { .. } => "haircut_gains",
            Self::CollectPremium { .. } => "collect_premium",
            Self::FixFinalMark { .. } => "fix_final_mark",
            Self::CloseOut { .. } => "close_out",
            Self::PayOut { .. } => "pay_out",
        }
    }

    /// Markets whose marks it needs.
    pub fn markets(&self) -> &[u16] {
        match self {
            Self::Allocate { .. } | Self::AllocateResidual | Self::SettleEpoch { .. } => &[],
            Self::CollectPremium { .. } | Self::PayOut { .. } => &[],
            Self::Enforce { markets, .. } | Self::Haircut { markets } | Self::CloseOut { markets, .. } => {
                markets
            }
            Self::Declare { markets, .. }
            | Self::Liquidate { markets, .. }
            | Self::TakeOver { markets, .. } => markets,
            Self::Settle { market, .. } | Self::FixFinalMark { market } | Self::Crank { market } => {
                std::slice::from_ref(market)
            }
        }
    }

    /// Member accounts that it changes.
    pub fn members(&self) -> Vec<Address> {
        match self {
            Self::AllocateResidual | Self::Haircut { .. } | Self::FixFinalMark { .. } => vec![],
            Self::CollectPremium { .. } | Self::Crank { .. } => vec![],
            Self::Allocate { member, .. }
            | Self::SettleEpoch { member, .. }
            | Self::Declare { member, .. }
            | Self::Enforce { member, .. }
            | Self::CloseOut { member, .. }
            | Self::PayOut { member } => vec![*member],
            Self::Liquidate { target, taker, .. } => vec![*target, *taker],
            Self::TakeOver { taker, .. } => vec![*taker],
            Self::Settle { members, .. } => members.clone(),
        }
    }
}
