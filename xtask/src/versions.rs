//! Every version that is installed by a command, and every one that an installed tool must have.

/// The upstream compiler: of this LLVM or newer (older ones produce bitcode and calls that were not checked here).
pub const RUSTC_LLVM: u32 = 22;
/// What was tested. Another one works as long as the conformance test says so.
pub const RUSTC_TESTED: &str = "1.96";
/// Debian's packages of it, with the library's source.
pub const RUSTC_PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "cargo-web"];

/// LLVM with the BPF backend, as static libraries, from the Python registry.
/// 23 is the first with stack arguments and library calls for BPF.
pub const LLVM_PACKAGE: &str = "mlc-llvm-static";
pub const LLVM: &str = "23.1.1.post0";
/// How the Rust bindings of that LLVM name the variable that leads to it.
pub const LLVM_PREFIX_VARIABLE: &str = "LLVM_SYS_231_PREFIX";

/// The linker, from the Rust registry, and the features that bind it to that LLVM.
pub const LINKER: &str = "0.2.6";
pub const LINKER_FEATURES: &str = "bpf-linker/llvm-23,bpf-linker/llvm-link-static";

/// The SBF version that programs are built for.
pub const SBPF: u32 = 3;

/// The spelling checker, from the Python registry: from the Rust one it would be compiled for minutes.
pub const TYPOS: &str = "1.52.0";

/// What the speed of the stress test is compared with, from the Python registry.
pub const NUMPY: &str = "2.4.6";

/// The fuzzer's driver: a crate with a binary.
pub const FUZZ: &str = "0.13.2";
/// The tool chain that instruments for libFuzzer; what was tested is 1.97.
pub const FUZZ_TOOLCHAIN: &str = "nightly";

/// The TypeScript client is generated and checked with at least this Node.
/// The packages' versions stand in clients/ts/package.json.
pub const NODE: u32 = 20;
