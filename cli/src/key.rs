//! The keys that sign: key files, and hardware wallets by Solana's convention, `usb://ledger`.

use {
    crate::settings::read_key,
    anyhow::{Context, Result},
    solana_signer::Signer,
    std::{path::Path, rc::Rc},
};

/// A key that can sign, wherever it is kept.
pub type Key = Rc<dyn Signer>;

/// The beginning of a hardware wallet's name.
const USB: &str = "usb://";

/// Opens a key: that of a hardware wallet for `usb://ledger[/WALLET][?key=ACCOUNT[/CHANGE]]`, otherwise
/// that of a file.
///
/// # Errors
/// When there is no such file, or no such device answers.
pub fn open(path: &Path) -> Result<Key> {
    match path.to_str().filter(|text| text.starts_with(USB)) {
        Some(name) => hardware::open(name).with_context(|| format!("hardware wallet {name}")),
        None => Ok(Rc::new(read_key(path)?)),
    }
}

/// Hands `keys` to `sign`, with a word for the person who has to press a button. What the device's
/// library prints goes to standard error, because standard output is for results.
pub fn signing<T>(keys: &[&dyn Signer], sign: impl FnOnce() -> Result<T>) -> Result<T> {
    if keys.iter().any(|key| key.is_interactive()) {
        return hardware::aside(sign);
    }
    sign()
}

#[cfg(feature = "hardware-wallet")]
mod hardware {
    use {
        super::{Key, Result},
        anyhow::{anyhow, Context},
        solana_derivation_path::DerivationPath,
        solana_remote_wallet::{
            locator::Locator,
            remote_keypair::generate_remote_keypair,
            remote_wallet::{initialize_wallet_manager, RemoteWalletError},
        },
        std::{
            io::{stderr, stdout, Write},
            rc::Rc,
        },
        uriparse::URIReference,
    };

    const CONVENTION: &str = "write usb://ledger, or usb://ledger?key=0/1 for account 0 and change 1";
    const ABSENT: &str = "no device answers: connect and unlock it, open its Solana app, and on Linux see \
                          that udev's rules let you use it";

    /// Reads the name of a wallet: the device, and the path of the key on it.
    pub fn parse(name: &str) -> Result<(Locator, DerivationPath)> {
        let uri = URIReference::try_from(name).map_err(|_| anyhow!("it is no address: {CONVENTION}"))?;
        let locator = Locator::new_from_uri(&uri)
            .map_err(|error| anyhow!("it names no wallet, {error}: {CONVENTION}"))?;
        let path = DerivationPath::from_uri_key_query(&uri)
            .map_err(|error| anyhow!("it names no key, {error}: {CONVENTION}"))?;
        Ok((locator, path.unwrap_or_default()))
    }

    pub fn open(name: &str) -> Result<Key> {
        let (locator, path) = parse(name)?;
        let told = |error: RemoteWalletError| match error {
            RemoteWalletError::NoDeviceFound => anyhow!(ABSENT),
            other => anyhow!("{other}"),
        };
        let manager = initialize_wallet_manager().map_err(told)?;
        manager.update_devices().map_err(told)?;
        let key = generate_remote_keypair(locator, path, &manager, false, "the key to sign with");
        Ok(Rc::new(key.map_err(told)?))
    }

    pub fn aside<T>(sign: impl FnOnce() -> Result<T>) -> Result<T> {
        stdout().flush()?;
        let results = stdout_copy()?;
        rustix::stdio::dup2_stdout(stderr())?;
        let signed = sign();
        stdout().flush()?;
        rustix::stdio::dup2_stdout(results)?;
        signed.context("the hardware wallet has not signed: its app must be open, and allow blind signing")
    }

    fn stdout_copy() -> Result<std::os::fd::OwnedFd> {
        rustix::io::dup(stdout()).context("standard output")
    }

    #[cfg(test)]
    mod tests {
        use {super::*, solana_remote_wallet::locator::Manufacturer};

        #[test]
        fn the_convention_of_solanas_tools_names_device_and_key() {
            for (name, query) in [
                ("usb://ledger", ""),
                ("usb://ledger?key=0", "?key=0'"),
                ("usb://ledger?key=0/1", "?key=0'/1'"),
                ("usb://ledger?key=3'/2'", "?key=3'/2'"),
            ] {
                let (locator, path) = parse(name).unwrap();
                assert_eq!((locator.manufacturer, locator.pubkey), (Manufacturer::Ledger, None), "{name}");
                assert_eq!(path.get_query(), query, "{name}");
            }
            let wallet = "BsNsvfXqQTtJnagwFWdBS7FBXgnsK8VZ5CmuznN85swK";
            let (locator, path) = parse(&format!("usb://ledger/{wallet}?key=1")).unwrap();
            assert_eq!(locator.pubkey.map(|key| key.to_string()).as_deref(), Some(wallet));
            assert_eq!(path.get_query(), "?key=1'");
        }

        #[test]
        fn a_name_that_is_no_wallet_is_explained() {
            for (name, why) in [
                ("usb://abacus", "it names no wallet"),
                ("usb://ledger/short", "it names no wallet"),
                ("usb://ledger?key=0/1/2", "it names no key"),
                ("usb://ledger?key=first", "it names no key"),
                ("usb://ledger?path=0", "it names no key"),
                ("usb://led ger", "it is no address"),
            ] {
                let error = parse(name).unwrap_err().to_string();
                assert!(error.starts_with(why) && error.contains(CONVENTION), "{name}: {error}");
            }
        }
    }
}

#[cfg(not(feature = "hardware-wallet"))]
mod hardware {
    use super::{Key, Result};

    pub fn open(_: &str) -> Result<Key> {
        anyhow::bail!("this binary was compiled without the feature `hardware-wallet`: give a key file")
    }

    pub fn aside<T>(sign: impl FnOnce() -> Result<T>) -> Result<T> {
        sign()
    }
}
