//! The addresses of the two programs that this process speaks to.
//!
//! They are chosen once: by [`choose`], or by the variables `BULKHEAD_PROGRAM_ID` and
//! `BULKHEAD_COVER_PROGRAM_ID` of the environment, which also the build of the programs reads. Without
//! them they are those of local networks.

use {
    anchor_lang::Address,
    std::{
        env, fmt,
        path::{Path, PathBuf},
        str::FromStr,
        sync::OnceLock,
    },
};

/// The address of the fund's program on local networks. No key belongs to it.
pub const LOCAL_PROGRAM_ID: Address = bulkhead::ID;
/// The address of the program of claims on local networks. No key belongs to it.
pub const LOCAL_COVER_PROGRAM_ID: Address = bulkhead_cover::ID;

/// The variable with the address of the fund's program.
pub const PROGRAM_VARIABLE: &str = "BULKHEAD_PROGRAM_ID";
/// The variable with the address of the program of claims.
pub const COVER_PROGRAM_VARIABLE: &str = "BULKHEAD_COVER_PROGRAM_ID";

static CHOSEN: OnceLock<Programs> = OnceLock::new();

/// The programs of one deployment. Each is built for the other's address, so that they are chosen
/// together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Programs {
    /// The fund's program.
    pub fund: Address,
    /// The program of claims.
    pub claims: Address,
}

/// Why no programs can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unchosen {
    /// Only one of the two variables is set: the one that is missing.
    Alone(&'static str),
    /// A variable is no address: its name and its value.
    NoAddress(&'static str, String),
    /// Both addresses are the same.
    Same,
    /// Others have been chosen, or used, in this process already.
    Late(Programs),
}

impl fmt::Display for Unchosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alone(missing) => write!(
                f,
                "{missing} is not set, but the other program's variable is: set both, or neither for a \
                 local network"
            ),
            Self::NoAddress(variable, text) => write!(f, "{variable}: `{text}` is not an address"),
            Self::Same => write!(f, "{PROGRAM_VARIABLE} and {COVER_PROGRAM_VARIABLE} are the same address"),
            Self::Late(Programs { fund, .. }) => {
                write!(f, "this process speaks to the program {fund} already")
            }
        }
    }
}

impl std::error::Error for Unchosen {}

impl Programs {
    /// Those of local networks.
    pub const LOCAL: Self = Self { fund: LOCAL_PROGRAM_ID, claims: LOCAL_COVER_PROGRAM_ID };

    /// Reads them from two texts; an empty one counts as none.
    ///
    /// # Errors
    /// When one is missing or no address, or both are the same.
    fn parse(fund: Option<String>, claims: Option<String>) -> Result<Self, Unchosen> {
        let read = |variable, text: String| {
            Address::from_str(text.trim()).map_err(|_| Unchosen::NoAddress(variable, text))
        };
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let programs = match (given(fund), given(claims)) {
            (None, None) => Self::LOCAL,
            (Some(_), None) => return Err(Unchosen::Alone(COVER_PROGRAM_VARIABLE)),
            (None, Some(_)) => return Err(Unchosen::Alone(PROGRAM_VARIABLE)),
            (Some(fund), Some(claims)) => {
                Self { fund: read(PROGRAM_VARIABLE, fund)?, claims: read(COVER_PROGRAM_VARIABLE, claims)? }
            }
        };
        if programs.fund == programs.claims {
            return Err(Unchosen::Same);
        }
        Ok(programs)
    }

    /// Reads them from the environment.
    ///
    /// # Errors
    /// When one variable is missing or no address, or both are the same.
    pub fn of_environment() -> Result<Self, Unchosen> {
        Self::parse(env::var(PROGRAM_VARIABLE).ok(), env::var(COVER_PROGRAM_VARIABLE).ok())
    }
}

/// Chooses the programs of this process. A program calls this before anything else of this crate.
///
/// # Errors
/// When others have been chosen or used already.
pub fn choose(programs: Programs) -> Result<(), Unchosen> {
    match *CHOSEN.get_or_init(|| programs) {
        chosen if chosen == programs => Ok(()),
        chosen => Err(Unchosen::Late(chosen)),
    }
}

/// Chooses the programs that the environment names. Every binary begins with this, so that a mistyped
/// variable is an error in words.
///
/// # Errors
/// [`Unchosen`].
pub fn choose_from_environment() -> Result<(), Unchosen> {
    choose(Programs::of_environment()?)
}

fn chosen() -> &'static Programs {
    CHOSEN.get_or_init(|| match Programs::of_environment() {
        Ok(programs) => programs,
        Err(why) => panic!("{why}"),
    })
}

/// The address of the fund's program.
///
/// # Panics
/// When nothing was chosen and the environment has no two addresses; see
/// [`choose_from_environment`].
pub fn program_id() -> Address {
    chosen().fund
}

/// The address of the program of claims.
///
/// # Panics
/// As [`program_id`].
pub fn cover_program_id() -> Address {
    chosen().claims
}

/// The folder with the builds for the chosen addresses, in the folder of all builds: `cargo xtask build`
/// keeps those for addresses of one's own apart from the local ones.
pub fn builds(all: &Path) -> PathBuf {
    match *chosen() {
        Programs::LOCAL => all.to_owned(),
        Programs { fund, .. } => all.join(fund.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(fund: &str, claims: &str) -> Result<Programs, Unchosen> {
        Programs::parse(Some(fund.to_owned()), Some(claims.to_owned()))
    }

    #[test]
    fn both_addresses_are_given_or_neither() {
        let (fund, claims) = (Address::new_from_array([7; 32]), Address::new_from_array([8; 32]));
        let texts = (fund.to_string(), claims.to_string());
        assert_eq!(parse(&texts.0, &texts.1), Ok(Programs { fund, claims }));
        assert_eq!(parse("", " "), Ok(Programs::LOCAL));
        assert_eq!(Programs::parse(None, None), Ok(Programs::LOCAL));
        assert_eq!(parse(&texts.0, ""), Err(Unchosen::Alone(COVER_PROGRAM_VARIABLE)));
        assert_eq!(parse("", &texts.1), Err(Unchosen::Alone(PROGRAM_VARIABLE)));
    }

    #[test]
    fn what_is_no_pair_of_addresses_is_refused_in_words() {
        let one = Address::new_from_array([7; 32]).to_string();
        assert_eq!(parse(&one, &one), Err(Unchosen::Same));
        let said = parse(&one, "nonsense").unwrap_err().to_string();
        assert_eq!(said, "BULKHEAD_COVER_PROGRAM_ID: `nonsense` is not an address");
    }

    #[test]
    fn what_is_in_use_cannot_be_changed() {
        let used = Programs { fund: program_id(), claims: cover_program_id() };
        assert_eq!(choose(used), Ok(()));
        let other = Programs { fund: Address::new_from_array([7; 32]), ..used };
        assert_eq!(choose(other), Err(Unchosen::Late(used)));
    }
}
