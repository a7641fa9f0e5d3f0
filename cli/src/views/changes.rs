//! Changes that governance has queued.

use {
    super::{covers::kind, Page},
    crate::{
        actions::governance::{of_cover, of_market},
        amount::decimal,
        idl, order,
        parameters::{self, Edit},
        session::{symbol, Session},
        text::Text,
    },
    anyhow::Result,
    bulkhead_book::Book,
    bulkhead_client::{
        rules::governance,
        state::{Fund, Market, ParameterChange, QueuedChange},
    },
    bulkhead_format::utc,
    bulkhead_math::exit_clock::{Phase, Window},
    serde_json::json,
};

/// Shows all queued changes.
pub async fn changes(session: &Session) -> Result<Page> {
    let (book, _) = session.source.load_part(&[]).await?;
    let mut text = Text::default();
    let mut items = Vec::new();
    for record in session.changes().await? {
        let change = match record.change() {
            Ok(change) => change,
            Err(error) => {
                let error = format!("{error:?}");
                text.heading(format!("Change {} cannot be read", record.number));
                text.line(idl::explained(&error).unwrap_or(error));
                continue;
            }
        };
        let (what, edits) = (label(&book, &change), edits(&book, &change));
        let (stands, window) = (stands(&record, &change, &book), window(&record, &change, &book));
        text.heading(format!("Change {} {what}", record.number));
        text.field("stands", stands);
        text.field("ready", when(&record, window.opens, &book));
        text.field("last valid", when(&record, window.closes, &book));
        order::changes(&mut text, &edits);
        items.push(json!({
            "number": record.number.to_string(),
            "of": what,
            "status": stands,
            "ready_secs": window.opens.to_string(),
            "expires_secs": window.closes.to_string(),
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

/// When the clock that a change waits by has a reading.
pub fn when(record: &QueuedChange, secs: u64, book: &Book) -> String {
    match i64::try_from(secs) {
        Ok(secs) if record.in_chain_time.get() => format!("{} UTC", utc(secs.saturating_mul(1_000))),
        _ => reads(book, secs),
    }
}

/// The time in which a change can be applied, as judged by what is in force now.
pub fn window(record: &QueuedChange, change: &ParameterChange, book: &Book) -> Window {
    let market = change.market().and_then(|index| book.markets.get(usize::from(index)));
    record.window(governance::timelock(&book.fund, market, change))
}

/// Where a change stands.
pub fn stands(record: &QueuedChange, change: &ParameterChange, book: &Book) -> &'static str {
    let market = change.market().and_then(|index| book.markets.get(usize::from(index)));
    let wait = governance::timelock(&book.fund, market, change);
    if book.now < governance::rests_until(&book.fund, record, wait) {
        return "waits";
    }
    match record.phase(wait, &book.exit_clock(), book.now) {
        Phase::Waiting => "waits",
        Phase::Open => "ready",
        Phase::Missed => "expired",
    }
}

/// The subject of a change in words.
pub fn label(book: &Book, change: &ParameterChange) -> String {
    label_from(market(book, change), change)
}

fn market<'b>(book: &'b Book, change: &ParameterChange) -> Option<&'b Market> {
    change.market().and_then(|index| book.markets.get(usize::from(index)))
}

/// The same from the market that it is about.
pub fn label_from(market: Option<&Market>, change: &ParameterChange) -> String {
    let name = |index: &u16| {
        market.map_or(format!("market {index}"), |market| symbol(&market.oracle.feed_id, *index))
    };
    match change {
        ParameterChange::Fund(_) => "of the fund's parameters".into(),
        ParameterChange::Market(index, _) => format!("of the terms of {}", name(index)),
        ParameterChange::Oracle(index, _) => format!("of the oracle of {}", name(index)),
        ParameterChange::NewMarket(params) => {
            format!("to a new market ({})", symbol(&params.oracle.feed_id, u16::MAX))
        }
        ParameterChange::Close(index, _) => format!("of the end of {}", name(index)),
        ParameterChange::FinalMark(index, _) => format!("of the final mark of {}", name(index)),
        ParameterChange::Guardian(_) => "of the guardian".into(),
        ParameterChange::NewCover(terms) => format!("to a new cover ({})", kind(terms.kind)),
        ParameterChange::RaiseCover(index, _) => format!("of the limit of cover {index}"),
        ParameterChange::ResumeCover(index) => format!("to resume cover {index}"),
    }
}

/// The differences between a change and the present.
pub fn edits(book: &Book, change: &ParameterChange) -> Vec<Edit> {
    edits_from(&book.fund, market(book, change), change)
}

/// The same from the fund and the market that it is about.
pub fn edits_from(fund: &Fund, market: Option<&Market>, change: &ParameterChange) -> Vec<Edit> {
    let decimals = fund.quote_decimals;
    let edits = |structure, old, new| parameters::edits(structure, Some(old), new, decimals);
    match (change, market) {
        (ParameterChange::Fund(change), _) => {
            let new = change.onto(&fund.params);
            edits("FundParams", bytemuck::bytes_of(&fund.params), bytemuck::bytes_of(&new))
        }
        (ParameterChange::Market(_, change), Some(market)) => {
            let (old, new) = (market.terms(), change.onto(&market.terms()));
            edits("MarketTerms", bytemuck::bytes_of(&old), bytemuck::bytes_of(&new))
        }
        (ParameterChange::Oracle(_, change), Some(market)) => {
            let new = change.onto(&market.oracle);
            edits("OracleConfig", bytemuck::bytes_of(&market.oracle), bytemuck::bytes_of(&new))
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
        (ParameterChange::NewMarket(params), _) => of_market(params, decimals),
        (ParameterChange::NewCover(terms), _) => of_cover(terms, decimals),
        (ParameterChange::RaiseCover(_, limit), _) => vec![Edit::first("limit", decimal(*limit, decimals))],
        (ParameterChange::ResumeCover(index), _) => vec![Edit::first("resumes cover", index)],
        (ParameterChange::Guardian(guardian), _) if *guardian != fund.guardian => {
            vec![Edit::of("guardian", fund.guardian, guardian)]
        }
        _ => Vec::new(),
    }
}
