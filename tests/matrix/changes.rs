//! Every bad account for every slot of a call.

use {
    crate::{
        idl::Slot,
        stage::Stage,
        state::{self, State},
        Subject,
    },
    bulkhead_tests::{
        address,
        bulkhead_client::{cover_program_id, instruction::FundKeys, program_id},
        caller::Caller,
        keypair,
        token::{self, TOKEN, TOKEN_2022},
        AccountMeta, Address, Instruction, Signer,
    },
    solana_account::Account,
    std::collections::BTreeMap,
};

/// What is wrong with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The same of another fund: same bytes, but for the fund.
    AnotherFund,
    /// Another market: same bytes, but for index and feed.
    AnotherMarket,
    /// Another member of the fund: same bytes, but for the owner. Of a wallet: another owner's.
    AnotherMember,
    /// Another record of the fund, or of the same panel or book: same bytes, but for the number.
    AnotherRecord,
    /// Another panel or book, or a record of another one: same bytes, but for it.
    AnotherDrawer,
    /// Another mint of the same program; of a wallet or vault: one of another mint.
    AnotherMint,
    /// Another key signs.
    AnotherSigner,
    /// Right address and data, another owner program.
    WrongOwner,
    /// Right address and owner, data of another type.
    WrongType,
    /// A system account with lamports and no data, here or elsewhere.
    Uninitialised,
    /// No account.
    Closed,
    /// The account of another slot of the same call.
    Duplicate,
    /// Another program where one is called.
    FakeProgram,
    /// Does not sign.
    MissingSignature,
    /// Read only.
    MissingWritability,
    /// An older version byte.
    OlderVersion,
    /// A newer version byte.
    NewerVersion,
    /// Data cut off.
    Truncated,
    /// Data with something after it.
    Oversized,
    /// Right owner and data at another address.
    Copy,
    /// Left out, and all after it.
    Missing,
    /// A market given once more, after all others.
    Again,
}

/// One bad call: the instruction with its accounts, and what the chain holds.
pub struct Case {
    /// The slot attacked.
    pub slot: String,
    /// How.
    pub change: Change,
    /// More of it.
    pub detail: String,
    /// Accounts as they are then.
    pub puts: Vec<(Address, Account)>,
    /// What the instruction is given.
    pub instruction: Instruction,
}

/// All of them.
pub fn cases(subject: &Subject, stage: &dyn Stage, slots: &[Slot], good: &Instruction) -> Vec<Case> {
    let mut all = Vec::new();
    for (place, slot) in slots.iter().enumerate() {
        let key = good.accounts[place].pubkey;
        let mut one = Cases { subject, stage, good, place, slot, key, all: &mut all };
        one.flags();
        one.duplicates(slots);
        match stage.account(&key) {
            Some(account) if account.executable => one.programs(),
            Some(account) => one.accounts(&account),
            None if slot.signer => {}
            None => one.not_created_yet(),
        }
    }
    all
}

struct Cases<'a> {
    subject: &'a Subject,
    stage: &'a dyn Stage,
    good: &'a Instruction,
    place: usize,
    slot: &'a Slot,
    key: Address,
    all: &'a mut Vec<Case>,
}

impl Cases<'_> {
    fn push(
        &mut self,
        change: Change,
        detail: &str,
        puts: Vec<(Address, Account)>,
        bend: impl FnOnce(&mut AccountMeta),
    ) {
        let mut instruction = self.good.clone();
        bend(&mut instruction.accounts[self.place]);
        let (slot, detail) = (self.slot.name.clone(), detail.to_owned());
        self.all.push(Case { slot, change, detail, puts, instruction });
    }

    /// The account at its own address is another one.
    fn here(&mut self, change: Change, detail: &str, account: Account) {
        self.push(change, detail, vec![(self.key, account)], |_| {});
    }

    /// Another address is given, with this account.
    fn there(&mut self, change: Change, detail: &str, address: Address, account: Account) {
        self.push(change, detail, vec![(address, account)], |meta| meta.pubkey = address);
    }

    fn named(&mut self, change: Change, detail: &str, address: Address) {
        self.push(change, detail, Vec::new(), |meta| meta.pubkey = address);
    }

    fn flags(&mut self) {
        if self.slot.signer {
            self.push(Change::MissingSignature, "", Vec::new(), |meta| meta.is_signer = false);
            let stranger = keypair("stranger").pubkey();
            self.there(Change::AnotherSigner, "", stranger, system_account());
        }
        if self.slot.writable {
            self.push(Change::MissingWritability, "", Vec::new(), |meta| meta.is_writable = false);
        }
        self.listed(Change::Missing, |accounts, place| accounts.truncate(place));
        if self.slot.remaining {
            self.listed(Change::Again, |accounts, place| accounts.push(accounts[place].clone()));
        }
    }

    /// Other accounts are given.
    fn listed(&mut self, change: Change, bend: impl FnOnce(&mut Vec<AccountMeta>, usize)) {
        let mut instruction = self.good.clone();
        bend(&mut instruction.accounts, self.place);
        let (slot, detail) = (self.slot.name.clone(), String::new());
        self.all.push(Case { slot, change, detail, puts: Vec::new(), instruction });
    }

    fn duplicates(&mut self, slots: &[Slot]) {
        for (place, other) in slots.iter().enumerate() {
            let address = self.good.accounts[place].pubkey;
            if address != self.key {
                self.named(Change::Duplicate, &other.name, address);
            }
        }
    }

    fn programs(&mut self) {
        let caller = Caller::default().program;
        let fakes = [TOKEN, TOKEN_2022, Address::default(), program_id(), cover_program_id(), caller];
        let key = self.key;
        for fake in fakes.into_iter().filter(|fake| *fake != key) {
            self.named(Change::FakeProgram, &fake.to_string(), fake);
        }
        self.there(Change::FakeProgram, "not executable", address("no program"), system_account());
    }

    fn not_created_yet(&mut self) {
        self.there(Change::Uninitialised, "elsewhere", address("elsewhere"), system_account());
        for owner in [TOKEN, (self.subject.program)()] {
            self.here(
                Change::WrongOwner,
                "taken",
                Account { owner, data: vec![0; 1_000], ..system_account() },
            );
        }
    }

    fn accounts(&mut self, genuine: &Account) {
        if self.slot.signer {
            return; // a wallet: nobody asks what it is, it signs
        }
        let caller = Caller::default().program;
        for owner in [TOKEN, Address::default(), caller, program_id(), cover_program_id()] {
            if owner != genuine.owner {
                self.here(Change::WrongOwner, &owner.to_string(), Account { owner, ..genuine.clone() });
            }
        }
        self.here(Change::Closed, "", Account::default());
        self.there(Change::Copy, "", address("copy"), genuine.clone());
        if genuine.data.is_empty() {
            return; // a wallet that only receives
        }
        self.here(Change::Uninitialised, "here", system_account());
        self.there(Change::Uninitialised, "elsewhere", address("elsewhere"), system_account());
        let len = genuine.data.len();
        for cut in [0, 8, len / 2, len - 1] {
            self.here(Change::Truncated, &format!("to {cut}"), resized(genuine, cut));
        }
        for more in [1, 8, 1_000] {
            self.here(Change::Oversized, &format!("by {more}"), resized(genuine, len + more));
        }
        if genuine.owner == program_id() || genuine.owner == cover_program_id() {
            self.states(genuine);
        } else if genuine.owner == self.stage.keys().token_program {
            self.tokens(genuine);
        } else {
            self.prices();
        }
    }

    /// Accounts of either program's own.
    fn states(&mut self, genuine: &Account) {
        let (kind, key) = (State::of(genuine), self.key);
        let (program, version) = kind.program();
        for other in State::ALL.iter().filter(|other| **other != kind && other.program().0 == program) {
            self.here(Change::WrongType, &format!("{other:?}"), other.disguise(genuine));
        }
        let versions = BTreeMap::from([
            (0, Change::OlderVersion),
            (version - 1, Change::OlderVersion),
            (version + 1, Change::NewerVersion),
            (255, Change::NewerVersion),
        ]);
        for (version, change) in versions {
            self.here(change, &version.to_string(), state::with_version(genuine, version));
        }
        for (change, address, account) in kind.others(self.stage, &self.key, genuine) {
            self.there(change, "forged", address, account);
        }
        // Every genuine account there is.
        let mut all = self.stage.chain().get_program_accounts(&program);
        all.sort_by_key(|(address, _)| *address);
        for (address, account) in all.into_iter().filter(|(address, _)| *address != key) {
            let other = State::of(&account);
            let change = if other == kind { kind.another() } else { Change::WrongType };
            self.named(change, &format!("a genuine {other:?}"), address);
        }
    }

    /// Mints and token accounts.
    fn tokens(&mut self, genuine: &Account) {
        let FundKeys { mint, token_program, .. } = self.stage.keys();
        let other_mint = address("another mint");
        let is_mint = self.key == mint;
        let stranger = keypair("stranger").pubkey();
        let wallet = |mint: &Address| token::wallet(token_program, mint, &stranger, 1_000_000_000_000);
        let wrong_type = if is_mint { wallet(&mint) } else { token::mint(token_program, &[]) };
        self.here(Change::WrongType, "here", wrong_type.clone());
        self.there(Change::WrongType, "elsewhere", address("wrong type"), wrong_type);
        if is_mint {
            self.there(Change::AnotherMint, "", other_mint, genuine.clone());
            return;
        }
        self.there(Change::AnotherMint, "", address("wallet of another mint"), wallet(&other_mint));
        self.there(Change::AnotherMember, "", address("stranger's wallet"), wallet(&mint));
        let vault = state::another_vault(self.stage);
        self.there(Change::AnotherFund, "its vault", vault, token::wallet(token_program, &mint, &vault, 0));
    }

    fn prices(&mut self) {
        let another = self.stage.another_price().expect("prices of two markets");
        self.named(Change::AnotherMarket, "", another);
    }
}

fn system_account() -> Account {
    Account { lamports: 1_000_000_000, rent_epoch: u64::MAX, ..Account::default() }
}

fn resized(account: &Account, len: usize) -> Account {
    let mut account = account.clone();
    account.data.resize(len, 0);
    account.lamports = account.lamports.max(100_000_000);
    account
}
