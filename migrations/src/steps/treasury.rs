//! Step 5: the treasury holds its money. The payer pays the missing part.

use {
    crate::{
        diff,
        site::Site,
        step::{Found, Step, Work},
    },
    anyhow::{ensure, Context, Result},
    bulkhead_book::accounts::token_amount,
    bulkhead_client::instruction::fund_treasury,
    solana_signer::Signer,
    spl_associated_token_account_interface::{
        address::get_associated_token_address_with_program_id,
        instruction::create_associated_token_account_idempotent,
    },
    spl_token_interface::instruction::mint_to,
};

/// Bytes of a token account.
const TOKEN_ACCOUNT: usize = 165;

/// See the module.
pub struct Treasury;

impl Step for Treasury {
    fn name(&self) -> &'static str {
        "treasury"
    }

    fn look(&self, site: &Site) -> Result<Found> {
        let decimals = site.parameters.quote_decimals;
        let told = |amount: u64| diff::tokens(amount, decimals);
        let (tokens, unit) = (site.profile.treasury.tokens, 10u64.pow(decimals.into()));
        let wanted = tokens.checked_mul(unit).context("[treasury] tokens is too large")?;
        let there = site.fund()?.map_or(0, |fund| fund.treasury);
        if there >= wanted {
            return Ok(Found::Done(format!(
                "it holds {}, at least {} are wanted",
                told(there),
                told(wanted)
            )));
        }
        let (keys, payer, missing) = (&site.fund, site.payer().pubkey(), wanted - there);
        let wallet = get_associated_token_address_with_program_id(&payer, &keys.mint, &keys.token_program);
        let account = site.cluster.account(&wallet)?;
        let held = account.as_ref().map_or(Ok(0), |account| token_amount(&account.data))?;
        let mut work = Work {
            changes: vec![format!("treasury: {} -> {}, from {wallet}", told(there), told(wanted))],
            ..Work::default()
        };
        let mut call = Vec::new();
        if site.profile.mint.create && held < missing {
            call.push(create_associated_token_account_idempotent(
                &payer,
                &payer,
                &keys.mint,
                &keys.token_program,
            ));
            call.push(mint_to(&keys.token_program, &keys.mint, &wallet, &payer, &[], missing - held)?);
            work.changes.push(format!("{wallet}: {} are minted", told(missing - held)));
            work.rent = if account.is_none() { site.cluster.rent(TOKEN_ACCOUNT)? } else { 0 };
        } else {
            ensure!(
                held >= missing,
                "the treasury needs {} more of mint {}, the payer's {wallet} holds {}: send it the rest, or \
                 lower [treasury] tokens",
                told(missing),
                keys.mint,
                told(held)
            );
        }
        call.push(fund_treasury(keys, payer, wallet, missing));
        work.calls.push(call);
        Ok(Found::Open(work))
    }
}
