//! A fund as the stress test sees it: markets, terms, treasury and members, in floating point.
//!
//! Money is in whole units of the settlement asset. A position is its signed value at the present
//! mark, so prices enter as ratios to the present ones. Margin is margin with unsettled results.

use {
    anyhow::{ensure, Result},
    serde::Serialize,
};

/// Most markets that a member can hold.
pub const MOST_MARKETS: usize = 8;

/// A market. Rates are those in force, as fractions of notional.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Market {
    /// The asset.
    pub symbol: String,
    /// Present mark.
    pub price: f64,
    /// Initial margin.
    pub initial: f64,
    /// Maintenance margin.
    pub maintenance: f64,
    /// Required contribution.
    pub contribution: f64,
    /// Stress move.
    pub stress: f64,
    /// Premium of positions a year, in a neutral market.
    pub premium: f64,
    /// Usual value traded in a day.
    pub volume: f64,
    /// Usual deviation of a day's return.
    pub deviation: f64,
    /// Usual confidence of the oracle, times the market's multiple, as a part of the price.
    pub confidence: f64,
}

/// The fund's parameters in the simulation. Rates are fractions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Terms {
    /// Bonus of a liquidator, of notional.
    pub liquidation_bonus: f64,
    /// Fee of a liquidation to the treasury, of notional.
    pub liquidation_fee: f64,
    /// A liquidation stops this far above initial margin.
    pub liquidation_buffer: f64,
    /// Largest discount of the house's auction.
    pub most_discount: f64,
    /// Seconds in which the discount grows to its largest.
    pub auction_secs: f64,
    /// Most that a share can be assessed for, of its worth before the losses.
    pub assessment_cap: f64,
    /// Part of the others' resources that one member may endanger.
    pub cover_limit: f64,
    /// Most crowding, of treasury and contributions.
    pub crowding_limit: f64,
    /// Least contribution of a member with positions.
    pub min_contribution: f64,
    /// Part of the contributions that may leave in a day.
    pub outflow_cap: f64,
}

/// All members, by column.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Members {
    /// Names; empty where members are numbered.
    pub names: Vec<String>,
    /// Margin with unsettled results.
    pub margin: Vec<f64>,
    /// What the member's shares of the default fund are worth.
    pub contribution: Vec<f64>,
    /// Signed value of the positions: one list a market.
    pub value: Vec<Vec<f64>>,
}

/// A whole fund.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fund {
    /// Markets, by index.
    pub markets: Vec<Market>,
    /// Parameters.
    pub terms: Terms,
    /// The protocol's own money.
    pub treasury: f64,
    /// Members.
    pub members: Members,
}

impl Members {
    /// Number of members.
    pub fn len(&self) -> usize {
        self.margin.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.margin.is_empty()
    }

    /// Name of a member.
    pub fn name(&self, member: usize) -> String {
        self.names.get(member).cloned().unwrap_or_else(|| format!("member {}", member + 1))
    }
}

impl Fund {
    /// Refuses a fund whose columns do not fit together, or whose numbers are none.
    pub fn validate(&self) -> Result<()> {
        let (markets, members) = (self.markets.len(), self.members.len());
        ensure!(
            (1..=MOST_MARKETS).contains(&markets),
            "the fund has {markets} markets; a stress test takes 1 to {MOST_MARKETS}"
        );
        ensure!(members > 0, "the fund has no members");
        ensure!(
            self.members.contribution.len() == members
                && self.members.value.len() == markets
                && self.members.value.iter().all(|values| values.len() == members),
            "the members' margins, contributions and positions are not of one length"
        );
        let all = self.members.value.iter().flatten().chain(&self.members.margin);
        let finite = all.chain(&self.members.contribution).chain([&self.treasury]);
        ensure!(finite.copied().all(f64::is_finite), "a member's figure is not a number");
        for market in &self.markets {
            let rates = [market.initial, market.maintenance, market.stress, market.volume, market.deviation];
            let is_sound = rates.iter().all(|rate| *rate > 0.0) && market.maintenance < market.initial;
            ensure!(is_sound, "{}: a rate, volume or deviation is not above zero", market.symbol);
        }
        Ok(())
    }

    /// All contributions.
    pub fn contributions(&self) -> f64 {
        self.members.contribution.iter().sum()
    }

    /// `F`: treasury and contributions.
    pub fn mutual(&self) -> f64 {
        self.treasury + self.contributions()
    }

    /// Value of the long side of a market.
    pub fn open_interest(&self, market: usize) -> f64 {
        self.members.value[market].iter().map(|value| value.max(0.0)).sum()
    }

    /// Value of one side of a market: 0 is the long side, 1 the short side.
    pub fn side(&self, market: usize, side: usize) -> f64 {
        let values = self.members.value[market].iter();
        values.map(|value| if side == 0 { value.max(0.0) } else { (-value).max(0.0) }).sum()
    }

    /// The sum over positions of a rate times the value, for one member.
    pub fn required(&self, member: usize, rate: impl Fn(&Market) -> f64) -> f64 {
        let of = |(market, values): (&Market, &Vec<f64>)| rate(market) * values[member].abs();
        self.markets.iter().zip(&self.members.value).map(of).sum()
    }

    /// Stress loss with the sale after it, `st + d (1 + st)` of each position, beyond margin.
    pub fn stress_loss(&self, member: usize) -> f64 {
        let d = self.terms.most_discount;
        let stressed = self.required(member, |market| market.stress + d * (1.0 + market.stress));
        (stressed - self.members.margin[member]).max(0.0)
    }

    /// Crowding: `D = sum of OI (st + d (1 + st) - mm)`, the loss if one side of every market
    /// defaults as a whole from maintenance margin.
    pub fn crowding(&self) -> f64 {
        let d = self.terms.most_discount;
        let rate = |market: &Market| market.stress + d * (1.0 + market.stress) - market.maintenance;
        let of = |index: usize| self.open_interest(index) * rate(&self.markets[index]);
        (0..self.markets.len()).map(of).sum()
    }

    /// The same fund after covers have drawn `amount`: first from the treasury above its floor,
    /// then from contributions in proportion.
    pub fn drawn(&self, amount: f64, floor: f64) -> Self {
        let mut next = self.clone();
        let from_treasury = amount.min((self.treasury - floor).max(0.0));
        next.treasury -= from_treasury;
        let contributions = self.contributions();
        let rest = (amount - from_treasury).min(contributions);
        if contributions > 0.0 {
            let kept = 1.0 - rest / contributions;
            next.members.contribution.iter_mut().for_each(|own| *own *= kept);
        }
        next
    }
}
