//! A stand-in of Pyth's receiver for tests. It is not Pyth's program, and it is never deployed to a
//! network that others use.
//!
//! Pyth's receivers, Wormhole and the push oracle cannot be had as bytes that a test may load. This
//! program takes their place, at their addresses: the same instructions, accounts, layouts and
//! error codes, as far as a poster of prices meets them. It believes nothing that they would not
//! believe. Each signature is recovered by the syscall `secp256k1_recover` and compared with the
//! guardian set, each proof is hashed with the syscall `keccak256` up to the signed root, and the
//! origin is compared with the configuration.
//!
//! What it lacks: governance, TWAPs, the transfer of authority, guardian sets that are replaced or
//! expire. The accounts of configuration and of the guardian set are written by the test.
//!
//! One program serves all three roles. The instruction's discriminator says which one is meant, and
//! the program's own address is the role's address.

#![cfg_attr(target_os = "solana", no_std)]

#[cfg(target_os = "solana")]
mod entrypoint;
#[cfg(target_os = "solana")]
mod evidence;

/// Error codes of the receiver.
pub mod error {
    /// The payload is no signed root.
    pub const INVALID_WORMHOLE_MESSAGE: u32 = 6_000;
    /// The message is none that is known.
    pub const DESERIALIZE_MESSAGE_FAILED: u32 = 6_001;
    /// The proof does not lead to the root.
    pub const INVALID_PRICE_UPDATE: u32 = 6_002;
    /// The message is of another kind than a price feed's.
    pub const UNSUPPORTED_MESSAGE_TYPE: u32 = 6_003;
    /// The root comes from elsewhere.
    pub const INVALID_DATA_SOURCE: u32 = 6_004;
    /// The price account is somebody else's.
    pub const WRONG_WRITE_AUTHORITY: u32 = 6_012;
    /// The account of the VAA does not belong to Wormhole.
    pub const WRONG_VAA_OWNER: u32 = 6_013;
    /// The VAA cannot be read.
    pub const DESERIALIZE_VAA_FAILED: u32 = 6_014;
    /// There are fewer signatures than the receiver takes at all.
    pub const INSUFFICIENT_GUARDIAN_SIGNATURES: u32 = 6_015;
    /// The VAA's guardian set is another one.
    pub const GUARDIAN_SET_MISMATCH: u32 = 6_017;
    /// The guardians do not sign in order.
    pub const INVALID_GUARDIAN_ORDER: u32 = 6_018;
    /// There is no such guardian.
    pub const INVALID_GUARDIAN_INDEX: u32 = 6_019;
    /// The signature is none.
    pub const INVALID_SIGNATURE: u32 = 6_020;
    /// Somebody else signed.
    pub const INVALID_GUARDIAN_KEY_RECOVERY: u32 = 6_021;
    /// The guardian set does not belong to Wormhole.
    pub const WRONG_GUARDIAN_SET_OWNER: u32 = 6_022;
    /// The guardian set's account is elsewhere.
    pub const INVALID_GUARDIAN_SET_PDA: u32 = 6_023;
    /// Wormhole: there is no quorum. The number is this program's own.
    pub const NO_QUORUM: u32 = 6_100;
    /// The encoded VAA is not verified. The number is this program's own.
    pub const UNVERIFIED_VAA: u32 = 6_101;
    /// The push oracle was given another feed's price.
    pub const PRICE_FEED_MESSAGE_MISMATCH: u32 = 6_102;
}
