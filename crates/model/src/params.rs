//! Parameters that governance sets, as integers under the program's names.

use {
    crate::{number::Int, op::Settings},
    serde::{Deserialize, Serialize},
};

/// Of a fund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
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
    #[serde(default)]
    pub cover_budget_bps: Int,
    #[serde(default)]
    pub cover_min_notice_secs: Int,
}

impl FundParams {
    /// Funds with covers let contributions leave slowly; their notice is never below what covers are
    /// promised.
    pub(crate) fn are_sound_for_covers(&self) -> bool {
        let slow = self.exit_delay_slots >= 150 && (100..=1_000).contains(&self.outflow_cap_bps);
        self.cover_budget_bps <= 2_500
            && self.notice_secs >= self.cover_min_notice_secs
            && (self.cover_budget_bps == 0 || slow)
    }
}

/// Requirement rates of notional, in bps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
#[allow(missing_docs)]
pub struct Rates {
    pub initial: Int,
    pub maintenance: Int,
    pub contribution: Int,
    pub stress: Int,
}

/// Of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Hash)]
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

/// Reads and sets parameters by name. What is not listed never changes.
macro_rules! settings {
    ($type:ident: $($name:literal => $($field:ident).+,)*) => {
        impl $type {
            /// The value of a parameter, if it is one that can change.
            pub fn get(&self, name: &str) -> Option<Int> {
                match name {
                    $($name => Some(self.$($field).+),)*
                    _ => None,
                }
            }

            /// These parameters with others set; nothing, if a name is unknown.
            pub fn with(&self, settings: &Settings) -> Option<Self> {
                let mut params = self.clone();
                for (name, value) in settings {
                    match name.as_str() {
                        $($name => params.$($field).+ = *value,)*
                        _ => return None,
                    }
                }
                Some(params)
            }
        }
    };
}

settings! { FundParams:
    "min_contribution" => min_contribution,
    "treasury_floor" => treasury_floor,
    "bounty_cap" => bounty_cap,
    "notice_secs" => notice_secs,
    "claim_window_secs" => claim_window_secs,
    "exit_delay_slots" => exit_delay_slots,
    "max_mark_age_slots" => max_mark_age_slots,
    "default_confirm_slots" => default_confirm_slots,
    "slot_ms" => slot_ms,
    "age_full_secs" => age_full_secs,
    "act_age_secs" => act_age_secs,
    "vest_secs" => vest_secs,
    "watch_secs" => watch_secs,
    "watch_day_secs" => watch_day_secs,
    "grace_day_secs" => grace_day_secs,
    "auction_slots" => auction_slots,
    "assessment_secs" => assessment_secs,
    "cooling_off_secs" => cooling_off_secs,
    "call_secs" => call_secs,
    "register_secs" => register_secs,
    "wind_down_secs" => wind_down_secs,
    "cover_limit_bps" => cover_limit_bps,
    "crowding_limit_bps" => crowding_limit_bps,
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
    "cover_budget_bps" => cover_budget_bps,
    "cover_min_notice_secs" => cover_min_notice_secs,
}

settings! { MarketParams:
    "initial_bps" => rates.initial,
    "maintenance_bps" => rates.maintenance,
    "contribution_bps" => rates.contribution,
    "stress_bps" => rates.stress,
    "max_open_interest" => max_open_interest,
    "price_band_bps" => price_band_bps,
    "confidence_multiple" => confidence_multiple,
    "concentration_lots" => concentration_lots,
    "concentration_bps" => concentration_bps,
    "volatility_half_life_secs" => volatility_half_life_secs,
    "target_volatility_bps" => target_volatility_bps,
    "multiplier_min_bps" => multiplier_min_bps,
    "multiplier_max_bps" => multiplier_max_bps,
    "maintenance_ramp_bps_per_hour" => maintenance_ramp_bps_per_hour,
    "breaker_bps" => breaker_bps,
    "breaker_window_secs" => breaker_window_secs,
    "breaker_cooloff_secs" => breaker_cooloff_secs,
    "premium_bps_per_year" => premium_bps_per_year,
    "dead_feed_secs" => dead_feed_secs,
    "expires_ts" => expires_ts,
}
