//! Renders the report as text for people, in colour on a terminal.

use {
    crate::{
        adjustment::{turning_points, Comparison, Outcome},
        report::{HouseRoundReport, LossReport, PoliciesReport, Report},
    },
    bulkhead_format::{money, parts_per_million, thousands},
    std::fmt::Write,
};

/// The least amount that two decimals show, in base units.
const CENT: u64 = 10_000;

/// Rows shown of a long table; `--json` has all of them.
const ROWS: usize = 30;

/// The form of emphasis.
#[derive(Clone, Copy)]
pub struct Style {
    /// With escape sequences.
    pub colour: bool,
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_string()
        }
    }

    fn title(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn verdict(self, good: bool, text: &str) -> String {
        self.paint(if good { "32" } else { "31" }, text)
    }
}

/// The whole report.
pub fn render(report: &Report, style: Style) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(&mut text, report, style);
    text
}

fn write_all(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    summary(out, report, style)?;
    timeline(out, report, style)?;
    adjustment(out, report, style)?;
    comparison(out, report, style)?;
    waterfalls(out, report, style)?;
    last_layers(out, report, style)?;
    covers(out, report, style)?;
    haircuts(out, report, style)?;
    keepers(out, report, style)?;
    exits(out, report, style)?;
    cost(out, report, style)?;
    properties(out, report, style)
}

fn summary(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    let (scenario, who) = (&report.scenario, &report.population);
    writeln!(out, "\n{}", style.title(&scenario.title))?;
    writeln!(out, "{} to {} UTC, {} prices", scenario.from_utc, scenario.to_utc, scenario.ticks)?;
    writeln!(
        out,
        "nobody can act between two prices: they are {} s apart at the least",
        scenario.least_gap_secs
    )?;
    for (asset, bps) in &scenario.drawdown_bps {
        let sources = scenario.sources[asset].join("; ");
        writeln!(out, "  {asset} falls {}.{:02}% ({sources})", bps / 100, bps % 100)?;
    }
    writeln!(
        out,
        "{} members and {} keeper accounts (seed {}), {} trades, {} long against as much short",
        who.members,
        who.keepers,
        who.seed,
        who.trades,
        money(who.long_notional)
    )?;
    writeln!(
        out,
        "margin {}, contributions {}, treasury {}",
        money(who.margin),
        money(who.contributions),
        money(who.treasury)
    )
}

fn timeline(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    writeln!(out, "\n{}", style.title("Timeline of defaults"))?;
    let wanted =
        ["default", "allocation", "residual", "epoch", "assessment", "cut", "wind-down", "recovery", "cover"];
    let rows: Vec<_> = report.timeline.iter().filter(|happening| wanted.contains(&happening.kind)).collect();
    if rows.is_empty() {
        writeln!(out, "  nobody defaulted")?;
    }
    for happening in rows.iter().take(2 * ROWS) {
        writeln!(out, "  {}  {}", happening.utc, happening.what)?;
    }
    more(out, rows.len(), 2 * ROWS)
}

/// Renders regimes, rates and breakers where they turn.
fn adjustment(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    let rows = turning_points(&report.adjustment);
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", style.title("Rates and breakers, where they turn"))?;
    writeln!(
        out,
        "{:>21} {:>5} {:>12} {:>9} {:>10} {:>9} {:>12}  breaker",
        "time", "", "price", "regime", "multiplier", "initial", "maintenance"
    )?;
    for row in rows.iter().take(ROWS) {
        let price = row.price as f64 / 10f64.powi(row.price_decimals.into());
        let regime = format!("{:>9}", row.regime);
        writeln!(
            out,
            "{:>21} {:>5} {price:>12.2} {} {:>10} {:>9} {:>12}  {}",
            row.utc,
            row.market,
            style.verdict(row.regime != "risk-off", &regime),
            times(row.multiplier_bps),
            bps(row.initial_bps),
            bps(row.maintenance_bps),
            if row.halted { style.verdict(false, "tripped") } else { String::new() }
        )?;
    }
    more(out, rows.len(), ROWS)
}

/// Renders the comparison with adjustment off.
fn comparison(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    let Some(Comparison { on, off }) = &report.comparison else { return Ok(()) };
    writeln!(out, "\n{}", style.title("The same crash without adjustment"))?;
    writeln!(out, "{:>34} {:>18} {:>18}", "", "adjustment on", "off")?;
    let mut row = |name: &str, on: String, off: String| writeln!(out, "{name:>34} {on:>18} {off:>18}");
    row("liquidations", thousands(on.liquidations), thousands(off.liquidations))?;
    row("defaults", on.defaults.to_string(), off.defaults.to_string())?;
    row("lost beyond margins", money(on.shortfalls), money(off.shortfalls))?;
    row("paid by survivors (layer 4)", money(on.from_survivors), money(off.from_survivors))?;
    row("breakers tripped", thousands(on.trips), thousands(off.trips))?;
    row("premiums", money(on.premiums), money(off.premiums))?;
    let highest = report.adjustment.iter().map(|sight| sight.multiplier_bps).max().unwrap_or(10_000);
    let takers = report.defaults.iter().filter(|default| default.kind == "keeper").count();
    match explanation(on, off, highest, takers) {
        Some(why) => writeln!(out, "{why}"),
        None => Ok(()),
    }
}

/// Says why adjustment made a crash worse, if it did: `highest` is the largest multiplier of rates, and
/// so many of the defaulters were `takers` of liquidated lots.
fn explanation(on: &Outcome, off: &Outcome, highest_bps: u16, takers: usize) -> Option<String> {
    if on.defaults <= off.defaults && on.shortfalls <= off.shortfalls {
        return None;
    }
    let mut why = format!(
        "Adjustment made this crash worse: {} defaults against {}, and {} lost beyond margins against {}. \
         Rates rose to {} while prices fell, and {} liquidations came against {} at the base rates.",
        on.defaults,
        off.defaults,
        money(on.shortfalls),
        money(off.shortfalls),
        times(highest_bps),
        thousands(on.liquidations),
        thousands(off.liquidations),
    );
    if takers > 0 {
        let _ = write!(why, " {takers} of the defaulters had taken liquidated lots over.");
    }
    Some(why)
}

/// A multiplier: `1.25 x`.
fn times(multiplier_bps: u16) -> String {
    format!("{}.{:02} x", multiplier_bps / 10_000, multiplier_bps % 10_000 / 100)
}

/// A rate: `5.50%`.
fn bps(rate_bps: u16) -> String {
    format!("{}.{:02}%", rate_bps / 100, rate_bps % 100)
}

fn waterfalls(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    if report.defaults.is_empty() && report.residuals.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", style.title("Who paid"))?;
    writeln!(
        out,
        "{:>8} {:>12} | {:>13} {:>13} {:>13} {:>13} {:>12} | {:>13} {:>13} | {:>9} {:>10}",
        "default",
        "member",
        "1 margin",
        "2 its own",
        "3 treasury",
        "4 survivors",
        "unpaid",
        "cushion",
        "given back",
        "haircut",
        "deviation"
    )?;
    for default in report.defaults.iter().take(ROWS) {
        writeln!(
            out,
            "{:>8} {:>12} | {:>13} {:>13} {:>13} {:>13} {:>12} | {:>13} {:>13} | {:>9} {:>10}",
            default.seq,
            format!("{} {}", default.kind, default.member),
            money(default.from_margin),
            money(default.from_set_off + default.from_contribution),
            money(default.from_treasury),
            money(default.from_survivors + default.from_cushions),
            money(default.residual),
            money(default.cushion),
            money(default.given_back),
            parts_per_million(default.haircut_ppm),
            units(default.worst_deviation_micro)
        )?;
    }
    more(out, report.defaults.len(), ROWS)?;
    for residual in report.residuals.iter().take(ROWS) {
        writeln!(
            out,
            "{:>8} {:>12} | {:>13} {:>13} {:>13} {:>13} {:>12} | {:>13} {:>13} | {:>9} {:>10}",
            "residual",
            "",
            "",
            "",
            money(residual.from_treasury),
            money(residual.from_survivors + residual.from_cushions),
            money(residual.residual),
            "",
            "",
            parts_per_million(residual.haircut_ppm),
            units(residual.worst_deviation_micro)
        )?;
    }
    more(out, report.residuals.len(), ROWS)?;
    houses_and_watches(out, report)?;
    writeln!(out, "deviation: the survivor farthest from the exact pro-rata share, in base units (0.000001)")
}

/// Renders what the houses have brought, and what else the table of payments does not show.
fn houses_and_watches(out: &mut String, report: &Report) -> std::fmt::Result {
    let moved = |round: &&HouseRoundReport| {
        [round.from_cushions, round.unfunded, round.cancelled, round.recovered].iter().any(|sum| *sum >= CENT)
    };
    let rounds: Vec<_> = report.house_rounds.iter().filter(moved).collect();
    for round in rounds.iter().take(ROWS) {
        writeln!(
            out,
            "houses sold: cushions paid {}, unpaid {}, loss cancelled {}, recovered {}",
            money(round.from_cushions),
            money(round.unfunded),
            money(round.cancelled),
            money(round.recovered)
        )?;
    }
    more(out, rounds.len(), ROWS)?;
    if report.watches > 0 {
        let text = "exits were blocked while a loss was visible and could not be declared yet";
        writeln!(out, "watches: {}; {text}", report.watches)?;
    }
    if report.defaults.iter().any(|default| default.cushion > 0) {
        writeln!(
            out,
            "cushion: what a defaulter has left stands behind the sale of its lots, and comes back after it"
        )?;
    }
    Ok(())
}

/// Renders layers 5 to 7, as far as they were reached.
fn last_layers(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    if !report.layers.iter().skip(4).any(|layer| layer.reached) {
        return Ok(());
    }
    writeln!(out, "\n{}", style.title("What each layer paid"))?;
    for layer in &report.layers {
        let paid = if layer.reached { money(layer.paid) } else { "not reached".into() };
        writeln!(out, "{:>3} {:<26} {:>16}", layer.layer, layer.source, paid)?;
    }
    if !report.assessed.is_empty() {
        writeln!(out, "\n{}", style.title("Layer 5: assessments"))?;
        writeln!(out, "{:>14} {:>16} {:>16} {:>12}", "member", "part of the call", "paid", "deviation")?;
        for row in report.assessed.iter().take(ROWS) {
            // A member with less free margin than its part pays its free margin, which is no
            // deviation.
            let deviation = if row.deviation_micro < -1_000_000 {
                "all it has".into()
            } else {
                units(row.deviation_micro)
            };
            let name = format!("{} {}", row.kind, row.member);
            writeln!(out, "{name:>14} {:>16} {:>16} {deviation:>12}", money(row.part), money(row.paid))?;
        }
        more(out, report.assessed.len(), ROWS)?;
    }
    if !report.cuts.is_empty() {
        writeln!(out, "\n{}", style.title("Layer 6: gains cut"))?;
        writeln!(out, "{:>14} {:>16} {:>16} {:>16} {:>12}", "member", "gain", "cut", "left", "deviation")?;
        for row in report.cuts.iter().take(ROWS) {
            writeln!(
                out,
                "{:>14} {:>16} {:>16} {:>16} {:>12}",
                format!("{} {}", row.kind, row.member),
                money(row.gain),
                money(row.cut),
                money(row.left),
                units(row.deviation_micro)
            )?;
        }
        more(out, report.cuts.len(), ROWS)?;
    }
    if !report.claims.is_empty() {
        writeln!(out, "\n{}", style.title("Layer 7: wind-down"))?;
        writeln!(out, "{:>14} {:>16} {:>16} {:>10} {:>12}", "member", "claim", "paid", "part", "deviation")?;
        for row in report.claims.iter().take(ROWS) {
            let part = u128::from(row.paid) * 1_000_000 / u128::from(row.claim.max(1));
            writeln!(
                out,
                "{:>14} {:>16} {:>16} {:>10} {:>12}",
                format!("{} {}", row.kind, row.member),
                money(row.claim),
                money(row.paid),
                parts_per_million(part as u64),
                units(row.deviation_micro)
            )?;
        }
        more(out, report.claims.len(), ROWS)?;
    }
    recoveries(out, report, style)
}

/// Renders the repayments of defaulters.
fn recoveries(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    let repaid = &report.repaid;
    if repaid.amount == 0 {
        return Ok(());
    }
    let title = format!("Paid back by a defaulter: {}", money(repaid.amount));
    writeln!(out, "\n{}", style.title(&title))?;
    writeln!(
        out,
        "{:>14} {:>16} {:>16} {:>10} {:>12}",
        "member", "lost for others", "gets back", "part", "deviation"
    )?;
    for row in repaid.recovered.iter().take(ROWS) {
        let part = u128::from(row.recovered) * 1_000_000 / u128::from(row.lost.max(1));
        writeln!(
            out,
            "{:>14} {:>16} {:>16} {:>10} {:>12}",
            format!("{} {}", row.kind, row.member),
            money(row.lost),
            money(row.recovered),
            parts_per_million(part as u64),
            units(row.deviation_micro)
        )?;
    }
    more(out, repaid.recovered.len(), ROWS)
}

/// Renders what covers stood for, and who has borne it.
fn covers(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    let Some(covers) = &report.covers else { return Ok(()) };
    writeln!(out, "\n{}", style.title("Who paid for the losses that covers stand for"))?;
    writeln!(
        out,
        "{:>10} {:>12} {:>12} | {:>11} {:>11} {:>12} {:>11} {:>13} {:>11} | {:>12}",
        "cover",
        "limit",
        "lost",
        "first loss",
        "coinsured",
        "over limits",
        "treasury",
        "contributions",
        "lapsed",
        "received"
    )?;
    for cover in &covers.covers {
        writeln!(
            out,
            "{:>10} {:>12} {:>12} | {:>11} {:>11} {:>12} {:>11} {:>13} {:>11} | {:>12}",
            format!("{} {}", cover.kind, cover.cover),
            money(cover.limit),
            money(cover.asked),
            money(cover.from_first_loss),
            money(cover.coinsurance),
            money(cover.beyond_limits),
            money(cover.from_treasury),
            money(cover.from_contributions),
            money(cover.lapsed),
            money(cover.received())
        )?;
    }
    writeln!(out, "first loss, coinsured and over limits: borne by those who are covered")?;
    let premium: u64 = covers.covers.iter().map(|cover| cover.premium).sum();
    let refunded: u64 = covers.covers.iter().map(|cover| cover.refunded).sum();
    writeln!(
        out,
        "premiums earned {}, of {} paid in with the first losses; {} went back",
        money(premium),
        money(covers.paid_in),
        money(refunded)
    )?;
    let pool = &covers.pool;
    writeln!(
        out,
        "the pool had lent {} of {}: it lacked {}, the fall of its market explained {}, and suppliers are \
         left with {}",
        money(pool.debt),
        money(pool.supplied),
        money(pool.reported),
        money(pool.bound),
        money(pool.worth)
    )?;
    claims(out, &covers.loss, style)?;
    policies(out, &covers.policies, style)
}

/// Renders what liquidity providers have insured, lost and got.
fn policies(out: &mut String, policies: &PoliciesReport, style: Style) -> std::fmt::Result {
    let title = format!(
        "Impermanent loss of liquidity providers: {} for {} by the formula",
        money(policies.reserved),
        money(policies.total)
    );
    writeln!(out, "\n{}", style.title(&title))?;
    writeln!(
        out,
        "{:>8} {:>14} {:>14} {:>5} {:>10} {:>12} | {:>11} {:>11} {:>11}",
        "provider", "position", "insured", "days", "premium", "at most", "lost", "payout", "paid"
    )?;
    for row in &policies.policies {
        writeln!(
            out,
            "{:>8} {:>14} {:>14} {:>5} {:>10} {:>12} | {:>11} {:>11} {:>11}  {}",
            row.provider,
            money(row.position),
            money(row.insured),
            row.term_days,
            money(row.premium),
            money(row.most),
            money(row.lost),
            money(row.payout),
            money(row.paid),
            row.how
        )?;
    }
    writeln!(
        out,
        "lost: of the whole position, against holding. A tenth of what is insured is borne by the provider"
    )?;
    writeln!(out, "{} went back to those who had borne losses, after 90 days", money(policies.returned))
}

/// Renders what users of the protocol have claimed.
fn claims(out: &mut String, loss: &LossReport, style: Style) -> std::fmt::Result {
    let title = format!(
        "Claims of the protocol's users: {} for losses of {}",
        money(loss.reserved),
        money(loss.total)
    );
    writeln!(out, "\n{}", style.title(&title))?;
    writeln!(out, "{:>14} {:>16} {:>16} {:>10}", "user", "lost", "paid", "part")?;
    for claim in &loss.claims {
        let part = u128::from(claim.paid) * 1_000_000 / u128::from(claim.amount.max(1));
        writeln!(
            out,
            "{:>14} {:>16} {:>16} {:>10}  {}",
            claim.claimant,
            money(claim.amount),
            money(claim.paid),
            parts_per_million(part as u64),
            claim.how
        )?;
    }
    writeln!(out, "{} went back to those who had borne losses, after 90 days", money(loss.returned))
}

fn haircuts(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    writeln!(out, "\n{}", style.title("Survivors' contributions after the losses"))?;
    writeln!(
        out,
        "{:>14} {:>16} {:>16} {:>10} {:>10}",
        "member", "contributed", "left", "haircut", "deviation"
    )?;
    for haircut in report.haircuts.iter().take(ROWS) {
        writeln!(
            out,
            "{:>14} {:>16} {:>16} {:>10} {:>10}",
            format!("{} {}", haircut.kind, haircut.member),
            money(haircut.contributed),
            money(haircut.left),
            parts_per_million(haircut.haircut_ppm),
            units(haircut.deviation_micro)
        )?;
    }
    more(out, report.haircuts.len(), ROWS)
}

/// Renders what the keeper's accounts made: without a profit nobody would do it.
fn keepers(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    writeln!(out, "\n{}", style.title("What the keeper made"))?;
    writeln!(
        out,
        "{:>14} {:>8} {:>16} {:>16} {:>16} {:>16} {:>16}",
        "account", "taken", "worth", "earned", "brought", "left with", "result"
    )?;
    for keeper in report.keepers.iter().take(ROWS) {
        writeln!(
            out,
            "{:>14} {:>8} {:>16} {:>16} {:>16} {:>16} {:>16}",
            format!("{} {}", keeper.kind, keeper.member),
            thousands(keeper.takings),
            money(keeper.taken_value),
            money(keeper.earned),
            money(keeper.brought),
            money(keeper.left),
            signed(keeper.result())
        )?;
    }
    more(out, report.keepers.len(), ROWS)?;
    let result = report.keepers.iter().map(|keeper| keeper.result()).sum();
    let text = format!("the keeper's result: {}", signed(result));
    writeln!(out, "{}", style.verdict(result >= 0, &text))?;
    writeln!(
        out,
        "earned: bonuses, discounts and bounties; the rest of a result is what prices did to what it held,\n\
         and its part in the losses of others. After each price it gives on what it holds to the other side"
    )
}

/// An amount with its sign.
fn signed(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "+" };
    format!("{sign}{}", money(amount.unsigned_abs()))
}

fn exits(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    writeln!(out, "\n{}", style.title("Everybody leaves"))?;
    let exact = report.exits.iter().filter(|exit| exit.is_exact()).count();
    let brought: u64 = report.exits.iter().map(|exit| exit.staked).sum();
    let received: u64 = report.exits.iter().map(|exit| exit.received).sum();
    let all = report.exits.len();
    writeln!(
        out,
        "{}",
        style.verdict(exact == all, &format!("{exact} of {all} members were paid exactly their own money"))
    )?;
    writeln!(out, "they brought {} and left with {}", money(brought), money(received))?;
    let left = &report.left;
    writeln!(
        out,
        "the vault keeps {}: treasury {}, recoveries {}, rounding {} base units",
        money(left.vault),
        money(left.treasury),
        money(left.recoveries),
        left.dust
    )?;
    if left.unfunded > 0 {
        let text = format!("unfunded: {}, which winners are still owed", money(left.unfunded));
        writeln!(out, "{}", style.verdict(false, &text))?;
    }
    let recovered: u64 = report.exits.iter().map(|exit| exit.recovery).sum();
    if recovered > 0 {
        let count = report.exits.iter().filter(|exit| exit.recovery > 0).count();
        writeln!(out, "recoveries paid back: {} to {count} members that had borne losses", money(recovered))?;
    }
    let bounties: u64 = report.defaults.iter().map(|default| default.bounties).sum();
    if bounties > 0 {
        writeln!(out, "bounties for declaring and allocating: {}", money(bounties))?;
    }
    if !report.claims.is_empty() {
        let text = format!("{} accounts are left", left.members);
        writeln!(out, "the fund is closed: {}", style.verdict(left.members == 0, &text))?;
    }
    Ok(())
}

fn cost(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    let cost = &report.cost;
    writeln!(out, "\n{}", style.title("What it cost"))?;
    writeln!(
        out,
        "{:>20} {:>9} {:>8} {:>11} {:>11} {:>14}",
        "instruction", "count", "refused", "CU each", "CU at most", "CU in all"
    )?;
    for (name, kind) in &cost.instructions {
        writeln!(
            out,
            "{name:>20} {:>9} {:>8} {:>11} {:>11} {:>14}",
            thousands(kind.count),
            thousands(kind.failed),
            thousands(kind.units / kind.count.max(1)),
            thousands(kind.units_max),
            thousands(kind.units)
        )?;
    }
    writeln!(
        out,
        "{} transactions ({} refused), {} CU",
        thousands(cost.transactions),
        thousands(cost.failed),
        thousands(cost.units)
    )
}

fn properties(out: &mut String, report: &Report, style: Style) -> std::fmt::Result {
    writeln!(out, "\n{}", style.title("Properties, recomputed from account data"))?;
    for property in &report.properties {
        let verdict = verdict(property.holds, property.checks, style);
        writeln!(
            out,
            "{:>4} {verdict} ({} checks): {}",
            property.id,
            thousands(property.checks),
            property.says
        )?;
        for violation in &property.violations {
            writeln!(out, "       {violation}")?;
        }
    }
    if !report.reached_all {
        writeln!(out, "{}", style.verdict(false, "a layer that this scenario is made for was not reached"))?;
    }
    let last = report.layers.iter().rfind(|layer| layer.reached);
    let says = match last {
        Some(last) if report.reached_layer_4 => {
            format!("the losses reached layer {}: {}", last.layer, last.source)
        }
        _ => "no loss reached the survivors' contributions (layer 4)".into(),
    };
    writeln!(out, "{}", style.verdict(report.ok, &says))
}

/// A property that nothing has checked neither holds nor fails.
fn verdict(holds: bool, checks: u64, style: Style) -> String {
    match (holds, checks) {
        (true, 0) => "was not exercised".into(),
        (true, _) => style.verdict(true, "holds"),
        (false, _) => style.verdict(false, "FAILS"),
    }
}

/// Writes millionths of a base unit as base units.
fn units(micro: i64) -> String {
    let sign = if micro < 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", micro.unsigned_abs() / 1_000_000, micro.unsigned_abs() % 1_000_000 / 1_000)
}

fn more(out: &mut String, rows: usize, shown: usize) -> std::fmt::Result {
    if rows > shown {
        writeln!(out, "  ... and {} more (all of them with --json)", rows - shown)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millionths_are_shown_as_units() {
        assert_eq!(units(-333_333), "-0.333");
        assert_eq!(units(1_000_000), "1.000");
    }

    #[test]
    fn a_property_without_checks_does_not_hold() {
        let plain = Style { colour: false };
        let words = [(true, 0), (true, 3), (false, 3)].map(|(holds, checks)| verdict(holds, checks, plain));
        assert_eq!(words, ["was not exercised", "holds", "FAILS"]);
    }

    #[test]
    fn a_comparison_says_why_adjustment_did_harm() {
        let of = |defaults, shortfalls, liquidations| Outcome {
            defaults,
            shortfalls,
            liquidations,
            ..Outcome::default()
        };
        let (better, worse) = (of(0, 0, 2), of(4, 5_000_000, 31));
        assert_eq!(explanation(&better, &worse, 19_000, 1), None);
        let why = explanation(&worse, &better, 19_000, 1).unwrap();
        for part in
            ["4 defaults against 0", "5.00 lost", "1.90 x", "31 liquidations came against 2", "1 of the"]
        {
            assert!(why.contains(part), "{why}");
        }
    }

    #[test]
    fn colour_is_an_option() {
        assert_eq!(Style { colour: false }.title("x"), "x");
        assert_eq!(Style { colour: true }.verdict(false, "x"), "\x1b[31mx\x1b[0m");
    }
}
