//! Step 3: the fund exists and is governed by the profile's parties.

use {
    crate::{
        diff,
        site::Site,
        step::{Found, Step, Work},
    },
    anyhow::{ensure, Result},
    bulkhead_client::{
        instruction::{create_fund, Founders},
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
            fund.authority == site.authority,
            "fund {address} is governed by {}, the profile says {}: hand it over with transfer_authority and \
             accept_authority, or correct the profile",
            fund.authority,
            site.authority
        );
        ensure!(
            fund.status != FundStatus::WindDown,
            "fund {address} is winding down: nothing more is set up in it"
        );
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
