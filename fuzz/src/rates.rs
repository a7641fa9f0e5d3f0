//! What a market's price does to its rates, breaker and premium: prices at any times, terms within the program's bounds.

use {
    crate::input::{decode, Actions, Size},
    arbitrary::Arbitrary,
    bulkhead_math::{
        decay::{decay, faded, mean_after, Q32_ONE},
        exit::Outflow,
        interval::{Interval, Range, MEAN_HALF_LIFE_SECS},
        premium::{due, grown, rate_per_second},
        rates::{effective, ramp, ramp_target, RampBps, RAMP_PARTS},
        requirements::Rates,
        units::{Bps, Q64},
        volatility::{multiplier_bps, squared_return, target_variance, Ewma, Regime, MAX_MULTIPLIER_BPS},
        Round,
    },
};

#[derive(Arbitrary)]
struct Input {
    terms: Terms,
    lots: i64,
    seen: Actions<Seen>,
}

#[derive(Arbitrary)]
struct Terms {
    initial: u16,
    maintenance: u16,
    contribution: u16,
    stress: u16,
    target_volatility: u16,
    least: u16,
    most: u16,
    speed: u16,
    half_life: Size<32>,
    window: Size<32>,
    breaker: u16,
    premium: u16,
    outflow_cap: u16,
}

/// A price, a while after the last one, and contributions that leave at that moment.
#[derive(Arbitrary)]
struct Seen {
    price: Size<64>,
    secs: Size<32>,
    contributions: Size<56>,
    leaving: Size<56>,
}

/// A market as `crank_market` keeps it.
struct Market {
    base: Rates,
    least: u16,
    most: u16,
    speed: u16,
    half_life: u32,
    window_secs: u32,
    breaker: Bps,
    outflow_cap: Bps,
    target_variance: u64,
    premium_rate: u64,

    ewma: Ewma,
    regime: Regime,
    maintenance: RampBps,
    target: RampBps,
    window: Range,
    mean: u128,
    premium: Q64,
    outflow: Outflow,
    price: u64,
    now: i64,
}

/// The multiplier stays within its clamp, maintenance margin below initial margin and within its speed, the premium's index
/// never falls, the mean stays between prices, and the breaker measures as exact products do.
pub fn rates(data: &[u8]) {
    let Some(Input { terms, lots, seen }) = decode(data) else { return };
    let Some(mut market) = Market::new(&terms) else { return };
    let (start, mut premiums, mut count) = (market.premium, 0u128, 0u128);
    for seen in seen.0 {
        let before = market.premium;
        if !market.see(seen.price.positive(), seen.secs.0) {
            return; // the index has left its type: beyond any fund's life
        }
        market.leave(&seen);
        let Ok(part) = due(lots, before, market.premium) else { return };
        (premiums, count) = (premiums.saturating_add(part), count + 1);
    }
    // However often it is collected, each time costs less than one unit more.
    if let Ok(at_once) = due(lots, start, market.premium) {
        assert!(at_once <= premiums && premiums <= at_once.saturating_add(count), "{at_once} or {premiums}");
    }
}

impl Market {
    /// Terms that `MarketParams::validate` accepts, as far as they matter here.
    fn new(terms: &Terms) -> Option<Self> {
        let maintenance = 1 + terms.maintenance % 9_999;
        let initial = maintenance + 1 + terms.initial % (10_000 - maintenance);
        let (least, most) = (2_500 + terms.least % 7_501, 10_000 + terms.most % 40_001);
        if Bps(most).of(initial.into(), Round::Down).ok()? >= Bps::ONE {
            return None;
        }
        let base = Rates {
            initial: Bps(initial),
            maintenance: Bps(maintenance),
            contribution: Bps(terms.contribution % 10_001),
            stress: Bps(initial + terms.stress % (10_001 - initial)),
            ..Rates::NONE
        };
        Some(Self {
            base,
            least,
            most,
            speed: terms.speed % 501,
            half_life: terms.half_life.within(600, 30 * 86_400) as u32,
            window_secs: terms.window.within(60, 4 * 3_600) as u32,
            breaker: Bps(100 + terms.breaker % 4_901),
            outflow_cap: Bps(100 + terms.outflow_cap % 9_901),
            target_variance: target_variance(terms.target_volatility),
            premium_rate: rate_per_second(terms.premium % 2_001),
            ewma: Ewma::default(),
            regime: Regime::default(),
            maintenance: ramp_target(Bps(maintenance), 10_000),
            target: ramp_target(Bps(maintenance), 10_000),
            window: Range::default(),
            mean: 0,
            premium: 0,
            outflow: Outflow::default(),
            price: 0,
            now: 1_700_000_000,
        })
    }

    /// As `crank_market` does it; whether the premium's index had room.
    fn see(&mut self, price: u64, secs: u64) -> bool {
        self.now += secs as i64;
        if self.price == 0 {
            self.mean = u128::from(price) << 32;
        } else {
            let Ok(premium) = grown(self.premium, self.price, self.premium_rate, self.regime, secs) else {
                return false;
            };
            assert!(premium >= self.premium, "the index fell");
            self.premium = premium;
            self.ramp(secs);
            self.fade(secs);
        }
        self.adjust(price);
        self.watch(price);
        self.price = price;
        true
    }

    fn ramp(&mut self, secs: u64) {
        let before = self.maintenance;
        self.maintenance = ramp(before, self.target, self.speed, secs);
        let half = ramp(before, self.target, self.speed, secs / 2);
        assert_eq!(
            ramp(half, self.target, self.speed, secs - secs / 2),
            self.maintenance,
            "how time is cut up matters"
        );
        let step = u64::from(self.maintenance.abs_diff(before));
        assert!(
            step <= u64::from(self.speed) * secs,
            "maintenance margin jumped by {step} in {secs} seconds"
        );
    }

    fn fade(&mut self, secs: u64) {
        let kept = decay(secs, MEAN_HALF_LIFE_SECS);
        assert!(
            kept <= Q32_ONE && decay(secs + 1, MEAN_HALF_LIFE_SECS) <= kept,
            "memory came back after {secs}"
        );
        assert!(faded(self.price, kept) <= self.price);
        let price = u128::from(self.price) << 32;
        let (low, high) = (self.mean.min(price), self.mean.max(price));
        self.mean = mean_after(self.mean, self.price, kept);
        assert!((low..=high).contains(&self.mean), "the mean left what it is a mean of");
    }

    fn adjust(&mut self, price: u64) {
        if self.price != 0 {
            assert_eq!(
                squared_return(self.price, price),
                squared_return(price, self.price),
                "up is not down"
            );
        }
        let seen = self.ewma.observe(price, self.now, self.half_life, self.target_variance);
        assert!(seen.sampled || seen.next == self.ewma, "what is no sample is not remembered");
        if seen.sampled {
            assert_eq!(
                seen.next.observe(price, self.now, self.half_life, 0).variance,
                seen.variance,
                "reading twice"
            );
        }
        let raw = multiplier_bps(seen.variance, self.target_variance);
        assert!(raw <= MAX_MULTIPLIER_BPS);
        let multiplier = raw.clamp(self.least.into(), self.most.into()) as u16;
        if seen.sampled {
            self.ewma = seen.next;
            self.target = ramp_target(self.base.maintenance, multiplier);
            let regime = self.regime.after(raw);
            assert_eq!(regime.after(raw), regime, "a regime flutters");
            self.regime = regime;
        }
        let rates = effective(&self.base, multiplier, self.maintenance);
        assert!(rates.maintenance < rates.initial, "{rates:?} at {multiplier}");
        assert!(u64::from(rates.initial.0) <= Bps::ONE && rates.initial <= rates.stress, "{rates:?}");
        assert!(
            u64::from(rates.stress.0) <= Bps::ONE && u64::from(rates.contribution.0) <= Bps::ONE,
            "{rates:?}"
        );
        assert!(self.maintenance / RAMP_PARTS <= Bps::ONE as u32);
    }

    fn watch(&mut self, price: u64) {
        self.window = match self.price {
            0 => Range::first(price, self.now, self.window_secs),
            last => self.window.add(price, last, self.now, self.window_secs),
        };
        let Interval { low, high } = self.window.interval();
        assert!(low <= price && price <= high, "{price} is not in {:?}", self.window);
        let beyond = |from: u64| {
            let moved = u128::from(price.abs_diff(from)) * u128::from(Bps::ONE);
            moved > u128::from(from) * u128::from(self.breaker.0)
        };
        let expected = beyond(high) || beyond(low);
        assert_eq!(self.window.moved_beyond(price, self.breaker), expected, "{price} in {:?}", self.window);
    }

    fn leave(&mut self, seen: &Seen) {
        let (leaving, contributions) = (seen.leaving.0, seen.contributions.0);
        let plan =
            self.outflow.plan(leaving, contributions, self.outflow_cap, self.now).expect("amounts fit");
        assert!(plan.next.used >= leaving && plan.next.used <= self.outflow.used + leaving, "{plan:?}");
        if plan.within {
            let all = u128::from(contributions) + u128::from(self.outflow.used);
            let cap = all * u128::from(self.outflow_cap.0) / u128::from(Bps::ONE);
            assert!(u128::from(plan.next.used) * 2 <= cap, "{plan:?} of {cap}");
            self.outflow = plan.next;
        }
    }
}
