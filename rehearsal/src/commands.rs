//! The commands of `docs/going-live.md`. A test compares this list with the page, and the walk notes
//! which of them it has run: so the page shows no command that the rehearsal does not run.
//!
//! A word in capitals stands for something that differs from one deployment to the next.

/// Makes the keys of both programs.
pub const NEW_ADDRESS: &str = "cargo xtask new-address --name devnet";
/// Names their addresses to everything that is started from this shell.
pub const ADDRESSES: &str = ". ~/.config/bulkhead/programs/devnet/addresses.sh";
/// Builds both programs for these addresses.
pub const BUILD: &str = "cargo xtask build";
/// Says what a deployment would do.
pub const LOOK: &str = "cargo xtask migrate --profile devnet --dry-run";
/// Deploys, and goes on where it could not before.
pub const MIGRATE: &str = "cargo xtask migrate --profile devnet --confirm devnet";
/// Compares the deployed programs with the build.
pub const VERIFY: &str = "cargo xtask verify --url devnet";
/// Posts a price that nobody sponsors.
pub const POST_PRICE: &str = "cargo xtask cli -- post-price MARKET --hermes URL";
/// Takes a sponsored price into the mark.
pub const CRANK: &str = "cargo xtask cli -- crank MARKET";
/// Says what the keeper would do.
pub const KEEPER_LOOK: &str = "cargo xtask keeper --config keeper.toml --dry-run";
/// Runs the keeper.
pub const KEEPER: &str = "cargo xtask keeper --config keeper.toml";
/// Runs the ledger.
pub const LEDGER: &str = "cargo xtask history --config history.toml run";
/// Compares the events with the accounts.
pub const AUDIT: &str = "cargo xtask history --config history.toml audit";
/// Checks the deployment.
pub const DOCTOR: &str = "cargo xtask cli -- doctor";
/// Builds the app.
pub const APP: &str = "cargo xtask app";
/// Serves the app on this machine.
pub const SERVE: &str = "node app/serve.mjs --config config.json";
/// Makes a member of the wallet.
pub const OPEN: &str = "cargo xtask cli -- open";
/// Pays margin in.
pub const DEPOSIT: &str = "cargo xtask cli -- deposit AMOUNT";
/// Buys shares of the default fund.
pub const CONTRIBUTE: &str = "cargo xtask cli -- contribute AMOUNT";
/// Shows the member.
pub const MEMBER: &str = "cargo xtask cli -- member";
/// Shows the fund, and who governs it.
pub const FUND: &str = "cargo xtask cli -- fund";
/// Asks the contribution back.
pub const REQUEST: &str = "cargo xtask cli -- request-withdrawal all";
/// Commits to a withdrawal that is due, and takes it when called again.
pub const CLAIM: &str = "cargo xtask cli -- claim-withdrawal";
/// Pays margin out.
pub const WITHDRAW: &str = "cargo xtask cli -- withdraw all";
/// Lists what governance has announced.
pub const CHANGES: &str = "cargo xtask cli -- changes";
/// Announces a change of a parameter.
pub const QUEUE: &str = "cargo xtask cli -- governance queue-change fund notice_secs=SECONDS \
                         --print-instruction --authority VAULT";
/// Puts a change in force.
pub const APPLY: &str =
    "cargo xtask cli -- governance apply-change NUMBER --print-instruction --authority VAULT";
/// Stops a change.
pub const VETO: &str =
    "cargo xtask cli -- governance veto-change NUMBER --print-instruction --authority VAULT";
/// Announces another guardian.
pub const GUARDIAN: &str =
    "cargo xtask cli -- governance queue-change guardian ADDRESS --print-instruction --authority VAULT";
/// Offers the authority.
pub const OFFER: &str =
    "cargo xtask cli -- governance transfer-authority ADDRESS --print-instruction --authority VAULT";
/// Takes it.
pub const ACCEPT: &str =
    "cargo xtask cli -- governance accept-authority --print-instruction --authority VAULT";
/// Stops new risk.
pub const PAUSE: &str =
    "cargo xtask cli -- governance pause novate --secs SECONDS --print-instruction --authority VAULT";

/// Makes a multisig with a time lock.
pub const CREATE_LOCKED: &str =
    "cargo xtask cli -- multisig create MEMBERS --threshold NUMBER --time-lock SPAN";
/// Makes a multisig without one.
pub const CREATE: &str = "cargo xtask cli -- multisig create MEMBERS --threshold NUMBER";
/// Proposes to a multisig what its vault is to sign.
pub const PROPOSE: &str = "cargo xtask cli -- multisig propose MULTISIG MESSAGE";
/// Votes for a proposal.
pub const APPROVE: &str = "cargo xtask cli -- multisig approve MULTISIG INDEX";
/// Executes a proposal.
pub const EXECUTE: &str = "cargo xtask cli -- multisig execute MULTISIG INDEX";
/// Proposes to put a new member in the place of one whose key is lost.
pub const REPLACE: &str = "cargo xtask cli -- multisig replace MULTISIG OLD NEW";

/// Every command that the page shows.
pub const SHOWN: [&str; 38] = [
    NEW_ADDRESS,
    ADDRESSES,
    BUILD,
    LOOK,
    MIGRATE,
    VERIFY,
    POST_PRICE,
    CRANK,
    KEEPER_LOOK,
    KEEPER,
    LEDGER,
    AUDIT,
    DOCTOR,
    APP,
    SERVE,
    OPEN,
    DEPOSIT,
    CONTRIBUTE,
    REQUEST,
    CLAIM,
    WITHDRAW,
    CHANGES,
    QUEUE,
    APPLY,
    VETO,
    GUARDIAN,
    OFFER,
    ACCEPT,
    PAUSE,
    REHEARSE,
    MEMBER,
    FUND,
    CREATE_LOCKED,
    CREATE,
    PROPOSE,
    APPROVE,
    EXECUTE,
    REPLACE,
];
/// This rehearsal.
pub const REHEARSE: &str = "cargo xtask rehearse";

/// Those that take minutes, which the short form leaves out.
pub const LONG: [&str; 3] = [BUILD, APP, SERVE];

/// Those of a multisig's members, which nobody runs where plain keys stand in for multisigs.
pub const OF_MULTISIGS: [&str; 6] = [CREATE_LOCKED, CREATE, PROPOSE, APPROVE, EXECUTE, REPLACE];

/// Gives play money, where `solana airdrop` would on devnet.
pub const AIRDROP: &str = "cargo xtask cli -- airdrop SOL";
/// Lets time pass, for which a team has to wait.
pub const WAIT: &str = "cargo xtask cli -- time-travel SPAN";

/// The commands of a page: lines of its blocks for a shell, without their comments, and code in its text
/// that begins with a program's name and goes on.
pub fn of_page(page: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (number, part) in page.split("```").enumerate() {
        match (number % 2 == 1, part.strip_prefix("sh\n")) {
            (true, Some(block)) => {
                let lines = block.lines().map(|line| line.split(" #").next().unwrap_or(line).trim());
                found.extend(lines.filter(|line| !line.is_empty()).map(str::to_owned));
            }
            (true, None) => {}
            (false, _) => {
                let code = part.split('`').skip(1).step_by(2);
                let words = code.map(|code| code.split_whitespace().collect::<Vec<_>>());
                let commands = words.filter(|words| {
                    words.len() > 2 && (words[..2] == ["cargo", "xtask"] || words[0] == "node")
                });
                found.extend(commands.map(|words| words.join(" ")));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}
