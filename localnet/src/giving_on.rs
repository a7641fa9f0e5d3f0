//! The keeper's accounts give on what they have taken, as those who do this for a living hedge: to members
//! on the other side, at the mark. Both then hold less than before, and the accounts can take more.

use {
    crate::{
        chain::Order,
        exit::{markets_of, send_each, side},
        population::Kind,
        recorder::Recorder,
        world::World,
    },
    anyhow::{anyhow, Result},
    bulkhead_book::{held_markets, Book},
    bulkhead_client::state::{FundStatus, MemberStatus},
};

/// Lets the keeper's accounts trade what they hold with members of the other side.
pub fn give_on(world: &World, recorder: &mut Recorder) -> Result<()> {
    for market in 0..world.parameters.markets.len() as u16 {
        let book = world.book()?;
        if book.fund.status != FundStatus::Active || book.fund.registers_gains() || !book.can_act(market) {
            continue;
        }
        let mut orders = Vec::new();
        for is_long in [true, false] {
            orders.extend(trades(world, &book, market, is_long)?);
        }
        send_each(world, recorder, &orders, "giving on")?;
    }
    Ok(())
}

/// Trades of the keeper's long (or short) accounts of a market with members of the other side.
fn trades<'w>(world: &'w World, book: &Book, market: u16, is_long: bool) -> Result<Vec<Order<'w>>> {
    let is_keeper = |number: usize| world.wallets[number].kind == Kind::Keeper;
    let keepers = side(world, book, market, is_long).into_iter().filter(|(number, _)| is_keeper(*number));
    let mut others = Vec::new();
    for (number, lots) in side(world, book, market, !is_long) {
        if !is_keeper(number) && is_sound(world, book, number)? {
            others.push((number, lots));
        }
    }
    let mut orders = Vec::new();
    for (keeper, mut left) in keepers {
        if !is_sound(world, book, keeper)? {
            continue;
        }
        while let Some((other, wanted)) = others.last_mut() {
            let lots = left.min(*wanted);
            if lots > 0 {
                let (buyer, seller) = if is_long { (*other, keeper) } else { (keeper, *other) };
                let markets = markets_of(world, book, &[seller, buyer]);
                orders.push(world.novate(market, (buyer, seller), lots, &markets));
            }
            (left, *wanted) = (left - lots, *wanted - lots);
            if left == 0 {
                break;
            }
            others.pop();
        }
    }
    Ok(orders)
}

/// Whether a member can trade: it is active, has initial margin, and all its markets can be priced.
fn is_sound(world: &World, book: &Book, number: usize) -> Result<bool> {
    let member = &book.members[&world.wallets[number].member];
    let is_priced = held_markets(member).iter().all(|market| book.can_act(*market));
    let risk = book.risk(member).map_err(|error| anyhow!("a member has no risk: {error:?}"))?;
    let has_margin = risk.meets_initial(member.margin).unwrap_or(false);
    Ok(member.status == MemberStatus::Active && is_priced && has_margin)
}
