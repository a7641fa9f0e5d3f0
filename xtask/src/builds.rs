//! `tests/benches/builds.json`: the hashes of the deployed programs, built for the addresses of local networks, and the tools
//! that built them. `cargo xtask bench` writes it, and every other machine that has the same tools has to build the same bytes.

use std::{collections::BTreeMap, fs, path::PathBuf};

use anyhow::{ensure, Context, Result};
use serde::{Deserialize, Serialize};

use crate::{
    build,
    support::{addresses::Addresses, paths, ui},
    toolchain::{Toolchain, PROGRAMS},
};

#[derive(Serialize, Deserialize)]
struct Builds {
    /// The kind of machine, the compiler and the linker.
    tools: String,
    /// [`build::executable_hash`] of each program by its package.
    programs: BTreeMap<String, String>,
}

/// Writes down what is built in `target/sbf`.
pub fn write() -> Result<()> {
    let Some(builds) = Builds::here()? else { return Ok(()) };
    let text = serde_json::to_string_pretty(&builds)? + "\n";
    fs::write(path(), text).with_context(|| format!("writing {}", path().display()))
}

/// That what is built in `target/sbf` is what was written down, if the tools are the same.
pub fn check() -> Result<()> {
    let Some(here) = Builds::here()? else { return Ok(()) };
    let text = fs::read_to_string(path()).with_context(|| format!("reading {}", path().display()))?;
    let committed: Builds =
        serde_json::from_str(&text).with_context(|| format!("reading {}", path().display()))?;
    if here.compare(&committed)? {
        ui::good(format!("both programs are the bytes that are written down, by {}", here.tools));
    } else {
        ui::note(format!(
            "the bytes are not compared: {} built here, and {} before",
            here.tools, committed.tools
        ));
    }
    Ok(())
}

fn path() -> PathBuf {
    paths::root().join("tests/benches/builds.json")
}

impl Builds {
    /// Nothing for addresses of one's own: their builds are nobody else's.
    fn here() -> Result<Option<Self>> {
        if let Some(Addresses([fund, claims])) = Addresses::chosen()? {
            ui::note(format!(
                "hashes are of builds for local networks, and these are for {fund} and {claims}"
            ));
            return Ok(None);
        }
        let tools = format!("{} {}", std::env::consts::ARCH, Toolchain::choose()?.prepare()?.name());
        let mut programs = BTreeMap::new();
        for program in PROGRAMS.iter().filter(build::is_deployed) {
            let built = paths::sbf_out().join(program.file()).with_extension("so");
            let bytes = fs::read(&built).with_context(|| format!("{} is not built", built.display()))?;
            programs.insert(program.package.to_owned(), build::executable_hash(&bytes));
        }
        Ok(Some(Self { tools, programs }))
    }

    /// Whether they could be compared; an error if they could and differ.
    fn compare(&self, committed: &Self) -> Result<bool> {
        if self.tools != committed.tools {
            return Ok(false);
        }
        for (package, hash) in &self.programs {
            let before = committed.programs.get(package).map_or("nothing", String::as_str);
            ensure!(
                hash == before,
                "{package} is {hash} here and {before} in {}: `cargo xtask bench` writes it after a change of the \
                 program; without one, the build depends on the machine",
                path().display()
            );
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builds(tools: &str, hash: &str) -> Builds {
        Builds { tools: tools.into(), programs: [("bulkhead".to_owned(), hash.to_owned())].into() }
    }

    #[test]
    fn the_same_tools_have_to_build_the_same_bytes_and_others_need_not() {
        assert!(builds("one", "aa").compare(&builds("one", "aa")).unwrap());
        assert!(!builds("one", "aa").compare(&builds("another", "bb")).unwrap());
        let refused = builds("one", "aa").compare(&builds("one", "bb")).unwrap_err().to_string();
        assert!(refused.contains("bulkhead is aa here and bb in"), "{refused}");
        let nothing = Builds { programs: BTreeMap::new(), ..builds("one", "aa") };
        assert!(builds("one", "aa").compare(&nothing).is_err());
    }
}
