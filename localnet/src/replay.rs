//! Replays a scenario: publishes prices, lets the keeper work until nothing is left to do, and
//! checks the properties.

use {
    crate::{
        covers::Covers,
        giving_on::give_on,
        lockstep::{Keeper, Watch},
        progress::Progress,
        pyth,
        recorder::Recorder,
        scenario::{Scenario, Tick},
        world::World,
    },
    anyhow::{anyhow, Result},
    bulkhead_book::Book,
    bulkhead_client::state::MemberStatus,
    bulkhead_keeper::{draft::cranks, plan::Policy},
};

/// Most rounds that a keeper may need for one price; more mean that it makes no progress.
const MAX_ROUNDS: usize = 200;
/// Most times that it gives on what it has taken, for one price.
const MAX_GIVING_ON: usize = 8;
/// Time between two looks of the keeper while a house position is for sale or a member is in grace.
const LOOK_AGAIN_MS: i64 = 60_000;

/// Replays all ticks after the first one, at which the trades were made.
pub fn replay(
    world: &World,
    scenario: &Scenario,
    mut covers: Option<&mut Covers>,
    recorder: &mut Recorder,
    progress: &Progress,
) -> Result<()> {
    let ticks = scenario.ticks();
    let start_ms = scenario.start_ts * 1_000;
    let decimals: Vec<u8> =
        world.parameters.markets.iter().map(|market| market.params.price_decimals).collect();
    let keeper = world.keeper(Policy::default());
    for (index, pair) in ticks.windows(2).enumerate() {
        let (before, tick) = (&pair[0], &pair[1]);
        show(progress, scenario, tick, index + 1, ticks.len());
        world.validator.advance_to(start_ms + tick.at_ms)?;
        world.oracles.publish(&pyth::quotes(&before.usd, tick, &decimals))?;
        crank(world, recorder)?;
        if let Some(covers) = &mut covers {
            covers.after_price(world, tick, recorder)?;
        }
        let mut book = work_on(world, &keeper, scenario, recorder)?;
        recorder.sight(&book);
        let next_ms = ticks.get(index + 2).map_or(i64::MAX, |next| start_ms + next.at_ms);
        while is_waiting(&book)? && world.validator.time().unix_ms + LOOK_AGAIN_MS < next_ms {
            let before = (house_lots(&book), book.fund.open_houses);
            world.oracles.wait_until(world.validator.time().unix_ms + LOOK_AGAIN_MS)?;
            book = work_on(world, &keeper, scenario, recorder)?;
            let at_cap = world.validator.time().slot >= cheapest_slot(&book);
            if at_cap
                && !has_postponed_default(&book)?
                && (house_lots(&book), book.fund.open_houses) == before
            {
                break; // nobody can take more at this price
            }
        }
        recorder.sum_up();
        recorder.check()?;
    }
    if let Some(covers) = covers {
        covers.list(world, recorder)?;
    }
    progress.line(&format!("prices replayed: {}", ticks.len()));
    Ok(())
}

/// Lets the keeper work, and give on what it has taken as long as that lets it take more. In the
/// constructed scenarios of a linked group it holds what it takes: they need somebody that wins.
fn work_on(world: &World, keeper: &Keeper, scenario: &Scenario, recorder: &mut Recorder) -> Result<Book> {
    let mut book = work(world, keeper, recorder)?;
    if scenario.linked {
        return Ok(book);
    }
    for _ in 0..MAX_GIVING_ON {
        let before = house_lots(&book);
        give_on(world, recorder)?;
        book = work(world, keeper, recorder)?;
        if house_lots(&book) == before {
            break;
        }
    }
    Ok(book)
}

/// Cranks every market whose mark is not final, so that volatility follows the chain's prices and
/// not the keeper's needs.
fn crank(world: &World, recorder: &mut Recorder) -> Result<()> {
    let book = world.book()?;
    let open: Vec<u16> = (0..book.fund.market_count).filter(|market| !book.is_final(*market)).collect();
    let cranks = cranks(&world.keys, &world.oracle_accounts, &open);
    if cranks.is_empty() {
        return Ok(());
    }
    let outcome = world.chain.run(cranks, vec![&world.payer])?;
    recorder.tell(&outcome)
}

/// Lets the keeper work until nothing is left to do now, and waits for grace periods to end.
pub fn work(world: &World, keeper: &Keeper, watch: &mut dyn Watch) -> Result<Book> {
    for _ in 0..MAX_ROUNDS {
        if keeper.round(watch)?.done > 0 {
            continue;
        }
        let book = world.book()?;
        if book.members.values().all(|member| member.status != MemberStatus::Grace) {
            return Ok(book);
        }
        world.oracles.wait_slots(u64::from(book.fund.params.default_confirm_slots))?;
    }
    world.book()
}

/// Whether the house has a position to sell, or a member is ruined at a mark that has not lasted for
/// long enough.
fn is_waiting(book: &Book) -> Result<bool> {
    Ok(book.fund.open_houses > 0 || has_postponed_default(book)?)
}

fn has_postponed_default(book: &Book) -> Result<bool> {
    let mut ruined = book.members.values().filter(|member| member.has_positions());
    let ruined =
        ruined.try_fold(false, |found, member| Ok(found || book.risk(member)?.equity(member.margin)? < 0));
    ruined.map_err(|error: bulkhead_math::MathError| anyhow!("a member has no risk: {error:?}"))
}

fn house_lots(book: &Book) -> u64 {
    book.markets.iter().map(|market| market.house_lots.unsigned_abs()).sum()
}

/// The slot from which no house position gets cheaper.
fn cheapest_slot(book: &Book) -> u64 {
    let houses = book.markets.iter().filter(|market| market.house_lots != 0);
    let since = houses.map(|market| market.house_since_slot).max().unwrap_or_default();
    since + u64::from(book.fund.params.auction_slots)
}

fn show(progress: &Progress, scenario: &Scenario, tick: &Tick, index: usize, all: usize) {
    let prices: Vec<String> = scenario
        .assets
        .iter()
        .zip(&tick.usd)
        .map(|(asset, usd)| format!("{} {usd:.2}", asset.symbol))
        .collect();
    progress.status(&format!("{} {index}/{all}  {}", scenario.utc(tick.at_ms), prices.join("  ")));
}
