//! What the built program consists of. SBPF v3 has neither sections nor symbols: there are segments, and functions begin where
//! something calls them. Who calls whom says the rest: the dispatcher is where the program begins, and what it alone calls
//! are the instructions.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

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

/// Code by what it is for, data, and what is left of the file.
pub fn parts(program: &Path) -> Vec<Part> {
    let file = fs::read(program).unwrap_or_default();
    let mut parts = Vec::new();
    for segment in segments(&file).unwrap_or_default() {
        if segment.executable {
            parts.extend(Code::read(segment.bytes).parts(segment.entry));
        } else {
            parts.push(Part { name: "read-only data".to_owned(), bytes: segment.bytes.len() as u64 });
        }
    }
    let known: u64 = parts.iter().map(|part| part.bytes).sum();
    parts.push(Part { name: "headers".to_owned(), bytes: (file.len() as u64).saturating_sub(known) });
    parts
}

struct Segment<'a> {
    executable: bool,
    bytes: &'a [u8],
    /// Where the program begins, as an instruction of this segment; meaningless in a segment of data.
    entry: i64,
}

/// The segments of a 64-bit little-endian ELF file; none if it is no such file.
fn segments(file: &[u8]) -> Option<Vec<Segment<'_>>> {
    let number = |at: usize, len: usize| {
        let bytes = file.get(at..at.checked_add(len)?)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    let (table, each, count) = (number(32, 8)? as usize, number(54, 2)? as usize, number(56, 2)? as usize);
    let segment = |header: usize| {
        let (flags, start, len) =
            (number(header + 4, 4)?, number(header + 8, 8)? as usize, number(header + 32, 8)?);
        Some(Segment {
            executable: flags & EXECUTABLE != 0,
            bytes: file.get(start..)?.get(..len as usize)?,
            entry: number(24, 8)?.wrapping_sub(number(header + 16, 8)?) as i64 / INSTRUCTION as i64,
        })
    };
    (0..count).map(|index| segment(table + index * each)).collect()
}

/// Functions by where they begin, in instructions.
struct Code {
    /// How long each is.
    lengths: BTreeMap<i64, u64>,
    /// Who calls each, once for every call.
    callers: BTreeMap<i64, Vec<i64>>,
}

impl Code {
    fn read(bytes: &[u8]) -> Self {
        let instructions: Vec<&[u8]> = bytes.chunks_exact(INSTRUCTION).collect();
        let end = instructions.len() as i64;
        let mut calls = Vec::new();
        for (index, instruction) in (0..).zip(&instructions) {
            if instruction[0] == CALL && instruction[1] >> 4 == OWN {
                let distance =
                    i32::from_le_bytes([instruction[4], instruction[5], instruction[6], instruction[7]]);
                calls.push((index, index + 1 + i64::from(distance)));
            }
        }
        calls.retain(|(_, called)| (0..end).contains(called));
        let starts: BTreeSet<i64> = calls.iter().map(|(_, called)| *called).chain([0, end]).collect();
        let starts: Vec<i64> = starts.into_iter().collect();
        let lengths =
            starts.windows(2).map(|pair| (pair[0], (pair[1] - pair[0]) as u64 * INSTRUCTION as u64));
        let lengths: BTreeMap<i64, u64> = lengths.collect();
        let mut callers = BTreeMap::<i64, Vec<i64>>::new();
        for (index, called) in calls {
            let caller = lengths.range(..=index).next_back().map_or(0, |(start, _)| *start);
            callers.entry(called).or_default().push(caller);
        }
        Self { lengths, callers }
    }

    /// The functions that one calls.
    fn called_by(&self, caller: i64) -> impl Iterator<Item = i64> + '_ {
        self.callers.iter().filter(move |(_, callers)| callers.contains(&caller)).map(|(called, _)| *called)
    }

    /// The dispatcher, which is what the entry calls or the entry itself; what it alone calls, once; and all others.
    fn parts(&self, entry: i64) -> Vec<Part> {
        let entry = self.lengths.range(..=entry).next_back().map_or(0, |(start, _)| *start);
        let candidates = self.called_by(entry).chain([entry]);
        let dispatcher = candidates.max_by_key(|function| self.called_by(*function).count()).unwrap_or(entry);
        let its_own = |function: &i64| {
            self.callers.get(function).is_some_and(|by| by.iter().all(|caller| *caller == dispatcher))
        };
        let (mut instructions, mut others) = (Vec::new(), Vec::new());
        for (function, length) in &self.lengths {
            match function {
                own if own == &dispatcher => {}
                own if its_own(own) => instructions.push(*length),
                _ => others.push(*length),
            }
        }
        let most = |lengths: &[u64]| lengths.iter().max().copied().unwrap_or(0);
        let part = |name: String, bytes| Part { name, bytes };
        vec![
            part("dispatcher".to_owned(), self.lengths.get(&dispatcher).copied().unwrap_or(0)),
            part(
                format!(
                    "{} functions that it alone calls: the instructions. The longest has {} bytes",
                    instructions.len(),
                    most(&instructions)
                ),
                instructions.iter().sum(),
            ),
            part(
                format!(
                    "{} functions that several call, or that an instruction calls. The longest has {} bytes",
                    others.len(),
                    most(&others)
                ),
                others.iter().sum(),
            ),
        ]
    }
}
