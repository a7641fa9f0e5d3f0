//! Squads' own multisig program, with the builtins that the upstream tool chain needs.

#[cfg(target_arch = "bpf")]
use sbf_builtins as _;
// Linked for its entry point.
use squads_multisig_program as _;
