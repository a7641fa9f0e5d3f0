//! The library calls that LLVM emits for 128-bit integers, for programs built with the upstream tool chain.
//!
//! Why not those of `compiler_builtins`: LLVM 23 returns 128 bits in a pair of registers, while rustc with LLVM 22 compiles
//! a function of the Rust or C ABI to return them through a hidden pointer. Caller and callee then disagree, nothing
//! complains at link time, and the program faults or computes garbage. `extern "unadjusted"` hands the 128-bit value to
//! LLVM as it is, so both sides are lowered by LLVM 23.
//!
//! Solana's own tools do not set `target_arch = "bpf"` and bring their own builtins: for them this crate is empty.
//!
//! A program uses it by linking it: `#[cfg(target_arch = "bpf")] use sbf_builtins as _;`

#![no_std]
#![cfg_attr(target_arch = "bpf", allow(internal_features), feature(abi_unadjusted))]

#[cfg(target_arch = "bpf")]
mod abi;
pub mod wide;

// Linked for its `memcpy` family, which `core` calls and no tool chain but Solana's own provides.
#[cfg(target_arch = "bpf")]
use solana_compiler_builtins as _;
