//! A member's standing: what it has, what it needs, and the prices at which that changes.
//!
//! Everything is computed by the program's own rules, at the prices that a transaction would have now,
//! which cranks first.

use {
    crate::{
        amount::{decimal, percent},
        scales::{about, date, Scales},
        text::{Cell, Text, Tone},
    },
    anyhow::{anyhow, Result},
    bulkhead_book::{scale, Book},
    bulkhead_client::{
        rules::{cover_two, margin, premium, shares},
        state::{Member, MemberStatus, PositionSlot},
        Address,
    },
    bulkhead_math::{
        requirements::{Mark, Risk},
        units::{Bps, Money, Pnl, Price},
        Round,
    },
    serde_json::{json, Value},
};

/// Whether others may act against a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It meets initial margin.
    Sound,
    /// It can only reduce.
    BelowInitial,
    /// Anybody may take lots from it.
    Liquidatable,
    /// Its equity is below zero at the marks, and at the prices that favour it not yet.
    Insolvent,
    /// Anybody may declare its default.
    Declarable,
}

impl Verdict {
    /// A word for scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::BelowInitial => "below_initial",
            Self::Liquidatable => "liquidatable",
            Self::Insolvent => "insolvent",
            Self::Declarable => "declarable",
        }
    }

    /// A few words for people.
    pub fn says(self) -> &'static str {
        match self {
            Self::Sound => "meets initial margin",
            Self::BelowInitial => "below initial margin: only reduces",
            Self::Liquidatable => "below maintenance margin: can be liquidated",
            Self::Insolvent => "insolvent at the marks",
            Self::Declarable => "insolvent: its default can be declared",
        }
    }

    /// How bad it is.
    pub fn tone(self) -> Tone {
        match self {
            Self::Sound => Tone::Good,
            Self::BelowInitial => Tone::Warn,
            _ => Tone::Bad,
        }
    }
}

/// The figures of one member.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Whether others may act against it.
    pub verdict: Verdict,
    /// Its own cash.
    pub margin: Money,
    /// Equity at the marks.
    pub equity: Pnl,
    /// Equity at the ends of B that are against it: what it may do itself is judged by it.
    pub equity_for_itself: Pnl,
    /// Equity at the prices by which it is liquidated.
    pub equity_to_liquidate: Pnl,
    /// Equity at the prices by which its default is declared.
    pub equity_to_declare: Pnl,
    /// Initial margin.
    pub initial: Money,
    /// Maintenance margin.
    pub maintenance: Money,
    /// The worth of its shares.
    pub contribution: Money,
    /// The contribution that its positions require.
    pub required_contribution: Money,
    /// The most margin that can leave now.
    pub free_margin: Money,
    /// What it still owes of an open assessment.
    pub assessment_due: Money,
    /// The most that it can be assessed for, with its contribution as it is.
    pub assessment_cap: Money,
    /// Its loss beyond its own margin in the stress move.
    pub stress_loss: Money,
    /// The most that this may be when it adds risk.
    pub cover_limit: Money,
    /// Its positions.
    pub positions: Vec<Held>,
}

/// The figures of one position.
#[derive(Clone, Debug)]
pub struct Held {
    /// Number of the market.
    pub market: u16,
    /// Signed lots.
    pub lots: i64,
    /// The mark.
    pub mark: Price,
    /// The price at which the unsettled result is zero: the average entry since the last settlement,
    /// premiums included. None without lots.
    pub entry: Option<Price>,
    /// The unsettled result at the mark.
    pub profit: Pnl,
    /// The price of this market at which the member falls below maintenance margin, if the others
    /// stay where they are and the price lasts. None if no price does it.
    pub liquidation: Option<Price>,
}

/// Writes an error of the rules.
fn wrong(error: impl std::fmt::Debug) -> anyhow::Error {
    anyhow!("the member cannot be valued: {error:?}")
}

impl Standing {
    /// Computes the standing of a member. `book` is cranked.
    pub fn of(book: &Book, address: &Address, member: &Member) -> Result<Self> {
        let (fund, cash) = (&book.fund, member.margin);
        let risk = book.risk(member).map_err(wrong)?;
        let liquidating = book.risk_of_liquidation(member).map_err(wrong)?;
        let declaring = book.risk_of_default(member).map_err(wrong)?;
        let equity = risk.equity(cash).map_err(wrong)?;
        let equity_to_declare = declaring.equity_favourable(cash).map_err(wrong)?;
        let verdict = if !member.has_positions() {
            Verdict::Sound
        } else if equity_to_declare < 0 {
            Verdict::Declarable
        } else if equity < 0 {
            Verdict::Insolvent
        } else if liquidating.is_liquidatable(cash).map_err(wrong)? {
            Verdict::Liquidatable
        } else if !risk.meets_initial(cash).map_err(wrong)? {
            Verdict::BelowInitial
        } else {
            Verdict::Sound
        };
        let contribution = shares::contribution(fund, member).map_err(wrong)?;
        let required = risk.required_contribution(fund.params.min_contribution);
        let discount = fund.params.auction().max_discount;
        let mutual = fund.mutual_resources(contribution).map_err(wrong)?;
        let agreed = Bps(member.assessment_cap_bps).of(contribution, Round::Down).map_err(wrong)?;
        let assessed = if member.cooling_off == fund.cooling_off { member.assessed } else { 0 };
        Ok(Self {
            verdict,
            margin: cash,
            equity,
            equity_for_itself: i64::try_from(i128::from(cash) + i128::from(risk.profit_adverse))?,
            equity_to_liquidate: liquidating.equity_favourable(cash).map_err(wrong)?,
            equity_to_declare,
            initial: risk.initial,
            maintenance: risk.maintenance,
            contribution,
            required_contribution: if member.has_positions() { required } else { 0 },
            free_margin: withdrawable(book, address, member),
            assessment_due: book.assessment_due(member).map_err(wrong)?,
            assessment_cap: agreed.saturating_sub(assessed), // rounded down in favour of the member
            stress_loss: risk.stress_loss(cash, discount).map_err(wrong)?,
            cover_limit: cover_two::limit(fund, mutual).map_err(wrong)?,
            positions: positions(book, member)?,
        })
    }

    /// The figures for scripts: money in base units, as strings.
    pub fn json(&self) -> Value {
        let mut json = json!({ "standing": self.verdict.word() });
        for (name, amount) in self.amounts() {
            json[name] = json!(amount.to_string());
        }
        json
    }

    /// The positions for scripts.
    pub fn positions_json(&self) -> Value {
        let item = |held: &Held| {
            json!({
                "market": held.market,
                "lots": held.lots.to_string(),
                "mark": held.mark.to_string(),
                "entry": held.entry.map(|price| price.to_string()),
                "profit": held.profit.to_string(),
                "liquidation": held.liquidation.map(|price| price.to_string()),
            })
        };
        self.positions.iter().map(item).collect()
    }

    /// Every amount of money by its name, in the order in which people read them.
    pub fn amounts(&self) -> [(&'static str, i128); 15] {
        [
            ("margin", self.margin.into()),
            ("equity", self.equity.into()),
            ("equity_for_itself", self.equity_for_itself.into()),
            ("equity_to_liquidate", self.equity_to_liquidate.into()),
            ("equity_to_declare", self.equity_to_declare.into()),
            ("initial_margin", self.initial.into()),
            ("maintenance_margin", self.maintenance.into()),
            ("free_margin", self.free_margin.into()),
            ("contribution", self.contribution.into()),
            ("required_contribution", self.required_contribution.into()),
            ("assessment_due", self.assessment_due.into()),
            ("assessment_cap", self.assessment_cap.into()),
            ("stress_loss", self.stress_loss.into()),
            ("cover_limit", self.cover_limit.into()),
            ("missing_contribution", self.required_contribution.saturating_sub(self.contribution).into()),
        ]
    }

    /// Writes the figures for people.
    pub fn show(&self, text: &mut Text, scales: &Scales) {
        let money = |amount: i128| scales.money(amount);
        text.field("standing", Cell(self.verdict.says().into(), self.verdict.tone()));
        text.field("margin", money(self.margin.into()));
        text.field("equity", self.equity_says(scales));
        text.field(
            "needs",
            format!(
                "{} of initial margin, {} of maintenance margin",
                money(self.initial.into()),
                money(self.maintenance.into())
            ),
        );
        text.field("can leave", format!("{} of margin", money(self.free_margin.into())));
        text.field(
            "contribution",
            format!(
                "{}; its positions require {}",
                money(self.contribution.into()),
                money(self.required_contribution.into())
            ),
        );
        let due = match self.assessment_due {
            0 => String::new(),
            due => format!("{} are due, ", money(due.into())),
        };
        text.field("assessments", format!("{due}at most {}", money(self.assessment_cap.into())));
        text.field(
            "stress loss",
            format!(
                "{} of others' money, of at most {}",
                money(self.stress_loss.into()),
                money(self.cover_limit.into())
            ),
        );
    }

    /// The interval of equity, and both ends by which others judge.
    pub fn equity_says(&self, scales: &Scales) -> String {
        let shown = |amount: Pnl| decimal(amount, scales.decimals);
        let others = match self.equity_to_declare == self.equity_to_liquidate {
            true => format!("others judge it by {}", shown(self.equity_to_declare)),
            false => format!(
                "others liquidate it by {} and declare its default by {}",
                shown(self.equity_to_liquidate),
                shown(self.equity_to_declare)
            ),
        };
        format!(
            "{} at the marks, within {} to {}; {others}",
            shown(self.equity),
            shown(self.equity_for_itself),
            shown(self.equity_to_liquidate.max(self.equity_to_declare)),
        )
    }

    /// Writes the positions for people.
    pub fn show_positions(&self, text: &mut Text, scales: &Scales) {
        if self.positions.is_empty() {
            return;
        }
        let row = |held: &Held| -> Vec<Cell> {
            let market = scales.market(held.market);
            let price = |price: Option<Price>| {
                price.zip(market).map_or("none".to_owned(), |(price, market)| market.price(price))
            };
            vec![
                market.map_or(format!("market {}", held.market), |market| market.symbol.clone()).into(),
                decimal(held.lots, 0).into(),
                market.map_or(String::new(), |market| market.asset(held.lots)).into(),
                price(held.entry).into(),
                price(Some(held.mark)).into(),
                decimal(held.profit, scales.decimals).into(),
                price(held.liquidation).into(),
            ]
        };
        text.table(
            &["market", "lots>", "amount>", "entry>", "mark>", "profit, tokens>", "liquidation at>"],
            self.positions.iter().map(row).collect(),
        );
    }
}

/// The figures that a refusal is about, by the error's name. `member` may be nobody.
pub fn figures(
    book: &Book,
    address: &Address,
    member: &Member,
    scales: &Scales,
    error: &str,
) -> Option<String> {
    let standing = Standing::of(book, address, member).ok()?;
    let money = |amount: u64| scales.money(amount);
    Some(match error {
        "EquityNotNegative" | "EquityNegative" | "MemberInsolvent" => {
            let lasts = match standing.verdict {
                Verdict::Insolvent => {
                    "; until a better price of the last 20 seconds is gone, it counts for the member"
                }
                _ => "",
            };
            format!("its equity is {}{lasts}", standing.equity_says(scales))
        }
        "NotLiquidatable" => format!(
            "its equity is {}; its maintenance margin is {}",
            standing.equity_says(scales),
            money(standing.maintenance)
        ),
        "BelowInitialMargin" | "InsufficientMargin" | "AssessmentReserved" | "ReduceAtMarkOnly" => format!(
            "{} has margin {}, needs {} of initial margin for what it holds now, and can take out {}",
            member.owner,
            money(standing.margin),
            money(standing.initial),
            money(standing.free_margin)
        ),
        "BelowRequiredContribution" => format!(
            "{} has contributed {}, and what it holds now requires {}",
            member.owner,
            money(standing.contribution),
            money(standing.required_contribution)
        ),
        "MemberReduceOnly" if !member.is_stress_called.get() => return None,
        "MemberReduceOnly" => format!("{} is called", member.owner),
        "CoverLimitExceeded" => format!(
            "{} endangers {} with what it holds now, and may endanger {}",
            member.owner,
            money(standing.stress_loss),
            money(standing.cover_limit)
        ),
        "GracePeriodRunning" => {
            let terms = book.fund.params.grace(member.grace_is_long.get());
            format!("it is over at {}", date(member.grace_ts.saturating_add(terms.secs.into())))
        }
        _ => return None,
    })
}

/// Why the fund refuses, by the error's name: what is paused or blocked, and until when.
pub fn fund_figures(book: &Book, scales: &Scales, error: &str) -> Option<String> {
    let fund = &book.fund;
    Some(match error {
        "Paused" => format!("paused: {}", crate::actions::governance::paused(fund, book.now)),
        "LossPending" => {
            let mut why = Vec::new();
            if fund.unfunded > 0 {
                why.push(format!("{} of losses are not paid", scales.money(fund.unfunded)));
            }
            if fund.open_defaults > 0 {
                why.push(format!("{} defaults are not allocated", fund.open_defaults));
            }
            if fund.open_houses > 0 {
                why.push(format!("the house holds lots in {} markets", fund.open_houses));
            }
            if book.now < fund.exits.blocked_until() {
                why.push(format!("graces and watches until {}", date(fund.exits.blocked_until())));
            }
            format!("exits are blocked: {}", why.join(", "))
        }
        "BreakerTripped" => {
            let halted = book.markets.iter().filter(|market| market.is_halted(book.now));
            let each = halted.map(|market| {
                let name = scales.market(market.index).map_or("a market", |scale| scale.symbol.as_str());
                format!("{name} until {}", date(market.adjusted.halted_until_ts))
            });
            each.collect::<Vec<_>>().join(", ")
        }
        "StaleMark" => {
            let old = book.markets.iter().filter(|market| {
                market.final_ts == 0 && !book.prices(market.index).is_ok_and(|prices| prices.is_recent)
            });
            let each = old.map(|market| {
                let name = scales.market(market.index).map_or("a market", |scale| scale.symbol.as_str());
                let age = book.now.saturating_sub(market.mark.publish_ts).max(0).unsigned_abs();
                format!("{name}'s price is {} old", about(age))
            });
            each.collect::<Vec<_>>().join(", ")
        }
        "PriceOutsideBand" => {
            let open = book.markets.iter().filter(|market| market.final_ts == 0);
            let each = open.filter_map(|market| Some(scales.market(market.index)?.band_says(market)));
            each.collect::<Vec<_>>().join(", ")
        }
        _ => return None,
    })
    .filter(|text| !text.is_empty())
}

/// The most margin that the program would pay out now: the largest amount that its rule admits.
pub fn withdrawable(book: &Book, address: &Address, member: &Member) -> Money {
    most(member.margin, |amount| {
        let (mut fund, mut member, clock) = (book.fund, *member, book.clock());
        fund.run_exit_clock(&clock).is_ok()
            && margin::withdraw(&mut fund, address, &mut member, &book.priced(), amount, &clock).is_ok()
    })
}

/// The largest number up to `limit` that is admitted, if every smaller one is admitted too.
pub fn most(limit: u64, admits: impl Fn(u64) -> bool) -> u64 {
    if limit == 0 || admits(limit) {
        return limit;
    }
    let (mut low, mut high) = (0, limit);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if admits(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

fn positions(book: &Book, member: &Member) -> Result<Vec<Held>> {
    let mut held: Vec<&PositionSlot> = member.held().collect();
    held.sort_by_key(|held| held.market);
    held.into_iter().map(|held| position(book, member, held)).collect()
}

fn position(book: &Book, member: &Member, held: &PositionSlot) -> Result<Held> {
    let market = book.market(held.market).map_err(wrong)?;
    let now = premium::position_of(market, held).map_err(wrong)?;
    let mark = market.mark.price;
    // Towards the mark's side of zero by less than a unit of the price.
    let entry = now.raw.checked_neg().and_then(|paid| paid.checked_div(i128::from(now.lots)));
    Ok(Held {
        market: held.market,
        lots: now.lots,
        mark,
        entry: entry.and_then(|price| u64::try_from(price).ok()),
        profit: now.profit(mark, scale(market).map_err(wrong)?).map_err(wrong)?,
        liquidation: liquidation(book, member, held.market, now.lots, mark),
    })
}

/// The price of `index` at which the member falls below maintenance margin.
fn liquidation(book: &Book, member: &Member, index: u16, lots: i64, mark: Price) -> Option<Price> {
    let is_safe = |price: Price| {
        let risk = risk_at(book, member, index, price).ok()?;
        Some(!risk.is_liquidatable(member.margin).ok()?)
    };
    let (mut safe, mut lost) = match lots {
        0 => return None,
        1.. => (mark, 0),
        _ => (mark, mark.checked_mul(1_000)?.min(1 << 61)),
    };
    if !is_safe(mark)? {
        return Some(mark);
    }
    if is_safe(lost)? {
        return None;
    }
    while safe.abs_diff(lost) > 1 {
        let middle = safe.min(lost) + safe.abs_diff(lost) / 2;
        if is_safe(middle)? {
            safe = middle;
        } else {
            lost = middle;
        }
    }
    Some(lost)
}

/// Requirements with one market at another price, and all prices without doubt.
fn risk_at(book: &Book, member: &Member, index: u16, price: Price) -> Result<Risk> {
    let mut risk = Risk::default();
    for held in member.held() {
        let market = book.market(held.market).map_err(wrong)?;
        let at = if held.market == index { price } else { market.mark.price };
        let position = premium::position_of(market, held).map_err(wrong)?;
        risk.add(&position, &Mark::exact(at), scale(market).map_err(wrong)?, &market.risk_rates())
            .map_err(wrong)?;
    }
    Ok(risk)
}

/// Writes the state of a member for people.
pub fn status(member: &Member) -> &'static str {
    let named = [(MemberStatus::Active, "active"), (MemberStatus::Grace, "grace")];
    named.into_iter().find(|(status, _)| member.status == *status).map_or("closed out", |(_, name)| name)
}

/// What the member has agreed to pay when it is assessed, for people.
pub fn agreed(member: &Member) -> String {
    match member.assessment_cap_bps {
        0 => "to no assessment".into(),
        bps => format!("to assessments of {} of its contribution", percent(bps.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_the_last_that_is_admitted() {
        for (limit, bound, expected) in
            [(10, 7, 7), (10, 10, 10), (10, 99, 10), (10, 0, 0), (0, 5, 0), (1, 0, 0)]
        {
            assert_eq!(most(limit, |amount| amount <= bound), expected, "{limit} {bound}");
        }
        assert_eq!(most(u64::MAX, |amount| amount <= 123_456_789), 123_456_789);
    }

    #[test]
    fn a_verdict_has_one_word_and_a_tone() {
        let all = [
            Verdict::Sound,
            Verdict::BelowInitial,
            Verdict::Liquidatable,
            Verdict::Insolvent,
            Verdict::Declarable,
        ];
        let words: std::collections::BTreeSet<_> = all.iter().map(|verdict| verdict.word()).collect();
        assert_eq!(words.len(), all.len());
        assert_eq!(Verdict::Sound.tone(), Tone::Good);
        assert_eq!(Verdict::Insolvent.tone(), Tone::Bad);
    }
}
