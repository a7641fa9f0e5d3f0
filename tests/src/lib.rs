//! The test bench: Bulkhead's built program in LiteSVM, one line per step, and the fund's properties recomputed from
//! account bytes after every transaction that succeeds.
//!
//! ```text
//! let mut world = World::new(); // a fund and a SOL market, marked at 200
//! world.join("alice", usdc(1_000), usdc(500)); // opens, deposits margin, contributes
//! world.join("bob", usdc(1_000), usdc(500));
//! world.run(world.novate("alice", "bob", SOL, 100, usd(200))); // 100 lots of 0.01 SOL
//! world.set_price(SOL, usd(150));
//! world.refuse(world.withdraw_margin("alice", usdc(1_000)), BulkheadError::BelowInitialMargin);
//! ```
//!
//! - [`World`] holds the chain, the clock and the current fund; members are names, and their keys follow from these.
//! - A [`Call`] is an instruction with its signers, made by a method of [`World`] named like the instruction. Tests bend
//!   it (`swap`, `unsigned`) before they run it.
//! - [`Call::by_cpi`] sends it by way of another program, a [`Caller`].
//! - [`World::run`] expects success, [`World::refuse`] one exact error and unchanged accounts, [`World::attempt`] either.
//! - [`invariants`] holds P1, P2 and P3.

pub mod audit;
pub mod call;
pub mod caller;
pub mod calls;
pub mod invariants;
pub mod keys;
pub mod outcome;
pub mod params;
pub mod pro;
pub mod pyth;
pub mod read;
pub mod risk;
pub mod rng;
pub mod scene;
pub mod token;
pub mod trace;
pub mod world;

pub use {
    bulkhead::{self, error::BulkheadError, rules::shares::contribution},
    bulkhead_client,
    bulkhead_client::{
        event::Event,
        instruction::{Bid, FundKeys},
    },
    call::Call,
    caller::Caller,
    keys::{address, keypair},
    outcome::{Meta, Refusal, TxError},
    params::{usd, usdc, MarketSpec, BTC, ETH, SOL},
    solana_address::Address,
    solana_instruction::{error::InstructionError, AccountMeta, Instruction},
    solana_keypair::Keypair,
    solana_signer::Signer,
    token::MintKind,
    world::World,
};
