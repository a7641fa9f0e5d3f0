//! One day of a fund in floating point: the vectorised approximation of the reference model.
//!
//! Members whose equity stays above maintenance margin at the worst corner of the day's price box
//! are dismissed by one pass over columns. Only the others are followed in time. What it leaves out
//! against the model, and how large the error is, is measured by [`crate::exact`]:
//!
//! - money is not rounded, and rates in force keep their value of the morning;
//! - a mark is the price of the step, with a confidence interval around it and no range;
//! - takers are outside the fund; nobody tops up, withdraws or trades;
//! - layers 5 to 7 are settled once, at the end of the day;
//! - the house sells its last lots at the last price of the day.

use crate::{
    behaviour::{impact, Behaviour, HOUR, STEPS},
    fund::{Fund, MOST_MARKETS},
    paths::{Path, Paths, STEP_SECS},
    workers,
};
use bulkhead_calibrate::progress::Progress;
use serde::Serialize;

/// Members that one pass of the screen takes together.
const CHUNK: usize = 256;

/// The layers that pay after the defaulter's margin.
pub const LAYERS: [&str; 6] =
    ["2 own contribution", "3 treasury", "4 contributions", "5 assessments", "6 gains cut", "7 wind-down"];
/// Places in [`Outcome::paid`].
pub const OWN: usize = 0;
/// See [`OWN`].
pub const TREASURY: usize = 1;
/// See [`OWN`].
pub const CONTRIBUTIONS: usize = 2;
/// See [`OWN`].
pub const ASSESSMENTS: usize = 3;
/// See [`OWN`].
pub const GAINS: usize = 4;
/// See [`OWN`].
pub const WIND_DOWN: usize = 5;

/// What a day cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// What each layer paid.
    pub paid: [f64; 6],
    /// Losses of defaulters beyond their margin, together.
    pub shortfall: f64,
    /// The largest of them.
    pub largest: f64,
    /// The second largest.
    pub second: f64,
    /// Result of the houses; a loss is negative.
    pub house: f64,
    /// Part of the houses' gain that went back to the bearers of losses.
    pub recovered: f64,
    /// Members in default.
    pub defaults: u32,
    /// Members that were liquidated, at least in part.
    pub liquidated: u32,
    /// Fees that liquidations paid into the treasury.
    pub fees: f64,
}

impl Outcome {
    /// Losses that treasury, contributions and everybody after them bore.
    pub fn mutual(&self) -> f64 {
        self.paid[TREASURY..].iter().sum()
    }

    /// Losses that neither treasury nor contributions could pay.
    pub fn residual(&self) -> f64 {
        self.paid[ASSESSMENTS..].iter().sum()
    }
}

/// A member that is watched, in its own copy.
#[derive(Clone, Copy, Debug)]
struct Watched {
    member: usize,
    /// Equity at price ratios of one.
    cash: f64,
    value: [f64; MOST_MARKETS],
    /// The next step at which it is looked at.
    due: usize,
    is_closed: bool,
    is_liquidated: bool,
}

/// What the house holds of a market: equity is `raw + value * price`.
#[derive(Clone, Copy, Debug, Default)]
struct House {
    value: f64,
    raw: f64,
    /// The most it has held since it was flat.
    peak: f64,
    /// Step from which its auction counts.
    since: f64,
}

/// Memory of a worker, kept from path to path.
#[derive(Default)]
pub struct Workspace {
    margin: Vec<f64>,
    candidates: Vec<usize>,
    triggers: Vec<(usize, usize)>,
    watched: Vec<Watched>,
    /// Place in `watched` of each member, plus one; zero if it is not there.
    place: Vec<u32>,
}

/// Simulates days of one fund.
pub struct Simulator<'f> {
    fund: &'f Fund,
    behaviour: &'f Behaviour,
}

/// The state of the mutual resources during a day.
struct Day<'a> {
    fund: &'a Fund,
    behaviour: &'a Behaviour,
    path: &'a Path,
    treasury: f64,
    /// Contributions at the prices of the morning.
    units: f64,
    /// What a unit is worth.
    worth: f64,
    /// Part of the units that has not left.
    stay: f64,
    cushions: f64,
    houses: [House; MOST_MARKETS],
    capacity: [f64; MOST_MARKETS],
    residual: f64,
    borne: f64,
    outcome: Outcome,
}

impl Watched {
    /// Equity less maintenance margin at a corner.
    fn excess(&self, corner: &[(f64, f64)]) -> f64 {
        self.value.iter().zip(corner).fold(self.cash, |sum, (value, at)| sum + at_corner(*value, *at))
    }
}

impl House {
    /// The step from which the auction counts when lots join it: the average by size on one side,
    /// and now if they turn the house around.
    fn merged_since(&self, added: f64, now: f64) -> f64 {
        if self.value == 0.0 || self.value * added > 0.0 {
            let held = self.value.abs();
            now - (now - self.since) * held / (held + added.abs())
        } else if self.value.abs() > added.abs() {
            self.since
        } else {
            now
        }
    }
}

impl<'f> Simulator<'f> {
    /// A simulator of this fund.
    pub fn new(fund: &'f Fund, behaviour: &'f Behaviour) -> Self {
        Self { fund, behaviour }
    }

    /// Simulates every path, in their order, on all processors. The result does not depend on how
    /// many there are.
    pub fn run(&self, paths: &dyn Paths, what: &str, progress: &Progress) -> Vec<Outcome> {
        let markets = self.fund.markets.len();
        let start = || (Workspace::default(), Path::flat(markets));
        workers::map(
            paths.count(),
            start,
            |(space, path), index| {
                paths.fill(index, path);
                self.day(path, space)
            },
            |done, all| progress.count(what, done, all),
        )
    }

    /// Simulates one day.
    pub fn day(&self, path: &Path, space: &mut Workspace) -> Outcome {
        self.margins(path, &mut space.margin);
        self.screen(path, space);
        if space.triggers.is_empty() {
            return Outcome::default();
        }
        Day::new(self.fund, self.behaviour, path, space.triggers[0].0).run(space)
    }

    /// Margins at the start: as many times the initial margin in force as now.
    fn margins(&self, path: &Path, margin: &mut Vec<f64>) {
        margin.clone_from(&self.fund.members.margin);
        if path.initial_multiple.iter().all(|multiple| *multiple == 1.0) {
            return;
        }
        for (member, own) in margin.iter_mut().enumerate() {
            let now = self.fund.required(member, |market| market.initial);
            if now > 0.0 {
                let values = self.fund.markets.iter().zip(&self.fund.members.value);
                let scaled = values
                    .zip(&path.initial_multiple)
                    .map(|((market, values), multiple)| market.initial * multiple * values[member].abs());
                *own *= scaled.sum::<f64>() / now;
            }
        }
    }

    /// Finds the members that can be liquidated at some step, with the first such step, by step
    /// and number.
    fn screen(&self, path: &Path, space: &mut Workspace) {
        let Workspace { margin, candidates, triggers, .. } = space;
        candidates.clear();
        triggers.clear();
        let corner = |from, to| corner(self.fund, self.behaviour, path, from, to);
        let day = corner(0, STEPS);
        let mut worst = [0.0; CHUNK];
        let members = self.fund.members.len();
        for start in (0..members).step_by(CHUNK) {
            let end = (start + CHUNK).min(members);
            let worst = &mut worst[..end - start];
            worst.copy_from_slice(&margin[start..end]);
            for (values, at) in self.fund.members.value.iter().zip(&day) {
                for (sum, value) in worst.iter_mut().zip(&values[start..end]) {
                    *sum += at_corner(*value, *at);
                }
            }
            let low = worst.iter().enumerate().filter(|(_, sum)| **sum < 0.0);
            candidates.extend(low.map(|(offset, _)| start + offset));
        }
        if candidates.is_empty() {
            return;
        }
        for hour in 0..STEPS / HOUR {
            let (from, to) = (hour * HOUR + 1, (hour + 1) * HOUR);
            let box_of_hour = corner(from, to);
            let steps: [_; HOUR] = std::array::from_fn(|step| corner(from + step, from + step));
            candidates.retain(|member| {
                if self.excess(*member, margin[*member], &box_of_hour) >= 0.0 {
                    return true;
                }
                let first = steps.iter().position(|step| self.excess(*member, margin[*member], step) < 0.0);
                triggers.extend(first.map(|step| (from + step, *member)));
                first.is_none()
            });
        }
        triggers.sort_unstable();
    }

    /// Equity less maintenance margin of a member at a corner.
    fn excess(&self, member: usize, margin: f64, corner: &Corner) -> f64 {
        let values = self.fund.members.value.iter().zip(corner);
        values.fold(margin, |sum, (values, at)| sum + at_corner(values[member], *at))
    }
}

/// What one unit of value, long and short, adds to equity less maintenance margin, by market.
type Corner = [(f64, f64); MOST_MARKETS];

/// The worst corner of the prices from one step to another, in the member's favour by the confidence.
fn corner(fund: &Fund, behaviour: &Behaviour, path: &Path, from: usize, to: usize) -> Corner {
    let mut corner = [(0.0, 0.0); MOST_MARKETS];
    for (market, of) in fund.markets.iter().enumerate() {
        let prices = &path.price[market][from..=to];
        let low = prices.iter().copied().fold(f64::MAX, f64::min);
        let high = prices.iter().copied().fold(f64::MIN, f64::max);
        let maintenance = of.maintenance * path.maintenance_multiple[market];
        let rate = maintenance - doubt(of.confidence * behaviour.confidence_factor, maintenance);
        corner[market] = (low * (1.0 - rate) - 1.0, high * (1.0 + rate) - 1.0);
    }
    corner
}

/// What a position adds to equity less maintenance margin at a corner.
fn at_corner(value: f64, (long, short): (f64, f64)) -> f64 {
    value.max(0.0) * long + value.min(0.0) * short
}

/// `kc`: a doubt of at most half of maintenance margin.
fn doubt(confidence: f64, maintenance: f64) -> f64 {
    confidence.min(maintenance / 2.0)
}

impl<'a> Day<'a> {
    fn new(fund: &'a Fund, behaviour: &'a Behaviour, path: &'a Path, first: usize) -> Self {
        let mut capacity = [0.0; MOST_MARKETS];
        for (capacity, market) in capacity.iter_mut().zip(&fund.markets) {
            *capacity = behaviour.participation * market.volume / 24.0;
        }
        Self {
            fund,
            behaviour,
            path,
            treasury: fund.treasury,
            units: fund.contributions(),
            worth: 1.0,
            stay: 1.0 - behaviour.exits * (first as f64 - 1.0) / STEPS as f64,
            cushions: 0.0,
            houses: [House::default(); MOST_MARKETS],
            capacity,
            residual: 0.0,
            borne: 0.0,
            outcome: Outcome::default(),
        }
    }

    fn run(mut self, space: &mut Workspace) -> Outcome {
        let markets = self.fund.markets.len();
        let first = space.triggers[0].0;
        let recovers = first + self.behaviour.outage_steps;
        space.watched.clear();
        space.place.resize(self.fund.members.len(), 0);
        let mut next = 0;
        for step in first..=STEPS {
            while let Some((_, member)) = space.triggers.get(next).filter(|trigger| trigger.0 == step) {
                let due = (step + self.behaviour.delay_steps).max(recovers);
                space.watched.push(self.watch(*member, space.margin[*member], due));
                space.place[*member] = space.watched.len() as u32;
                next += 1;
            }
            self.refill();
            let end_of_hour = step.next_multiple_of(HOUR);
            let corner = |to| corner(self.fund, self.behaviour, self.path, step, to);
            let (now, hour) = (corner(step), corner(end_of_hour));
            for watched in &mut space.watched {
                if watched.is_closed || step < watched.due {
                    continue;
                }
                if watched.excess(&hour[..markets]) >= 0.0 {
                    // Nothing happens to it before the hour is over.
                    watched.due = end_of_hour + 1;
                } else if watched.excess(&now[..markets]) < 0.0 {
                    self.judge(watched, step);
                }
            }
            self.sell(step, false);
            if self.houses.iter().all(|house| house.value == 0.0) {
                self.stay -= self.behaviour.exits / STEPS as f64;
            }
        }
        self.sell(STEPS, true);
        if self.residual > 0.0 {
            self.last_layers(space);
        }
        for watched in &space.watched {
            space.place[watched.member] = 0;
        }
        self.outcome
    }

    fn watch(&self, member: usize, cash: f64, due: usize) -> Watched {
        let mut value = [0.0; MOST_MARKETS];
        for (own, values) in value.iter_mut().zip(&self.fund.members.value) {
            *own = values[member];
        }
        Watched { member, cash, value, due, is_closed: false, is_liquidated: false }
    }

    /// Takers are back for another step, up to an hour's worth.
    fn refill(&mut self) {
        for (capacity, market) in self.capacity.iter_mut().zip(&self.fund.markets) {
            let hour = self.behaviour.participation * market.volume / 24.0;
            *capacity = (*capacity + hour / HOUR as f64).min(hour);
        }
    }

    fn maintenance(&self, market: usize) -> f64 {
        self.fund.markets[market].maintenance * self.path.maintenance_multiple[market]
    }

    /// The end of the interval that favours the holder of `value`.
    fn favourable(&self, market: usize, value: f64, price: f64) -> f64 {
        let confidence = self.fund.markets[market].confidence * self.behaviour.confidence_factor;
        price * (1.0 + doubt(confidence, self.maintenance(market)).copysign(value))
    }

    /// Declares a member below maintenance margin if its equity is negative, or else liquidates what it
    /// has to.
    fn judge(&mut self, watched: &mut Watched, step: usize) {
        let markets = self.fund.markets.len();
        let (mut equity, mut maintenance, mut initial) = (watched.cash, 0.0, 0.0);
        for market in 0..markets {
            let (value, price) = (watched.value[market], self.path.price[market][step]);
            equity += value * (self.favourable(market, value, price) - 1.0);
            maintenance += value.abs() * price * self.maintenance(market);
            initial += value.abs() * price * self.initial(market);
        }
        if maintenance == 0.0 {
            // It holds nothing: an equity below zero is a rounding error, and no default.
        } else if equity < 0.0 {
            self.declare(watched, -equity, step);
        } else if equity < maintenance {
            self.liquidate(watched, step, (equity, maintenance, initial));
        }
    }

    fn initial(&self, market: usize) -> f64 {
        self.fund.markets[market].initial * self.path.initial_multiple[market]
    }

    /// Takers take lots until the member is a buffer above initial margin, the market with the
    /// largest requirement first.
    fn liquidate(&mut self, watched: &mut Watched, step: usize, risk: (f64, f64, f64)) {
        let (mut equity, mut maintenance, mut initial) = risk;
        let terms = &self.fund.terms;
        let cost = terms.liquidation_bonus + terms.liquidation_fee;
        for market in self.by_requirement(watched, step) {
            if equity >= maintenance {
                break;
            }
            let (value, price) = (watched.value[market], self.path.price[market][step]);
            let rate = self.initial(market);
            let gained = rate * (1.0 + terms.liquidation_buffer) - cost;
            let wanted = if equity < maintenance / 2.0 || gained <= 0.0 {
                value.abs()
            } else {
                let missing = (initial * (1.0 + terms.liquidation_buffer) - equity).max(0.0);
                (missing / gained / price).min(value.abs())
            };
            let size = wanted.min(self.capacity[market]);
            if size <= 0.0 {
                continue;
            }
            self.capacity[market] -= size;
            let taken = size.copysign(value);
            let notional = size * price;
            let affordable = equity.max(0.0) * self.maintenance(market) * notional / maintenance;
            let bonus = (terms.liquidation_bonus * notional).min(affordable);
            let fee = (terms.liquidation_fee * notional).min(affordable - bonus);
            watched.cash += taken * (self.favourable(market, value, price) - 1.0) - bonus - fee;
            watched.value[market] -= taken;
            self.treasury += fee;
            self.outcome.fees += fee;
            equity -= bonus + fee;
            maintenance -= notional * self.maintenance(market);
            initial -= notional * rate;
            if !watched.is_liquidated {
                watched.is_liquidated = true;
                self.outcome.liquidated += 1;
            }
        }
    }

    /// Markets that a member holds, by falling maintenance margin; equal ones by index.
    fn by_requirement(&self, watched: &Watched, step: usize) -> Vec<usize> {
        let of = |market: usize| {
            watched.value[market].abs() * self.path.price[market][step] * self.maintenance(market)
        };
        let mut held: Vec<usize> =
            (0..self.fund.markets.len()).filter(|market| watched.value[*market] != 0.0).collect();
        held.sort_by(|a, b| of(*b).total_cmp(&of(*a)).then(a.cmp(b)));
        held
    }

    /// Layers 1 and 2 pay, the rest is allocated at once; the lots go to the house, and the rest of
    /// the contribution becomes a cushion up to their stress loss.
    fn declare(&mut self, watched: &mut Watched, shortfall: f64, step: usize) {
        watched.is_closed = true;
        let outcome = &mut self.outcome;
        outcome.defaults += 1;
        outcome.shortfall += shortfall;
        if shortfall > outcome.largest {
            (outcome.largest, outcome.second) = (shortfall, outcome.largest);
        } else {
            outcome.second = outcome.second.max(shortfall);
        }
        let mut stress = 0.0;
        for market in 0..self.fund.markets.len() {
            let (value, price) = (watched.value[market], self.path.price[market][step]);
            if value == 0.0 {
                continue;
            }
            let at = self.favourable(market, value, price);
            let (rate, discount) = (self.fund.markets[market].stress, self.fund.terms.most_discount);
            stress += value.abs() * price * (rate + discount * (1.0 + rate));
            let house = &mut self.houses[market];
            house.since = house.merged_since(value, step as f64);
            house.value += value;
            house.raw -= value * at;
            house.peak = house.peak.max(house.value.abs());
            watched.value[market] = 0.0;
        }
        let unit = self.stay * self.worth;
        let whole = self.fund.members.contribution[watched.member] * unit;
        let own = shortfall.min(whole);
        let cushion = stress.min(whole - own);
        if unit > 0.0 {
            self.units -= (own + cushion) / unit;
        }
        self.outcome.paid[OWN] += own;
        self.cushions += cushion;
        self.allocate(shortfall - own);
    }

    /// Layers 3 and 4: treasury, then contributions and cushions in proportion.
    fn allocate(&mut self, loss: f64) {
        if loss <= 0.0 {
            return;
        }
        let from_treasury = loss.min(self.treasury);
        self.treasury -= from_treasury;
        self.outcome.paid[TREASURY] += from_treasury;
        let open = loss - from_treasury;
        let contributions = (self.units * self.stay * self.worth).max(0.0);
        let all = contributions + self.cushions;
        let taken = open.min(all);
        if taken > 0.0 {
            let kept = 1.0 - taken / all;
            self.worth *= kept;
            self.cushions *= kept;
        }
        self.borne += from_treasury + taken;
        self.outcome.paid[CONTRIBUTIONS] += taken;
        self.residual += open - taken;
    }

    /// The house sells as much as takers absorb, or, at the end of the day, everything. Once all houses
    /// are flat their results are realised as one sum.
    fn sell(&mut self, step: usize, is_over: bool) {
        let mut is_flat = true;
        let mut was_open = false;
        for market in 0..self.fund.markets.len() {
            let (price, of) = (self.path.price[market][step], &self.fund.markets[market]);
            let confidence = of.confidence * self.behaviour.confidence_factor;
            let doubt = doubt(confidence, self.maintenance(market));
            let house = &mut self.houses[market];
            if house.value != 0.0 {
                was_open = true;
                let held = house.value.abs();
                let size = if is_over { held } else { held.min(self.capacity[market]) };
                let sold = size.copysign(house.value);
                // Takers wait until the auction has reached their price; a later one pays less. The
                // discount is from the end of the interval that favours the house.
                let asked = impact(self.behaviour.impact, of.deviation, house.peak, of.volume);
                let elapsed = (step as f64 - house.since) * STEP_SECS;
                let terms = &self.fund.terms;
                let offered = terms.most_discount * (elapsed / terms.auction_secs).min(1.0);
                let cost = asked.max(offered - doubt);
                self.capacity[market] = (self.capacity[market] - size).max(0.0);
                house.raw += sold * price * (1.0 - cost.copysign(house.value));
                house.value = if size >= held { 0.0 } else { house.value - sold };
                is_flat &= house.value == 0.0;
            }
            was_open |= house.raw != 0.0;
        }
        if was_open && is_flat {
            self.end_round();
        }
    }

    fn end_round(&mut self) {
        let result: f64 = self.houses.iter().map(|house| house.raw).sum();
        self.houses = [House::default(); MOST_MARKETS];
        self.outcome.house += result;
        if result < 0.0 {
            let cushioned = (-result).min(self.cushions);
            self.cushions -= cushioned;
            self.outcome.paid[OWN] += cushioned;
            self.allocate(-result - cushioned);
        } else {
            let unpaid = result.min(self.residual);
            self.residual -= unpaid;
            let recovered = (result - unpaid).min(self.borne);
            self.borne -= recovered;
            self.outcome.recovered += recovered;
        }
        let unit = self.stay * self.worth;
        if unit > 0.0 {
            self.units += self.cushions / unit;
        } else {
            self.treasury += self.cushions;
        }
        self.cushions = 0.0;
    }

    /// Layers 5 to 7: assessments out of margin above initial margin, up to what contributions
    /// were worth before the losses; then one fraction of everybody's net gain; then the wind-down.
    fn last_layers(&mut self, space: &Workspace) {
        let terms = &self.fund.terms;
        let (mut assessable, mut gains) = (0.0, 0.0);
        for member in 0..self.fund.members.len() {
            let margin = space.margin[member];
            let watched = match space.place[member] {
                0 => self.watch(member, margin, 0),
                place => space.watched[place as usize - 1],
            };
            if watched.is_closed {
                continue;
            }
            let (mut equity, mut initial) = (watched.cash, 0.0);
            for market in 0..self.fund.markets.len() {
                let (value, price) = (watched.value[market], self.path.price[market][STEPS]);
                equity += value * (price - 1.0);
                initial += value.abs() * price * self.initial(market);
            }
            let free = (equity.min(margin) - initial).max(0.0);
            let cap = terms.assessment_cap * self.fund.members.contribution[member] * self.stay;
            assessable += free.min(cap);
            gains += (equity - margin).max(0.0);
        }
        let assessed = self.residual.min(assessable);
        let cut = (self.residual - assessed).min(gains);
        self.outcome.paid[ASSESSMENTS] = assessed;
        self.outcome.paid[GAINS] = cut;
        self.outcome.paid[WIND_DOWN] = self.residual - assessed - cut;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fund::Members, synthetic::tests::plain_market};

    /// One market; rates 10% and 5%, stress 20%, no costs.
    fn fund(members: &[(f64, f64, f64)], treasury: f64) -> Fund {
        Fund {
            markets: vec![plain_market()],
            terms: crate::synthetic::tests::plain_terms(),
            treasury,
            members: Members {
                names: vec![],
                margin: members.iter().map(|member| member.0).collect(),
                contribution: members.iter().map(|member| member.1).collect(),
                value: vec![members.iter().map(|member| member.2).collect()],
            },
        }
    }

    fn free() -> Behaviour {
        Behaviour { impact: 0.0, participation: 1e9, ..Behaviour::default() }
    }

    fn day(fund: &Fund, behaviour: &Behaviour, prices: impl Fn(usize) -> f64) -> Outcome {
        let mut path = Path::flat(1);
        path.price[0] = (0..=STEPS).map(prices).collect();
        Simulator::new(fund, behaviour).day(&path, &mut Workspace::default())
    }

    #[test]
    fn a_quiet_day_costs_nothing() {
        let fund = fund(&[(10.0, 5.0, 100.0), (10.0, 5.0, -100.0)], 3.0);
        assert_eq!(day(&fund, &free(), |_| 1.0), Outcome::default());
        let small = day(&fund, &free(), |step| if step > 5 { 0.96 } else { 1.0 });
        assert_eq!(small, Outcome::default(), "6 of equity are above 5% of 96");
    }

    #[test]
    fn the_layers_pay_in_their_order() {
        // The price falls by 40% at once: a shortfall of 30. Own 5, treasury 3, the others' 5.
        let falls = |step: usize| if step > 0 { 0.6 } else { 1.0 };
        let fund = fund(&[(10.0, 5.0, 100.0), (10.0, 5.0, -100.0)], 3.0);
        let found = day(&fund, &free(), falls);
        assert_eq!((found.defaults, found.liquidated), (1, 0));
        // 17 are left; the short has 10 of margin and 40 of gains, 6 of initial margin. It can be
        // assessed for 4, and the rest is cut from its gains.
        let expected = [5.0, 3.0, 5.0, 4.0, 13.0, 0.0];
        for (layer, (paid, expected)) in found.paid.iter().zip(expected).enumerate() {
            assert!((paid - expected).abs() < 1e-9, "layer {layer}: {found:?}");
        }
        assert!((found.shortfall - 30.0).abs() < 1e-9 && (found.mutual() - 25.0).abs() < 1e-9);
    }

    #[test]
    fn a_member_that_is_liquidated_in_time_costs_nobody_anything() {
        // A fall of 7% at noon, and of 14% in the evening: most of it is sold between the two.
        let falls = |step: usize| match step {
            0..=143 => 1.0,
            144..=250 => 0.93,
            _ => 0.86,
        };
        let fund = fund(&[(10.0, 5.0, 100.0), (30.0, 5.0, -100.0)], 3.0);
        let found = day(&fund, &free(), falls);
        assert_eq!((found.liquidated, found.shortfall), (1, 0.0), "{found:?}");
        // Nobody takes anything: the whole loss of 14 is there in the evening.
        let stuck = Behaviour { participation: 0.0, ..free() };
        let found = day(&fund, &stuck, falls);
        assert!((found.shortfall - 4.0).abs() < 1e-9, "{found:?}");
        // The same with takers, and no keeper before the evening.
        let late = Behaviour { outage_steps: 107, ..free() };
        assert_eq!(day(&fund, &late, falls).shortfall, found.shortfall);
        let late = Behaviour { delay_steps: 107, ..free() };
        assert_eq!(day(&fund, &late, falls).shortfall, found.shortfall);
        let soon = Behaviour { delay_steps: 106, ..free() };
        assert_eq!(day(&fund, &soon, falls).shortfall, 0.0);
    }

    #[test]
    fn a_member_without_positions_cannot_default() {
        // All that is left after the liquidation is a rounding error below zero.
        let mut watched = Watched {
            member: 0,
            cash: -1e-12,
            value: [0.0; MOST_MARKETS],
            due: 1,
            is_closed: false,
            is_liquidated: true,
        };
        let (fund, behaviour, path) = (fund(&[(0.0, 5.0, 0.0)], 3.0), free(), Path::flat(1));
        let mut day = Day::new(&fund, &behaviour, &path, 1);
        day.judge(&mut watched, 1);
        assert_eq!((day.outcome.defaults, watched.is_closed), (0, false));
    }

    #[test]
    fn a_cushion_pays_for_the_sale() {
        // Equity goes to -2; the house holds 88 of value, and sells at a cost of 10%.
        let falls = |step: usize| if step > 0 { 0.88 } else { 1.0 };
        let mut fund = fund(&[(10.0, 15.0, 100.0), (30.0, 5.0, -100.0)], 3.0);
        fund.markets[0].volume = 100.0;
        fund.markets[0].deviation = 0.1;
        let sells = Behaviour { impact: 1.0, participation: 1e9, ..Behaviour::default() };
        let found = day(&fund, &sells, falls);
        assert!((found.house + 8.8).abs() < 1e-9, "{found:?}");
        assert!((found.paid[OWN] - 10.8).abs() < 1e-9 && found.mutual() == 0.0, "{found:?}");
    }

    #[test]
    fn doubt_delays_a_default() {
        let falls = |step: usize| if step > 0 { 0.89 } else { 1.0 };
        let mut fund = fund(&[(10.0, 15.0, 100.0), (30.0, 5.0, -100.0)], 3.0);
        fund.markets[0].confidence = 0.002;
        let stuck = Behaviour { participation: 0.0, ..free() };
        let near = day(&fund, &stuck, falls);
        assert!((near.shortfall - (1.0 - 89.0 * 0.002)).abs() < 1e-9, "{near:?}");
        // Five times the confidence, and at most half of maintenance margin.
        let wide = Behaviour { confidence_factor: 5.0, ..stuck.clone() };
        assert!((day(&fund, &wide, falls).shortfall - (1.0 - 89.0 * 0.01)).abs() < 1e-9);
        let widest = Behaviour { confidence_factor: 500.0, ..stuck };
        assert_eq!(day(&fund, &widest, falls).defaults, 0, "89 * 2.5% are more than 1");
    }

    #[test]
    fn contributions_that_have_left_pay_nothing() {
        let falls = |step: usize| if step > 144 { 0.6 } else { 1.0 };
        let fund = fund(&[(10.0, 0.0, 100.0), (10.0, 100.0, -100.0)], 0.0);
        let leaving = Behaviour { exits: 0.5, ..free() };
        let all = day(&fund, &free(), falls);
        assert!((all.paid[CONTRIBUTIONS] - 30.0).abs() < 1e-9);
        let narrow =
            Fund { members: Members { contribution: vec![0.0, 30.0], ..fund.members.clone() }, ..fund };
        assert!((day(&narrow, &leaving, falls).paid[CONTRIBUTIONS] - 22.5).abs() < 1e-9);
    }

    #[test]
    fn the_same_paths_give_the_same_outcomes() {
        let fund = fund(&[(10.0, 5.0, 100.0), (10.0, 5.0, -100.0)], 3.0);
        let process = crate::merton::Merton::without_drift(3.0, 100.0, 0.0, 0.05);
        let copula = crate::copula::Copula { nu: 4.0, correlation: vec![vec![1.0]] };
        let paths = crate::paths::JumpDiffusion::new(&[process], &copula, 1, 200).unwrap();
        let run = || Simulator::new(&fund, &free()).run(&paths, "", &Progress::new(true));
        let outcomes = run();
        assert!(outcomes.iter().any(|outcome| outcome.defaults > 0));
        assert_eq!(outcomes, run());
    }

    #[test]
    fn margins_grow_with_the_multiple_in_force() {
        let falls = |step: usize| if step > 0 { 0.85 } else { 1.0 };
        let fund = fund(&[(10.0, 5.0, 100.0), (10.0, 5.0, -100.0)], 3.0);
        let mut path = Path::flat(1);
        path.price[0] = (0..=STEPS).map(falls).collect();
        (path.initial_multiple, path.maintenance_multiple) = (vec![2.0], vec![2.0]);
        let found = Simulator::new(&fund, &free()).day(&path, &mut Workspace::default());
        assert_eq!((found.defaults, found.liquidated), (0, 1), "a margin of 20 and a loss of 15");
    }
}
