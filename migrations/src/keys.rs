//! Makes the keys of the two programs, outside the repository.

use {
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::{
        program::{COVER_PROGRAM_VARIABLE, PROGRAM_VARIABLE},
        Address,
    },
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{
        env,
        fs::{DirBuilder, OpenOptions},
        io::Write,
        os::unix::fs::{DirBuilderExt, OpenOptionsExt},
        path::{absolute, Path, PathBuf},
    },
};

/// Names of the key files, and of the file that names their addresses.
pub const FILES: [&str; 3] = ["bulkhead-keypair.json", "bulkhead-cover-keypair.json", "addresses.sh"];
/// Read and written by its owner alone.
const PRIVATE: u32 = 0o600;
/// Entered by its owner alone.
const PRIVATE_FOLDER: u32 = 0o700;

/// The keys that were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The folder that they are in.
    pub folder: PathBuf,
    /// The address of the fund's program.
    pub fund: Address,
    /// The address of the program of claims.
    pub claims: Address,
}

/// The folder for the keys of a deployment of this name, in the user's own configuration.
///
/// # Errors
/// When the name is no name of a folder, or the user has no folder for configurations.
pub fn usual_folder(name: &str) -> Result<PathBuf> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    ensure!(
        !name.is_empty() && name.chars().all(is_plain),
        "--name {name}: letters, digits, - and _ make a name"
    );
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
    let own = own.context("there is no folder for configurations: give --folder FOLDER")?;
    Ok(own.join("bulkhead/programs").join(name))
}

/// Makes two keys in a folder, with a file for a shell that names their addresses. Nothing that exists
/// is written over.
///
/// # Errors
/// When the folder is below `repository`, one of the files exists, or they cannot be written.
pub fn make(folder: &Path, repository: &Path) -> Result<Made> {
    // Before anything is made: of a folder that is not there yet, the one that it would be made in counts.
    let wanted = absolute(folder)?;
    let there = wanted.ancestors().find(|folder| folder.exists()).context("no folder exists")?;
    if let Ok(repository) = repository.canonicalize() {
        ensure!(
            !there.canonicalize()?.starts_with(&repository),
            "{} is in the repository, where a key would be published some day: choose another --folder",
            wanted.display()
        );
    }
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_FOLDER)
        .create(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let folder = folder.canonicalize()?;
    for name in FILES {
        let path = folder.join(name);
        if path.exists() {
            bail!(
                "{} exists, and a lost key cannot be made again: choose another --name, or move it away",
                path.display()
            );
        }
    }
    let (fund, claims) = (Keypair::new(), Keypair::new());
    for (name, key) in FILES.iter().zip([&fund, &claims]) {
        write(&folder.join(name), &format!("{:?}", key.to_bytes()))?;
    }
    let (fund, claims) = (fund.pubkey(), claims.pubkey());
    let variables = [(PROGRAM_VARIABLE, fund), (COVER_PROGRAM_VARIABLE, claims)];
    let lines = variables.map(|(name, address)| format!("export {name}={address}\n"));
    write(&folder.join(FILES[2]), &lines.concat())?;
    Ok(Made { folder, fund, claims })
}

/// Writes a new file. It is whole on the disk before anybody is told its address.
fn write(path: &Path, text: &str) -> Result<()> {
    let mut new = OpenOptions::new();
    let mut file = new
        .write(true)
        .create_new(true)
        .mode(PRIVATE)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}

/// The way from new keys to a deployment, line by line.
pub fn next(made: &Made) -> Vec<String> {
    let Made { folder, fund, claims } = made;
    let file = |index: usize| folder.join(FILES[index]).display().to_string();
    vec![
        format!("program           {fund}"),
        format!("program of claims {claims}"),
        format!("keys              {}", folder.display()),
        String::new(),
        "1. Copy the folder to a second place that only you can read. Before the first deployment,".into(),
        "   whoever has a key can put a program of their own at its address. Afterwards it is worth".into(),
        "   nothing, and the upgrade authority everything.".into(),
        "2. Let everything work with these addresses, in each shell:".into(),
        format!("       . {}", file(2)),
        "3. Build the programs for them: cargo xtask build".into(),
        "4. Name the keys in the profile of the network, for the first deployment:".into(),
        format!("       [program] key = {:?}", file(0)),
        format!("       [claims]  key = {:?}", file(1)),
        "5. Look, and then deploy: cargo xtask migrate --profile NAME --dry-run".into(),
        "The whole way is docs/going-live.md.".into(),
    ]
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        bulkhead_inspect::settings::read_key,
        std::{fs, os::unix::fs::PermissionsExt},
    };

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let folder = env::temp_dir().join(format!("bulkhead-keys-{}-{name}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn keys_are_private_and_their_addresses_are_named_for_a_shell() {
        let scratch = Scratch::new("private");
        let made = make(&scratch.0.join("a/b"), &scratch.0.join("repository")).unwrap();
        for (name, address) in FILES.iter().zip([made.fund, made.claims]) {
            assert_eq!(read_key(&made.folder.join(name)).unwrap().pubkey(), address);
        }
        for name in FILES {
            let mode = fs::metadata(made.folder.join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, PRIVATE, "{name}");
        }
        assert_eq!(fs::metadata(&made.folder).unwrap().permissions().mode() & 0o777, PRIVATE_FOLDER);
        let variables = fs::read_to_string(made.folder.join(FILES[2])).unwrap();
        assert_eq!(
            variables,
            format!(
                "export BULKHEAD_PROGRAM_ID={}\nexport BULKHEAD_COVER_PROGRAM_ID={}\n",
                made.fund, made.claims
            )
        );
        assert!(next(&made).iter().any(|line| line.contains("addresses.sh")));
    }

    #[test]
    fn a_key_that_exists_is_not_written_over() {
        let scratch = Scratch::new("twice");
        let folder = scratch.0.join("keys");
        let made = make(&folder, &scratch.0.join("repository")).unwrap();
        let before = fs::read(made.folder.join(FILES[0])).unwrap();
        let refused = make(&folder, &scratch.0.join("repository")).unwrap_err().to_string();
        assert!(refused.contains("exists"), "{refused}");
        assert_eq!(fs::read(made.folder.join(FILES[0])).unwrap(), before);
        // Not even when only one of them is left.
        fs::remove_file(made.folder.join(FILES[0])).unwrap();
        assert!(make(&folder, &scratch.0.join("repository")).is_err());
        assert!(!made.folder.join(FILES[0]).exists());
    }

    #[test]
    fn no_key_comes_into_the_repository() {
        let scratch = Scratch::new("inside");
        let refused = make(&scratch.0.join("keys"), &scratch.0).unwrap_err().to_string();
        assert!(refused.contains("is in the repository"), "{refused}");
        assert!(!scratch.0.join("keys").exists());
    }

    #[test]
    fn a_name_is_no_path() {
        assert!(usual_folder("devnet").unwrap().ends_with("bulkhead/programs/devnet"));
        assert!(["", "../x", "a/b"].iter().all(|name| usual_folder(name).is_err()));
    }
}
