//! Definitions and assumptions, at the end of the page.

use {
    super::{percent, put},
    crate::study::Study,
    bulkhead_calibrate::report::svg::escape,
};

pub fn all(page: &mut String, study: &Study) {
    page.push_str("<h2>Definitions</h2>\n<dl>\n");
    for (term, meaning) in TERMS {
        put(page, format_args!("<dt>{}</dt><dd>{}</dd>\n", escape(term), escape(meaning)));
    }
    page.push_str("</dl>\n<h2>Assumptions</h2>\n<dl>\n");
    for (term, meaning) in assumptions(study) {
        put(page, format_args!("<dt>{}</dt><dd>{}</dd>\n", escape(term), escape(&meaning)));
    }
    page.push_str("</dl>\n");
}

const TERMS: [(&str, &str); 16] = [
    ("Layer 1", "The margin of the member in default."),
    ("Layer 2", "Its own contribution, and the cushion that is left of it while the house sells its lots."),
    ("Layer 3", "The treasury of the protocol."),
    ("Layer 4", "Contributions of the other members and cushions, in proportion."),
    (
        "Layer 5",
        "Assessments: margin above initial margin, up to what a member's contribution was worth before \
         the losses.",
    ),
    ("Layer 6", "The gains cut: one fraction of everybody's net gain of the day."),
    ("Layer 7", "What nobody can pay: the fund is wound down."),
    ("Treasury and contributions", "F: all money that the fund has for losses of its members."),
    ("Stress loss", "The loss of a member's positions in the stress moves, with the sale after it, \
                     beyond its margin."),
    (
        "ES 99.9%",
        "Expected shortfall: the mean of the worst thousandth of days. It is coherent: a merger of two funds \
         never has more than the sum of both.",
    ),
    (
        "Intervals",
        "95%, by Wilson's formula for probabilities. A number after ± is one standard error. They \
         measure the simulation's error alone, not that of the assumptions.",
    ),
    (
        "Jump diffusion",
        "Merton's process for each asset, fitted to hourly log returns by maximum likelihood. Steps of five \
         minutes are tied together by a t-copula that was fitted to joint hours.",
    ),
    (
        "Filtered history",
        "Real hours drawn with replacement, all assets of an hour together, with their highs and lows. Their \
         returns are divided by the volatility of their time and multiplied by that of the path.",
    ),
    (
        "Crowding",
        "D: open interest times (stress move + sale at the largest discount - maintenance margin), the \
         loss if one side of every market defaults from maintenance margin.",
    ),
    ("Hours to sell a side", "Open interest over what takers absorb in an hour: q / (participation V)."),
    (
        "Attribution",
        "A member's part of expected shortfall is the mean of its own loss beyond margin in the scenarios of \
         the tail. The price pi of a side is the mean loss of its failing members before margin, a unit of \
         notional; mu is the margin that it uses up.",
    ),
];

fn assumptions(study: &Study) -> Vec<(&'static str, String)> {
    let settings = &study.settings;
    let behaviour = &settings.behaviour;
    let mut all = vec![
        (
            "Liquidation",
            format!(
                "First tried {} minutes after a member can be liquidated. Members neither top up nor trade.",
                5 * behaviour.delay_steps
            ),
        ),
        (
            "Keepers",
            format!("None for {} minutes from the first moment of need.", 5 * behaviour.outage_steps),
        ),
        (
            "Takers",
            format!(
                "They absorb {} of the usual volume of one venue, from members and the house together, \
                 and are outside the fund.",
                percent(behaviour.participation)
            ),
        ),
        (
            "Cost of the house's sale",
            format!(
                "Takers ask for {} times the deviation of a day times the square root of quantity over \
                 daily volume, for the most the house held, and wait until the auction offers it. Lots \
                 that they cannot absorb are sold later, at the discount that the auction has reached.",
                behaviour.impact
            ),
        ),
        ("Oracle", format!("{} times the usual confidence.", behaviour.confidence_factor)),
        (
            "Exits",
            format!(
                "{} of contributions leave in the course of a day, until the house holds lots.",
                percent(behaviour.exits)
            ),
        ),
        ("Pledged to covers", format!("K is {} of treasury and contributions.", percent(settings.pledged))),
        ("Cost of capital", format!("{} a year, for the premium.", percent(settings.cost_of_capital))),
        (
            "Left out",
            "Rates in force keep their value of the morning. A mark is the price of a step. Layers 5 to \
             7 are settled at the end of the day. docs/stress.md states the error against the reference \
             model."
                .into(),
        ),
    ];
    if let Some(shape) = &settings.shape {
        all.push((
            "Synthetic members",
            format!(
                "Sizes are lognormal with deviation {}. Open interest is {} of a day's volume. Margin is \
                 initial margin and an exponential excess of {} on average. {} hold all positions on one \
                 side. Members are admitted by the cover limit; contributions are as large as the \
                 crowding limit needs.",
                shape.size_deviation,
                percent(shape.interest),
                percent(shape.excess_margin),
                percent(shape.herding)
            ),
        ));
    }
    all
}
