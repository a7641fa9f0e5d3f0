//! The list of claims on a loss: a CSV file with a claimant and an amount on each line.
//!
//! ```text
//! claimant,amount
//! 7vN1zHWJqGqVWcBiE4WgQCJmQ1yPBCnzzGL1iBq8Gmkr,1250.5
//! ```

use {
    crate::amount::units,
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::{
        claims::{Claim, MAX_DEPTH},
        Address,
    },
    bulkhead_inspect::settings::parse_address,
    std::{collections::HashMap, fs, path::Path},
};

/// The first line may name the columns.
const HEADER: [&str; 2] = ["claimant", "amount"];

/// Reads a file of claims. Amounts are in tokens of these decimals.
///
/// # Errors
/// As [`parse`], with the file's name.
pub fn read(path: &Path, decimals: u8) -> Result<Vec<Claim>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text, decimals).with_context(|| path.display().to_string())
}

/// Reads claims. The place of a line among those of claims is the index of its leaf, so that a file
/// has one tree.
///
/// # Errors
/// Each one names its line: no address, no amount, an amount of zero, a claimant that comes twice,
/// a sum beyond a word, more lines than a tree has leaves. A file without claims is refused too.
pub fn parse(text: &str, decimals: u8) -> Result<Vec<Claim>> {
    let mut claims: Vec<Claim> = Vec::new();
    let mut lines = HashMap::new();
    let mut total: u64 = 0;
    // Spreadsheets put a mark of the byte order before the text.
    for (line, content) in (1_usize..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let content = content.trim();
        if content.is_empty() || (claims.is_empty() && is_header(content)) {
            continue;
        }
        let (claimant, amount) = row(content, decimals).with_context(|| format!("line {line}"))?;
        if let Some(before) = lines.insert(claimant, line) {
            bail!("line {line}: {claimant} is on line {before} already: put its claims into one");
        }
        ensure!(
            claims.len() < 1 << MAX_DEPTH,
            "line {line}: a tree has at most {} claims",
            1_u32 << MAX_DEPTH
        );
        total = total
            .checked_add(amount)
            .with_context(|| format!("line {line}: the sum of the claims does not fit 64 bits"))?;
        claims.push(Claim { claimant: claimant.to_bytes(), amount });
    }
    ensure!(!claims.is_empty(), "there are no claims in it");
    Ok(claims)
}

fn is_header(line: &str) -> bool {
    line.split(',').map(str::trim).eq(HEADER)
}

fn row(line: &str, decimals: u8) -> Result<(Address, u64)> {
    let [claimant, amount] = line.split(',').map(str::trim).collect::<Vec<_>>()[..] else {
        bail!("`{line}` is not a claimant and an amount with a comma between them");
    };
    let address = parse_address(claimant).map_err(|error| anyhow!("`{claimant}` is no address: {error}"))?;
    let amount = units(amount, decimals).with_context(|| format!("`{amount}`"))?;
    ensure!(amount > 0, "the amount is zero");
    Ok((address, amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wallet(seed: u8) -> Address {
        Address::new_from_array([seed; 32])
    }

    fn says(text: &str) -> String {
        let error = parse(text, 6).expect_err("it is refused");
        error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
    }

    #[test]
    fn lines_are_claims_in_their_order() {
        let text = format!("claimant, amount\n\n{},1250.5\r\n {} , 0.000001 \n", wallet(1), wallet(2));
        let claims = parse(&text, 6).unwrap();
        let expected = [(1, 1_250_500_000), (2, 1)];
        let expected = expected.map(|(seed, amount)| Claim { claimant: [seed; 32], amount });
        assert_eq!(claims, expected);
    }

    #[test]
    fn every_fault_names_its_line() {
        let (a, b) = (wallet(1), wallet(2));
        assert!(says(&format!("{a},1\n{b},2\n{a},3")).starts_with("line 3: "));
        assert!(says(&format!("{a},1\n{b},2\n{a},3")).contains("is on line 1 already"));
        assert_eq!(says(&format!("{a},1\n{b},0")), "line 2: the amount is zero");
        assert!(says(&format!("{a},1\nnobody,5")).starts_with("line 2: `nobody` is no address"));
        assert!(says(&format!("{a},much")).starts_with("line 1: `much`"));
        assert!(says(&format!("{a},-5")).starts_with("line 1: `-5`"));
        assert!(says(&format!("{a},0.0000001")).starts_with("line 1: "), "finer than a base unit");
        assert!(says(&format!("{a};1")).starts_with("line 1: "));
        assert!(says(&format!("{a},1,2")).starts_with("line 1: "));
        let most = "18446744073709.551615";
        assert!(says(&format!("{a},{most}\n{b},0.000001")).starts_with("line 2: the sum of the claims"));
        assert_eq!(says("claimant,amount\n"), "there are no claims in it");
        // A header is the first line, and no other one.
        assert!(says(&format!("{a},1\nclaimant,amount")).starts_with("line 2: "));
    }

    #[test]
    fn there_are_no_more_claims_than_leaves() {
        let line = |at: u32| {
            let mut bytes = [9; 32];
            bytes[..4].copy_from_slice(&at.to_le_bytes());
            format!("{},1\n", Address::new_from_array(bytes))
        };
        let mut text: String = (0..65_536).map(line).collect();
        assert_eq!(parse(&text, 6).unwrap().len(), 65_536);
        text.push_str(&line(65_536));
        assert!(says(&text).starts_with("line 65537: a tree has at most 65536 claims"));
    }
}
