//! What the built program consists of: the sections of its ELF file.

use std::{fs, path::Path};

/// A section, or what is left of the file.
pub struct Part {
    pub name: String,
    pub bytes: u64,
}

/// Sections that take room in the file, largest first, and headers with padding at the end.
pub fn parts(program: &Path) -> Vec<Part> {
    let file = fs::read(program).unwrap_or_default();
    let mut parts = sections(&file).unwrap_or_default();
    parts.sort_by(|a, b| b.bytes.cmp(&a.bytes));
    let known: u64 = parts.iter().map(|part| part.bytes).sum();
    parts.push(Part { name: "headers and padding".to_owned(), bytes: (file.len() as u64).saturating_sub(known) });
    parts
}

/// Of a 64-bit little-endian ELF file; none if it is no such file.
fn sections(file: &[u8]) -> Option<Vec<Part>> {
    const NOTHING: u32 = 0;
    const NO_BITS: u32 = 8;
    let number = |at: usize, len: usize| {
        let bytes = file.get(at..at.checked_add(len)?)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    let (table, each, count, names) = (number(40, 8)?, number(58, 2)?, number(60, 2)?, number(62, 2)?);
    let header = |index: u64| usize::try_from(table + index * each).ok();
    let names = number(header(names)? + 24, 8)?;
    let mut found = Vec::new();
    for index in 0..count {
        let at = header(index)?;
        let kind = number(at + 4, 4)? as u32;
        if kind == NOTHING || kind == NO_BITS {
            continue;
        }
        let name = usize::try_from(names + number(at, 4)?).ok()?;
        let name = file.get(name..)?.split(|byte| *byte == 0).next()?;
        let name = format!("`{}`", String::from_utf8_lossy(name));
        found.push(Part { name, bytes: number(at + 32, 8)? });
    }
    Some(found)
}
