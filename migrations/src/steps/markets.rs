//! Step 4: every market of the parameters exists, in their order.

use {
    super::parameters::queued,
    crate::{
        diff,
        site::Site,
        step::{Found, Step, Work},
    },
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::{
        instruction::{create_market, open_market, queue_change},
        rules::{governance, interval::Moment},
        state::{Fund, Mandate, Market, ParameterChange, QueuedChange},
    },
    bulkhead_format::utc,
    bulkhead_inspect::migration::NamedMarket,
    bulkhead_math::exit_clock::Phase,
};

/// Bytes of the discriminator.
const HEAD: usize = 8;

/// See the module.
pub struct Markets;

impl Step for Markets {
    fn name(&self) -> &'static str {
        "markets"
    }

    fn look(&self, site: &Site) -> Result<Found> {
        let (fund, wanted) = (site.fund()?, &site.parameters.markets);
        let there = fund.as_ref().map_or(0, |fund| usize::from(fund.market_count));
        if there > wanted.len() {
            bail!(
                "the fund has {there} markets, 0002_markets.toml only {}: a market cannot be removed",
                wanted.len()
            );
        }
        for (index, market) in wanted[..there].iter().enumerate() {
            let found = site.market(index as u16)?.with_context(|| format!("market {index} is missing"))?;
            check(&found, market)?;
        }
        let mut work = Work::default();
        let mut waiting = Vec::new();
        for (index, market) in wanted.iter().enumerate().skip(there) {
            match fund.as_ref().filter(|fund| !fund.is_empty()) {
                // It is a change like others: members can leave before.
                Some(fund) => waiting.extend(announce(site, fund, index - there, market, &mut work)?),
                None => add(site, fund.as_ref(), index, index - there, market, &mut work)?,
            }
        }
        let symbols = site.parameters.symbols().join(", ");
        Ok(if !work.calls.is_empty() {
            work.changes.extend(waiting);
            Found::Open(work)
        } else if !waiting.is_empty() {
            Found::Waiting(waiting.join("; "))
        } else {
            Found::Done(format!("there are {symbols}"))
        })
    }
}

/// Checks the properties that a market can never change.
fn check(found: &Market, wanted: &NamedMarket) -> Result<()> {
    let NamedMarket { symbol, params, .. } = wanted;
    for (key, found, wanted) in [
        ("price_decimals", found.price_decimals, params.price_decimals),
        ("lot_decimals", found.lot_decimals, params.lot_decimals),
    ] {
        ensure!(
            found == wanted,
            "{symbol}: {key} is {found} on chain and {wanted} in 0002_markets.toml; it cannot change"
        );
    }
    Ok(())
}

/// Queues a market, or opens it when its time has come and all before it are there. Returns what it
/// waits for.
fn announce(
    site: &Site,
    fund: &Fund,
    ahead: usize,
    market: &NamedMarket,
    work: &mut Work,
) -> Result<Option<String>> {
    let NamedMarket { symbol, params, .. } = market;
    let change = ParameterChange::NewMarket(*params);
    let (slot, now) = site.cluster.clock()?;
    let clock =
        fund.exit_clock_at(now, slot).map_err(|error| anyhow!("the exit clock cannot be read: {error:?}"))?;
    let wait = governance::timelock(fund, None, &change);
    let alive = queued(site)?
        .into_iter()
        .find(|(record, known)| *known == change && record.phase(wait, &clock, now) != Phase::Missed);
    let mandate = site.mandate(fund, work.calls.len())?;
    let (payer, keys) = (site.rent_payer(), &site.fund);
    let Some((record, _)) = alive else {
        let moment = Moment::new(&fund.params, slot, now, 0);
        governance::validate(fund, None, &change, &moment)
            .map_err(|error| anyhow!("the program refuses the market {symbol}: {error:?}"))?;
        let days = wait as f64 / 86_400.0;
        work.changes.push(format!("{symbol}: change {} is queued, for {days:.1} days", mandate.nonce));
        let described = diff::added(&[diff::oracle(&params.oracle), diff::terms(&params.terms)].concat());
        work.changes.extend(described.iter().map(|line| format!("{symbol}.{line}")));
        work.calls.push(vec![queue_change(keys, site.authority, payer, change, mandate)]);
        work.rent += site.cluster.rent(HEAD + size_of::<QueuedChange>())?;
        return Ok(None);
    };
    if record.phase(wait, &clock, now) == Phase::Waiting || ahead > 0 {
        let left = record.window(wait).opens.saturating_sub(clock.secs());
        let when = utc(now.saturating_add_unsigned(left).saturating_mul(1_000));
        return Ok(Some(format!(
            "change {} ({symbol}) can be opened from about {when}, later while exits are blocked",
            record.number
        )));
    }
    let index = fund.market_count;
    work.changes.push(format!("market {index} {symbol}: change {} is opened", record.number));
    let open = open_market(keys, index, record.number, site.authority, payer, record.payer, mandate);
    work.calls.push(vec![open]);
    work.rent += site.cluster.rent(HEAD + size_of::<Market>())?;
    Ok(None)
}

fn add(
    site: &Site,
    fund: Option<&Fund>,
    index: usize,
    ahead: usize,
    market: &NamedMarket,
    work: &mut Work,
) -> Result<()> {
    let (number, params) = (u16::try_from(index)?, market.params);
    let mandate = match fund {
        Some(fund) => site.mandate(fund, ahead)?,
        None => Mandate { nonce: ahead as u64, last_valid_slot: 0 }, // only to be looked at
    };
    work.changes.push(format!("market {number} {}: none -> {}", market.symbol, site.fund.market(number)));
    let described = diff::added(&[diff::oracle(&params.oracle), diff::terms(&params.terms)].concat());
    work.changes.extend(described.iter().map(|line| format!("{}.{line}", market.symbol)));
    work.calls.push(vec![create_market(
        &site.fund,
        number,
        site.authority,
        site.rent_payer(),
        params,
        mandate,
    )]);
    work.rent += site.cluster.rent(HEAD + size_of::<Market>())?;
    Ok(())
}
