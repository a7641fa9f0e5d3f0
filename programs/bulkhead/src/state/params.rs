//! Parameters that governance sets, and the hard bounds that it cannot leave.

use {
    crate::{arithmetic::OrFail, constants::*, error::BulkheadError},
    anchor_lang::prelude::*,
    bulkhead_math::{
        exit_clock::{slots_as_secs, GraceTerms, WatchTerms},
        final_price::Conversion,
        house::AuctionTerms,
        interval::CELL_SECS,
        liquidation::LiquidationTerms,
        requirements::Rates,
        units::Bps,
        Round,
    },
    bytemuck::{Pod, Zeroable},
    wincode::{SchemaRead, SchemaWrite},
};

/// Writes the bounds of a block of parameters once, for two readers: the program asks for the first
/// that is broken, and stops there; clients ask for all of them.
macro_rules! bounds {
    ($self:ident, $($name:literal => $holds:expr,)*) => {
        /// Returns the name of the first parameter that is outside its hard bounds.
        #[inline(always)]
        pub fn first_violation(&$self) -> Option<&'static str> {
            $(if !$holds {
                return Some($name);
            })*
            None
        }

        /// Returns the name of every parameter that is outside its hard bounds.
        pub fn violations(&$self) -> impl Iterator<Item = &'static str> {
            [$(($name, $holds)),*].into_iter().filter(|(_, holds)| !holds).map(|(name, _)| name)
        }
    };
}
pub(super) use bounds;

/// Numbers the parameters of a block, so that a change can name the ones it touches: bit n of
/// `touched` is the n-th of them. What a change does not touch stays as it is when the change is
/// applied.
macro_rules! touchable {
    ($(#[$doc:meta])* $change:ident of $params:ident { $($name:literal => $($field:ident).+,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, SchemaRead, SchemaWrite, IdlType)]
        pub struct $change {
            /// Bit n: the n-th parameter changes.
            pub touched: u64,
            /// Their values; those of the others are ignored.
            pub values: $params,
        }

        impl $change {
            /// Names of the parameters, in the order of their bits.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The change from some parameters to others: it touches what differs.
            pub fn between(from: &$params, to: &$params) -> Self {
                let mut change = Self { touched: 0, values: *to };
                let mut bit = 1;
                $(
                    if from.$($field).+ != to.$($field).+ {
                        change.touched |= bit;
                    }
                    bit <<= 1;
                )*
                let _ = bit;
                change
            }

            /// Returns parameters with this change.
            #[inline(never)]
            pub fn onto(&self, params: &$params) -> $params {
                let mut params = *params;
                let mut bit = 1;
                $(
                    if self.touched & bit != 0 {
                        params.$($field).+ = self.values.$($field).+;
                    }
                    bit <<= 1;
                )*
                let _ = bit;
                params
            }

            /// Refuses a change that touches nothing, or what there is not.
            ///
            /// # Errors
            /// `ParameterOutOfBounds`.
            pub fn require_known(&self) -> Result<()> {
                let names = Self::NAMES.len() as u32;
                let unknown = self.touched.checked_shr(names).unwrap_or_default();
                let is_known = self.touched != 0 && unknown == 0;
                require!(is_known, BulkheadError::ParameterOutOfBounds);
                Ok(())
            }

            /// Returns the names of the parameters that change.
            pub fn names(&self) -> impl Iterator<Item = &'static str> {
                let touched = self.touched;
                let names = Self::NAMES.iter().enumerate();
                names.filter(move |(bit, _)| touched >> bit & 1 != 0).map(|(_, name)| *name)
            }
        }
    };
}

/// The replay guard of the authority's instructions. A transaction that was signed long ago and
/// kept alive by a durable nonce is dead once another governance instruction has passed, or its
/// last slot has. Without such a guard a large protocol was drained in April 2026.
#[derive(Clone, Copy, Debug, SchemaRead, SchemaWrite, IdlType)]
pub struct Mandate {
    /// The fund's `governance_nonce` at signing.
    pub nonce: u64,
    /// Last slot in which the instruction may run.
    pub last_valid_slot: u64,
}

/// Parameters of a fund.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, SchemaRead, SchemaWrite, IdlType)]
pub struct FundParams {
    /// Least contribution of a member with positions, in base units.
    pub min_contribution: u64,
    /// Least treasury governance must leave in place, in base units.
    pub treasury_floor: u64,
    /// Most a keeper gets for declaring a default, and again for allocating it, in base units.
    pub bounty_cap: u64,
    /// Time between asking for a contribution back and being able to claim it.
    pub notice_secs: u32,
    /// Time after that in which it can be claimed.
    pub claim_window_secs: u32,
    /// Slots between committing to an exit and being paid; 0 pays at once.
    pub exit_delay_slots: u32,
    /// Oldest mark that may price anything.
    pub max_mark_age_slots: u32,
    /// Grace period between the two steps of a default; 0 declares at once.
    pub default_confirm_slots: u32,
    /// Slots until the auction discount is at its cap.
    pub auction_slots: u32,
    /// Time to pay an assessment.
    pub assessment_secs: u32,
    /// Period over which the cap of assessments holds.
    pub cooling_off_secs: u32,
    /// Time to meet a contribution call.
    pub call_secs: u32,
    /// Time between the start of a wind-down and its final marks.
    pub wind_down_secs: u32,
    /// Part of the mutual resources that one member may endanger.
    pub cover_limit_bps: u16,
    /// Clearing fee of each side of a trade.
    pub clearing_fee_bps: u16,
    /// Contributors' part of the clearing fee.
    pub reward_share_bps: u16,
    /// Discount to the mark for a liquidator.
    pub liquidation_bonus_bps: u16,
    /// Fee of a liquidated member to the treasury.
    pub liquidation_fee_bps: u16,
    /// How far beyond initial margin a liquidation may bring its target.
    pub liquidation_buffer_bps: u16,
    /// Cap of the auction discount.
    pub auction_max_discount_bps: u16,
    /// Least treasury governance must leave in place, of contributions.
    pub treasury_floor_bps: u16,
    /// Most a member can be assessed in a cooling-off period, of its contribution before the
    /// losses.
    pub assessment_cap_bps: u16,
    /// A keeper's bounty, of the shortfall.
    pub bounty_bps: u16,
    /// Most of the contributions that may leave in a day; 0: all.
    pub outflow_cap_bps: u16,

    // Intervals: see `rules::interval`
    /// Milliseconds that a slot is taken for.
    pub slot_ms: u16,
    /// Age of a mark at which it has the whole stress move of doubt for what a member does for
    /// itself.
    pub age_full_secs: u32,
    /// Oldest print at which lots may leave a member against its will, or the house.
    pub act_age_secs: u32,

    // Exit clock: see `rules::exit_clock`
    /// How long watches on one member may block exits in a day.
    pub watch_secs: u32,
    /// How long all watches together may block exits in a day.
    pub watch_day_secs: u32,
    /// How long graces may block exits in a day; a default that finds no room is final at once.
    pub grace_day_secs: u32,

    // Vesting: see `rules::vesting`
    /// Length of a vesting period: a settled gain is no money to leave with for one to two of them.
    pub vest_secs: u32,

    // Crowding: see `rules::crowding`
    /// Most that one whole side of every market could cost together, of treasury and contributions.
    pub crowding_limit_bps: u32,

    // Gains cuts: see `rules::gains_cut`
    /// How long members register their gains before these are cut.
    pub register_secs: u32,

    // Covers: see `rules::covers`
    /// Most of treasury and contributions that covers may pledge together; 0: there are none.
    pub cover_budget_bps: u32,
    /// Shortest notice period that covers are promised. A fund with covers never lowers it.
    pub cover_min_notice_secs: u32,
}

touchable! {
    /// A change of parameters of a fund.
    FundChange of FundParams {
        "min_contribution" => min_contribution,
        "treasury_floor" => treasury_floor,
        "bounty_cap" => bounty_cap,
        "notice_secs" => notice_secs,
        "claim_window_secs" => claim_window_secs,
        "exit_delay_slots" => exit_delay_slots,
        "max_mark_age_slots" => max_mark_age_slots,
        "default_confirm_slots" => default_confirm_slots,
        "auction_slots" => auction_slots,
        "assessment_secs" => assessment_secs,
        "cooling_off_secs" => cooling_off_secs,
        "call_secs" => call_secs,
        "wind_down_secs" => wind_down_secs,
        "cover_limit_bps" => cover_limit_bps,
        "clearing_fee_bps" => clearing_fee_bps,
        "reward_share_bps" => reward_share_bps,
        "liquidation_bonus_bps" => liquidation_bonus_bps,
        "liquidation_fee_bps" => liquidation_fee_bps,
        "liquidation_buffer_bps" => liquidation_buffer_bps,
        "auction_max_discount_bps" => auction_max_discount_bps,
        "treasury_floor_bps" => treasury_floor_bps,
        "assessment_cap_bps" => assessment_cap_bps,
        "bounty_bps" => bounty_bps,
        "outflow_cap_bps" => outflow_cap_bps,
        "slot_ms" => slot_ms,
        "age_full_secs" => age_full_secs,
        "act_age_secs" => act_age_secs,
        "watch_secs" => watch_secs,
        "watch_day_secs" => watch_day_secs,
        "grace_day_secs" => grace_day_secs,
        "vest_secs" => vest_secs,
        "crowding_limit_bps" => crowding_limit_bps,
        "register_secs" => register_secs,
        "cover_budget_bps" => cover_budget_bps,
        "cover_min_notice_secs" => cover_min_notice_secs,
    }
}

impl FundParams {
    bounds! { self,
        "notice_secs" => (MIN_NOTICE_SECS..=MAX_NOTICE_SECS).contains(&self.notice_secs),
        "claim_window_secs" =>
            (MIN_CLAIM_WINDOW_SECS..=MAX_CLAIM_WINDOW_SECS).contains(&self.claim_window_secs),
        "exit_delay_slots" => self.exit_delay_slots <= MAX_EXIT_DELAY_SLOTS,
        "max_mark_age_slots" => (1..=MAX_MARK_AGE_SLOTS).contains(&self.max_mark_age_slots),
        "default_confirm_slots" => self.default_confirm_slots <= MAX_CONFIRM_SLOTS,
        "auction_slots" => (MIN_AUCTION_SLOTS..=MAX_AUCTION_SLOTS).contains(&self.auction_slots),
        "crowding_limit_bps" => (1..=MAX_CROWDING_LIMIT_BPS).contains(&self.crowding_limit_bps),
        "cover_limit_bps" => (1..=MAX_COVER_LIMIT_BPS).contains(&self.cover_limit_bps),
        "clearing_fee_bps" => self.clearing_fee_bps <= MAX_CLEARING_FEE_BPS,
        "reward_share_bps" => self.reward_share_bps <= ONE_BPS,
        "liquidation_bonus_bps and liquidation_fee_bps together" =>
            self.liquidation_bonus_bps.saturating_add(self.liquidation_fee_bps) <= MAX_LIQUIDATION_COST_BPS,
        "liquidation_buffer_bps" => self.liquidation_buffer_bps <= ONE_BPS,
        "auction_max_discount_bps" => self.auction_max_discount_bps <= MAX_AUCTION_DISCOUNT_BPS,
        "treasury_floor_bps" => self.treasury_floor_bps <= ONE_BPS,
        "assessment_cap_bps" => self.assessment_cap_bps <= MAX_ASSESSMENT_CAP_BPS,
        "assessment_secs" => (MIN_ASSESSMENT_SECS..=MAX_ASSESSMENT_SECS).contains(&self.assessment_secs),
        "cooling_off_secs" => (MIN_COOLING_OFF_SECS..=MAX_COOLING_OFF_SECS).contains(&self.cooling_off_secs),
        "call_secs" => (MIN_CALL_SECS..=MAX_CALL_SECS).contains(&self.call_secs),
        "wind_down_secs" => (MIN_WIND_DOWN_SECS..=MAX_WIND_DOWN_SECS).contains(&self.wind_down_secs),
        "bounty_bps" => self.bounty_bps <= MAX_BOUNTY_BPS,
        "outflow_cap_bps" =>
            self.outflow_cap_bps == 0 || (MIN_OUTFLOW_CAP_BPS..=ONE_BPS).contains(&self.outflow_cap_bps),
        "slot_ms" => (MIN_SLOT_MS..=MAX_SLOT_MS).contains(&self.slot_ms),
        "age_full_secs" => (MIN_AGE_FULL_SECS..=MAX_AGE_FULL_SECS).contains(&self.age_full_secs),
        "act_age_secs" => (1..=MAX_ACT_AGE_SECS).contains(&self.act_age_secs),
        "watch_secs" => self.watch_secs <= MAX_WATCH_SECS,
        "watch_day_secs" => self.watch_day_secs <= MAX_WATCH_DAY_SECS,
        "grace_day_secs" => self.grace_day_secs <= MAX_GRACE_DAY_SECS,
        "vest_secs" => (MIN_VEST_SECS..=MAX_VEST_SECS).contains(&self.vest_secs),
        "vest_secs within a grace period" => self.vests_after_a_grace(),
        "register_secs" => (self.least_register_secs()..=MAX_REGISTER_SECS).contains(&self.register_secs),
        "cover_budget_bps" => self.cover_budget_bps <= MAX_COVER_BUDGET_BPS,
        "cover_min_notice_secs above notice_secs" => self.cover_min_notice_secs <= self.notice_secs,
        "exit_delay_slots of a fund with covers" =>
            !self.allows_covers() || self.exit_delay_slots >= MIN_COVER_EXIT_DELAY_SLOTS,
        "outflow_cap_bps of a fund with covers" => !self.allows_covers()
            || (MIN_OUTFLOW_CAP_BPS..=MAX_COVER_OUTFLOW_CAP_BPS).contains(&self.outflow_cap_bps),
    }

    /// Returns `true` if the fund may have covers.
    pub fn allows_covers(&self) -> bool {
        self.cover_budget_bps > 0
    }

    /// Refuses parameters outside the hard bounds, and names the first of them in the log.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`.
    pub fn validate(&self) -> Result<()> {
        refuse(self.first_violation())
    }

    /// Returns `true` if a vesting period is longer than a grace period and two cells of the range
    /// together: the loser of a settled gain can be declared before it leaves.
    fn vests_after_a_grace(&self) -> bool {
        let grace = slots_as_secs(self.default_confirm_slots.into(), self.slot_ms.into());
        u64::from(self.vest_secs) > grace.saturating_add(2 * u64::from(CELL_SECS))
    }

    /// Returns how long registration lasts at least: two vesting periods, after which no gain is left
    /// that counts as settled lately.
    fn least_register_secs(&self) -> u32 {
        MIN_REGISTER_SECS.max(self.vest_secs.saturating_mul(2))
    }

    /// Returns how long a contributor needs to leave: notice period and claim window.
    pub fn leave_secs(&self) -> u64 {
        u64::from(self.notice_secs).saturating_add(u64::from(self.claim_window_secs))
    }

    /// Returns how long watches may block exits.
    pub fn watches(&self) -> WatchTerms {
        WatchTerms { member_secs: self.watch_secs, fund_secs: self.watch_day_secs }
    }

    /// Returns how long a grace lasts, and how long it may block exits. A grace with a silent leg
    /// lasts at least [`SILENT_GRACE_SECS`].
    pub fn grace(&self, silent: bool) -> GraceTerms {
        let ordinary = slots_as_secs(u64::from(self.default_confirm_slots), u32::from(self.slot_ms));
        let ordinary = u32::try_from(ordinary).unwrap_or(u32::MAX);
        let secs = if silent { ordinary.max(SILENT_GRACE_SECS) } else { ordinary };
        GraceTerms { secs, confirm_secs: CONFIRM_WINDOW_SECS, day_secs: self.grace_day_secs }
    }

    /// Returns the terms of a liquidation.
    pub fn liquidation(&self) -> LiquidationTerms {
        LiquidationTerms {
            bonus: Bps(self.liquidation_bonus_bps),
            fee: Bps(self.liquidation_fee_bps),
            buffer: Bps(self.liquidation_buffer_bps),
        }
    }

    /// Returns the terms of the house's auction.
    pub fn auction(&self) -> AuctionTerms {
        AuctionTerms { max_discount: Bps(self.auction_max_discount_bps), duration_slots: self.auction_slots }
    }
}

/// Requirement rates of a market, of notional.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, SchemaRead, SchemaWrite, IdlType)]
pub struct MarketRates {
    /// Initial margin.
    pub initial_bps: u16,
    /// Maintenance margin.
    pub maintenance_bps: u16,
    /// Required contribution.
    pub contribution_bps: u16,
    /// Stress move of the cover limit.
    pub stress_bps: u16,
}

impl MarketRates {
    /// Rates in bps.
    pub fn of(rates: &Rates) -> Self {
        Self {
            initial_bps: rates.initial.0,
            maintenance_bps: rates.maintenance.0,
            contribution_bps: rates.contribution.0,
            stress_bps: rates.stress.0,
        }
    }

    /// Returns the rates as the math takes them, with a concentration add-on.
    #[inline(always)]
    pub fn with(&self, adjustment: &AdjustmentTerms) -> Rates {
        Rates {
            initial: Bps(self.initial_bps),
            maintenance: Bps(self.maintenance_bps),
            contribution: Bps(self.contribution_bps),
            stress: Bps(self.stress_bps),
            concentration_lots: adjustment.concentration_lots,
            concentration: Bps(adjustment.concentration_bps),
        }
    }
}

/// How a market's rates follow its volatility, when its breaker trips, and what its positions pay.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, SchemaRead, SchemaWrite, IdlType)]
pub struct AdjustmentTerms {
    /// Lots the market takes without moving: more of them cost the concentration add-on.
    pub concentration_lots: u64,
    /// How fast volatility is forgotten.
    pub volatility_half_life_secs: u32,
    /// Time within which a move may trip the breaker.
    pub breaker_window_secs: u32,
    /// How long a trip halts trades that add risk.
    pub breaker_cooloff_secs: u32,
    /// Annual volatility at which the base rates are in force; 0: the rates do not follow
    /// volatility.
    pub target_volatility_bps: u16,
    /// Least that volatility makes of the base rates.
    pub multiplier_min_bps: u16,
    /// Most that volatility makes of the base rates.
    pub multiplier_max_bps: u16,
    /// Speed of maintenance margin, of notional.
    pub maintenance_ramp_bps_per_hour: u16,
    /// Move that trips the breaker; 0: none does.
    pub breaker_bps: u16,
    /// Premium on open positions, of notional, in a neutral market.
    pub premium_bps_per_year: u16,
    /// Concentration add-on to initial margin and stress, of the notional beyond the limit.
    pub concentration_bps: u16,
    /// Keeps the layout free of padding.
    pub _pad: [u8; 6],
}

impl AdjustmentTerms {
    bounds! { self,
        "multiplier_min_bps" => (MIN_MULTIPLIER_BPS..=ONE_BPS).contains(&self.multiplier_min_bps),
        "multiplier_max_bps" => (ONE_BPS..=MAX_MULTIPLIER_BPS).contains(&self.multiplier_max_bps),
        "volatility_half_life_secs" =>
            (MIN_HALF_LIFE_SECS..=MAX_HALF_LIFE_SECS).contains(&self.volatility_half_life_secs),
        "maintenance_ramp_bps_per_hour" => self.maintenance_ramp_bps_per_hour <= MAX_RAMP_BPS_PER_HOUR,
        "breaker_bps" =>
            self.breaker_bps == 0 || (MIN_BREAKER_BPS..=MAX_BREAKER_BPS).contains(&self.breaker_bps),
        "breaker_window_secs" =>
            (MIN_BREAKER_WINDOW_SECS..=MAX_BREAKER_WINDOW_SECS).contains(&self.breaker_window_secs),
        "breaker_cooloff_secs" => (MIN_COOLOFF_SECS..=MAX_COOLOFF_SECS).contains(&self.breaker_cooloff_secs),
        "premium_bps_per_year" => self.premium_bps_per_year <= MAX_PREMIUM_BPS_PER_YEAR,
        "concentration_bps" => self.concentration_bps <= MAX_CONCENTRATION_BPS,
    }
}

/// Where a market's price comes from.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum OracleKind {
    /// Pyth pull: `PriceUpdateV2` of a receiver program.
    PythPull = 0,
    /// Pyth push: legacy price account.
    PythPush = 1,
    /// Pyth Pro: this program's own [`ProPrice`](super::ProPrice), which anyone posts signed messages to.
    PythPro = 2,
}

/// A market's oracle. The programs whose accounts are believed are configuration, never constants:
/// since August 2026 two Pyth receivers exist side by side.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, SchemaRead, SchemaWrite, IdlType)]
pub struct OracleConfig {
    /// Pull: the feed's id. Push: unused. Pro: feed and channel, as
    /// `ProPrice::feed_id` names them.
    pub feed_id: [u8; 32],
    /// The one account that is accepted. Pull: zero accepts any account of the feed. Push and Pro:
    /// required.
    pub account: [u8; 32],
    /// Programs that may own the account; a zero entry accepts none. Pro: both zero, for the account is
    /// this program's own.
    pub owners: [[u8; 32]; 2],
    /// Oldest publish time, relative to the clock.
    pub max_age_secs: u32,
    /// How far ahead of the clock a publish time may be.
    pub max_ahead_secs: u32,
    /// Widest confidence, of the price.
    pub max_confidence_bps: u16,
    /// 0 pull, 1 push, 2 Pro: see [`OracleKind`].
    pub kind: u8,
    /// The feed's exponent is minus this. The market keeps its own decimals, prices convert exactly.
    pub feed_decimals: u8,
    /// Keeps the layout free of padding.
    pub _pad: [u8; 4],
}

touchable! {
    /// A change of a market's oracle.
    OracleChange of OracleConfig {
        "feed_id" => feed_id,
        "account" => account,
        "owners" => owners,
        "max_age_secs" => max_age_secs,
        "max_ahead_secs" => max_ahead_secs,
        "max_confidence_bps" => max_confidence_bps,
        "kind" => kind,
        "feed_decimals" => feed_decimals,
    }
}

impl OracleConfig {
    /// Returns `true` if this reads the same feed as `other`, from the same accounts and within the
    /// same limits: only the feed's decimals may differ.
    pub fn keeps_feed_of(&self, other: &Self) -> bool {
        Self { feed_decimals: other.feed_decimals, ..*self } == *other
    }

    /// Returns `true` if prices of an account are read whose owner `is_owner` knows. Those of Pyth Pro are in
    /// accounts of `program`, the address of this program.
    #[inline(always)]
    pub fn accepts_owner(&self, is_owner: impl Fn(&[u8; 32]) -> bool, program: &[u8; 32]) -> bool {
        if self.kind == OracleKind::PythPro as u8 {
            return is_owner(program);
        }
        self.owners.iter().any(|owner| is_owner(owner) && *owner != [0; 32])
    }

    /// Returns `true` if the feed's id is one of its kind.
    fn has_feed(&self) -> bool {
        match self.kind {
            pull if pull == OracleKind::PythPull as u8 => self.feed_id != [0; 32],
            pro if pro == OracleKind::PythPro as u8 => {
                PRO_CHANNELS.contains(&self.feed_id[4]) && self.feed_id[5..] == [0; 27]
            }
            _ => true,
        }
    }

    bounds! { self,
        "owners" =>
            (self.owners == [[0; 32]; 2]) == (self.kind == OracleKind::PythPro as u8),
        "kind" => self.kind <= OracleKind::PythPro as u8,
        "feed_id" => self.has_feed(),
        "account" => self.kind == OracleKind::PythPull as u8 || self.account != [0; 32],
        "max_age_secs" => (1..=MAX_ORACLE_AGE_SECS).contains(&self.max_age_secs),
        "max_ahead_secs" => self.max_ahead_secs <= MAX_ORACLE_AHEAD_SECS,
        "max_confidence_bps" => (1..=MAX_CONFIDENCE_BPS).contains(&self.max_confidence_bps),
    }
}

/// The terms of a market that governance can change.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, SchemaRead, SchemaWrite, IdlType)]
pub struct MarketTerms {
    /// Most lots that may be open on one side.
    pub max_open_interest: u64,
    /// Requirement rates at the target volatility.
    pub rates: MarketRates,
    /// How volatility moves them.
    pub adjustment: AdjustmentTerms,
    /// How far from the mark a trade may be.
    pub price_band_bps: u16,
    /// Confidences that a requirement moves the mark by.
    pub confidence_multiple: u8,
    /// Keeps the layout free of padding.
    pub _pad: [u8; 1],
    /// A feed that has been silent for so long may end the market: longer than its longest scheduled
    /// closure.
    pub dead_feed_secs: u32,
    /// When the contract expires; zero: never.
    pub expires_ts: i64,
}

touchable! {
    /// A change of a market's terms.
    MarketChange of MarketTerms {
        "max_open_interest" => max_open_interest,
        "initial_bps" => rates.initial_bps,
        "maintenance_bps" => rates.maintenance_bps,
        "contribution_bps" => rates.contribution_bps,
        "stress_bps" => rates.stress_bps,
        "concentration_lots" => adjustment.concentration_lots,
        "volatility_half_life_secs" => adjustment.volatility_half_life_secs,
        "breaker_window_secs" => adjustment.breaker_window_secs,
        "breaker_cooloff_secs" => adjustment.breaker_cooloff_secs,
        "target_volatility_bps" => adjustment.target_volatility_bps,
        "multiplier_min_bps" => adjustment.multiplier_min_bps,
        "multiplier_max_bps" => adjustment.multiplier_max_bps,
        "maintenance_ramp_bps_per_hour" => adjustment.maintenance_ramp_bps_per_hour,
        "breaker_bps" => adjustment.breaker_bps,
        "premium_bps_per_year" => adjustment.premium_bps_per_year,
        "concentration_bps" => adjustment.concentration_bps,
        "price_band_bps" => price_band_bps,
        "confidence_multiple" => confidence_multiple,
        "dead_feed_secs" => dead_feed_secs,
        "expires_ts" => expires_ts,
    }
}

/// Parameters of a new market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SchemaRead, SchemaWrite, IdlType)]
pub struct MarketParams {
    /// Where the price comes from.
    pub oracle: OracleConfig,
    /// What governance can change later.
    pub terms: MarketTerms,
    /// Decimals of its prices. The feed has as many, unless the oracle's configuration says otherwise.
    pub price_decimals: u8,
    /// A lot is `10^-lot_decimals` of the asset.
    pub lot_decimals: u8,
}

impl MarketParams {
    bounds! { self,
        "maintenance_bps" =>
            self.terms.rates.maintenance_bps > 0 && self.terms.rates.maintenance_bps < self.terms.rates.initial_bps,
        "initial_bps" => (MIN_INITIAL_BPS..=ONE_BPS).contains(&self.terms.rates.initial_bps),
        "contribution_bps" => self.terms.rates.contribution_bps <= ONE_BPS,
        "stress_bps" => (self.terms.rates.initial_bps.max(MIN_STRESS_BPS)..=ONE_BPS).contains(&self.terms.rates.stress_bps),
        "confidence_multiple" => self.terms.confidence_multiple <= MAX_CONFIDENCE_MULTIPLE,
        "price_band_bps" => self.terms.price_band_bps > 0,
        "dead_feed_secs" => (MIN_DEAD_FEED_SECS..=MAX_DEAD_FEED_SECS).contains(&self.terms.dead_feed_secs),
        "expires_ts" => self.terms.expires_ts >= 0,
        "feed_decimals" => Conversion::new(self.oracle.feed_decimals, self.price_decimals).is_ok(),
        "price_decimals" => self.price_decimals <= MAX_DECIMALS,
        "lot_decimals" => self.lot_decimals <= MAX_DECIMALS,
        "max_open_interest" => self.terms.max_open_interest <= i64::MAX as u64,
        // In the wildest market initial margin is still below everything.
        "initial_bps times multiplier_max_bps" =>
            times(self.terms.rates.initial_bps, self.terms.adjustment.multiplier_max_bps)
                .is_ok_and(|highest| highest < Bps::ONE),
    }

    /// Returns the name of every parameter that is outside its hard bounds, those of oracle and
    /// adjustment included.
    pub fn all_violations(&self) -> impl Iterator<Item = &'static str> {
        self.oracle.violations().chain(self.terms.adjustment.violations()).chain(self.violations())
    }

    /// Refuses parameters outside the hard bounds, and names the first of them in the log. Refuses
    /// initial margins that a trade at the edge of the price band could use up, however calm the
    /// market is: a trade must not be able to create a default (P7).
    ///
    /// # Errors
    /// `ParameterOutOfBounds`, `MarginWithinPriceBand`.
    pub fn validate(&self, fund: &FundParams) -> Result<()> {
        refuse(self.oracle.first_violation())?;
        refuse(self.terms.adjustment.first_violation())?;
        refuse(self.first_violation())?;
        let lost_at_the_edge = u64::from(self.terms.price_band_bps)
            .saturating_mul(2)
            .saturating_add(u64::from(fund.clearing_fee_bps));
        let least = times(self.terms.rates.initial_bps, self.terms.adjustment.multiplier_min_bps)?;
        require!(least > lost_at_the_edge, BulkheadError::MarginWithinPriceBand);
        Ok(())
    }
}

/// Multiplies a rate, rounded down.
fn times(rate_bps: u16, multiplier_bps: u16) -> Result<u64> {
    Bps(multiplier_bps).of(u64::from(rate_bps), Round::Down).or_fail()
}

/// Refuses a broken bound. Its name is in the log of the transaction.
#[inline(always)]
pub(super) fn refuse(violation: Option<&'static str>) -> Result<()> {
    match violation {
        None => Ok(()),
        Some(_name) => {
            #[cfg(target_os = "solana")]
            anchor_lang::solana_msg::sol_log(_name);
            Err(BulkheadError::ParameterOutOfBounds.into())
        }
    }
}

impl MarketTerms {
    /// Returns `true` if these terms differ from those in force only in what can neither block,
    /// liquidate nor lock anybody.
    pub fn is_safer_than(&self, now: &Self) -> bool {
        // A smaller limit is asked of trades that raise open interest, of nothing else: whoever
        // holds a position can close it, or hand it on.
        let safer = self.max_open_interest <= now.max_open_interest;
        safer && *self == Self { max_open_interest: self.max_open_interest, ..*now }
    }
}

impl FundParams {
    /// Returns `true` if these parameters differ from those in force only in what can neither
    /// block, liquidate nor lock anybody.
    ///
    /// A shorter notice period is not among them: changes wait for it, also beside requests that were made
    /// under the longer one. No limit on members is among them: a lower cover limit and a higher minimum contribution
    /// stop trades and call for money, and a younger mark stops everything that needs one.
    pub fn is_safer_than(&self, now: &Self) -> bool {
        // Floors of the treasury bind the authority alone.
        let safer = self.treasury_floor >= now.treasury_floor
            && self.treasury_floor_bps >= now.treasury_floor_bps
            // It is asked of trades that raise open interest: a position can be closed or handed on.
            && self.crowding_limit_bps <= now.crowding_limit_bps;
        let same = Self {
            treasury_floor: self.treasury_floor,
            treasury_floor_bps: self.treasury_floor_bps,
            crowding_limit_bps: self.crowding_limit_bps,
            ..*now
        };
        safer && *self == same
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        core::{fmt::Debug, mem::offset_of},
    };

    /// Whatever byte of a block differs, its change touches a parameter, and sets it.
    fn covers<P: Pod + PartialEq + Debug>(
        padding: &[core::ops::Range<usize>],
        change: impl Fn(&P, &P) -> (u64, P),
    ) {
        let from = P::zeroed();
        for at in (0..core::mem::size_of::<P>()).filter(|at| !padding.iter().any(|pad| pad.contains(at))) {
            let mut to = from;
            bytemuck::bytes_of_mut(&mut to)[at] = 1;
            let (touched, set) = change(&from, &to);
            assert_eq!(touched.count_ones(), 1, "byte {at}");
            assert_eq!(set, to, "byte {at}");
        }
    }

    #[test]
    fn every_parameter_can_be_touched() {
        covers(&[], |from: &FundParams, to| {
            let change = FundChange::between(from, to);
            (change.touched, change.onto(from))
        });
        let adjustment = offset_of!(MarketTerms, adjustment) + offset_of!(AdjustmentTerms, _pad);
        let terms = offset_of!(MarketTerms, _pad);
        covers(&[adjustment..adjustment + 6, terms..terms + 1], |from: &MarketTerms, to| {
            let change = MarketChange::between(from, to);
            (change.touched, change.onto(from))
        });
        let oracle = offset_of!(OracleConfig, _pad);
        covers(core::slice::from_ref(&(oracle..oracle + 4)), |from: &OracleConfig, to| {
            let change = OracleChange::between(from, to);
            (change.touched, change.onto(from))
        });
    }

    #[test]
    fn a_change_names_what_it_touches() {
        let to = FundParams { notice_secs: 1, treasury_floor: 2, ..Zeroable::zeroed() };
        let change = FundChange::between(&Zeroable::zeroed(), &to);
        assert!(change.names().eq(["treasury_floor", "notice_secs"]));
        let other = FundParams { bounty_bps: 3, notice_secs: 9, ..Zeroable::zeroed() };
        assert_eq!(change.onto(&other), FundParams { bounty_bps: 3, ..to });
    }
}
