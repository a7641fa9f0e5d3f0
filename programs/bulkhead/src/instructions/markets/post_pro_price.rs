use {
    crate::{
        constants::{MAX_ORACLE_AHEAD_SECS, PRO_CONTRACT, PRO_STORAGE},
        error::*,
        oracle,
        state::*,
    },
    alloc::vec::Vec,
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    pinocchio::{
        cpi::{get_return_data, invoke},
        instruction::{InstructionAccount, InstructionView},
    },
};

extern crate alloc;

/// `verify_message` of the contract.
const VERIFY_MESSAGE: [u8; 8] = [180, 193, 120, 55, 189, 135, 203, 83];
/// Bytes of what the contract returns before the message: the signer's key, and the message's length.
const RETURNED_HEAD: usize = 36;

/// Posts a signed message of Pyth Pro: what it says of one feed becomes the price that cranks of all
/// funds read. Anyone may call it, and pays the contract's fee.
///
/// - Pyth's contract verifies the message (`ProWrongContract`, or an error of the contract's): the
///   transaction has an instruction of the signature program, before this one, that checks a trusted
///   signer's signature in this very call.
/// - What counts is the message that the contract says it has verified (`OracleNotVerified`).
/// - It is of the account's channel (`ProWrongChannel`), has its feed (`OracleWrongFeed`) with all that a
///   crank judges (`ProMessageIncomplete`), is well formed (`ProMessageMalformed`), and is at most a
///   minute ahead of the clock (`OracleFromFuture`): a message from far ahead would keep out all others.
/// - A message no newer than the last one changes nothing: see [`ProPrice::take`]. The account never goes
///   back, so that nobody cranks with an old price once a newer one is there.
/// - Age, exponent, price, confidence and session are judged by whoever reads the price: see
///   [`CrankMarket`](crate::instructions::CrankMarket).
#[derive(Accounts)]
pub struct PostProPrice {
    /// Pays the fee.
    #[account(mut)]
    pub payer: Signer,
    /// The feed's account.
    #[account(mut)]
    pub price: Account<ProPrice>,
    /// Pyth Pro's contract.
    #[account(address = PRO_CONTRACT @ BulkheadError::ProWrongContract)]
    pub contract: UncheckedAccount,
    /// Its trusted signers and its fee.
    #[account(address = PRO_STORAGE @ BulkheadError::ProWrongContract)]
    pub storage: UncheckedAccount,
    /// Gets the fee; the contract checks that it is its own.
    #[account(mut)]
    pub treasury: UncheckedAccount,
    /// Moves the fee.
    pub system_program: Program<System>,
    /// The transaction's instructions; the contract checks the address.
    pub instructions: UncheckedAccount,
}

impl PostProPrice {
    fn validate(&self) -> Result<()> {
        // payer - checked by `Signer`. contract, storage - checked by their addresses.
        // treasury, instructions - checked by the contract. system_program - checked by `Program`.
        self.price.check()
    }

    /// See [`PostProPrice`].
    pub fn handler(
        ctx: &mut Context<Self>,
        ed25519_instruction: u16,
        signature: u8,
        message: Vec<u8>,
    ) -> Result<()> {
        ctx.accounts.validate()?;
        ctx.accounts.verify(&message, ed25519_instruction, signature)?;
        let print = verified(ctx.accounts.price.feed, ctx.accounts.price.channel)?;
        let latest = Clock::get()?.unix_timestamp.saturating_add(i64::from(MAX_ORACLE_AHEAD_SECS));
        require!(seconds(print.message_us) <= latest, BulkheadError::OracleFromFuture);
        ctx.accounts.price.take(&print);
        Ok(())
    }

    /// Lets the contract verify the message, which a signature in the transaction is checked to be over.
    #[inline(never)]
    fn verify(&self, message: &[u8], ed25519_instruction: u16, signature: u8) -> Result<()> {
        let length = u32::try_from(message.len()).map_err(|_| BulkheadError::Overflow)?;
        let instruction = ed25519_instruction.to_le_bytes();
        let data = [&VERIFY_MESSAGE[..], &length.to_le_bytes(), message, &instruction, &[signature]].concat();
        let Self { payer, storage, treasury, system_program, instructions, .. } = self;
        let accounts = [
            payer.account(),
            storage.account(),
            treasury.account(),
            system_program.account(),
            instructions.account(),
        ];
        let [payer, storage, treasury, system_program, instructions] = accounts.map(|view| view.address());
        let metas = [
            InstructionAccount::writable_signer(payer),
            InstructionAccount::readonly(storage),
            InstructionAccount::writable(treasury),
            InstructionAccount::readonly(system_program),
            InstructionAccount::readonly(instructions),
        ];
        invoke(&InstructionView { program_id: &PRO_CONTRACT, data: &data, accounts: &metas }, &accounts)
    }
}

/// Reads the message that the contract says it has verified.
#[inline(never)]
fn verified(feed: u32, channel: u8) -> Result<SignedPrint> {
    let Some(returned) = get_return_data() else { return Err(BulkheadError::OracleNotVerified.into()) };
    require!(*returned.program_id() == PRO_CONTRACT, BulkheadError::OracleNotVerified);
    let message = returned.as_slice().get(RETURNED_HEAD..).ok_or(BulkheadError::OracleNotVerified)?;
    oracle::read_message(message, feed, channel)
}
