use {
    crate::{
        call::Call,
        params::{usdc, DAY, SOL},
        world::World,
    },
    bulkhead::state::{CoverKind, CoverPurse, CoverTerms, ParameterChange},
    bulkhead_client::instruction,
    solana_address::Address,
    solana_signer::Signer,
};

impl World {
    /// Terms of a cover for claims: half a year from now, 5% a year, a tenth of each loss and a first loss of a
    /// hundredth of the limit. "drawer" draws, it pays to "victims", and "issuer" gets back what is left.
    pub fn cover_terms(&self, limit: u64) -> CoverTerms {
        CoverTerms {
            drawer: self.owner_of("drawer").pubkey(),
            destination: self.wallet_of("victims"),
            beneficiary: self.owner_of("issuer").pubkey(),
            terms_hash: [7; 32],
            limit,
            first_loss_min: limit / 100,
            per_draw: limit,
            period_limit: limit,
            covered_debt: 0,
            opens_ts: self.now(),
            ends_ts: self.now() + 180 * DAY,
            premium_bps_per_year: 500,
            coinsurance_bps: 1_000,
            market: 0,
            threshold_bps: 0,
            kind: CoverKind::Claims as u8,
        }
    }

    /// Terms of a venue of SOL: 1,000 of debt, liquidated at 85%; half of the limit in seven days, and a
    /// first loss of a fiftieth.
    pub fn venue_terms(&self, limit: u64) -> CoverTerms {
        CoverTerms {
            kind: CoverKind::Venue as u8,
            first_loss_min: limit / 50,
            period_limit: limit / 2,
            covered_debt: usdc(1_000),
            threshold_bps: 8_500,
            market: SOL,
            ..self.cover_terms(limit)
        }
    }

    /// The change that registers a cover is queued, waits, and is applied. Returns the cover's index.
    pub fn register_cover(&mut self, terms: CoverTerms) -> u16 {
        let (number, index) = (self.fund().governance_nonce, self.fund().cover_seq);
        self.run(self.queue_change(ParameterChange::NewCover(terms)));
        self.wait_for_change(number);
        self.run(self.open_cover(index, number));
        index
    }

    /// Waits on the exit clock until a change can be applied.
    pub fn wait_for_change(&mut self, number: u64) {
        let secs = self.queued_change(number).ready_secs.saturating_sub(self.exit_secs());
        self.warp_secs(secs as i64);
        self.refresh();
    }

    /// A cover of these terms, with its first loss and half a year's premium paid, and open.
    pub fn cover_with(&mut self, terms: CoverTerms) -> u16 {
        let index = self.register_cover(terms);
        self.give("issuer", terms.limit);
        self.give("victims", 0);
        if terms.premium_bps_per_year > 0 {
            self.run(self.fund_cover("issuer", index, terms.limit / 20, CoverPurse::Prepaid));
        }
        if terms.first_loss_min > 0 {
            self.run(self.fund_cover("issuer", index, terms.first_loss_min, CoverPurse::FirstLoss));
        }
        let opens = self.cover(index).opens_ts - self.now();
        self.warp_secs(opens.max(0));
        self.refresh();
        index
    }

    /// An open cover with this limit: see [`Self::cover_terms`].
    pub fn covered(&mut self, limit: u64) -> u16 {
        self.cover_with(self.cover_terms(limit))
    }

    /// The authority opens the cover of a change.
    pub fn open_cover(&self, index: u16, number: u64) -> Call {
        let authority = &self.here.authority;
        let (keys, payer, mandate) = (&self.here.keys, self.payer_address(), self.mandate());
        let call = instruction::open_cover(keys, index, number, authority.pubkey(), payer, payer, mandate);
        Call::new(call, [authority.insecure_clone()])
    }

    /// The authority raises or resumes a cover, as a change says.
    pub fn amend_cover(&self, index: u16, number: u64) -> Call {
        let authority = &self.here.authority;
        let (keys, payer, mandate) = (&self.here.keys, self.payer_address(), self.mandate());
        let call = instruction::amend_cover(keys, index, number, authority.pubkey(), payer, mandate);
        Call::new(call, [authority.insecure_clone()])
    }

    /// The guardian suspends a cover.
    pub fn suspend_cover(&self, index: u16) -> Call {
        self.suspend_cover_until(index, self.slot())
    }

    /// The same, in this slot at the latest.
    pub fn suspend_cover_until(&self, index: u16, last_valid_slot: u64) -> Call {
        let guardian = &self.here.guardian;
        let call = instruction::suspend_cover(&self.here.keys, index, guardian.pubkey(), last_valid_slot);
        Call::new(call, [guardian.insecure_clone()])
    }

    /// Somebody pays into a purse of a cover.
    pub fn fund_cover(&self, giver: &str, index: u16, amount: u64, purse: CoverPurse) -> Call {
        let (owner, wallet) = (self.owner_of(giver), self.wallet_of(giver));
        let call = instruction::fund_cover(&self.here.keys, index, owner.pubkey(), wallet, amount, purse);
        Call::new(call, [owner])
    }

    /// Earns the premium of a cover.
    pub fn accrue_cover(&self, index: u16) -> Call {
        Call::new(instruction::accrue_cover(&self.here.keys, index), [])
    }

    /// The drawer holds exits for a cover.
    pub fn hold_cover(&self, index: u16, secs: u32) -> Call {
        let drawer = self.owner_of("drawer");
        Call::new(instruction::hold_cover(&self.here.keys, index, drawer.pubkey(), secs), [drawer])
    }

    /// The drawer draws on a cover.
    pub fn draw_cover(&self, index: u16, amount: u64) -> Call {
        self.draw_cover_in(index, None, amount)
    }

    /// The same as a venue of a market.
    pub fn draw_cover_in(&self, index: u16, market: Option<u16>, amount: u64) -> Call {
        let drawer = self.owner_of("drawer");
        let call = instruction::draw_cover(&self.here.keys, index, drawer.pubkey(), market, amount);
        Call::new(call, [drawer])
    }

    /// Pays what a cover is owed.
    pub fn settle_cover(&self, index: u16) -> Call {
        Call::new(instruction::settle_cover(&self.here.keys, index, &self.waived()), [])
    }

    /// Sends what a cover was paid, or has left, to the wallet of a name.
    pub fn collect_cover(&self, index: u16, to: &str) -> Call {
        self.collect_cover_to(index, self.wallet_of(to))
    }

    /// The same to this token account.
    pub fn collect_cover_to(&self, index: u16, to: Address) -> Call {
        Call::new(instruction::collect_cover(&self.here.keys, index, to), [])
    }

    /// Somebody gives back what a cover was paid.
    pub fn return_cover(&self, giver: &str, index: u16, amount: u64) -> Call {
        let (owner, wallet) = (self.owner_of(giver), self.wallet_of(giver));
        let call = instruction::return_cover(&self.here.keys, index, owner.pubkey(), wallet, amount);
        Call::new(call, [owner])
    }

    /// Ends a cover.
    pub fn end_cover(&self, index: u16) -> Call {
        Call::new(instruction::end_cover(&self.here.keys, index), [])
    }

    /// Shows that the market of a venue has fallen.
    pub fn show_gap(&self, index: u16, market: u16) -> Call {
        Call::new(instruction::show_gap(&self.here.keys, index, market), [])
    }
}
