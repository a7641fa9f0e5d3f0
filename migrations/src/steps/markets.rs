//! Step 4: every market of the parameters exists, in their order.

use {
    crate::{
        diff,
        site::Site,
        step::{Found, Step, Work},
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::{
        instruction::create_market,
        state::{Fund, Mandate, Market},
    },
    bulkhead_inspect::migration::NamedMarket,
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
        for (index, market) in wanted.iter().enumerate().skip(there) {
            add(site, fund.as_ref(), index, index - there, market, &mut work)?;
        }
        let symbols = site.parameters.symbols().join(", ");
        Ok(if work.calls.is_empty() {
            Found::Done(format!("there are {symbols}"))
        } else {
            Found::Open(work)
        })
    }
}

/// Checks the properties that a market can never change.
fn check(found: &Market, wanted: &NamedMarket) -> Result<()> {
    let NamedMarket { symbol, params } = wanted;
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
    let described = diff::added(&[diff::oracle(&params.oracle), diff::terms(&params.terms())].concat());
    work.changes.extend(described.iter().map(|line| format!("{}.{line}", market.symbol)));
    if let Some(secs) = fund.filter(|fund| fund.total_shares.get() > 0).map(|fund| fund.params.leave_secs()) {
        work.changes.push(format!("{} opens {secs} s later: contributors can leave before", market.symbol));
    }
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
