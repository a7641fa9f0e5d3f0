use {
    crate::{call::Call, world::World},
    bulkhead_client::instruction,
    solana_address::Address,
    solana_signer::Signer,
};

impl World {
    /// A wallet opens its account; the payer pays the rent.
    pub fn open_member(&self, name: &str) -> Call {
        let owner = self.owner_of(name);
        Call::new(
            instruction::open_member(
                &self.here.keys,
                owner.pubkey(),
                self.payer_address(),
                u16::MAX,
                u16::MAX,
            ),
            [owner],
        )
    }

    /// A wallet closes its account.
    pub fn close_member(&self, name: &str) -> Call {
        let owner = self.owner_of(name);
        Call::new(instruction::close_member(&self.here.keys, owner.pubkey()), [owner])
    }

    /// A wallet names a delegate that may trade at the mark or better.
    pub fn set_delegate(&self, name: &str, delegate: Address) -> Call {
        self.set_delegate_within(name, delegate, 0)
    }

    /// A wallet names a delegate that may concede so much in a day.
    pub fn set_delegate_within(&self, name: &str, delegate: Address, daily_budget: u64) -> Call {
        let owner = self.owner_of(name);
        Call::new(instruction::set_delegate(&self.here.keys, owner.pubkey(), delegate, daily_budget), [owner])
    }

    /// A wallet pays margin into its account.
    pub fn deposit_margin(&self, name: &str, amount: u64) -> Call {
        self.deposit_margin_for(name, name, amount)
    }

    /// A wallet pays margin into somebody's account.
    pub fn deposit_margin_for(&self, depositor: &str, member: &str, amount: u64) -> Call {
        let (owner, depositor_key) = (self.owner_of(member).pubkey(), self.owner_of(depositor));
        let wallet = self.wallet_of(depositor);
        let call =
            instruction::deposit_margin(&self.here.keys, &owner, depositor_key.pubkey(), wallet, amount);
        Call::new(call, [depositor_key])
    }

    /// A wallet takes margin out.
    pub fn withdraw_margin(&self, name: &str, amount: u64) -> Call {
        let (owner, wallet) = (self.owner_of(name), self.wallet_of(name));
        let markets = self.held(name);
        let call = instruction::withdraw_margin(&self.here.keys, owner.pubkey(), wallet, amount, &markets);
        Call::new(call, [owner])
    }

    /// A wallet contributes.
    pub fn contribute(&self, name: &str, amount: u64) -> Call {
        let (owner, wallet) = (self.owner_of(name), self.wallet_of(name));
        Call::new(instruction::contribute(&self.here.keys, owner.pubkey(), wallet, amount), [owner])
    }

    /// A wallet asks for shares back.
    pub fn request_withdrawal(&self, name: &str, shares: u128) -> Call {
        let owner = self.owner_of(name);
        Call::new(instruction::request_withdrawal(&self.here.keys, owner.pubkey(), shares), [owner])
    }

    /// A wallet takes its request back.
    pub fn cancel_withdrawal(&self, name: &str) -> Call {
        let owner = self.owner_of(name);
        Call::new(instruction::cancel_withdrawal(&self.here.keys, owner.pubkey()), [owner])
    }

    /// What an exit shows: the markets that a name holds, and those of waived houses.
    fn shown(&self, name: &str) -> Vec<u16> {
        let held = self.held(name);
        let others = self.waived().into_iter().filter(|market| !held.contains(market));
        held.iter().copied().chain(others).collect()
    }

    /// A wallet commits to its exit, or is paid.
    pub fn claim_withdrawal(&self, name: &str) -> Call {
        let (owner, wallet) = (self.owner_of(name), self.wallet_of(name));
        let markets = self.shown(name);
        Call::new(instruction::claim_withdrawal(&self.here.keys, owner.pubkey(), wallet, &markets), [owner])
    }

    /// A wallet takes its rewards out.
    pub fn claim_rewards(&self, name: &str) -> Call {
        let (owner, wallet) = (self.owner_of(name), self.wallet_of(name));
        Call::new(instruction::claim_rewards(&self.here.keys, owner.pubkey(), wallet), [owner])
    }

    /// A wallet takes out what has come back of its losses.
    pub fn claim_recovery(&self, name: &str) -> Call {
        let (owner, wallet) = (self.owner_of(name), self.wallet_of(name));
        Call::new(instruction::claim_recovery(&self.here.keys, owner.pubkey(), wallet), [owner])
    }

    /// A wallet gives up what has not come back.
    pub fn waive_recovery(&self, name: &str) -> Call {
        let owner = self.owner_of(name);
        Call::new(instruction::waive_recovery(&self.here.keys, owner.pubkey()), [owner])
    }

    /// A wallet agrees to the cap of assessments in force.
    pub fn agree_assessment(&self, name: &str) -> Call {
        let owner = self.owner_of(name);
        Call::new(instruction::agree_assessment(&self.here.keys, owner.pubkey(), u16::MAX), [owner])
    }

    /// Somebody pays back what others have paid in a default.
    pub fn repay_default(&self, payer: &str, seq: u64, amount: u64) -> Call {
        let (owner, wallet) = (self.owner_of(payer), self.wallet_of(payer));
        let record = self.default_address(seq);
        Call::new(
            instruction::repay_default(&self.here.keys, record, owner.pubkey(), wallet, amount),
            [owner],
        )
    }
}
