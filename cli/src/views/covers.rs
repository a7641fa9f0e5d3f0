//! View of the fund's covers.

use {
    super::Page,
    crate::{
        actions::cover::status,
        amount::decimal,
        session::Session,
        text::{Cell, Text},
    },
    anyhow::{anyhow, Result},
    bulkhead_client::{rules::covers::backing, state::Cover},
    bulkhead_format::utc,
    serde_json::{json, Value},
};

/// Names of the kinds of covers, by their numbers.
pub const KINDS: [&str; 3] = ["claims", "venue", "parametric"];

/// The name of a kind of covers.
pub fn kind(number: u8) -> &'static str {
    KINDS.get(usize::from(number)).copied().unwrap_or("unknown")
}

/// Shows all covers, and how much of the fund they pledge.
pub async fn covers(session: &Session) -> Result<Page> {
    let mut covers: Vec<Cover> = session.all().await?;
    covers.sort_by_key(|cover| cover.index);
    let (book, _) = session.source.load_part(&[]).await?;
    let (fund, decimals) = (&book.fund, book.fund.quote_decimals);
    let there = backing(fund).map_err(|error| anyhow!("the fund has no value: {error:?}"))?;
    let money = |amount: u64| decimal(amount, decimals);
    let mut text = Text::default();
    text.field("pledged", money(fund.committed));
    text.field("there for covers", money(there));
    text.field("owed", money(fund.cover_owed));
    if book.now < fund.exits.hold_until_ts {
        text.field("exits held until", date(fund.exits.hold_until_ts));
    }
    let row = |cover: &Cover| -> Vec<Cell> {
        vec![
            cover.index.to_string().into(),
            kind(cover.kind).into(),
            status(cover).into(),
            money(cover.limit).into(),
            money(cover.drawn).into(),
            money(cover.owed).into(),
            money(cover.payable).into(),
            money(cover.prepaid).into(),
            money(cover.first_loss).into(),
            date(cover.over_ts()).into(),
        ]
    };
    if covers.is_empty() {
        text.line("the fund has no cover");
    } else {
        let columns = [
            "cover",
            "kind",
            "status",
            "limit>",
            "drawn>",
            "owed>",
            "payable>",
            "prepaid>",
            "first loss>",
            "until",
        ];
        text.table(&columns, covers.iter().map(row).collect());
    }
    let items: Vec<Value> =
        covers.iter().map(|cover| item(&book.keys.cover(cover.index).to_string(), cover)).collect();
    let page = json!({
        "committed": fund.committed.to_string(),
        "backing": there.to_string(),
        "owed": fund.cover_owed.to_string(),
        "hold_until_ts": fund.exits.hold_until_ts.to_string(),
        "covers": items,
    });
    Ok((text, page))
}

fn date(ts: i64) -> String {
    format!("{} UTC", utc(ts.saturating_mul(1_000)))
}

fn item(address: &str, cover: &Cover) -> Value {
    json!({
        "address": address,
        "index": cover.index.to_string(),
        "kind": kind(cover.kind),
        "status": status(cover),
        "drawer": cover.drawer.to_string(),
        "destination": cover.destination.to_string(),
        "beneficiary": cover.beneficiary.to_string(),
        "limit": cover.limit.to_string(),
        "drawn": cover.drawn.to_string(),
        "owed": cover.owed.to_string(),
        "payable": cover.payable.to_string(),
        "prepaid": cover.prepaid.to_string(),
        "first_loss": cover.first_loss.to_string(),
        "opens_ts": cover.opens_ts.to_string(),
        "ends_ts": cover.ends_ts.to_string(),
        "lapsed_ts": cover.lapsed_ts.to_string(),
        "premium_bps_per_year": cover.premium_bps_per_year.to_string(),
        "coinsurance_bps": cover.coinsurance_bps.to_string(),
    })
}
