//! Every version that is installed by a command, and every one that an installed tool must have.

/// A Python package.
pub struct Wheel {
    pub name: &'static str,
    /// What it may be, one for each kind of machine; anything if the list is empty.
    pub sha256: &'static [&'static str],
}

/// The upstream compiler: of this LLVM or newer (older ones produce bitcode and calls that were not checked here).
pub const RUSTC_LLVM: u32 = 22;
/// What was tested. Another one works as long as the conformance test says so.
pub const RUSTC_TESTED: &str = "1.96";
/// Debian's packages of it, with the library's source.
pub const RUSTC_PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "cargo-web"];

/// LLVM with the BPF backend, as static libraries, from the Python registry.
/// 23 is the first with stack arguments and library calls for BPF.
pub const LLVM: &str = "23.1.1.post0";
/// Its packages, the one with the configuration first, and the SHA-256 of what is loaded: for x86-64, then for 64-bit ARM.
pub const LLVM_PACKAGES: [Wheel; 2] = [
    Wheel {
        name: "mlc-llvm-static",
        sha256: &[
            "dcfec888abfaa418be77d41af585805f31463584cf9c90582992c00f392c1ac5",
            "3d4b1b30cea531ffa5956fa14ff4ffb0b1ed61284bf31eac3ebb752fb308b71d",
        ],
    },
    Wheel {
        name: "mlc-llvm-static-extra-targets",
        sha256: &[
            "c36e834d9a4e9cf9759f27fece65711ece7a2fc2b5a96dbb15d66f5e9e787929",
            "b1ddc694cf75bb1502b64c1898b15915362450453b637534886519e20e3d5522",
        ],
    },
];
/// How the Rust bindings of that LLVM name the variable that leads to it.
pub const LLVM_PREFIX_VARIABLE: &str = "LLVM_SYS_231_PREFIX";

/// The linker, from the Rust registry, and the features that bind it to that LLVM.
pub const LINKER: &str = "0.2.6";
/// SHA-256 of its source, as the registry serves it. Its own lockfile pins what it depends on.
pub const LINKER_SHA256: &str = "fb77b853725e5cc2455815109cadb110ecb62965dac9e91511a0531c9ea61f22";
pub const LINKER_FEATURES: &str = "bpf-linker/llvm-23,bpf-linker/llvm-link-static";

/// The SBF version that programs are built for.
pub const SBPF: u32 = 3;

/// The spelling checker, from the Python registry: from the Rust one it would be compiled for minutes.
pub const TYPOS: &str = "1.52.0";
pub const TYPOS_PACKAGE: Wheel = Wheel {
    name: "typos",
    sha256: &[
        "418fd85f7fc11dec14e5482e747f6e916af56da96207cde0cdd69540a4b389f6",
        "5e870133c7e9cace94183e4d638697004a1473e79abcd01b8f75e362049a9b5c",
    ],
};

/// What the speed of the stress test is compared with, from the Python registry.
pub const NUMPY: &str = "2.4.6";
/// A package of its own for every version of Python, and no part of what is built: by version alone.
pub const NUMPY_PACKAGE: Wheel = Wheel { name: "numpy", sha256: &[] };

/// The fuzzer's driver: a crate with a binary.
pub const FUZZ: &str = "0.13.2";
pub const FUZZ_SHA256: &str = "5acfd01930e49823e58c30dd8012d3338a620377d7c7d4cc140ca4b2169400e2";
/// The tool chain that instruments for libFuzzer; what was tested is 1.97.
pub const FUZZ_TOOLCHAIN: &str = "nightly";

/// What puts mistakes into the mathematics: a crate with a binary.
pub const MUTANTS: &str = "27.1.0";
pub const MUTANTS_SHA256: &str = "07072e7bcdeb425d5e5fdbfd9f15a2c749e23cb2edf5ef40aee5876760ae1cf9";

/// The TypeScript client is generated and checked with at least this Node.
/// The packages' versions stand in clients/ts/package.json.
pub const NODE: u32 = 20;
