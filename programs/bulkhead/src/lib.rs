//! Bulkhead: a clearing fund on Solana.
//!
//! Members trade oracle-priced contracts with one another, the fund is the counterparty of each. A
//! member that cannot pay is declared in default, and the loss runs through a fixed waterfall that
//! ends in a pro-rata haircut of a shared default fund, in constant cost however many members there
//! are.
//!
//! - `instructions` has one file per instruction: accounts, checks, and the call of one rule. No
//!   instruction imports another.
//! - `rules` has one module per mechanism, over plain structs. Rules know no accounts.
//! - `state` has one file per account: its layout, and methods of that account alone.
//! - `oracle` has one file per kind of price.
//! - The crate `bulkhead-math` computes all numbers; its modules have the same names as the rules.
#![cfg_attr(not(feature = "idl-build"), no_std)] // the IDL is printed by a test
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

// Linked for its symbols: see `crates/sbf-builtins`.
#[cfg(target_arch = "bpf")]
use sbf_builtins as _;

pub mod arithmetic;
pub mod constants;
pub mod error;
#[macro_use]
pub mod events;
pub mod instructions;
pub mod oracle;
pub mod rules;
pub mod state;

extern crate alloc;

use {alloc::vec::Vec, anchor_lang::prelude::*, instructions::*, rules::positions::Deal, state::*};

/// The program's address: that of local networks, unless a build for the chain was given another one.
#[cfg(not(target_os = "solana"))]
const ADDRESS: &str = "BuLKhEad11111111111111111111111111111111111";
#[cfg(target_os = "solana")]
const ADDRESS: &str = match option_env!("BULKHEAD_PROGRAM_ID") {
    Some(own) => own,
    None => "BuLKhEad11111111111111111111111111111111111",
};

declare_id!(ADDRESS);

#[cfg(not(feature = "no-entrypoint"))]
solana_security_txt::security_txt! {
    name: "Bulkhead",
    project_url: "see README.md of the release",
    contacts: "other:see SECURITY.md of the release",
    policy: "see SECURITY.md of the release",
    preferred_languages: "en"
}

/// One line per instruction: see the file of its name.
#[program]
pub mod bulkhead {
    use super::*;

    // Governance

    /// Creates a fund for a mint, with its vault.
    #[discrim = 0]
    pub fn create_fund(
        ctx: &mut Context<CreateFund>,
        id: u16,
        guardian: Address,
        params: FundParams,
    ) -> Result<()> {
        CreateFund::handler(ctx, id, guardian, params)
    }

    /// Adds a market to an empty fund.
    #[discrim = 1]
    pub fn create_market(
        ctx: &mut Context<CreateMarket>,
        index: u16,
        params: MarketParams,
        mandate: Mandate,
    ) -> Result<()> {
        CreateMarket::handler(ctx, index, params, mandate)
    }

    /// Pauses parts of a fund for a while.
    #[discrim = 2]
    pub fn pause(ctx: &mut Context<Pause>, bits: u8, secs: i64, last_valid_slot: u64) -> Result<()> {
        Pause::handler(ctx, bits, secs, last_valid_slot)
    }

    /// Pays into the treasury.
    #[discrim = 3]
    pub fn fund_treasury(ctx: &mut Context<FundTreasury>, amount: u64) -> Result<()> {
        FundTreasury::handler(ctx, amount)
    }

    /// Asks money back from the treasury.
    #[discrim = 4]
    pub fn request_treasury(ctx: &mut Context<RequestTreasury>, amount: u64, mandate: Mandate) -> Result<()> {
        RequestTreasury::handler(ctx, amount, mandate)
    }

    /// Gives money to the members that have borne losses.
    #[discrim = 5]
    pub fn give_recovery(ctx: &mut Context<GiveRecovery>, amount: u64) -> Result<()> {
        GiveRecovery::handler(ctx, amount)
    }

    /// Queues a change of parameters, or a new market.
    #[discrim = 7]
    pub fn queue_change(
        ctx: &mut Context<QueueChange>,
        change: ParameterChange,
        mandate: Mandate,
    ) -> Result<()> {
        QueueChange::handler(ctx, change, mandate)
    }

    /// Puts a queued change in force.
    #[discrim = 8]
    pub fn apply_change(ctx: &mut Context<ApplyChange>, mandate: Mandate) -> Result<()> {
        ApplyChange::handler(ctx, mandate)
    }

    /// Vetoes a queued change.
    #[discrim = 9]
    pub fn veto_change(ctx: &mut Context<VetoChange>, last_valid_slot: u64) -> Result<()> {
        VetoChange::handler(ctx, last_valid_slot)
    }

    /// Offers the authority to another key.
    #[discrim = 10]
    pub fn transfer_authority(
        ctx: &mut Context<TransferAuthority>,
        to: Address,
        mandate: Mandate,
    ) -> Result<()> {
        TransferAuthority::handler(ctx, to, mandate)
    }

    /// Takes the authority that was offered.
    #[discrim = 11]
    pub fn accept_authority(ctx: &mut Context<AcceptAuthority>, mandate: Mandate) -> Result<()> {
        AcceptAuthority::handler(ctx, mandate)
    }

    /// Takes a request of treasury back.
    #[discrim = 12]
    pub fn cancel_treasury(ctx: &mut Context<CancelTreasury>, mandate: Mandate) -> Result<()> {
        CancelTreasury::handler(ctx, mandate)
    }

    /// Commits to a request of treasury that is due, or pays it.
    #[discrim = 13]
    pub fn claim_treasury(ctx: &mut Context<ClaimTreasury>) -> Result<()> {
        ClaimTreasury::handler(ctx)
    }

    /// Ends pauses early, in an hour.
    #[discrim = 14]
    pub fn end_pause(ctx: &mut Context<EndPause>, bits: u8, mandate: Mandate) -> Result<()> {
        EndPause::handler(ctx, bits, mandate)
    }

    /// Opens a market that was queued.
    #[discrim = 15]
    pub fn open_market(ctx: &mut Context<OpenMarket>, index: u16, mandate: Mandate) -> Result<()> {
        OpenMarket::handler(ctx, index, mandate)
    }

    // Members

    /// Opens the member account of a wallet.
    #[discrim = 20]
    pub fn open_member(ctx: &mut Context<OpenMember>, most_bps: u16, markets: u16) -> Result<()> {
        OpenMember::handler(ctx, most_bps, markets)
    }

    /// Closes an empty member account.
    #[discrim = 21]
    pub fn close_member(ctx: &mut Context<CloseMember>) -> Result<()> {
        CloseMember::handler(ctx)
    }

    /// Lets another key trade for the member, within a daily budget.
    #[discrim = 22]
    pub fn set_delegate(ctx: &mut Context<SetDelegate>, delegate: Address, daily_budget: u64) -> Result<()> {
        SetDelegate::handler(ctx, delegate, daily_budget)
    }

    /// Pays margin into a member's account.
    #[discrim = 23]
    pub fn deposit_margin(ctx: &mut Context<DepositMargin>, amount: u64) -> Result<()> {
        DepositMargin::handler(ctx, amount)
    }

    /// Pays margin out to the wallet.
    #[discrim = 24]
    pub fn withdraw_margin(ctx: &mut Context<WithdrawMargin>, amount: u64) -> Result<()> {
        WithdrawMargin::handler(ctx, amount)
    }

    /// Buys shares of the default fund.
    #[discrim = 25]
    pub fn contribute(ctx: &mut Context<Contribute>, amount: u64) -> Result<()> {
        Contribute::handler(ctx, amount)
    }

    /// Asks for shares back: the notice period starts.
    #[discrim = 26]
    pub fn request_withdrawal(ctx: &mut Context<RequestWithdrawal>, shares: u128) -> Result<()> {
        RequestWithdrawal::handler(ctx, shares)
    }

    /// Takes a withdrawal request back.
    #[discrim = 27]
    pub fn cancel_withdrawal(ctx: &mut Context<CancelWithdrawal>) -> Result<()> {
        CancelWithdrawal::handler(ctx)
    }

    /// Commits to a due exit, then pays it.
    #[discrim = 28]
    pub fn claim_withdrawal(ctx: &mut Context<ClaimWithdrawal>) -> Result<()> {
        ClaimWithdrawal::handler(ctx)
    }

    /// Pays out the rewards that shares have earned.
    #[discrim = 29]
    pub fn claim_rewards(ctx: &mut Context<ClaimRewards>) -> Result<()> {
        ClaimRewards::handler(ctx)
    }

    /// Pays out recovered losses.
    #[discrim = 30]
    pub fn claim_recovery(ctx: &mut Context<ClaimRecovery>) -> Result<()> {
        ClaimRecovery::handler(ctx)
    }

    /// Gives up losses that are not recovered.
    #[discrim = 31]
    pub fn waive_recovery(ctx: &mut Context<WaiveRecovery>) -> Result<()> {
        WaiveRecovery::handler(ctx)
    }

    /// Agrees to the cap of assessments in force.
    #[discrim = 32]
    pub fn agree_assessment(ctx: &mut Context<AgreeAssessment>, most_bps: u16) -> Result<()> {
        AgreeAssessment::handler(ctx, most_bps)
    }

    /// Pays back money that others have paid in a default.
    #[discrim = 33]
    pub fn repay_default(ctx: &mut Context<RepayDefault>, amount: u64) -> Result<()> {
        RepayDefault::handler(ctx, amount)
    }

    // Trading

    /// Two members trade; the fund becomes the counterparty of each.
    #[discrim = 40]
    pub fn novate(ctx: &mut Context<Novate>, lots: u64, price: u64) -> Result<()> {
        Novate::handler(ctx, lots, price)
    }

    /// A member buys from the house in a Dutch auction.
    #[discrim = 41]
    pub fn take_over(ctx: &mut Context<TakeOver>, lots: u64, limit_price: u64) -> Result<()> {
        TakeOver::handler(ctx, lots, limit_price)
    }

    /// A member takes lots of another one whose stress call is due.
    #[discrim = 42]
    pub fn sell_excess(ctx: &mut Context<SellExcess>, lots: u64, limit_price: u64) -> Result<()> {
        SellExcess::handler(ctx, lots, limit_price)
    }

    /// A member offers lots to whoever comes.
    #[discrim = 43]
    pub fn post_offer(ctx: &mut Context<PostOffer>, number: u64, terms: OfferTerms) -> Result<()> {
        PostOffer::handler(ctx, number, terms)
    }

    /// Takes an offer back.
    #[discrim = 44]
    pub fn cancel_offer(ctx: &mut Context<CancelOffer>) -> Result<()> {
        CancelOffer::handler(ctx)
    }

    /// A member takes lots of an offer: they are filled at the next print.
    #[discrim = 45]
    pub fn take_offer(ctx: &mut Context<TakeOffer>, lots: i64, limit_price: u64) -> Result<()> {
        TakeOffer::handler(ctx, lots, limit_price)
    }

    /// A venue posts the trades of one member with several others.
    #[discrim = 46]
    pub fn novate_batch(ctx: &mut Context<NovateBatch>, buys: bool, deals: Vec<Deal>) -> Result<()> {
        NovateBatch::handler(ctx, buys, deals)
    }

    // Keepers

    /// Takes the oracle's price into the market's mark.
    #[discrim = 60]
    pub fn crank_market(ctx: &mut Context<CrankMarket>) -> Result<()> {
        CrankMarket::handler(ctx)
    }

    /// Turns profit or loss of one position into cash.
    #[discrim = 61]
    pub fn settle(ctx: &mut Context<Settle>) -> Result<()> {
        Settle::handler(ctx)
    }

    /// A member takes lots from another one below maintenance margin.
    #[discrim = 62]
    pub fn liquidate(ctx: &mut Context<Liquidate>, lots: u64, limit_price: u64) -> Result<()> {
        Liquidate::handler(ctx, lots, limit_price)
    }

    /// Declares a member with negative equity to be in default.
    #[discrim = 63]
    pub fn declare_default(ctx: &mut Context<DeclareDefault>) -> Result<()> {
        DeclareDefault::handler(ctx)
    }

    /// Pays for a declared default what its defaulter could not.
    #[discrim = 64]
    pub fn allocate_loss(ctx: &mut Context<AllocateLoss>) -> Result<()> {
        AllocateLoss::handler(ctx)
    }

    /// Runs layers 3 and 4 for losses that no open default owns.
    #[discrim = 65]
    pub fn allocate_residual(ctx: &mut Context<AllocateResidual>) -> Result<()> {
        AllocateResidual::handler(ctx)
    }

    /// Takes a member out of an epoch that ended.
    #[discrim = 66]
    pub fn settle_epoch(ctx: &mut Context<SettleEpoch>) -> Result<()> {
        SettleEpoch::handler(ctx)
    }

    /// Closes the record of an old default.
    #[discrim = 67]
    pub fn close_default(ctx: &mut Context<CloseDefault>) -> Result<()> {
        CloseDefault::handler(ctx)
    }

    /// Collects an assessment or a contribution call.
    #[discrim = 68]
    pub fn enforce_call(ctx: &mut Context<EnforceCall>) -> Result<()> {
        EnforceCall::handler(ctx)
    }

    /// Opens layer 6: members register their gains.
    #[discrim = 69]
    pub fn open_gains_cut(ctx: &mut Context<OpenGainsCut>) -> Result<()> {
        OpenGainsCut::handler(ctx)
    }

    /// Registers a member's net gain as a claim.
    #[discrim = 84]
    pub fn register_gains(ctx: &mut Context<RegisterGains>) -> Result<()> {
        RegisterGains::handler(ctx)
    }

    /// Cuts the registered gains by the loss that no layer has paid, or starts the wind-down.
    #[discrim = 85]
    pub fn cut_gains(ctx: &mut Context<CutGains>) -> Result<()> {
        CutGains::handler(ctx)
    }

    /// Pays a member's claim to a registered gain.
    #[discrim = 86]
    pub fn pay_claim(ctx: &mut Context<PayClaim>) -> Result<()> {
        PayClaim::handler(ctx)
    }

    /// Makes the mark of a market final whose end has come.
    #[discrim = 70]
    pub fn fix_final_mark(ctx: &mut Context<FixFinalMark>) -> Result<()> {
        FixFinalMark::handler(ctx)
    }

    /// Closes a member's positions at the final marks.
    #[discrim = 71]
    pub fn close_out(ctx: &mut Context<CloseOut>) -> Result<()> {
        CloseOut::handler(ctx)
    }

    /// Pays a claim on a closed fund.
    #[discrim = 72]
    pub fn pay_out(ctx: &mut Context<PayOut>) -> Result<()> {
        PayOut::handler(ctx)
    }

    /// Announces the end of a market whose feed is dead.
    #[discrim = 83]
    pub fn close_market(ctx: &mut Context<CloseMarket>) -> Result<()> {
        CloseMarket::handler(ctx)
    }

    /// Turns the premium of a market's positions into cash.
    #[discrim = 73]
    pub fn collect_premium(ctx: &mut Context<CollectPremium>) -> Result<()> {
        CollectPremium::handler(ctx)
    }

    /// Fills a taken offer at the first print after the taking.
    #[discrim = 78]
    pub fn fill_offer(ctx: &mut Context<FillOffer>) -> Result<()> {
        FillOffer::handler(ctx)
    }

    /// Ends a taking that was not filled in time.
    #[discrim = 79]
    pub fn lapse_taking(ctx: &mut Context<LapseTaking>) -> Result<()> {
        LapseTaking::handler(ctx)
    }

    /// Updates the table of the two largest exposures.
    #[discrim = 74]
    pub fn report_exposure(ctx: &mut Context<ReportExposure>) -> Result<()> {
        ReportExposure::handler(ctx)
    }

    /// Blocks exits because a member owes more than it has.
    #[discrim = 75]
    pub fn open_watch(ctx: &mut Context<OpenWatch>) -> Result<()> {
        OpenWatch::handler(ctx)
    }

    /// Ends the watch on a member.
    #[discrim = 76]
    pub fn end_watch(ctx: &mut Context<EndWatch>) -> Result<()> {
        EndWatch::handler(ctx)
    }

    /// Looks whether the house of a market blocks exits.
    #[discrim = 77]
    pub fn book_house(ctx: &mut Context<BookHouse>) -> Result<()> {
        BookHouse::handler(ctx)
    }

    /// Gives back what a cushion has left once the houses of its round are sold.
    #[discrim = 80]
    pub fn release_cushion(ctx: &mut Context<ReleaseCushion>) -> Result<()> {
        ReleaseCushion::handler(ctx)
    }

    /// Books what one whole side of a market could cost.
    #[discrim = 81]
    pub fn book_crowding(ctx: &mut Context<BookCrowding>) -> Result<()> {
        BookCrowding::handler(ctx)
    }

    /// Calls a member for its stress loss, or ends the call.
    #[discrim = 82]
    pub fn call_stress(ctx: &mut Context<CallStress>) -> Result<()> {
        CallStress::handler(ctx)
    }

    /// Creates the account of one feed of Pyth Pro.
    #[discrim = 87]
    pub fn open_pro_price(ctx: &mut Context<OpenProPrice>, feed: u32, channel: u8) -> Result<()> {
        OpenProPrice::handler(ctx, feed, channel)
    }

    /// Posts a signed message of Pyth Pro, which its contract verifies.
    #[discrim = 88]
    pub fn post_pro_price(
        ctx: &mut Context<PostProPrice>,
        ed25519_instruction: u16,
        signature: u8,
        message: Vec<u8>,
    ) -> Result<()> {
        PostProPrice::handler(ctx, ed25519_instruction, signature, message)
    }

    // Covers

    /// Opens a cover that was queued.
    #[discrim = 90]
    pub fn open_cover(ctx: &mut Context<OpenCover>, index: u16, mandate: Mandate) -> Result<()> {
        OpenCover::handler(ctx, index, mandate)
    }

    /// Raises the limit of a cover, or resumes it, as it was queued.
    #[discrim = 91]
    pub fn amend_cover(ctx: &mut Context<AmendCover>, mandate: Mandate) -> Result<()> {
        AmendCover::handler(ctx, mandate)
    }

    /// Suspends a cover.
    #[discrim = 92]
    pub fn suspend_cover(ctx: &mut Context<SuspendCover>, last_valid_slot: u64) -> Result<()> {
        SuspendCover::handler(ctx, last_valid_slot)
    }

    /// Pays premium or first loss of a cover.
    #[discrim = 93]
    pub fn fund_cover(ctx: &mut Context<FundCover>, amount: u64, purse: u8) -> Result<()> {
        FundCover::handler(ctx, amount, purse)
    }

    /// Earns the premium of a cover.
    #[discrim = 94]
    pub fn accrue_cover(ctx: &mut Context<AccrueCover>) -> Result<()> {
        AccrueCover::handler(ctx)
    }

    /// Holds exits for a cover whose drawer has heard of a loss.
    #[discrim = 95]
    pub fn hold_cover(ctx: &mut Context<HoldCover>, secs: u32) -> Result<()> {
        HoldCover::handler(ctx, secs)
    }

    /// Books a loss that the drawer of a cover reports.
    #[discrim = 96]
    pub fn draw_cover(ctx: &mut Context<DrawCover>, amount: u64) -> Result<()> {
        DrawCover::handler(ctx, amount)
    }

    /// Pays what a cover is owed.
    #[discrim = 97]
    pub fn settle_cover(ctx: &mut Context<SettleCover>) -> Result<()> {
        SettleCover::handler(ctx)
    }

    /// Sends what a cover was paid to its destination.
    #[discrim = 98]
    pub fn collect_cover(ctx: &mut Context<CollectCover>) -> Result<()> {
        CollectCover::handler(ctx)
    }

    /// Gives back what a cover was paid and nobody has claimed.
    #[discrim = 99]
    pub fn return_cover(ctx: &mut Context<ReturnCover>, amount: u64) -> Result<()> {
        ReturnCover::handler(ctx, amount)
    }

    /// Ends a cover whose time is over.
    #[discrim = 100]
    pub fn end_cover(ctx: &mut Context<EndCover>) -> Result<()> {
        EndCover::handler(ctx)
    }

    /// Holds exits because the market of a venue has fallen.
    #[discrim = 101]
    pub fn show_gap(ctx: &mut Context<ShowGap>) -> Result<()> {
        ShowGap::handler(ctx)
    }
}
