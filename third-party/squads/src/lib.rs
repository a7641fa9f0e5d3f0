//! The entry of Squads v4's program, whose own crate is compiled as a library here.

use squads_multisig_program::{anchor_lang::solana_program, entry};

solana_program::entrypoint!(entry);
