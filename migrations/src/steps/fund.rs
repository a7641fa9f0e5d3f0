//! Step 3: the fund exists and is governed by the profile's parties.

use {
    crate::{
        diff,
        site::Site,
        step::{Found, Step, Work},
    },
    anyhow::{ensure, Result},
    bulkhead_client::{
        account::{decode, Discriminator},
        instruction::{accept_authority, create_fund, transfer_authority, Founders},
        program_id,
        state::{self, FundStatus},
    },
    solana_rpc_client_api::filter::{Memcmp, RpcFilterType},
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
        let Some(fund) = site.fund()? else {
            is_no_other(site)?;
            return create(site);
        };
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

/// Refuses to make a second fund by mistake. A fund is found by its creator, which is the authority unless
/// the profile says otherwise: once the authority has moved, the same profile means a fund that does not
/// exist.
///
/// # Errors
/// This authority governs a fund of this mint that somebody else has created, and the profile names no
/// creator.
fn is_no_other(site: &Site) -> Result<()> {
    if site.profile.governance.creator.is_some() {
        return Ok(());
    }
    let kind = Memcmp::new_raw_bytes(0, state::Fund::DISCRIMINATOR.to_vec());
    let filters = Some(vec![RpcFilterType::Memcmp(kind)]);
    for (address, data) in site.cluster.program_accounts(&program_id(), None, filters)? {
        let Ok(fund) = decode::<state::Fund>(&data) else { continue }; // of another layout: step 1 has told
        let is_governed = [fund.authority, fund.pending_authority].contains(&site.authority);
        ensure!(
            fund.mint != site.fund.mint || !is_governed || fund.creator == site.creator,
            "there is no fund of creator {}, but {} is governed by, or offered to, {}. Its creator is {}: \
             name it under [governance], creator = \"{3}\". For another fund say creator = \"{0}\"",
            site.creator,
            address,
            site.authority,
            fund.creator
        );
    }
    Ok(())
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
    changes.extend(diff::added(&diff::fund(&parameters.fund, parameters.quote_decimals)));
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
