//! The figures of the literature that docs/stress.md lists: closed forms to the digits that are
//! printed there, simulations within three standard errors.

use bulkhead_stress::{
    closed,
    copula::Copula,
    measures::Losses,
    merton::{Merton, Table},
    paths::{JumpDiffusion, Path, Paths},
    random::Random,
    shapley,
    special::{binomial_above, t_cdf, t_quantile},
    workers,
};

/// Asserts equality to `digits` decimals, as a table prints them.
fn printed(is: f64, expected: f64, digits: i32) {
    let half = 0.500_001 * 10f64.powi(-digits);
    assert!((is - expected).abs() <= half, "{is} is not {expected} to {digits} digits");
}

/// Asserts that an estimate is within three standard errors.
fn simulated(is: f64, expected: f64, error: f64) {
    assert!((is - expected).abs() <= 3.0 * error, "{is} is not {expected} within three times {error}");
}

/// 365 days a year, as the table has it.
const DAY: f64 = 1.0 / 365.0;

/// The table's process.
fn process() -> Merton {
    Merton::without_drift(0.6, 12.0, -0.05, 0.08)
}

#[test]
fn expected_shortfall_of_the_normal() {
    let mut random = Random::new(1, 0);
    let losses = Losses::new((0..400_000).map(|_| random.normal()).collect());
    for (level, expected) in [(0.975, 2.337_80), (0.99, 2.665_21), (0.999, 3.367_09)] {
        printed(closed::normal_shortfall(level), expected, 5);
        let found = losses.expected_shortfall(level);
        simulated(found.mean, expected, found.error);
    }
}

#[test]
fn expected_shortfall_of_student_t() {
    // Drawn as the copula draws them: a normal over a chi squared.
    let sampler = Copula { nu: 4.0, correlation: vec![vec![1.0]] }.sampler().unwrap();
    let (mut random, mut normal, mut variate) = (Random::new(2, 0), [0.0], [0.0]);
    let draw = || {
        sampler.draw(&mut random, &mut normal, &mut variate);
        variate[0]
    };
    let losses = Losses::new(std::iter::repeat_with(draw).take(400_000).collect());
    for (level, expected) in [(0.975, 3.993_56), (0.99, 5.220_58), (0.999, 9.686_22)] {
        printed(closed::t_shortfall(level, 4.0), expected, 5);
        let found = losses.expected_shortfall(level);
        simulated(found.mean, expected, found.error);
    }
}

#[test]
fn merton_day() {
    let (process, day) = (process(), process().over(DAY));
    let quantiles = [(0.05, -0.055_54), (0.01, -0.098_44), (0.001, -0.212_40)];
    for (level, expected) in quantiles {
        printed(day.quantile(level), expected, 5);
    }
    printed((process.variance() * DAY).sqrt(), 0.035_762, 6);
    let (skew, kurtosis) = process.shape(DAY);
    printed(skew, -0.779_9, 4);
    printed(kurtosis, 4.525_3, 4);

    // A day of 288 steps through the table of the paths. An estimated quantile has the deviation
    // sqrt(p (1 - p) / n) over its density.
    let table = Table::new(&process.over(DAY / 288.0), 4.0);
    let sampler = Copula { nu: 4.0, correlation: vec![vec![1.0]] }.sampler().unwrap();
    let n = 60_000;
    let returns = workers::map(
        n,
        || (),
        |(), index| {
            let (mut random, mut normal, mut variate) = (Random::new(3, index as u64), [0.0], [0.0]);
            (0..288)
                .map(|_| {
                    sampler.draw(&mut random, &mut normal, &mut variate);
                    table.at(variate[0])
                })
                .sum::<f64>()
        },
        |_, _| {},
    );
    let sorted = Losses::new(returns.clone());
    for (level, expected) in quantiles {
        let error = (level * (1.0 - level) / n as f64).sqrt() / day.density(expected);
        simulated(sorted.quantile(level), expected, error);
    }
    let mean = returns.iter().sum::<f64>() / n as f64;
    let drift = (process.drift + process.lambda * process.jump_mean) * DAY;
    simulated(mean, drift, 0.035_762 / (n as f64).sqrt());
    let moment = |power: i32| returns.iter().map(|r| (r - mean).powi(power)).sum::<f64>() / n as f64;
    let deviation = moment(2).sqrt();
    // The deviation's error follows from the kurtosis: sqrt((kurtosis + 2) / 4n).
    simulated(deviation, 0.035_762, 0.035_762 * ((4.525_3 + 2.0) / (4.0 * n as f64)).sqrt());
    let batches: Vec<f64> = returns
        .chunks(n / 30)
        .map(|part| part.iter().map(|r| (r - mean).powi(3)).sum::<f64>() / part.len() as f64)
        .collect();
    let spread = Losses::new(batches).average();
    let scale = deviation.powi(3);
    simulated(moment(3) / scale, -0.779_9, spread.error / scale);
}

#[test]
fn tail_dependence_of_the_t_copula() {
    for (rho, expected, published) in [(0.0, 0.075_6, 0.08), (0.5, 0.253_2, 0.25), (0.9, 0.629_8, 0.63)] {
        let dependence = closed::tail_dependence(4.0, rho);
        printed(dependence, expected, 4);
        // Embrechts, McNeil and Straumann's table.
        printed(dependence, published, 2);

        // Joint exceedances far out. Their part has not reached its limit there: the limit's first
        // correction is of the order of the level to the power 2 / nu.
        let sampler =
            Copula { nu: 4.0, correlation: vec![vec![1.0, rho], vec![rho, 1.0]] }.sampler().unwrap();
        let level = 2e-4;
        let border = t_quantile(level, 4.0);
        let counts = workers::map(
            64,
            || (),
            |(), batch| {
                let (mut random, mut normals, mut variates) =
                    (Random::new(4, batch as u64), [0.0; 2], [0.0; 2]);
                (0..50_000).fold((0u32, 0u32), |(one, both), _| {
                    sampler.draw(&mut random, &mut normals, &mut variates);
                    let is = [variates[0] < border, variates[1] < border];
                    (one + u32::from(is[0]), both + u32::from(is[0] && is[1]))
                })
            },
            |_, _| {},
        );
        let (one, both) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        let part = f64::from(both) / f64::from(one);
        let error = (part * (1.0 - part) / f64::from(one)).sqrt();
        let bias = dependence * level.sqrt();
        assert!((part - dependence).abs() <= 3.0 * error + 2.0 * bias, "{part} for {dependence}");
    }
}

#[test]
fn cover_two_of_independent_members() {
    // Murphy and Nahai-Williamson's question: how likely do more than two default?
    for (n, expected, seed) in [(30u32, 0.003_318, 5), (100, 0.079_373, 6)] {
        printed(binomial_above(2, n, 0.01), expected, 6);
        let trials = 200_000;
        let mut random = Random::new(seed, 0);
        let mut more = 0;
        for _ in 0..trials {
            let defaults = (0..n).filter(|_| random.uniform() < 0.01).count();
            more += u32::from(defaults > 2);
        }
        let error = (expected * (1.0 - expected) / f64::from(trials)).sqrt();
        simulated(f64::from(more) / f64::from(trials), expected, error);
    }
}

#[test]
fn shapley_values_of_the_tables() {
    let tables: [(&[f64], usize, &[f64], f64); 6] = [
        (&[10.0, 20.0, 60.0], 1, &[3.33, 8.33, 48.33], 60.0),
        (&[8.0, 11.0, 13.0, 18.0], 1, &[2.0, 3.0, 4.0, 9.0], 18.0),
        (&[10.0, 20.0, 60.0], 2, &[6.67, 16.67, 56.67], 80.0),
        (&[10.0, 20.0, 60.0, 100.0], 2, &[5.0, 11.67, 51.67, 91.67], 160.0),
        (&[10.0, 20.0, 30.0, 30.0], 1, &[2.5, 5.83, 10.83, 10.83], 30.0),
        (&[10.0, 20.0, 30.0, 30.0], 2, &[5.0, 11.67, 21.67, 21.67], 60.0),
    ];
    for (losses, k, expected, sum) in tables {
        let values = shapley::cover(losses, k);
        values.iter().zip(expected).for_each(|(value, expected)| printed(*value, *expected, 2));
        printed(values.iter().sum::<f64>(), sum, 9);
        let sampled = shapley::sample(losses, k, 40_000, 7);
        for (member, value) in values.iter().enumerate() {
            simulated(sampled.values[member], *value, sampled.errors[member].max(1e-12));
        }
    }
}

#[test]
fn impermanent_loss() {
    let mut random = Random::new(8, 0);
    for (sigma, days, loss, value) in [
        (0.8, 30.0, 0.006_554, 0.002_240),
        (0.8, 90.0, 0.019_533, 0.012_650),
        (1.5, 30.0, 0.022_851, 0.015_307),
    ] {
        let v: f64 = sigma * sigma * days * DAY;
        printed(closed::impermanent_loss(v), loss, 6);
        // A deductible of 1% and a cap of 10%.
        printed(closed::impermanent_loss_between(v, 0.01, 0.1), value, 6);
        // Against holding: (p0 + p1 - 2 sqrt(p0 p1)) / (p0 + p1), at the price that pays (p0 + p1) / 2.
        let n = 200_000;
        let draws: Vec<(f64, f64)> = (0..n)
            .map(|_| {
                let ratio = (v.sqrt() * random.normal() - v / 2.0).exp();
                let (held, pool) = ((1.0 + ratio) / 2.0, ratio.sqrt());
                let above = |d: f64| (held - pool - d * held).max(0.0);
                (held - pool, above(0.01) - above(0.11))
            })
            .collect();
        let all = Losses::new(draws.iter().map(|draw| draw.0).collect()).average();
        simulated(all.mean, loss, all.error);
        let paid = Losses::new(draws.iter().map(|draw| draw.1).collect()).average();
        simulated(paid.mean, value, paid.error);
    }
}

/// The price risk of an even sale, simulated within three standard errors.
#[test]
fn an_even_sale_bears_a_third_of_the_variance() {
    let (n, steps, days) = (20_000, 96, 2.0);
    let mut random = Random::new(11, 0);
    let step = 0.05 * (days / steps as f64).sqrt();
    let proceeds: Vec<f64> = (0..n)
        .map(|_| {
            let (mut price, mut sold) = (0.0, 0.0);
            for _ in 0..steps {
                let move_of_step = step * random.normal();
                sold += (price + 0.5 * move_of_step) / steps as f64;
                price += move_of_step;
            }
            100.0 * sold
        })
        .collect();
    let variance = proceeds.iter().map(|value| value * value).sum::<f64>() / n as f64;
    let expected = closed::sale_deviation(0.05, 100.0, days);
    let error = expected / (2.0 * n as f64).sqrt();
    simulated(variance.sqrt(), expected, error);
}

/// McMillan, Options as a Strategic Investment, chapter 34: the risk arrays of a long future and a
/// long December 410 call, and their covered write.
#[test]
fn span_requirement_of_a_covered_write() {
    let future = [
        0.0, 0.0, 3_330.0, 3_330.0, -3_330.0, -3_330.0, 6_670.0, 6_670.0, -6_670.0, -6_670.0, 10_000.0,
        10_000.0, -10_000.0, -10_000.0, 7_000.0, -7_000.0,
    ];
    let call = [
        460.0, -610.0, 2_640.0, 1_730.0, -1_270.0, -2_340.0, 5_210.0, 4_540.0, -2_540.0, -3_430.0, 8_060.0,
        7_640.0, -3_380.0, -3_990.0, 3_130.0, -1_500.0,
    ];
    assert_eq!(closed::span_requirement(&[(1.0, future), (-1.0, call)]), 6_620.0);
    assert_eq!(closed::span_requirement(&[(1.0, call)]), 3_990.0);
    assert_eq!(closed::span_requirement(&[(1.0, future)]), 10_000.0);
}

/// A copula and a process are found again in what they draw.
#[test]
fn fits_find_what_was_drawn() {
    let copula = Copula { nu: 4.0, correlation: vec![vec![1.0, 0.5], vec![0.5, 1.0]] };
    let sampler = copula.sampler().unwrap();
    let (mut random, mut normals) = (Random::new(9, 0), [0.0; 2]);
    let rows: Vec<Vec<f64>> = (0..8_000)
        .map(|_| {
            let mut row = vec![0.0; 2];
            sampler.draw(&mut random, &mut normals, &mut row);
            row.iter().map(|x| t_cdf(*x, 4.0).powi(3)).collect() // any margins: only ranks count
        })
        .collect();
    let found = Copula::fit(&rows);
    assert!((found.nu - 4.0).abs() < 0.45, "{found:?}");
    assert!((found.correlation[0][1] - 0.5).abs() < 0.03, "{found:?}");

    let (process, hour) = (process(), 1.0 / 8_766.0);
    let hours = Merton { lambda: 600.0, jump_mean: -0.002, jump_deviation: 0.015, ..process };
    let table = Table::new(&hours.over(hour), 4.0);
    let sampler = Copula { nu: 4.0, correlation: vec![vec![1.0]] }.sampler().unwrap();
    let (mut normal, mut variate) = ([0.0], [0.0]);
    let draw = || {
        sampler.draw(&mut random, &mut normal, &mut variate);
        table.at(variate[0])
    };
    let returns: Vec<f64> = std::iter::repeat_with(draw).take(60_000).collect();
    let found = Merton::fit(&returns, hour);
    assert!((found.sigma / 0.6 - 1.0).abs() < 0.03, "{found:?}");
    assert!((found.lambda / 600.0 - 1.0).abs() < 0.15, "{found:?}");
    assert!((found.jump_deviation / 0.015 - 1.0).abs() < 0.1, "{found:?}");
    assert!((found.variance() / hours.variance() - 1.0).abs() < 0.06, "{found:?}");
}

/// The joint paths have the margins of the process and the dependence of the copula at every step.
#[test]
fn paths_have_the_margins_and_the_dependence_they_are_given() {
    let copula = Copula { nu: 4.0, correlation: vec![vec![1.0, 0.9], vec![0.9, 1.0]] };
    let paths = JumpDiffusion::new(&[process(), process()], &copula, 10, 12_000).unwrap();
    let pairs = workers::map(
        paths.count(),
        || Path::flat(2),
        |path, index| {
            paths.fill(index, path);
            [path.price[0][288].ln(), path.price[1][288].ln()]
        },
        |_, _| {},
    );
    let of = |market: usize| Losses::new(pairs.iter().map(|pair| pair[market]).collect());
    let years = 86_400.0 / 31_557_600.0;
    for market in 0..2 {
        let found = of(market).average();
        simulated(found.mean, (process().drift - 0.6) * years, found.error);
        let squares = of(market).sorted().iter().map(|r| (r - found.mean).powi(2)).collect();
        let found = Losses::new(squares).average();
        simulated(found.mean, process().variance() * years, found.error);
    }
    let product = Losses::new(pairs.iter().map(|pair| pair[0] * pair[1]).collect()).average();
    let correlation = product.mean / (process().variance() * years);
    assert!((0.75..0.95).contains(&correlation), "{correlation}");
}
