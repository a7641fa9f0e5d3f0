//! A real fund, as the command line reads it from a cluster: `bulkhead snapshot --json`.

use {
    crate::{
        fit::Fitted,
        fund::{Fund, Market, Members, Terms},
        Shipped,
    },
    anyhow::{ensure, Context, Result},
    serde::Deserialize,
};

/// The whole snapshot. Money is in base units, as text.
#[derive(Clone, Debug, Deserialize)]
pub struct Snapshot {
    /// Address of the fund.
    pub fund: String,
    /// Slot at which it was read.
    pub slot: u64,
    quote_decimals: u8,
    treasury: String,
    parameters: Parameters,
    markets: Vec<SnapshotMarket>,
    members: Vec<SnapshotMember>,
}

#[derive(Clone, Debug, Deserialize)]
struct Parameters {
    min_contribution: String,
    cover_limit_bps: u32,
    crowding_limit_bps: u32,
    outflow_cap_bps: u32,
    liquidation_bonus_bps: u32,
    liquidation_fee_bps: u32,
    liquidation_buffer_bps: u32,
    assessment_cap_bps: u32,
    auction_max_discount_bps: u32,
    auction_slots: u32,
    slot_ms: u32,
}

#[derive(Clone, Debug, Deserialize)]
struct SnapshotMarket {
    symbol: String,
    mark: String,
    price_decimals: i32,
    house_lots: String,
    initial_bps: u16,
    maintenance_bps: u16,
    contribution_bps: u16,
    stress_bps: u16,
    premium_bps_per_year: u16,
    confidence_multiple: u8,
}

#[derive(Clone, Debug, Deserialize)]
struct SnapshotMember {
    member: String,
    margin: String,
    profit: String,
    contribution: String,
    /// Market and signed value.
    positions: Vec<(usize, String)>,
}

impl Snapshot {
    /// Reads a snapshot.
    pub fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).context("not the output of `bulkhead snapshot --json`")
    }

    /// The symbols of its markets.
    pub fn symbols(&self) -> Vec<&str> {
        self.markets.iter().map(|market| market.symbol.as_str()).collect()
    }

    /// The parameters of the markets of this fund, in its order: a snapshot lacks some of them.
    ///
    /// # Errors
    /// When `all` lacks one of its markets.
    pub fn order(&self, all: &Shipped) -> Result<Shipped> {
        let of = |symbol: &&str| {
            let found = all.markets.iter().find(|(name, _)| name == *symbol);
            found.cloned().with_context(|| format!("the market {symbol} is not in the file of --base"))
        };
        let markets = self.symbols().iter().map(of).collect::<Result<_>>()?;
        Ok(Shipped { markets, ..all.clone() })
    }

    /// The fund, with volumes and deviations as they were fitted. `confidence` is the oracle's usual
    /// one, a part of the price.
    ///
    /// # Errors
    /// When a house holds lots: a day starts without open defaults.
    pub fn fund(&self, fitted: &Fitted, confidence: f64) -> Result<Fund> {
        let money = |text: &str| -> Result<f64> {
            let units: f64 = text.parse().with_context(|| format!("{text:?} is not an amount"))?;
            Ok(units / 10f64.powi(self.quote_decimals.into()))
        };
        let mut markets = Vec::new();
        for (market, asset) in self.markets.iter().zip(&fitted.assets) {
            ensure!(
                market.house_lots == "0",
                "the house holds lots of {}: a stress test starts from a fund without open defaults",
                market.symbol
            );
            markets.push(self.market(market, asset.volume, asset.deviation, confidence)?);
        }
        let mut members = Members { value: vec![Vec::new(); markets.len()], ..Members::default() };
        for member in &self.members {
            members.names.push(member.member.clone());
            members.margin.push(money(&member.margin)? + money(&member.profit)?);
            members.contribution.push(money(&member.contribution)?);
            members.value.iter_mut().for_each(|values| values.push(0.0));
            for (market, value) in &member.positions {
                let values = members.value.get_mut(*market).context("a position in an unknown market")?;
                *values.last_mut().context("a member without a place")? = money(value)?;
            }
        }
        let terms = self.terms(money(&self.parameters.min_contribution)?);
        let fund = Fund { markets, terms, treasury: money(&self.treasury)?, members };
        fund.validate()?;
        Ok(fund)
    }

    fn market(
        &self,
        market: &SnapshotMarket,
        volume: f64,
        deviation: f64,
        confidence: f64,
    ) -> Result<Market> {
        let rate = |bps: u16| f64::from(bps) / 1e4;
        let mark: f64 = market.mark.parse().context("a mark that is no number")?;
        let price = mark / 10f64.powi(market.price_decimals);
        ensure!(price > 0.0, "{} has no mark yet", market.symbol);
        Ok(Market {
            symbol: market.symbol.clone(),
            price,
            initial: rate(market.initial_bps),
            maintenance: rate(market.maintenance_bps),
            contribution: rate(market.contribution_bps),
            stress: rate(market.stress_bps),
            premium: rate(market.premium_bps_per_year),
            volume: volume * price,
            deviation,
            confidence: confidence * f64::from(market.confidence_multiple),
        })
    }

    fn terms(&self, min_contribution: f64) -> Terms {
        let rate = |bps: u32| f64::from(bps) / 1e4;
        let of = &self.parameters;
        Terms {
            liquidation_bonus: rate(of.liquidation_bonus_bps),
            liquidation_fee: rate(of.liquidation_fee_bps),
            liquidation_buffer: rate(of.liquidation_buffer_bps),
            most_discount: rate(of.auction_max_discount_bps),
            auction_secs: f64::from(of.auction_slots) * f64::from(of.slot_ms) / 1e3,
            assessment_cap: rate(of.assessment_cap_bps),
            cover_limit: rate(of.cover_limit_bps),
            crowding_limit: rate(of.crowding_limit_bps),
            min_contribution,
            outflow_cap: rate(of.outflow_cap_bps),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"fund":"F","slot":7,"quote_decimals":6,"treasury":"5000000",
        "parameters":{"min_contribution":"1000000","cover_limit_bps":5000,"crowding_limit_bps":80000,
        "outflow_cap_bps":2500,"liquidation_bonus_bps":100,"liquidation_fee_bps":50,
        "liquidation_buffer_bps":1000,"assessment_cap_bps":10000,"auction_max_discount_bps":1000,
        "auction_slots":1500,"slot_ms":400},
        "markets":[{"symbol":"SOL","mark":"15000000000","price_decimals":8,"house_lots":"0",
        "initial_bps":850,"maintenance_bps":540,"contribution_bps":140,"stress_bps":3550,
        "premium_bps_per_year":100,        "confidence_multiple":2}],
        "members":[{"member":"A","margin":"10000000","profit":"-1500000","contribution":"2000000",
        "positions":[[0,"-100000000"]]},{"member":"B","margin":"9000000","profit":"1500000",
        "contribution":"0","positions":[[0,"100000000"]]}]}"#;

    #[test]
    fn a_snapshot_is_a_fund_in_whole_tokens() {
        let snapshot = Snapshot::parse(TEXT).unwrap();
        let parameters = snapshot.order(&Shipped::bundled().unwrap()).unwrap();
        assert_eq!(parameters.symbols(), ["SOL"]);
        let fitted = Fitted::bundled(&parameters).unwrap();
        let fund = snapshot.fund(&fitted, 0.0005).unwrap();
        assert_eq!((fund.treasury, fund.markets[0].price, fund.terms.min_contribution), (5.0, 150.0, 1.0));
        assert_eq!((fund.members.margin[0], fund.members.value[0][0]), (8.5, -100.0));
        assert_eq!((fund.markets[0].confidence, fund.members.name(1)), (0.001, "B".into()));
        let open = TEXT.replace("\"house_lots\":\"0\"", "\"house_lots\":\"-3\"");
        let error = Snapshot::parse(&open).unwrap().fund(&fitted, 0.0).unwrap_err().to_string();
        assert!(error.contains("the house holds lots of SOL"), "{error}");
    }
}
