#![allow(unused_variables)] // Anchor binds the arguments of `#[instruction]` once more than it uses them.

use {
    crate::{constants::VERSION, error::*, events::*, state::*},
    anchor_lang::{
        cpi::create_account_signed,
        find_and_verify_program_address,
        prelude::*,
        programs::{Token, Token2022},
        solana_program::clock::Clock,
    },
    anchor_spl::token_2022_cpi::instructions::InitializeAccount3,
    spl_token_2022_interface::{
        extension::{BaseStateWithExtensions, ExtensionType, PodStateWithExtensions},
        pod::PodMint,
    },
};

/// Length of a token account without extensions: the mints a fund accepts require none.
const TOKEN_ACCOUNT_LEN: usize = 165;

/// Creates a fund for a mint, with its vault.
///
/// - Anyone may create a fund. It belongs to the authority, which signs.
/// - Its address depends on the creator, which signs too: nobody takes an address that another one is
///   known by.
/// - SPL Token, or Token-2022 without extensions that take, move or destroy money behind the fund's
///   back: `MintHasTransferFee`, `MintHasTransferHook`, `MintHasPermanentDelegate`,
///   `MintIsClosable`, any other that is not mere description `MintExtensionUnsupported`.
/// - Parameters are within the hard bounds (`ParameterOutOfBounds`).
#[derive(Accounts)]
#[instruction(id: u16)]
pub struct CreateFund {
    /// The new fund.
    #[account(
        init,
        payer = payer,
        seeds = [seeds::FUND, creator.address().as_ref(), mint.address().as_ref(), &id.to_le_bytes()],
        bump
    )]
    pub fund: Account<Fund>,
    /// The settlement mint.
    pub mint: UncheckedAccount,
    /// The new vault.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The key that the fund's address depends on.
    pub creator: Signer,
    /// The key that sets parameters from now on.
    // SAFETY: it may be the creator itself. A `Signer` borrows no data, and none of the other
    // accounts can sign.
    #[account(unsafe(dup))]
    pub authority: Signer,
    /// Pays the rent.
    // SAFETY: it may be creator or authority. A `Signer` borrows no data, and none of the other
    // accounts can sign.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The program that owns the mint.
    pub token_program: UncheckedAccount,
    /// Creates the accounts.
    pub system_program: Program<System>,
}

impl CreateFund {
    /// Returns the mint's decimals.
    fn validate(&self, params: &FundParams) -> Result<u8> {
        params.validate()?;
        // fund - created here. vault - its address is checked below. creator, authority, payer - sign.
        let program = self.token_program.address();
        require!(*program == Token::id() || *program == Token2022::id(), BulkheadError::WrongTokenProgram);
        require!(self.mint.account().owned_by(program), BulkheadError::InvalidMint);
        check_mint(&self.mint.account().try_borrow()?)
    }

    /// See [`CreateFund`].
    pub fn handler(ctx: &mut Context<Self>, id: u16, guardian: Address, params: FundParams) -> Result<()> {
        let quote_decimals = ctx.accounts.validate(&params)?;
        let bump = ctx.bumps.fund;
        let Self { fund, mint, vault, creator, authority, payer, token_program, .. } = &mut ctx.accounts;

        let vault_address = *vault.address();
        let vault_seeds = [seeds::VAULT, fund.address().as_ref()];
        let vault_bump = find_and_verify_program_address(&vault_seeds, &crate::ID, &vault_address)
            .map_err(|_| BulkheadError::WrongVault)?;
        create_account_signed(
            payer.account(),
            vault.account(),
            TOKEN_ACCOUNT_LEN,
            token_program.address(),
            &[seeds::VAULT, fund.address().as_ref(), &[vault_bump]],
        )?;
        InitializeAccount3 {
            account: vault.account(),
            mint: mint.account(),
            owner: &vault_address,
            token_program: token_program.address(),
        }
        .invoke()?;

        fund.version = VERSION;
        fund.bump = bump;
        fund.vault_bump = vault_bump;
        fund.quote_decimals = quote_decimals;
        fund.id = id;
        fund.creator = *creator.address();
        fund.authority = *authority.address();
        fund.guardian = guardian;
        fund.mint = *mint.address();
        fund.vault = vault_address;
        fund.token_program = *token_program.address();
        fund.params = params;
        let clock = Clock::get()?;
        fund.rewards_ts = clock.unix_timestamp;
        fund.exits.ts = clock.unix_timestamp;
        fund.exits.slot = clock.slot;
        log!(FundCreated {
            fund: *fund.address(),
            mint: *mint.address(),
            creator: *creator.address(),
            authority: *authority.address(),
            id: u64::from(id)
        });
        Ok(())
    }
}

/// Returns the decimals of a mint, and refuses a mint whose tokens could leave the vault behind the
/// fund's back.
fn check_mint(data: &[u8]) -> Result<u8> {
    let mint = PodStateWithExtensions::<PodMint>::unpack(data).map_err(|_| BulkheadError::InvalidMint)?;
    for extension in mint.get_extension_types().map_err(|_| BulkheadError::InvalidMint)? {
        match extension {
            ExtensionType::MetadataPointer
            | ExtensionType::TokenMetadata
            | ExtensionType::GroupPointer
            | ExtensionType::TokenGroup
            | ExtensionType::GroupMemberPointer
            | ExtensionType::TokenGroupMember => {}
            ExtensionType::TransferFeeConfig => return Err(BulkheadError::MintHasTransferFee.into()),
            ExtensionType::TransferHook => return Err(BulkheadError::MintHasTransferHook.into()),
            ExtensionType::PermanentDelegate => return Err(BulkheadError::MintHasPermanentDelegate.into()),
            ExtensionType::MintCloseAuthority => return Err(BulkheadError::MintIsClosable.into()),
            _ => return Err(BulkheadError::MintExtensionUnsupported.into()),
        }
    }
    Ok(mint.base.decimals)
}
