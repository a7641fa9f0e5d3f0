//! Parameters that governance sets, as integers under the program's names.

use {
    crate::number::Int,
    serde::{Deserialize, Serialize},
};

/// Of a fund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct FundParams {
    pub quote_decimals: u32,
    pub min_contribution: Int,
    pub treasury_floor: Int,
    pub bounty_cap: Int,
    pub notice_secs: Int,
    pub claim_window_secs: Int,
    pub exit_delay_slots: Int,
    pub max_mark_age_slots: Int,
    pub default_confirm_slots: Int,
    pub slot_ms: Int,
    pub age_full_secs: Int,
    pub act_age_secs: Int,
    pub vest_secs: Int,
    pub watch_secs: Int,
    pub watch_day_secs: Int,
    pub grace_day_secs: Int,
    pub auction_slots: Int,
    pub assessment_secs: Int,
    pub cooling_off_secs: Int,
    pub call_secs: Int,
    pub register_secs: Int,
    pub wind_down_secs: Int,
    pub cover_limit_bps: Int,
    pub crowding_limit_bps: Int,
    pub clearing_fee_bps: Int,
    pub reward_share_bps: Int,
    pub liquidation_bonus_bps: Int,
    pub liquidation_fee_bps: Int,
    pub liquidation_buffer_bps: Int,
    pub auction_max_discount_bps: Int,
    pub treasury_floor_bps: Int,
    pub assessment_cap_bps: Int,
    pub bounty_bps: Int,
    pub outflow_cap_bps: Int,
}

/// Requirement rates of notional, in bps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Rates {
    pub initial: Int,
    pub maintenance: Int,
    pub contribution: Int,
    pub stress: Int,
}

/// Of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MarketParams {
    pub price_decimals: u32,
    pub lot_decimals: u32,
    /// Decimals of the oracle's feed.
    pub feed_decimals: u32,
    /// When the contract ends; zero: never.
    pub expires_ts: Int,
    /// A feed that has been silent for so long may end the market.
    pub dead_feed_secs: Int,
    pub rates: Rates,
    pub max_open_interest: Int,
    pub price_band_bps: Int,
    pub confidence_multiple: Int,
    // The oracle's limits.
    pub max_age_secs: Int,
    pub max_ahead_secs: Int,
    pub max_confidence_bps: Int,
    // Adjustment.
    pub concentration_lots: Int,
    pub concentration_bps: Int,
    pub volatility_half_life_secs: Int,
    pub target_volatility_bps: Int,
    pub multiplier_min_bps: Int,
    pub multiplier_max_bps: Int,
    pub maintenance_ramp_bps_per_hour: Int,
    pub breaker_bps: Int,
    pub breaker_window_secs: Int,
    pub breaker_cooloff_secs: Int,
    pub premium_bps_per_year: Int,
}
