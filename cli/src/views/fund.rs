//! Views of the fund and its markets.

use {
    super::{changes::reads, market, Page},
    crate::{
        actions::governance::paused,
        amount::{decimal, percent},
        order::changes,
        parameters::{edits, values},
        scales::{MarketScale, Scales},
        text::Text,
    },
    bulkhead_book::Book,
    bulkhead_client::{
        state::{Fund, FundStatus},
        Address,
    },
    serde_json::json,
};

/// Shows the fund: its governance and its money by owner.
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
    text.field("status", status(fund));
    text.field("mint", fund.mint);
    text.field("creator", fund.creator);
    text.field("authority", fund.authority);
    if fund.pending_authority != Address::default() {
        text.field("offered to", fund.pending_authority);
    }
    text.field("guardian", fund.guardian);
    text.field("governance nonce", fund.governance_nonce);
    let paused = paused(fund, book.now);
    text.field("paused", paused.as_str());
    if fund.treasury_notice > 0 {
        let asked = decimal(fund.treasury_notice, fund.quote_decimals);
        let due = reads(book, fund.treasury_ready_secs.max(fund.treasury_exit_secs));
        text.field("treasury asked back", format!("{asked} tokens, to {}, due {due}", fund.treasury_to));
    }
    text.field("members", fund.members);
    text.field("markets", fund.market_count);
    text.field("open defaults", fund.open_defaults);
    text.heading("Money, in tokens");
    let mut json = json!({
        "fund": book.keys.fund.to_string(),
        "status": status(fund),
        "mint": fund.mint.to_string(),
        "creator": fund.creator.to_string(),
        "authority": fund.authority.to_string(),
        "guardian": fund.guardian.to_string(),
        "pending_authority":
            (fund.pending_authority != Address::default()).then(|| fund.pending_authority.to_string()),
        "governance_nonce": fund.governance_nonce.to_string(),
        "paused": paused,
        "treasury_notice": fund.treasury_notice.to_string(),
        "treasury_ready_secs": fund.treasury_ready_secs.to_string(),
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
    json["exposures"] = exposures(&mut text, fund);
    text.heading("Parameters");
    let parameters = edits("FundParams", None, bytemuck::bytes_of(&fund.params), fund.quote_decimals);
    changes(&mut text, &parameters);
    json["parameters"] = values(&parameters);
    (text, json)
}

/// The members that endanger most.
fn exposures(text: &mut Text, fund: &Fund) -> serde_json::Value {
    let largest = fund.exposures.iter().filter(|known| known.stress_loss > 0);
    let largest: Vec<_> = largest.map(|known| (known.member, known.stress_loss)).collect();
    if !largest.is_empty() {
        text.heading("Largest exposures");
        let row =
            |(member, loss): &(Address, u64)| vec![member.into(), decimal(*loss, fund.quote_decimals).into()];
        text.table(&["member", "stress loss, tokens>"], largest.iter().map(row).collect());
    }
    let item = |(member, loss): &(Address, u64)| {
        let (member, stress_loss) = (member.to_string(), loss.to_string());
        json!({ "member": member, "stress_loss": stress_loss })
    };
    largest.iter().map(item).collect()
}

fn status(fund: &Fund) -> &'static str {
    let named = [(FundStatus::Active, "active"), (FundStatus::Recovery, "recovery")];
    named.into_iter().find(|(status, _)| fund.status == *status).map_or("wind-down", |(_, name)| name)
}

/// Shows the markets: marks, rates in force, open interest.
pub fn markets(book: &Book) -> Page {
    let (scales, mut text) = (Scales::of(book), Text::default());
    let (mut rows, mut items) = (Vec::new(), Vec::new());
    for market in &book.markets {
        let scale = MarketScale::of(book.keys.market(market.index), market);
        let (has_mark, age) = (market.mark.price > 0, book.slot.saturating_sub(market.mark.slot));
        rows.push(vec![
            market.index.into(),
            scale.symbol.as_str().into(),
            if has_mark { scale.price(market.mark.price) } else { "none yet".into() }.into(),
            if has_mark { scales.slots(age) } else { String::new() }.into(),
            percent(market.rates.initial_bps.into()).into(),
            percent(market.rates.maintenance_bps.into()).into(),
            scale.lot().into(),
            decimal(market.open_interest, 0).into(),
            scale.asset(market.open_interest).into(),
            decimal(market.house_lots, 0).into(),
        ]);
        items.push(market::summary(book, market));
    }
    let head = [
        "#>",
        "market",
        "mark, tokens>",
        "age>",
        "initial>",
        "maintenance>",
        "one lot>",
        "open lots>",
        "open>",
        "house lots>",
    ];
    text.table(&head, rows);
    (text, json!({ "markets": items }))
}
