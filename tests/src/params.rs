//! The parameters tests run with, in one place. Worked examples in the tests' comments start from
//! these figures.

use {
    crate::keys::address,
    bulkhead::constants::{
        MAX_COVER_BUDGET_BPS, MAX_COVER_OUTFLOW_CAP_BPS, MAX_CROWDING_LIMIT_BPS, MIN_COVER_EXIT_DELAY_SLOTS,
    },
    bulkhead::state::{
        AdjustmentTerms, FundParams, MarketParams, MarketRates, MarketTerms, OracleConfig, OracleKind,
    },
    solana_address::Address,
};

/// One day.
pub const DAY: i64 = 24 * 60 * 60;

/// The fund: fee 2 bps of which half goes to contributors, cover limit one half, no exit delay,
/// default in one step, no assessments, no bounties.
pub const FUND: FundParams = FundParams {
    min_contribution: usdc(10),
    treasury_floor: 0,
    notice_secs: DAY as u32,
    claim_window_secs: DAY as u32,
    exit_delay_slots: 0,
    max_mark_age_slots: 25,
    default_confirm_slots: 0,
    auction_slots: 1_000,
    cover_limit_bps: 5_000,
    clearing_fee_bps: 2,
    reward_share_bps: 5_000,
    liquidation_bonus_bps: 100,
    liquidation_fee_bps: 50,
    liquidation_buffer_bps: 1_000,
    auction_max_discount_bps: 500,
    treasury_floor_bps: 0,
    assessment_cap_bps: 0,
    assessment_secs: 60 * 60,
    cooling_off_secs: 30 * DAY as u32,
    call_secs: DAY as u32,
    wind_down_secs: DAY as u32,
    bounty_bps: 0,
    bounty_cap: 0,
    outflow_cap_bps: 0,
    crowding_limit_bps: MAX_CROWDING_LIMIT_BPS,
    slot_ms: 400,
    age_full_secs: 45,
    act_age_secs: 10,
    watch_secs: 1_800,
    watch_day_secs: 7_200,
    grace_day_secs: 7_200,
    vest_secs: 300,
    register_secs: 60 * 60,
    cover_budget_bps: 0,
    cover_min_notice_secs: 0,
};

/// A fund that may have covers: a quarter of it, its exits wait a minute, and a tenth leaves in a day.
pub const COVERED: FundParams = FundParams {
    cover_budget_bps: MAX_COVER_BUDGET_BPS,
    exit_delay_slots: MIN_COVER_EXIT_DELAY_SLOTS,
    outflow_cap_bps: MAX_COVER_OUTFLOW_CAP_BPS,
    ..FUND
};

/// Every market: initial margin 10%, maintenance 5%, contribution 2%, stress 30%.
pub const RATES: MarketRates =
    MarketRates { initial_bps: 1_000, maintenance_bps: 500, contribution_bps: 200, stress_bps: 3_000 };

/// Rates stay at their base, no breaker trips, nothing costs a premium.
pub const UNADJUSTED: AdjustmentTerms = AdjustmentTerms {
    concentration_lots: 0,
    volatility_half_life_secs: DAY as u32,
    breaker_window_secs: 300,
    breaker_cooloff_secs: 600,
    target_volatility_bps: 0,
    multiplier_min_bps: 10_000,
    multiplier_max_bps: 10_000,
    maintenance_ramp_bps_per_hour: 100,
    breaker_bps: 0,
    premium_bps_per_year: 0,
    concentration_bps: 0,
    _pad: [0; 6],
};

/// Rates follow volatility, 80% a year, between 0.8 and 3 times the base; a move of 10% within five
/// minutes trips the breaker; positions pay 1% a year.
pub const ADJUSTED: AdjustmentTerms = AdjustmentTerms {
    target_volatility_bps: 8_000,
    multiplier_min_bps: 8_000,
    multiplier_max_bps: 30_000,
    breaker_bps: 1_000,
    premium_bps_per_year: 100,
    ..UNADJUSTED
};

/// How far from the mark a trade may be, everywhere.
pub const PRICE_BAND_BPS: u16 = 200;

/// The oracle's limits, everywhere.
pub const MAX_ORACLE_AGE_SECS: u32 = 60;
/// See [`MAX_ORACLE_AGE_SECS`].
pub const MAX_ORACLE_AHEAD_SECS: u32 = 10;
/// See [`MAX_ORACLE_AGE_SECS`].
pub const MAX_CONFIDENCE_BPS: u16 = 200;

/// The receiver programs whose price accounts are believed; Pyth runs both.
pub const RECEIVERS: [Address; 2] = [
    Address::from_str_const("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ"),
    Address::from_str_const("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp"),
];

/// Index of the first market of every standard world.
pub const SOL: u16 = 0;
/// Index of the second one, where there are two.
pub const BTC: u16 = 1;
/// Index of the third one, where there are three.
pub const ETH: u16 = 2;

/// Whole units of the settlement mint (6 decimals).
pub const fn usdc(units: u64) -> u64 {
    units * 1_000_000
}

/// A price of whole dollars (8 decimals).
pub const fn usd(dollars: u64) -> u64 {
    dollars * 100_000_000
}

/// A market and the oracle account that feeds it.
#[derive(Clone, Copy, Debug)]
pub struct MarketSpec {
    /// What governance passes.
    pub params: MarketParams,
    /// The price account tests write.
    pub price_account: Address,
    /// First price.
    pub price: u64,
}

impl MarketSpec {
    /// A market of this name with the standard rates; prices have 8 decimals.
    pub fn named(name: &str, lot_decimals: u8, price: u64) -> Self {
        let oracle = OracleConfig {
            feed_id: address(&format!("{name} feed")).to_bytes(),
            account: [0; 32],
            owners: RECEIVERS.map(|receiver| receiver.to_bytes()),
            max_age_secs: MAX_ORACLE_AGE_SECS,
            max_ahead_secs: MAX_ORACLE_AHEAD_SECS,
            max_confidence_bps: MAX_CONFIDENCE_BPS,
            kind: OracleKind::PythPull as u8,
            feed_decimals: 8,
            _pad: [0; 4],
        };
        let params = MarketParams {
            oracle,
            terms: MarketTerms {
                rates: RATES,
                adjustment: UNADJUSTED,
                max_open_interest: 1_000_000_000_000,
                price_band_bps: PRICE_BAND_BPS,
                confidence_multiple: 2,
                dead_feed_secs: 14 * DAY as u32,
                expires_ts: 0,
                _pad: [0; 1],
            },
            price_decimals: 8,
            lot_decimals,
        };
        Self { params, price_account: address(&format!("{name} price")), price }
    }

    /// The same market under other terms of adjustment.
    pub fn adjusted(mut self, adjustment: AdjustmentTerms) -> Self {
        self.params.terms.adjustment = adjustment;
        self
    }

    /// Lots of 0.01 SOL at 200: a lot is 2, `S` = 10^4.
    pub fn sol() -> Self {
        Self::named("SOL", 2, usd(200))
    }

    /// Lots of 0.0001 BTC at 60,000: a lot is 6, `S` = 10^6.
    pub fn btc() -> Self {
        Self::named("BTC", 4, usd(60_000))
    }

    /// Lots of 0.001 ETH at 3,000: a lot is 3, `S` = 10^5.
    pub fn eth() -> Self {
        Self::named("ETH", 3, usd(3_000))
    }
}
