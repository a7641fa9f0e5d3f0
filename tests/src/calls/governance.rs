use {
    crate::{call::Call, params::MarketSpec, token, world::World},
    bulkhead::state::{Fund, FundParams, Mandate, MarketParams, ParameterChange},
    bulkhead_client::instruction::{self, Founders},
    solana_signer::Signer,
};

impl World {
    /// Creates the fund of this place.
    pub fn create_fund(&self, params: FundParams) -> Call {
        let here = &self.here;
        let founders = Founders {
            creator: here.creator.pubkey(),
            authority: here.authority.pubkey(),
            guardian: here.guardian.pubkey(),
        };
        let call = instruction::create_fund(&here.keys, here.id, founders, self.payer_address(), params);
        Call::new(call, [here.creator.insecure_clone(), here.authority.insecure_clone()])
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

    /// The authority opens the market of a change.
    pub fn open_market(&self, index: u16, number: u64) -> Call {
        let authority = &self.here.authority;
        let (keys, payer) = (&self.here.keys, self.payer_address());
        let mandate = self.mandate();
        let call = instruction::open_market(keys, index, number, authority.pubkey(), payer, payer, mandate);
        Call::new(call, [authority.insecure_clone()])
    }

    /// The guardian pauses `bits`.
    pub fn pause(&self, bits: u8, secs: i64) -> Call {
        self.pause_until(bits, secs, self.slot())
    }

    /// The guardian pauses, in this slot at the latest.
    pub fn pause_until(&self, bits: u8, secs: i64, last_valid_slot: u64) -> Call {
        let guardian = &self.here.guardian;
        let call = instruction::pause(&self.here.keys, guardian.pubkey(), bits, secs, last_valid_slot);
        Call::new(call, [guardian.insecure_clone()])
    }

    /// The authority ends pauses of `bits`, in an hour.
    pub fn end_pause(&self, bits: u8) -> Call {
        self.end_pause_by(bits, self.mandate())
    }

    /// The same under this mandate.
    pub fn end_pause_by(&self, bits: u8, mandate: Mandate) -> Call {
        let authority = &self.here.authority;
        let call = instruction::end_pause(&self.here.keys, authority.pubkey(), bits, mandate);
        Call::new(call, [authority.insecure_clone()])
    }

    /// Somebody pays into the treasury.
    pub fn fund_treasury(&self, funder: &str, amount: u64) -> Call {
        let owner = self.owner_of(funder);
        let call =
            instruction::fund_treasury(&self.here.keys, owner.pubkey(), self.wallet_of(funder), amount);
        Call::new(call, [owner])
    }

    /// The authority asks treasury back, for the wallet of a name.
    pub fn request_treasury(&self, to: &str, amount: u64) -> Call {
        self.request_treasury_by(to, amount, self.mandate())
    }

    /// The same under this mandate.
    pub fn request_treasury_by(&self, to: &str, amount: u64, mandate: Mandate) -> Call {
        let authority = &self.here.authority;
        let (keys, wallet) = (&self.here.keys, self.wallet_of(to));
        let call = instruction::request_treasury(keys, authority.pubkey(), wallet, amount, mandate);
        Call::new(call, [authority.insecure_clone()])
    }

    /// The authority takes its request back.
    pub fn cancel_treasury(&self) -> Call {
        let authority = &self.here.authority;
        let call = instruction::cancel_treasury(&self.here.keys, authority.pubkey(), self.mandate());
        Call::new(call, [authority.insecure_clone()])
    }

    /// The authority commits to its request, or has it paid to the wallet of a name.
    pub fn claim_treasury(&self, to: &str) -> Call {
        let (authority, to) = (&self.here.authority, self.wallet_of(to));
        let call = instruction::claim_treasury(&self.here.keys, authority.pubkey(), to, &self.waived());
        Call::new(call, [authority.insecure_clone()])
    }

    /// Markets of waived houses.
    pub fn waived(&self) -> Vec<u16> {
        let markets = 0..self.fund().market_count;
        markets.filter(|market| self.market(*market).house_waived > 0).collect()
    }

    /// The treasury has only so much left. It leaves no fund as fast as that: this is written behind the program's back.
    pub fn set_treasury(&mut self, treasury: u64) {
        let (fund, vault) = (self.here.keys.fund, self.vault());
        let less = self.fund().treasury - treasury;
        let at = 8 + core::mem::offset_of!(Fund, treasury);
        self.patch(fund, |account| account.data[at..at + 8].copy_from_slice(&treasury.to_le_bytes()));
        self.patch(vault, |account| token::set_amount(account, token::amount(account) - less));
    }

    /// The authority takes treasury out, which takes a notice period; pays it to the wallet of a name.
    pub fn take_treasury(&mut self, to: &str, amount: u64) {
        self.run(self.request_treasury(to, amount));
        let params = self.fund().params;
        self.warp_secs(i64::from(params.notice_secs));
        self.run(self.claim_treasury(to));
        if params.exit_delay_slots > 0 {
            self.warp_slots(u64::from(params.exit_delay_slots));
            self.run(self.claim_treasury(to));
        }
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
        self.veto_change_until(number, self.slot())
    }

    /// The authority takes a change back.
    pub fn take_change_back(&self, number: u64) -> Call {
        let authority = &self.here.authority;
        let (keys, payer) = (&self.here.keys, self.payer_address());
        let call = instruction::veto_change(keys, authority.pubkey(), payer, number, self.slot());
        Call::new(call, [authority.insecure_clone()])
    }

    /// The guardian stops a change, in this slot at the latest.
    pub fn veto_change_until(&self, number: u64, last_valid_slot: u64) -> Call {
        let guardian = &self.here.guardian;
        let (keys, payer) = (&self.here.keys, self.payer_address());
        let call = instruction::veto_change(keys, guardian.pubkey(), payer, number, last_valid_slot);
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
