//! Multisigs of Squads v4: their members propose, approve and execute here what a vault signs, as they do
//! in Squads' own interface.

use {
    crate::{
        key,
        order::{Order, Review},
        refusal::NO_RENT,
        sandbox::parse_span,
        scales::{date, Scales},
        send,
        session::Session,
        settings::parse_address,
        text::{Cell, Text},
        views::Page,
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::{program_id, Address, Instruction},
    bulkhead_keeper::source::Source,
    bulkhead_squads::{
        program_config, ConfigAction, ConfigTransaction, Member, Multisig, MultisigKeys, NewMultisig,
        ProgramConfig, Proposal, Status, Transaction, VaultMessage, VaultTransaction, PROGRAM,
    },
    clap::Subcommand,
    serde_json::{json, Value},
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{path::PathBuf, rc::Rc},
};

mod review;

use review::Funds;

/// Most proposals that a multisig is shown with.
const LAST: u64 = 10;

/// An act on a multisig, and the program that it belongs to.
#[derive(clap::Args)]
pub struct Asked {
    /// The program of the multisig, if not Squads' own. What a member signs, this program gets
    #[arg(long, global = true, value_name = "ADDRESS", value_parser = parse_address,
        default_value_t = PROGRAM)]
    program: Address,
    /// The act
    #[command(subcommand)]
    act: Act,
}

/// An act on a multisig. `--keypair` is the member's.
#[derive(Subcommand)]
pub enum Act {
    /// Makes a multisig whose members may all propose, vote and execute; --keypair pays
    Create {
        /// Its members
        #[arg(required = true, value_name = "ADDRESS", value_parser = parse_address)]
        members: Vec<Address>,
        /// Number of members that must approve
        #[arg(long, value_name = "NUMBER")]
        threshold: u16,
        /// Time between approval and execution: 90s, 15min, 36h or 7d; by default none
        #[arg(long, value_name = "SPAN", value_parser = parse_span)]
        time_lock: Option<u64>,
    },
    /// Shows a multisig, or one of its proposals
    Show {
        /// The multisig's account
        #[arg(value_parser = parse_address)]
        multisig: Address,
        /// Index of a proposal
        index: Option<u64>,
    },
    /// Proposes that a vault signs a message, as --print-instruction and `migrate` print it
    Propose {
        /// The multisig's account
        #[arg(value_parser = parse_address)]
        multisig: Address,
        /// The message in base58. The vault that signs it is the one that it names first
        message: String,
    },
    /// Proposes to put a new member in the place of one whose key is lost or stolen
    Replace {
        /// The multisig's account
        #[arg(value_parser = parse_address)]
        multisig: Address,
        /// The member that leaves
        #[arg(value_parser = parse_address)]
        old: Address,
        /// The member that comes
        #[arg(value_parser = parse_address)]
        new: Address,
    },
    /// Votes for a proposal
    Approve(Which),
    /// Votes against a proposal
    Reject(Which),
    /// Votes for taking back a proposal that is approved
    Cancel(Which),
    /// Executes an approved proposal whose time lock is over
    Execute {
        #[command(flatten)]
        which: Which,
        /// Key file of somebody who must sign the execution too
        #[arg(long, value_name = "FILE")]
        cosigner: Vec<PathBuf>,
    },
}

/// A proposal.
#[derive(clap::Args)]
pub struct Which {
    /// The multisig's account
    #[arg(value_parser = parse_address)]
    multisig: Address,
    /// Index of the proposal, as `multisig propose` has printed it
    index: u64,
}

/// A vote on a proposal.
#[derive(Clone, Copy)]
enum Vote {
    Approve,
    Reject,
    Cancel,
}

/// Makes or shows a multisig, or does what a member does.
pub async fn act(session: &Session, Asked { program, act }: &Asked) -> Result<Page> {
    let open = |address: Address| Council::open(session, address, *program);
    match act {
        Act::Create { members, threshold, time_lock } => {
            create(session, members, *threshold, time_lock.unwrap_or_default(), *program).await
        }
        Act::Show { multisig, index } => show(&open(*multisig).await?, *index).await,
        Act::Propose { multisig, message } => propose(&open(*multisig).await?, message).await,
        Act::Replace { multisig, old, new } => replace(&open(*multisig).await?, *old, *new).await,
        Act::Approve(Which { multisig, index }) => vote(&open(*multisig).await?, *index, Vote::Approve).await,
        Act::Reject(Which { multisig, index }) => vote(&open(*multisig).await?, *index, Vote::Reject).await,
        Act::Cancel(Which { multisig, index }) => vote(&open(*multisig).await?, *index, Vote::Cancel).await,
        Act::Execute { which: Which { multisig, index }, cosigner } => {
            execute(&open(*multisig).await?, *index, cosigner).await
        }
    }
}

async fn create(
    session: &Session,
    members: &[Address],
    threshold: u16,
    time_lock: u64,
    program: Address,
) -> Result<Page> {
    let settings = session.account(&program_config(&program)).await?;
    let settings = settings.with_context(|| {
        format!("{program} has no settings on this cluster: is --url right, and is Squads there?")
    })?;
    let treasury = ProgramConfig::decode(&settings.data).context("the settings of Squads")?.treasury;
    let create_key = Keypair::new();
    let keys = MultisigKeys::created_by(&create_key.pubkey(), program);
    let wishes = NewMultisig {
        config_authority: None,
        threshold,
        members: members.iter().copied().map(Member::full).collect(),
        time_lock_secs: u32::try_from(time_lock).context("the time lock is too long")?,
    };
    let call = keys.create(create_key.pubkey(), session.me()?, treasury, &wishes);
    let order = Order { signers: vec![Rc::new(create_key)], ..Order::from(vec![call]) };
    let (mut text, mut json) = send::carry_out(session, &order, &Scales::default()).await?;
    addresses(&mut text, &mut json, &keys);
    Ok((text, json))
}

fn addresses(text: &mut Text, json: &mut Value, keys: &MultisigKeys) {
    text.field("multisig, which never signs", keys.multisig);
    text.field("its first vault, which signs", keys.vault(0));
    json["multisig"] = json!(keys.multisig.to_string());
    json["vault"] = json!(keys.vault(0).to_string());
}

/// A multisig on the cluster of the session.
struct Council<'s> {
    session: &'s Session,
    keys: MultisigKeys,
    multisig: Multisig,
}

impl<'s> Council<'s> {
    /// Reads it. A program could make an account that reads like a multisig of Squads, and do as it likes
    /// with a member's signature: the account says whose it is, and the user whom he trusts.
    async fn open(session: &'s Session, address: Address, program: Address) -> Result<Self> {
        let account = session.account(&address).await?;
        let account = account.with_context(|| {
            format!(
                "there is no multisig {address} on this cluster: give the multisig's own account, and not a \
                 vault, which has another address"
            )
        })?;
        ensure!(
            account.owner == program,
            "{address} belongs to {}, not to {program}: if you trust that program with your signature, \
             name it with --program",
            account.owner
        );
        let multisig = Multisig::decode(&account.data).with_context(|| format!("{address}"))?;
        Ok(Self { session, keys: MultisigKeys { program, multisig: address }, multisig })
    }

    async fn proposal(&self, index: u64) -> Result<Proposal> {
        let account = self.session.account(&self.keys.proposal(index)).await?;
        let account = account.with_context(|| format!("{} has no proposal {index}", self.keys.multisig))?;
        Ok(Proposal::decode(&account.data)?)
    }

    /// What a proposal would do, and what is to be seen of it. Of one that may still be executed, what would
    /// make it fail is told too.
    async fn transaction(&self, index: u64, status: Status) -> Result<(Transaction, Review)> {
        let transaction = review::transaction(self.session, &self.keys, index).await?;
        let mut funds = Funds::new(self.session);
        let mut review = review::about(&mut funds, &self.keys, index, &transaction).await?;
        if is_open(status) {
            review::doubt(&mut funds, &transaction, &mut review).await?;
        }
        Ok((transaction, review))
    }

    /// Until when the time lock of a proposal holds it, if it is approved.
    fn locked_until(&self, status: Status) -> Option<i64> {
        let Status::Approved(since) = status else { return None };
        Some(since.saturating_add(i64::from(self.multisig.time_lock_secs)))
    }

    /// The index of the next proposal.
    fn next(&self) -> Result<u64> {
        self.multisig.transaction_index.checked_add(1).context("it has no further index")
    }
}

async fn show(council: &Council<'_>, index: Option<u64>) -> Result<Page> {
    let Council { keys, multisig, .. } = council;
    let (mut text, mut json) = (Text::default(), json!({}));
    addresses(&mut text, &mut json, keys);
    if let Some(index) = index {
        let proposal = council.proposal(index).await?;
        let (_, review) = council.transaction(index, proposal.status).await?;
        review.show(&mut text);
        text.heading("The vote");
        text.field("status", status(proposal.status));
        let votes = format!(
            "{} of {} approve, {} reject, {} take it back",
            proposal.approved.len(),
            multisig.threshold,
            proposal.rejected.len(),
            proposal.cancelled.len()
        );
        text.field("votes", votes);
        if let Some(until) = council.locked_until(proposal.status) {
            text.field("can be executed", format!("from {} on", date(until)));
        }
        json["proposal"] = json!({
            "index": index.to_string(),
            "status": word(proposal.status),
            "approved": proposal.approved.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "rejected": proposal.rejected.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "locked_until_ts": council.locked_until(proposal.status).map(|until| until.to_string()),
        });
        json["review"] = review.json();
        return Ok((text, json));
    }
    text.field("must approve", multisig.threshold.to_string());
    text.field("time lock", format!("{} s", multisig.time_lock_secs));
    let changed = multisig.config_authority.map_or("its members".into(), |key| format!("{key} alone"));
    text.field("changed by", changed);
    text.field("last proposal", multisig.transaction_index.to_string());
    let rows = multisig
        .members
        .iter()
        .map(|member| -> Vec<Cell> { vec![member.key.into(), review::may(member).into()] });
    text.table(&["member", "may"], rows.collect());
    json["threshold"] = json!(multisig.threshold);
    json["time_lock_secs"] = json!(multisig.time_lock_secs);
    json["last_proposal"] = json!(multisig.transaction_index.to_string());
    let members = multisig.members.iter().map(|member| member.key.to_string());
    json["members"] = json!(members.collect::<Vec<_>>());
    last(council, &mut text, &mut json).await?;
    Ok((text, json))
}

/// Lists the last proposals, the newest first: a member looks for those that wait.
async fn last(council: &Council<'_>, text: &mut Text, json: &mut Value) -> Result<()> {
    let Council { session, keys, multisig } = council;
    let newest = multisig.transaction_index;
    let indices: Vec<u64> = (newest.saturating_sub(LAST - 1).max(1)..=newest).rev().collect();
    let accounts: Vec<Address> = indices.iter().map(|index| keys.proposal(*index)).collect();
    let (mut rows, mut items) = (Vec::new(), Vec::new());
    for (index, account) in indices.into_iter().zip(session.source.accounts(&accounts).await?) {
        let found = account.and_then(|account| Proposal::decode(&account.data).ok());
        let Some(proposal) = found else { continue };
        // A change of members or rules voids what had not been approved until then.
        let is_void = index <= multisig.stale_index && matches!(proposal.status, Status::Active(_));
        let stands = if is_void { "void" } else { word(proposal.status) };
        let votes = format!("{} of {}", proposal.approved.len(), multisig.threshold);
        let until = council.locked_until(proposal.status).map(date).unwrap_or_default();
        rows.push(vec![Cell::from(index), stands.into(), votes.into(), until.into()]);
        items.push(json!({
            "index": index.to_string(),
            "status": stands,
            "approved": proposal.approved.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }));
    }
    if !rows.is_empty() {
        text.table(&["proposal>", "stands", "approve>", "can be executed from"], rows);
    }
    json["proposals"] = json!(items);
    Ok(())
}

async fn propose(council: &Council<'_>, message: &str) -> Result<Page> {
    let Council { session, keys, .. } = council;
    let multisig = keys.multisig;
    let bytes = bs58::decode(message.trim()).into_vec().context("the message is not in base58")?;
    let message = VaultMessage::import(&bytes)?;
    let payer = *message.payer().context("the message names no account")?;
    let vault_index = keys.vault_index(&payer).with_context(|| {
        format!(
            "{payer}, for which the message was made, is no vault of {multisig}: is it another multisig's?"
        )
    })?;
    let (me, index) = (session.me()?, council.next()?);
    let calls = keys.propose(index, me, me, vault_index, &message);
    let transaction = VaultTransaction { multisig, creator: me, index, vault_index, message };
    proposed(council, index, calls, Transaction::Vault(transaction)).await
}

async fn replace(council: &Council<'_>, old: Address, new: Address) -> Result<Page> {
    let Council { session, keys, multisig } = council;
    let member = multisig.members.iter().find(|member| member.key == old);
    let member = member.with_context(|| format!("{old} is no member of {}", keys.multisig))?;
    ensure!(
        multisig.members.iter().all(|member| member.key != new),
        "{new} is a member of {} already: name a key that is none",
        keys.multisig
    );
    let (me, index) = (session.me()?, council.next()?);
    let actions = vec![
        ConfigAction::AddMember(Member { key: new, permissions: member.permissions }),
        ConfigAction::RemoveMember(old),
    ];
    let calls = keys.propose_config(index, me, me, &actions);
    let change = ConfigTransaction { multisig: keys.multisig, creator: me, index, actions };
    proposed(council, index, calls, Transaction::Config(change)).await
}

async fn proposed(
    council: &Council<'_>,
    index: u64,
    calls: [Instruction; 2],
    transaction: Transaction,
) -> Result<Page> {
    let Council { session, keys, .. } = council;
    let mut funds = Funds::new(session);
    let mut review = review::about(&mut funds, keys, index, &transaction).await?;
    review::doubt(&mut funds, &transaction, &mut review).await?;
    let order = Order { review: Some(review), ..Order::from(calls.to_vec()) };
    let (mut text, mut json) = send::carry_out(session, &order, &Scales::default()).await?;
    text.field("proposal", index.to_string());
    json["index"] = json!(index.to_string());
    json["multisig"] = json!(keys.multisig.to_string());
    Ok((text, json))
}

async fn vote(council: &Council<'_>, index: u64, vote: Vote) -> Result<Page> {
    let Council { session, keys, .. } = council;
    let known = council.transaction(index, council.proposal(index).await?.status).await;
    let review = match (known, vote) {
        // Nobody has to understand what it stops.
        (Err(error), Vote::Reject | Vote::Cancel) => {
            Review { says: format!("Proposal {index}. {error:#}"), ..Review::default() }
        }
        (known, _) => known?.1,
    };
    let me = session.me()?;
    let call = match vote {
        Vote::Approve => keys.approve(index, me),
        Vote::Reject => keys.reject(index, me),
        Vote::Cancel => keys.cancel(index, me),
    };
    let order = Order { review: Some(review), ..Order::from(vec![call]) };
    let (mut text, mut json) = send::carry_out(session, &order, &Scales::default()).await?;
    after(council, index, &mut text, &mut json).await?;
    Ok((text, json))
}

async fn execute(council: &Council<'_>, index: u64, cosigners: &[PathBuf]) -> Result<Page> {
    let Council { session, keys, multisig } = council;
    let proposal = council.proposal(index).await?;
    let Status::Approved(_) = proposal.status else {
        bail!(
            "proposal {index} cannot be executed: {}, {} of {} approve",
            status(proposal.status),
            proposal.approved.len(),
            multisig.threshold
        )
    };
    let me = session.me()?;
    let (transaction, review) = council.transaction(index, proposal.status).await?;
    let signers = cosigners.iter().map(|file| key::open(file)).collect::<Result<Vec<_>>>()?;
    let call = match &transaction {
        Transaction::Config(_) => keys.execute_config(index, me, me),
        Transaction::Vault(VaultTransaction { vault_index, message, .. }) => {
            for wanted in message.cosigners(&keys.vault(*vault_index)) {
                ensure!(
                    wanted == me || signers.iter().any(|key| key.pubkey() == wanted),
                    "{wanted} must sign the execution too: give its key with --cosigner FILE, or execute \
                     with it, if it is a member"
                );
            }
            keys.execute(index, me, *vault_index, message)
        }
    };
    let mut figures = Vec::new();
    figures.extend(
        council
            .locked_until(proposal.status)
            .map(|until| ("TimeLockNotReleased", format!("it can be executed from {} on", date(until)))),
    );
    if let Transaction::Vault(VaultTransaction { vault_index, .. }) = &transaction {
        let vault = keys.vault(*vault_index);
        figures
            .push((NO_RENT, format!("the vault {vault} pays the rent of what it signs: send it some SOL")));
    }
    let order = Order { review: Some(review), signers, figures, ..Order::from(vec![call]) };
    let scales = scales(session, &transaction).await;
    let (mut text, mut json) = send::carry_out(session, &order, &scales).await?;
    after(council, index, &mut text, &mut json).await?;
    Ok((text, json))
}

/// The scales of the fund that a proposal is about, for the events of its execution. None if it is about
/// something else, or about a fund that does not exist yet: their numbers are in base units.
async fn scales(session: &Session, transaction: &Transaction) -> Scales {
    let Transaction::Vault(VaultTransaction { message, .. }) = transaction else { return Scales::default() };
    let instructions = message.instructions();
    let mut own = instructions.iter().filter(|call| call.program_id == program_id());
    let Some(fund) = own.find_map(|call| Some(call.accounts.first()?.pubkey)) else {
        return Scales::default();
    };
    let source = Source { fund, ..session.source.clone() };
    source.load_part(&[]).await.map(|(book, _)| Scales::of(&book)).unwrap_or_default()
}

/// Shows how far a proposal is now.
async fn after(council: &Council<'_>, index: u64, text: &mut Text, json: &mut Value) -> Result<()> {
    let now = council.proposal(index).await?.status;
    text.field("status", status(now));
    json["status"] = json!(word(now));
    Ok(())
}

/// Whether a proposal may still be executed.
fn is_open(status: Status) -> bool {
    matches!(status, Status::Draft(_) | Status::Active(_) | Status::Approved(_) | Status::Executing)
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Draft(_) => "draft",
        Status::Active(_) => "active",
        Status::Rejected(_) => "rejected",
        Status::Approved(_) => "approved",
        Status::Executing => "executing",
        Status::Executed(_) => "executed",
        Status::Cancelled(_) => "cancelled",
    }
}

fn status(status: Status) -> String {
    match status {
        Status::Executing => word(status).into(),
        Status::Draft(time)
        | Status::Active(time)
        | Status::Rejected(time)
        | Status::Approved(time)
        | Status::Executed(time)
        | Status::Cancelled(time) => {
            format!("{} since {} UTC", word(status), bulkhead_format::utc(time.saturating_mul(1_000)))
        }
    }
}
