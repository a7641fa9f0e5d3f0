//! The risk report: the figures that clearing houses publish, each with its definition, its slot and a
//! link to its formula. Numbers in brackets are the fields of the public quantitative disclosures.

mod figures;

use {
    bulkhead_book::Book,
    bulkhead_client::state::Fund,
    figures::{Known, KNOWN, OF_MARKETS},
    serde::{Deserialize, Serialize},
    std::collections::BTreeMap,
};

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// Figures of risk, read from the accounts at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sight {
    pub slot: i64,
    pub time: i64,
    /// Initial margin of all positions, at the rates in force.
    #[serde(with = "decimal")]
    pub margin_required: u64,
    /// Members' margin.
    #[serde(with = "decimal")]
    pub margin_held: u64,
    #[serde(with = "decimal")]
    pub treasury: u64,
    #[serde(with = "decimal")]
    pub contributions: u64,
    #[serde(with = "decimal")]
    pub cushions: u64,
    /// What is pledged to covers, which stands behind no member.
    #[serde(with = "decimal", default)]
    pub pledged: u64,
    /// The largest stress losses of single members beyond their own margin, the largest first.
    pub stress: Vec<Exposure>,
    /// The part of the mutual resources that one member may endanger.
    pub cover_limit_bps: u16,
    #[serde(with = "decimal")]
    pub crowding: u64,
    #[serde(with = "decimal")]
    pub crowding_limit: u64,
    /// Parts of the required margin of the five and the ten largest members, in basis points.
    pub top5_bps: u64,
    pub top10_bps: u64,
    pub shock: Vec<Shocked>,
    /// Members whose numbers cannot be judged.
    pub unsound: usize,
}

/// A member's stress loss, and the contribution that it covers itself with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exposure {
    pub member: String,
    #[serde(with = "decimal")]
    pub stress_loss: u64,
    #[serde(with = "decimal")]
    pub contribution: u64,
}

/// What would happen if all marks moved at once, before anybody is liquidated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shocked {
    pub move_bps: i64,
    pub defaults: u64,
    /// Losses beyond the defaulters' margin, and who pays them.
    #[serde(with = "decimal")]
    pub shortfall: u64,
    #[serde(with = "decimal")]
    pub by_defaulters: u64,
    #[serde(with = "decimal")]
    pub by_treasury: u64,
    #[serde(with = "decimal")]
    pub by_survivors: u64,
    #[serde(with = "decimal")]
    pub beyond: u64,
    /// The survivors' haircut, in basis points.
    pub haircut_bps: u64,
}

/// Amounts as decimal strings.
mod decimal {
    use serde::{de::Error, Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(amount: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(amount)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// Largest exposures that are kept.
const EXPOSURES: usize = 10;

/// Reads the figures of a fund.
pub fn sight(book: &Book) -> Sight {
    let fund = &book.fund;
    let mut sight = Sight {
        slot: book.slot as i64,
        time: book.now,
        margin_held: fund.margin_total,
        treasury: fund.treasury,
        contributions: fund.contributions,
        cushions: fund.cushions,
        pledged: fund.pledged(),
        cover_limit_bps: fund.params.cover_limit_bps,
        crowding: fund.crowding,
        crowding_limit: part(
            fund.treasury.saturating_add(fund.contributions),
            fund.params.crowding_limit_bps.into(),
        ),
        shock: (-10..=10).map(|step| shocked(book, step * 500)).collect(),
        ..Sight::default()
    };
    let discount = fund.params.auction().max_discount;
    let mut initial = Vec::new();
    for (address, member) in book.members.iter().filter(|(_, member)| member.has_positions()) {
        let judged =
            book.risk(member).and_then(|risk| Ok((risk.initial, risk.stress_loss(member.margin, discount)?)));
        let Ok((required, stress_loss)) = judged else {
            sight.unsound += 1;
            continue;
        };
        initial.push(required);
        let contribution = fund.book().value_of(member.live_shares(fund.share_epoch)).unwrap_or_default();
        sight.stress.push(Exposure { member: address.to_string(), stress_loss, contribution });
    }
    sight.margin_required = initial.iter().sum();
    initial.sort_unstable_by(|a, b| b.cmp(a));
    let top = |count: usize| ratio_bps(initial.iter().take(count).sum(), sight.margin_required);
    (sight.top5_bps, sight.top10_bps) = (top(5), top(10));
    sight.stress.sort_by_key(|exposure| std::cmp::Reverse(exposure.stress_loss));
    sight.stress.truncate(EXPOSURES);
    sight
}

/// Moves all marks by so many basis points.
fn shocked(book: &Book, move_bps: i64) -> Shocked {
    let fund = &book.fund;
    let mut all = Shocked { move_bps, ..Shocked::default() };
    let (mut of_defaulters, mut open) = (0u64, 0u64);
    for member in book.members.values().filter(|member| member.has_positions()) {
        let mut equity = i128::from(member.margin);
        for held in member.held() {
            let Ok(market) = book.market(held.market) else { continue };
            let price = u128::from(market.mark.price) * (10_000 + move_bps).max(1) as u128 / 10_000;
            let raw = i128::from(held.lots) * price as i128 + held.raw.get();
            equity += raw.div_euclid(i128::from(market.scale));
        }
        if equity < 0 {
            let shortfall = u64::try_from(equity.unsigned_abs()).unwrap_or(u64::MAX);
            let own = fund.book().value_of(member.live_shares(fund.share_epoch)).unwrap_or_default();
            all.defaults += 1;
            all.shortfall = all.shortfall.saturating_add(shortfall);
            all.by_defaulters = all.by_defaulters.saturating_add(shortfall.min(own));
            open = open.saturating_add(shortfall.saturating_sub(own));
            of_defaulters = of_defaulters.saturating_add(own);
        }
    }
    let survivors = fund.contributions.saturating_sub(of_defaulters);
    all.by_treasury = open.min(fund.treasury);
    all.by_survivors = (open - all.by_treasury).min(survivors);
    all.beyond = open - all.by_treasury - all.by_survivors;
    all.haircut_bps = ratio_bps(all.by_survivors, survivors);
    all
}

fn part(of: u64, bps: u64) -> u64 {
    u64::try_from(u128::from(of) * u128::from(bps) / 10_000).unwrap_or(u64::MAX)
}

fn ratio_bps(part: u64, whole: u64) -> u64 {
    if whole == 0 {
        return 0;
    }
    u64::try_from(u128::from(part) * 10_000 / u128::from(whole)).unwrap_or(u64::MAX)
}

/// A market's mark at the end of a minute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    pub minute: i64,
    pub market: u64,
    pub price: u64,
    pub publish_ts: i64,
    pub initial_bps: u64,
    pub maintenance_bps: u64,
    pub multiplier_bps: u64,
}

/// A default, as its events tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DefaultEntry {
    pub seq: u64,
    pub member: String,
    pub slot: i64,
    pub time: i64,
    pub signature: String,
    #[serde(serialize_with = "decimal::serialize")]
    pub from_margin: u64,
    #[serde(serialize_with = "decimal::serialize")]
    pub shortfall: u64,
    /// Paid by the defaulter itself: claim to a gain that was cut, rewards, recoveries, contribution.
    #[serde(serialize_with = "decimal::serialize")]
    pub by_defaulter: u64,
    #[serde(serialize_with = "decimal::serialize")]
    pub cushion: u64,
    #[serde(serialize_with = "decimal::serialize")]
    pub by_treasury: u64,
    #[serde(serialize_with = "decimal::serialize")]
    pub by_survivors: u64,
    #[serde(serialize_with = "decimal::serialize")]
    pub by_cushions: u64,
    #[serde(serialize_with = "decimal::serialize")]
    pub residual: u64,
    /// Paid back since, and losses of the defaulter that were set off.
    #[serde(serialize_with = "decimal::serialize")]
    pub repaid: u64,
    #[serde(serialize_with = "decimal::serialize")]
    pub bounties: u64,
    /// The transaction that allocated it; empty while nobody has, or where nothing was left to.
    pub allocated_by: String,
}

impl DefaultEntry {
    /// What others had to pay, or nobody has paid.
    pub fn uncovered(&self) -> u64 {
        self.shortfall.saturating_sub(self.by_defaulter)
    }
}

/// All that a report is made from.
#[derive(Clone, Default)]
pub struct Input {
    /// The fund's books.
    pub fund: Option<Fund>,
    /// Slot of the books.
    pub slot: i64,
    /// By minute, the oldest first.
    pub marks: Vec<Mark>,
    /// By minute, the oldest first.
    pub sights: Vec<(i64, Sight)>,
    pub defaults: Vec<DefaultEntry>,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    pub id: String,
    pub title: &'static str,
    /// Field of the public quantitative disclosures.
    pub disclosure: &'static str,
    pub definition: &'static str,
    /// The page with its formula.
    pub formula: &'static str,
    pub unit: &'static str,
    /// Slot of the newest number that it is made from.
    pub slot: i64,
    /// Decimal, or nothing where there is nothing to tell yet.
    pub value: Option<String>,
}

/// The report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub slot: i64,
    pub figures: Vec<Figure>,
    /// Log of defaults (13).
    pub defaults: Vec<DefaultEntry>,
    /// The price-shock curve.
    pub shock: Vec<Shocked>,
    /// The hours in which a mark moved by more than the initial margin rate (6.5).
    pub exceedances: Vec<Exceedance>,
}

/// An hour in which a mark moved by more than the initial margin rate at its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exceedance {
    pub market: u64,
    /// The last mark of the hour, in unix seconds.
    pub time: i64,
    pub moved_bps: u64,
    pub initial_bps: u64,
}

/// Makes the report.
pub fn report(input: &Input) -> Report {
    let mut figures = Figures { all: Vec::new(), exceedances: Vec::new() };
    figures.resources(input);
    figures.cover(input);
    figures.margin(input);
    figures.markets(input);
    figures.losses(input);
    let shock = input.sights.last().map(|(_, sight)| sight.shock.clone()).unwrap_or_default();
    let slot = figures.all.iter().map(|figure| figure.slot).max().unwrap_or_default();
    let Figures { all, exceedances } = figures;
    Report { slot, figures: all, defaults: input.defaults.clone(), shock, exceedances }
}

struct Figures {
    all: Vec<Figure>,
    exceedances: Vec<Exceedance>,
}

impl Figures {
    fn add(&mut self, id: &str, slot: i64, value: Option<String>) {
        let known = KNOWN.iter().find(|known| known.id == id).expect("every figure is known");
        self.push(id.into(), *known, slot, value);
    }

    fn push(&mut self, id: String, known: Known, slot: i64, value: Option<String>) {
        let Known { title, disclosure, definition, formula, unit, .. } = known;
        self.all.push(Figure { id, title, disclosure, definition, formula, unit, slot, value });
    }

    fn resources(&mut self, input: &Input) {
        let Some(fund) = &input.fund else { return };
        let sum = fund.treasury.saturating_add(fund.contributions).saturating_add(fund.cushions);
        for (id, amount) in [
            ("resources", sum),
            ("resources_treasury", fund.treasury),
            ("resources_contributions", fund.contributions),
            ("resources_cushions", fund.cushions),
            ("residual", fund.residual),
        ] {
            self.add(id, input.slot, Some(amount.to_string()));
        }
    }

    fn cover(&mut self, input: &Input) {
        let Some((_, sight)) = input.sights.last() else { return };
        let text = |bps: Option<u64>| bps.map(|bps| bps.to_string());
        self.add("cover1_bps", sight.slot, text(covered(sight, 1)));
        self.add("cover2_bps", sight.slot, text(covered(sight, 2)));
        self.add("cover_limit_used_bps", sight.slot, Some(limit_used(sight).to_string()));
        self.add("crowding", sight.slot, Some(sight.crowding.to_string()));
        self.add("crowding_limit", sight.slot, Some(sight.crowding_limit.to_string()));
        let last = sight.time.div_euclid(60);
        let year = input.sights.iter().filter(|(minute, _)| *minute > last - 365 * DAY);
        let above = year.filter(|(_, sight)| covered(sight, 2).is_some_and(|bps| bps < 10_000));
        let mut days: Vec<i64> = above.map(|(minute, _)| minute.div_euclid(DAY)).collect();
        days.dedup();
        self.add("cover2_days_above", sight.slot, Some(days.len().to_string()));
    }

    fn margin(&mut self, input: &Input) {
        let Some((_, sight)) = input.sights.last() else { return };
        let slot = sight.slot;
        self.add("margin_required", slot, Some(sight.margin_required.to_string()));
        self.add("margin_held", slot, Some(sight.margin_held.to_string()));
        for (id, window) in
            [("margin_rise_hour", HOUR), ("margin_rise_day", DAY), ("margin_rise_5_days", 5 * DAY)]
        {
            self.add(id, slot, Some(largest_rise(&input.sights, window).to_string()));
        }
        self.add("top5_bps", slot, Some(sight.top5_bps.to_string()));
        self.add("top10_bps", slot, Some(sight.top10_bps.to_string()));
    }

    fn markets(&mut self, input: &Input) {
        let mut markets: BTreeMap<u64, Vec<&Mark>> = BTreeMap::new();
        for mark in input.marks.iter().filter(|mark| mark.price > 0) {
            markets.entry(mark.market).or_default().push(mark);
        }
        for (market, marks) in markets {
            let Some(last) = marks.last() else { continue };
            let (observed, exceeded) = backtest(&marks);
            let exceedances = exceeded.len() as u64;
            let covered = (observed > 0).then(|| ratio_bps(observed - exceedances, observed));
            self.exceedances.extend(exceeded);
            let values = [
                Some(last.initial_bps),
                Some(last.maintenance_bps),
                Some(last.multiplier_bps),
                Some(observed),
                Some(exceedances),
                covered,
                Some(uptime(&marks)),
            ];
            for (known, value) in OF_MARKETS.into_iter().zip(values) {
                let id = format!("{}_{market}", known.id);
                self.push(id, known, input.slot, value.map(|value| value.to_string()));
            }
        }
    }

    fn losses(&mut self, input: &Input) {
        let uncovered: Vec<u64> = input.defaults.iter().map(DefaultEntry::uncovered).collect();
        let count = uncovered.len();
        self.add("defaults", input.slot, Some(count.to_string()));
        let peak = uncovered.iter().max().map(u64::to_string);
        let sum: u128 = uncovered.iter().map(|loss| u128::from(*loss)).sum();
        let mean = sum.checked_div(count as u128).map(|mean| mean.to_string());
        self.add("uncovered_peak", input.slot, peak);
        self.add("uncovered_mean", input.slot, mean);
    }
}

/// The resources of the others, without what is pledged to covers, over the stress losses of the `count`
/// largest members, in basis points;
/// nothing without a loss.
fn covered(sight: &Sight, count: usize) -> Option<u64> {
    let largest = sight.stress.iter().take(count);
    let (mut losses, mut own) = (0u64, 0u64);
    for exposure in largest {
        losses = losses.saturating_add(exposure.stress_loss);
        own = own.saturating_add(exposure.contribution);
    }
    let others = sight.contributions.saturating_sub(own);
    let behind = sight.treasury.saturating_add(others).saturating_sub(sight.pledged);
    (losses > 0).then(|| ratio_bps(behind, losses))
}

/// The largest stress loss over what the cover limit admits for it, in basis points.
fn limit_used(sight: &Sight) -> u64 {
    let used = sight.stress.iter().map(|exposure| {
        let others = sight.contributions.saturating_sub(exposure.contribution);
        let behind = sight.treasury.saturating_add(others).saturating_sub(sight.pledged);
        let limit = part(behind, sight.cover_limit_bps.into());
        if exposure.stress_loss > 0 && limit == 0 {
            u64::MAX
        } else {
            ratio_bps(exposure.stress_loss, limit)
        }
    });
    used.max().unwrap_or_default()
}

/// The largest rise of required margin between two readings at most `window` minutes apart.
fn largest_rise(sights: &[(i64, Sight)], window: i64) -> u64 {
    let mut lowest: std::collections::VecDeque<(i64, u64)> = std::collections::VecDeque::new();
    let mut largest = 0;
    for (minute, sight) in sights {
        while lowest.front().is_some_and(|(from, _)| from + window < *minute) {
            lowest.pop_front();
        }
        if let Some((_, least)) = lowest.front() {
            largest = largest.max(sight.margin_required.saturating_sub(*least));
        }
        // Readings that are no lower than this one never are the lowest again.
        while lowest.back().is_some_and(|(_, known)| *known >= sight.margin_required) {
            lowest.pop_back();
        }
        lowest.push_back((*minute, sight.margin_required));
    }
    largest
}

/// Hours between marks, and those in which the mark moved by more than the initial margin rate.
fn backtest(marks: &[&Mark]) -> (u64, Vec<Exceedance>) {
    let mut hourly: BTreeMap<i64, &Mark> = BTreeMap::new();
    for mark in marks {
        hourly.insert(mark.minute.div_euclid(HOUR), mark); // the last of each hour
    }
    let (mut observed, mut exceeded) = (0, Vec::new());
    for (hour, mark) in &hourly {
        let Some(before) = hourly.get(&(hour - 1)) else { continue };
        let moved = mark.price.abs_diff(before.price);
        observed += 1;
        if u128::from(moved) * 10_000 > u128::from(before.price) * u128::from(before.initial_bps) {
            exceeded.push(Exceedance {
                market: mark.market,
                time: mark.publish_ts,
                moved_bps: ratio_bps(moved, before.price),
                initial_bps: before.initial_bps,
            });
        }
    }
    (observed, exceeded)
}

/// The part of the minutes at whose end the mark was at most two minutes old, in basis points.
fn uptime(marks: &[&Mark]) -> u64 {
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else { return 0 };
    // A mark that was published in minute p is good for the ends of minutes p to p + 1.
    let mut good = std::collections::BTreeSet::new();
    for mark in marks {
        let published = mark.publish_ts.div_euclid(60);
        good.extend((published.max(mark.minute)..=published + 1).filter(|minute| *minute <= last.minute));
    }
    let all = last.minute - first.minute + 1;
    ratio_bps(good.iter().filter(|minute| **minute >= first.minute).count() as u64, all.unsigned_abs())
}

/// The report as CSV: a line for each figure.
///
/// # Errors
/// When a line cannot be written, which memory never refuses.
pub fn to_csv(report: &Report) -> anyhow::Result<String> {
    let mut lines = csv::Writer::from_writer(Vec::new());
    lines.write_record(["id", "title", "disclosure", "value", "unit", "slot", "definition", "formula"])?;
    for figure in &report.figures {
        let (value, slot) = (figure.value.clone().unwrap_or_default(), figure.slot.to_string());
        lines.write_record([
            &figure.id,
            figure.title,
            figure.disclosure,
            &value,
            figure.unit,
            &slot,
            figure.definition,
            figure.formula,
        ])?;
    }
    Ok(String::from_utf8(lines.into_inner()?)?)
}
