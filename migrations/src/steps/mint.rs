//! Step 2: the settlement mint exists, with the decimals of the parameters.

use {
    crate::{
        site::{Site, MINT_SEED},
        step::{Found, Step, Work},
    },
    anyhow::{ensure, Context, Result},
    solana_signer::Signer,
    solana_system_interface::instruction::create_account_with_seed,
    spl_token_interface::instruction::initialize_mint2,
};

/// Bytes of a mint.
const LEN: usize = 82;
/// Offset of the decimals in a mint.
const DECIMALS: usize = 44;

/// See the module.
pub struct Mint;

impl Step for Mint {
    fn name(&self) -> &'static str {
        "mint"
    }

    fn look(&self, site: &Site) -> Result<Found> {
        let (mint, decimals) = (site.fund.mint, site.parameters.quote_decimals);
        let Some(account) = site.cluster.account(&mint)? else { return create(site) };
        ensure!(
            account.owner == site.fund.token_program,
            "{mint} belongs to {}: it is no mint",
            account.owner
        );
        let found = *account.data.get(DECIMALS).with_context(|| format!("{mint} is no mint"))?;
        ensure!(
            found == decimals,
            "mint {mint} has {found} decimals, 0001_fund.toml says quote_decimals = {decimals}: one of them \
             is wrong"
        );
        Ok(Found::Done(format!("{mint} has {decimals} decimals")))
    }
}

fn create(site: &Site) -> Result<Found> {
    let (mint, program, decimals) = (site.fund.mint, site.fund.token_program, site.parameters.quote_decimals);
    let (payer, rent) = (site.payer().pubkey(), site.cluster.rent(LEN)?);
    let create = create_account_with_seed(&payer, &mint, &payer, MINT_SEED, rent, LEN as u64, &program);
    let initialize = initialize_mint2(&program, &mint, &payer, None, decimals)?;
    Ok(Found::Open(Work {
        changes: vec![format!("mint {mint}: none -> {decimals} decimals, minted by the payer")],
        calls: vec![vec![create, initialize]],
        rent,
    }))
}
