//! State of a whole fund. Totals that the program counts are computed here, never stored.

mod cover;
mod loss;
mod market;
mod member;
mod policy;
mod records;

pub use {cover::*, loss::*, market::*, member::*, policy::*, records::*};

use {
    crate::{
        number::Int,
        op::{Name, OfferId, RecordId},
        params::FundParams,
        reason::Reason,
    },
    std::collections::{BTreeMap, BTreeSet},
};

/// Slot and unix time of a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Clock {
    /// Slot.
    pub slot: Int,
    /// Unix seconds.
    pub ts: Int,
}

/// Status of a fund.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum FundStatus {
    #[default]
    Active,
    Recovery,
    WindDown,
}

/// A whole fund.
#[derive(Clone, Debug, Hash)]
pub struct Model {
    /// Now.
    pub clock: Clock,
    /// Slot of the cluster's last restart; zero before the first.
    pub restart_slot: Int,
    /// Parameters in force.
    pub params: FundParams,
    /// Status.
    pub status: FundStatus,
    /// Members, by name.
    pub members: BTreeMap<Name, Member>,
    /// Markets, by index.
    pub markets: Vec<Market>,
    /// Records of defaults, by member and its count.
    pub defaults: BTreeMap<RecordId, DefaultRecord>,
    /// Offers, by maker and number.
    pub offers: BTreeMap<OfferId, Offer>,
    /// Covers, by index.
    pub covers: Vec<Cover>,
    /// The book of policies, if the history has one.
    pub book: Option<PolicyBook>,
    /// The panel that decides about losses of a cover, if the history has one.
    pub panel: Option<Panel>,
    /// Indices at the ends of share epochs.
    pub epochs: Vec<EpochEnd>,

    // Money
    /// Tokens in the vault, gifts included.
    pub vault: Int,
    /// Tokens in wallets.
    pub purses: BTreeMap<Name, Int>,
    /// The default fund.
    pub contributions: Int,
    /// The protocol's own money.
    pub treasury: Int,
    /// Rewards that shares have earned.
    pub rewards_unclaimed: Int,
    /// Fees and premiums on their way to the shares.
    pub rewards_streaming: Int,
    /// Paid in by losers, not yet drawn by winners.
    pub pool: Int,
    /// House rounds whose cushions are not all released, and the present one, by number (section
    /// 6).
    pub rounds: BTreeMap<u64, Round>,
    /// Number of the present house round.
    pub round: u64,
    /// Results of flat houses that are not realised yet, signed.
    pub house_sum: Int,
    /// Money that came back after losses.
    pub recoveries: Int,
    /// The part of it that waits until it can pay all losses.
    pub recoveries_held: Int,

    // Rewards
    /// Per share, Q64.64: the sum of all releases.
    pub reward_index: Int,
    /// What the bucket was credited beyond what shares were given, of 2^64.
    pub reward_surplus: Int,
    /// Of the last release.
    pub rewards_ts: Int,

    // Losses
    /// Number of the share epoch.
    pub share_epoch: Int,
    /// Per share, Q64.64: the sum of all haircuts.
    pub loss_index: Int,
    /// Losses borne and not recovered.
    pub outstanding: Int,
    /// Units they are held in.
    pub units: Int,
    /// Units per share, Q64.64.
    pub units_index: Int,
    /// Ends when everything is recovered.
    pub loss_epoch: Int,
    /// The units' index when it began.
    pub loss_epoch_index: Int,
    /// Losses that no open default owns and nobody has paid.
    pub residual: Int,
    /// Defaults declared so far: where the count of a new member starts.
    pub default_seq: u64,
    /// Losses so far that nobody had paid when they came.
    pub loss_seq: u64,

    // Layers 5 to 7
    /// Cut rounds, by number.
    pub cut_rounds: BTreeMap<u64, CutRound>,
    /// Number of the last cut round.
    pub cut_seq: u64,
    /// Cuts in a row that were too small.
    pub small_cuts: u8,
    /// The call on the shares of an ended epoch.
    pub assessment: Assessment,
    /// Number of the cooling-off period.
    pub cooling_off: Int,
    /// When the next loss starts another one.
    pub cooling_off_ends_ts: Int,
    /// Contributions and shares before the first loss of the last cooling-off period.
    pub before: Book,
    /// When the wind-down began.
    pub wind_down_ts: Int,
    /// Whether a member was closed out: the wind-down cannot be averted any more.
    pub is_wound_up: bool,
    /// All claims when the first was paid; zero before.
    pub payout_claims: Int,
    /// The money there was for them.
    pub payout_pool: Int,
    /// Units of losses that what they lack was booked with, and their epoch.
    pub payout_units: Int,
    /// See `payout_units`.
    pub payout_loss_epoch: Int,

    // Exits
    /// The exit clock.
    pub exit: ExitClock,
    /// Exits are blocked until then by graces, or until nobody is in grace.
    pub grace_until_ts: Int,
    /// Seconds by which graces have blocked exits on a day.
    pub grace_used: Used,
    /// Watches that nobody has ended, by member.
    pub watches: BTreeMap<Name, Watch>,
    /// Exits are blocked until then while a watch is open.
    pub watch_until_ts: Int,
    /// Watches that ended by then have ended by themselves.
    pub watches_swept_ts: Int,
    /// Seconds by which watches have blocked exits on a day; what several share counts once.
    pub watch_used: Used,
    /// Covers hold exits until then.
    pub hold_until_ts: Int,
    /// Seconds of holds that are used, and as of when.
    pub holds: Holds,
    /// Contributions that have left lately, and as of when.
    pub outflow: (Int, Int),
    /// The two largest exposures known.
    pub exposures: [Option<Exposure>; 2],

    // Governance
    /// Raised by every instruction of governance.
    pub governance_nonce: Int,
    /// Changes that wait, by number.
    pub changes: BTreeMap<u64, QueuedChange>,
    /// The pauses of the parts, by bit.
    pub pauses: [Pause; 4],
    /// A withdrawal of the treasury on its way.
    pub treasury_exit: Option<TreasuryExit>,
    /// When the guardian last vetoed its own replacement.
    pub guardian_veto_ts: Option<Int>,

    /// The house is selling: until the sale is over what it holds counts as held, and its loss as
    /// one that may come.
    pub(crate) selling: bool,
    /// Reasons against the action that is being tried.
    pub(crate) refused: BTreeSet<Reason>,
    /// A mistake that a test has put in.
    pub(crate) fault: Option<crate::Fault>,
}

/// Milliseconds in which exits were open (section 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ExitClock {
    /// Milliseconds.
    pub ms: Int,
    /// Milliseconds of the clock that gains vest by, which covers do not stop.
    pub vest_ms: Int,
    /// The moment up to which they are counted.
    pub seen: Clock,
    /// Milliseconds that slots allowed and seconds have not used.
    pub carry_ms: Int,
    /// Whether exits were blocked at that moment.
    pub blocked: bool,
    /// Reading at the first reopening of a series with less than an hour between each two.
    pub series_since: Int,
    /// Reading at the last reopening.
    pub reopened: Int,
}

/// A watch: exits are blocked until it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Watch {
    pub start_ts: Int,
    pub end_ts: Int,
}

/// Seconds used up on one day of chain time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Used {
    /// Number of the day.
    pub day: Int,
    /// Seconds.
    pub secs: Int,
}

/// Cushions of one house round (section 6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Round {
    /// Money that is left.
    pub money: Int,
    /// Units that records hold and that are not released.
    pub units: Int,
    /// Records that hold them.
    pub records: usize,
    /// Once it has ended: money that all its units stand for.
    pub worth: Int,
    /// Once it has ended: all its units.
    pub all_units: Int,
    /// Whether a part went on into the next round, with the same units.
    pub is_carried: bool,
    /// Losses that the units have borne for others.
    pub losses: RoundLosses,
}

/// Losses per unit of a round, as of a share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RoundLosses {
    /// Q64.64.
    pub index: Int,
    /// In units of losses, Q64.64.
    pub units_index: Int,
    /// The loss epoch of the last loss.
    pub epoch: Int,
    /// The units' index when the round's first loss of that epoch was borne.
    pub epoch_index: Int,
}

/// A round of the gains cut (section 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CutRound {
    /// `U`, the loss when it was opened; after the cut at most what was unfunded then.
    pub loss: Int,
    /// The moment of the pins.
    pub cut_ts: Int,
    /// When registration is over.
    pub ends_ts: Int,
    /// When it was opened, in seconds of the exit clock.
    pub secs: Int,
    /// `sum G`, latecomers included.
    pub gains: Int,
    /// What of it is cut, latecomers included.
    pub cut: Int,
    /// Whether it is cut.
    pub is_cut: bool,
    /// Gains and cut without latecomers.
    pub first_gains: Int,
    /// See `first_gains`.
    pub first_cut: Int,
    /// What of the first cut members bear.
    pub first_borne: Int,
    /// Gains of claims that have left it; what they come to counts as paid.
    pub gone: Int,
    /// What claims were paid, or have taken to a later round.
    pub paid: Int,
    /// Units of losses that the cut was booked with, and their epoch.
    pub units: Int,
    /// See `units`.
    pub loss_epoch: Int,
}

/// Money and shares of a default fund.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Book {
    /// Money.
    pub contributions: Int,
    /// Shares.
    pub shares: Int,
}

/// The pause of one part of a fund.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pause {
    /// Since when.
    pub start_ts: Int,
    /// Until when.
    pub expires_ts: Int,
    /// When the next one may start.
    pub allowed_ts: Int,
}

/// A withdrawal of the treasury on its way (section 9).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TreasuryExit {
    /// The wallet that gets it.
    pub to: Name,
    /// How much.
    pub amount: Int,
    /// When it can be claimed, on the exit clock.
    pub ready_secs: Int,
    /// When the committed exit can be paid, on the exit clock; zero before the commitment.
    pub exit_ready_secs: Int,
}

/// Exposure of a member when it was last computed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Exposure {
    /// Who.
    pub member: Name,
    /// Its contribution.
    pub contribution: Int,
    /// Its loss in the stress move.
    pub stress_loss: Int,
}

/// Totals that follow from the state.
impl Model {
    /// All margins.
    pub fn margin_total(&self) -> Int {
        self.members.values().map(|member| member.margin).sum()
    }

    /// Shares of the current epoch.
    pub fn total_shares(&self) -> Int {
        self.members.keys().map(|name| self.live_shares(name)).sum()
    }

    /// A member's shares that are worth something: none of an ended epoch.
    pub fn live_shares(&self, name: &str) -> Int {
        let member = &self.members[name];
        if member.share_epoch == self.share_epoch {
            member.shares
        } else {
            0
        }
    }

    /// Defaults not allocated.
    pub fn open_defaults(&self) -> usize {
        self.open().count()
    }

    fn open(&self) -> impl Iterator<Item = &DefaultRecord> {
        self.defaults.values().filter(|default| default.status == DefaultStatus::Declared)
    }

    /// Losses nobody has paid: the residual, and what open defaults leave after layers 1 and 2.
    pub fn unfunded(&self) -> Int {
        self.residual + self.open().map(|default| default.unfunded).sum::<Int>()
    }

    /// Number of members in a status.
    pub fn in_status(&self, status: MemberStatus) -> usize {
        self.members.values().filter(|member| member.status == status).count()
    }

    /// P2: the house holds the opposite of what all members hold together.
    pub fn house_lots(&self, market: usize) -> Int {
        -self.members.values().map(|member| member.lots(market)).sum::<Int>()
    }

    /// Markets in which it holds lots.
    pub fn open_houses(&self) -> usize {
        let is_open = |market: &usize| self.house_lots(*market) != 0 && self.markets[*market].final_ts == 0;
        (0..self.markets.len()).filter(is_open).count()
    }

    /// Lots of the long side.
    pub fn open_interest(&self, market: usize) -> Int {
        let members = self.members.values().map(|member| member.lots(market));
        members.chain([self.house_lots(market)]).filter(|lots| *lots > 0).sum()
    }

    /// The bucket of cushions.
    pub fn cushions(&self) -> Int {
        self.rounds.values().map(|round| round.money).sum()
    }

    /// Gains of members that a wind-down has closed out, not paid.
    pub fn payout_left(&self) -> Int {
        self.members.values().map(|member| member.claim).sum()
    }

    /// All claims: to registered gains, and to those of a wind-down.
    pub fn claims(&self) -> Int {
        self.gains_owed() + self.payout_left()
    }

    /// Markets with a final mark.
    pub fn final_marks(&self) -> usize {
        self.markets.iter().filter(|market| market.final_ts != 0).count()
    }

    /// Returns `true` while a default is open or a loss is unpaid.
    pub fn has_open_loss(&self) -> bool {
        self.open_defaults() > 0 || self.unfunded() > 0
    }

    /// Returns `true` if exits are blocked, or the house is selling its last lots in this action.
    pub fn is_loss_pending(&self) -> bool {
        self.exits_blocked() || self.selling
    }
}

/// Helpers that every mechanism uses.
impl Model {
    /// Adds a reason against the action that is being tried unless `holds`.
    pub(crate) fn require(&mut self, holds: bool, reason: Reason) {
        if !holds {
            self.refused.insert(reason);
        }
    }

    pub(crate) fn member(&mut self, name: &str) -> &mut Member {
        self.members.get_mut(name).unwrap_or_else(|| panic!("no member {name}"))
    }

    /// Tokens from a wallet into the vault.
    pub(crate) fn pull(&mut self, from: &str, amount: Int) {
        *self.purses.entry(from.into()).or_default() -= amount;
        self.vault += amount;
    }

    /// Tokens from the vault into a wallet.
    pub(crate) fn pay(&mut self, to: &str, amount: Int) {
        self.pull(to, -amount);
    }
}
