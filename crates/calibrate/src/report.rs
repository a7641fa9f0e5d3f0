//! Writes the report: one HTML page without any other file, readable in light and dark.

pub mod plots;
pub mod svg;

use {
    crate::{
        calibration::{Calibration, Market},
        fit::HalfLife,
        markets::{breaker_evidence, margin_evidence, stress_evidence, volume_evidence},
        settings::Settings,
        stress::Worst,
        summary::{coverages, precise, rates, remarks},
    },
    bulkhead_format::{bps, day, duration, minute, percent, probability, thousands, times},
    std::fmt::Write,
    svg::escape,
};

/// Name of the file.
pub const REPORT_FILE: &str = "report.html";

/// Most columns that a narrow screen has room for.
const WIDE: usize = 3;

/// Worst moves in the table.
const WORST_ROWS: usize = 6;

/// The legend of a plot; that of a close-up has a line for the price before the others.
const LEGEND: &str = "<p class=\"legend\">\
    <span><i style=\"background:var(--initial)\"></i>initial margin</span>\
    <span><i style=\"background:var(--maintenance)\"></i>maintenance margin</span>\
    <span><i style=\"background:var(--move)\"></i>move over the horizon that begins here</span>\
    <span><i style=\"background:var(--breach)\"></i>beyond initial margin</span>\
    <span><i style=\"background:var(--calm)\"></i>risk-on</span>\
    <span><i style=\"background:var(--neutral)\"></i>neutral</span>\
    <span><i style=\"background:var(--stressed)\"></i>risk-off</span></p>\n";

/// The price in the legend of a close-up, and the beginning of what comes after it.
const PRICE: &str = "<span><i style=\"background:var(--price)\"></i>price</span>\n<span>";

/// Writes the report's text. The same calibration gives the same text.
pub fn html(calibration: &Calibration) -> String {
    let settings = &calibration.settings;
    let mut page = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str(
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Bulkhead: calibration</title>\n",
    );
    page.push_str(&format!("<style>\n{}</style>\n</head>\n<body>\n", include_str!("report/style.css")));
    page.push_str(&introduction(settings));
    overview(&mut page, calibration);
    for market in &calibration.markets {
        of_market(&mut page, market, settings);
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn introduction(settings: &Settings) -> String {
    format!(
        "<h1>Calibration</h1>\n<p>This page proposes rates from real prices and shows how they would have \
         done. Initial margin is to cover {} of moves over {}, maintenance margin {}. Both are multiplied by \
         the multiplier in force, which follows volatility with a half-life of {} between {} and {}. Stress \
         is the worst move in the data, over {} for positions just opened. The coverage of constant rates \
         with the same average stands beside each coverage. The formulas are in docs/calibration.md.</p>\n",
        probability(settings.initial_quantile),
        duration(settings.horizon_secs),
        probability(settings.maintenance_quantile),
        duration(settings.volatility_half_life_secs.into()),
        times(settings.multiplier_min_bps),
        times(settings.multiplier_max_bps),
        duration(settings.stress_horizon_secs)
    )
}

fn overview(page: &mut String, calibration: &Calibration) {
    let head = [
        "",
        "initial",
        "maintenance",
        "contribution",
        "stress",
        "breaker",
        "target volatility",
        "covered",
        "constant rates",
    ];
    let rows = calibration.markets.iter().map(|market| {
        let (now, proposal) = (&market.base, &market.proposal);
        let change = |now: u16, then: u16| format!("{} → <b>{}</b>", bps(now.into()), bps(then.into()));
        let change_known = |now: Option<u16>, then: u16| match now {
            Some(now) => change(now, then),
            None => format!("<b>{}</b>", bps(then.into())),
        };
        vec![
            escape(&now.symbol),
            change(now.initial_bps, proposal.initial_bps),
            change(now.maintenance_bps, proposal.maintenance_bps),
            change(now.contribution_bps, proposal.contribution_bps),
            change(now.stress_bps, proposal.stress_bps),
            change_known(now.breaker_bps, proposal.breaker_bps),
            change_known(now.target_volatility_bps, proposal.target_volatility_bps),
            precise(market.backtest.adjusted.initial()),
            precise(market.backtest.constant.initial()),
        ]
    });
    table(page, &head, rows);
}

fn of_market(page: &mut String, market: &Market, settings: &Settings) {
    let symbol = escape(&market.base.symbol);
    let fit = &market.fit;
    let (file, from, to) = (escape(&fit.file), day(fit.from), day(fit.to));
    let head =
        format!("<h2>{symbol}</h2>\n<p class=\"soft\">{file}, {from} to {to}, after the warm-up</p>\n");
    page.push_str(&head);
    page.push_str(LEGEND);
    let counted = market.steps.partition_point(|step| step.state.ts < fit.from);
    page.push_str(&plots::history(
        &market.steps[counted..],
        &format!("{symbol}: margins and moves over the history"),
    ));
    coverage_section(page, market);
    evidence_section(page, market, settings);
    worst_section(page, market, settings);
    close_up_section(page, market, &symbol);
}

fn coverage_section(page: &mut String, market: &Market) {
    page.push_str("<h3>Would it have held?</h3>\n");
    let later = market.out_of_sample.as_ref().map(|test| &test.backtest);
    let rows = coverages(&market.backtest, later).into_iter().map(|(name, coverage)| {
        let average = coverage.beyond_sum_bps / coverage.beyond_initial.max(1) as f64 / 1e4;
        vec![
            name.into(),
            thousands(coverage.horizons as u64),
            coverage.beyond_initial.to_string(),
            precise(coverage.initial()),
            coverage.beyond_maintenance.to_string(),
            precise(coverage.maintenance()),
            percent(average),
        ]
    });
    let head =
        ["", "horizons", "beyond initial", "covered", "beyond maintenance", "covered", "average beyond"];
    table(page, &head, rows);
    list(page, remarks(market));
}

fn evidence_section(page: &mut String, market: &Market, settings: &Settings) {
    page.push_str("<h3>Evidence for the rates</h3>\n");
    let (fit, proposal, horizon) = (&market.fit, &market.proposal, duration(settings.horizon_secs));
    list(page, evidence(market, settings));
    page.push_str("<div class=\"pair\"><div>\n");
    let now = rates(&market.base, proposal)
        .into_iter()
        .skip(1)
        .map(|(name, now, then)| vec![name.into(), now, then]);
    table(page, &["", "now", "proposed"], now);
    page.push_str("</div><div>\n");
    let raw = fit.raw.iter().map(|estimate| vec![probability(estimate.probability), percent(estimate.point)]);
    let raw = raw.chain([vec!["largest".into(), percent(fit.largest)]]);
    table(page, &[&format!("moves over {horizon}"), "as they were"], raw);
    page.push_str("</div><div>\n");
    let costs = market.half_lives.iter().map(|tried| vec![half_life(tried), percent(tried.average_margin)]);
    table(page, &["half-life", "average margin for the same coverage"], costs);
    page.push_str("</div></div>\n");
}

fn evidence(market: &Market, settings: &Settings) -> Vec<String> {
    let (fit, proposal, horizon) = (&market.fit, &market.proposal, duration(settings.horizon_secs));
    let initial = margin_evidence(&fit.initial, &horizon);
    let maintenance = margin_evidence(&fit.maintenance, &horizon);
    let breaker = breaker_evidence(market, settings);
    let lots = thousands(proposal.concentration_lots);
    let stress = bps(proposal.stress_bps.into());
    let mut evidence = vec![
        format!("initial margin {}: {initial}", bps(proposal.initial_bps.into())),
        format!("maintenance margin {}: {maintenance}", bps(proposal.maintenance_bps.into())),
        format!("breaker {}: {breaker}", bps(proposal.breaker_bps.into())),
        format!("concentration limit {lots} lots: {}", volume_evidence(market, settings)),
        format!(
            "the largest move over {horizon} in the warm-up, not counted: {}",
            percent(fit.largest_in_warm_up)
        ),
    ];
    evidence
        .extend(stress_evidence(market, settings).into_iter().map(|line| format!("stress {stress}: {line}")));
    evidence.extend(proposal.bounds.clone());
    evidence
}

fn worst_section(page: &mut String, market: &Market, settings: &Settings) {
    let (horizon, stress_horizon) = (duration(settings.horizon_secs), duration(settings.stress_horizon_secs));
    put(page, format_args!("<h3>The worst, for positions opened then, over {stress_horizon}</h3>\n"));
    worst(page, &market.stress.opened);
    put(page, format_args!("<h3>The worst, for positions opened before, over {horizon}</h3>\n"));
    worst(page, &market.stress.held);
}

fn close_up_section(page: &mut String, market: &Market, symbol: &str) {
    for close_up in &market.close_ups {
        let title = format!("{symbol}, {}", escape(&close_up.window.replace('_', " ")));
        let file = escape(&close_up.file);
        let head = format_args!("<h3>{title}</h3>\n<p class=\"soft\">{file}: price, margins and moves</p>\n");
        put(page, head);
        page.push_str(&LEGEND.replacen("<span>", PRICE, 1));
        page.push_str(&plots::close_up(close_up, &title));
    }
}

fn half_life(tried: &HalfLife) -> String {
    tried.secs.map(|secs| duration(secs.into())).unwrap_or("constant rates".into())
}

fn worst(page: &mut String, worst: &[Worst]) {
    let rows = worst.iter().take(WORST_ROWS).map(|worst| {
        vec![
            escape(&worst.file),
            minute(worst.ts),
            format!("{} {}", percent(worst.raw), worst.direction),
            times(worst.multiplier_bps),
            bps(worst.maintenance_bps.into()),
            percent(worst.needed),
        ]
    });
    table(page, &["file", "from", "move", "multiplier", "maintenance", "stress it takes"], rows);
}

/// Writes a table whose cells are HTML.
fn table(page: &mut String, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    // On a narrow screen a row of a wide table stands as a list, in which each cell has its column's name.
    let class = if head.len() > WIDE { " class=\"wide\"" } else { "" };
    let names: String = head.iter().map(|name| format!("<th>{name}</th>")).collect();
    put(page, format_args!("<div class=\"scroll\"><table{class}><thead><tr>{names}</tr></thead><tbody>\n"));
    for row in rows {
        let cell = |(cell, name): (&String, &&str)| format!("<td data-name=\"{name}\">{cell}</td>");
        let row: String = row.iter().zip(head).map(cell).collect();
        put(page, format_args!("<tr>{row}</tr>\n"));
    }
    page.push_str("</tbody></table></div>\n");
}

/// Writes a list whose items are text.
fn list(page: &mut String, items: Vec<String>) {
    let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escape(item))).collect();
    put(page, format_args!("<ul>\n{items}</ul>\n"));
}

fn put(page: &mut String, text: std::fmt::Arguments) {
    page.write_fmt(text).unwrap_or_default(); // a string takes all text
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{base::tests::bundled, calibration::of_market, series::Series, synthetic::walk},
    };

    #[test]
    fn a_report_is_one_page_that_needs_nothing_else() {
        let (base, settings) = (bundled(), Settings::default());
        let history = walk("BTC", 3_600, 3_000, 0.8, 1);
        let window =
            Series { window: "2025-10-10".into(), file: "a&b.csv".into(), ..walk("BTC", 300, 800, 2.0, 2) };
        let market = of_market(&base.markets[0], &base, &[history, window], &settings).unwrap();
        let page = html(&Calibration { settings, markets: vec![market] });
        assert_eq!(page.matches("<svg").count(), 2);
        assert_eq!(page.matches("class=\"legend\"").count(), 2, "every plot has its legend");
        assert_eq!(page.matches("</i>price</span>").count(), 1, "that of the close-up has the price");
        assert!(page.contains("a&amp;b.csv") && !page.contains("a&b.csv"));
        assert!(!page.contains("http") && !page.contains("<script") && !page.contains("NaN"));
        for tag in ["table", "div", "ul", "svg", "h3"] {
            assert_eq!(
                page.matches(&format!("<{tag}")).count(),
                page.matches(&format!("</{tag}>")).count(),
                "{tag}"
            );
        }
    }
}
