//! Writes the calibration in short, for a terminal.

use {
    crate::{
        backtest::{Backtest, Coverage, Rise},
        base,
        calibration::{Calibration, Market},
        markets::stress_evidence,
        rates::Proposal,
        settings::Settings,
    },
    bulkhead_format::{bps, day, duration, minute, percent, thousands},
    std::fmt::Write,
};

/// The form of the text.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// With a terminal's colours.
    pub colour: bool,
}

impl Style {
    fn bold(self, text: &str) -> String {
        if self.colour {
            format!("\x1b[1m{text}\x1b[0m")
        } else {
            text.into()
        }
    }
}

/// Writes the summary.
pub fn text(calibration: &Calibration, style: Style) -> String {
    let mut text = String::new();
    for market in &calibration.markets {
        of_market(&mut text, market, &calibration.settings, style).unwrap_or_default();
        // Writing to a string cannot fail.
    }
    text
}

fn of_market(text: &mut String, market: &Market, settings: &Settings, style: Style) -> std::fmt::Result {
    let (fit, proposal) = (&market.fit, &market.proposal);
    let title = format!("{} {} to {}", market.base.symbol, day(fit.from), day(fit.to));
    writeln!(text, "{}", style.bold(&title))?;
    for row in rates(&market.base, proposal) {
        let (name, now, then) = row;
        writeln!(text, "  {name:<28}{now:>12}{then:>12}")?;
    }
    for bound in &proposal.bounds {
        writeln!(text, "  {bound}")?;
    }
    writeln!(text)?;
    let horizon = duration(settings.horizon_secs);
    writeln!(
        text,
        "  {:<28}{:>12}{:>12}{:>12}{:>12}",
        format!("moves over {horizon}"),
        "beyond im",
        "covered",
        "beyond mm",
        "covered"
    )?;
    for (name, coverage) in
        coverages(&market.backtest, market.out_of_sample.as_ref().map(|test| &test.backtest))
    {
        writeln!(
            text,
            "  {name:<28}{:>12}{:>12}{:>12}{:>12}",
            coverage.beyond_initial,
            precise(coverage.initial()),
            coverage.beyond_maintenance,
            precise(coverage.maintenance())
        )?;
    }
    writeln!(text)?;
    let stress = stress_evidence(market, settings).into_iter().map(|line| format!("stress: {line}"));
    for line in remarks(market).into_iter().chain(stress) {
        writeln!(text, "  {line}")?;
    }
    writeln!(text)
}

/// Name, present value and proposed value of each rate; a dash where the base has none.
pub fn rates(base: &base::Market, proposal: &Proposal) -> Vec<(&'static str, String, String)> {
    let rate = |bps_of: u16| bps(bps_of.into());
    let known = |value: Option<String>| value.unwrap_or("-".into());
    vec![
        ("", "now".into(), "proposed".into()),
        ("initial margin", rate(base.initial_bps), rate(proposal.initial_bps)),
        ("maintenance margin", rate(base.maintenance_bps), rate(proposal.maintenance_bps)),
        ("contribution", rate(base.contribution_bps), rate(proposal.contribution_bps)),
        ("stress move", rate(base.stress_bps), rate(proposal.stress_bps)),
        (
            "target volatility, a year",
            known(base.target_volatility_bps.map(rate)),
            rate(proposal.target_volatility_bps),
        ),
        ("breaker", known(base.breaker_bps.map(rate)), rate(proposal.breaker_bps)),
        (
            "concentration, lots",
            known(base.concentration_lots.map(thousands)),
            thousands(proposal.concentration_lots),
        ),
        ("concentration, add-on", known(base.concentration_bps.map(rate)), rate(proposal.concentration_bps)),
    ]
}

/// The four views of coverage: on the history and out of sample, adjusted and constant.
pub fn coverages<'a>(
    history: &'a Backtest,
    later: Option<&'a Backtest>,
) -> Vec<(&'static str, &'a Coverage)> {
    let mut rows = vec![("adjusted", &history.adjusted), ("constant, same average", &history.constant)];
    if let Some(later) = later {
        rows.push(("adjusted, out of sample", &later.adjusted));
        rows.push(("constant, out of sample", &later.constant));
    }
    rows
}

/// Further figures for a risk manager.
pub fn remarks(market: &Market) -> Vec<String> {
    let test = &market.backtest;
    let mut lines = vec![format!(
        "initial margin was {} on average, between {} and {}",
        percent(test.mean_initial_bps / 1e4),
        bps(test.least_initial_bps.into()),
        bps(test.most_initial_bps.into())
    )];
    for (within, rise) in [("a day", &test.rise_in_a_day), ("a week", &test.rise_in_a_week)] {
        lines.extend(rise.as_ref().map(|rise| format!("largest rise within {within}: {}", of_rise(rise))));
    }
    for (name, coverage) in coverages(test, None) {
        lines.extend(coverage.worst.map(|worst| {
            format!(
                "worst breach, {name}: {} against {} on {}",
                percent(worst.move_bps / 1e4),
                percent(worst.margin_bps / 1e4),
                minute(worst.ts)
            )
        }));
    }
    if let Some(test) = &market.out_of_sample {
        lines.push(format!(
            "out of sample: {} and {} fitted to what was before {}, at a target of {}",
            bps(test.initial_bps.into()),
            bps(test.maintenance_bps.into()),
            day(test.cut),
            bps(test.target_volatility_bps.into())
        ));
    }
    let halts: usize = market.halts.iter().map(|halts| halts.count).sum();
    lines.push(format!("breaker: {halts} halts in the {} crashes with fine prices", market.halts.len()));
    lines
}

/// Writes a rise in words.
pub fn of_rise(rise: &Rise) -> String {
    format!(
        "{} to {}, {:.2} times, by {}",
        bps(rise.from_bps.into()),
        bps(rise.to_bps.into()),
        rise.ratio(),
        minute(rise.ts)
    )
}

/// Writes a coverage with enough digits to tell two apart.
pub fn precise(part: f64) -> String {
    format!("{:.3}%", part * 100.0)
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{base::tests::bundled, calibration::of_market, synthetic::walk},
    };

    #[test]
    fn a_summary_names_every_rate_and_the_coverage() {
        let (base, settings) = (bundled(), Settings::default());
        let market = &base.markets[0];
        let found = of_market(market, &base, &[walk("BTC", 3_600, 3_000, 0.8, 1)], &settings).unwrap();
        let plain =
            text(&Calibration { settings: settings.clone(), markets: vec![found] }, Style { colour: false });
        let now = bps(market.initial_bps.into());
        let is_bound = |line: &&str| line.contains("by a hard bound");
        let table = plain.lines().take_while(|line| !line.is_empty()).skip(1);
        let lines: Vec<&str> = table.filter(|line| !is_bound(line)).collect();
        assert_eq!(lines.len(), 9, "{plain}");
        assert!(lines.iter().all(|line| !line.contains(" - ")), "the column of now is filled: {plain}");
        for word in [
            "BTC 20",
            "initial margin",
            now.as_str(),
            "target volatility",
            "adjusted",
            "constant",
            "largest rise within a week",
        ] {
            assert!(plain.contains(word), "{word}\n{plain}");
        }
        assert!(!plain.contains('\x1b'));
    }
}
