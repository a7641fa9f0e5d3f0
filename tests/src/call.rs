//! Instructions with their signers, and ways to bend them.

use {
    solana_address::Address,
    solana_instruction::{AccountMeta, Instruction},
    solana_keypair::Keypair,
    solana_signer::Signer,
};

/// Instructions of one transaction, and who signs.
#[derive(Debug)]
pub struct Call {
    /// In order.
    pub instructions: Vec<Instruction>,
    /// May be more than the instructions need.
    pub signers: Vec<Keypair>,
}

impl Call {
    /// One instruction.
    pub fn new(instruction: Instruction, signers: impl IntoIterator<Item = Keypair>) -> Self {
        Self { instructions: vec![instruction], signers: signers.into_iter().collect() }
    }

    /// This and then that, in one transaction.
    pub fn then(mut self, next: Self) -> Self {
        self.instructions.extend(next.instructions);
        self.signers.extend(next.signers);
        self
    }

    /// Names another account wherever `old` is named in the last instruction.
    pub fn swap(mut self, old: Address, new: Address) -> Self {
        let mut found = false;
        for meta in self.last().accounts.iter_mut().filter(|meta| meta.pubkey == old) {
            meta.pubkey = new;
            found = true;
        }
        assert!(found, "{old} is not an account of this call");
        self
    }

    /// Another key signs in the place of `old`.
    pub fn signed_by(mut self, old: Address, new: Keypair) -> Self {
        let address = new.pubkey();
        self.signers.push(new);
        self.swap(old, address)
    }

    /// This account is named, but does not sign.
    pub fn unsigned(mut self, account: Address) -> Self {
        self.meta(account).is_signer = false;
        self
    }

    /// This account is named as one that signs.
    pub fn signed(mut self, account: Address) -> Self {
        self.meta(account).is_signer = true;
        self
    }

    /// This account is named as one that is only read.
    pub fn readonly(mut self, account: Address) -> Self {
        self.meta(account).is_writable = false;
        self
    }

    /// This account is named as one that is written.
    pub fn writable(mut self, account: Address) -> Self {
        self.meta(account).is_writable = true;
        self
    }

    /// Adds an account that is read at the end.
    pub fn with(mut self, account: Address) -> Self {
        self.last().accounts.push(AccountMeta::new_readonly(account, false));
        self
    }

    /// Adds an account that is written at the end.
    pub fn with_writable(mut self, account: Address) -> Self {
        self.last().accounts.push(AccountMeta::new(account, false));
        self
    }

    /// Leaves this account out.
    pub fn without(mut self, account: Address) -> Self {
        let accounts = &mut self.last().accounts;
        let before = accounts.len();
        accounts.retain(|meta| meta.pubkey != account);
        assert!(accounts.len() < before, "{account} is not an account of this call");
        self
    }

    /// Whether this account is named as one that is written.
    pub fn is_writable(&self, account: Address) -> bool {
        let metas = self.instructions.iter().flat_map(|instruction| &instruction.accounts);
        metas.into_iter().any(|meta| meta.pubkey == account && meta.is_writable)
    }

    /// The accounts of all instructions.
    pub fn accounts(&self) -> impl Iterator<Item = Address> + '_ {
        self.instructions.iter().flat_map(|instruction| instruction.accounts.iter().map(|meta| meta.pubkey))
    }

    fn last(&mut self) -> &mut Instruction {
        self.instructions.last_mut().expect("a call has an instruction")
    }

    fn meta(&mut self, account: Address) -> &mut AccountMeta {
        let meta = self.last().accounts.iter_mut().find(|meta| meta.pubkey == account);
        meta.unwrap_or_else(|| panic!("{account} is not an account of this call"))
    }
}
