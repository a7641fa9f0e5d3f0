//! What Cargo says about the workspace.

use anyhow::Result;
use serde::{de::DeserializeOwned, Deserialize};

use super::process;

/// A crate of the workspace.
#[derive(Deserialize)]
pub struct Member {
    pub name: String,
    pub manifest_path: std::path::PathBuf,
    pub targets: Vec<CargoTarget>,
    pub dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
pub struct CargoTarget {
    pub name: String,
    pub kind: Vec<String>,
}

/// A dependency as a manifest names it.
#[derive(Deserialize)]
pub struct Dependency {
    pub name: String,
    /// The name that the code uses, where the manifest gives it another one.
    pub rename: Option<String>,
    pub req: String,
    /// Only a dependency on a folder has it.
    pub path: Option<String>,
}

/// All members of the workspace. Needs nothing from a registry.
pub fn members() -> Result<Vec<Member>> {
    packages(&["--no-deps"])
}

/// The packages that `cargo metadata` lists with these arguments.
pub fn packages<P: DeserializeOwned>(arguments: &[&str]) -> Result<Vec<P>> {
    #[derive(Deserialize)]
    struct Metadata<P> {
        packages: Vec<P>,
    }
    let mut metadata = process::cargo();
    metadata.args(["metadata", "--locked", "--format-version", "1"]).args(arguments);
    let metadata: Metadata<P> = serde_json::from_str(&process::output(&mut metadata)?)?;
    Ok(metadata.packages)
}
