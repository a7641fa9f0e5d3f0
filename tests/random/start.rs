//! How a history starts: parameters and markets, written down, and the two funds made of them.

use {
    crate::{claims, policies},
    bulkhead_model::{BookTerms, Clock, FundParams, Int, MarketParams, Model, PanelTerms, Settings},
    bulkhead_tests::{
        bulkhead::state::{self, AdjustmentTerms, MarketRates, OracleConfig},
        bulkhead_client::cover_program_id,
        scene::PURSE,
        usdc,
        world::{built, Setup},
        MarketSpec, MintKind, Signer, World,
    },
    serde::{Deserialize, Serialize},
};

/// The members.
pub const NAMES: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];

/// Other wallets: what covers pay out, and who pays for them.
pub const COVER_WALLETS: [&str; 2] = ["victims", "issuer"];

/// Pays for treasury and gifts.
pub const TREASURER: &str = "treasurer";
const TREASURE: u64 = usdc(1_000_000_000);

/// The first line of a sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Token-2022 instead of SPL Token.
    pub token_2022: bool,
    pub params: FundParams,
    pub markets: Vec<StartMarket>,
    /// A book of policies on the first market, which the first cover may name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book: Option<BookTerms>,
    /// A panel, which one of the first two covers may name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<PanelTerms>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartMarket {
    pub symbol: String,
    /// The first price.
    pub price: u64,
    pub params: MarketParams,
}

/// Lamports of a wallet: the rent of its offers.
const RENTS: u64 = 1_000_000_000;

impl Start {
    /// The built program's fund, its markets cranked once.
    pub fn world(&self) -> World {
        let mint = if self.token_2022 { MintKind::Token2022 } else { MintKind::Spl };
        let markets = self.markets.iter().map(StartMarket::spec).collect();
        let mut world = World::with(Setup { mint, params: fund_params(&self.params), markets });
        world.give(TREASURER, TREASURE);
        for name in COVER_WALLETS {
            world.give(name, PURSE);
        }
        for name in NAMES {
            world.give(name, PURSE);
            world.give_lamports(world.owner_of(name).pubkey(), RENTS);
        }
        if self.book.is_some() || self.panel.is_some() {
            let program = built("bulkhead_cover");
            world.svm.add_program_from_file(cover_program_id(), program).expect("cargo xtask build");
        }
        if let Some(terms) = &self.book {
            policies::create(&mut world, terms);
        }
        if let Some(terms) = &self.panel {
            claims::create(&mut world, terms);
        }
        world
    }

    /// The model's, before its markets are cranked.
    pub fn model(&self, clock: Clock) -> Model {
        let markets = self.markets.iter().map(|market| market.params.clone()).collect();
        let mut model = Model::new(self.params.clone(), markets, clock);
        model.give(TREASURER, TREASURE);
        NAMES.iter().chain(&COVER_WALLETS).for_each(|name| model.give(name, PURSE));
        if let Some(terms) = self.book {
            model = model.with_book(terms);
        }
        if let Some(terms) = &self.panel {
            model = model.with_panel(terms.clone());
            claims::give(&mut model);
        }
        model
    }
}

impl StartMarket {
    fn spec(&self) -> MarketSpec {
        let spec = MarketSpec::named(&self.symbol, narrow(self.params.lot_decimals.into()), self.price);
        MarketSpec { params: market_params(spec.params, &self.params), ..spec }
    }
}

/// Standard parameters under these terms, as the model takes them.
pub fn with_terms(params: &state::MarketParams, terms: &AdjustmentTerms) -> MarketParams {
    let oracle = &params.oracle;
    MarketParams {
        price_decimals: params.price_decimals.into(),
        lot_decimals: params.lot_decimals.into(),
        feed_decimals: oracle.feed_decimals.into(),
        expires_ts: params.terms.expires_ts.into(),
        dead_feed_secs: params.terms.dead_feed_secs.into(),
        rates: bulkhead_model::Rates {
            initial: params.terms.rates.initial_bps.into(),
            maintenance: params.terms.rates.maintenance_bps.into(),
            contribution: params.terms.rates.contribution_bps.into(),
            stress: params.terms.rates.stress_bps.into(),
        },
        max_open_interest: params.terms.max_open_interest.into(),
        price_band_bps: params.terms.price_band_bps.into(),
        confidence_multiple: params.terms.confidence_multiple.into(),
        max_age_secs: oracle.max_age_secs.into(),
        max_ahead_secs: oracle.max_ahead_secs.into(),
        max_confidence_bps: oracle.max_confidence_bps.into(),
        concentration_lots: terms.concentration_lots.into(),
        concentration_bps: terms.concentration_bps.into(),
        volatility_half_life_secs: terms.volatility_half_life_secs.into(),
        target_volatility_bps: terms.target_volatility_bps.into(),
        multiplier_min_bps: terms.multiplier_min_bps.into(),
        multiplier_max_bps: terms.multiplier_max_bps.into(),
        maintenance_ramp_bps_per_hour: terms.maintenance_ramp_bps_per_hour.into(),
        breaker_bps: terms.breaker_bps.into(),
        breaker_window_secs: terms.breaker_window_secs.into(),
        breaker_cooloff_secs: terms.breaker_cooloff_secs.into(),
        premium_bps_per_year: terms.premium_bps_per_year.into(),
    }
}

/// A market's parameters in the program, what the model does not know as it is.
pub fn market_params(is: state::MarketParams, p: &MarketParams) -> state::MarketParams {
    let oracle = OracleConfig {
        max_age_secs: narrow(p.max_age_secs),
        max_ahead_secs: narrow(p.max_ahead_secs),
        max_confidence_bps: narrow(p.max_confidence_bps),
        feed_decimals: narrow(p.feed_decimals.into()),
        ..is.oracle
    };
    let rates = MarketRates {
        initial_bps: narrow(p.rates.initial),
        maintenance_bps: narrow(p.rates.maintenance),
        contribution_bps: narrow(p.rates.contribution),
        stress_bps: narrow(p.rates.stress),
    };
    let adjustment = AdjustmentTerms {
        concentration_lots: narrow(p.concentration_lots),
        volatility_half_life_secs: narrow(p.volatility_half_life_secs),
        breaker_window_secs: narrow(p.breaker_window_secs),
        breaker_cooloff_secs: narrow(p.breaker_cooloff_secs),
        target_volatility_bps: narrow(p.target_volatility_bps),
        multiplier_min_bps: narrow(p.multiplier_min_bps),
        multiplier_max_bps: narrow(p.multiplier_max_bps),
        maintenance_ramp_bps_per_hour: narrow(p.maintenance_ramp_bps_per_hour),
        breaker_bps: narrow(p.breaker_bps),
        premium_bps_per_year: narrow(p.premium_bps_per_year),
        concentration_bps: narrow(p.concentration_bps),
        _pad: [0; 6],
    };
    let terms = state::MarketTerms {
        rates,
        adjustment,
        max_open_interest: narrow(p.max_open_interest),
        price_band_bps: narrow(p.price_band_bps),
        confidence_multiple: narrow(p.confidence_multiple),
        dead_feed_secs: narrow(p.dead_feed_secs),
        expires_ts: narrow(p.expires_ts),
        _pad: [0; 1],
    };
    state::MarketParams {
        oracle,
        terms,
        price_decimals: narrow(p.price_decimals.into()),
        lot_decimals: narrow(p.lot_decimals.into()),
    }
}

/// Every parameter of the fund that can change, by name.
pub fn fund_settings(p: &FundParams) -> Settings {
    let names = state::FundChange::NAMES.iter();
    names.map(|name| (name.to_string(), p.get(name).expect("the model's name"))).collect()
}

/// Every term of a market that can change, by name.
pub fn market_settings(p: &MarketParams) -> Settings {
    let names = state::MarketChange::NAMES.iter();
    names.map(|name| (name.to_string(), p.get(name).expect("the model's name"))).collect()
}

/// The change that sets these parameters.
pub fn fund_change(now: state::FundParams, settings: &Settings) -> state::FundChange {
    let params = model_params(&now).with(settings).expect("the model's names");
    state::FundChange {
        touched: bits(state::FundChange::NAMES, |name| settings.contains_key(name)),
        values: fund_params(&params),
    }
}

/// The change that sets these terms.
pub fn market_change(now: state::MarketTerms, settings: &Settings) -> state::MarketChange {
    let standard = MarketSpec::sol().params;
    let is = state::MarketParams { terms: now, ..standard };
    let params = with_terms(&is, &now.adjustment).with(settings).expect("the model's names");
    state::MarketChange {
        touched: bits(state::MarketChange::NAMES, |name| settings.contains_key(name)),
        values: market_params(standard, &params).terms,
    }
}

/// The bits of the parameters that are set.
pub fn bits(names: &[&str], is_set: impl Fn(&str) -> bool) -> u64 {
    let set = names.iter().enumerate().filter(|(_, name)| is_set(name));
    set.fold(0, |bits, (bit, _)| bits | 1 << bit)
}

/// The program's parameters as the model's.
pub fn model_params(p: &state::FundParams) -> FundParams {
    FundParams {
        quote_decimals: 6,
        min_contribution: p.min_contribution.into(),
        treasury_floor: p.treasury_floor.into(),
        bounty_cap: p.bounty_cap.into(),
        notice_secs: p.notice_secs.into(),
        claim_window_secs: p.claim_window_secs.into(),
        exit_delay_slots: p.exit_delay_slots.into(),
        max_mark_age_slots: p.max_mark_age_slots.into(),
        default_confirm_slots: p.default_confirm_slots.into(),
        slot_ms: p.slot_ms.into(),
        age_full_secs: p.age_full_secs.into(),
        act_age_secs: p.act_age_secs.into(),
        vest_secs: p.vest_secs.into(),
        register_secs: p.register_secs.into(),
        auction_slots: p.auction_slots.into(),
        assessment_secs: p.assessment_secs.into(),
        cooling_off_secs: p.cooling_off_secs.into(),
        call_secs: p.call_secs.into(),
        wind_down_secs: p.wind_down_secs.into(),
        cover_limit_bps: p.cover_limit_bps.into(),
        crowding_limit_bps: p.crowding_limit_bps.into(),
        clearing_fee_bps: p.clearing_fee_bps.into(),
        reward_share_bps: p.reward_share_bps.into(),
        liquidation_bonus_bps: p.liquidation_bonus_bps.into(),
        liquidation_fee_bps: p.liquidation_fee_bps.into(),
        liquidation_buffer_bps: p.liquidation_buffer_bps.into(),
        auction_max_discount_bps: p.auction_max_discount_bps.into(),
        treasury_floor_bps: p.treasury_floor_bps.into(),
        assessment_cap_bps: p.assessment_cap_bps.into(),
        bounty_bps: p.bounty_bps.into(),
        outflow_cap_bps: p.outflow_cap_bps.into(),
        cover_budget_bps: p.cover_budget_bps.into(),
        cover_min_notice_secs: p.cover_min_notice_secs.into(),
        watch_secs: p.watch_secs.into(),
        watch_day_secs: p.watch_day_secs.into(),
        grace_day_secs: p.grace_day_secs.into(),
    }
}

/// The model's parameters as the program's.
pub fn fund_params(p: &FundParams) -> state::FundParams {
    state::FundParams {
        min_contribution: narrow(p.min_contribution),
        treasury_floor: narrow(p.treasury_floor),
        bounty_cap: narrow(p.bounty_cap),
        notice_secs: narrow(p.notice_secs),
        claim_window_secs: narrow(p.claim_window_secs),
        exit_delay_slots: narrow(p.exit_delay_slots),
        max_mark_age_slots: narrow(p.max_mark_age_slots),
        default_confirm_slots: narrow(p.default_confirm_slots),
        auction_slots: narrow(p.auction_slots),
        assessment_secs: narrow(p.assessment_secs),
        cooling_off_secs: narrow(p.cooling_off_secs),
        call_secs: narrow(p.call_secs),
        wind_down_secs: narrow(p.wind_down_secs),
        cover_limit_bps: narrow(p.cover_limit_bps),
        clearing_fee_bps: narrow(p.clearing_fee_bps),
        reward_share_bps: narrow(p.reward_share_bps),
        liquidation_bonus_bps: narrow(p.liquidation_bonus_bps),
        liquidation_fee_bps: narrow(p.liquidation_fee_bps),
        liquidation_buffer_bps: narrow(p.liquidation_buffer_bps),
        auction_max_discount_bps: narrow(p.auction_max_discount_bps),
        treasury_floor_bps: narrow(p.treasury_floor_bps),
        assessment_cap_bps: narrow(p.assessment_cap_bps),
        bounty_bps: narrow(p.bounty_bps),
        outflow_cap_bps: narrow(p.outflow_cap_bps),
        cover_budget_bps: narrow(p.cover_budget_bps),
        cover_min_notice_secs: narrow(p.cover_min_notice_secs),
        crowding_limit_bps: narrow(p.crowding_limit_bps),
        slot_ms: narrow(p.slot_ms),
        age_full_secs: narrow(p.age_full_secs),
        act_age_secs: narrow(p.act_age_secs),
        watch_secs: narrow(p.watch_secs),
        watch_day_secs: narrow(p.watch_day_secs),
        grace_day_secs: narrow(p.grace_day_secs),
        vest_secs: narrow(p.vest_secs),
        register_secs: narrow(p.register_secs),
    }
}

fn narrow<T: TryFrom<Int>>(number: Int) -> T {
    T::try_from(number)
        .unwrap_or_else(|_| panic!("{number} in a sequence does not fit the program's parameter"))
}
