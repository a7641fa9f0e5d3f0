//! How far the jumps of a program reach. A jump of SBPF spans at most 32,767 instructions: a function that grows beyond that
//! does not link, and the linker's error does not say why.

use anyhow::{bail, ensure, Result};

/// Bytes of an instruction.
const INSTRUCTION: usize = 8;
/// The most instructions that a jump spans.
const MOST: u16 = i16::MAX as u16;
/// The most that a program of ours may need. What is left is room for the next change, which should not be the one that finds out.
const ALLOWED: u16 = MOST / 2;

/// Refuses a program whose longest jump comes near to what a jump can span. Returns how many instructions it spans.
pub fn check(file: &[u8]) -> Result<u16> {
    let longest = code(file)?.chunks_exact(INSTRUCTION).filter_map(span).max().unwrap_or(0);
    ensure!(
        longest <= ALLOWED,
        "the longest jump spans {longest} instructions, and more than {MOST} cannot be linked: a function has become too \
         long. `tests/benches/cu.md` says how long the longest is; mark parts of it `#[inline(never)]` until no jump spans \
         more than {ALLOWED}"
    );
    Ok(longest)
}

/// How many instructions a jump spans; nothing for any other instruction.
fn span(instruction: &[u8]) -> Option<u16> {
    const CLASS: u8 = 7;
    const JUMPS: [u8; 2] = [5, 6]; // by 64 and by 32 bits
    const CALLS_AND_EXIT: [u8; 4] = [0x85, 0x8d, 0x95, 0x9d];

    let &[code, _, low, high, ..] = instruction else { return None };
    let jumps = JUMPS.contains(&(code & CLASS)) && !CALLS_AND_EXIT.contains(&code);
    jumps.then(|| i16::from_le_bytes([low, high]).unsigned_abs())
}

/// The executable segment of a 64-bit little-endian ELF file.
fn code(file: &[u8]) -> Result<&[u8]> {
    const EXECUTABLE: u64 = 1;

    let number = |at: usize, len: usize| {
        let bytes = file.get(at..at + len)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    let table = |at| number(at, 8).zip(number(54, 2)).zip(number(56, 2));
    let Some(((table, each), count)) = table(32) else { bail!("the program has no table of segments") };
    for header in (0..count).map(|index| (table + index * each) as usize) {
        if number(header + 4, 4).is_some_and(|flags| flags & EXECUTABLE != 0) {
            let place = number(header + 8, 8).zip(number(header + 32, 8));
            let code = place.and_then(|(start, len)| file.get(start as usize..)?.get(..len as usize));
            return code.ok_or_else(|| anyhow::anyhow!("the program ends before its code"));
        }
    }
    bail!("the program has no code")
}

#[cfg(test)]
mod tests {
    use super::{check, ALLOWED};

    /// A file with one segment of code: instructions of these codes and offsets.
    fn program(code: &[(u8, i16)]) -> Vec<u8> {
        const HEADERS: usize = 64 + 56;
        let mut file = vec![0; HEADERS];
        let mut put = |at: usize, value: u64, len: usize| {
            file[at..at + len].copy_from_slice(&value.to_le_bytes()[..len]);
        };
        put(32, 64, 8); // the table of segments, what each of its lines takes, how many there are
        put(54, 56, 2);
        put(56, 1, 2);
        put(64 + 4, 1, 4); // of the segment: executable, start and length
        put(64 + 8, HEADERS as u64, 8);
        put(64 + 32, 8 * code.len() as u64, 8);
        for (code, offset) in code {
            let [low, high] = offset.to_le_bytes();
            file.extend([*code, 0, low, high, 0, 0, 0, 0]);
        }
        file
    }

    #[test]
    fn a_jump_that_is_too_long_is_found_before_it_does_not_link() {
        let allowed = ALLOWED as i16;
        // Always, if equal by 64 and by 32 bits, forward and back.
        for code in [0x05, 0x15, 0x1d, 0x16] {
            assert_eq!(check(&program(&[(0x05, 3), (code, allowed), (0x95, 0)])).unwrap(), ALLOWED);
            assert_eq!(check(&program(&[(code, -allowed)])).unwrap(), ALLOWED);
            for far in [allowed + 1, -allowed - 1, i16::MIN] {
                let error = check(&program(&[(0x05, 3), (code, far)])).unwrap_err().to_string();
                let expected = format!("spans {} instructions", far.unsigned_abs());
                assert!(error.contains(&expected) && error.contains("#[inline(never)]"), "{error}");
            }
        }
    }

    #[test]
    fn calls_loads_and_stores_are_no_jumps() {
        let others = [0x85, 0x8d, 0x95, 0x9d, 0x79, 0x7b, 0x07, 0xb7].map(|code| (code, i16::MAX));
        assert_eq!(check(&program(&others)).unwrap(), 0);
    }

    #[test]
    fn what_is_no_program_is_refused() {
        assert!(check(&[0; 10]).is_err());
        assert!(check(&[0; 200]).is_err());
        let whole = program(&[(0x95, 0)]);
        assert!(check(&whole[..whole.len() - 1]).is_err());
    }
}
