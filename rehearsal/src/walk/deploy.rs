//! From nothing to a fund.

use {
    super::Walk,
    crate::{
        commands::{ADDRESSES, AIRDROP, BUILD, LOOK, MIGRATE, NEW_ADDRESS, VERIFY},
        place::repository,
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::program::{COVER_PROGRAM_VARIABLE, PROGRAM_VARIABLE},
    bulkhead_inspect::build::hash,
    bulkhead_migrate::keys::FILES,
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{fs, path::PathBuf},
};

/// What the payer gets, in SOL: a deployment and an upgrade, with their buffers.
const SOL: &str = "40";
/// What it gets in tokens, more than the treasury that the profile asks for.
const TOKENS: u64 = 20_000;
/// The time lock of an authority.
pub(super) const TIME_LOCK: &str = "1h";
/// Most runs of migrate until everything is done: each step waits for its proposals.
const MOST_RUNS: usize = 12;
/// Exit code of migrate when something waits.
const OPEN: i32 = 3;
/// Names of the built programs.
pub(super) const BUILDS: [&str; 2] = ["bulkhead.so", "bulkhead_cover.so"];
/// The seeds of the keys whose addresses the tests' builds have. Everybody knows them.
const KNOWN: [u8; 2] = [0x42, 0x43];

pub(super) fn wallet(walk: &mut Walk) -> Result<()> {
    let (url, key) = (walk.place.doors.rpc_url(), walk.place.file("payer.json"));
    let own = walk.place.file("config");
    for (name, value) in [("BULKHEAD_URL", &url), ("BULKHEAD_KEYPAIR", &key), ("XDG_CONFIG_HOME", &own)] {
        walk.runner.export(name, value.as_str());
    }
    let before = walk.place.cluster.balance(&walk.payer.pubkey())?;
    ensure!(before == 0, "a new wallet has {before} lamports");
    walk.run(AIRDROP, &[("SOL", SOL)])?;
    walk.place.give_tokens(&walk.payer, TOKENS)?;
    walk.teller.seen(format!(
        "{} has {SOL} SOL and {TOKENS} tokens of {}",
        walk.payer.pubkey(),
        walk.place.mint
    ));
    walk.teller.not_rehearsed("faucets: devnet's SOL comes from `solana airdrop`, its USDC from Circle");
    Ok(())
}

pub(super) fn addresses(walk: &mut Walk) -> Result<()> {
    walk.run(NEW_ADDRESS, &[])?.says("addresses.sh")?;
    let made = walk.place.folder.join("config/bulkhead/programs/devnet");
    let mut folder = made.clone();
    if walk.options.short {
        folder = walk.place.folder.join("known");
        known_keys(walk, &folder)?;
    }
    let file = folder.join(FILES[2]);
    walk.teller.command(&format!(". {}", file.display()));
    walk.runner.note(ADDRESSES);
    let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    for (number, name) in [PROGRAM_VARIABLE, COVER_PROGRAM_VARIABLE].into_iter().enumerate() {
        let value =
            text.lines().find_map(|line| line.strip_prefix("export ")?.strip_prefix(name)?.strip_prefix('='));
        let value = value.with_context(|| format!("{} does not name {name}", file.display()))?;
        walk.runner.export(name, value);
        walk.programs[number] = value.to_owned();
        walk.keys[number] = folder.join(FILES[number]).display().to_string();
        walk.teller.seen(format!("{name}={value}"));
    }
    let again = walk.run_with(NEW_ADDRESS, &[], &[])?.expect(1)?.says("exists, and a lost key")?;
    walk.teller.seen(format!("a second run writes over nothing: {}", again.err.trim()));
    Ok(())
}

/// Keys that everybody knows: the tests have built programs for their addresses.
fn known_keys(walk: &mut Walk, folder: &PathBuf) -> Result<()> {
    fs::create_dir(folder)?;
    let mut lines = String::new();
    for (seed, (file, name)) in KNOWN.iter().zip(FILES.iter().zip([PROGRAM_VARIABLE, COVER_PROGRAM_VARIABLE]))
    {
        let key = Keypair::new_from_array([*seed; 32]);
        walk.place.keep(&format!("known/{file}"), &key)?;
        lines += &format!("export {name}={}\n", key.pubkey());
    }
    walk.place.write(&format!("known/{}", FILES[2]), &lines)?;
    walk.teller.not_rehearsed(
        "short form: a build for the new addresses takes minutes. The keys are those that the tests have \
         built programs for, and everybody knows them",
    );
    Ok(())
}

/// The folder of the programs for these addresses.
pub(super) fn built(walk: &Walk) -> PathBuf {
    repository().join("target/sbf").join(&walk.programs[0])
}

pub(super) fn builds(walk: &mut Walk) -> Result<()> {
    if walk.options.short {
        walk.teller.not_rehearsed("short form: `cargo xtask build`");
    } else {
        walk.run(BUILD, &[])?;
    }
    take_hashes(walk, &built(walk))?;
    walk.teller.not_rehearsed("a build on another machine, and `solana-verify`");
    Ok(())
}

/// Reads the hashes of the builds in a folder, which go into the profile.
pub(super) fn take_hashes(walk: &mut Walk, folder: &std::path::Path) -> Result<()> {
    for (number, name) in BUILDS.iter().enumerate() {
        let file = folder.join(name);
        let bytes = fs::read(&file).with_context(|| {
            format!("{} is not built: `cargo xtask test --only build` builds it", file.display())
        })?;
        walk.hashes[number] = hash(&bytes);
        walk.teller.seen(format!("{name} {} bytes, {}", bytes.len(), walk.hashes[number]));
    }
    Ok(())
}

pub(super) fn parties(walk: &mut Walk) -> Result<()> {
    walk.authority = Some(walk.party("authority", Some(TIME_LOCK))?);
    walk.guardian = Some(walk.party("guardian", None)?);
    walk.teller.not_rehearsed(match walk.place.has_squads {
        true => "Squads' own interface and hardware wallets: members sign with key files on one machine",
        false => {
            "multisigs: plain keys stand in for the vaults, and sign what is printed for these. So the \
             profile says localnet, because devnet takes vaults alone"
        }
    });
    Ok(())
}

/// Writes the profile: the repository's, with everything that is empty filled in.
pub(super) fn write_profile(walk: &Walk, creator: Option<&str>) -> Result<()> {
    let file = repository().join("migrations/profiles/devnet.toml");
    let mut text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let (authority, guardian) = (walk.authority()?.address, walk.guardian()?.address);
    let url = walk.place.doors.rpc_url();
    let [key, claims_key] = &walk.keys;
    let [hash, claims_hash] = &walk.hashes;
    let creator = creator.map_or(String::new(), |creator| format!("creator = \"{creator}\"\n"));
    // A public network takes vaults of multisigs alone, and these are listed.
    let network = if walk.place.has_squads { "devnet" } else { "localnet" };
    let parties = [&walk.authority, &walk.guardian];
    let multisigs = parties.into_iter().flatten().filter_map(|party| party.multisig());
    let multisigs: Vec<String> = multisigs.map(|multisig| format!("{:?}", multisig.address)).collect();
    for (from, to) in [
        ("network = \"devnet\"", format!("network = \"{network}\"")),
        ("multisigs = []", format!("multisigs = [{}]", multisigs.join(", "))),
        ("cluster = \"devnet\"", format!("cluster = \"{url}\"")),
        ("# payer = \"~/.config/solana/id.json\"", format!("payer = \"{}\"", walk.place.file("payer.json"))),
        ("# key = \"bulkhead-keypair.json\"", format!("key = \"{key}\"")),
        ("# key = \"bulkhead-cover-keypair.json\"", format!("key = \"{claims_key}\"")),
        ("# sha256 = \"\"", format!("sha256 = \"{hash}\"")),
        ("# sha256 = \"\"", format!("sha256 = \"{claims_hash}\"")),
        ("\nupgrade_authority = \"\"", format!("\nupgrade_authority = \"{authority}\"")),
        ("\nauthority = \"\"", format!("\n{creator}authority = \"{authority}\"")),
        ("\nguardian = \"\"", format!("\nguardian = \"{guardian}\"")),
    ] {
        ensure!(text.contains(from), "{} has no {from}", file.display());
        text = text.replacen(from, &to, 1);
    }
    walk.place.write("migrations/profiles/devnet.toml", &text)
}

/// Copies the files that say what is wanted, to be filled in and changed.
fn copy_files(walk: &Walk) -> Result<()> {
    let (from, to) = (repository().join("migrations"), walk.place.folder.join("migrations"));
    fs::create_dir_all(to.join("profiles"))?;
    for name in ["0001_fund.toml", "0002_markets.toml"] {
        fs::copy(from.join(name), to.join(name)).with_context(|| format!("copying {name}"))?;
    }
    Ok(())
}

/// Changes a parameter in the copied file of the fund.
pub(super) fn edit_fund(walk: &Walk, from: &str, to: &str) -> Result<()> {
    let name = "migrations/0001_fund.toml";
    let text = fs::read_to_string(walk.place.file(name))?;
    ensure!(text.contains(from), "{name} has no {from}");
    walk.place.write(name, &text.replacen(from, to, 1))
}

/// What stands in the place of the repository's own profile.
fn profile(walk: &Walk) -> String {
    format!("--profile devnet --migrations {}", walk.place.file("migrations"))
}

/// Runs migrate until everything is done, and has proposed what it prints.
pub(super) fn migrate(walk: &mut Walk) -> Result<String> {
    let profile = profile(walk);
    for _ in 0..MOST_RUNS {
        let ran = walk.run_with(MIGRATE, &[("--profile devnet", &profile)], &[])?;
        match ran.code {
            Some(0) => return Ok(ran.out),
            Some(OPEN) => walk.propose(&ran)?,
            _ => {
                ran.expect(0)?;
            }
        }
    }
    bail!("not all steps are done after {MOST_RUNS} runs")
}

pub(super) fn fund(walk: &mut Walk) -> Result<()> {
    copy_files(walk)?;
    write_profile(walk, None)?;
    let profile = profile(walk);
    walk.run_with(LOOK, &[("--profile devnet", &profile)], &[])?.expect(OPEN)?.says("nothing was sent")?;
    let before = walk.place.cluster.balance(&walk.payer.pubkey())?;
    let told = migrate(walk)?;
    let marks = ("3 fund: done, ", " is governed by");
    let fund = told.split(marks.0).nth(1).and_then(|rest| rest.split(marks.1).next());
    walk.fund = fund.context("migrate does not name the fund")?.to_owned();
    let url = walk.place.doors.rpc_url();
    walk.runner.export("BULKHEAD_FUND", walk.fund.as_str());
    let paid = before - walk.place.cluster.balance(&walk.payer.pubkey())?;
    walk.teller.seen(format!("fund {}; the payer has paid {:.2} SOL", walk.fund, paid as f64 / 1e9));
    verify(walk, &url)
}

/// Compares the deployed programs with the build.
pub(super) fn verify(walk: &mut Walk, url: &str) -> Result<()> {
    let ran = walk.run(VERIFY, &[("devnet", url)])?;
    let same = ran.out.matches(": the same").count();
    ensure!(same == 2, "not both programs are the build: {}", ran.out);
    let upgrades = format!("upgraded by {}", walk.authority()?.address);
    ensure!(ran.out.matches(&upgrades).count() == 2, "they are not {upgrades}: {}", ran.out);
    walk.teller.seen(format!("both programs are the build, {upgrades}"));
    Ok(())
}
