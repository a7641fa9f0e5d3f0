//! Actions on a fund, with every amount, so that a history can be written down and repeated.

use {
    crate::{number::Int, params::MarketParams},
    serde::{Deserialize, Serialize},
};

/// A member, or another wallet, by name.
pub type Name = String;

/// The record of a default: the member, and the number of the default among its own.
pub type RecordId = (Name, u64);

/// An offer: its maker, and the number that the maker has given it.
pub type OfferId = (Name, u64);

/// Values of parameters, by name.
pub type Settings = std::collections::BTreeMap<String, Int>;

/// One action. An instruction is named like the program's, shortened where it is plain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
#[allow(missing_docs)]
#[allow(clippy::large_enum_variant)] // Actions are few at a time; a box would only be in the way.
pub enum Op {
    // Members
    Open {
        member: Name,
    },
    Close {
        member: Name,
    },
    /// Closes and opens an account in one transaction.
    Reopen {
        member: Name,
    },
    Deposit {
        member: Name,
        amount: u64,
    },
    Withdraw {
        member: Name,
        amount: u64,
    },
    Contribute {
        member: Name,
        amount: u64,
    },
    Request {
        member: Name,
        shares: u128,
    },
    Cancel {
        member: Name,
    },
    Claim {
        member: Name,
    },
    ClaimRewards {
        member: Name,
    },
    ClaimRecovery {
        member: Name,
    },
    WaiveRecovery {
        member: Name,
    },
    AgreeAssessment {
        member: Name,
    },
    RepayDefault {
        payer: Name,
        record: RecordId,
        amount: u64,
    },

    // Trading
    Novate {
        buyer: Name,
        seller: Name,
        market: u16,
        lots: u64,
        price: u64,
    },
    /// A venue that trades for all of them posts the deals of a taker with as many makers.
    NovateBatch {
        taker: Name,
        buys: bool,
        market: u16,
        deals: Vec<Deal>,
    },
    PostOffer {
        maker: Name,
        number: u64,
        market: u16,
        terms: Terms,
    },
    /// By any wallet.
    CancelOffer {
        by: Name,
        offer: OfferId,
    },
    /// Lots are signed as the taker receives them.
    TakeOffer {
        taker: Name,
        offer: OfferId,
        lots: i64,
        limit_price: u64,
    },
    /// At a print that was published so many seconds after the one before it.
    FillOffer {
        taker: Name,
        offer: OfferId,
        update: Update,
        gap_secs: i64,
    },
    LapseTaking {
        taker: Name,
        offer: OfferId,
    },
    TakeOver {
        member: Name,
        market: u16,
        lots: u64,
    },
    /// `member` takes lots of `target`.
    Liquidate {
        member: Name,
        target: Name,
        market: u16,
        lots: u64,
    },

    /// `member` takes lots of `target`, whose stress call is due.
    SellExcess {
        member: Name,
        target: Name,
        market: u16,
        lots: u64,
    },

    // Keepers
    BookCrowding {
        market: u16,
    },
    CallStress {
        member: Name,
    },
    /// The oracle publishes, and somebody cranks.
    Crank {
        market: u16,
        update: Update,
    },
    /// By the owner or its delegate, or by anyone.
    Settle {
        member: Name,
        market: u16,
        by_owner: bool,
    },
    CollectPremium {
        market: u16,
    },
    ReportExposure {
        member: Name,
    },
    /// Blocks exits: the member owes more than its contribution covers.
    Watch {
        member: Name,
    },
    EndWatch {
        member: Name,
    },
    /// Shows whether the house of a silent market is covered.
    BookHouse {
        market: u16,
    },
    Declare {
        member: Name,
        keeper: Option<Name>,
    },
    Allocate {
        record: RecordId,
        keeper: Option<Name>,
    },
    AllocateResidual,
    ReleaseCushion {
        record: RecordId,
    },
    /// With `settle_epoch` in the same transaction, if asked for.
    EnforceCall {
        member: Name,
        settle_epoch: bool,
    },
    SettleEpoch {
        member: Name,
    },
    OpenGainsCut,
    RegisterGains {
        member: Name,
    },
    CutGains,
    /// Of registered gains, once they are cut.
    PayClaim {
        member: Name,
    },
    /// A dead feed ends its market.
    CloseMarket {
        market: u16,
    },
    FixFinalMark {
        market: u16,
    },
    CloseOut {
        member: Name,
    },
    PayOut {
        member: Name,
    },
    CloseDefault {
        record: RecordId,
    },

    // Governance
    Pause {
        bits: u8,
        secs: i64,
    },
    EndPause {
        bits: u8,
    },
    FundTreasury {
        funder: Name,
        amount: u64,
    },
    RequestTreasury {
        to: Name,
        amount: u64,
    },
    CancelTreasury,
    ClaimTreasury,
    GiveRecovery {
        giver: Name,
        amount: u64,
    },
    /// Names the parameters it touches, within the hard bounds, which the model does not know.
    QueueFundChange {
        settings: Settings,
    },
    /// The same, of a market; its oracle and decimals stay.
    QueueMarketChange {
        market: u16,
        settings: Settings,
    },
    QueueNewMarket {
        params: MarketParams,
    },
    /// The feed stays, with other decimals.
    QueueFeedDecimals {
        market: u16,
        decimals: u32,
    },
    QueueClose {
        market: u16,
        end_ts: i64,
    },
    QueueFinalMark {
        market: u16,
        price: u64,
    },
    /// Another guardian.
    QueueGuardian,
    QueueCover {
        terms: CoverTerms,
    },
    QueueRaise {
        cover: u16,
        limit: u64,
    },
    QueueResume {
        cover: u16,
    },
    ApplyChange {
        number: u64,
    },
    VetoChange {
        number: u64,
        by_guardian: bool,
    },

    // Covers
    SuspendCover {
        cover: u16,
    },
    FundCover {
        giver: Name,
        cover: u16,
        amount: u64,
        purse: CoverPurse,
    },
    AccrueCover {
        cover: u16,
    },
    /// By the drawer, as every draw is.
    HoldCover {
        cover: u16,
        secs: u32,
    },
    DrawCover {
        cover: u16,
        amount: u64,
    },
    SettleCover {
        cover: u16,
    },
    /// To the token account of a name.
    CollectCover {
        cover: u16,
        to: Name,
    },
    ReturnCover {
        giver: Name,
        cover: u16,
        amount: u64,
    },
    EndCover {
        cover: u16,
    },
    ShowGap {
        cover: u16,
    },

    // Policies, of the second program
    NotePrice,
    OpenExpiry {
        day: u32,
    },
    BuyPolicy {
        owner: Name,
        insured: u64,
        term_days: u8,
        max_premium: u64,
    },
    StartPolicy {
        number: u64,
    },
    SettleExpiry {
        day: u32,
    },
    OpenPayouts {
        day: u32,
    },
    /// Signed by any wallet, which is paid if it owns the policy.
    ClaimPolicy {
        by: Name,
        number: u64,
    },
    ClosePolicy {
        number: u64,
    },
    EndPayouts {
        day: u32,
    },
    CloseExpiry {
        day: u32,
    },

    // Claims, of the second program
    AlertLoss {
        by: Name,
        incident_ts: i64,
        peril: u8,
        max_bond: u64,
    },
    /// The root of the tree of these claims.
    PostRoot {
        by: Name,
        loss: u64,
        claims: Vec<Leaf>,
    },
    /// For the root of the tree of these claims.
    VoteRoot {
        by: Name,
        loss: u64,
        claims: Vec<Leaf>,
        approves: bool,
    },
    VetoRoot {
        by: Name,
        loss: u64,
    },
    DecideLoss {
        loss: u64,
    },
    /// To the token account of a name, if the bond goes back.
    SettleBond {
        loss: u64,
        to: Name,
    },
    OpenClaims {
        loss: u64,
    },
    OpenPage {
        loss: u64,
        page: u16,
    },
    /// Signed by any wallet, which is paid if the leaf is its own.
    ClaimCover {
        by: Name,
        loss: u64,
        index: u32,
        amount: u64,
    },
    /// By anybody, to the token account of a name.
    PushClaim {
        loss: u64,
        index: u32,
        leaf: Leaf,
        to: Name,
    },
    ExpireLoss {
        loss: u64,
    },
    ClosePage {
        loss: u64,
        page: u16,
    },
    CloseLoss {
        loss: u64,
    },

    // No instruction
    /// Somebody sends tokens to the vault.
    Gift {
        amount: u64,
    },
    Wait {
        secs: i64,
        slots: u64,
    },
    /// The cluster restarts at this slot.
    Restart,
}

/// One trade of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
pub struct Deal {
    /// The taker's counterparty.
    pub maker: Name,
    /// Lots that change hands.
    pub lots: u64,
    /// Price of each.
    pub price: u64,
}

/// What a maker offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
pub struct Terms {
    /// Lots that it receives, signed.
    pub lots: i64,
    /// The fewest lots of a taking, unless fewer are left.
    pub min_lots: u64,
    /// Basis points in favour of the maker.
    pub distance_bps: i16,
    /// The worst price that it accepts.
    pub limit_price: u64,
    /// When the offer expires.
    pub expires_ts: i64,
    /// Who alone may take it.
    pub taker: Option<Name>,
}

/// What a cover is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
#[allow(missing_docs)]
pub enum CoverKind {
    Claims,
    Venue,
    Parametric,
}

/// Money of a cover that anyone adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
#[allow(missing_docs)]
pub enum CoverPurse {
    Prepaid,
    FirstLoss,
    Earned,
    Forfeited,
}

/// Terms of a cover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
#[allow(missing_docs)]
pub struct CoverTerms {
    pub kind: CoverKind,
    /// Draws are paid to the token account of this name.
    pub destination: Name,
    /// It gets back what is left.
    pub beneficiary: Name,
    pub limit: u64,
    pub first_loss_min: u64,
    pub per_draw: u64,
    pub period_limit: u64,
    pub covered_debt: u64,
    pub opens_ts: i64,
    pub ends_ts: i64,
    pub premium_bps_per_year: u16,
    pub coinsurance_bps: u16,
    pub market: u16,
    pub threshold_bps: u16,
}

/// Terms of a book of policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
#[allow(missing_docs)]
pub struct BookTerms {
    pub cover: u16,
    pub market: u16,
    pub min_insured: u64,
    pub theta_bps: u32,
    pub max_age_secs: u32,
    pub deductible_bps: u16,
    pub cap_bps: u16,
    pub coinsurance_bps: u16,
    pub least_volatility_bps: u16,
    pub min_term_days: u8,
    pub max_term_days: u8,
}

/// Terms of a panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
#[allow(missing_docs)]
pub struct PanelTerms {
    pub cover: u16,
    /// Who votes.
    pub keys: Vec<Name>,
    pub quorum: usize,
    pub perils: u8,
    pub min_bond: u64,
}

/// A claim on a loss: a leaf of its tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
pub struct Leaf {
    /// Who has lost.
    pub claimant: Name,
    /// How much.
    pub amount: u64,
}

/// A print of an oracle. It is sound if it has the market's exponent, is positive, recent, fully
/// verified and certain enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
pub struct Update {
    /// Mantissa.
    pub price: i64,
    /// Confidence interval, same exponent.
    pub confidence: u64,
    /// Exponent of ten.
    pub exponent: i32,
    /// How long ago it was published; below zero: from the future.
    pub age_secs: i64,
    /// `true` if all signatures were checked.
    pub full: bool,
}

impl Op {
    /// The members that it names.
    pub fn members(&self) -> Vec<&Name> {
        match self {
            Self::Open { member }
            | Self::Close { member }
            | Self::Reopen { member }
            | Self::Deposit { member, .. }
            | Self::Withdraw { member, .. }
            | Self::Contribute { member, .. }
            | Self::Request { member, .. }
            | Self::Cancel { member }
            | Self::Claim { member }
            | Self::ClaimRewards { member }
            | Self::ClaimRecovery { member }
            | Self::WaiveRecovery { member }
            | Self::AgreeAssessment { member }
            | Self::TakeOver { member, .. }
            | Self::CallStress { member }
            | Self::Settle { member, .. }
            | Self::ReportExposure { member }
            | Self::Watch { member }
            | Self::EndWatch { member }
            | Self::EnforceCall { member, .. }
            | Self::SettleEpoch { member }
            | Self::RegisterGains { member }
            | Self::PayClaim { member }
            | Self::CloseOut { member }
            | Self::PayOut { member } => vec![member],
            Self::Novate { buyer, seller, .. } => vec![buyer, seller],
            Self::NovateBatch { taker, deals, .. } => {
                deals.iter().map(|deal| &deal.maker).chain([taker]).collect()
            }
            Self::PostOffer { maker, .. } => vec![maker],
            Self::TakeOffer { taker, offer, .. }
            | Self::FillOffer { taker, offer, .. }
            | Self::LapseTaking { taker, offer } => vec![taker, &offer.0],
            Self::Liquidate { member, target, .. } | Self::SellExcess { member, target, .. } => {
                vec![member, target]
            }
            Self::Declare { member, keeper } => keeper.iter().chain([member]).collect(),
            Self::Allocate { keeper, .. } => keeper.iter().collect(),
            _ => vec![],
        }
    }

    /// The cover that it names.
    pub fn cover(&self) -> Option<usize> {
        match self {
            Self::QueueRaise { cover, .. }
            | Self::QueueResume { cover }
            | Self::SuspendCover { cover }
            | Self::FundCover { cover, .. }
            | Self::AccrueCover { cover }
            | Self::HoldCover { cover, .. }
            | Self::DrawCover { cover, .. }
            | Self::SettleCover { cover }
            | Self::CollectCover { cover, .. }
            | Self::ReturnCover { cover, .. }
            | Self::EndCover { cover }
            | Self::ShowGap { cover } => Some(usize::from(*cover)),
            _ => None,
        }
    }

    /// Whether it is one of the second program's, about policies.
    pub fn is_of_policies(&self) -> bool {
        matches!(
            self,
            Self::NotePrice
                | Self::OpenExpiry { .. }
                | Self::BuyPolicy { .. }
                | Self::StartPolicy { .. }
                | Self::SettleExpiry { .. }
                | Self::OpenPayouts { .. }
                | Self::ClaimPolicy { .. }
                | Self::ClosePolicy { .. }
                | Self::EndPayouts { .. }
                | Self::CloseExpiry { .. }
        )
    }

    /// The loss that it names.
    pub fn loss(&self) -> Option<u64> {
        match self {
            Self::PostRoot { loss, .. }
            | Self::VoteRoot { loss, .. }
            | Self::VetoRoot { loss, .. }
            | Self::DecideLoss { loss }
            | Self::SettleBond { loss, .. }
            | Self::OpenClaims { loss }
            | Self::OpenPage { loss, .. }
            | Self::ClaimCover { loss, .. }
            | Self::PushClaim { loss, .. }
            | Self::ExpireLoss { loss }
            | Self::ClosePage { loss, .. }
            | Self::CloseLoss { loss } => Some(*loss),
            _ => None,
        }
    }

    /// Whether it is one of the second program's, about claims.
    pub fn is_of_claims(&self) -> bool {
        matches!(self, Self::AlertLoss { .. }) || self.loss().is_some()
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "Open",
            Self::Close { .. } => "Close",
            Self::Reopen { .. } => "Reopen",
            Self::Deposit { .. } => "Deposit",
            Self::Withdraw { .. } => "Withdraw",
            Self::Contribute { .. } => "Contribute",
            Self::Request { .. } => "Request",
            Self::Cancel { .. } => "Cancel",
            Self::Claim { .. } => "Claim",
            Self::ClaimRewards { .. } => "ClaimRewards",
            Self::ClaimRecovery { .. } => "ClaimRecovery",
            Self::WaiveRecovery { .. } => "WaiveRecovery",
            Self::AgreeAssessment { .. } => "AgreeAssessment",
            Self::RepayDefault { .. } => "RepayDefault",
            Self::Novate { .. } => "Novate",
            Self::NovateBatch { .. } => "NovateBatch",
            Self::PostOffer { .. } => "PostOffer",
            Self::CancelOffer { .. } => "CancelOffer",
            Self::TakeOffer { .. } => "TakeOffer",
            Self::FillOffer { .. } => "FillOffer",
            Self::LapseTaking { .. } => "LapseTaking",
            Self::TakeOver { .. } => "TakeOver",
            Self::Liquidate { .. } => "Liquidate",
            Self::SellExcess { .. } => "SellExcess",
            Self::BookCrowding { .. } => "BookCrowding",
            Self::CallStress { .. } => "CallStress",
            Self::Crank { .. } => "Crank",
            Self::Settle { .. } => "Settle",
            Self::CollectPremium { .. } => "CollectPremium",
            Self::ReportExposure { .. } => "ReportExposure",
            Self::Watch { .. } => "Watch",
            Self::EndWatch { .. } => "EndWatch",
            Self::BookHouse { .. } => "BookHouse",
            Self::Declare { .. } => "Declare",
            Self::Allocate { .. } => "Allocate",
            Self::ReleaseCushion { .. } => "ReleaseCushion",
            Self::AllocateResidual => "AllocateResidual",
            Self::EnforceCall { .. } => "EnforceCall",
            Self::SettleEpoch { .. } => "SettleEpoch",
            Self::OpenGainsCut => "OpenGainsCut",
            Self::RegisterGains { .. } => "RegisterGains",
            Self::CutGains => "CutGains",
            Self::PayClaim { .. } => "PayClaim",
            Self::FixFinalMark { .. } => "FixFinalMark",
            Self::CloseOut { .. } => "CloseOut",
            Self::PayOut { .. } => "PayOut",
            Self::CloseDefault { .. } => "CloseDefault",
            Self::Pause { .. } => "Pause",
            Self::EndPause { .. } => "EndPause",
            Self::FundTreasury { .. } => "FundTreasury",
            Self::RequestTreasury { .. } => "RequestTreasury",
            Self::CancelTreasury => "CancelTreasury",
            Self::ClaimTreasury => "ClaimTreasury",
            Self::QueueNewMarket { .. } => "QueueNewMarket",
            Self::QueueGuardian => "QueueGuardian",
            Self::QueueCover { .. } => "QueueCover",
            Self::QueueRaise { .. } => "QueueRaise",
            Self::QueueResume { .. } => "QueueResume",
            Self::SuspendCover { .. } => "SuspendCover",
            Self::FundCover { .. } => "FundCover",
            Self::AccrueCover { .. } => "AccrueCover",
            Self::HoldCover { .. } => "HoldCover",
            Self::DrawCover { .. } => "DrawCover",
            Self::SettleCover { .. } => "SettleCover",
            Self::CollectCover { .. } => "CollectCover",
            Self::ReturnCover { .. } => "ReturnCover",
            Self::EndCover { .. } => "EndCover",
            Self::ShowGap { .. } => "ShowGap",
            Self::NotePrice => "NotePrice",
            Self::OpenExpiry { .. } => "OpenExpiry",
            Self::BuyPolicy { .. } => "BuyPolicy",
            Self::StartPolicy { .. } => "StartPolicy",
            Self::SettleExpiry { .. } => "SettleExpiry",
            Self::OpenPayouts { .. } => "OpenPayouts",
            Self::ClaimPolicy { .. } => "ClaimPolicy",
            Self::ClosePolicy { .. } => "ClosePolicy",
            Self::EndPayouts { .. } => "EndPayouts",
            Self::CloseExpiry { .. } => "CloseExpiry",
            Self::AlertLoss { .. } => "AlertLoss",
            Self::PostRoot { .. } => "PostRoot",
            Self::VoteRoot { .. } => "VoteRoot",
            Self::VetoRoot { .. } => "VetoRoot",
            Self::DecideLoss { .. } => "DecideLoss",
            Self::SettleBond { .. } => "SettleBond",
            Self::OpenClaims { .. } => "OpenClaims",
            Self::OpenPage { .. } => "OpenPage",
            Self::ClaimCover { .. } => "ClaimCover",
            Self::PushClaim { .. } => "PushClaim",
            Self::ExpireLoss { .. } => "ExpireLoss",
            Self::ClosePage { .. } => "ClosePage",
            Self::CloseLoss { .. } => "CloseLoss",
            Self::GiveRecovery { .. } => "GiveRecovery",
            Self::CloseMarket { .. } => "CloseMarket",
            Self::QueueFeedDecimals { .. } => "QueueFeedDecimals",
            Self::QueueClose { .. } => "QueueClose",
            Self::QueueFinalMark { .. } => "QueueFinalMark",
            Self::QueueFundChange { .. } => "QueueFundChange",
            Self::QueueMarketChange { .. } => "QueueMarketChange",
            Self::ApplyChange { .. } => "ApplyChange",
            Self::VetoChange { .. } => "VetoChange",
            Self::Gift { .. } => "Gift",
            Self::Wait { .. } => "Wait",
            Self::Restart => "Restart",
        }
    }
}
