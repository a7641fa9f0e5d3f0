//! Views of defaults: their losses and the layers that paid.

use {
    super::Page,
    crate::{
        amount::{decimal, percent},
        context::record,
        scales::{date, MarketScale, Scales},
        session::Session,
        text::{Cell, Text},
    },
    anyhow::{anyhow, Result},
    bulkhead_book::Book,
    bulkhead_client::state::{DefaultRecord, DefaultStatus, DefaultedLots},
    serde_json::{json, Value},
};

/// Shows all defaults whose records are kept.
pub fn defaults(book: &Book) -> Page {
    let mut text = Text::default();
    let (mut rows, mut items) = (Vec::new(), Vec::new());
    for record in book.records.values() {
        rows.push(row(record, book.fund.quote_decimals).into());
        items.push(summary(record));
    }
    if rows.is_empty() {
        text.line("no records of defaults");
    } else {
        text.table(&HEAD, rows);
    }
    (text, json!({ "defaults": items }))
}

/// The columns of the table of defaults: money is in tokens.
const HEAD: [&str; 12] = [
    "#>",
    "status",
    "member",
    "margin, tokens>",
    "shortfall>",
    "set off>",
    "contribution>",
    "treasury>",
    "survivors>",
    "cushions>",
    "residual>",
    "repaid>",
];

/// The row of a default, a cell for each column.
fn row(record: &DefaultRecord, decimals: u8) -> [Cell; HEAD.len()] {
    let money = |amount: u64| decimal(amount, decimals).into();
    [
        record.seq.into(),
        status(record).into(),
        record.member.into(),
        money(record.from_margin),
        money(record.shortfall),
        money(set_off(record)),
        money(record.from_contribution),
        money(record.from_treasury),
        money(record.from_survivors),
        money(record.from_cushions),
        money(record.residual),
        money(record.repaid),
    ]
}

/// What the defaulter had to claim of the fund, which is set off against its loss.
fn set_off(record: &DefaultRecord) -> u64 {
    record.from_claim.saturating_add(record.from_rewards).saturating_add(record.from_recoveries)
}

/// Shows one default with its audit trail.
pub async fn default(session: &Session, seq: u64) -> Result<Page> {
    let (book, _) = session.source.load_part(&[]).await?;
    let record = record(session, book.fund.default_seq, seq).await?;
    let decimals = book.fund.quote_decimals;
    let owed = record.owed().map_err(|error| anyhow!("the debt has no value: {error:?}"))?;

    let mut text = Text::default();
    text.heading(format!("Default {seq}"));
    text.field("status", status(&record));
    text.field("member", record.member);
    text.field("declared", date(record.declared_ts));
    waterfall(&mut text, &record, owed, decimals);

    let positions = &record.positions[..usize::from(record.positions_len).min(record.positions.len())];
    let scales = Scales::of(&book);
    text.heading("Taken over by the house");
    let rows = positions.iter().map(|taken| {
        let market = scales.market(taken.market);
        let shown = |show: fn(&MarketScale, &DefaultedLots) -> String| {
            market.map_or(String::new(), |market| show(market, taken)).into()
        };
        vec![
            market.map_or(format!("market {}", taken.market), |market| market.symbol.clone()).into(),
            decimal(taken.lots, 0).into(),
            shown(|market, taken| market.asset(taken.lots)),
            shown(|market, taken| market.price(taken.price)),
        ]
    });
    text.table(&["market", "lots>", "amount>", "mark, tokens>"], rows.collect());

    let mut json = summary(&record);
    json["declared_slot"] = json!(record.declared_slot.to_string());
    json["payer"] = json!(record.payer.to_string());
    json["contributions_before"] = json!(record.contributions_before.to_string());
    json["bounties"] = json!(record.bounties.to_string());
    json["owed"] = json!(owed.to_string());
    let taken = positions.iter().map(|taken| {
        json!({
            "market": taken.market,
            "lots": taken.lots.to_string(),
            "price": taken.price.to_string(),
        })
    });
    json["positions"] = taken.collect();
    Ok((text, json))
}

/// Adds the amount that each layer paid, and the payments after that.
fn waterfall(text: &mut Text, record: &DefaultRecord, owed: u64, decimals: u8) {
    let money = |amount: u64| decimal(amount, decimals);
    // The haircut is in millionths, because that of a large fund may be small.
    let haircut_ppm = match record.contributions_before {
        0 => 0,
        before => (u128::from(record.from_survivors) * 1_000_000 / u128::from(before)) as u64,
    };
    text.heading("Who paid, in tokens");
    text.field("1 defaulter's margin", money(record.from_margin));
    text.field("shortfall", money(record.shortfall));
    text.field("2 its claim, rewards and recoveries", money(set_off(record)));
    text.field("2 its contribution", money(record.from_contribution));
    text.field("3 treasury", money(record.from_treasury));
    let haircut = format!(
        "{} of {}, {}",
        money(record.from_survivors),
        money(record.contributions_before),
        percent(haircut_ppm / 100)
    );
    text.field("4 survivors", haircut);
    text.field("4 cushions", money(record.from_cushions));
    text.field("nobody yet", money(record.residual));
    text.heading("After that");
    text.field("cushion at the declaration", money(record.cushion));
    text.field("bounties", money(record.bounties));
    text.field("repaid", money(record.repaid));
    text.field("owed", money(owed));
}

fn status(record: &DefaultRecord) -> &'static str {
    if record.status == DefaultStatus::Declared {
        "declared"
    } else if record.has_cushion() {
        "cushion held"
    } else {
        "allocated"
    }
}

fn layers(record: &DefaultRecord) -> impl Iterator<Item = (&'static str, u64)> {
    [
        ("from_margin", record.from_margin),
        ("shortfall", record.shortfall),
        ("from_claim", record.from_claim),
        ("from_rewards", record.from_rewards),
        ("from_recoveries", record.from_recoveries),
        ("from_contribution", record.from_contribution),
        ("from_treasury", record.from_treasury),
        ("from_survivors", record.from_survivors),
        ("from_cushions", record.from_cushions),
        ("cushion", record.cushion),
        ("residual", record.residual),
        ("repaid", record.repaid),
    ]
    .into_iter()
}

fn summary(record: &DefaultRecord) -> Value {
    let mut item = json!({
        "seq": record.seq,
        "status": status(record),
        "member": record.member.to_string(),
        "declared_ts": record.declared_ts,
    });
    for (name, paid) in layers(record) {
        item[name] = json!(paid.to_string());
    }
    item
}
