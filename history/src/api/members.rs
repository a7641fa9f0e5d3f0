//! A contributor's ledger: what it has brought, what that is worth, what it has lost and got back.

use {
    super::{answers::MOST, Answer, App, Refusal},
    crate::{
        books::Haircut,
        decode,
        export::cursor,
        store::{Filter, StoredEvent},
    },
    anyhow::{Context, Result},
    bulkhead_client::{event::Event, Address},
    bulkhead_math::{index::whole_units, shares::ShareBook, units::Shares},
    serde_json::{json, Value},
    std::{collections::VecDeque, str::FromStr},
};

/// Events that move a contributor's money.
const KINDS: [&str; 9] = [
    "AssessmentPaid",
    "CallEnforced",
    "Contributed",
    "CushionReleased",
    "DefaultDeclared",
    "EpochSettled",
    "RecoveryPaid",
    "RewardsPaid",
    "WithdrawalPaid",
];

/// Shares that were bought at once.
struct Lot {
    cursor: String,
    time: i64,
    number: i64,
    amount: u64,
    bought: Shares,
    left: Shares,
}

#[derive(Default)]
struct Totals {
    contributed: u128,
    withdrawn: u128,
    rewards: u128,
    recovered: u128,
    assessed: u128,
}

pub async fn member(app: &App, member: String) -> Result<Answer, Refusal> {
    let address =
        Address::from_str(&member).map_err(|_| Refusal::Bad(format!("{member}: not an address")))?;
    let store = &app.follower.store;
    let (mut lots, mut totals, mut losses) = (VecDeque::new(), Totals::default(), Vec::new());
    let haircuts = app.follower.books.read().await.haircuts.clone();
    let mut haircuts = haircuts.iter().peekable();
    let mut wiped = 0;
    let mut after = None;
    loop {
        let filter = Filter {
            kinds: KINDS.map(str::to_owned).to_vec(),
            member: Some(member.clone()),
            after,
            limit: MOST,
            ..Filter::default()
        };
        let events = store.events(&filter).await?;
        for event in &events {
            while let Some(haircut) = haircuts.next_if(|next| next.number < event.transaction.number) {
                losses.extend(borne(&lots, haircut, &mut wiped)?);
            }
            note(event, &address, &mut lots, &mut totals)?;
            after = Some((event.transaction.number, event.place));
        }
        if (events.len() as i64) < MOST {
            break;
        }
    }
    for haircut in haircuts {
        losses.extend(borne(&lots, haircut, &mut wiped)?);
    }
    let wiped =
        Filter { kinds: vec!["EpochWiped".into()], newest_first: true, limit: 1, ..Filter::default() };
    let wiped = store.events(&wiped).await?.first().map_or(0, |event| event.transaction.number);
    let books = app.follower.books.read().await;
    let Some(account) = books.audit.members().get(&address) else {
        if lots.is_empty() {
            return Err(Refusal::Missing(format!("the fund has had no contributor {member}")));
        }
        return Ok(Answer::Json(answer(&member, None, (&lots, &totals, &losses), |_| Ok(0))?));
    };
    let book = books.audit.fund().book();
    // The loss that ended an epoch took all of its shares.
    let worth = |lot: &Lot| -> Result<u64> {
        if lot.number <= wiped {
            return Ok(0);
        }
        book.value_of(lot.left).ok().context("the worth of shares")
    };
    let shares = account.live_shares(books.audit.fund().share_epoch);
    let now = json!({
        "margin": account.margin.to_string(),
        "shares": account.shares.get().to_string(),
        "worth": book.value_of(shares).ok().context("the worth of shares")?.to_string(),
        "rewards": whole_units(account.rewards.get()).0.to_string(),
        "borne": whole_units(account.loss_borne.get()).0.to_string(),
        "claim": account.claim.to_string(),
    });
    Ok(Answer::Json(answer(&member, Some(now), (&lots, &totals, &losses), worth)?))
}

fn answer(
    member: &str,
    now: Option<Value>,
    (lots, totals, losses): (&VecDeque<Lot>, &Totals, &[Value]),
    worth: impl Fn(&Lot) -> Result<u64>,
) -> Result<Value> {
    let deposits = lots.iter().map(|lot| {
        // What the shares of it that are left have cost, rounded down.
        let cost = u128::from(lot.amount) * (lot.left >> 20) / (lot.bought >> 20).max(1);
        let worth = worth(lot)?;
        Ok(json!({
            "cursor": lot.cursor,
            "time": lot.time,
            "amount": lot.amount.to_string(),
            "shares": lot.bought.to_string(),
            "sharesLeft": lot.left.to_string(),
            "costOfLeft": cost.to_string(),
            "worth": worth.to_string(),
            "profit": (i128::from(worth) - cost as i128).to_string(),
        }))
    });
    Ok(json!({
        "member": member,
        "now": now,
        "deposits": deposits.collect::<Result<Vec<_>>>()?,
        "contributed": totals.contributed.to_string(),
        "withdrawn": totals.withdrawn.to_string(),
        "rewardsPaid": totals.rewards.to_string(),
        "recoveriesPaid": totals.recovered.to_string(),
        "assessmentsPaid": totals.assessed.to_string(),
        "losses": losses,
    }))
}

fn note(stored: &StoredEvent, own: &Address, lots: &mut VecDeque<Lot>, totals: &mut Totals) -> Result<()> {
    let mut buy = |amount: u64, shares: Shares| {
        lots.push_back(Lot {
            cursor: cursor(stored),
            time: stored.transaction.time,
            number: stored.transaction.number,
            amount,
            bought: shares,
            left: shares,
        });
    };
    match decode::event(&stored.data)? {
        Event::Contributed(event) => {
            buy(event.amount, event.shares.get());
            totals.contributed += u128::from(event.amount);
        }
        Event::CallEnforced(event) => {
            buy(event.amount, event.shares.get());
            totals.contributed += u128::from(event.amount);
        }
        Event::WithdrawalPaid(event) => {
            totals.withdrawn += u128::from(event.amount);
            take(lots, event.shares.get());
        }
        Event::RewardsPaid(event) => totals.rewards += u128::from(event.amount),
        Event::AssessmentPaid(event) => totals.assessed += u128::from(event.amount),
        Event::RecoveryPaid(event) => totals.recovered += u128::from(event.amount),
        Event::EpochSettled(_) => lots.iter_mut().for_each(|lot| lot.left = 0),
        // A defaulter's shares pay its own loss; what comes back is told by its account.
        Event::DefaultDeclared(event) if event.member == *own => lots.iter_mut().for_each(|lot| lot.left = 0),
        _ => {}
    }
    Ok(())
}

/// What a loss has taken of these shares. Those of a share epoch that has ended bear no more.
fn borne(lots: &VecDeque<Lot>, haircut: &Haircut, wiped: &mut i64) -> Result<Option<Value>> {
    let shares: Shares = lots.iter().filter(|lot| lot.number > *wiped).map(|lot| lot.left).sum();
    let worth = |book: &ShareBook| book.value_of(shares).ok().context("the worth of shares");
    let after = if haircut.ends_epoch { 0 } else { worth(&haircut.after)? };
    let lost = worth(&haircut.before)?.saturating_sub(after);
    if haircut.ends_epoch {
        *wiped = haircut.number;
    }
    Ok((lost > 0).then(|| {
        json!({
            "seq": haircut.seq,
            "signature": haircut.signature,
            "slot": haircut.slot,
            "time": haircut.time,
            "amount": lost.to_string(),
        })
    }))
}

/// Shares that leave are those held longest, as in the program.
fn take(lots: &mut VecDeque<Lot>, mut shares: Shares) {
    for lot in lots {
        let taken = lot.left.min(shares);
        lot.left -= taken;
        shares -= taken;
    }
}
