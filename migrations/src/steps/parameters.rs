//! Step 6: the parameters in force are those of the files. A difference is queued, waits for its
//! timelock, and is applied by a later run.

use {
    crate::{
        diff,
        site::Site,
        step::{Found, Step, Work},
    },
    anyhow::{anyhow, Result},
    bulkhead_book::accounts::FUND_OFFSET,
    bulkhead_client::{
        account::decode,
        instruction::{apply_change, queue_change},
        program_id,
        rules::{governance, interval::Moment},
        state::{Fund, FundChange, Market, MarketChange, OracleChange, ParameterChange, QueuedChange},
    },
    bulkhead_format::utc,
    bulkhead_math::exit_clock::Phase,
    solana_rpc_client_api::filter::{Memcmp, RpcFilterType},
};

/// Bytes of the discriminator.
const HEAD: usize = 8;

/// See the module.
pub struct Parameters;

/// A difference between files and chain.
struct Difference {
    what: String,
    change: ParameterChange,
    market: Option<Box<Market>>,
    fields: Vec<String>,
}

impl Step for Parameters {
    fn name(&self) -> &'static str {
        "parameters"
    }

    fn look(&self, site: &Site) -> Result<Found> {
        let Some(fund) = site.fund()? else {
            return Ok(Found::Done("they are those the fund will be made with".into()));
        };
        let (queued, differences) = (queued(site)?, differences(site, &fund)?);
        let (slot, now) = site.cluster.clock()?;
        let clock = fund
            .exit_clock_at(now, slot)
            .map_err(|error| anyhow!("the exit clock cannot be read: {error:?}"))?;
        let queued = queued
            .into_iter()
            .map(|(record, change)| {
                let market = change.market().map(|index| site.market(index)).transpose()?.flatten();
                let wait = governance::timelock(&fund, market.as_ref(), &change);
                let reading = match record.in_chain_time.get() {
                    true => now.max(0).unsigned_abs(),
                    false => clock.secs(),
                };
                let left = record.window(wait).opens.saturating_sub(reading);
                let phase = record.phase(wait, &clock, now);
                Ok((record, change, left, phase))
            })
            .collect::<Result<Vec<_>>>()?;
        let (mut work, mut waiting) = (Work::default(), Vec::new());
        for difference in &differences {
            let ahead = work.calls.len();
            let alive = queued
                .iter()
                .find(|(_, change, _, phase)| *change == difference.change && *phase != Phase::Missed);
            match alive {
                Some((record, _, left, Phase::Waiting)) => {
                    let when = utc(now.saturating_add_unsigned(*left).saturating_mul(1_000));
                    waiting.push(format!(
                        "change {} ({}) can be applied from about {when}, later while exits are blocked",
                        record.number, difference.what
                    ));
                }
                Some((record, ..)) => apply(site, &fund, record, difference, ahead, &mut work)?,
                None => {
                    let moment = Moment::new(&fund.params, slot, now, 0);
                    queue(site, &fund, difference, &moment, ahead, &mut work)?;
                }
            }
        }
        if !work.calls.is_empty() {
            work.changes.extend(waiting);
            return Ok(Found::Open(work));
        }
        if !waiting.is_empty() {
            return Ok(Found::Waiting(waiting.join("; ")));
        }
        let mut says = "they are those of the files".to_owned();
        let unwanted = queued.iter().filter(|(_, change, _, phase)| {
            !matches!(change, ParameterChange::NewMarket(_)) && *phase != Phase::Missed
        });
        for (record, ..) in unwanted {
            says += &format!(
                "; change {} is queued that they do not want: veto it or change them",
                record.number
            );
        }
        Ok(Found::Done(says))
    }
}

/// The fund's queued changes, in order.
pub(super) fn queued(site: &Site) -> Result<Vec<(QueuedChange, ParameterChange)>> {
    let filter =
        RpcFilterType::Memcmp(Memcmp::new_raw_bytes(FUND_OFFSET, site.fund.fund.to_bytes().to_vec()));
    let size = RpcFilterType::DataSize((HEAD + size_of::<QueuedChange>()) as u64);
    let accounts = site.cluster.program_accounts(&program_id(), None, Some(vec![size, filter]))?;
    let records = accounts.iter().filter_map(|(_, data)| decode::<QueuedChange>(data).ok());
    let mut changes: Vec<_> = records.filter_map(|record| Some((record, record.change().ok()?))).collect();
    changes.sort_by_key(|(record, _)| record.number);
    Ok(changes)
}

/// The differences between files and chain.
fn differences(site: &Site, fund: &Fund) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    let of_fund = |params| diff::fund(params, fund.quote_decimals);
    let fields = diff::changed(&of_fund(&fund.params), &of_fund(&site.parameters.fund));
    if !fields.is_empty() {
        let change = ParameterChange::Fund(FundChange::between(&fund.params, &site.parameters.fund));
        found.push(Difference { what: "fund".into(), change, market: None, fields });
    }
    for (index, wanted) in site.parameters.markets.iter().enumerate() {
        let index = u16::try_from(index)?;
        let Some(market) = site.market(index)? else { continue };
        let (terms, oracle) = (wanted.params.terms, wanted.params.oracle);
        let of_terms = diff::changed(&diff::terms(&market.terms()), &diff::terms(&terms));
        let of_oracle = diff::changed(&diff::oracle(&market.oracle), &diff::oracle(&oracle));
        for (change, fields, what) in [
            (
                ParameterChange::Market(index, MarketChange::between(&market.terms(), &terms)),
                of_terms,
                wanted.symbol.clone(),
            ),
            (
                ParameterChange::Oracle(index, OracleChange::between(&market.oracle, &oracle)),
                of_oracle,
                format!("{} oracle", wanted.symbol),
            ),
        ] {
            if !fields.is_empty() {
                found.push(Difference { what, change, market: Some(Box::new(market)), fields });
            }
        }
    }
    if fund.guardian != site.guardian {
        let fields = vec![format!("{} -> {}", fund.guardian, site.guardian)];
        let change = ParameterChange::Guardian(site.guardian);
        found.push(Difference { what: "guardian".into(), change, market: None, fields });
    }
    Ok(found)
}

fn queue(
    site: &Site,
    fund: &Fund,
    difference: &Difference,
    moment: &Moment,
    ahead: usize,
    work: &mut Work,
) -> Result<()> {
    let Difference { what, change, market, fields } = difference;
    governance::validate(fund, market.as_deref(), change, moment).map_err(|error| {
        anyhow!("the program refuses this change of {what} ({}): {error:?}", fields.join(", "))
    })?;
    let mandate = site.mandate(fund, ahead)?;
    let days = governance::timelock(fund, market.as_deref(), change) as f64 / 86_400.0;
    work.changes.push(format!("{what}: change {} is queued, for {days:.1} days", mandate.nonce));
    work.changes.extend(fields.iter().map(|field| format!("  {what}.{field}")));
    work.calls.push(vec![queue_change(&site.fund, site.authority, site.rent_payer(), *change, mandate)]);
    work.rent += site.cluster.rent(HEAD + size_of::<QueuedChange>())?;
    Ok(())
}

fn apply(
    site: &Site,
    fund: &Fund,
    record: &QueuedChange,
    difference: &Difference,
    ahead: usize,
    work: &mut Work,
) -> Result<()> {
    let Difference { what, change, fields, .. } = difference;
    work.changes.push(format!("{what}: change {} is applied", record.number));
    work.changes.extend(fields.iter().map(|field| format!("  {what}.{field}")));
    let mandate = site.mandate(fund, ahead)?;
    let call =
        apply_change(&site.fund, site.authority, record.payer, record.number, change.market(), mandate);
    work.calls.push(vec![call]);
    Ok(())
}
