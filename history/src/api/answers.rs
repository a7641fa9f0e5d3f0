//! The answers to the API's queries.

use {
    super::{Answer, App, Query, Refusal},
    crate::{
        books::balances,
        decode,
        export::{cursor, parse_cursor, to_csv, to_json},
        follow::Follower,
        report::{self, DefaultEntry, Input, Mark, Sight},
        store::{Filter, Minutes, StoredEvent},
    },
    anyhow::{Context, Result},
    bulkhead_client::event::Event,
    serde_json::{json, Value},
    std::collections::BTreeMap,
};

/// Most events, and most points of a series, in one answer.
pub const MOST: i64 = 1_000;
/// Readings that a report is made from: a year of them, thinned out evenly if there are more.
const READINGS: i64 = 100_000;
/// The number in an event that is about no default.
const NO_DEFAULT: u64 = u64::MAX;
/// Minutes in a year.
const YEAR: i64 = 365 * 24 * 60;

/// Events that belong to a default's story.
const STORY: [&str; 11] = [
    "DefaultDeclared",
    "LossAllocated",
    "ResidualAllocated",
    "HouseFlat",
    "HousesRealised",
    "TakenOver",
    "CushionReleased",
    "AssessmentPaid",
    "GainsCut",
    "Recovered",
    "EpochWiped",
];

pub async fn status(app: &App) -> Result<Answer, Refusal> {
    let follower = &app.follower;
    let head = *follower.head.borrow();
    let books = follower.books.read().await;
    let trouble = follower.metrics.unhealthy(app.stale);
    Ok(Answer::Json(json!({
        "fund": follower.source.fund.to_string(),
        "lastFinal": head.last,
        "last": head.newest,
        "slot": books.slot,
        "time": books.time,
        "lagSlots": follower.metrics.get("lag_slots", "") as i64,
        "truncated": books.truncated,
        "parted": books.parted,
        "healthy": trouble.is_none(),
        "trouble": trouble,
        "balances": balances(books.audit.fund()),
    })))
}

pub async fn events(app: &App, query: Option<String>, wants_csv: bool) -> Result<Answer, Refusal> {
    let known = ["kind", "member", "after", "order", "limit", "fromSlot", "toSlot", "format"];
    let query = Query::read(query.as_deref(), &known)?;
    let kinds: Vec<String> =
        query.text("kind").map(|kinds| kinds.split(',').map(str::to_owned).collect()).unwrap_or_default();
    let all = decode::kinds();
    if let Some(kind) = kinds.iter().find(|kind| !all.contains(&kind.as_str())) {
        return Err(Refusal::Bad(format!("kind: there is no event {kind}")));
    }
    let newest_first = match query.text("order") {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(Refusal::Bad("order: asc or desc".into())),
    };
    let after = query.text("after").map(|text| {
        parse_cursor(text).ok_or_else(|| Refusal::Bad("after: a cursor, as an answer gives it".into()))
    });
    let wants_csv = match query.text("format") {
        None => wants_csv,
        Some("csv") => true,
        Some("json") => false,
        Some(_) => return Err(Refusal::Bad("format: json or csv".into())),
    };
    let limit = query.number("limit", 1, MOST)?.unwrap_or(100);
    let filter = Filter {
        kinds,
        member: query.text("member").map(str::to_owned),
        after: after.transpose()?,
        newest_first,
        from_slot: query.number("fromSlot", 0, i64::MAX)?,
        to_slot: query.number("toSlot", 0, i64::MAX)?,
        limit,
    };
    let events = app.follower.store.events(&filter).await?;
    if wants_csv {
        return Ok(Answer::Csv(to_csv(&events, true)?));
    }
    let next = (events.len() as i64 == limit).then(|| events.last().map(cursor)).flatten();
    let events: Vec<Value> = events.iter().map(to_json).collect::<Result<_>>()?;
    Ok(Answer::Json(json!({ "events": events, "next": next })))
}

pub async fn transaction(app: &App, signature: String) -> Result<Answer, Refusal> {
    let store = &app.follower.store;
    let stored = store.transaction(&signature).await?;
    let stored =
        stored.ok_or_else(|| Refusal::Missing(format!("no transaction {signature} touches the fund")))?;
    let filter = Filter { after: Some((stored.number, -1)), limit: MOST, ..Filter::default() };
    let events = store.events(&filter).await?;
    let own = events.iter().filter(|event| event.transaction.number == stored.number);
    let events: Vec<Value> = own.map(to_json).collect::<Result<_>>()?;
    Ok(Answer::Json(json!({
        "signature": stored.signature,
        "slot": stored.slot,
        "time": stored.time,
        "final": stored.is_final,
        "truncated": stored.is_truncated,
        "events": events,
    })))
}

pub async fn defaults(app: &App) -> Result<Answer, Refusal> {
    let defaults = default_log(&app.follower).await?;
    Ok(Answer::Json(json!({ "defaults": defaults })))
}

pub async fn one_default(app: &App, seq: String) -> Result<Answer, Refusal> {
    let missing = || Refusal::Missing(format!("there is no default {seq}"));
    let number: u64 = seq.parse().map_err(|_| missing())?;
    let store = &app.follower.store;
    let log = default_log(&app.follower).await?;
    let entry = log.iter().find(|entry| entry.seq == number).ok_or_else(missing)?;
    let declared = store.transaction(&entry.signature).await?.ok_or_else(missing)?;
    let filter = Filter {
        kinds: STORY.map(str::to_owned).to_vec(),
        after: Some((declared.number, -1)),
        limit: MOST,
        ..Filter::default()
    };
    let story = store.events(&filter).await?;
    // The story of a default ends with the house round after its allocation.
    let seq_of = |event: &StoredEvent| -> Result<Option<u64>> {
        Ok(match decode::event(&event.data)? {
            Event::DefaultDeclared(event) => Some(event.seq),
            Event::LossAllocated(event) => Some(event.seq),
            Event::CushionReleased(event) => Some(event.seq),
            Event::Recovered(event) => (event.seq != NO_DEFAULT).then_some(event.seq),
            _ => None,
        })
    };
    let mut events = Vec::new();
    for event in &story {
        if seq_of(event)?.is_none_or(|seq| seq == number) {
            events.push(to_json(event)?);
        }
    }
    Ok(Answer::Json(json!({ "default": entry, "events": events })))
}

pub async fn series(app: &App, table: Minutes, query: Option<String>) -> Result<Answer, Refusal> {
    let query = Query::read(query.as_deref(), &["from", "to", "points", "format"])?;
    let store = &app.follower.store;
    let (first, last) = store.span(table).await?.unwrap_or_default();
    let minute = |secs: i64| secs.div_euclid(60);
    let from = query.number("from", 0, i64::MAX)?.map_or(first, minute).max(first);
    let to = query.number("to", 0, i64::MAX)?.map_or(last, minute).min(last);
    let points = query.number("points", 1, MOST)?.unwrap_or(200);
    let rows = store.minutes(table, from, to, points).await?;
    let points = rows.into_iter().map(|(minute, slot, data)| {
        let mut point: Value = serde_json::from_str(&data).context("stored figures")?;
        point["time"] = (minute * 60).into();
        point["slot"] = slot.into();
        Ok(point)
    });
    let points: Vec<Value> = points.collect::<Result<_>>()?;
    Ok(Answer::Json(json!({ "points": points })))
}

pub async fn report(app: &App, as_csv: bool) -> Result<Answer, Refusal> {
    let made = report::report(&report_input(&app.follower).await?);
    Ok(match as_csv {
        true => Answer::Csv(report::to_csv(&made)?),
        false => Answer::Json(serde_json::to_value(&made).context("a report")?),
    })
}

/// Reads all that a report is made from: the last year.
pub async fn report_input(follower: &Follower) -> Result<Input> {
    let store = &follower.store;
    let (fund, slot) = {
        let books = follower.books.read().await;
        (*books.audit.fund(), books.slot)
    };
    let (mut marks, mut sights) = (Vec::new(), Vec::new());
    if let Some((first, last)) = store.span(Minutes::Books).await? {
        for (minute, _, data) in store.minutes(Minutes::Books, first.max(last - YEAR), last, READINGS).await?
        {
            marks.extend(read_marks(minute, &data)?);
        }
    }
    if let Some((first, last)) = store.span(Minutes::Sights).await? {
        for (minute, _, data) in
            store.minutes(Minutes::Sights, first.max(last - YEAR), last, READINGS).await?
        {
            sights.push((minute, serde_json::from_str::<Sight>(&data).context("stored figures")?));
        }
    }
    Ok(Input { fund: Some(fund), slot, marks, sights, defaults: default_log(follower).await? })
}

fn read_marks(minute: i64, data: &str) -> Result<Vec<Mark>> {
    let books: Value = serde_json::from_str(data).context("stored books")?;
    let markets = books["markets"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mark = |market: &Value| {
        Some(Mark {
            minute,
            market: market["index"].as_u64()?,
            price: market["mark"].as_str()?.parse().ok()?,
            publish_ts: market["publishTime"].as_i64()?,
            initial_bps: market["initialBps"].as_u64()?,
            maintenance_bps: market["maintenanceBps"].as_u64()?,
            multiplier_bps: market["multiplierBps"].as_u64()?,
        })
    };
    markets.iter().map(|market| mark(market).context("stored books")).collect()
}

/// All defaults, the oldest first.
pub async fn default_log(follower: &Follower) -> Result<Vec<DefaultEntry>> {
    let mut log: BTreeMap<u64, DefaultEntry> = BTreeMap::new();
    let kinds: Vec<String> = ["DefaultDeclared", "LossAllocated", "Recovered"].map(str::to_owned).to_vec();
    let mut after = (0, -1);
    loop {
        let filter = Filter { kinds: kinds.clone(), after: Some(after), limit: MOST, ..Filter::default() };
        let events = follower.store.events(&filter).await?;
        let is_last = (events.len() as i64) < MOST;
        for event in events {
            after = (event.transaction.number, event.place);
            note(&mut log, &event)?;
        }
        if is_last {
            return Ok(log.into_values().collect());
        }
    }
}

fn note(log: &mut BTreeMap<u64, DefaultEntry>, stored: &StoredEvent) -> Result<()> {
    let transaction = &stored.transaction;
    match decode::event(&stored.data)? {
        Event::DefaultDeclared(event) => {
            let set_off = [event.from_claim, event.from_rewards, event.from_recoveries];
            let entry = DefaultEntry {
                seq: event.seq,
                member: event.member.to_string(),
                slot: transaction.slot,
                time: transaction.time,
                signature: transaction.signature.clone(),
                from_margin: event.from_margin,
                shortfall: event.shortfall,
                by_defaulter: set_off.into_iter().fold(event.from_contribution, u64::saturating_add),
                repaid: event.given_up,
                cushion: event.cushion,
                bounties: event.bounty,
                ..DefaultEntry::default()
            };
            log.insert(event.seq, entry);
        }
        Event::LossAllocated(event) => {
            if let Some(entry) = log.get_mut(&event.seq) {
                entry.by_treasury = event.from_treasury;
                entry.by_survivors = event.from_survivors;
                entry.by_cushions = event.from_cushions;
                entry.residual = event.residual;
                entry.bounties = entry.bounties.saturating_add(event.bounty);
                entry.allocated_by = transaction.signature.clone();
            }
        }
        Event::Recovered(event) => {
            if let Some(entry) = log.get_mut(&event.seq) {
                entry.repaid = entry.repaid.saturating_add(event.amount);
            }
        }
        _ => {}
    }
    Ok(())
}
