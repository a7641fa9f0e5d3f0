use {
    crate::{call::Call, world::World},
    bulkhead::state::DefaultStatus,
    bulkhead_client::instruction,
    solana_address::Address,
    solana_signer::Signer,
};

impl World {
    /// Takes the published price into the mark.
    pub fn crank_market(&self, market: u16) -> Call {
        let price = self.here.markets[usize::from(market)].price_account;
        Call::new(instruction::crank_market(&self.here.keys, market, price), [])
    }

    /// Settles a position of somebody else's.
    pub fn settle(&self, name: &str, market: u16) -> Call {
        let others = self.others(market, &[name]);
        Call::new(instruction::settle(&self.here.keys, market, self.account_of(name), None, &others), [])
    }

    /// Settles a position of one's own.
    pub fn settle_own(&self, name: &str, market: u16) -> Call {
        let (member, owner) = (self.account_of(name), self.owner_of(name));
        let others = self.others(market, &[name]);
        let call = instruction::settle(&self.here.keys, market, member, Some(owner.pubkey()), &others);
        Call::new(call, [owner])
    }

    /// Declares a member in default, or moves it through its grace period.
    pub fn declare_default(&self, name: &str) -> Call {
        let (count, markets) = (self.member(name).default_count, self.held(name));
        let (member, payer) = (self.account_of(name), self.payer_address());
        Call::new(instruction::declare_default(&self.here.keys, member, payer, None, count, &markets), [])
    }

    /// The same for a keeper that wants its bounty.
    pub fn declare_default_for(&self, keeper: &str, name: &str) -> Call {
        let (count, markets) = (self.member(name).default_count, self.held(name));
        let (member, payer, keeper) = (self.account_of(name), self.payer_address(), self.account_of(keeper));
        Call::new(
            instruction::declare_default(&self.here.keys, member, payer, Some(keeper), count, &markets),
            [],
        )
    }

    /// Blocks exits because a member owes more than it has.
    pub fn open_watch(&self, name: &str) -> Call {
        Call::new(instruction::open_watch(&self.here.keys, self.account_of(name), &self.held(name)), [])
    }

    /// Ends the watch on a member.
    pub fn end_watch(&self, name: &str) -> Call {
        Call::new(instruction::end_watch(&self.here.keys, self.account_of(name), &self.held(name)), [])
    }

    /// Looks whether the house of a market blocks exits.
    pub fn book_house(&self, market: u16) -> Call {
        Call::new(instruction::book_house(&self.here.keys, market), [])
    }

    /// Runs the waterfall for the open default of a member.
    pub fn allocate_loss(&self, name: &str) -> Call {
        self.allocate_loss_of(self.open_default_of(name).unwrap_or(0))
    }

    /// Runs the waterfall for default `seq`.
    pub fn allocate_loss_of(&self, seq: u64) -> Call {
        let record = self.find_default(seq).map_or_else(Address::default, |(address, _)| address);
        let epoch = self.fund().share_epoch;
        let call = instruction::allocate_loss(&self.here.keys, record, self.payer_address(), None, epoch);
        Call::new(call, [])
    }

    /// Runs the waterfall for a keeper that wants its bounty.
    pub fn allocate_loss_for(&self, keeper: &str, name: &str) -> Call {
        let open = self.open_default_of(name);
        let record = open.map_or_else(Address::default, |seq| self.default_address(seq));
        let keeper = self.account_of(keeper);
        let (payer, epoch) = (self.payer_address(), self.fund().share_epoch);
        Call::new(instruction::allocate_loss(&self.here.keys, record, payer, Some(keeper), epoch), [])
    }

    /// Runs the waterfall for a default of a member that the same transaction declares.
    pub fn allocate_next_loss(&self, name: &str) -> Call {
        let (record, epoch) = (self.next_default_of(name), self.fund().share_epoch);
        Call::new(instruction::allocate_loss(&self.here.keys, record, self.payer_address(), None, epoch), [])
    }

    /// The oldest default of a member that is not allocated.
    pub fn open_default_of(&self, name: &str) -> Option<u64> {
        let member = self.account_of(name);
        let records = self.all::<bulkhead::state::DefaultRecord>();
        let open = records.iter().map(|(_, record)| record).filter(|record| {
            record.member == member
                && record.fund == self.here.keys.fund
                && record.status == DefaultStatus::Declared
        });
        open.map(|record| record.seq).min()
    }

    /// Gives back what the cushion of a default has left.
    pub fn release_cushion(&self, seq: u64) -> Call {
        let member = self.default_record(seq).member;
        Call::new(instruction::release_cushion(&self.here.keys, member, self.default_address(seq)), [])
    }

    /// Books what one whole side of a market could cost.
    pub fn book_crowding(&self, market: u16) -> Call {
        Call::new(instruction::book_crowding(&self.here.keys, market), [])
    }

    /// Calls a member for its stress loss, or ends the call.
    pub fn call_stress(&self, name: &str) -> Call {
        Call::new(instruction::call_stress(&self.here.keys, self.account_of(name), &self.held(name)), [])
    }

    /// Runs layers 3 to 5 for what no default owns.
    pub fn allocate_residual(&self) -> Call {
        let epoch = self.fund().share_epoch;
        Call::new(instruction::allocate_residual(&self.here.keys, self.payer_address(), epoch), [])
    }

    /// Takes a member out of its ended epoch.
    pub fn settle_epoch(&self, name: &str) -> Call {
        let epoch = self.member(name).share_epoch;
        Call::new(instruction::settle_epoch(&self.here.keys, self.account_of(name), epoch), [])
    }

    /// Collects what a member is called for.
    pub fn enforce_call(&self, name: &str) -> Call {
        Call::new(instruction::enforce_call(&self.here.keys, self.account_of(name), &self.held(name)), [])
    }

    /// Turns a market's premiums into cash.
    pub fn collect_premium(&self, market: u16) -> Call {
        Call::new(instruction::collect_premium(&self.here.keys, market), [])
    }

    /// Looks at what a member endangers.
    pub fn report_exposure(&self, name: &str) -> Call {
        Call::new(instruction::report_exposure(&self.here.keys, self.account_of(name), &self.held(name)), [])
    }

    /// Opens layer 6.
    pub fn open_gains_cut(&self) -> Call {
        Call::new(instruction::open_gains_cut(&self.here.keys, &self.waived()), [])
    }

    /// Registers a member's net gain.
    pub fn register_gains(&self, name: &str) -> Call {
        Call::new(instruction::register_gains(&self.here.keys, self.account_of(name), &self.held(name)), [])
    }

    /// Cuts the registered gains.
    pub fn cut_gains(&self) -> Call {
        Call::new(instruction::cut_gains(&self.here.keys), [])
    }

    /// Pays a member's claim to a registered gain.
    pub fn pay_claim(&self, name: &str) -> Call {
        Call::new(instruction::pay_claim(&self.here.keys, self.account_of(name)), [])
    }

    /// Announces the end of a market whose feed is dead.
    pub fn close_market(&self, market: u16) -> Call {
        Call::new(instruction::close_market(&self.here.keys, market), [])
    }

    /// Makes a market's mark final.
    pub fn fix_final_mark(&self, market: u16) -> Call {
        Call::new(instruction::fix_final_mark(&self.here.keys, market), [])
    }

    /// Closes a member's positions at the final marks.
    pub fn close_out(&self, name: &str) -> Call {
        Call::new(instruction::close_out(&self.here.keys, self.account_of(name), &self.held(name)), [])
    }

    /// Pays a member's claim on a closed fund.
    pub fn pay_out(&self, name: &str) -> Call {
        Call::new(instruction::pay_out(&self.here.keys, self.account_of(name)), [])
    }

    /// Closes the record of a default.
    pub fn close_default(&self, seq: u64) -> Call {
        let payer = self.default_record(seq).payer;
        Call::new(instruction::close_default(&self.here.keys, self.default_address(seq), payer), [])
    }

    /// Declares a member, whose shares are settled before if their epoch has ended, and allocates what it
    /// could not pay itself; the fund's number of the default.
    pub fn default_member(&mut self, name: &str) -> u64 {
        let (seq, member) = (self.fund().default_seq, self.member(name));
        if member.share_epoch < self.fund().share_epoch && !member.shares.is_zero() {
            self.run(self.settle_epoch(name));
        }
        self.run(self.declare_default(name));
        if self.default_record(seq).status == DefaultStatus::Declared {
            self.run(self.allocate_loss_of(seq));
        }
        seq
    }
}
