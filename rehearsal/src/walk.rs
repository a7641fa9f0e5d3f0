//! The walk: the steps of a rehearsal, in the order of the page.

mod deploy;
mod govern;
mod operate;
mod people;
mod sign;

use {
    crate::{
        commands::{LONG, OF_MULTISIGS, REHEARSE, SHOWN},
        party::Party,
        place::{repository, Place},
        proposal,
        report::{Report, Teller},
        run::{Ran, Runner, Standing},
    },
    anyhow::{bail, ensure, Context, Result},
    serde_json::Value,
    solana_keypair::Keypair,
    std::{path::PathBuf, rc::Rc},
};

/// How a rehearsal is played.
#[derive(Clone, Debug)]
pub struct Options {
    /// Without what takes minutes: the programs are those of the tests, and there is no app.
    pub short: bool,
    /// Folder of keys, configurations and logs; it must not be there yet.
    pub folder: PathBuf,
    /// Port of the RPC node; the websocket's is the next one.
    pub port: Option<u16>,
    /// Folder of the compiled programs that are run.
    pub binaries: PathBuf,
}

/// A step.
struct Act {
    title: &'static str,
    /// What is done, in words.
    does: &'static str,
    /// What to do when it fails.
    remedy: &'static str,
    /// Whether the short form leaves it out.
    is_long: bool,
    /// Whether there is nothing to do where plain keys stand in for multisigs.
    needs_multisigs: bool,
    play: fn(&mut Walk) -> Result<()>,
}

const fn act(
    title: &'static str,
    does: &'static str,
    remedy: &'static str,
    play: fn(&mut Walk) -> Result<()>,
) -> Act {
    Act { title, does, remedy, is_long: false, needs_multisigs: false, play }
}

/// Every step.
const ACTS: [Act; 16] = [
    act(
        "A wallet",
        "the team makes a wallet that pays, and gets SOL and tokens without value",
        "look at the log of the command; on devnet the faucet gives a few SOL a day",
        deploy::wallet,
    ),
    act(
        "Addresses",
        "both programs get keys of their own, outside the repository",
        "the keys of an earlier run are never written over: choose another --name",
        deploy::addresses,
    ),
    act(
        "Builds that others compare",
        "both programs are built for these addresses; their hashes go into the profile",
        "the short form takes what the tests have built: run `cargo xtask test --only build` before it",
        deploy::builds,
    ),
    act(
        "Those who govern",
        "authority and guardian are made, and get SOL for the rent that they pay",
        "this is the rehearsal's own part: the folder of logs has its reason",
        deploy::parties,
    ),
    act(
        "Program and fund",
        "migrate says what it would do, does it, and prints what the authority has to sign",
        "migrate can be run again at any time: it goes on where it could not before",
        deploy::fund,
    ),
    act(
        "Prices",
        "a price without a sponsor is posted, and a sponsored one is cranked",
        "is the address of Hermes right, and its key in PYTH_API_KEY?",
        operate::prices,
    ),
    act(
        "Keeper and ledger",
        "the keeper cranks and posts prices, the ledger writes every event, and both agree with the chain",
        "their logs are in the folder's logs; the configurations are beside them",
        operate::stand,
    ),
    Act {
        is_long: true,
        ..act(
            "App",
            "the app is built, told of this fund, and served",
            "the app needs the Node that app/README.md names",
            operate::app,
        )
    },
    act(
        "A first member",
        "a wallet joins, pays margin in and contributes",
        "`cargo xtask cli -- doctor` says what is wrong with the fund",
        people::join,
    ),
    act(
        "An upgrade",
        "a second build takes the place of the first, and the fund goes on",
        "migrate refuses a build that cannot read an account, and names the account",
        govern::upgrade,
    ),
    act(
        "A changed parameter, and a stolen authority",
        "a change is announced; a thief with the authority announces another, and the guardian vetoes it",
        "`cargo xtask cli -- changes` lists what waits; a proposal must run before its last valid slot",
        govern::announce,
    ),
    act(
        "The member leaves",
        "after the notice period the member takes everything out",
        "a withdrawal is claimed within its window, and again within a minute after the exit delay",
        people::leave,
    ),
    act(
        "Changes come into force",
        "the parameter and the new guardian, ten days after they were announced",
        "`cargo xtask cli -- changes` says from when each can be applied",
        govern::apply,
    ),
    Act {
        needs_multisigs: true,
        ..act(
            "A lost key",
            "a member of the authority has lost its key: the others put a new one in its place",
            "enough others must be left to approve: a multisig whose members must all sign is stopped by one \
             lost key",
            govern::lost_key,
        )
    },
    act(
        "A new authority",
        "the authority is offered, nobody else can take it, and the new one takes the upgrades over",
        "name the old authority as creator in the profile before the authority moves",
        govern::hand_over,
    ),
    act(
        "The end",
        "programs, fund and ledger are as they should be",
        "what differs is named; nothing that was rehearsed has touched another cluster",
        govern::end,
    ),
];

/// A rehearsal that is being played.
pub struct Walk {
    pub place: Place,
    options: Options,
    runner: Runner,
    teller: Teller,
    /// Pays for the deployment.
    payer: Keypair,
    /// Addresses of both programs.
    programs: [String; 2],
    /// Key files of both programs.
    keys: [String; 2],
    /// Hashes of both builds.
    hashes: [String; 2],
    /// The fund's address.
    fund: String,
    authority: Option<Rc<Party>>,
    guardian: Option<Rc<Party>>,
    /// The guardian that is announced.
    next_guardian: Option<Rc<Party>>,
    /// The authority before the present one, which still has something to hand over.
    leaving: Option<Rc<Party>>,
    /// Numbers of the changes that wait.
    waiting: Vec<String>,
    keeper: Option<Standing>,
    ledger: Option<Standing>,
    app: Option<Standing>,
    /// Ports of the keeper's metrics and of the ledger's API.
    ports: [u16; 2],
}

/// Plays a rehearsal. Returns its report and the walk, whose validator and programs go on until it is
/// dropped.
///
/// # Errors
/// When there is no place to play it in. A step that fails is in the report.
pub fn play(options: Options, quiet: bool) -> Result<(Report, Walk)> {
    let place = Place::open(options.folder.clone(), options.port)?;
    let (folder, stop) = (place.folder.clone(), place.stop.clone());
    let runner = Runner::new(options.binaries.clone(), repository(), folder, stop);
    let mut walk = Walk {
        payer: place.wallet("payer.json")?,
        place,
        runner,
        teller: Teller::new(quiet),
        options,
        programs: Default::default(),
        keys: Default::default(),
        hashes: Default::default(),
        fund: String::new(),
        authority: None,
        guardian: None,
        next_guardian: None,
        leaving: None,
        waiting: Vec::new(),
        keeper: None,
        ledger: None,
        app: None,
        ports: [0; 2],
    };
    let failed = walk.steps();
    let report = walk.teller.report(walk.options.short, failed);
    Ok((report, walk))
}

impl Walk {
    /// Takes the steps. Returns why one of them failed, and what to do.
    fn steps(&mut self) -> Option<(String, &'static str)> {
        for act in &ACTS {
            if act.is_long && self.options.short || act.needs_multisigs && !self.place.has_squads {
                continue;
            }
            self.teller.begin(act.title, act.does);
            if let Err(error) = (act.play)(self) {
                let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
                return Some((causes.join(": "), act.remedy));
            }
            self.teller.end();
        }
        self.runner.note(REHEARSE);
        let left_out = |command: &&str| {
            self.options.short && LONG.contains(command)
                || !self.place.has_squads && OF_MULTISIGS.contains(command)
        };
        let wanted: Vec<&str> = SHOWN.iter().copied().filter(|command| !left_out(command)).collect();
        let missing = self.runner.missing(&wanted);
        (!missing.is_empty()).then(|| {
            let why = format!("commands of docs/going-live.md were not run: {}", missing.join(", "));
            (why, "the walk has to run them, or the page must not show them")
        })
    }

    /// Runs a command that has to succeed.
    fn run(&mut self, command: &'static str, fills: &[(&str, &str)]) -> Result<Ran> {
        self.run_with(command, fills, &[])?.expect(0)
    }

    /// Runs a command, with arguments that nobody needs to type, to any end.
    fn run_with(&mut self, command: &'static str, fills: &[(&str, &str)], more: &[&str]) -> Result<Ran> {
        self.runner.run(&mut self.teller, command, fills, more)
    }

    /// Runs a command of the command line, and reads what it prints for programs.
    fn json(&mut self, command: &'static str, fills: &[(&str, &str)]) -> Result<Value> {
        let ran = self.run_with(command, fills, &["--json"])?.expect(0)?;
        serde_json::from_str(&ran.out).with_context(|| format!("`{}` prints no JSON", ran.line))
    }

    /// Has a party sign what a command of governance prints for it, and run it.
    fn govern(&mut self, party: &Rc<Party>, command: &'static str, fills: &[(&str, &str)]) -> Result<()> {
        let vault = party.address.to_string();
        let fills = [fills, &[("VAULT", vault.as_str())]].concat();
        let printed = self.run_with(command, &fills, &["--json"])?.expect(0)?;
        self.carry_out(party, &proposal::of_cli(&printed.out)?)
    }

    /// Hands proposals that migrate has printed to the party that must sign each.
    fn propose(&mut self, ran: &Ran) -> Result<()> {
        let proposals = proposal::of_migrate(&ran.out)?;
        if proposals.is_empty() {
            bail!("`{}` waits, and has printed nothing to propose: {}", ran.line, ran.out);
        }
        let parties = [self.authority.clone(), self.guardian.clone(), self.leaving.clone()];
        for proposal in proposals {
            let signers = proposal.signers();
            let is_asked = |party: &&Rc<Party>| signers.contains(&party.address);
            let party = parties.iter().flatten().find(is_asked);
            let party = party.with_context(|| format!("nobody here signs for {signers:?}"))?;
            self.carry_out(party, &proposal)?;
        }
        Ok(())
    }

    fn authority(&self) -> Result<Rc<Party>> {
        self.authority.clone().context("there is no authority yet")
    }

    fn guardian(&self) -> Result<Rc<Party>> {
        self.guardian.clone().context("there is no guardian yet")
    }

    /// Lines for a shell that goes on with this fund.
    pub fn exports(&self) -> Vec<String> {
        let exported = self.runner.exported();
        let own = |name: &&String| name.starts_with("BULKHEAD_") || *name == "PYTH_API_KEY";
        let names = exported.keys().filter(own);
        names.map(|name| format!("export {name}={}", exported[name])).collect()
    }

    /// Stops keeper, ledger and app as a service manager does.
    ///
    /// # Errors
    /// When one does not stop, or ends badly.
    pub fn close(mut self) -> Result<()> {
        for standing in [self.keeper.take(), self.ledger.take()].into_iter().flatten() {
            standing.stop()?;
        }
        Ok(())
    }
}

/// A list of checks that must be empty.
fn none(what: &str, found: &[String]) -> Result<()> {
    ensure!(found.is_empty(), "{what}: {}", found.join("; "));
    Ok(())
}
