//! What a proposal would do, to be seen before a member puts its key under it: every account of what a
//! vault signs, what a change of parameters changes, the build of an upgrade, and every change of the
//! multisig itself. Two proposals that do different things never read the same.

use {
    crate::{
        actions::governance::pause_names,
        amount::decimal,
        idl,
        order::Review,
        parameters::Edit,
        session::Session,
        views::changes::{edits_from, label_from},
    },
    anyhow::{Context, Result},
    bulkhead_client::{
        account::decode,
        address,
        claims::cover_program_id,
        instruction, program_id,
        state::{Fund, Market, ParameterChange, QueuedChange},
        Address, Instruction,
    },
    bulkhead_inspect::build,
    bulkhead_squads::{
        ConfigAction, ConfigTransaction, Member, MultisigKeys, SpendingLimit, Transaction, VaultTransaction,
        EXECUTES, INITIATES, PROGRAM, VOTES,
    },
    solana_loader_v3_interface::{instruction::UpgradeableLoaderInstruction, state::UpgradeableLoaderState},
    solana_sdk_ids::bpf_loader_upgradeable,
    std::collections::BTreeMap,
};

/// The funds that a review reads, each once, however many instructions name it.
pub struct Funds<'s> {
    session: &'s Session,
    known: BTreeMap<Address, Option<Fund>>,
}

impl<'s> Funds<'s> {
    pub fn new(session: &'s Session) -> Self {
        Self { session, known: BTreeMap::new() }
    }

    /// The fund at an address; nothing if there is none.
    async fn read(&mut self, address: &Address) -> Result<Option<Fund>> {
        if let Some(known) = self.known.get(address) {
            return Ok(*known);
        }
        let account = self.session.account(address).await?;
        let fund = account.and_then(|account| decode::<Fund>(&account.data).ok());
        self.known.insert(*address, fund);
        Ok(fund)
    }
}

/// The label of what would make an execution fail.
const REFUSED: &str = "would be REFUSED";
/// What to do about it.
const AGAIN: &str = "Print it again, and propose that";

/// Reads what a proposal would do.
///
/// # Errors
/// When there is no such transaction, or one that cannot be read whole: nobody should vote for it here.
pub async fn transaction(session: &Session, keys: &MultisigKeys, index: u64) -> Result<Transaction> {
    let account = session.account(&keys.transaction(index)).await?;
    let account = account.with_context(|| format!("{} has no transaction {index}", keys.multisig))?;
    Transaction::decode(&account.data).with_context(|| {
        format!("proposal {index} cannot be shown, and what cannot be shown is not signed here")
    })
}

/// Describes it.
pub async fn about(
    funds: &mut Funds<'_>,
    keys: &MultisigKeys,
    index: u64,
    transaction: &Transaction,
) -> Result<Review> {
    let mut review = match transaction {
        Transaction::Vault(transaction) => of_vault(funds, keys, index, transaction).await?,
        Transaction::Config(transaction) => of_multisig(index, transaction),
    };
    if keys.program != PROGRAM {
        review.notes.push(("program, which is not Squads' own", keys.program.to_string()));
    }
    Ok(review)
}

async fn of_vault(
    funds: &mut Funds<'_>,
    keys: &MultisigKeys,
    index: u64,
    transaction: &VaultTransaction,
) -> Result<Review> {
    let vault = keys.vault(transaction.vault_index);
    let says = format!("Proposal {index}: vault {} ({vault}) signs", transaction.vault_index);
    let mut review = Review { says, instructions: transaction.message.instructions(), ..Review::default() };
    for instruction in &review.instructions {
        if let Some((label, edits)) = parameters(funds, instruction).await? {
            review.notes.push(("change", label));
            review.edits.extend(edits);
        }
        review.notes.extend(paused(instruction));
        review.notes.extend(replaced(instruction).map(|program| ("about", program)));
        if let Some(buffer) = upgraded_from(instruction) {
            review.notes.push(("new build", in_buffer(funds.session, buffer, &vault).await?));
        }
    }
    let cosigners: Vec<String> =
        transaction.message.cosigners(&vault).iter().map(ToString::to_string).collect();
    if !cosigners.is_empty() {
        review.notes.push(("sign the execution too", cosigners.join(", ")));
    }
    Ok(review)
}

/// Notes what would make instructions fail when they are executed: a mandate that is dead.
pub async fn doubt(funds: &mut Funds<'_>, transaction: &Transaction, review: &mut Review) -> Result<()> {
    let Transaction::Vault(transaction) = transaction else { return Ok(()) };
    let slot = funds.session.source.rpc.get_slot().await.context("cannot read the slot")?;
    // Each instruction with a mandate raises the nonce for those after it.
    let mut earlier = 0;
    for call in transaction.message.instructions() {
        let Some(arguments) = idl::arguments(&call) else { continue };
        let number = |names: [&str; 2]| {
            let found = arguments.iter().find(|(name, _)| names.contains(&name.as_str()));
            found.and_then(|(_, value)| value.parse::<u64>().ok())
        };
        let last = number(["mandate.last_valid_slot", "last_valid_slot"]);
        if let Some(last) = last.filter(|last| *last < slot) {
            let why = format!("MandateExpired: its last valid slot was {last}, and this is {slot}. {AGAIN}");
            review.notes.push((REFUSED, why));
        }
        let Some(nonce) = number(["mandate.nonce", ""]) else { continue };
        let Some(first) = call.accounts.first() else { continue };
        let Some(fund) = funds.read(&first.pubkey).await? else { continue };
        let present = fund.governance_nonce.saturating_add(earlier);
        earlier += 1;
        if nonce < present {
            let why = format!("StaleNonce: it has the nonce {nonce}, and the fund is at {present}. {AGAIN}");
            review.notes.push((REFUSED, why));
        } else if nonce > present {
            let why = format!(
                "StaleNonce: it has the nonce {nonce}, and the fund is at {present}. Those before it are \
                 executed first"
            );
            review.notes.push((REFUSED, why));
        }
    }
    Ok(())
}

/// Whose program an instruction of the loader is about: its accounts name the program's data only.
fn replaced(call: &Instruction) -> Option<String> {
    if call.program_id != bpf_loader_upgradeable::ID {
        return None;
    }
    let own = [(program_id(), "the fund's program"), (cover_program_id(), "the program of claims")];
    let (program, name) = own.into_iter().find(|(program, _)| {
        let data = Address::find_program_address(&[program.as_ref()], &bpf_loader_upgradeable::ID).0;
        call.accounts.iter().any(|account| account.pubkey == data)
    })?;
    Some(format!("{name}, {program}"))
}

/// The parts of a fund that an instruction pauses, or whose pause it ends.
fn paused(call: &Instruction) -> Option<(&'static str, String)> {
    let label = match idl::instruction(&call.program_id, &call.data)?.name.as_str() {
        "pause" => "pauses",
        "end_pause" => "ends the pause of",
        _ => return None,
    };
    let arguments = idl::arguments(call)?;
    let (_, bits) = arguments.iter().find(|(name, _)| name == "bits")?;
    Some((label, pause_names(bits.parse().ok()?)))
}

/// What an instruction on a change of parameters changes, as its fund and market are now.
async fn parameters(funds: &mut Funds<'_>, call: &Instruction) -> Result<Option<(String, Vec<Edit>)>> {
    let session = funds.session;
    let name = match idl::instruction(&call.program_id, &call.data) {
        Some(known) if call.program_id == program_id() => known.name.as_str(),
        _ => return Ok(None),
    };
    let at = |place: usize| call.accounts.get(place).map(|account| account.pubkey);
    let change = match name {
        "queue_change" => instruction::announced_change(&call.data),
        "apply_change" | "veto_change" | "open_market" | "open_cover" | "amend_cover" => match at(1) {
            Some(record) => queued(session, &record).await?,
            None => None,
        },
        _ => return Ok(None),
    };
    let (Some(fund_address), Some(change)) = (at(0), change) else {
        return Ok(Some(("that cannot be read: is it there still?".into(), Vec::new())));
    };
    let Some(fund) = funds.read(&fund_address).await? else {
        return Ok(Some((format!("of {fund_address}, which is no fund on this cluster"), Vec::new())));
    };
    let market = match change.market() {
        Some(index) => session.account(&address::market(&fund_address, index)).await?,
        None => None,
    };
    let market = market.and_then(|account| decode::<Market>(&account.data).ok());
    let label = format!("{name} {}", label_from(market.as_ref(), &change));
    Ok(Some((label, edits_from(&fund, market.as_ref(), &change))))
}

async fn queued(session: &Session, record: &Address) -> Result<Option<ParameterChange>> {
    let account = session.account(record).await?;
    let record = account.and_then(|account| decode::<QueuedChange>(&account.data).ok());
    Ok(record.and_then(|record| record.change().ok()))
}

/// The buffer of which an instruction makes a program.
fn upgraded_from(call: &Instruction) -> Option<Address> {
    const BUFFER: usize = 2;
    if call.program_id != bpf_loader_upgradeable::ID {
        return None;
    }
    match bincode::deserialize(&call.data) {
        Ok(UpgradeableLoaderInstruction::Upgrade) => Some(call.accounts.get(BUFFER)?.pubkey),
        _ => None,
    }
}

/// The build in a buffer, and who can still change it.
async fn in_buffer(session: &Session, buffer: Address, vault: &Address) -> Result<String> {
    let Some(account) = session.account(&buffer).await? else {
        return Ok(format!("buffer {buffer} is not there, or the upgrade is done"));
    };
    let head = UpgradeableLoaderState::size_of_buffer_metadata();
    let (state, program) = account.data.split_at_checked(head).unwrap_or_default();
    let Ok(UpgradeableLoaderState::Buffer { authority_address }) = bincode::deserialize(state) else {
        return Ok(format!("{buffer} is no buffer"));
    };
    let bytes = decimal(build::executable(program).len() as u64, 0);
    let hash = build::hash(program);
    let changed_by = match authority_address {
        Some(key) if key == *vault => {
            "only this vault can change it. Do not let it close the buffer before: whoever has the buffer's \
             key could make it anew"
                .into()
        }
        Some(key) => format!("{key} can STILL CHANGE IT: do not approve before this vault is its authority"),
        None => "nobody can change it".into(),
    };
    Ok(format!("{bytes} bytes, SHA-256 {hash}, in buffer {buffer}; {changed_by}"))
}

/// A change of a multisig: every action of it.
pub fn of_multisig(index: u64, transaction: &ConfigTransaction) -> Review {
    let says = format!("Proposal {index} changes the multisig {} itself", transaction.multisig);
    let notes = transaction.actions.iter().map(action).collect();
    Review { says, notes, ..Review::default() }
}

fn action(action: &ConfigAction) -> (&'static str, String) {
    match action {
        ConfigAction::AddMember(member) => ("new member", format!("{}, who {}", member.key, may(member))),
        ConfigAction::RemoveMember(key) => ("leaves", key.to_string()),
        ConfigAction::ChangeThreshold(threshold) => ("must approve from then on", threshold.to_string()),
        ConfigAction::SetTimeLock(secs) => ("time lock from then on", format!("{secs} s")),
        ConfigAction::AddSpendingLimit(limit) => ("may be spent WITHOUT A VOTE", spending(limit)),
        ConfigAction::RemoveSpendingLimit(account) => ("spending limit ends", account.to_string()),
        ConfigAction::SetRentCollector(to) => {
            ("rent of closed accounts goes to", to.map_or("nobody".into(), |to| to.to_string()))
        }
    }
}

fn spending(limit: &SpendingLimit) -> String {
    let SpendingLimit { vault_index, mint, amount, period, members, destinations, .. } = limit;
    let what = match *mint == Address::default() {
        true => "lamports".into(),
        false => format!("base units of {mint}"),
    };
    let period = ["once", "a day", "a week", "a month"].get(usize::from(*period)).unwrap_or(&"a period");
    let all = |keys: &[Address]| keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let to = if destinations.is_empty() { "anybody".into() } else { all(destinations) };
    format!("{amount} {what} {period} of vault {vault_index}, by {}, to {to}", all(members))
}

/// What a member may do, in words.
pub fn may(member: &Member) -> String {
    let words = [(INITIATES, "proposes"), (VOTES, "votes"), (EXECUTES, "executes")];
    let words = words.iter().filter(|(permission, _)| member.may(*permission)).map(|(_, word)| *word);
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Address {
        Address::new_from_array([byte; 32])
    }

    #[test]
    fn every_change_of_a_multisig_is_told() {
        let limit = SpendingLimit {
            create_key: key(1),
            vault_index: 3,
            mint: key(2),
            amount: 7,
            period: 1,
            members: vec![key(3)],
            destinations: Vec::new(),
        };
        let actions = vec![
            ConfigAction::AddMember(Member { key: key(4), permissions: VOTES }),
            ConfigAction::RemoveMember(key(5)),
            ConfigAction::ChangeThreshold(1),
            ConfigAction::SetTimeLock(0),
            ConfigAction::AddSpendingLimit(limit.clone()),
            ConfigAction::AddSpendingLimit(SpendingLimit {
                mint: Address::default(),
                destinations: vec![key(6)],
                ..limit
            }),
            ConfigAction::RemoveSpendingLimit(key(7)),
            ConfigAction::SetRentCollector(None),
        ];
        let change = ConfigTransaction { multisig: key(8), creator: key(9), index: 5, actions };
        let review = of_multisig(5, &change);
        assert_eq!(review.says, format!("Proposal 5 changes the multisig {} itself", key(8)));
        let told: Vec<String> = review.notes.iter().map(|(label, note)| format!("{label}: {note}")).collect();
        let [mint, spender, paid] = [key(2), key(3), key(6)];
        assert_eq!(
            told,
            [
                format!("new member: {}, who votes", key(4)),
                format!("leaves: {}", key(5)),
                "must approve from then on: 1".into(),
                "time lock from then on: 0 s".into(),
                format!(
                    "may be spent WITHOUT A VOTE: 7 base units of {mint} a day of vault 3, by {spender}, to \
                     anybody"
                ),
                format!("may be spent WITHOUT A VOTE: 7 lamports a day of vault 3, by {spender}, to {paid}"),
                format!("spending limit ends: {}", key(7)),
                "rent of closed accounts goes to: nobody".into(),
            ]
        );
        assert_eq!(review.json()["notes"]["may_be_spent_WITHOUT_A_VOTE"].as_array().unwrap().len(), 2);
    }
}
