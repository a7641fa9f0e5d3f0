//! The fund and its markets, to look at.

use {
    crate::{
        amount::{decimal, percent},
        session::symbol,
        text::Text,
    },
    bulkhead_keeper::book::Book,
    serde_json::{json, Value},
};

/// A page for people, and the same for scripts.
pub type Page = (Text, Value);

/// The fund: who governs it and whose money it holds.
pub fn fund(book: &Book) -> Page {
    let fund = &book.fund;
    let buckets = [
        ("margin_total", fund.margin_total),
        ("contributions", fund.contributions),
        ("treasury", fund.treasury),
        ("rewards_unclaimed", fund.rewards_unclaimed),
        ("rewards_streaming", fund.rewards_streaming),
        ("pool", fund.pool),
        ("recoveries", fund.recoveries),
        ("unfunded", fund.unfunded),
        ("vault", book.vault_amount),
    ];
    let mut text = Text::default();
    text.heading(format!("Fund {}", book.keys.fund));
    text.field("mint", fund.mint);
    text.field("authority", fund.authority);
    text.field("guardian", fund.guardian);
    text.field("members", fund.members);
    text.field("markets", fund.market_count);
    text.field("open defaults", fund.open_defaults);
    text.heading("Money");
    let mut json = json!({
        "fund": book.keys.fund.to_string(),
        "mint": fund.mint.to_string(),
        "authority": fund.authority.to_string(),
        "guardian": fund.guardian.to_string(),
        "quote_decimals": fund.quote_decimals,
        "members": fund.members,
        "markets": fund.market_count,
        "open_defaults": fund.open_defaults,
        "slot": book.slot,
    });
    for (name, amount) in buckets {
        text.field(name.replace('_', " "), decimal(amount, fund.quote_decimals));
        json[name] = json!(amount.to_string());
    }
    (text, json)
}

/// The markets: marks, rates in force and what is open.
pub fn markets(book: &Book) -> Page {
    let mut text = Text::default();
    let (mut rows, mut items) = (Vec::new(), Vec::new());
    for market in &book.markets {
        let name = symbol(&market.oracle.feed_id, market.index);
        rows.push(vec![
            market.index.into(),
            name.as_str().into(),
            decimal(market.mark.price, market.price_decimals).into(),
            book.slot.saturating_sub(market.mark.slot).into(),
            percent(market.rates.initial_bps.into()).into(),
            percent(market.rates.maintenance_bps.into()).into(),
            decimal(market.open_interest, 0).into(),
            decimal(market.house_lots, 0).into(),
        ]);
        items.push(json!({
            "index": market.index,
            "symbol": name,
            "mark": market.mark.price.to_string(),
            "price_decimals": market.price_decimals,
            "lot_decimals": market.lot_decimals,
            "mark_age_slots": book.slot.saturating_sub(market.mark.slot),
            "initial_bps": market.rates.initial_bps,
            "maintenance_bps": market.rates.maintenance_bps,
            "open_interest_lots": market.open_interest.to_string(),
            "house_lots": market.house_lots.to_string(),
        }));
    }
    let head = ["#>", "asset", "mark>", "age in slots>", "initial>", "maintenance>", "open lots>", "house lots>"];
    text.table(&head, rows);
    (text, json!({ "markets": items }))
}
