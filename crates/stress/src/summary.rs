//! Writes the study in short, for a terminal.

use {
    crate::{
        proposal::Proposal,
        report::{money, percent},
        study::{Shares, Simulation, Study},
    },
    std::fmt::Write,
};

/// Writes the summary.
pub fn text(study: &Study) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    write(&mut text, study).unwrap_or_default();
    text
}

fn write(text: &mut String, study: &Study) -> std::fmt::Result {
    let facts = &study.facts;
    writeln!(text, "{}", facts.source)?;
    for (name, value) in [
        ("treasury", money(facts.treasury)),
        ("contributions", money(facts.contributions)),
        ("margins", money(facts.margins)),
        ("crowding", percent(facts.crowding)),
    ] {
        writeln!(text, "  {name:<24}{value:>16}")?;
    }
    for simulation in study.simulations.iter().chain(study.real.as_ref().map(|real| &real.all)) {
        of_simulation(text, simulation)?;
    }
    let two = &study.cover_stress[1];
    writeln!(text, "\nCover-2 under the stress moves uses {} of the resources", percent(two.used))?;
    if let Some(two) = study.cover_history.get(1) {
        writeln!(
            text,
            "Cover-2 in the worst four hours of history uses {}: {}",
            percent(two.used),
            two.scenario
        )?;
    }
    shares(text, &study.shares)
}

fn of_simulation(text: &mut String, simulation: &Simulation) -> std::fmt::Result {
    writeln!(text, "\n{}, {} days", simulation.name, simulation.paths)?;
    for (layer, probability) in &simulation.layers {
        let interval = format!("{} to {}", percent(probability.low), percent(probability.high));
        let interval = if simulation.is_random { interval } else { String::new() };
        writeln!(text, "  {layer:<24}{:>16}    {interval}", percent(probability.point))?;
    }
    for measure in &simulation.measures {
        let [often, seldom] = &measure.shortfall;
        writeln!(
            text,
            "  {:<24}{:>16}    ES 97.5% {}, ES 99.9% {} of the fund",
            measure.name,
            percent(measure.mean.mean),
            percent(often.mean),
            percent(seldom.mean)
        )?;
    }
    Ok(())
}

/// Writes the attribution alone, for `cargo xtask calibrate --attribution`.
pub fn shares(text: &mut String, shares: &Shares) -> std::fmt::Result {
    writeln!(
        text,
        "\nexpected shortfall over 4 h, the worst {} of {} scenarios ({}): {}",
        shares.tail.0,
        shares.tail.1,
        shares.scenarios,
        money(shares.attribution.shortfall)
    )?;
    writeln!(
        text,
        "  {:<8}{:>16}{:>14}{:>7}{:>15}{:>16}{:>12}{:>7}",
        "bps",
        "part long/short",
        "contribution",
        "fair",
        "for the limit",
        "premium a year",
        "loss alone",
        "fair"
    )?;
    for proposal in &shares.proposals {
        row(text, proposal)?;
    }
    Ok(())
}

fn row(text: &mut String, proposal: &Proposal) -> std::fmt::Result {
    let parts = format!("{}/{}", percent(proposal.parts[0]), percent(proposal.parts[1]));
    writeln!(
        text,
        "  {:<8}{parts:>16}{:>14.0}{:>7.0}{:>15.0}{:>16.0}{:>12.0}{:>7.0}",
        proposal.symbol,
        proposal.today_bps,
        proposal.contribution_bps,
        proposal.limit_bps,
        proposal.today_premium_bps,
        proposal.loss_premium_bps,
        proposal.premium_bps
    )
}
