//! Reads the parameters of a fund from the numbered files in `migrations/`.

mod bounds;

use {
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::{
        address::pro_price,
        state::{
            AdjustmentTerms, FundParams, MarketParams, MarketRates, MarketTerms, OracleConfig, OracleKind,
            ProPrice,
        },
        Address,
    },
    serde::Deserialize,
    std::{fs, path::Path, str::FromStr},
};

const FUND: (&str, &str) = ("0001_fund.toml", include_str!("../../../migrations/0001_fund.toml"));
const MARKETS: (&str, &str) = ("0002_markets.toml", include_str!("../../../migrations/0002_markets.toml"));

/// The parameters of the migrations.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Number of the fund among those of its mint.
    pub fund_id: u16,
    /// Decimals of the settlement mint.
    pub quote_decimals: u8,
    pub fund: FundParams,
    /// Markets in the order of their indices.
    pub markets: Vec<NamedMarket>,
}

/// A market with its name off chain.
#[derive(Clone, Debug)]
pub struct NamedMarket {
    pub symbol: String,
    /// The number of its asset's feed at Pyth Pro, if it is known.
    pub pro_feed: Option<u32>,
    /// Parameters for the program.
    pub params: MarketParams,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FundFile {
    fund: FundTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FundTable {
    id: u16,
    quote_decimals: u8,
    min_contribution_tokens: u64,
    treasury_floor_tokens: u64,
    treasury_floor_bps: u16,
    notice_secs: u32,
    claim_window_secs: u32,
    exit_delay_slots: u32,
    max_mark_age_slots: u32,
    default_confirm_slots: u32,
    assessment_cap_bps: u16,
    assessment_secs: u32,
    cooling_off_secs: u32,
    call_secs: u32,
    wind_down_secs: u32,
    bounty_bps: u16,
    bounty_cap_tokens: u64,
    cover_limit_bps: u16,
    clearing_fee_bps: u16,
    reward_share_bps: u16,
    liquidation_bonus_bps: u16,
    liquidation_fee_bps: u16,
    liquidation_buffer_bps: u16,
    auction_slots: u32,
    auction_max_discount_bps: u16,
    outflow_cap_bps: u16,
    crowding_limit_bps: u32,
    slot_ms: u16,
    age_full_secs: u32,
    act_age_secs: u32,
    watch_secs: u32,
    watch_day_secs: u32,
    grace_day_secs: u32,
    vest_secs: u32,
    register_secs: u32,
    cover_budget_bps: u32,
    cover_min_notice_secs: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketsFile {
    oracle: OracleTable,
    market: Vec<MarketTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OracleTable {
    receivers: Vec<String>,
    max_age_secs: u32,
    max_ahead_secs: u32,
    max_confidence_bps: u16,
    confidence_multiple: u8,
    dead_feed_secs: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketTable {
    symbol: String,
    /// A pull feed, or [`pro`](Self::pro) in its place.
    feed_id: Option<String>,
    pro: Option<ProTable>,
    /// The number of the asset's feed at Pyth Pro. It is a name for people: a market that is read from there
    /// later keeps its symbol.
    pro_feed: Option<u32>,
    price_decimals: u8,
    /// Where they are not those of its prices.
    feed_decimals: Option<u8>,
    lot_decimals: u8,
    /// When the contract expires; absent: never.
    #[serde(default)]
    expires_ts: i64,
    price_band_bps: u16,
    initial_bps: u16,
    maintenance_bps: u16,
    contribution_bps: u16,
    stress_bps: u16,
    max_open_interest_lots: u64,
    target_volatility_bps: u16,
    volatility_half_life_secs: u32,
    multiplier_min_bps: u16,
    multiplier_max_bps: u16,
    maintenance_ramp_bps_per_hour: u16,
    breaker_bps: u16,
    breaker_window_secs: u32,
    breaker_cooloff_secs: u32,
    premium_bps_per_year: u16,
    concentration_lots: u64,
    concentration_bps: u16,
}

/// A feed of Pyth Pro. What is left out is as in the table that all markets share.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProTable {
    feed: u32,
    channel: String,
    /// Minus the feed's decimals; absent: those of the market's prices.
    exponent: Option<i32>,
    max_age_secs: Option<u32>,
    max_ahead_secs: Option<u32>,
    max_confidence_bps: Option<u16>,
}

impl Parameters {
    /// Reads the parameters of this repository.
    pub fn bundled() -> Result<Self> {
        Self::parse(FUND, MARKETS)
    }

    /// Reads the parameters of a folder with the same files.
    pub fn from_folder(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).with_context(|| {
                format!("cannot read {}: --migrations needs a folder like migrations/", path.display())
            })
        };
        Self::parse((FUND.0, &read(FUND.0)?), (MARKETS.0, &read(MARKETS.0)?))
    }

    fn parse((fund_name, fund): (&str, &str), (markets_name, markets): (&str, &str)) -> Result<Self> {
        let table: FundFile = toml::from_str(fund).with_context(|| format!("in {fund_name}"))?;
        let (fund_id, quote_decimals) = (table.fund.id, table.fund.quote_decimals);
        let fund = table.fund.params().with_context(|| format!("in {fund_name}{}", bounds::of_fund(fund)))?;
        let file: MarketsFile = toml::from_str(markets).with_context(|| format!("in {markets_name}"))?;
        let named = file.market.iter().enumerate().map(|(index, market)| {
            let params = market.params(&file.oracle, &fund).with_context(|| {
                format!("in {markets_name}, {}{}", market.symbol, bounds::of_market(markets, index, &fund))
            })?;
            let pro_feed = market.pro.as_ref().map(|pro| pro.feed).or(market.pro_feed);
            Ok(NamedMarket { symbol: market.symbol.clone(), pro_feed, params })
        });
        let markets = named.collect::<Result<Vec<_>>>()?;
        ensure!(!markets.is_empty(), "{markets_name} has no market");
        Ok(Self { fund_id, quote_decimals, fund, markets })
    }

    /// The symbol of the market with this feed: a pull feed, or one of Pyth Pro on any channel.
    pub fn symbol_of(&self, feed_id: &[u8; 32]) -> Option<&str> {
        let pro_feed = pro_feed(feed_id);
        let is_named = |market: &&NamedMarket| {
            market.params.oracle.feed_id == *feed_id || pro_feed.is_some() && market.pro_feed == pro_feed
        };
        self.markets.iter().find(is_named).map(|market| market.symbol.as_str())
    }

    pub fn symbols(&self) -> Vec<&str> {
        self.markets.iter().map(|market| market.symbol.as_str()).collect()
    }

    /// Keeps the markets whose asset `keep` accepts: an asset that did not exist yet has none.
    pub fn keep_markets(&mut self, keep: impl Fn(&str) -> bool) {
        self.markets.retain(|market| keep(&market.symbol));
    }
}

impl FundTable {
    fn params(&self) -> Result<FundParams> {
        let unit = 10u64.checked_pow(self.quote_decimals.into()).context("quote_decimals is too large")?;
        let base = |tokens: u64| tokens.checked_mul(unit).context("an amount of tokens is too large");
        let params = FundParams {
            min_contribution: base(self.min_contribution_tokens)?,
            treasury_floor: base(self.treasury_floor_tokens)?,
            notice_secs: self.notice_secs,
            claim_window_secs: self.claim_window_secs,
            exit_delay_slots: self.exit_delay_slots,
            max_mark_age_slots: self.max_mark_age_slots,
            default_confirm_slots: self.default_confirm_slots,
            auction_slots: self.auction_slots,
            cover_limit_bps: self.cover_limit_bps,
            clearing_fee_bps: self.clearing_fee_bps,
            reward_share_bps: self.reward_share_bps,
            liquidation_bonus_bps: self.liquidation_bonus_bps,
            liquidation_fee_bps: self.liquidation_fee_bps,
            liquidation_buffer_bps: self.liquidation_buffer_bps,
            auction_max_discount_bps: self.auction_max_discount_bps,
            treasury_floor_bps: self.treasury_floor_bps,
            assessment_cap_bps: self.assessment_cap_bps,
            assessment_secs: self.assessment_secs,
            cooling_off_secs: self.cooling_off_secs,
            call_secs: self.call_secs,
            wind_down_secs: self.wind_down_secs,
            bounty_bps: self.bounty_bps,
            bounty_cap: base(self.bounty_cap_tokens)?,
            outflow_cap_bps: self.outflow_cap_bps,
            crowding_limit_bps: self.crowding_limit_bps,
            slot_ms: self.slot_ms,
            age_full_secs: self.age_full_secs,
            act_age_secs: self.act_age_secs,
            watch_secs: self.watch_secs,
            watch_day_secs: self.watch_day_secs,
            grace_day_secs: self.grace_day_secs,
            vest_secs: self.vest_secs,
            register_secs: self.register_secs,
            cover_budget_bps: self.cover_budget_bps,
            cover_min_notice_secs: self.cover_min_notice_secs,
        };
        params
            .validate()
            .map_err(|_| anyhow!("a parameter of the fund is outside the program's hard bounds"))?;
        Ok(params)
    }
}

impl MarketTable {
    fn params(&self, oracle: &OracleTable, fund: &FundParams) -> Result<MarketParams> {
        let params = MarketParams {
            oracle: self.oracle(oracle)?,
            terms: MarketTerms {
                rates: MarketRates {
                    initial_bps: self.initial_bps,
                    maintenance_bps: self.maintenance_bps,
                    contribution_bps: self.contribution_bps,
                    stress_bps: self.stress_bps,
                },
                adjustment: AdjustmentTerms {
                    concentration_lots: self.concentration_lots,
                    volatility_half_life_secs: self.volatility_half_life_secs,
                    breaker_window_secs: self.breaker_window_secs,
                    breaker_cooloff_secs: self.breaker_cooloff_secs,
                    target_volatility_bps: self.target_volatility_bps,
                    multiplier_min_bps: self.multiplier_min_bps,
                    multiplier_max_bps: self.multiplier_max_bps,
                    maintenance_ramp_bps_per_hour: self.maintenance_ramp_bps_per_hour,
                    breaker_bps: self.breaker_bps,
                    premium_bps_per_year: self.premium_bps_per_year,
                    concentration_bps: self.concentration_bps,
                    _pad: [0; 6],
                },
                max_open_interest: self.max_open_interest_lots,
                price_band_bps: self.price_band_bps,
                confidence_multiple: oracle.confidence_multiple,
                dead_feed_secs: oracle.dead_feed_secs,
                expires_ts: self.expires_ts,
                _pad: [0; 1],
            },
            price_decimals: self.price_decimals,
            lot_decimals: self.lot_decimals,
        };
        if self.pro.is_some() {
            let wrong: Vec<&str> = params.oracle.violations().collect();
            ensure!(wrong.is_empty(), "pro: {} outside the program's hard bounds", wrong.join(", "));
        }
        let why =
            "a parameter is outside the program's hard bounds, or initial_bps within twice the price band \
             plus fees";
        params.validate(fund).map_err(|_| anyhow!(why))?;
        Ok(params)
    }

    /// The source of the market's price: a pull feed, or one of Pyth Pro.
    fn oracle(&self, shared: &OracleTable) -> Result<OracleConfig> {
        let OracleTable { max_age_secs, max_ahead_secs, max_confidence_bps, .. } = *shared;
        let pull = OracleConfig {
            feed_id: [0; 32],
            account: [0; 32],
            owners: [[0; 32]; 2],
            max_age_secs,
            max_ahead_secs,
            max_confidence_bps,
            kind: OracleKind::PythPull as u8,
            feed_decimals: self.feed_decimals.unwrap_or(self.price_decimals),
            _pad: [0; 4],
        };
        match (&self.feed_id, &self.pro) {
            (Some(id), None) => {
                Ok(OracleConfig { feed_id: feed_id(id)?, owners: receivers(&shared.receivers)?, ..pull })
            }
            (None, Some(pro)) => {
                let one = "pro.exponent and feed_decimals say the same: leave one of them out";
                ensure!(pro.exponent.is_none() || self.feed_decimals.is_none(), one);
                pro.oracle(pull)
            }
            (Some(_), Some(_)) => bail!("feed_id and pro: a market is read from one feed, leave one out"),
            (None, None) => bail!("no feed: name a feed_id, or a feed of Pyth Pro as pro"),
        }
    }
}

impl ProTable {
    /// The configuration, which is `shared` but for what the table says. The market is bound to the feed's
    /// account, and names no owner: that is the program.
    fn oracle(&self, shared: OracleConfig) -> Result<OracleConfig> {
        let channel = match self.channel.as_str() {
            "fixed_rate@50ms" => 2,
            "fixed_rate@200ms" => 3,
            "fixed_rate@1000ms" => 4,
            other => bail!(
                "pro.channel {other:?}: a channel with a fixed rate is fixed_rate@50ms, fixed_rate@200ms or \
                 fixed_rate@1000ms"
            ),
        };
        let decimals = |exponent: i32| {
            let decimals = exponent.checked_neg().and_then(|decimals| u8::try_from(decimals).ok());
            decimals.with_context(|| format!("pro.exponent {exponent}: minus the feed's decimals, as in -8"))
        };
        Ok(OracleConfig {
            feed_id: ProPrice::feed_id(self.feed, channel),
            account: pro_price(self.feed, channel).to_bytes(),
            kind: OracleKind::PythPro as u8,
            feed_decimals: self.exponent.map(decimals).transpose()?.unwrap_or(shared.feed_decimals),
            max_age_secs: self.max_age_secs.unwrap_or(shared.max_age_secs),
            max_ahead_secs: self.max_ahead_secs.unwrap_or(shared.max_ahead_secs),
            max_confidence_bps: self.max_confidence_bps.unwrap_or(shared.max_confidence_bps),
            ..shared
        })
    }
}

/// The number of a feed of Pyth Pro, from what a market says of it; nothing for a pull feed, whose name ends
/// otherwise.
fn pro_feed(feed_id: &[u8; 32]) -> Option<u32> {
    let [a, b, c, d, channel, ..] = *feed_id;
    let feed = u32::from_le_bytes([a, b, c, d]);
    (ProPrice::feed_id(feed, channel) == *feed_id).then_some(feed)
}

fn feed_id(text: &str) -> Result<[u8; 32]> {
    let mut id = [0; 32];
    ensure!(text.len() == 64 && text.is_ascii(), "feed_id {text:?} is not 64 hexadecimal digits");
    for (byte, digits) in id.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits)?;
        *byte =
            u8::from_str_radix(digits, 16).with_context(|| format!("feed_id {text:?} is not hexadecimal"))?;
    }
    Ok(id)
}

fn receivers(names: &[String]) -> Result<[[u8; 32]; 2]> {
    let mut owners = [[0; 32]; 2];
    if names.is_empty() || names.len() > owners.len() {
        bail!("receivers: one or two programs, not {}", names.len());
    }
    for (owner, name) in owners.iter_mut().zip(names) {
        *owner =
            Address::from_str(name).map_err(|_| anyhow!("receiver {name:?} is not an address"))?.to_bytes();
    }
    Ok(owners)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_migrations_are_within_the_bounds() {
        let parameters = Parameters::bundled().unwrap();
        assert_eq!(parameters.symbols(), ["BTC", "ETH", "SOL"]);
        assert_eq!(parameters.fund.min_contribution, 1_000_000_000);
        assert_eq!(parameters.markets[2].params.oracle.feed_id[..2], [0xef, 0x0d]);
    }

    /// A market that is changed to Pyth Pro keeps its name, whatever its channel is.
    #[test]
    fn a_market_is_named_by_either_of_its_feeds() {
        let parameters = Parameters::bundled().unwrap();
        let eth = parameters.markets[1].params.oracle.feed_id;
        assert_eq!(parameters.symbol_of(&eth), Some("ETH"));
        for channel in 2..=4 {
            assert_eq!(parameters.symbol_of(&ProPrice::feed_id(2, channel)), Some("ETH"));
        }
        assert_eq!(parameters.symbol_of(&ProPrice::feed_id(99, 3)), None);
        assert_eq!(parameters.symbol_of(&[7; 32]), None);
        let file = MARKETS.1.replace("pro_feed = 2", "pro_feed = 99");
        let other = Parameters::parse(FUND, (MARKETS.0, &file)).unwrap();
        assert_eq!(other.symbol_of(&ProPrice::feed_id(99, 3)), Some("ETH"));
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        let refused = |from: &str, to: &str| {
            let fund = FUND.1.replace(from, to);
            let markets = MARKETS.1.replace(from, to);
            format!("{:#}", Parameters::parse((FUND.0, &fund), (MARKETS.0, &markets)).unwrap_err())
        };
        let says = refused("cover_limit_bps = 5_000", "cover_limit_bps = 5_001");
        assert!(says.contains("in 0001_fund.toml: cover_limit_bps: "), "{says}");
        let says = refused("initial_bps = 850", "initial_bps = 202");
        assert!(says.contains("in 0002_markets.toml, SOL: initial_bps: "), "{says}");
        let says = refused("max_ahead_secs = 10", "max_ahead_secs = 61");
        assert!(says.contains("in 0002_markets.toml, BTC: max_ahead_secs: "), "{says}");
        assert!(refused("\"e62df6", "\"x62df6").contains("not hexadecimal"));
        assert!(refused("\"rec5", "\"0ec5").contains("is not an address"));
        assert!(refused("notice_secs", "notice_days").contains("notice_days"));
    }

    const SOL: &str = "feed_id = \"ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d\"";

    /// The markets with another source of SOL's price.
    fn with_source(source: &str) -> Result<Parameters> {
        Parameters::parse(FUND, (MARKETS.0, &MARKETS.1.replace(SOL, source)))
    }

    #[test]
    fn a_market_may_be_read_from_pyth_pro() {
        let plain = with_source("pro = { feed = 6, channel = \"fixed_rate@200ms\" }").unwrap();
        let oracle = plain.markets[2].params.oracle;
        assert_eq!(oracle.feed_id[..6], [6, 0, 0, 0, 3, 0]);
        assert_eq!((oracle.account, oracle.owners), (pro_price(6, 3).to_bytes(), [[0; 32]; 2]));
        let shared = plain.markets[0].params.oracle;
        assert_eq!((oracle.kind, oracle.feed_decimals, oracle.max_age_secs), (2, 8, shared.max_age_secs));

        let own = "pro = { feed = 6, channel = \"fixed_rate@1000ms\", exponent = -5, max_age_secs = 20, \
                   max_ahead_secs = 3, max_confidence_bps = 50 }";
        let oracle = with_source(own).unwrap().markets[2].params.oracle;
        assert_eq!((oracle.feed_id[4], oracle.feed_decimals, oracle.max_age_secs), (4, 5, 20));
        assert_eq!((oracle.max_ahead_secs, oracle.max_confidence_bps), (3, 50));
    }

    #[test]
    fn a_mistake_in_a_feed_of_pyth_pro_is_named() {
        let both = format!("{SOL}\npro = {{ feed = 6, channel = \"fixed_rate@50ms\" }}");
        let of = |rest: &str| format!("pro = {{ feed = 6, channel = \"fixed_rate@50ms\"{rest} }}");
        for (source, says) in [
            (String::new(), "SOL: no feed: name a feed_id, or a feed of Pyth Pro as pro"),
            (both, "SOL: feed_id and pro: a market is read from one feed"),
            (
                "pro = { feed = 6, channel = \"real_time\" }".into(),
                "pro.channel \"real_time\": a channel with",
            ),
            ("pro = { feed = -6, channel = \"fixed_rate@50ms\" }".into(), "invalid value: integer `-6`"),
            ("pro = { channel = \"fixed_rate@50ms\" }".into(), "missing field `feed`"),
            (of(", exponent = 8"), "pro.exponent 8: minus the feed's decimals"),
            (format!("{}\nfeed_decimals = 8", of(", exponent = -8")), "pro.exponent and feed_decimals say"),
            (of(", max_age_secs = 0"), "pro: max_age_secs outside the program's hard bounds"),
            (of(", min_publishers = 3"), "unknown field `min_publishers`"),
        ] {
            let told = format!("{:#}", with_source(&source).unwrap_err());
            assert!(told.contains(says), "{source}: {told}");
        }
    }
}
