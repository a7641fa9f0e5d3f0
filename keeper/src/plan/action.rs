//! The actions of a keeper.

use bulkhead_client::{instruction::OfferKeys, policies::BookKeys, Address};

/// A print that is posted before the fill that reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The account that it goes to.
    pub account: Address,
    /// Whether it becomes the mark as well, because the mark is older.
    pub cranks: bool,
}

/// One action. The markets whose fresh marks it needs follow from its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Bring a market's mark up to date for others: rates, breakers and premiums follow it.
    Crank { market: u16 },
    /// Run the waterfall for a declared default.
    Allocate {
        /// The number of the default among those of the fund.
        seq: u64,
        /// Its record.
        record: Address,
    },
    /// Give back what the cushion of a default has left.
    ReleaseCushion {
        /// The number of the default among those of the fund.
        seq: u64,
        /// Its record.
        record: Address,
        /// The defaulter.
        member: Address,
    },
    /// Close the record of an old default.
    CloseDefault {
        /// The number of the default among those of the fund.
        seq: u64,
        /// Its record.
        record: Address,
        /// The key that has paid its rent, and gets it back.
        payer: Address,
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
        /// The number that the default would get among those of the member.
        count: u64,
        /// Markets that the member holds.
        markets: Vec<u16>,
    },
    /// Block exits for a member that owes more than it has.
    OpenWatch {
        member: Address,
        /// Markets that the member holds.
        markets: Vec<u16>,
    },
    /// End the watch on a member that is sound again.
    EndWatch {
        member: Address,
        /// Markets that the member holds.
        markets: Vec<u16>,
    },
    /// Look whether a house blocks exits.
    BookHouse { market: u16 },
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
    /// Take the excess of a member whose stress call is due.
    SellExcess {
        market: u16,
        /// The member that was called.
        target: Address,
        /// The keeper's member account.
        taker: Address,
        /// Number of lots, unsigned.
        lots: u64,
        /// The worst price that it accepts, the discount counted.
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
    /// Start the stress call of a member beyond the cover limit, or end one.
    CallStress {
        member: Address,
        /// Markets that the member holds.
        markets: Vec<u16>,
    },
    /// Book what one whole side of a market could cost.
    BookCrowding { market: u16 },
    /// Open layer 6: members register their gains.
    OpenGainsCut {
        /// Markets of waived houses.
        waived: Vec<u16>,
    },
    /// Turn a member's net gain into a claim.
    RegisterGains {
        member: Address,
        /// Markets that the member holds.
        markets: Vec<u16>,
    },
    /// Cut the registered gains, or begin the wind-down.
    CutGains,
    /// Pay a claim to a registered gain.
    PayClaim { member: Address },
    /// Turn a market's premiums into cash.
    CollectPremium { market: u16 },
    /// Announce the end of a market whose feed is dead.
    CloseMarket { market: u16 },
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
    /// Fill an offer that somebody has taken.
    FillOffer {
        market: u16,
        /// The offer, and its two sides.
        keys: OfferKeys,
        /// When it was taken, in Unix time.
        ts: i64,
        /// The key that gets the rent of an offer without lots left.
        rent_to: Address,
        /// Markets that either side holds, and this one.
        markets: Vec<u16>,
        /// The print, where the oracle's account does not show it.
        posted: Option<Posted>,
    },
    /// End a taking that was not filled in time.
    LapseTaking {
        keys: OfferKeys,
        /// When it was taken, in Unix time.
        ts: i64,
    },
    /// Pay what a cover is owed.
    SettleCover {
        cover: u16,
        /// Markets of waived houses.
        waived: Vec<u16>,
    },
    /// Earn the premium of a cover.
    AccrueCover { cover: u16 },
    /// Note the price of a book of policies: it counts in the mean of the day.
    NotePrice {
        /// The market of the book.
        market: u16,
        /// The book.
        keys: BookKeys,
    },
    /// Put a policy in force.
    StartPolicy {
        /// The book.
        keys: BookKeys,
        /// The policy among those of the book.
        number: u64,
        /// The day on which it expires.
        day: u32,
    },
    /// Settle the policies of a day.
    SettleExpiry { keys: BookKeys, day: u32 },
    /// Open the payouts of a day.
    OpenPayouts { keys: BookKeys, day: u32 },
    /// End the payouts of a day, and return the unclaimed rest.
    EndPayouts { keys: BookKeys, day: u32 },
    /// Turn profits and losses into cash.
    Settle {
        market: u16,
        members: Vec<Address>,
        /// This market, and those that members hold of which a loss is settled: no leg of a hedge counts at
        /// an older mark than the other.
        markets: Vec<u16>,
    },
}

impl Action {
    /// The name of the instruction that does it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Crank { .. } => "crank_market",
            Self::Allocate { .. } => "allocate_loss",
            Self::ReleaseCushion { .. } => "release_cushion",
            Self::CloseDefault { .. } => "close_default",
            Self::AllocateResidual => "allocate_residual",
            Self::SettleEpoch { .. } => "settle_epoch",
            Self::Declare { .. } => "declare_default",
            Self::OpenWatch { .. } => "open_watch",
            Self::EndWatch { .. } => "end_watch",
            Self::BookHouse { .. } => "book_house",
            Self::Liquidate { .. } => "liquidate",
            Self::SellExcess { .. } => "sell_excess",
            Self::TakeOver { .. } => "take_over",
            Self::FillOffer { .. } => "fill_offer",
            Self::LapseTaking { .. } => "lapse_taking",
            Self::SettleCover { .. } => "settle_cover",
            Self::AccrueCover { .. } => "accrue_cover",
            Self::NotePrice { .. } => "note_price",
            Self::StartPolicy { .. } => "start_policy",
            Self::SettleExpiry { .. } => "settle_expiry",
            Self::OpenPayouts { .. } => "open_payouts",
            Self::EndPayouts { .. } => "end_payouts",
            Self::Settle { .. } => "settle",
            Self::Enforce { .. } => "enforce_call",
            Self::CallStress { .. } => "call_stress",
            Self::BookCrowding { .. } => "book_crowding",
            Self::OpenGainsCut { .. } => "open_gains_cut",
            Self::RegisterGains { .. } => "register_gains",
            Self::CutGains => "cut_gains",
            Self::PayClaim { .. } => "pay_claim",
            Self::CollectPremium { .. } => "collect_premium",
            Self::CloseMarket { .. } => "close_market",
            Self::FixFinalMark { .. } => "fix_final_mark",
            Self::CloseOut { .. } => "close_out",
            Self::PayOut { .. } => "pay_out",
        }
    }

    /// Markets whose marks it needs.
    pub fn markets(&self) -> &[u16] {
        match self {
            Self::Allocate { .. } | Self::AllocateResidual | Self::SettleEpoch { .. } => &[],
            Self::ReleaseCushion { .. } | Self::CloseDefault { .. } => &[],
            Self::CollectPremium { .. } | Self::PayOut { .. } => &[],
            // Neither needs a mark, and the feed is silent or the market has ended.
            Self::CloseMarket { .. } | Self::FixFinalMark { .. } => &[],
            Self::LapseTaking { .. } | Self::SettleCover { .. } | Self::AccrueCover { .. } => &[],
            Self::StartPolicy { .. } | Self::SettleExpiry { .. } => &[],
            Self::OpenPayouts { .. } | Self::EndPayouts { .. } => &[],
            // A registration goes by the pins, whatever the marks are.
            Self::OpenGainsCut { .. } | Self::RegisterGains { .. } | Self::CutGains => &[],
            Self::PayClaim { .. } => &[],
            Self::Enforce { markets, .. } | Self::CloseOut { markets, .. } => markets,
            Self::Declare { markets, .. }
            | Self::OpenWatch { markets, .. }
            | Self::EndWatch { markets, .. }
            | Self::Liquidate { markets, .. }
            | Self::SellExcess { markets, .. }
            | Self::CallStress { markets, .. }
            | Self::FillOffer { markets, .. }
            | Self::Settle { markets, .. }
            | Self::TakeOver { markets, .. } => markets,
            Self::BookCrowding { market }
            | Self::BookHouse { market }
            | Self::NotePrice { market, .. }
            | Self::Crank { market } => std::slice::from_ref(market),
        }
    }

    /// Member accounts that it changes. A guard keeps everything else off them until it is over; whatever
    /// else changes them keeps off settlements alone.
    ///
    /// A lapse is none: it frees what is locked, which no settlement asks for. Anybody takes an offer of a
    /// failing member for the fee of one lot, and keeps nothing off the member by it.
    pub fn members(&self) -> Vec<Address> {
        match self {
            Self::LapseTaking { .. } | Self::CloseDefault { .. } => vec![],
            Self::Allocate { .. } | Self::AllocateResidual => vec![],
            Self::OpenGainsCut { .. } | Self::CutGains => vec![],
            Self::FixFinalMark { .. } | Self::BookCrowding { .. } | Self::BookHouse { .. } => vec![],
            Self::CloseMarket { .. } | Self::SettleCover { .. } | Self::AccrueCover { .. } => vec![],
            Self::CollectPremium { .. } | Self::Crank { .. } => vec![],
            Self::NotePrice { .. } | Self::StartPolicy { .. } | Self::SettleExpiry { .. } => vec![],
            Self::OpenPayouts { .. } | Self::EndPayouts { .. } => vec![],
            Self::ReleaseCushion { member, .. }
            | Self::CallStress { member, .. }
            | Self::SettleEpoch { member, .. }
            | Self::Declare { member, .. }
            | Self::OpenWatch { member, .. }
            | Self::EndWatch { member, .. }
            | Self::Enforce { member, .. }
            | Self::CloseOut { member, .. }
            | Self::RegisterGains { member, .. }
            | Self::PayClaim { member }
            | Self::PayOut { member } => vec![*member],
            Self::Liquidate { target, taker, .. } | Self::SellExcess { target, taker, .. } => {
                vec![*target, *taker]
            }
            Self::TakeOver { taker, .. } => vec![*taker],
            Self::FillOffer { keys, .. } => vec![keys.maker, keys.taker],
            Self::Settle { members, .. } => members.clone(),
        }
    }
}
