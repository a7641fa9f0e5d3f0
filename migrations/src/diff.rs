//! Parameters field by field, by the program's names. Money is in tokens, and everything else as the program
//! counts it.

use {
    bulkhead_client::state::{AdjustmentTerms, FundParams, MarketRates, MarketTerms, OracleConfig},
    bulkhead_format::thousands,
};

/// Names and values.
pub type Fields = Vec<(&'static str, String)>;

/// Lists all fields but padding. A field that is added to the type and not here does not compile.
macro_rules! fields {
    ($type:ident, $value:expr; $($name:ident),+ $(; $ignored:ident)*) => {{
        let $type { $($name,)+ $($ignored: _,)* } = $value;
        vec![$((stringify!($name), $name.to_string())),+]
    }};
}

/// The differences, as `old -> new`.
pub fn changed(old: &Fields, new: &Fields) -> Vec<String> {
    let pairs = old.iter().zip(new).filter(|(old, new)| old != new);
    pairs.map(|((name, old), (_, new))| format!("{name}: {old} -> {new}")).collect()
}

/// The fields of a new account.
pub fn added(new: &Fields) -> Vec<String> {
    new.iter().map(|(name, value)| format!("{name} = {value}")).collect()
}

/// The parameters of a fund whose money has so many decimals.
pub fn fund(params: &FundParams, decimals: u8) -> Fields {
    let FundParams { min_contribution, treasury_floor, bounty_cap, .. } = *params;
    let money = [
        ("min_contribution", min_contribution),
        ("treasury_floor", treasury_floor),
        ("bounty_cap", bounty_cap),
    ];
    let mut all = fund_fields(params);
    for (name, value) in &mut all {
        if let Some((_, amount)) = money.iter().find(|(known, _)| known == name) {
            *value = tokens(*amount, decimals);
        }
    }
    all
}

/// Writes an amount of base units in tokens: `1,234.5 tokens`.
pub fn tokens(amount: u64, decimals: u8) -> String {
    format!("{} tokens", decimal(amount, decimals))
}

/// Writes a number of units of which `10^decimals` are one, without a rest of zeros: `1,234.5`.
pub fn decimal(amount: u64, decimals: u8) -> String {
    let Some(one) = 10u64.checked_pow(decimals.into()).filter(|one| *one > 1) else {
        return thousands(amount);
    };
    let (whole, rest) = (thousands(amount / one), amount % one);
    let digits = format!("{rest:0width$}", width = usize::from(decimals));
    match digits.trim_end_matches('0') {
        "" => whole,
        digits => format!("{whole}.{digits}"),
    }
}

fn fund_fields(params: &FundParams) -> Fields {
    fields!(FundParams, params; min_contribution, treasury_floor, bounty_cap, notice_secs, claim_window_secs,
        exit_delay_slots, max_mark_age_slots, default_confirm_slots, auction_slots, assessment_secs,
        cooling_off_secs, call_secs, wind_down_secs, cover_limit_bps, clearing_fee_bps, reward_share_bps,
        liquidation_bonus_bps, liquidation_fee_bps, liquidation_buffer_bps, auction_max_discount_bps,
        treasury_floor_bps, assessment_cap_bps, bounty_bps, outflow_cap_bps, crowding_limit_bps, slot_ms,
        age_full_secs, act_age_secs, watch_secs, watch_day_secs, grace_day_secs, vest_secs, register_secs,
        cover_budget_bps, cover_min_notice_secs)
}

/// The terms of a market's trading.
pub fn terms(terms: &MarketTerms) -> Fields {
    let MarketTerms {
        max_open_interest,
        rates,
        adjustment,
        price_band_bps,
        confidence_multiple,
        _pad,
        dead_feed_secs,
        expires_ts,
    } = terms;
    let mut all = fields!(MarketRates, rates; initial_bps, maintenance_bps, contribution_bps, stress_bps);
    all.extend(fields!(AdjustmentTerms, adjustment; concentration_lots, volatility_half_life_secs,
        breaker_window_secs, breaker_cooloff_secs, target_volatility_bps, multiplier_min_bps,
        multiplier_max_bps,
        maintenance_ramp_bps_per_hour, breaker_bps, premium_bps_per_year, concentration_bps; _pad));
    all.push(("max_open_interest", max_open_interest.to_string()));
    all.push(("price_band_bps", price_band_bps.to_string()));
    all.push(("confidence_multiple", confidence_multiple.to_string()));
    all.push(("dead_feed_secs", dead_feed_secs.to_string()));
    all.push(("expires_ts", expires_ts.to_string()));
    all
}

/// The source of a market's price.
pub fn oracle(oracle: &OracleConfig) -> Fields {
    let OracleConfig {
        feed_id,
        account,
        owners,
        max_age_secs,
        max_ahead_secs,
        max_confidence_bps,
        kind,
        feed_decimals,
        _pad,
    } = oracle;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let address = |bytes: &[u8; 32]| bulkhead_client::Address::new_from_array(*bytes).to_string();
    vec![
        ("feed_id", hex(&feed_id[..])),
        ("account", address(account)),
        ("owners", owners.iter().map(address).collect::<Vec<_>>().join(" ")),
        ("max_age_secs", max_age_secs.to_string()),
        ("max_ahead_secs", max_ahead_secs.to_string()),
        ("max_confidence_bps", max_confidence_bps.to_string()),
        ("kind", kind.to_string()),
        ("feed_decimals", feed_decimals.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_inspect::migration::Parameters;

    #[test]
    fn only_what_differs_is_told() {
        let old = Parameters::bundled().unwrap().fund;
        let new = FundParams { clearing_fee_bps: 1, ..old };
        assert_eq!(changed(&fund(&old, 6), &fund(&new, 6)), ["clearing_fee_bps: 2 -> 1"]);
        assert!(changed(&fund(&old, 6), &fund(&old, 6)).is_empty());
    }

    #[test]
    fn money_is_told_in_tokens() {
        let old = Parameters::bundled().unwrap().fund;
        let new = FundParams { min_contribution: 2_500_500_000, treasury_floor: 1, ..old };
        let told = changed(&fund(&old, 6), &fund(&new, 6));
        assert_eq!(told[0], "min_contribution: 1,000 tokens -> 2,500.5 tokens");
        assert!(told.len() == 2 && told[1].ends_with("-> 0.000001 tokens"), "{told:?}");
        assert!(added(&fund(&new, 0)).contains(&"min_contribution = 2,500,500,000 tokens".into()));
        assert_eq!(decimal(7, 20), "7", "no amount has so many decimals");
    }

    #[test]
    fn nested_terms_and_oracles_are_compared_too() {
        let market = Parameters::bundled().unwrap().markets[0].params;
        let mut other = market;
        other.terms.adjustment.breaker_bps += 1;
        other.oracle.owners[1] = [0; 32];
        assert_eq!(changed(&terms(&market.terms), &terms(&other.terms)), ["breaker_bps: 850 -> 851"]);
        assert!(changed(&oracle(&market.oracle), &oracle(&other.oracle))[0].starts_with("owners: rec5EKM"));
    }
}
