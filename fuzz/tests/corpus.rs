//! The committed corpus, through every target.

use {
    bulkhead_fuzz::TARGETS,
    std::{
        fs,
        panic::catch_unwind,
        path::{Path, PathBuf},
    },
};

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// An input that once broke a property stays in the corpus when it is fixed: this is what keeps it fixed.
#[test]
fn every_input_of_the_corpus_holds() {
    for (name, target) in TARGETS {
        let inputs = inputs(&corpus().join(name));
        assert!(!inputs.is_empty(), "{name} has no corpus");
        for path in inputs {
            let data = fs::read(&path).expect("an input");
            assert!(catch_unwind(|| target(&data)).is_ok(), "{} breaks {name}", path.display());
        }
    }
}

/// Inputs of every length that no fuzzer chose: a target takes whatever it gets.
#[test]
fn bytes_without_meaning_hold() {
    for (_, target) in TARGETS {
        for length in (0..256).chain([1_024, 4_096]) {
            for step in [0u8, 1, 37, 255] {
                let data: Vec<u8> =
                    (0..length).map(|index: usize| (index as u8).wrapping_mul(step)).collect();
                target(&data);
            }
        }
    }
}

/// What a fuzzer starts from, on any tool chain: words of a generator with a fixed seed, so that a failure repeats.
#[test]
fn random_bytes_hold() {
    for (name, target) in TARGETS {
        let mut state = SEED;
        for round in 0..ROUNDS {
            let data: Vec<u8> = (0..1 + round % 96).flat_map(|_| next(&mut state).to_le_bytes()).collect();
            assert!(catch_unwind(|| target(&data)).is_ok(), "round {round} breaks {name}: {data:?}");
        }
    }
}

const SEED: u64 = 0x5eed;
const ROUNDS: usize = 4_000;

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Small enough to be read in a review, and no folder without a target.
#[test]
fn the_corpus_is_small() {
    let names: Vec<_> =
        inputs(&corpus()).iter().map(|path| path.file_name().expect("a name").to_owned()).collect();
    assert!(names.iter().all(|name| TARGETS.iter().any(|(target, _)| *name == **target)), "{names:?}");
    let files: Vec<_> = TARGETS.iter().flat_map(|(name, _)| inputs(&corpus().join(name))).collect();
    let bytes: u64 = files.iter().map(|path| fs::metadata(path).expect("a file").len()).sum();
    assert!(files.len() < 200 && bytes < 100_000, "{} files, {bytes} bytes", files.len());
}
