//! View of the fund's offers.

use {
    super::Page,
    crate::{
        amount::decimal,
        session::{symbol, Session},
        text::{Cell, Text, Tone},
    },
    anyhow::Result,
    bulkhead_book::Book,
    bulkhead_client::{
        address,
        constants::TAKING_SECS,
        state::{Market, MemberStatus, Offer},
    },
    bulkhead_format::utc,
    serde_json::{json, Value},
};

/// Shows all offers, by market.
pub async fn offers(session: &Session) -> Result<Page> {
    let mut offers: Vec<Offer> = session.all().await?;
    let makers: Vec<_> = offers.iter().map(|offer| offer.maker).collect();
    let (book, _) = session.source.load_part(&makers).await?;
    offers.sort_by_key(|offer| (offer.market, offer.lots < 0, offer.number));
    let mut text = Text::default();
    let mut items = Vec::new();
    for index in 0..book.fund.market_count {
        let market = &book.markets[usize::from(index)];
        let here: Vec<&Offer> =
            offers.iter().filter(|offer| offer.market == book.keys.market(index)).collect();
        if here.is_empty() {
            continue;
        }
        text.heading(format!("Market {index}, {}", symbol(&market.oracle.feed_id, index)));
        let rows = here.iter().map(|offer| row(&book, market, offer)).collect();
        text.table(&["offer", "side", "lots>", "price>", "at the mark>", "stands"], rows);
        items.extend(here.iter().map(|offer| item(&book, market, offer)));
    }
    if items.is_empty() {
        text.line("nobody offers anything: `bulkhead offer post` does");
    }
    Ok((text, json!({ "offers": items })))
}

fn row(book: &Book, market: &Market, offer: &Offer) -> Vec<Cell> {
    let side = if offer.lots < 0 { "sells" } else { "buys" };
    let at_mark = offer.quote().price(market.mark.price);
    let at_mark = at_mark.map_or("none".into(), |price| decimal(price, market.price_decimals));
    let (stands, tone) = stands(book, offer);
    vec![
        address::offer(&offer.maker, offer.number).into(),
        side.into(),
        decimal(offer.lots.unsigned_abs(), 0).into(),
        price(market, offer).into(),
        at_mark.into(),
        Cell(stands, tone),
    ]
}

/// The price as the maker has put it.
fn price(market: &Market, offer: &Offer) -> String {
    let distance = match offer.distance_bps {
        0 => "the oracle's".to_owned(),
        bps if bps < 0 => format!("{} bps worse", bps.unsigned_abs()),
        bps => format!("{bps} bps better"),
    };
    let any = if offer.lots < 0 { 0 } else { u64::MAX };
    if offer.limit_price == any {
        return distance;
    }
    let bound = if offer.lots < 0 { "at least" } else { "at most" };
    format!("{distance}, {bound} {}", decimal(offer.limit_price, market.price_decimals))
}

/// Whether an offer can be taken, and if not, why.
fn stands(book: &Book, offer: &Offer) -> (String, Tone) {
    let member = book.members.get(&offer.maker);
    let is_alive = member.is_some_and(|member| {
        member.status == MemberStatus::Active
            && member.default_count == offer.default_count
            && (member.owner == offer.trader || member.delegate == offer.trader)
    });
    let until = offer.taking.ts.saturating_add(TAKING_SECS);
    if offer.is_taken() && book.now > until {
        (format!("taken, and has lapsed: `bulkhead offer lapse {}`", offer_address(offer)), Tone::Warn)
    } else if offer.is_taken() {
        (format!("taken until {} UTC", utc(until.saturating_mul(1_000))), Tone::Plain)
    } else if book.now >= offer.expires_ts {
        ("expired: anyone may cancel it".into(), Tone::Warn)
    } else if !is_alive {
        ("void: its maker may cancel it".into(), Tone::Warn)
    } else {
        (format!("open until {} UTC", utc(offer.expires_ts.saturating_mul(1_000))), Tone::Good)
    }
}

fn offer_address(offer: &Offer) -> String {
    address::offer(&offer.maker, offer.number).to_string()
}

fn item(book: &Book, market: &Market, offer: &Offer) -> Value {
    let taking = offer.is_taken().then(|| {
        json!({
            "taker": offer.taking.taker.to_string(),
            "lots": offer.taking.lots.to_string(),
            "limit_price": offer.taking.limit_price.to_string(),
            "ts": offer.taking.ts.to_string(),
            "locked": offer.taking.locked.to_string(),
        })
    });
    json!({
        "offer": offer_address(offer),
        "market": market.index,
        "maker": offer.maker.to_string(),
        "number": offer.number.to_string(),
        "lots": offer.lots.to_string(),
        "least": offer.min_lots.to_string(),
        "distance_bps": offer.distance_bps,
        "limit_price": offer.limit_price.to_string(),
        "expires_ts": offer.expires_ts.to_string(),
        "status": stands(book, offer).0,
        "taking": taking,
    })
}
