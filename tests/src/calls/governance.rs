use {
    crate::{call::Call, params::MarketSpec, world::World},
    bulkhead::state::{FundParams, Mandate, MarketParams, ParameterChange},
    bulkhead_client::instruction,
    solana_signer::Signer,
};

impl World {
    /// Creates the fund of this place.
    pub fn create_fund(&self, params: FundParams) -> Call {
        let here = &self.here;
        let (authority, guardian) = (here.authority.pubkey(), here.guardian.pubkey());
        let call =
            instruction::create_fund(&here.keys, here.id, authority, self.payer_address(), guardian, params);
        Call::new(call, [here.authority.insecure_clone()])
    }

    /// Creates a market.
    pub fn create_market(&self, index: u16, spec: &MarketSpec) -> Call {
        self.create_market_by(index, spec.params, self.mandate())
    }

    /// Creates a market under this mandate.
    pub fn create_market_by(&self, index: u16, params: MarketParams, mandate: Mandate) -> Call {
        let authority = &self.here.authority;
        let (keys, payer) = (&self.here.keys, self.payer_address());
        let call = instruction::create_market(keys, index, authority.pubkey(), payer, params, mandate);
        Call::new(call, [authority.insecure_clone()])
    }

    /// The guardian pauses `bits`.
    pub fn pause(&self, bits: u8, secs: i64) -> Call {
        self.pause_by(bits, secs, self.mandate())
    }

    /// The guardian pauses under this mandate.
    pub fn pause_by(&self, bits: u8, secs: i64, mandate: Mandate) -> Call {
        let guardian = &self.here.guardian;
        let call = instruction::pause(&self.here.keys, guardian.pubkey(), bits, secs, mandate);
        Call::new(call, [guardian.insecure_clone()])
    }

    /// Somebody pays into the treasury.
    pub fn fund_treasury(&self, funder: &str, amount: u64) -> Call {
        let owner = self.owner_of(funder);
        let call =
            instruction::fund_treasury(&self.here.keys, owner.pubkey(), self.wallet_of(funder), amount);
        Call::new(call, [owner])
    }

    /// The authority pays treasury out to the wallet of a name.
    pub fn withdraw_treasury(&self, to: &str, amount: u64) -> Call {
        self.withdraw_treasury_by(to, amount, self.mandate())
    }

    /// The authority pays treasury out under this mandate.
    pub fn withdraw_treasury_by(&self, to: &str, amount: u64, mandate: Mandate) -> Call {
        let authority = &self.here.authority;
        let (keys, wallet) = (&self.here.keys, self.wallet_of(to));
        let call = instruction::withdraw_treasury(keys, authority.pubkey(), wallet, amount, mandate);
        Call::new(call, [authority.insecure_clone()])
    }

    /// Somebody gives money to those who have borne losses.
    pub fn give_recovery(&self, giver: &str, amount: u64) -> Call {
        let (owner, wallet) = (self.owner_of(giver), self.wallet_of(giver));
        Call::new(instruction::give_recovery(&self.here.keys, owner.pubkey(), wallet, amount), [owner])
    }

    /// The authority announces a change.
    pub fn queue_change(&self, change: ParameterChange) -> Call {
        self.queue_change_by(change, self.mandate())
    }

    /// The same under this mandate.
    pub fn queue_change_by(&self, change: ParameterChange, mandate: Mandate) -> Call {
        let authority = &self.here.authority;
        let (keys, payer) = (&self.here.keys, self.payer_address());
        let call = instruction::queue_change(keys, authority.pubkey(), payer, change, mandate);
        Call::new(call, [authority.insecure_clone()])
    }

    /// The authority puts a change in force.
    pub fn apply_change(&self, number: u64, market: Option<u16>) -> Call {
        self.apply_change_by(number, market, self.mandate())
    }

    /// The same under this mandate.
    pub fn apply_change_by(&self, number: u64, market: Option<u16>, mandate: Mandate) -> Call {
        let authority = &self.here.authority;
        let (keys, payer) = (&self.here.keys, self.payer_address());
        let call = instruction::apply_change(keys, authority.pubkey(), payer, number, market, mandate);
        Call::new(call, [authority.insecure_clone()])
    }

    /// The guardian stops a change.
    pub fn veto_change(&self, number: u64) -> Call {
        let guardian = &self.here.guardian;
        let (keys, payer) = (&self.here.keys, self.payer_address());
        let call = instruction::veto_change(keys, guardian.pubkey(), payer, number, self.mandate());
        Call::new(call, [guardian.insecure_clone()])
    }

    /// The authority offers itself to the key of a name.
    pub fn transfer_authority(&self, to: &str) -> Call {
        let authority = &self.here.authority;
        let to = self.owner_of(to).pubkey();
        let call = instruction::transfer_authority(&self.here.keys, authority.pubkey(), to, self.mandate());
        Call::new(call, [authority.insecure_clone()])
    }

    /// The key of a name takes it.
    pub fn accept_authority(&self, name: &str) -> Call {
        let owner = self.owner_of(name);
        Call::new(instruction::accept_authority(&self.here.keys, owner.pubkey(), self.mandate()), [owner])
    }
}
