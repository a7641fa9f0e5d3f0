//! What tests set up around the program: time, prices, people.

use {
    crate::{
        call::Call,
        calls::held,
        keys::{self, address, keypair},
        outcome::Meta,
        params,
        pyth::PriceUpdate,
        token,
        world::World,
    },
    bulkhead::{
        constants::{PIN_DELAY_SECS, REWARD_HALF_LIFE_SECS},
        rules::final_price,
        state::{Fund, Market, Member, MemberStatus, Silence},
    },
    bulkhead_client::instruction,
    bulkhead_math::{
        interval::{Interval, CELL_SECS},
        shares::VIRTUAL_SHARES,
    },
    solana_address::Address,
    solana_clock::Clock,
    solana_keypair::Keypair,
    solana_last_restart_slot::LastRestartSlot,
    solana_signer::Signer,
};

/// Slots and the seconds they take: 400 ms each.
const SLOTS: (u64, i64) = (5, 2);

/// What every new wallet holds.
pub const PURSE: u64 = params::usdc(1_000_000_000);

impl World {
    // The clock

    /// The clock sysvar.
    pub fn clock(&self) -> Clock {
        self.svm.get_sysvar::<Clock>()
    }

    /// The slot.
    pub fn slot(&self) -> u64 {
        self.clock().slot
    }

    /// The unix time.
    pub fn now(&self) -> i64 {
        self.clock().unix_timestamp
    }

    /// Slot of the cluster's last restart; zero before the first.
    pub fn restart_slot(&self) -> u64 {
        self.svm.get_sysvar::<LastRestartSlot>().last_restart_slot
    }

    /// Restarts the cluster in this slot.
    pub fn restart(&mut self) {
        self.svm.set_sysvar(&LastRestartSlot { last_restart_slot: self.slot() });
    }

    /// Sets slot and time.
    pub fn set_clock(&mut self, slot: u64, unix_timestamp: i64) {
        let clock = Clock { slot, unix_timestamp, ..self.clock() };
        self.svm.set_sysvar(&clock);
    }

    /// The reading of the fund's exit clock now, in seconds.
    pub fn exit_secs(&self) -> u64 {
        self.fund().exit_clock_at(self.now(), self.slot()).expect("the exit clock runs").secs()
    }

    /// Lets slots pass, and the time they take.
    pub fn warp_slots(&mut self, slots: u64) {
        let (per, secs) = SLOTS;
        self.set_clock(self.slot() + slots, self.now() + (slots / per) as i64 * secs);
    }

    /// Lets seconds pass, and the slots they take.
    pub fn warp_secs(&mut self, secs: i64) {
        let (slots, per) = SLOTS;
        self.set_clock(self.slot() + secs as u64 * slots / per as u64, self.now() + secs);
    }

    /// Lets so much time pass that all rewards on their way have arrived: the next touch releases them.
    pub fn stream_out(&mut self) {
        self.warp_secs(40 * i64::from(REWARD_HALF_LIFE_SECS));
        self.refresh();
    }

    /// Lets two vesting periods pass: unless exits are blocked, every settled gain may leave.
    pub fn vest(&mut self) {
        self.warp_secs(2 * i64::from(self.fund().params.vest_secs));
        for market in 0..self.here.markets.len() as u16 {
            if self.market(market).final_ts == 0 {
                self.print(market, self.here.markets[usize::from(market)].price);
            }
        }
        self.last();
    }

    // Ends

    /// Lets a price last through the last hour of a market whose end is known, and makes its mark final.
    pub fn end_at(&mut self, market: u16, price: u64) {
        let end = final_price::end_of(&self.fund(), &self.market(market)).expect("an end");
        self.warp_secs((end - 60 * 60 - self.now()).max(0));
        while self.now() < end {
            self.print(market, price);
            let left = end - self.now();
            self.warp_secs(left.min(i64::from(params::MAX_ORACLE_AGE_SECS)));
        }
        self.run(self.fix_final_mark(market));
    }

    // Gains cuts

    /// Registers every member in every round of the gains cut that it has missed.
    pub fn register_all(&mut self) {
        let seq = self.fund().cut_seq;
        let is_due = |world: &Self| world.now() >= world.fund().cut_round(seq).cut_ts;
        let due = if seq == 0 || is_due(self) { seq } else { seq - 1 };
        for (address, _) in self.all::<Member>() {
            let member = |world: &Self| {
                let all = world.all::<Member>();
                all.iter().find(|(known, _)| *known == address).expect("a member").1
            };
            while member(self).fund == self.here.keys.fund
                && member(self).cut_seen < due
                && member(self).status != MemberStatus::ClosedOut
            {
                let markets = held(&member(self));
                self.run(Call::new(instruction::register_gains(&self.here.keys, address, &markets), []));
            }
        }
    }

    /// Opens layer 6, and lets the moment of its pins come at prices that have lasted for an hour: the
    /// pins are means, and these are then the prices themselves.
    pub fn pin_gains(&mut self) {
        self.warp_secs(60 * 60);
        self.refresh();
        self.run(self.open_gains_cut());
        self.warp_secs(PIN_DELAY_SECS);
        self.refresh();
    }

    /// Layer 6 as it runs when everybody is registered in time: opened, registered, cut.
    pub fn cut_all_gains(&mut self) -> Meta {
        self.pin_gains();
        self.register_all();
        self.end_registration();
        self.run(self.cut_gains())
    }

    /// Lets the time for registrations pass.
    pub fn end_registration(&mut self) {
        let fund = self.fund();
        let ends = fund.cut_round(fund.cut_seq).ends_ts;
        self.warp_secs((ends - self.now()).max(0));
        self.refresh();
    }

    // Prices

    /// Publishes a certain price now and cranks the market: one print. Until it has lasted, the price
    /// before it is still in the market's range.
    pub fn print(&mut self, market: u16, price: u64) {
        self.print_within(market, price, 0);
    }

    /// Publishes a price with a confidence interval now and cranks the market.
    pub fn print_within(&mut self, market: u16, price: u64, confidence: u64) {
        self.publish(market, price, confidence);
        self.run(self.crank_market(market));
    }

    /// Lets a second pass, and prints: the first price after a taking of just now.
    pub fn next_print(&mut self, market: u16, price: u64) {
        self.warp_secs(1);
        self.print(market, price);
    }

    /// Lets a market have a certain price that has lasted for two cells: its range holds no other.
    pub fn set_price(&mut self, market: u16, price: u64) {
        self.set_price_within(market, price, 0);
    }

    /// Lets a market have a price with a confidence interval that has lasted for two cells.
    pub fn set_price_within(&mut self, market: u16, price: u64, confidence: u64) {
        self.print_within(market, price, confidence);
        self.last();
    }

    /// Lets all fresh marks last for two cells, unless they have. They are as fresh afterwards; what
    /// was silent stays so.
    pub fn last(&mut self) {
        let fresh = self.fresh_marks();
        if fresh.iter().all(|market| self.has_lasted(market)) {
            return;
        }
        self.warp_secs(2 * i64::from(CELL_SECS));
        for market in fresh {
            self.print_within(market.index, market.mark.price, market.mark.confidence);
        }
    }

    /// Markets whose mark was cranked in these slots.
    fn fresh_marks(&self) -> Vec<Market> {
        let oldest = self.slot().saturating_sub(self.fund().params.max_mark_age_slots.into());
        let markets = (0..self.here.markets.len() as u16)
            .filter(|market| self.account(&keys::market(self.here.keys.fund, *market)).is_some());
        let markets = markets.map(|market| self.market(market));
        let sound = |market: &Market| {
            market.mark.price > 0 && market.silence == Silence::None && market.final_ts == 0
        };
        markets.filter(|market| sound(market) && market.mark.slot >= oldest).collect()
    }

    /// Returns `true` if the mark is the only price in the market's range.
    fn has_lasted(&self, market: &Market) -> bool {
        let range = market.range.get().advance(market.mark.price, self.now(), CELL_SECS).interval();
        range == Interval::exact(market.mark.price)
    }

    /// Publishes a price now; the market still has its old mark.
    pub fn publish(&mut self, market: u16, price: u64, confidence: u64) {
        let update = PriceUpdate { price: price as i64, confidence, ..self.price_update(market) };
        self.write_price(market, &update);
        self.here.markets[usize::from(market)].price = price;
    }

    /// A sound price of this market's feed, published now: what tests of bad ones start from.
    pub fn price_update(&self, market: u16) -> PriceUpdate {
        let spec = &self.here.markets[usize::from(market)];
        PriceUpdate {
            feed_id: spec.params.oracle.feed_id,
            price: spec.price as i64,
            confidence: 0,
            exponent: -i32::from(spec.params.oracle.feed_decimals),
            publish_ts: self.now(),
            previous_publish_ts: self.now() - 1,
            posted_slot: self.slot(),
            partial: None,
        }
    }

    /// Writes the market's price account.
    pub fn write_price(&mut self, market: u16, update: &PriceUpdate) {
        let address = self.here.markets[usize::from(market)].price_account;
        self.put(address, update.account(&address, params::RECEIVERS[0]));
    }

    /// Publishes all prices again, now, and cranks all markets.
    pub fn refresh(&mut self) {
        for market in 0..self.here.markets.len() as u16 {
            if self.market(market).final_ts == 0 {
                self.print(market, self.here.markets[usize::from(market)].price);
            }
        }
        self.last();
    }

    // People

    /// The key pair of a name.
    pub fn owner_of(&self, name: &str) -> Keypair {
        keypair(name)
    }

    /// The wallet (token account) of a name.
    pub fn wallet_of(&self, name: &str) -> Address {
        address(&format!("{name} wallet"))
    }

    /// The member account of a name in this fund.
    pub fn account_of(&self, name: &str) -> Address {
        keys::member(self.here.keys.fund, self.owner_of(name).pubkey())
    }

    /// Opens a member with a full wallet, and lamports for the rent of offers.
    pub fn open(&mut self, name: &str) {
        self.give(name, PURSE);
        self.give_lamports(self.owner_of(name).pubkey(), 1_000_000_000);
        self.run(self.open_member(name));
    }

    /// Opens a member, deposits margin and contributes; zero skips a step.
    pub fn join(&mut self, name: &str, margin: u64, contribution: u64) {
        self.open(name);
        if margin > 0 {
            self.run(self.deposit_margin(name, margin));
        }
        if contribution > 0 {
            self.run(self.contribute(name, contribution));
        }
    }

    /// Gives a member, and with it the fund and its vault, the shares and the money of this many more members: what the
    /// fund's accounts look like when they have all joined at the first price of a share.
    pub fn crowd(&mut self, name: &str, members: u64, each: u64) {
        let shares = u128::from(each * members) * VIRTUAL_SHARES;
        let (fund, member, vault) = (self.here.keys.fund, self.account_of(name), self.vault());
        self.patch(fund, |account| {
            let mut state: Fund = bytemuck::pod_read_unaligned(&account.data[8..]);
            state.contributions += each * members;
            state.total_shares = (state.total_shares.get() + shares).into();
            account.data[8..].copy_from_slice(bytemuck::bytes_of(&state));
        });
        self.patch(member, |account| {
            let mut state: Member = bytemuck::pod_read_unaligned(&account.data[8..]);
            state.shares = (state.shares.get() + shares).into();
            account.data[8..].copy_from_slice(bytemuck::bytes_of(&state));
        });
        self.patch(vault, |account| {
            let held = token::amount(account);
            token::set_amount(account, held + each * members);
        });
    }
}
