//! Claims on losses that a fund covers, and policies on impermanent loss.
//!
//! A fund of the first program pledges part of its money to a *cover*. This program is the drawer
//! of covers for claims: it holds exits when a loss is alerted, lets a panel vote on the root of a
//! Merkle sum tree of all claims, draws on the cover, and pays each leaf of the tree
//! once, all at one ratio. It is the drawer of parametric covers too: it sells policies on the
//! impermanent loss of liquidity providers, and pays them by a formula. Whatever goes wrong here, the
//! fund loses at most what its members have pledged.
//!
//! - `instructions` has one file per instruction: accounts, checks, and the call of one rule. No
//!   instruction imports another.
//! - `rules` has one module per mechanism, over plain structs. Rules know no accounts.
//! - `state` has one file per account: its layout, and methods of that account alone.
//! - `fund` is what this program reads of the first one.
//! - The crate `bulkhead-sum-tree` has the tree.
#![cfg_attr(not(feature = "idl-build"), no_std)] // the IDL is printed by a test
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

// Linked for its symbols: see `crates/sbf-builtins`.
#[cfg(target_arch = "bpf")]
use sbf_builtins as _;

extern crate alloc;

pub mod arithmetic;
pub mod constants;
pub mod error;
pub mod events;
pub mod fund;
pub mod instructions;
pub mod rules;
pub mod state;

use {alloc::vec::Vec, anchor_lang::prelude::*, instructions::*, state::*};

/// The program's address: that of local networks, unless a build for the chain was given another one.
#[cfg(not(target_os = "solana"))]
const ADDRESS: &str = "BuLKhEadCover111111111111111111111111111111";
#[cfg(target_os = "solana")]
const ADDRESS: &str = match option_env!("BULKHEAD_COVER_PROGRAM_ID") {
    Some(own) => own,
    None => "BuLKhEadCover111111111111111111111111111111",
};

declare_id!(ADDRESS);

#[cfg(not(feature = "no-entrypoint"))]
solana_security_txt::security_txt! {
    name: "Bulkhead Cover",
    project_url: "see README.md of the release",
    contacts: "other:see SECURITY.md of the release",
    policy: "see SECURITY.md of the release",
    preferred_languages: "en"
}

/// One line per instruction: see the file of its name.
#[program]
pub mod bulkhead_cover {
    use super::*;

    // Decision

    /// Creates the panel of a cover, with its vault.
    #[discrim = 0]
    pub fn create_panel(ctx: &mut Context<CreatePanel>, id: u16, terms: PanelTerms) -> Result<()> {
        CreatePanel::handler(ctx, id, terms)
    }

    /// Reports a loss of what is covered, and holds exits.
    #[discrim = 1]
    pub fn alert_loss(
        ctx: &mut Context<AlertLoss>,
        incident_ts: i64,
        peril: u8,
        max_bond: u64,
    ) -> Result<()> {
        AlertLoss::handler(ctx, incident_ts, peril, max_bond)
    }

    /// Posts the root of the claims on a loss.
    #[discrim = 2]
    pub fn post_root(
        ctx: &mut Context<PostRoot>,
        root: [u8; 32],
        total: u64,
        leaves: u32,
        depth: u8,
    ) -> Result<()> {
        PostRoot::handler(ctx, root, total, leaves, depth)
    }

    /// Approves or rejects a root.
    #[discrim = 3]
    pub fn vote_root(
        ctx: &mut Context<VoteRoot>,
        root: [u8; 32],
        total: u64,
        leaves: u32,
        depth: u8,
        approves: bool,
    ) -> Result<()> {
        VoteRoot::handler(ctx, root, total, leaves, depth, approves)
    }

    /// Sends a root back, once.
    #[discrim = 4]
    pub fn veto_root(ctx: &mut Context<VetoRoot>) -> Result<()> {
        VetoRoot::handler(ctx)
    }

    /// Decides about a loss. An approved one draws on the cover.
    #[discrim = 5]
    pub fn decide_loss(ctx: &mut Context<DecideLoss>) -> Result<()> {
        DecideLoss::handler(ctx)
    }

    /// Pays a bond back, or to the contributors.
    #[discrim = 6]
    pub fn settle_bond(ctx: &mut Context<SettleBond>) -> Result<()> {
        SettleBond::handler(ctx)
    }

    /// Closes a loss that is over.
    #[discrim = 7]
    pub fn close_loss(ctx: &mut Context<CloseLoss>) -> Result<()> {
        CloseLoss::handler(ctx)
    }

    // Claims

    /// Opens the claims on a loss that the cover has paid for.
    #[discrim = 20]
    pub fn open_claims(ctx: &mut Context<OpenClaims>) -> Result<()> {
        OpenClaims::handler(ctx)
    }

    /// Opens a page of claims.
    #[discrim = 21]
    pub fn open_page(ctx: &mut Context<OpenPage>, number: u16) -> Result<()> {
        OpenPage::handler(ctx, number)
    }

    /// Pays a claim to its claimant, who signs.
    #[discrim = 22]
    pub fn claim_cover(ctx: &mut Context<ClaimCover>, index: u32, amount: u64, proof: Vec<u8>) -> Result<()> {
        ClaimCover::handler(ctx, index, amount, &proof)
    }

    /// Pays a claim to its claimant's associated token account.
    #[discrim = 23]
    pub fn push_claim(ctx: &mut Context<PushClaim>, index: u32, amount: u64, proof: Vec<u8>) -> Result<()> {
        PushClaim::handler(ctx, index, amount, &proof)
    }

    /// Returns the unclaimed rest.
    #[discrim = 24]
    pub fn expire_loss(ctx: &mut Context<ExpireLoss>) -> Result<()> {
        ExpireLoss::handler(ctx)
    }

    /// Closes a page of an expired loss.
    #[discrim = 25]
    pub fn close_page(ctx: &mut Context<ClosePage>) -> Result<()> {
        ClosePage::handler(ctx)
    }

    // Policies

    /// Creates a book of policies, with its vault.
    #[discrim = 40]
    pub fn create_book(ctx: &mut Context<CreateBook>, id: u16, terms: BookTerms) -> Result<()> {
        CreateBook::handler(ctx, id, terms)
    }

    /// Notes the mark of a book's market.
    #[discrim = 41]
    pub fn note_price(ctx: &mut Context<NotePrice>) -> Result<()> {
        NotePrice::handler(ctx)
    }

    /// Opens the account of the policies that expire on a day.
    #[discrim = 42]
    pub fn open_expiry(ctx: &mut Context<OpenExpiry>, day: u32) -> Result<()> {
        OpenExpiry::handler(ctx, day)
    }

    /// Buys a policy.
    #[discrim = 43]
    pub fn buy_policy(
        ctx: &mut Context<BuyPolicy>,
        insured: u64,
        term_days: u8,
        max_premium: u64,
    ) -> Result<()> {
        BuyPolicy::handler(ctx, insured, term_days, max_premium)
    }

    /// Puts a policy in force.
    #[discrim = 44]
    pub fn start_policy(ctx: &mut Context<StartPolicy>) -> Result<()> {
        StartPolicy::handler(ctx)
    }

    /// Settles all policies that expire on a day, and draws on the cover.
    #[discrim = 45]
    pub fn settle_expiry(ctx: &mut Context<SettleExpiry>) -> Result<()> {
        SettleExpiry::handler(ctx)
    }

    /// Opens the payouts of a day that the cover has paid for.
    #[discrim = 46]
    pub fn open_payouts(ctx: &mut Context<OpenPayouts>) -> Result<()> {
        OpenPayouts::handler(ctx)
    }

    /// Pays a policy to its owner, who signs.
    #[discrim = 47]
    pub fn claim_policy(ctx: &mut Context<ClaimPolicy>) -> Result<()> {
        ClaimPolicy::handler(ctx)
    }

    /// Closes a policy that is paid nothing.
    #[discrim = 48]
    pub fn close_policy(ctx: &mut Context<ClosePolicy>) -> Result<()> {
        ClosePolicy::handler(ctx)
    }

    /// Ends the payouts of a day, and returns the unclaimed rest.
    #[discrim = 49]
    pub fn end_payouts(ctx: &mut Context<EndPayouts>) -> Result<()> {
        EndPayouts::handler(ctx)
    }

    /// Closes the account of a day.
    #[discrim = 50]
    pub fn close_expiry(ctx: &mut Context<CloseExpiry>) -> Result<()> {
        CloseExpiry::handler(ctx)
    }
}
