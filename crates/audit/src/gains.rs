//! Layers 6 and 7: gains that are cut, and the end of a fund.

use {
    crate::{
        difference::{add, neg, same, Fallible, Result, Ruled},
        trading::{exchange, take_all},
        Audit, NO_TIME,
    },
    bulkhead::{error::BulkheadError, events::*},
    bulkhead_client::{
        rules::{closing, gains_cut, interval::Prices, positions, MarketSource},
        state::{FundStatus, Market, Member, MemberStatus},
    },
    bulkhead_math::{positions::Position, units::to_pnl},
};

/// The markets of a rule that is asked nothing about prices.
struct NoMarkets;

impl MarketSource for NoMarkets {
    fn find(&self, _: u16) -> Option<&Market> {
        None
    }

    fn prices(&self, _: &Market) -> anchor_lang::Result<Prices> {
        Err(BulkheadError::WrongMarket.into())
    }
}

impl Audit {
    /// Notes that the fund does not wind down, which an event proves.
    fn leaves_wind_down(&mut self) {
        if self.fund.status == FundStatus::WindDown {
            self.fund.status = FundStatus::Active.into();
        }
    }

    pub(crate) fn gains_cut_opened(&mut self, event: &GainsCutOpened) -> Result<()> {
        self.leaves_wind_down();
        // Events do not tell which markets are silent: that the call succeeded proves it.
        let waived = std::mem::take(&mut self.fund.waived_houses);
        let houses = std::mem::take(&mut self.fund.open_houses);
        same("houses that nothing waits for", houses, waived)?;
        let round = gains_cut::open(&mut self.fund, &NoMarkets, NO_TIME).booking("a gains cut")?;
        (self.fund.waived_houses, self.fund.open_houses) = (waived, houses);
        same("round", round, event.round)?;
        let state = self.fund.cut_round_mut(round);
        same("loss of the round", state.loss, event.loss)?;
        // Its dates are not in the books: it is due when an event says so.
        (state.cut_ts, state.ends_ts) = (NO_TIME, NO_TIME);
        Ok(())
    }

    pub(crate) fn gains_registered(&mut self, event: &GainsRegistered) -> Result<()> {
        let mut member = self.member(&event.member)?;
        let unpaid = gains_cut::leave_round(&mut self.fund, &mut member).booking("an earlier claim")?;
        self.realise(&mut member, &event.realised, event.gain > 0 || unpaid > 0)?;
        let from_margin = to_pnl(event.from_margin).booking("a registered gain")?;
        exchange(&mut self.fund, &mut member, neg(from_margin)?)?;
        member.cut_seen = event.round;
        if event.gain > 0 {
            let entered = gains_cut::enter_round(&mut self.fund, &mut member, event.round, event.gain);
            same("cut of a latecomer", entered.booking("a registered gain")?, event.cut)?;
        }
        self.put(event.member, member);
        Ok(())
    }

    /// Takes premiums out of a member's positions, and results if there are `any`, in their order.
    fn realise(&mut self, member: &mut Member, results: &[i64], any: bool) -> Result<()> {
        let mut results = results.iter();
        for place in 0..member.positions.len() {
            if member.positions[place].is_free() {
                continue;
            }
            let mut market = self.market(u64::from(member.positions[place].market))?;
            let slot = &mut member.positions[place];
            bulkhead_client::rules::premium::take(&mut market, slot).booking("a premium")?;
            let result = results.next().copied().or_missing(|| "a result for each position".into())?;
            if any {
                let scale = market.scale().booking("a scale")?;
                let left = slot.position().realise(result, scale).booking("a registered gain")?;
                slot.set(positions::without_dust(&mut market, left).booking("a registered gain")?);
            }
            self.put_market(market);
        }
        Ok(())
    }

    pub(crate) fn gains_cut(&mut self, event: &GainsCut) -> Result<()> {
        let done = gains_cut::cut(&mut self.fund, NO_TIME).booking("a gains cut")?;
        same("round", done.round, event.round)?;
        same("registered gains", done.gains, event.gains)?;
        same("gains cut", done.cut, event.cut)?;
        same("defaulters' gains set off", done.set_off, event.set_off)?;
        self.ended = done.ended;
        same("residual", self.fund.residual, event.residual)
    }

    pub(crate) fn gain_paid(&mut self, event: &GainPaid) -> Result<()> {
        self.leaves_wind_down();
        let mut member = self.registered(&event.member)?;
        let done = gains_cut::pay(&mut self.fund, &mut member, NO_TIME).booking("a claim")?;
        same("round", done.round, event.round)?;
        same("paid of a claim", done.paid, event.paid)?;
        same("left of a claim", done.left, event.left)?;
        self.put(event.member, member);
        Ok(())
    }

    pub(crate) fn closed_out(&mut self, event: &ClosedOut) -> Result<()> {
        let mut member = self.member(&event.member)?;
        let mut net = 0i64;
        let mut first = None;
        for place in 0..member.positions.len() {
            let held = member.positions[place];
            if held.is_free() {
                continue;
            }
            let mut market = self.market(u64::from(held.market))?;
            if market.final_ts == 0 {
                continue;
            }
            let scale = market.scale().booking("a scale")?;
            let position = take_all(&mut market, &mut member, place)?;
            let profit = position.profit(market.mark.price, scale).booking("a close-out")?;
            net = net.checked_add(profit).or_missing(|| "a result of 63 bits".into())?;
            self.move_house(&mut market, position.lots)?;
            self.put_market(market);
            first = first.or(Some((place, held.market)));
        }
        if event.for_good != 0 {
            same("result of a close-out", net, event.settled)?;
            self.close_for_good(&mut member, event)?;
        } else {
            exchange(&mut self.fund, &mut member, event.settled)?;
            let rest = net.checked_sub(event.settled).or_missing(|| "a result of 63 bits".into())?;
            let first = first.or_missing(|| "a position in a market that is final".into())?;
            self.keep_rest(&mut member, first, rest)?;
        }
        self.put(event.member, member);
        Ok(())
    }

    /// Keeps a result that could not be settled as raw quote, in the first position that was closed.
    fn keep_rest(&mut self, member: &mut Member, (place, index): (usize, u16), rest: i64) -> Result<()> {
        if rest == 0 {
            return Ok(());
        }
        let market = self.market(u64::from(index))?;
        let scale = market.scale().booking("a scale")?.get();
        let raw = i128::from(rest).checked_mul(i128::from(scale));
        let raw = raw.or_missing(|| "raw quote of 127 bits".into())?;
        let slot = &mut member.positions[place];
        slot.market = index;
        positions::set(&market, slot, Position { lots: 0, raw });
        Ok(())
    }

    fn close_for_good(&mut self, member: &mut Member, event: &ClosedOut) -> Result<()> {
        let left = gains_cut::leave_round(&mut self.fund, member).booking("a claim")?;
        let left = to_pnl(left).booking("a claim")?;
        let net = event.settled.checked_add(left).or_missing(|| "a result of 63 bits".into())?;
        exchange(&mut self.fund, member, net.min(0))?;
        member.claim = net.max(0).unsigned_abs();
        same("claim", member.claim, event.claim)?;
        member.status = MemberStatus::ClosedOut.into();
        self.fund.claims = add(self.fund.claims, member.claim)?;
        self.fund.closed_out = self.fund.closed_out.saturating_add(1);
        self.fund.is_wound_up = true.into();
        Ok(())
    }

    pub(crate) fn claim_paid(&mut self, event: &ClaimPaid) -> Result<()> {
        let mut member = self.member(&event.member)?;
        same("claim", member.claim, event.claim)?;
        let paid = closing::pay_out(&mut self.fund, &mut member).booking("a claim")?;
        same("paid of a claim", paid, event.paid)?;
        self.put(event.member, member);
        Ok(())
    }
}
