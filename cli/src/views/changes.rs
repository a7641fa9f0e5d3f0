//! Changes that governance has queued.

use {
    super::Page,
    crate::{
        amount::decimal,
        idl, order,
        parameters::{self, Edit},
        session::{symbol, Session},
        text::Text,
    },
    anyhow::Result,
    bulkhead_book::Book,
    bulkhead_client::state::{ParameterChange, QueuedChange},
    bulkhead_format::utc,
    bulkhead_math::exit_clock::Phase,
    serde_json::json,
};

/// Shows all queued changes.
pub async fn changes(session: &Session) -> Result<Page> {
    let (book, _) = session.source.load_part(&[]).await?;
    let mut text = Text::default();
    let mut items = Vec::new();
    for record in session.changes().await? {
        let (what, edits) = match record.change() {
            Ok(change) => (label(&change), edits(&book, &change)),
            Err(error) => (idl::explained(&format!("{error:?}")).unwrap_or_default(), Vec::new()),
        };
        let stands = stands(&record, &book);
        text.heading(format!("Change {} {what}", record.number));
        text.field("stands", stands);
        text.field("ready", reads(&book, record.ready_secs));
        text.field("last valid", reads(&book, record.expires_secs));
        order::changes(&mut text, &edits);
        items.push(json!({
            "number": record.number.to_string(),
            "of": what,
            "status": stands,
            "ready_secs": record.ready_secs.to_string(),
            "expires_secs": record.expires_secs.to_string(),
            "changes": edits.iter().map(Edit::json).collect::<Vec<_>>(),
        }));
    }
    if items.is_empty() {
        text.line("no change is queued");
    }
    Ok((text, json!({ "changes": items })))
}

/// When the exit clock has a reading, as far as one can say: it stands still while exits are blocked.
pub fn reads(book: &Book, secs: u64) -> String {
    let about = utc(book.time_of(secs).saturating_mul(1_000));
    format!("about {about} UTC, later by the time that exits are blocked until then")
}

/// Where a change stands.
pub fn stands(record: &QueuedChange, book: &Book) -> &'static str {
    let phase = match record.in_chain_time.get() {
        true => record.window().phase_at(book.now.max(0).unsigned_abs()),
        false => record.window().phase(&book.exit_clock()),
    };
    match phase {
        Phase::Waiting => "waits",
        Phase::Open => "ready",
        Phase::Missed => "expired",
    }
}

/// The subject of a change in words.
pub fn label(change: &ParameterChange) -> String {
    match change {
        ParameterChange::Fund(_) => "of the fund's parameters".into(),
        ParameterChange::Market(index, _) => format!("of the terms of market {index}"),
        ParameterChange::Oracle(index, oracle) => {
            format!("of the oracle of market {index} ({})", symbol(&oracle.feed_id, *index))
        }
        ParameterChange::Close(index, _) => format!("of the end of market {index}"),
        ParameterChange::FinalMark(index, _) => format!("of the final mark of market {index}"),
        ParameterChange::Guardian(_) => "of the guardian".into(),
    }
}

/// The differences between a change and the present.
pub fn edits(book: &Book, change: &ParameterChange) -> Vec<Edit> {
    let (fund, decimals) = (&book.fund, book.fund.quote_decimals);
    let market = change.market().and_then(|index| book.markets.get(usize::from(index)));
    let edits = |structure, old, new| parameters::edits(structure, Some(old), new, decimals);
    match (change, market) {
        (ParameterChange::Fund(params), _) => {
            edits("FundParams", bytemuck::bytes_of(&fund.params), bytemuck::bytes_of(params))
        }
        (ParameterChange::Market(_, terms), Some(market)) => {
            edits("MarketTerms", bytemuck::bytes_of(&market.terms()), bytemuck::bytes_of(terms))
        }
        (ParameterChange::Oracle(_, oracle), Some(market)) => {
            edits("OracleConfig", bytemuck::bytes_of(&market.oracle), bytemuck::bytes_of(oracle))
        }
        (ParameterChange::Close(_, end), Some(market)) if *end != market.closing_ts => {
            let shown = |ts: i64| match ts {
                0 => "none".into(),
                ts => format!("{} UTC", utc(ts.saturating_mul(1_000))),
            };
            vec![Edit::of("end", shown(market.closing_ts), shown(*end))]
        }
        (ParameterChange::FinalMark(_, price), Some(market)) if *price != market.named_price => {
            let shown = |price| decimal(price, market.price_decimals);
            vec![Edit::of("final mark", shown(market.named_price), shown(*price))]
        }
        (ParameterChange::Guardian(guardian), _) if *guardian != fund.guardian => {
            vec![Edit::of("guardian", fund.guardian, guardian)]
        }
        _ => Vec::new(),
    }
}
