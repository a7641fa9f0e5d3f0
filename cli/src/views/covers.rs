//! View of the fund's covers.

use {
    super::Page,
    crate::{
        actions::cover::status,
        amount::decimal,
        session::Session,
        text::{Cell, Text},
    },
    anyhow::{anyhow, Context, Result},
    bulkhead_book::Book,
    bulkhead_client::{
        account::{decode, AccountDeserialize},
        claims::PanelKeys,
        constants::SETTLE_SLOTS,
        rules::covers::{backing, gap},
        state::Cover,
        Address,
    },
    bulkhead_cover::state::{Loss, LossState, Panel},
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

/// Shows one cover: what it may do, until when it is paid, what bounds it, and its losses.
pub async fn cover(session: &Session, index: u16) -> Result<Page> {
    let (book, _) = session.source.load_part(&[]).await?;
    let address = book.keys.cover(index);
    let account = session.account(&address).await?;
    let account =
        account.with_context(|| format!("the fund has no cover {index}: `bulkhead covers` lists them"))?;
    let cover: Cover = decode(&account.data)?;
    let losses = losses(session, &cover.drawer).await?;
    let money = |amount: u64| decimal(amount, book.fund.quote_decimals);
    let percent = |bps: u16| format!("{}%", decimal(bps, 2));
    let mut text = Text::default();
    text.heading(format!("Cover {index}, {}: {}", kind(cover.kind), status(&cover)));
    text.field("can still draw", format!("{} of {}", money(cover.limit - cover.drawn), money(cover.limit)));
    text.field(
        "at most",
        format!("{} at once, {} in seven days", money(cover.per_draw), money(cover.period_limit)),
    );
    text.field("owed", money(cover.owed));
    if cover.owed > 0 {
        let slot = cover.owed_slot.saturating_add(SETTLE_SLOTS);
        text.field("settled", format!("from slot {slot} on, once clearing is whole"));
    }
    text.field("payable", money(cover.payable));
    text.field(
        "first loss",
        format!("{}, a draw needs {}", money(cover.first_loss), money(cover.first_loss_min)),
    );
    text.field("coinsurance", percent(cover.coinsurance_bps));
    text.field("premium", format!("{} a year", percent(cover.premium_bps_per_year)));
    text.field("prepaid", format!("{}, earned up to {}", money(cover.prepaid), date(cover.premium_ts)));
    text.field("covers", format!("what happens from {} to {}", date(cover.opens_ts), date(cover.over_ts())));
    text.field("can be ended", date(cover.ends_at_the_earliest()));
    let bound = bound(&book, &cover);
    if let Some(bound) = bound {
        text.field("bound now", money(bound));
    }
    let addresses =
        [("drawer", cover.drawer), ("destination", cover.destination), ("beneficiary", cover.beneficiary)];
    for (name, address) in addresses {
        text.field(name, address.to_string());
    }
    if !losses.is_empty() {
        let row = |(address, loss): &(Address, Loss)| -> Vec<Cell> {
            vec![
                address.to_string().into(),
                loss_state(loss).into(),
                date(loss.incident_ts).into(),
                money(loss.total).into(),
                money(loss.reserved).into(),
                money(loss.paid).into(),
            ]
        };
        let columns = ["loss", "state", "happened", "lost>", "shared>", "paid>"];
        text.table(&columns, losses.iter().map(row).collect());
    }
    let mut page = item(&address.to_string(), &cover);
    page["first_loss_min"] = json!(cover.first_loss_min.to_string());
    page["premium_ts"] = json!(cover.premium_ts.to_string());
    page["endable_ts"] = json!(cover.ends_at_the_earliest().to_string());
    page["bound"] = json!(bound.map(|bound| bound.to_string()));
    page["losses"] = losses.iter().map(|(address, loss)| loss_item(address, loss)).collect();
    Ok((text, page))
}

/// The most that a venue could report now; none for other kinds, and without a recent print.
fn bound(book: &Book, cover: &Cover) -> Option<u64> {
    let market = book.markets.get(usize::from(cover.market)).filter(|_| cover.is_venue())?;
    gap(cover, market, &book.prices(cover.market).ok()?, book.now).ok()
}

/// How many of the last losses of a panel are looked for.
const LAST_LOSSES: u64 = 8;

/// The last losses that a drawer which is a panel has, the newest first; closed ones are gone.
async fn losses(session: &Session, drawer: &Address) -> Result<Vec<(Address, Loss)>> {
    let account = session.account(drawer).await?;
    let panel = account.and_then(|account| Panel::try_deserialize(&mut account.data.as_slice()).ok());
    let Some(panel) = panel else { return Ok(Vec::new()) };
    let keys = PanelKeys::of(*drawer, &panel);
    let mut losses = Vec::new();
    for number in (panel.next_loss.saturating_sub(LAST_LOSSES)..panel.next_loss).rev() {
        let address = keys.loss(number);
        let account = session.account(&address).await?;
        let loss = account.and_then(|account| Loss::try_deserialize(&mut account.data.as_slice()).ok());
        losses.extend(loss.map(|loss| (address, loss)));
    }
    Ok(losses)
}

/// The state of a loss in words.
fn loss_state(loss: &Loss) -> &'static str {
    match () {
        () if loss.state == LossState::Alerted => "waits for a root",
        () if loss.state == LossState::Voting => "the panel votes",
        () if loss.state == LossState::Decided => "drawn, not paid yet",
        () if loss.state == LossState::Open => "claims are open",
        () if loss.state == LossState::Expired => "over",
        () if loss.state == LossState::Rejected => "rejected",
        () => "lapsed",
    }
}

fn loss_item(address: &Address, loss: &Loss) -> Value {
    json!({
        "address": address.to_string(),
        "number": loss.number.to_string(),
        "state": loss_state(loss),
        "incident_ts": loss.incident_ts.to_string(),
        "total": loss.total.to_string(),
        "leaves": loss.leaves.to_string(),
        "reserved": loss.reserved.to_string(),
        "paid": loss.paid.to_string(),
        "claimed": loss.claimed.to_string(),
        "due_ts": loss.due_ts.to_string(),
        "expires_ts": loss.expires_ts.to_string(),
    })
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
