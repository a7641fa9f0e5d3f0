//! Parties are made, and sign what is proposed to them: by the commands of a multisig's members, or with a
//! key that stands in for one.

use {
    super::Walk,
    crate::{
        commands::{APPROVE, CREATE, CREATE_LOCKED, EXECUTE, PROPOSE, REPLACE, WAIT},
        party::{Kind, Multisig, Party},
        proposal::Proposal,
    },
    anyhow::{ensure, Context, Result},
    bulkhead_client::Address,
    serde_json::Value,
    solana_signer::Signer,
    std::{rc::Rc, str::FromStr},
};

/// What a vault gets for the rent of what it proposes, and a member for fees, in lamports.
const LAMPORTS: u64 = 1_000_000_000;
/// Members of a multisig, and how many of them must approve.
const MEMBERS: usize = 3;
const THRESHOLD: usize = 2;

impl Walk {
    /// Makes a party with money for rent: a multisig, or a key where there is no Squads.
    pub(super) fn party(&mut self, name: &str, time_lock: Option<&'static str>) -> Result<Rc<Party>> {
        let party = match self.place.has_squads {
            true => self.multisig(name, time_lock)?,
            false => Party::key(self.place.wallet(&format!("{name}.json"))?),
        };
        self.place.validator.set_sol(&party.address, LAMPORTS)?;
        let kind = party.multisig().map_or_else(
            || "a plain key".to_owned(),
            |multisig| format!("the vault of {}, {THRESHOLD} of {MEMBERS} sign", multisig.address),
        );
        self.teller.seen(format!("{name} is {}, {kind}", party.address));
        Ok(Rc::new(party))
    }

    fn multisig(&mut self, name: &str, time_lock: Option<&'static str>) -> Result<Party> {
        let mut members = Vec::new();
        let mut addresses = Vec::new();
        for number in 1..=MEMBERS {
            let (file, address) = self.member_key(&format!("{name}-{number}.json"))?;
            members.push(file);
            addresses.push(address);
        }
        let (addresses, threshold) = (addresses.join(" "), THRESHOLD.to_string());
        let command = if time_lock.is_some() { CREATE_LOCKED } else { CREATE };
        let mut fills = vec![("MEMBERS", addresses.as_str()), ("NUMBER", threshold.as_str())];
        fills.extend(time_lock.map(|span| ("SPAN", span)));
        let made = self.as_member(command, &fills, &members[0])?;
        let text = |key: &str| {
            made[key]
                .as_str()
                .map(str::to_owned)
                .with_context(|| format!("the multisig has no {key}: {made}"))
        };
        let (address, vault) = (text("multisig")?, text("vault")?);
        let vault = Address::from_str(&vault).ok().with_context(|| format!("{vault} is no address"))?;
        let multisig = Multisig { address, members, threshold: THRESHOLD, time_lock };
        Ok(Party { address: vault, kind: Kind::Multisig(multisig) })
    }

    /// A key of a member, which can pay fees: its file and its address.
    fn member_key(&mut self, name: &str) -> Result<(String, String)> {
        let key = self.place.wallet(name)?;
        self.place.validator.set_sol(&key.pubkey(), LAMPORTS)?;
        Ok((self.place.file(name), key.pubkey().to_string()))
    }

    /// Runs a command of a multisig with the key of one of its members.
    fn as_member(&mut self, command: &'static str, fills: &[(&str, &str)], member: &str) -> Result<Value> {
        let ran = self.run_with(command, fills, &["--keypair", member, "--yes", "--json"])?.expect(0)?;
        serde_json::from_str(&ran.out).with_context(|| format!("`{}` prints no JSON", ran.line))
    }

    /// Has a party sign a proposal and run it.
    ///
    /// # Errors
    /// When the cluster refuses, with the program's reason.
    pub(super) fn carry_out(&mut self, party: &Rc<Party>, proposal: &Proposal) -> Result<()> {
        let Some(multisig) = party.multisig() else { return self.with_keys(party, proposal) };
        let fills = [("MULTISIG", multisig.address.as_str()), ("MESSAGE", proposal.message.as_str())];
        let made = self.as_member(PROPOSE, &fills, &multisig.members[0])?;
        let others: Vec<Address> =
            proposal.signers().into_iter().filter(|signer| *signer != party.address).collect();
        let cosigner = match others.as_slice() {
            [] => String::new(),
            [payer] if *payer == self.payer.pubkey() => {
                format!(" --cosigner {}", self.place.file("payer.json"))
            }
            others => anyhow::bail!("no multisig can execute what {others:?} must sign too"),
        };
        self.vote(multisig, &made, &cosigner)
    }

    /// Approves a proposal that was made, waits for its time lock, and executes it.
    fn vote(&mut self, multisig: &Multisig, made: &Value, cosigner: &str) -> Result<()> {
        let index = made["index"].as_str().context("the proposal has no index")?.to_owned();
        let fills = [("MULTISIG", multisig.address.as_str()), ("INDEX", index.as_str())];
        for member in &multisig.members[..multisig.threshold] {
            self.as_member(APPROVE, &fills, member)?;
        }
        if let Some(span) = multisig.time_lock {
            self.run(WAIT, &[("SPAN", span)])?;
        }
        let last = format!("{index}{cosigner}");
        let fills = [("MULTISIG", multisig.address.as_str()), ("INDEX", last.as_str())];
        let done = self.as_member(EXECUTE, &fills, &multisig.members[0])?;
        ensure!(done["status"] == "executed", "proposal {index} is {}", done["status"]);
        self.teller.seen(format!("proposal {index} of {} is executed", multisig.address));
        Ok(())
    }

    /// Signs with plain keys, all of which are here.
    fn with_keys(&mut self, party: &Rc<Party>, proposal: &Proposal) -> Result<()> {
        let parties = [&self.authority, &self.guardian, &self.leaving].map(|known| known.clone());
        let mut keys = Vec::new();
        for signer in proposal.signers() {
            let of = |known: &Party| match &known.kind {
                Kind::Key(key) if key.pubkey() == signer => Some(key.insecure_clone()),
                _ => None,
            };
            let known = parties.iter().flatten().chain([party]).find_map(|known| of(known));
            let known =
                known.or_else(|| (self.payer.pubkey() == signer).then(|| self.payer.insecure_clone()));
            keys.push(known.with_context(|| format!("nobody here signs for {signer}"))?);
        }
        let signature = self.place.cluster.send(&proposal.instructions, &keys.iter().collect::<Vec<_>>())?;
        self.teller.seen(format!("signed by {}: {signature}", party.address));
        Ok(())
    }

    /// The first member of a party has lost its key: the others put a new one in its place.
    pub(super) fn replace(&mut self, party: &Rc<Party>, name: &str) -> Result<Rc<Party>> {
        let multisig = party.multisig().context("a plain key that is lost is lost")?;
        let mut left = multisig.clone();
        let lost = left.members.remove(0);
        let old = bulkhead_inspect::settings::read_key(lost.as_ref())?.pubkey().to_string();
        std::fs::remove_file(&lost)?;
        self.teller.seen(format!("{lost} is lost, the key of {old}"));
        let (file, new) = self.member_key(name)?;
        let fills = [("MULTISIG", left.address.as_str()), ("OLD", old.as_str()), ("NEW", new.as_str())];
        let made = self.as_member(REPLACE, &fills, &left.members[0])?;
        self.vote(&left, &made, "")?;
        // The new one votes from now on.
        left.members.insert(0, file);
        Ok(Rc::new(Party { address: party.address, kind: Kind::Multisig(left) }))
    }
}
