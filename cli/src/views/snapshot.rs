//! A snapshot of a whole fund for the stress test, which reads it from a file.

use {
    super::Page,
    crate::{amount::decimal, session::symbol, text::Text},
    anyhow::{anyhow, Result},
    bulkhead_book::{scale, Book},
    bulkhead_client::{
        state::{Market, Member},
        Address,
    },
    serde_json::{json, Value},
};

/// Shows the fund as one document: `cargo xtask stress --snapshot FILE` takes its JSON. Money is in
/// base units, and a position is its signed value at the mark.
pub fn snapshot(book: &Book) -> Result<Page> {
    let (fund, params) = (&book.fund, &book.fund.params);
    let members = book.members.iter().map(|(address, member)| of_member(book, address, member));
    let members = members.collect::<Result<Vec<_>>>()?;
    let mut text = Text::default();
    text.heading(format!("Fund {}", book.keys.fund));
    text.field("slot", book.slot);
    text.field("members", members.len() as u64);
    text.field("treasury", decimal(fund.treasury, fund.quote_decimals));
    text.field("contributions", decimal(fund.contributions, fund.quote_decimals));
    let json = json!({
        "fund": book.keys.fund.to_string(),
        "slot": book.slot,
        "quote_decimals": fund.quote_decimals,
        "treasury": fund.treasury.to_string(),
        "parameters": {
            "min_contribution": params.min_contribution.to_string(),
            "cover_limit_bps": params.cover_limit_bps,
            "crowding_limit_bps": params.crowding_limit_bps,
            "outflow_cap_bps": params.outflow_cap_bps,
            "liquidation_bonus_bps": params.liquidation_bonus_bps,
            "liquidation_fee_bps": params.liquidation_fee_bps,
            "liquidation_buffer_bps": params.liquidation_buffer_bps,
            "assessment_cap_bps": params.assessment_cap_bps,
            "auction_max_discount_bps": params.auction_max_discount_bps,
            "auction_slots": params.auction_slots,
            "slot_ms": params.slot_ms,
        },
        "markets": book.markets.iter().map(of_market).collect::<Vec<_>>(),
        "members": members,
    });
    Ok((text, json))
}

/// A market, with the rates in force.
fn of_market(market: &Market) -> Value {
    json!({
        "symbol": symbol(&market.oracle.feed_id, market.index),
        "mark": market.mark.price.to_string(),
        "price_decimals": market.price_decimals,
        "house_lots": market.house_lots.to_string(),
        "initial_bps": market.rates.initial_bps,
        "maintenance_bps": market.rates.maintenance_bps,
        "contribution_bps": market.rates.contribution_bps,
        "stress_bps": market.rates.stress_bps,
        "premium_bps_per_year": market.adjustment.premium_bps_per_year,
        "confidence_multiple": market.confidence_multiple,
    })
}

fn of_member(book: &Book, address: &Address, member: &Member) -> Result<Value> {
    let none = |error| anyhow!("member {address} cannot be valued: {error:?}");
    let risk = book.risk(member).map_err(none)?;
    let contribution = book.fund.book().value_of(member.live_shares(book.fund.share_epoch)).map_err(none)?;
    let mut positions = Vec::new();
    for held in member.positions.iter().filter(|held| held.lots != 0) {
        let market = book.market(held.market).map_err(none)?;
        // Rounded towards zero: a unit of money at most.
        let value = i128::from(held.lots) * i128::from(market.mark.price)
            / i128::from(scale(market).map_err(none)?.get());
        positions.push(json!([held.market, value.to_string()]));
    }
    Ok(json!({
        "member": address.to_string(),
        "margin": member.margin.to_string(),
        "profit": risk.profit.to_string(),
        "contribution": contribution.to_string(),
        "positions": positions,
    }))
}
