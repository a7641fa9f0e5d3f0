//! Views of members.

use {
    crate::{
        amount::decimal,
        session::Session,
        text::Text,
        views::{changes::reads, Page},
    },
    anyhow::{anyhow, Context, Result},
    bulkhead_book::Book,
    bulkhead_client::{
        address,
        state::{Member, MemberStatus},
        Address,
    },
    bulkhead_inspect::checks,
    serde_json::{json, Value},
};

/// Finds the member account of a wallet, or the given member account.
pub fn find<'b>(book: &'b Book, who: &Address) -> Result<(Address, &'b Member)> {
    let address = address::member(&book.keys.fund, who);
    let found = [address, *who].into_iter().find_map(|address| Some((address, book.members.get(&address)?)));
    let found = found.filter(|(_, member)| member.fund == book.keys.fund);
    found.with_context(|| {
        format!("{who} has no member account in this fund: its wallet makes one with `bulkhead open`")
    })
}

/// Shows one member, by wallet or account; by default the wallet of the key.
pub async fn member(session: &Session, owner: Option<Address>) -> Result<Page> {
    let who = match owner {
        Some(who) => who,
        None => session.me()?,
    };
    let addresses = [address::member(&session.source.fund, &who), who];
    let (mut book, _) = session.source.load_part(&addresses).await?;
    let (address, member) = find(&book, &who).map(|(address, member)| (address, *member))?;
    if member.share_epoch < book.fund.share_epoch {
        book.epochs.extend(session.epoch(member.share_epoch).await?.map(|record| (record.epoch, record)));
    }
    let member = &member;
    let (decimals, mut json) = (book.fund.quote_decimals, summary(&book, &address, member)?);
    let mut text = Text::default();
    text.heading(format!("Member {address}"));
    for (label, name) in [("wallet", "owner"), ("delegate", "delegate"), ("status", "status")] {
        text.field(label, json[name].as_str().unwrap_or("none"));
    }
    for name in ["margin", "equity", "initial_margin", "contribution", "claim"] {
        text.field(name.replace('_', " "), decimal(amount(&json[name]), decimals));
    }
    // The amount that a claim pays now.
    let none = |error| anyhow!("the claimable amount has no value: {error}");
    let rewards = (checks::rewards(&book, member).map_err(none)? >> 64).to_string();
    let recovery = checks::recovery(&book, member).map_err(none)?.to_string();
    json["rewards"] = json!(rewards);
    json["recovery"] = json!(recovery);
    for name in ["rewards", "recovery"] {
        text.field(name, decimal(amount(&json[name]), decimals));
    }
    if member.delegate != Address::default() {
        text.field("delegate's daily budget", decimal(member.delegate_budget, decimals));
    }
    if member.cushions > 0 {
        text.field("cushions held", member.cushions);
    }
    if member.is_stress_called.get() {
        let wait = member.stress_due_secs.saturating_sub(book.fund.exits.secs());
        text.field("stress call", format!("only reduces; its excess can be sold in {wait} s of open exits"));
    }
    if !member.notice_shares.is_zero() {
        let asked = book.fund.book().value_of(member.notice_shares.get());
        let asked = asked.map_err(|error| anyhow!("what is asked back has no value: {error:?}"))?;
        let ready = reads(&book, member.notice_ready_secs);
        text.field("asked back", format!("{}, to be claimed from {ready}", decimal(asked, decimals)));
    }
    let held = member.positions.iter().filter(|held| !held.is_free());
    let positions: Vec<_> = held.map(|held| (held.market, held.lots)).collect();
    if !positions.is_empty() {
        text.table(&["market>", "lots>"], positions.iter().map(|(m, l)| vec![m.into(), l.into()]).collect());
    }
    let items = positions.iter().map(|(market, lots)| json!({ "market": market, "lots": lots.to_string() }));
    json["positions"] = items.collect();
    json["notice_shares"] = json!(member.notice_shares.get().to_string());
    json["notice_ready_secs"] = json!(member.notice_ready_secs.to_string());
    Ok((text, json))
}

/// Shows all members.
pub fn members(book: &Book) -> Result<Page> {
    let mut text = Text::default();
    let items = book.members.iter().map(|(address, member)| summary(book, address, member));
    let items = items.collect::<Result<Vec<_>>>()?;
    let shown = |value: &Value| decimal(amount(value), book.fund.quote_decimals).into();
    let row = |item: &Value| {
        let word = |name: &str| item[name].as_str().unwrap_or_default().into();
        vec![
            word("owner"),
            word("status"),
            shown(&item["margin"]),
            shown(&item["equity"]),
            shown(&item["contribution"]),
        ]
    };
    text.table(&["wallet", "status", "margin>", "equity>", "contribution>"], items.iter().map(row).collect());
    Ok((text, json!({ "members": items })))
}

fn summary(book: &Book, address: &Address, member: &Member) -> Result<Value> {
    let none = |error| anyhow!("member {address} cannot be valued: {error:?}");
    let risk = book.risk(member).map_err(none)?;
    let contribution = book.fund.book().value_of(member.live_shares(book.fund.share_epoch)).map_err(none)?;
    let delegate = (member.delegate != Address::default()).then(|| member.delegate.to_string());
    Ok(json!({
        "member": address.to_string(),
        "owner": member.owner.to_string(),
        "delegate": delegate,
        "status": status(member),
        "margin": member.margin.to_string(),
        "equity": risk.equity(member.margin).map_err(none)?.to_string(),
        "initial_margin": risk.initial.to_string(),
        "contribution": contribution.to_string(),
        "claim": member.claim.to_string(),
        "daily_budget": member.delegate_budget.to_string(),
        "cushions": member.cushions,
        "stress_called": member.is_stress_called.get(),
        "stress_due_secs": member.stress_due_secs,
    }))
}

fn status(member: &Member) -> &'static str {
    let named = [(MemberStatus::Active, "active"), (MemberStatus::Grace, "grace")];
    named.into_iter().find(|(status, _)| member.status == *status).map_or("closed out", |(_, name)| name)
}

fn amount(value: &Value) -> i128 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}
