//! The approximation against the reference model, on the same funds and the same days.

use bulkhead_stress::{
    behaviour::{Behaviour, STEPS},
    day::{Outcome, Simulator, Workspace, CONTRIBUTIONS, OWN, TREASURY},
    exact,
    fund::{Fund, Market, Terms},
    paths::Path,
    random::Random,
    synthetic::{self, Shape},
};

fn markets() -> Vec<Market> {
    let market = |symbol: &str, initial: f64, deviation: f64| Market {
        symbol: symbol.into(),
        price: 1.0,
        initial,
        maintenance: 0.6 * initial,
        contribution: 0.01,
        stress: 0.25,
        premium: 0.0,
        volume: 1e6,
        deviation,
        confidence: 0.0005,
    };
    vec![market("BTC", 0.055, 0.035), market("SOL", 0.085, 0.06)]
}

fn terms() -> Terms {
    Terms {
        liquidation_bonus: 0.01,
        liquidation_fee: 0.005,
        liquidation_buffer: 0.1,
        most_discount: 0.1,
        auction_secs: 600.0,
        assessment_cap: 0.0,
        cover_limit: 0.5,
        crowding_limit: 8.0,
        min_contribution: 0.0,
        outflow_cap: 0.25,
    }
}

/// A fund whose last member takes over what the others lose.
fn fund(members: usize, seed: u64) -> Fund {
    let shape = Shape { members, treasury: 0.1, size_deviation: 1.0, excess_margin: 0.4, ..Shape::default() };
    let mut fund = synthetic::fund(&markets(), &terms(), &shape, seed);
    fund.members.value.iter_mut().for_each(|values| values.push(0.0));
    fund.members.margin.push(1e7);
    fund.members.contribution.push(100.0);
    fund
}

/// A day with volatility, and a crash at a random moment that is as deep as `depth` at most.
fn path(seed: u64, depth: f64) -> Path {
    let mut random = Random::new(seed, 1);
    let mut path = Path::flat(2);
    let crash = 20 + random.below(200);
    let joint = depth * random.uniform() * if random.below(2) == 0 { -1.0 } else { 0.7 };
    let length = 1 + random.below(30);
    for prices in &mut path.price {
        let mut log = 0.0;
        for (step, price) in prices.iter_mut().enumerate().skip(1) {
            log += 0.0025 * random.normal();
            if (crash..crash + length).contains(&step) {
                log += (1.0 + joint).ln() / length as f64;
            }
            *price = log.exp();
        }
    }
    path
}

/// Largest and mean difference of what the others bore, as parts of treasury and contributions.
fn compare(fund: &Fund, behaviour: &Behaviour, days: u64, depth: f64) -> (f64, f64, Outcome) {
    let (mut largest, mut sum) = (0.0f64, 0.0);
    let mut all = Outcome::default();
    for seed in 0..days {
        let path = path(seed, depth);
        let fast = Simulator::new(fund, behaviour).day(&path, &mut Workspace::default());
        let exact = exact::day(fund, behaviour, &path).unwrap_or_else(|error| panic!("day {seed}: {error}"));
        assert_eq!(fast.defaults, exact.defaults, "day {seed}: {fast:?}\n{exact:?}");
        // A fee is the treasury's in both; the model's difference of buckets has it netted.
        let contributed = fast.paid[OWN] + fast.paid[CONTRIBUTIONS];
        let fast_loss = [fast.paid[TREASURY] - fast.fees, contributed, fast.residual()];
        let exact_loss = [exact.paid[TREASURY], exact.paid[CONTRIBUTIONS], exact.residual()];
        let mutual = fund.mutual();
        let pairs = fast_loss.iter().zip(&exact_loss);
        let error = pairs.map(|(fast, exact)| ((fast - exact) / mutual).abs()).fold(0.0, f64::max);
        println!("day {seed}: {fast_loss:.1?} and {exact_loss:.1?} of {mutual:.0}");
        (largest, sum) = (largest.max(error), sum + error);
        all.defaults += fast.defaults;
        all.liquidated += fast.liquidated;
        all.shortfall += fast.shortfall;
        all.house += fast.house;
        (0..6).for_each(|layer| all.paid[layer] += fast.paid[layer]);
        assert!(((fast.shortfall - exact.shortfall) / mutual).abs() < 2e-3, "day {seed}");
    }
    (largest, sum / days as f64, all)
}

/// What the error is measured to be: docs/stress.md states it.
#[test]
fn the_approximation_follows_the_model() {
    let mut seen = Outcome::default();
    for (members, behaviour) in [
        (12, Behaviour::default()),
        (12, Behaviour { participation: 0.02, ..Behaviour::default() }),
        (12, Behaviour { delay_steps: 6, confidence_factor: 5.0, ..Behaviour::default() }),
        (30, Behaviour { outage_steps: 24, ..Behaviour::default() }),
    ] {
        let fund = fund(members, 3);
        let (largest, mean, all) = compare(&fund, &behaviour, 6, 0.5);
        println!("{members} members, {behaviour:?}: error at most {largest:.2e}, on average {mean:.2e} of F");
        assert!(largest < 4e-3 && mean < 2e-3, "{largest} {mean}");
        seen.defaults += all.defaults;
        seen.liquidated += all.liquidated;
        (0..6).for_each(|layer| seen.paid[layer] += all.paid[layer]);
    }
    // The comparison says something only if the layers were reached.
    assert!(seen.defaults > 20 && seen.liquidated > 20, "{seen:?}");
    assert!([OWN, TREASURY, CONTRIBUTIONS].iter().all(|layer| seen.paid[*layer] > 0.0), "{seen:?}");
}

/// On a quiet day neither of the two does anything.
#[test]
fn a_quiet_day_is_quiet_in_both() {
    let (fund, behaviour) = (fund(8, 5), Behaviour::default());
    let path = Path::flat(2);
    assert_eq!(path.price[0].len(), STEPS + 1);
    let exact = exact::day(&fund, &behaviour, &path).unwrap();
    assert_eq!((exact.defaults, exact.liquidated), (0, 0));
    assert!(exact.mutual().abs() < 1e-5, "{exact:?}");
}
