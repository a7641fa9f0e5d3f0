//! What a keeper can do.

use bulkhead_client::Address;

/// One thing to do. Markets it needs fresh marks of follow from the members in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Bring a market's mark up to date for others: rates, breakers and premiums follow it.
    Crank {
        /// The market.
        market: u16,
    },
    /// Run the waterfall for a declared default.
    Allocate {
        /// Its number.
        seq: u64,
        /// The defaulter.
        member: Address,
    },
    /// Run layers 3 and 4 for what no default owns.
    AllocateResidual,
    /// Take a member out of an ended epoch.
    SettleEpoch {
        /// The member.
        member: Address,
        /// Its epoch.
        epoch: u64,
    },
    /// Move a member towards default, or out of its grace period.
    Declare {
        /// The member.
        member: Address,
        /// The number a default would get.
        seq: u64,
        /// Markets it holds.
        markets: Vec<u16>,
    },
    /// Take lots from a member below maintenance.
    Liquidate {
        /// The market.
        market: u16,
        /// The member.
        target: Address,
        /// The keeper's account.
        taker: Address,
        /// How many, unsigned.
        lots: u64,
        /// Markets those involved hold.
        markets: Vec<u16>,
    },
    /// Buy from the house.
    TakeOver {
        /// The market.
        market: u16,
        /// The keeper's account.
        taker: Address,
        /// How many, unsigned.
        lots: u64,
        /// Markets those involved hold.
        markets: Vec<u16>,
    },
    /// Collect an assessment, or start, enforce or end a contribution call.
    Enforce {
        /// The member.
        member: Address,
        /// Markets it holds.
        markets: Vec<u16>,
    },
    /// Cut gains, or begin the wind-down.
    Haircut {
        /// Markets with a loss in this episode.
        markets: Vec<u16>,
    },
    /// Turn a market's premiums into cash.
    CollectPremium {
        /// The market.
        market: u16,
    },
    /// Make a mark final.
    FixFinalMark {
        /// The market.
        market: u16,
    },
    /// Close a member out at the final marks.
    CloseOut {
        /// The member.
        member: Address,
        /// Markets it holds.
        markets: Vec<u16>,
    },
    /// Pay a claim on a closed fund.
    PayOut {
        /// The member.
        member: Address,
    },
    /// Turn profits and losses into cash.
    Settle {
        /// The market.
        market: u16,
        /// The members.
        members: Vec<Address>,
    },
}

impl Action {
    /// What it is called.
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

    /// Member accounts it changes.
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
