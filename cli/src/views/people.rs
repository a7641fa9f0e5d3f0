//! Views of members.

use {
    crate::{
        amount::decimal,
        scales::{about, Scales},
        session::Session,
        standing::{agreed, status, Standing},
        text::{Cell, Text},
        views::{changes::reads, Page},
    },
    anyhow::{anyhow, Context, Result},
    bulkhead_book::Book,
    bulkhead_client::{address, state::Member, Address},
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
    let scales = Scales::of(&book);
    let (book, member) = (book.cranked(), &member);
    let standing = Standing::of(&book, &address, member)?;
    let mut json = summary(&address, member, &standing);
    let mut text = Text::default();
    text.heading(format!("Member {address}"));
    text.field("wallet", member.owner);
    let held = session.wallet_balance(&book, &member.owner).await?;
    text.field("wallet holds", held.map_or("no token account".into(), |held| scales.money(held)));
    json["wallet_balance"] = json!(held.map(|held| held.to_string()));
    let delegate = json["delegate"].as_str().unwrap_or("none").to_owned();
    text.field("delegate", delegate);
    text.field("status", status(member));
    standing.show(&mut text, &scales);
    claims(&mut text, &mut json, &book, member, &scales)?;
    details(&mut text, &book, member, &scales)?;
    standing.show_positions(&mut text, &scales);
    json["positions"] = standing.positions_json();
    json["notice_shares"] = json!(member.notice_shares.get().to_string());
    json["notice_ready_secs"] = json!(member.notice_ready_secs.to_string());
    Ok((text, json))
}

/// Adds the amounts that a claim pays now.
fn claims(text: &mut Text, json: &mut Value, book: &Book, member: &Member, scales: &Scales) -> Result<()> {
    let none = |error| anyhow!("the claimable amount has no value: {error}");
    let rewards = u64::try_from(checks::rewards(book, member).map_err(none)? >> 64)?;
    let recovery = checks::recovery(book, member).map_err(none)?;
    for (name, amount) in [("rewards", i128::from(rewards)), ("recovery", recovery.into())] {
        json[name] = json!(amount.to_string());
        text.field(name, scales.money(amount));
    }
    if member.claim > 0 {
        text.field("claim on the closed fund", scales.money(member.claim));
    }
    Ok(())
}

/// Adds what few members have.
fn details(text: &mut Text, book: &Book, member: &Member, scales: &Scales) -> Result<()> {
    text.field("agrees", agreed(member));
    if member.delegate != Address::default() {
        text.field("delegate's daily budget", scales.money_at_most(member.delegate_budget));
    }
    if member.cushions > 0 {
        text.field("cushions held", member.cushions);
    }
    if member.is_stress_called.get() {
        let wait = about(member.stress_due_secs.saturating_sub(book.fund.exits.secs()));
        text.field("stress call", format!("only reduces; its excess can be sold in {wait} of open exits"));
    }
    if !member.notice_shares.is_zero() {
        let asked = book.fund.book().value_of(member.notice_shares.get());
        let asked = asked.map_err(|error| anyhow!("what is asked back has no value: {error:?}"))?;
        // Once the exit is committed, its delay runs; the claim before that commits to it.
        let (says, due) = match member.exit_ready_secs {
            0 => ("to be claimed from", member.notice_ready_secs),
            delayed => ("committed, to be paid from", delayed),
        };
        text.field("asked back", format!("{}, {says} {}", scales.money(asked), reads(book, due)));
    }
    Ok(())
}

/// Shows all members, at the prices that a transaction would have.
pub fn members(book: &Book) -> Result<Page> {
    let (book, mut text) = (&book.clone().cranked(), Text::default());
    let (mut rows, mut items) = (Vec::new(), Vec::new());
    for (address, member) in &book.members {
        let standing = Standing::of(book, address, member)?;
        let shown = |amount: i128| decimal(amount, book.fund.quote_decimals);
        rows.push(vec![
            member.owner.into(),
            status(member).into(),
            Cell(standing.verdict.word().replace('_', " "), standing.verdict.tone()),
            shown(standing.margin.into()).into(),
            shown(standing.equity.into()).into(),
            shown(standing.contribution.into()).into(),
        ]);
        items.push(summary(address, member, &standing));
    }
    let head = ["wallet", "status", "standing", "margin, tokens>", "equity>", "contribution>"];
    text.table(&head, rows);
    Ok((text, json!({ "members": items })))
}

fn summary(address: &Address, member: &Member, standing: &Standing) -> Value {
    let delegate = (member.delegate != Address::default()).then(|| member.delegate.to_string());
    let mut json = standing.json();
    let fixed = json!({
        "member": address.to_string(),
        "owner": member.owner.to_string(),
        "delegate": delegate,
        "status": status(member),
        "claim": member.claim.to_string(),
        "daily_budget": member.delegate_budget.to_string(),
        "assessment_cap_bps": member.assessment_cap_bps,
        "cushions": member.cushions,
        "stress_called": member.is_stress_called.get(),
        "stress_due_secs": member.stress_due_secs,
    });
    for (name, value) in fixed.as_object().into_iter().flatten() {
        json[name.as_str()] = value.clone();
    }
    json
}
