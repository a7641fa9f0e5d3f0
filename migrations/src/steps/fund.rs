//! Step 3: the fund exists and is governed by the profile's parties.

use {
    crate::{
        diff,
        site::Site,
        step::{Found, Step, Work},
    },
    anyhow::{ensure, Result},
    bulkhead_client::{
        instruction::{accept_authority, create_fund, transfer_authority, Founders},
        state::{self, FundStatus},
    },
};

/// Bytes of its vault, a token account.
const VAULT: usize = 165;
/// Bytes of the discriminator.
const HEAD: usize = 8;

/// See the module.
pub struct Fund;

impl Step for Fund {
    fn name(&self) -> &'static str {
        "fund"
    }

    fn look(&self, site: &Site) -> Result<Found> {
        let address = site.fund.fund;
        let Some(fund) = site.fund()? else { return create(site) };
        ensure!(
            fund.status != FundStatus::WindDown,
            "fund {address} is winding down: nothing more is set up in it"
        );
        if fund.authority != site.authority {
            return Ok(Found::Open(hand_over(site, &fund)?));
        }
        Ok(Found::Done(format!("{address} is governed by {}", fund.authority)))
    }
}

fn create(site: &Site) -> Result<Found> {
    let (keys, parameters) = (&site.fund, &site.parameters);
    let payer = site.rent_payer();
    let founders = Founders { creator: site.creator, authority: site.authority, guardian: site.guardian };
    let create = create_fund(keys, parameters.fund_id, founders, payer, parameters.fund);
    let mut changes = vec![
        format!(
            "fund {}: none -> number {} of creator {} and mint {}",
            keys.fund, parameters.fund_id, site.creator, keys.mint
        ),
        format!("authority {}, guardian {}, rent paid by {payer}", site.authority, site.guardian),
    ];
    changes.extend(diff::added(&diff::fund(&parameters.fund)));
    let sizes = [HEAD + size_of::<state::Fund>(), VAULT];
    let rent = sizes.iter().map(|size| site.cluster.rent(*size)).sum::<Result<u64>>()?;
    Ok(Found::Open(Work { changes, calls: vec![vec![create]], rent }))
}

/// Finds what is left of the way to another authority: the present one offers, the new one accepts. An
/// account that cannot sign never accepts, and the present authority keeps the fund.
fn hand_over(site: &Site, fund: &state::Fund) -> Result<Work> {
    let (from, to) = (fund.authority, site.authority);
    let mut work =
        Work { changes: vec![format!("authority: {from} -> {to}, which has to accept")], ..Work::default() };
    if fund.pending_authority != to {
        let mandate = site.mandate(fund, 0)?;
        work.calls.push(vec![transfer_authority(&site.fund, from, to, mandate)]);
    }
    let mandate = site.mandate(fund, work.calls.len())?;
    work.calls.push(vec![accept_authority(&site.fund, to, mandate)]);
    Ok(work)
}
