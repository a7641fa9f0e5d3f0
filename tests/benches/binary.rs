//! What the built program consists of. SBPF v3 has neither sections nor symbols: there are segments, and functions begin where
//! something calls them.

use std::{collections::BTreeSet, fs, path::Path};

/// A part of the file.
pub struct Part {
    pub name: String,
    pub bytes: u64,
}

/// Executable, in a segment's flags.
const EXECUTABLE: u64 = 1;
/// Bytes of an instruction; a call of the program's own, relative to the next one.
const INSTRUCTION: usize = 8;
const CALL: u8 = 0x85;
const OWN: u8 = 1;

/// Code by function, the largest one apart; data; what is left of the file.
pub fn parts(program: &Path) -> Vec<Part> {
    let file = fs::read(program).unwrap_or_default();
    let mut parts = Vec::new();
    for (executable, bytes) in segments(&file).unwrap_or_default() {
        if executable {
            parts.extend(code(bytes));
        } else {
            parts.push(Part { name: "read-only data".to_owned(), bytes: bytes.len() as u64 });
        }
    }
    let known: u64 = parts.iter().map(|part| part.bytes).sum();
    parts.push(Part { name: "headers".to_owned(), bytes: (file.len() as u64).saturating_sub(known) });
    parts
}

/// The segments of a 64-bit little-endian ELF file, and whether each is code; none if it is no such file.
fn segments(file: &[u8]) -> Option<Vec<(bool, &[u8])>> {
    let number = |at: usize, len: usize| {
        let bytes = file.get(at..at.checked_add(len)?)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    let (table, each, count) = (number(32, 8)? as usize, number(54, 2)? as usize, number(56, 2)? as usize);
    let segment = |header: usize| {
        let (flags, start, len) =
            (number(header + 4, 4)?, number(header + 8, 8)? as usize, number(header + 32, 8)?);
        Some((flags & EXECUTABLE != 0, file.get(start..)?.get(..len as usize)?))
    };
    (0..count).map(|index| segment(table + index * each)).collect()
}

/// The largest function, into which the dispatcher's whole account checks and most handlers are inlined, and all others.
fn code(bytes: &[u8]) -> [Part; 2] {
    let instructions: Vec<&[u8]> = bytes.chunks_exact(INSTRUCTION).collect();
    let mut starts = BTreeSet::from([0, instructions.len() as i64]);
    for (index, instruction) in (1..).zip(&instructions) {
        if instruction[0] == CALL && instruction[1] >> 4 == OWN {
            let distance =
                i32::from_le_bytes([instruction[4], instruction[5], instruction[6], instruction[7]]);
            starts.insert(index + i64::from(distance));
        }
    }
    let starts: Vec<i64> =
        starts.into_iter().filter(|start| (0..=instructions.len() as i64).contains(start)).collect();
    let sizes: Vec<u64> =
        starts.windows(2).map(|pair| (pair[1] - pair[0]) as u64 * INSTRUCTION as u64).collect();
    let (all, largest) = (sizes.iter().sum::<u64>(), sizes.iter().max().copied().unwrap_or(0));
    let others = format!("{} other functions", sizes.len().saturating_sub(1));
    [
        Part { name: "dispatcher, with account checks and handlers inlined".to_owned(), bytes: largest },
        Part { name: others, bytes: all - largest },
    ]
}
