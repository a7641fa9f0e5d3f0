//! Wallets to use on a local network: money in them, and key files in the form of Solana's tools.

use {
    crate::world::{Wallet, World},
    anyhow::{Context, Result},
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{
        env, fs,
        io::{self, Write as _},
        path::{Path, PathBuf},
    },
};

/// Tokens in every wallet; the newcomer gets ten times as many.
const POCKET_TOKENS: u64 = 10_000;
/// SOL of the newcomer.
const LAMPORTS: u64 = 10_000_000_000;

/// Gives money to try things out with to every wallet, to the authority, and to a new wallet without a
/// member account.
pub fn hand_out_money(world: &World, newcomer: &Keypair) -> Result<()> {
    let unit = 10u64.pow(world.parameters.quote_decimals.into());
    world.validator.set_sol(&newcomer.pubkey(), LAMPORTS)?;
    world.validator.set_tokens(&newcomer.pubkey(), &world.keys.mint, 10 * POCKET_TOKENS * unit)?;
    let authority = world.authority.pubkey();
    world.validator.set_sol(&authority, LAMPORTS)?;
    world.validator.set_tokens(&authority, &world.keys.mint, POCKET_TOKENS * unit)?;
    for wallet in &world.wallets {
        world.validator.set_tokens(&wallet.key.pubkey(), &world.keys.mint, POCKET_TOKENS * unit)?;
    }
    Ok(())
}

/// Writes key files in the form of Solana's tools, in a new folder.
pub fn write_wallets(world: &World, newcomer: &Keypair) -> Result<PathBuf> {
    let folder = env::temp_dir().join(format!("bulkhead-localnet-{}", std::process::id()));
    private_folder(&folder).with_context(|| {
        format!("cannot create {}: remove it, or set TMPDIR to another folder", folder.display())
    })?;
    write_key(&folder.join("newcomer.json"), newcomer)?;
    write_key(&folder.join("payer.json"), &world.payer)?;
    write_key(&folder.join("authority.json"), &world.authority)?;
    for (number, wallet) in world.wallets.iter().enumerate() {
        write_key(&folder.join(key_file(number, wallet)), &wallet.key)?;
    }
    Ok(folder)
}

/// The name of a wallet's key file.
pub fn key_file(number: usize, wallet: &Wallet) -> String {
    format!("{}-{number}.json", wallet.kind.name())
}

/// Writes a key that nobody else may read, as Solana's own tools do.
fn write_key(path: &Path, key: &Keypair) -> Result<()> {
    let bytes: Vec<String> = key.to_bytes().iter().map(ToString::to_string).collect();
    let written =
        private_file(path).and_then(|mut file| file.write_all(format!("[{}]", bytes.join(",")).as_bytes()));
    written.with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(unix)]
fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(unix)]
fn private_file(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> io::Result<fs::File> {
    fs::File::create(path)
}
