//! The hard bounds of parameters, as people read them. A test asks the program about the ends of each.

use {crate::parameters::number, bulkhead::constants::*};

/// Least and most of a parameter, and whether zero is admitted below them and turns the rule off.
struct Bound {
    name: &'static str,
    least: u64,
    most: u64,
    or_zero: bool,
}

const fn within(name: &'static str, least: u64, most: u64) -> Bound {
    Bound { name, least, most, or_zero: false }
}

const fn off_or_within(name: &'static str, least: u64, most: u64) -> Bound {
    Bound { name, least, most, or_zero: true }
}

const ONE: u64 = ONE_BPS as u64;

/// Parameters whose bounds do not depend on other parameters.
const BOUNDS: [Bound; 45] = [
    // The fund's
    within("notice_secs", MIN_NOTICE_SECS as u64, MAX_NOTICE_SECS as u64),
    within("claim_window_secs", MIN_CLAIM_WINDOW_SECS as u64, MAX_CLAIM_WINDOW_SECS as u64),
    within("exit_delay_slots", 0, MAX_EXIT_DELAY_SLOTS as u64),
    within("max_mark_age_slots", 1, MAX_MARK_AGE_SLOTS as u64),
    within("default_confirm_slots", 0, MAX_CONFIRM_SLOTS as u64),
    within("auction_slots", MIN_AUCTION_SLOTS as u64, MAX_AUCTION_SLOTS as u64),
    within("crowding_limit_bps", 1, MAX_CROWDING_LIMIT_BPS as u64),
    within("cover_limit_bps", 1, MAX_COVER_LIMIT_BPS as u64),
    within("cover_budget_bps", 0, MAX_COVER_BUDGET_BPS as u64),
    within("clearing_fee_bps", 0, MAX_CLEARING_FEE_BPS as u64),
    within("reward_share_bps", 0, ONE),
    within("liquidation_buffer_bps", 0, ONE),
    within("auction_max_discount_bps", 0, MAX_AUCTION_DISCOUNT_BPS as u64),
    within("treasury_floor_bps", 0, ONE),
    within("assessment_cap_bps", 0, MAX_ASSESSMENT_CAP_BPS as u64),
    within("assessment_secs", MIN_ASSESSMENT_SECS as u64, MAX_ASSESSMENT_SECS as u64),
    within("cooling_off_secs", MIN_COOLING_OFF_SECS as u64, MAX_COOLING_OFF_SECS as u64),
    within("call_secs", MIN_CALL_SECS as u64, MAX_CALL_SECS as u64),
    within("wind_down_secs", MIN_WIND_DOWN_SECS as u64, MAX_WIND_DOWN_SECS as u64),
    within("bounty_bps", 0, MAX_BOUNTY_BPS as u64),
    off_or_within("outflow_cap_bps", MIN_OUTFLOW_CAP_BPS as u64, ONE),
    within("slot_ms", MIN_SLOT_MS as u64, MAX_SLOT_MS as u64),
    within("age_full_secs", MIN_AGE_FULL_SECS as u64, MAX_AGE_FULL_SECS as u64),
    within("act_age_secs", 1, MAX_ACT_AGE_SECS as u64),
    within("watch_secs", 0, MAX_WATCH_SECS as u64),
    within("watch_day_secs", 0, MAX_WATCH_DAY_SECS as u64),
    within("grace_day_secs", 0, MAX_GRACE_DAY_SECS as u64),
    within("vest_secs", MIN_VEST_SECS as u64, MAX_VEST_SECS as u64),
    // A market's
    within("multiplier_min_bps", MIN_MULTIPLIER_BPS as u64, ONE),
    within("multiplier_max_bps", ONE, MAX_MULTIPLIER_BPS as u64),
    within("volatility_half_life_secs", MIN_HALF_LIFE_SECS as u64, MAX_HALF_LIFE_SECS as u64),
    within("maintenance_ramp_bps_per_hour", 0, MAX_RAMP_BPS_PER_HOUR as u64),
    off_or_within("breaker_bps", MIN_BREAKER_BPS as u64, MAX_BREAKER_BPS as u64),
    within("breaker_window_secs", MIN_BREAKER_WINDOW_SECS as u64, MAX_BREAKER_WINDOW_SECS as u64),
    within("breaker_cooloff_secs", MIN_COOLOFF_SECS as u64, MAX_COOLOFF_SECS as u64),
    within("premium_bps_per_year", 0, MAX_PREMIUM_BPS_PER_YEAR as u64),
    within("concentration_bps", 0, MAX_CONCENTRATION_BPS as u64),
    within("contribution_bps", 0, ONE),
    within("confidence_multiple", 0, MAX_CONFIDENCE_MULTIPLE as u64),
    within("price_band_bps", 1, u16::MAX as u64),
    within("dead_feed_secs", MIN_DEAD_FEED_SECS as u64, MAX_DEAD_FEED_SECS as u64),
    within("max_open_interest", 0, i64::MAX as u64),
    // An oracle's
    within("max_age_secs", 1, MAX_ORACLE_AGE_SECS as u64),
    within("max_ahead_secs", 0, MAX_ORACLE_AHEAD_SECS as u64),
    within("max_confidence_bps", 1, MAX_CONFIDENCE_BPS as u64),
];

/// Bounds that depend on other parameters, in words.
const DEPENDENT: [(&str, &str); 13] = [
    ("maintenance_bps", "above zero and below initial_bps"),
    ("initial_bps", "above maintenance_bps, at least 100 bps (1.00%) and at most stress_bps"),
    ("stress_bps", "at least initial_bps and 500 bps (5.00%), at most 10,000 bps (100.00%)"),
    ("initial_bps times multiplier_max_bps", "together below 100%"),
    ("liquidation_bonus_bps and liquidation_fee_bps together", "at most 1,000 bps (10.00%)"),
    ("vest_secs within a grace period", "longer than default_confirm_slots and 20 s together"),
    ("register_secs", "at least twice vest_secs and 600 s (10 min), at most 604,800 s (7 d)"),
    ("cover_min_notice_secs above notice_secs", "at most notice_secs"),
    ("exit_delay_slots of a fund with covers", "150 at least, unless cover_budget_bps is zero"),
    (
        "outflow_cap_bps of a fund with covers",
        "100 bps (1.00%) to 1,000 bps (10.00%), unless cover_budget_bps is zero",
    ),
    ("expires_ts", "zero or a unix time in seconds"),
    ("feed_decimals", "decimals that convert exactly to price_decimals"),
    ("owners", "one program at least; none for prices of Pyth Pro"),
];

/// The bounds of a parameter in words; none if the program has none for it.
pub fn range(name: &str) -> Option<String> {
    if let Some(bound) = BOUNDS.iter().find(|bound| bound.name == name) {
        let end = |value: u64| number(name, value, 0);
        let off = if bound.or_zero { "zero, which turns it off, or " } else { "" };
        return Some(format!("{off}{} to {}", end(bound.least), end(bound.most)));
    }
    DEPENDENT.iter().find(|(known, _)| *known == name).map(|(_, says)| (*says).to_owned())
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::parameters::{set, Block},
        bulkhead_client::state::{FundChange, MarketChange, OracleChange},
        bulkhead_inspect::migration::Parameters,
    };

    /// Whether the program's own rule complains about this parameter at this value.
    fn is_refused(name: &'static str, value: u64) -> bool {
        let shipped = Parameters::bundled().unwrap();
        let (mut fund, market) = (shipped.fund, shipped.markets[0].params);
        let (mut terms, mut oracle) = (market.terms, market.oracle);
        let setting = format!("{name}={value}").parse().unwrap();
        let mut blocks = [
            Block { structure: "FundParams", bytes: bytemuck::bytes_of_mut(&mut fund) },
            Block { structure: "MarketTerms", bytes: bytemuck::bytes_of_mut(&mut terms) },
            Block { structure: "OracleConfig", bytes: bytemuck::bytes_of_mut(&mut oracle) },
        ];
        if set(&mut blocks, &[setting], 0).is_err() {
            return true; // it does not fit the field
        }
        let mut market = market;
        market.oracle = oracle;
        market.terms = terms;
        let mut broken = fund.violations().chain(market.all_violations());
        broken.any(|broken| broken == name)
    }

    #[test]
    fn the_program_agrees_with_every_end() {
        for bound in &BOUNDS {
            let Bound { name, least, most, or_zero } = *bound;
            assert!(!is_refused(name, least) && !is_refused(name, most), "{name}");
            assert!(is_refused(name, most + 1), "{name} above {most}");
            if least > 0 {
                assert_eq!(is_refused(name, 0), !or_zero, "{name} of zero");
            }
            if least > 1 {
                assert!(is_refused(name, least - 1), "{name} below {least}");
            }
        }
    }

    /// Whatever the program may refuse has its bounds in words.
    #[test]
    fn every_bounded_parameter_has_words() {
        let mut market = Parameters::bundled().unwrap().markets[0].params;
        let wide = [0xff; size_of::<bulkhead_client::state::FundParams>()];
        let fund: bulkhead_client::state::FundParams = bytemuck::pod_read_unaligned(&wide);
        market.terms.rates = bytemuck::pod_read_unaligned(&wide[..8]);
        market.oracle.max_age_secs = u32::MAX;
        market.oracle.max_ahead_secs = u32::MAX;
        market.oracle.max_confidence_bps = u16::MAX;
        market.terms.dead_feed_secs = u32::MAX;
        let mut broken: Vec<&str> = fund.violations().chain(market.all_violations()).collect();
        broken.extend(["maintenance_bps", "owners", "expires_ts"]);
        assert!(broken.len() > 25, "{broken:?}");
        for name in broken {
            assert!(range(name).is_some(), "{name} has no words");
        }
        let known: Vec<&str> = [FundChange::NAMES, MarketChange::NAMES, OracleChange::NAMES]
            .into_iter()
            .flatten()
            .copied()
            .collect();
        assert!(BOUNDS.iter().all(|bound| known.contains(&bound.name)));
    }

    #[test]
    fn ranges_are_in_units() {
        assert_eq!(range("notice_secs").unwrap(), "3,600 s (1 h) to 7,948,800 s (92 d)");
        assert_eq!(
            range("breaker_bps").unwrap(),
            "zero, which turns it off, or 100 bps (1.00%) to 5,000 bps (50.00%)"
        );
        assert_eq!(range("min_contribution"), None);
    }
}
