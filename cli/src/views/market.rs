//! View of one market.

use {
    super::Page,
    crate::{
        amount::percent,
        doctor::oracles::oracle_fault,
        market_name::MarketName,
        order::changes,
        parameters::{edits, values},
        scales::{MarketScale, Scales},
        session::{symbol, Session},
        text::{Cell, Text, Tone},
    },
    anyhow::{anyhow, Result},
    bulkhead_book::Book,
    bulkhead_client::{rules::final_price, state::Market},
    bulkhead_format::utc,
    serde_json::{json, Value},
};

/// Shows one market: price, rates, open interest, the house, its parameters.
pub async fn market(session: &Session, name: &MarketName) -> Result<Page> {
    let (book, oracles) = session.source.load_part(&[]).await?;
    let (market, scales) = (name.find(&book)?, Scales::of(&book));
    let index = market.index;
    let scale = MarketScale::of(book.keys.market(index), market);
    let oracle = oracles[usize::from(index)];
    let account = session.account(&oracle).await?;
    let said = oracle_fault(market, account.as_ref(), book.now);
    let age = scales.slots(book.slot.saturating_sub(market.mark.slot));

    let (says, tone) = match &said {
        Ok(says) => (says, Tone::Good),
        Err(fault) => (fault, Tone::Bad),
    };

    let mut text = Text::default();
    text.heading(format!("Market {index}, {}", scale.symbol));
    text.field("account", book.keys.market(index));
    text.field("status", status(&book, market));
    text.field(
        "mark",
        format!(
            "{} +- {} tokens, {age} old",
            scale.price(market.mark.price),
            scale.price(market.mark.confidence)
        ),
    );
    if market.final_ts == 0 {
        text.field("band", scale.band_says(market));
    }
    text.field("oracle", oracle);
    text.field("it says", Cell(says.clone(), tone));
    rate_fields(&mut text, market, &scale);
    interval_fields(&mut text, &book, market, &scale);
    let house = house(&book, market)?;
    text.heading("House");
    text.field("holds", scale.lots(market.house_lots));
    if let Some(sale) = house.as_object() {
        text.field("for", scales.slots(book.slot.saturating_sub(market.house_since_slot)));
        let price = sale["price"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
        text.field("for sale at", format!("{} tokens", scale.price(price)));
    }
    text.heading("Parameters");
    let decimals = book.fund.quote_decimals;
    let mut parameters = edits("MarketTerms", None, bytemuck::bytes_of(&market.terms()), decimals);
    parameters.extend(edits("OracleConfig", None, bytemuck::bytes_of(&market.oracle), decimals));
    changes(&mut text, &parameters);

    let mut json = summary(&book, market);
    json["status"] = json!(status(&book, market));
    json["address"] = json!(book.keys.market(index).to_string());
    json["oracle"] = json!({ "account": oracle.to_string(), "accepted": said.is_ok(), "says": says });
    json["confidence"] = json!(market.mark.confidence.to_string());
    json["multiplier_bps"] = json!(market.adjusted.multiplier_bps);
    json["house"] = house;
    json["parameters"] = values(&parameters);
    Ok((text, json))
}

/// Adds the regime, the rates in force and the open interest.
fn rate_fields(text: &mut Text, market: &Market, scale: &MarketScale) {
    text.field(
        "regime",
        format!(
            "{:?}, rates at {} of the base",
            market.adjusted.regime(),
            percent(market.adjusted.multiplier_bps.into())
        ),
    );
    let rates = [
        ("initial", market.rates.initial_bps),
        ("maintenance", market.rates.maintenance_bps),
        ("contribution", market.rates.contribution_bps),
        ("stress", market.rates.stress_bps),
    ];
    text.field(
        "rates in force",
        rates.map(|(name, bps)| format!("{name} {}", percent(bps.into()))).join(", "),
    );
    text.field(
        "open",
        format!(
            "{} a side, of at most {}",
            scale.lots(market.open_interest),
            scale.lots(market.max_open_interest)
        ),
    );
    text.field("one lot", scale.lot());
}

/// Adds the prices by which members are judged now.
fn interval_fields(text: &mut Text, book: &Book, market: &Market, scale: &MarketScale) {
    let Ok(prices) = book.prices(market.index) else { return };
    let shown = |low: u64, high: u64| format!("{} to {} tokens", scale.price(low), scale.price(high));
    let (others, oneself) = (prices.intervals.others, prices.intervals.oneself);
    text.field("to others", format!("{}: what is done to a member", shown(others.low, others.high)));
    text.field("to oneself", format!("{}: what it does itself", shown(oneself.low, oneself.high)));
}

/// One market's row in the list of all.
pub fn summary(book: &Book, market: &Market) -> Value {
    json!({
        "index": market.index,
        "symbol": symbol(&market.oracle.feed_id, market.index),
        "mark": market.mark.price.to_string(),
        "price_decimals": market.price_decimals,
        "lot_decimals": market.lot_decimals,
        "mark_age_slots": book.slot.saturating_sub(market.mark.slot),
        "initial_bps": market.rates.initial_bps,
        "maintenance_bps": market.rates.maintenance_bps,
        "open_interest_lots": market.open_interest.to_string(),
        "house_lots": market.house_lots.to_string(),
    })
}

/// The trades that are allowed now.
fn status(book: &Book, market: &Market) -> String {
    let until = |ts: i64| format!("{} UTC", utc(ts.saturating_mul(1_000)));
    if market.final_ts != 0 {
        "closed: the mark is final".into()
    } else if let Some(end) =
        final_price::end_of(&book.fund, market).filter(|_| final_price::is_closing(market, book.now))
    {
        format!("only reduces: it ends at {}", until(end))
    } else if book.fund.has_open_loss() {
        "only reduces: the fund has a loss that is not paid for".into()
    } else if market.is_halted(book.now) {
        format!("only reduces until {}: the breaker has tripped", until(market.adjusted.halted_until_ts))
    } else {
        "open".into()
    }
}

/// The house's offer and its price now; null if there is none.
fn house(book: &Book, market: &Market) -> Result<Value> {
    if market.house_lots == 0 {
        return Ok(Value::Null);
    }
    let held = book.slot.saturating_sub(market.house_since_slot);
    let end = book.prices(market.index).map(|prices| prices.intervals.others.favouring(market.house_lots));
    let price = end.and_then(|end| book.fund.params.auction().price(end, market.house_lots, held));
    let price = price.map_err(|error| anyhow!("the auction has no price: {error:?}"))?;
    Ok(json!({
        "lots": market.house_lots.to_string(),
        "since_slot": market.house_since_slot.to_string(),
        "price": price.to_string(),
    }))
}
