//! Builds of programs, by the bytes that people compare.

use solana_sha256_hasher::hash as sha256;

/// A program without the zeros at its end, of which a deployed one has more.
pub fn executable(program: &[u8]) -> &[u8] {
    let used = program.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &program[..used]
}

/// The hash by which builds are compared, in hexadecimal digits: SHA-256 of a program without the zeros
/// at its end.
pub fn hash(program: &[u8]) -> String {
    sha256(executable(program)).to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_behind_a_program_is_no_part_of_it() {
        assert_eq!(hash(&[1, 2]), hash(&[1, 2, 0, 0]));
        assert_ne!(hash(&[1, 2]), hash(&[1, 3]));
        assert_eq!((executable(&[0, 0]), executable(&[0, 1, 0])), (&[][..], &[0, 1][..]));
    }
}
