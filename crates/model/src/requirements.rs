//! Requirements on a member for its positions: docs/requirements.md.

use crate::{
    interval::Judgement,
    number::{part, quotient, Int, BPS},
    params::Rates,
    positions::{money, profit_raw},
    reason::Reason,
    state::{Exposure, Lock, Market, Model, Position},
};

/// Requirements and profits over all positions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Risk {
    /// Net profit at the marks.
    pub profit: Int,
    /// At the ends of B against the member (U2).
    pub own: Int,
    /// As others see it who want to liquidate the member (U1).
    pub liquidating: Int,
    /// As others see it who want to declare its default (U1).
    pub declaring: Int,
    /// `s`, the results that have not vested.
    pub unvested: Int,
    /// What takings lock; others never ask for it.
    pub locked: Lock,
    pub initial: Int,
    pub maintenance: Int,
    pub contribution: Int,
    /// Of all positions at the marks.
    pub notional: Int,
    /// Of a stress move, before the sale.
    pub stress: Int,
    /// The largest discount at which positions are sold after it.
    pub discount_bps: Int,
}

impl Risk {
    /// U2 and section 4: `margin - max(0, s, -u)`. A net gain is no collateral before it is settled
    /// and vested, and a settled leg of a hedge is not counted twice.
    pub fn collateral(&self, margin: Int) -> Int {
        margin - self.unvested.max(-self.own).max(0)
    }

    pub fn meets_initial(&self, margin: Int) -> bool {
        self.collateral(margin) >= self.initial + self.locked.margin
    }

    /// Margin above initial margin.
    pub fn free(&self, margin: Int) -> Int {
        (self.collateral(margin) - self.initial - self.locked.margin).max(0)
    }

    /// 4: what is not vested pays for losses too, so it counts here.
    pub fn stress_loss(&self, margin: Int) -> Int {
        (self.stressed() + self.locked.stress - margin - self.own.min(0)).max(0)
    }

    /// The same with every doubt in the member's favour (U1).
    pub fn stress_loss_to_others(&self, margin: Int) -> Int {
        (self.stressed() - margin - self.liquidating.min(0)).max(0)
    }

    /// What selling lots may cost the member besides, rounded down in its favour: the equity that
    /// belongs to the maintenance margin taken with them, and the margin there is.
    pub fn affordable(&self, margin: Int, taken: Int) -> Int {
        if self.maintenance == 0 {
            return 0;
        }
        let equity = (margin + self.liquidating).max(0);
        quotient(equity, taken, self.maintenance).down().min(margin)
    }

    /// The move and the sale after it at the largest discount, of what the positions are then worth
    /// (section 6), for shorts too.
    fn stressed(&self) -> Int {
        self.stress + part(self.notional + self.stress, self.discount_bps).up()
    }
}

/// `ceil(|lots| * price / S)`
pub(crate) fn notional(lots: Int, price: Int, scale: Int) -> Int {
    quotient(lots.abs(), price, scale).up()
}

impl Market {
    /// Lots beyond the concentration limit, if the market has an add-on for them.
    fn beyond(&self, lots: Int) -> Int {
        if self.params.concentration_bps == 0 {
            return 0;
        }
        (lots.abs() - self.params.concentration_lots).max(0)
    }

    /// Whether so many lots pay the add-on.
    pub(crate) fn is_concentrated(&self, lots: Int) -> bool {
        self.beyond(lots) > 0
    }
}

impl Model {
    /// `ceil(value (st + d (1 + st)))`: the loss of lots after a stress move and their sale at the
    /// largest discount, at the rates in force.
    pub(crate) fn stress_of(&self, market: usize, lots: Int) -> Int {
        let (at, discount_bps) = (&self.markets[market], self.params.auction_max_discount_bps);
        let rate = at.rates.stress * BPS + discount_bps * (BPS + at.rates.stress);
        quotient(notional(lots, at.price, at.scale), rate, BPS * BPS).up()
    }

    /// `(lots, raw)` of a position as it will be when touched.
    pub(crate) fn settled(&self, held: &Position) -> (Int, Int) {
        (held.lots, held.raw - self.premium_due(held))
    }

    /// Profits and requirements at the rates in force. Profit is taken at the ends of intervals,
    /// notional at the mark.
    pub(crate) fn risk(&self, name: &str) -> Risk {
        self.risk_at(name, |market| market.rates)
    }

    /// Risk of a member that takes over lots which the fund already carries: at base rates, above
    /// the maintenance margin in force.
    pub(crate) fn taker_risk(&self, name: &str) -> Risk {
        self.risk_at(name, Market::taker_rates)
    }

    fn risk_at(&self, name: &str, rates: impl Fn(&Market) -> Rates) -> Risk {
        let held: Vec<Position> =
            self.members[name].positions.iter().filter(|held| !held.is_free()).copied().collect();
        // A claim to registered gains counts like a profit that is not settled.
        let (others, own) = (self.claim_to_others(name), self.claim_to_oneself(name));
        let mut risk = Risk {
            unvested: self.unvested(name),
            locked: self.locked(name),
            profit: others,
            own,
            liquidating: others,
            declaring: others,
            discount_bps: self.params.auction_max_discount_bps,
            ..Risk::default()
        };
        risk.contribution = risk.locked.contribution;
        for held in held {
            let (lots, raw) = self.settled(&held);
            let market = &self.markets[held.market];
            let (price, scale, rates) = (market.price, market.scale, rates(market));
            let profit_at = |price| money(profit_raw(lots, raw, price), scale);
            risk.profit += profit_at(price);
            risk.own += profit_at(self.oneself(held.market).adverse(lots));
            risk.liquidating += profit_at(self.judged_price(held.market, lots, Judgement::Liquidation));
            risk.declaring += profit_at(self.judged_price(held.market, lots, Judgement::Default));
            let value = notional(lots, price, scale);
            risk.initial += part(value, rates.initial).up();
            risk.maintenance += part(value, rates.maintenance).up();
            risk.contribution += part(value, rates.contribution).up();
            risk.notional += value;
            risk.stress += part(value, rates.stress).up();
            let beyond = notional(market.beyond(lots), price, scale);
            let add_on = part(beyond, market.params.concentration_bps).up();
            risk.initial += add_on;
            risk.stress += add_on;
        }
        risk
    }

    /// Margin above initial margin at this moment.
    pub(crate) fn free_of(&self, name: &str) -> Int {
        self.risk(name).free(self.members[name].margin)
    }

    /// 3
    pub(crate) fn required_contribution(&self, risk: &Risk) -> Int {
        risk.contribution.max(self.params.min_contribution)
    }

    /// Requires that initial margin is met, and that a possible assessment and a call that is due
    /// stay free above it.
    pub(crate) fn require_reserve(&mut self, name: &str, risk: &Risk) {
        let margin = self.members[name].margin;
        self.require(risk.meets_initial(margin), Reason::BelowInitialMargin);
        let reserve = self.assessment_reserve(name) + self.call_due(name, risk);
        self.require(reserve == 0 || risk.free(margin) >= reserve, Reason::AssessmentReserved);
    }
}

/// The cover limit, and the two largest exposures that the fund knows of: docs/cover_two.md.
impl Model {
    /// Computes the exposure of a member and updates the table of the two largest.
    pub(crate) fn expose(&mut self, name: &str, risk: &Risk) -> Exposure {
        let stress_loss = risk.stress_loss(self.members[name].margin);
        let seen = Exposure { member: name.into(), contribution: self.contribution(name), stress_loss };
        self.note_exposure(seen.clone());
        seen
    }

    /// Updates the table. A member in it keeps its line until its exposure is zero; another member
    /// replaces the smaller line if its exposure is larger.
    fn note_exposure(&mut self, seen: Exposure) {
        let known = self
            .exposures
            .iter()
            .position(|known| known.as_ref().is_some_and(|known| known.member == seen.member));
        let of = |place: usize| self.exposures[place].as_ref().map_or(0, |known| known.stress_loss);
        let smaller = usize::from(of(1) < of(0));
        match known {
            Some(place) if seen.stress_loss == 0 => self.exposures[place] = None,
            Some(place) => self.exposures[place] = Some(seen),
            None if seen.stress_loss > of(smaller) => self.exposures[smaller] = Some(seen),
            None => {}
        }
    }

    /// Removes a member without positions from the table.
    pub(crate) fn forget_exposure(&mut self, name: &str) {
        self.note_exposure(Exposure { member: name.into(), contribution: 0, stress_loss: 0 });
    }

    /// Updates the contribution of a member that is in the table.
    pub(crate) fn note_contribution(&mut self, name: &str, added: Int) {
        for known in self.exposures.iter_mut().flatten().filter(|known| known.member == name) {
            known.contribution = (known.contribution + added).max(0);
        }
    }

    /// 4: largest stress loss that these mutual resources allow, rounded down in favour of the
    /// others.
    pub(crate) fn cover_limit(&self, mutual: Int) -> Int {
        part(mutual, self.params.cover_limit_bps).down()
    }

    /// What stands behind a member: all but its own contribution, and what is pledged to covers.
    pub(crate) fn mutual_resources(&self, own: Int) -> Int {
        (self.treasury + self.contributions - own - self.pledged()).max(0)
    }

    /// 4
    pub(crate) fn require_covers(&mut self, seen: &Exposure) {
        let mutual = self.mutual_resources(seen.contribution);
        self.require(seen.stress_loss <= self.cover_limit(mutual), Reason::CoverLimitExceeded);
    }

    /// `report_exposure`
    pub(crate) fn report_exposure(&mut self, name: &str) {
        self.require_recent_or_silent(name);
        let mut risk = self.risk(name);
        risk.own = risk.profit;
        self.expose(name, &risk);
    }
}
