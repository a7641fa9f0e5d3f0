//! The sections of the report, in the order of the page.

use {
    super::{
        legend, money, paragraph, percent, percent_on_axis,
        plot::{Axis, Plot},
        put, table, COLOURS,
    },
    crate::{
        day::LAYERS,
        measures::{Average, Probability},
        shocks::Cover,
        study::{Case, Measure, RealDay, Simulation, Study},
    },
    bulkhead_format::{day, minute, thousands},
};

/// The lowest probability of a plot.
const LEAST: f64 = 1e-5;

/// A probability with its interval.
fn with_interval(probability: &Probability) -> String {
    format!("{} ({} to {})", percent(probability.point), percent(probability.low), percent(probability.high))
}

/// Simulations, with the real days at their end.
fn all(study: &Study) -> Vec<&Simulation> {
    study.simulations.iter().chain(study.real.as_ref().map(|real| &real.all)).collect()
}

pub fn introduction(page: &mut String, study: &Study) {
    let facts = &study.facts;
    page.push_str("<h1>Stress test</h1>\n");
    let sentence = format!(
        "{}: {} members, treasury and contributions of {} behind an open interest of {} on each \
         side, in units of the settlement asset.",
        facts.source,
        thousands(facts.members as u64),
        money(facts.treasury + facts.contributions),
        money(facts.markets.iter().map(|(_, interest)| interest).sum())
    );
    paragraph(page, &sentence);
    page.push_str("<div class=\"answer\">\n");
    for simulation in &study.simulations {
        let of = |layer: usize| percent(simulation.layers[layer].1.point);
        let shortfall = &simulation.measures[0].shortfall[1];
        let sentence = format!(
            "{} ({} days): a member's loss beyond margin and contribution reaches the treasury on {} of \
             days, other members' contributions on {}, and what comes after them on {} (up to {} with 95% \
             confidence). The worst thousandth of days costs {} of treasury and contributions on average.",
            simulation.name,
            thousands(simulation.paths as u64),
            of(1),
            of(2),
            of(3),
            percent(simulation.layers[3].1.high),
            percent(shortfall.mean)
        );
        paragraph(page, &sentence);
    }
    page.push_str("</div>\n");
    let settings = &study.settings;
    let sentence = format!(
        "Seed {}. The same input gives the same page. All terms are defined at the end.",
        settings.seed
    );
    paragraph(page, &sentence);
}

pub fn fund(page: &mut String, study: &Study) {
    let facts = &study.facts;
    page.push_str("<h2>The fund</h2>\n");
    let rows = [
        ("members", thousands(facts.members as u64)),
        ("margins", money(facts.margins)),
        ("treasury", money(facts.treasury)),
        ("contributions", money(facts.contributions)),
        ("of which the markets' rates ask for", money(facts.required_contributions)),
        ("crowding D, of treasury and contributions", percent(facts.crowding)),
    ];
    table(page, &["", ""], rows.map(|(name, value)| vec![name.into(), value]));
    let head = [
        "market",
        "open interest",
        "initial",
        "maintenance",
        "contribution",
        "stress",
        "volume a day",
        "deviation a day",
        "hours to sell a side",
    ];
    let rows = facts.markets.iter().zip(&facts.sale_hours).map(|((market, interest), hours)| {
        vec![
            market.symbol.clone(),
            money(*interest),
            percent(market.initial),
            percent(market.maintenance),
            percent(market.contribution),
            percent(market.stress),
            money(market.volume),
            percent(market.deviation),
            if hours.is_finite() { format!("{hours:.1}") } else { "never".into() },
        ]
    });
    table(page, &head, rows);
    page.push_str("<h3>Processes of the jump diffusion</h3>\n");
    let head = ["asset", "hours", "from", "to", "sigma", "jumps a year", "mean jump", "deviation of a jump"];
    let rows = study.fitted.assets.iter().map(|asset| {
        vec![
            asset.symbol.clone(),
            thousands(asset.hours as u64),
            day(asset.from),
            day(asset.to),
            percent(asset.merton.sigma),
            format!("{:.0}", asset.merton.lambda),
            percent(asset.merton.jump_mean),
            percent(asset.merton.jump_deviation),
        ]
    });
    table(page, &head, rows);
    let rho = &study.fitted.copula.correlation;
    let pairs = (0..rho.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
    let pairs: Vec<String> = pairs
        .map(|(a, b)| {
            let symbol = |index: usize| &study.fitted.assets[index].symbol;
            format!("{} and {} {:.2}", symbol(b), symbol(a), rho[a][b])
        })
        .collect();
    let sentence = format!(
        "Dependence: a t-copula with {:.2} degrees of freedom; correlations: {}; fitted to {} joint hours.",
        study.fitted.copula.nu,
        pairs.join(", "),
        thousands(study.fitted.joint_hours as u64)
    );
    paragraph(page, &sentence);
}

pub fn layers(page: &mut String, study: &Study) {
    page.push_str("<h2>How likely is each layer reached?</h2>\n");
    paragraph(
        page,
        "Probability that a layer pays anything on a day, with 95% intervals (Wilson). Starts of real days \
         overlap, so their share is a frequency and has no interval. A bar without a dot stands for a \
         layer that no simulated day reached; its upper end is what cannot be ruled out.",
    );
    let all = all(study);
    let names: Vec<&str> = all.iter().map(|simulation| simulation.name.as_str()).collect();
    legend(page, &names);
    let mut plot = Plot::new(240.0, Axis::linear(0.5, LAYERS.len() as f64 + 0.5), Axis::log(LEAST, 1.0));
    plot.axes(("layer", "probability a day"), (&|_| String::new(), &percent_on_axis));
    for (layer, name) in LAYERS.iter().enumerate() {
        plot.tick(layer as f64 + 1.0, name);
        for (index, simulation) in all.iter().enumerate() {
            let probability = &simulation.layers[layer].1;
            let x = layer as f64 + 1.0 + (index as f64 - 1.0) * 0.14;
            let says = format!("{}, {name}: {}", simulation.name, with_interval(probability));
            if simulation.is_random {
                plot.interval(COLOURS[index], x, probability.low, probability.high);
            }
            if probability.count > 0 {
                plot.dot(COLOURS[index], (x, probability.point), &says);
            }
        }
    }
    page.push_str(&plot.finish("Probability that each layer pays"));
    let mut head = vec!["layer"];
    head.extend(&names);
    let row = |name: &str, of: &dyn Fn(&Simulation) -> Probability| {
        let cell = |simulation: &&Simulation| match simulation.is_random {
            true => with_interval(&of(simulation)),
            false => percent(of(simulation).point),
        };
        std::iter::once(name.to_string()).chain(all.iter().map(cell)).collect::<Vec<_>>()
    };
    let first = row("a member defaults", &|simulation| simulation.defaults);
    let rest =
        LAYERS.iter().enumerate().map(|(layer, name)| row(name, &|simulation| simulation.layers[layer].1));
    table(page, &head, std::iter::once(first).chain(rest));
    let drawn = study.simulations.iter().filter(|simulation| !simulation.drawn_layers.is_empty());
    let rows: Vec<Vec<String>> = drawn
        .map(|simulation| {
            let cells = simulation.drawn_layers.iter().map(|(_, probability)| with_interval(probability));
            std::iter::once(simulation.name.clone()).chain(cells).collect()
        })
        .collect();
    if !rows.is_empty() {
        let title =
            format!("The same with K, {} of the fund, drawn in the morning", percent(study.settings.pledged));
        put(page, format_args!("<h3>{title}</h3>\n"));
        table(page, &std::iter::once("").chain(LAYERS).collect::<Vec<_>>(), rows);
    }
}

pub fn losses(page: &mut String, study: &Study) {
    page.push_str("<h2>The distribution of losses</h2>\n");
    paragraph(
        page,
        "Probability that treasury and everybody after it lose more than x on a day, with 95% bands. Losses \
         are parts of treasury and contributions; beyond 100% neither can pay. A line ends where no \
         day lost more; the band above it is what cannot be ruled out.",
    );
    let all = all(study);
    legend(page, &all.iter().map(|simulation| simulation.name.as_str()).collect::<Vec<_>>());
    let mut plot = Plot::new(300.0, Axis::log(1e-3, 10.0), Axis::log(LEAST, 1.0));
    plot.axes(
        ("loss, of treasury and contributions", "probability of more, a day"),
        (&percent_on_axis, &percent_on_axis),
    );
    for (simulation, colour) in all.iter().zip(COLOURS) {
        let line = |of: fn(&Probability) -> f64| -> Vec<(f64, f64)> {
            simulation.curve.iter().map(|point| (point.loss, of(&point.probability))).collect()
        };
        if simulation.is_random && ["one", "two"].contains(&colour) {
            plot.band(colour, &line(|p| p.low), &line(|p| p.high));
        }
        let seen = simulation.curve.iter().take_while(|point| point.probability.count > 0).count();
        plot.line(colour, &line(|p| p.point)[..seen]);
    }
    page.push_str(&plot.finish("Probability of a loss beyond a size"));
    let head = ["days", "<loss", "mean", "ES 97.5%", "ES 99.9%", "largest"];
    let row = |simulation: &Simulation, measure: &Measure| {
        let with_error = |average: &Average| match simulation.is_random {
            true => format!("{} ± {}", percent(average.mean), percent(average.error)),
            false => percent(average.mean),
        };
        vec![
            simulation.name.clone(),
            measure.name.to_string(),
            with_error(&measure.mean),
            with_error(&measure.shortfall[0]),
            with_error(&measure.shortfall[1]),
            percent(measure.largest),
        ]
    };
    let rows =
        all.iter().flat_map(|simulation| simulation.measures.iter().map(|measure| row(simulation, measure)));
    table(page, &head, rows);
    if all.iter().any(|simulation| !simulation.drawn.is_empty()) {
        page.push_str("<h3>The same with all money of covers drawn in the morning</h3>\n");
        paragraph(page, "Losses are parts of what the draw has left.");
        let rows =
            all.iter().flat_map(|simulation| simulation.drawn.iter().map(|measure| row(simulation, measure)));
        table(page, &head, rows);
    }
}

fn real_rows(days: &[RealDay]) -> Vec<Vec<String>> {
    let row = |found: &RealDay| {
        vec![
            minute(found.start.ts),
            found.start.source.replace('_', " "),
            percent(found.largest),
            percent(found.two_largest),
            percent(found.mutual),
            found.defaults.to_string(),
        ]
    };
    days.iter().map(row).collect()
}

pub fn real(page: &mut String, study: &Study) {
    page.push_str("<h2>Real days</h2>\n");
    let Some(real) = &study.real else {
        paragraph(page, "There were no prices: give --prices a folder to replay real days.");
        return;
    };
    let sentence = format!(
        "The fund on {} days of real prices, from every start hour; margins are as many times the initial \
         margin of that hour as now. Shown is the worst start of each calendar day.",
        thousands(real.all.paths as u64)
    );
    paragraph(page, &sentence);
    page.push_str("<h3>What treasury and everybody after it paid</h3>\n");
    days(page, &real.days, &[("three", |found| found.mutual)]);
    page.push_str("<h3>Losses of single members beyond their margin</h3>\n");
    legend(page, &["two largest", "largest"]);
    days(page, &real.days, &[("one", |found| found.two_largest), ("two", |found| found.largest)]);
    let head = ["start", "<prices", "largest", "two largest", "layers 3 to 7 pay", "defaults"];
    page.push_str("<h3>The worst days</h3>\n");
    table(page, &head, real_rows(&real.worst));
    page.push_str("<h3>Crash windows, in steps of five minutes</h3>\n");
    table(page, &head, real_rows(&real.windows));
}

/// Colour and values of a series over days.
type Series<'c> = (&'c str, fn(&RealDay) -> f64);

/// A column for each day, over time; later series are drawn over earlier ones.
fn days(page: &mut String, days: &[RealDay], series: &[Series]) {
    let times = || days.iter().map(|found| found.start.ts);
    let (from, to) = (times().min().unwrap_or_default(), times().max().unwrap_or_default());
    let of_all = series.iter().flat_map(|(_, of)| days.iter().map(of));
    let highest = of_all.fold(1e-6, f64::max);
    let mut plot = Plot::new(180.0, Axis::linear(from as f64, to as f64), Axis::linear(0.0, highest * 1.05));
    let names = ("start of the day", "of treasury and contributions");
    plot.axes(names, (&|_| String::new(), &percent_on_axis));
    for year in years(from, to) {
        plot.tick(year as f64, &day(year)[..4]);
    }
    for (colour, of) in series {
        let points = days.iter().map(|found| (found.start.ts as f64, of(found)));
        plot.columns(colour, &points.filter(|point| point.1 > 0.0).collect::<Vec<_>>());
    }
    page.push_str(&plot.finish("Losses by day"));
}

/// The first day of each year between two times.
fn years(from: i64, to: i64) -> Vec<i64> {
    let starts = (1970..2100).scan(0i64, |ts, year| {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let start = *ts;
        *ts += if is_leap { 366 } else { 365 } * 86_400;
        Some(start)
    });
    starts.filter(|ts| (from..=to).contains(ts)).collect()
}

fn cover_points(curve: &[Cover]) -> Vec<(f64, f64)> {
    curve.iter().map(|cover| (cover.defaulters as f64, cover.used)).collect()
}

pub fn cover(page: &mut String, study: &Study) {
    page.push_str("<h2>Cover-N</h2>\n");
    paragraph(
        page,
        "The N members that harm the others most default at once, without any liquidation, and their \
         lots are sold at the auction's largest discount. Shown is what their losses beyond margin and \
         own contributions use of treasury and the others' contributions, in the worst scenario for each \
         N.",
    );
    legend(
        page,
        &["the protocol's stress moves, every combination of up and down", "worst four hours of history"],
    );
    let curves = [&study.cover_stress, &study.cover_history];
    let highest = curves.iter().flat_map(|curve| curve.iter()).map(|cover| cover.used).fold(1.0, f64::max);
    let mut plot = Plot::new(220.0, Axis::linear(0.5, 10.5), Axis::linear(0.0, highest * 1.1));
    plot.axes(("members in default", "of the resources"), (&|n| format!("{n:.0}"), &percent_on_axis));
    plot.level("bad", 1.0, "all resources");
    for (curve, colour) in curves.iter().zip(COLOURS) {
        let points = cover_points(curve);
        plot.line(colour, &points);
        points.iter().zip(curve.iter()).for_each(|(point, cover)| {
            plot.dot(
                colour,
                *point,
                &format!("{} defaults: {}, {}", cover.defaulters, percent(cover.used), cover.scenario),
            );
        });
    }
    page.push_str(&plot.finish("Use of resources by number of defaulters"));
    let head =
        ["defaults", "loss beyond margin", "after own contributions", "resources", "used", "<scenario"];
    for (curve, title) in curves.iter().zip(["Stress moves", "Worst moves of history"]) {
        if curve.is_empty() {
            continue;
        }
        put(page, format_args!("<h3>{title}</h3>\n"));
        let rows = curve.iter().map(|cover| {
            vec![
                cover.defaulters.to_string(),
                money(cover.loss),
                money(cover.needed),
                money(cover.available),
                percent(cover.used),
                cover.scenario.replace('_', " "),
            ]
        });
        table(page, &head, rows);
    }
}

pub fn frontier(page: &mut String, study: &Study) {
    page.push_str("<h2>Reverse stress test</h2>\n");
    paragraph(
        page,
        "The least common factor of the stress moves, all markets falling or all rising at once, at \
         which the defaults of N members reach a layer. Nobody is liquidated on the way. Where the factor is \
         0.00, the sale at the auction's largest discount alone costs more than margin and contribution. \
         Factors above five are in the table alone.",
    );
    let names = ["3 treasury", "4 contributions", "5 assessments", "6 gains cut", "7 wind-down"];
    for is_up in [false, true] {
        let title = if is_up { "All markets rise" } else { "All markets fall" };
        put(page, format_args!("<h3>{title}</h3>\n"));
        legend(page, &names);
        let of: Vec<_> = study.frontier.iter().filter(|point| point.is_up == is_up).collect();
        let highest = of.iter().flat_map(|point| point.factors.iter().flatten()).copied().fold(1.0, f64::max);
        let mut plot = Plot::new(200.0, Axis::linear(0.5, 11.5), Axis::linear(0.0, highest.min(5.0) * 1.05));
        let number = |n: f64| if n > 10.5 { "all".into() } else { format!("{n:.0}") };
        plot.axes(
            ("members in default", "times the stress moves"),
            (&|_| String::new(), &|y| format!("{y:.1}")),
        );
        (1..=11).for_each(|n| plot.tick(f64::from(n), &number(f64::from(n))));
        plot.level("bad", 1.0, "the stress move");
        for (layer, colour) in COLOURS.iter().enumerate() {
            let points: Vec<(f64, f64)> = of
                .iter()
                .filter_map(|point| Some((point.defaulters.unwrap_or(11) as f64, point.factors[layer]?)))
                .filter(|point| point.1 <= 5.0)
                .collect();
            // Ten members and all members are no neighbours.
            let joined = points.iter().take_while(|point| point.0 < 10.5).count();
            plot.line(colour, &points[..joined]);
            points
                .iter()
                .for_each(|point| plot.dot(colour, *point, &format!("{}: {:.2}", names[layer], point.1)));
        }
        page.push_str(&plot.finish(title));
        let head: Vec<&str> = std::iter::once("defaults").chain(names).collect();
        let rows = of.iter().map(|point| {
            let number = point.defaulters.map_or("all who fail".into(), |n| n.to_string());
            let cell =
                |factor: &Option<f64>| factor.map_or("above 10".into(), |factor| format!("{factor:.2}"));
            std::iter::once(number).chain(point.factors.iter().map(cell)).collect()
        });
        table(page, &head, rows);
    }
}

pub fn attribution(page: &mut String, study: &Study) {
    page.push_str("<h2>Who should pay</h2>\n");
    let shares = &study.shares;
    let found = &shares.attribution;
    let sentence = format!(
        "Expected shortfall of all losses beyond margin over four hours, the worst {} of {} scenarios ({}, \
         level {}): {}. It is attributed to members and to sides of markets so that the parts add up to it \
         exactly (Euler, Aumann and Shapley), no group pays more than alone, and splitting a wallet never \
         pays.",
        thousands(shares.tail.0 as u64),
        thousands(shares.tail.1 as u64),
        shares.scenarios,
        percent(shares.level),
        money(found.shortfall)
    );
    paragraph(page, &sentence);
    let head =
        ["side", "open interest", "part of ES", "ES a unit of notional", "price pi", "contribution today"];
    let rows = study.facts.markets.iter().zip(&found.sides).flat_map(|((market, _), sides)| {
        [("long", &sides[0]), ("short", &sides[1])].map(|(name, side)| {
            vec![
                format!("{} {name}", market.symbol),
                money(side.interest),
                percent(side.net * side.interest / found.shortfall.max(f64::MIN_POSITIVE)),
                percent(side.net),
                percent(side.price),
                percent(market.contribution),
            ]
        })
    });
    table(page, &head, rows);
    legend(page, &["part of expected shortfall", "part of the contributions that today's rates ask for"]);
    sides(page, study);
    let sentence = format!(
        "Credit for margin, mu: {} of all margins are used up in the tail.",
        percent(found.margin_credit)
    );
    paragraph(page, &sentence);
    rates(page, study);
    page.push_str("<h3>The members that cause most</h3>\n");
    let head = ["member", "attributed", "at today's rates, same sum", "Shapley of Cover-2"];
    let rows = shares.largest.iter().zip(&shares.shapley).map(|((name, charge, today), (_, value))| {
        vec![name.clone(), money(*charge), money(*today), money(*value)]
    });
    table(page, &head, rows);
    paragraph(
        page,
        "The Shapley value of Cover-2 is shown as a comparison only: it can be lowered by splitting a \
         wallet, so it sets no charge.",
    );
}

/// The rates that the attribution proposes for each market.
fn rates(page: &mut String, study: &Study) {
    page.push_str("<h3>Rates that follow, in hundredths of a percent of notional</h3>\n");
    let head = [
        "market",
        "contribution today",
        "fair, long and short",
        "fair, one rate",
        "for the crowding limit",
        "premium today",
        "expected loss a year",
        "premium with the cost of capital",
    ];
    let rows = study.shares.proposals.iter().map(|proposal| {
        vec![
            proposal.symbol.clone(),
            format!("{:.0}", proposal.today_bps),
            format!("{:.0} and {:.0}", proposal.sides_bps[0], proposal.sides_bps[1]),
            format!("{:.0}", proposal.contribution_bps),
            format!("{:.0}", proposal.limit_bps),
            format!("{:.0}", proposal.today_premium_bps),
            format!("{:.0}", proposal.loss_premium_bps),
            format!("{:.0}", proposal.premium_bps),
        ]
    });
    table(page, &head, rows);
}

/// Part of the shortfall and of the charges of each side of a market.
fn sides(page: &mut String, study: &Study) {
    let found = &study.shares.attribution;
    let all = study.facts.markets.iter().zip(&found.sides).flat_map(|((market, _), sides)| {
        [("long", sides[0]), ("short", sides[1])].map(|(name, side)| {
            (
                format!("{} {name}", market.symbol),
                side.net * side.interest,
                side.interest * market.contribution,
            )
        })
    });
    let all: Vec<(String, f64, f64)> = all.collect();
    let today: f64 = all.iter().map(|side| side.2).sum();
    let parts = |side: &(String, f64, f64)| {
        (side.1 / found.shortfall.max(f64::MIN_POSITIVE), side.2 / today.max(f64::MIN_POSITIVE))
    };
    let highest = all.iter().map(|side| parts(side).0.max(parts(side).1)).fold(0.01, f64::max);
    let names: Vec<String> = all.iter().map(|side| side.0.clone()).collect();
    let mut plot = Plot::rows(&names, Axis::linear(0.0, highest * 1.05));
    plot.axis("part of the sum", &percent_on_axis);
    for (row, side) in all.iter().enumerate() {
        let ((caused, charged), y) = (parts(side), -(row as f64));
        plot.span("base", y, caused.min(charged), caused.max(charged));
        plot.dot("two", (charged, y), &format!("{}: {} of today's contributions", side.0, percent(charged)));
        plot.dot("one", (caused, y), &format!("{}: {} of expected shortfall", side.0, percent(caused)));
    }
    page.push_str(&plot.finish("What each side causes and is charged"));
}

fn cases(page: &mut String, cases: &[Case]) {
    let head = [
        "parameter",
        "<value",
        "treasury pays",
        "contributions pay",
        "after them",
        "ES 99.9% of layers 3 to 7",
        "Cover-2 uses",
    ];
    let rows = cases.iter().map(|case| {
        vec![
            case.parameter.clone(),
            case.value.clone(),
            percent(case.treasury.point),
            percent(case.contributions.point),
            percent(case.residual.point),
            format!("{} ± {}", percent(case.shortfall.mean), percent(case.shortfall.error)),
            percent(case.cover_two),
        ]
    });
    table(page, &head, rows);
}

/// Two plots with a row for each case: how often contributions pay, and expected shortfall. `base`
/// marks the first case in both.
fn case_plots(page: &mut String, cases: &[Case], has_base: bool) {
    let name = |case: &Case| format!("{} {}", case.parameter, case.value);
    let names: Vec<String> = cases.iter().map(name).collect();
    let mut plot = Plot::rows(&names, Axis::log(LEAST, 1.0));
    plot.axis("probability that contributions pay, a day", &percent_on_axis);
    if has_base {
        plot.mark("base", cases[0].contributions.point);
    }
    for (row, case) in cases.iter().enumerate() {
        let (probability, y) = (&case.contributions, -(row as f64));
        plot.span("one", y, probability.low, probability.high);
        if probability.count > 0 {
            plot.dot(
                "one",
                (probability.point, y),
                &format!("{}: {}", names[row], with_interval(probability)),
            );
        }
    }
    page.push_str(&plot.finish("How often contributions pay in each case"));
    let top = |case: &Case| case.shortfall.mean + 2.0 * case.shortfall.error;
    let highest = cases.iter().map(top).fold(1e-3, f64::max);
    let mut plot = Plot::rows(&names, Axis::linear(0.0, highest * 1.05));
    plot.axis(
        "expected shortfall at 99.9% of layers 3 to 7, of treasury and contributions",
        &percent_on_axis,
    );
    if has_base {
        plot.mark("base", cases[0].shortfall.mean);
    }
    for (row, case) in cases.iter().enumerate() {
        let (found, y) = (&case.shortfall, -(row as f64));
        plot.span("three", y, (found.mean - 2.0 * found.error).max(0.0), top(case));
        plot.dot("three", (found.mean, y), &format!("{}: {}", names[row], percent(found.mean)));
    }
    page.push_str(&plot.finish("Expected shortfall of each case"));
}

pub fn sensitivity(page: &mut String, study: &Study) {
    page.push_str("<h2>Sensitivity</h2>\n");
    let sentence = format!(
        "One assumption changes at a time, on the same {} paths of the jump diffusion. Losses are parts of \
         treasury and contributions as they are. Bars are 95% intervals of a probability, and two \
         standard errors of expected shortfall; the dashed line is the case as assumed.",
        thousands(study.settings.sensitivity_paths as u64)
    );
    paragraph(page, &sentence);
    case_plots(page, &study.sensitivity, true);
    cases(page, &study.sensitivity);
}

pub fn mechanism(page: &mut String, study: &Study) {
    page.push_str("<h2>Two mechanisms</h2>\n");
    paragraph(
        page,
        "The margin period of risk is the time from the moment at which a member can be liquidated to the \
         first attempt. Crowding is the part of members that hold all their positions on one side; there \
         the fund is given exactly what its two largest stress losses need, and losses are parts of that \
         fund. Published figures rest on confidential positions and are not reproduced.",
    );
    case_plots(page, &study.mechanism, false);
    cases(page, &study.mechanism);
}

pub fn disclosure(page: &mut String, study: &Study) {
    page.push_str("<h2>In the form of the public disclosures</h2>\n");
    paragraph(page, "Items of the CPMI-IOSCO quantitative disclosures that a stress test answers.");
    let cover = |place: usize| {
        let worst = study.cover_stress[place].loss;
        let history = study.cover_history.get(place).map_or(0.0, |cover| cover.loss);
        format!("{} under stress moves, {} in the worst four hours of history", money(worst), money(history))
    };
    let mut rows = vec![
        vec!["4.4.3".into(), "largest aggregate stress loss beyond margin, one participant".into(), cover(0)],
        vec!["4.4.7".into(), "the same, two participants".into(), cover(1)],
    ];
    if let Some(real) = &study.real {
        let members = study.facts.members as f64;
        let observations = members * real.all.paths as f64;
        let beyond = real.all.defaulted * real.all.paths as f64;
        rows.push(vec![
            "6.5".into(),
            "margin coverage: accounts whose loss exceeded their margin, of accounts times start hours"
                .into(),
            format!(
                "{} of {}: covered {:.3}%",
                thousands(beyond.round() as u64),
                thousands(observations as u64),
                100.0 * (1.0 - beyond / observations)
            ),
        ]);
    }
    table(page, &["item", "<meaning", "<value"], rows);
}
