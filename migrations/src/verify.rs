//! Compares a deployed program with a build, byte by byte.

use {
    crate::loader::Deployed,
    bulkhead_client::Address,
    bulkhead_format::thousands,
    bulkhead_inspect::build::{executable, hash},
};

/// How a deployed program compares with a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All bytes of the build are there, and zeros behind them.
    Same,
    /// The first byte that differs.
    Differs(usize),
}

/// Compares. A deployed program may have room behind the build, which is zeros; zeros at the end of the
/// build say nothing either.
pub fn compare(deployed: &Deployed, build: &[u8]) -> Verdict {
    let (there, wanted) = (executable(&deployed.bytes), executable(build));
    if there == wanted {
        return Verdict::Same;
    }
    let same = there.iter().zip(wanted).take_while(|(one, other)| one == other).count();
    Verdict::Differs(same)
}

/// The comparison in words, line by line.
pub fn lines(name: &str, address: &Address, deployed: &Deployed, build: &[u8]) -> Vec<String> {
    let described = |bytes: &[u8]| {
        format!("{} bytes, SHA-256 {}", thousands(executable(bytes).len() as u64), hash(bytes))
    };
    let authority =
        deployed.authority.map_or("nobody: it is final".to_owned(), |authority| authority.to_string());
    let verdict = match compare(deployed, build) {
        Verdict::Same => "the same".to_owned(),
        Verdict::Differs(at) => format!("DIFFERENT from byte {} on", thousands(at as u64)),
    };
    vec![
        format!("{name} at {address}: {verdict}"),
        format!(
            "    deployed  {}, room for {}",
            described(&deployed.bytes),
            thousands(deployed.bytes.len() as u64)
        ),
        format!("    built     {}", described(build)),
        format!("    upgraded by {authority}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployed(bytes: &[u8]) -> Deployed {
        Deployed { authority: None, bytes: bytes.to_vec() }
    }

    #[test]
    fn room_behind_a_program_is_no_difference_and_every_byte_is() {
        let build = [1, 2, 3, 0, 4];
        assert_eq!(compare(&deployed(&[1, 2, 3, 0, 4, 0, 0]), &build), Verdict::Same);
        assert_eq!(compare(&deployed(&build), &[1, 2, 3, 0, 4, 0]), Verdict::Same);
        assert_eq!(compare(&deployed(&[1, 2, 9, 0, 4, 0]), &build), Verdict::Differs(2));
        assert_eq!(compare(&deployed(&[1, 2, 3]), &build), Verdict::Differs(3));
        assert_eq!(compare(&deployed(&[1, 2, 3, 0, 4, 0, 5]), &build), Verdict::Differs(5));
    }

    #[test]
    fn the_words_name_both_hashes_and_who_upgrades() {
        let told = lines("bulkhead", &Address::default(), &deployed(&[1, 2, 0]), &[1, 3]).join("\n");
        assert!(told.contains("DIFFERENT from byte 1 on"), "{told}");
        assert!(told.contains(&hash(&[1, 2])) && told.contains(&hash(&[1, 3])), "{told}");
        assert!(told.contains("it is final"), "{told}");
    }
}
