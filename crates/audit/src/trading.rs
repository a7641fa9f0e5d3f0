//! Markets and positions: lots, raw quote, premiums and houses.

use {
    crate::{
        difference::{add, add_signed, neg, sub, Fallible, Result, Ruled},
        Audit,
    },
    bulkhead::events::*,
    bulkhead_client::{
        rules::{margin, positions, premium, rewards},
        state::{Fund, Market, MarketRegime, Member},
        Address,
    },
    bulkhead_math::{
        positions::{raw_value, Position},
        premium::grown,
        units::{to_pnl, Lots, Raw},
    },
    bytemuck::Zeroable,
};

impl Audit {
    pub(crate) fn market_created(&mut self, event: &MarketCreated) -> Result<()> {
        let index = u16::try_from(event.market_index).booking("a market's index")?;
        let mut market = Market::zeroed();
        market.index = index;
        market.fund = event.fund;
        market.scale = event.scale;
        self.fund.market_count = index.saturating_add(1);
        self.market_numbers.insert(event.market, index);
        self.put_market(market);
        Ok(())
    }

    pub(crate) fn cranked(&mut self, event: &Cranked) -> Result<()> {
        let index =
            self.market_numbers.get(&event.market).or_missing(|| format!("market {}", event.market))?;
        let mut market = self.market(u64::from(*index))?;
        run_premium(&mut market, event.premium_rate, event.publish_ts)?;
        market.mark.price = event.price;
        market.mark.confidence = event.confidence;
        market.mark.publish_ts = event.publish_ts;
        // The rates in force are told and not compared: they follow from parameters.
        let bps = |rate: u64| u16::try_from(rate).booking("a rate");
        market.rates.initial_bps = bps(event.initial_bps)?;
        market.rates.maintenance_bps = bps(event.maintenance_bps)?;
        market.adjusted.multiplier_bps = bps(event.multiplier_bps)?;
        let regime = match event.regime {
            1 => MarketRegime::RiskOn,
            2 => MarketRegime::RiskOff,
            _ => MarketRegime::Neutral,
        };
        market.adjusted.regime = regime.into();
        self.put_market(market);
        Ok(())
    }

    pub(crate) fn terms_changed(&mut self, event: &TermsChanged) -> Result<()> {
        let mut market = self.market(event.market_index)?;
        run_premium(&mut market, event.premium_rate, event.ts)?;
        market.run_ts = event.ts;
        self.put_market(market);
        Ok(())
    }

    pub(crate) fn premium_collected(&mut self, event: &PremiumCollected) -> Result<()> {
        let mut market = self.market(event.market_index)?;
        let raw = market.scale().booking("a scale")?.raw_of(event.amount).unsigned_abs();
        let left = market.adjusted.premium_raw.get().checked_sub(raw);
        market.adjusted.premium_raw = left.or_missing(|| "premiums that are due".into())?.into();
        self.fund.pool = sub(self.fund.pool, event.amount)?;
        let to_treasury = sub(event.amount, event.to_rewards)?;
        rewards::share_fees(&mut self.fund, event.to_rewards, to_treasury).booking("a premium")?;
        self.put_market(market);
        Ok(())
    }

    /// Gives `lots` to a member for `raw` quote.
    fn give(&mut self, market: &mut Market, address: &Address, lots: Lots, raw: Raw) -> Result<()> {
        let mut member = self.member(address)?;
        let before = positions::touch(market, &mut member).booking("a premium")?;
        let after = before.exchange(lots, raw).booking("a trade")?;
        positions::write(market, &mut member, before, after).booking("a trade")?;
        self.put(*address, member);
        Ok(())
    }

    /// Moves lots from one member to another, at a price.
    fn pass(&mut self, index: u64, (from, to): (&Address, &Address), lots: Lots, price: u64) -> Result<()> {
        let mut market = self.market(index)?;
        let raw = raw_value(lots, price).booking("a trade")?;
        let paid = raw.checked_neg().or_missing(|| "a value of 127 bits".into())?;
        self.give(&mut market, to, lots, raw)?;
        self.give(&mut market, from, neg(lots)?, paid)?;
        self.put_market(market);
        Ok(())
    }

    /// Moves margin from one member to another, or out of the members' hands.
    fn pay(&mut self, from: &Address, to: Option<&Address>, amount: u64) -> Result<()> {
        let mut payer = self.member(from)?;
        margin::debit(&mut self.fund, &mut payer, amount).booking("a payment")?;
        self.put(*from, payer);
        if let Some(to) = to {
            let mut receiver = self.member(to)?;
            margin::credit(&mut self.fund, &mut receiver, amount).booking("a payment")?;
            self.put(*to, receiver);
        }
        Ok(())
    }

    pub(crate) fn novated(&mut self, event: &Novated) -> Result<()> {
        self.pass(event.market_index, (&event.seller, &event.buyer), event.lots, event.price)?;
        self.pay(&event.buyer, None, event.fee)?;
        self.pay(&event.seller, None, event.fee)?;
        let to_treasury = sub(add(event.fee, event.fee)?, event.to_rewards)?;
        rewards::share_fees(&mut self.fund, event.to_rewards, to_treasury).booking("fees")
    }

    pub(crate) fn liquidated(&mut self, event: &Liquidated) -> Result<()> {
        let Liquidated { target, liquidator, lots, price, market_index, .. } = event;
        self.pass(*market_index, (target, liquidator), *lots, *price)?;
        self.pay(target, Some(liquidator), event.bonus)?;
        self.pay(target, None, event.fee)?;
        rewards::share_fees(&mut self.fund, 0, event.fee).booking("a fee")
    }

    pub(crate) fn excess_sold(&mut self, event: &ExcessSold) -> Result<()> {
        let ExcessSold { target, taker, lots, price, market_index, .. } = event;
        self.pass(*market_index, (target, taker), *lots, *price)?;
        self.pay(target, Some(taker), event.discount)
    }

    pub(crate) fn settled(&mut self, event: &Settled) -> Result<()> {
        let mut market = self.market(event.market_index)?;
        let mut member = self.member(&event.member)?;
        let held = positions::touch(&mut market, &mut member).booking("a premium")?;
        let scale = market.scale().booking("a scale")?;
        let left = held.realise(event.paid, scale).booking("a settlement")?;
        margin::exchange_with_pool(&mut self.fund, &mut member, event.paid).booking("a settlement")?;
        let left = positions::without_dust(&mut market, left).booking("a settlement")?;
        positions::write(&mut market, &mut member, held, left).booking("a settlement")?;
        self.put(event.member, member);
        self.put_market(market);
        Ok(())
    }

    pub(crate) fn taken_over(&mut self, event: &TakenOver) -> Result<()> {
        let mut market = self.market(event.market_index)?;
        end_waiver(&mut self.fund, &mut market)?;
        let in_margin = event.discount.min(self.fund.free_pool());
        let scale = market.scale().booking("a scale")?;
        let value = raw_value(event.lots, event.price).booking("a take-over")?;
        let in_price = scale.raw_of(sub(event.discount, in_margin)?);
        let paid = value.checked_sub(in_price).or_missing(|| "a price of 127 bits".into())?;
        self.give(&mut market, &event.member, event.lots, paid)?;
        let mut member = self.member(&event.member)?;
        let received = to_pnl(in_margin).booking("a discount")?;
        margin::exchange_with_pool(&mut self.fund, &mut member, received).booking("a discount")?;
        self.put(event.member, member);
        self.move_house(&mut market, neg(event.lots)?)?;
        self.join(event.house_result)?;
        self.put_market(market);
        Ok(())
    }

    /// Adds lots to the house of a market.
    pub(crate) fn move_house(&mut self, market: &mut Market, lots: Lots) -> Result<()> {
        let before = market.house_lots;
        let next = before.checked_add(lots).or_missing(|| "lots of 63 bits".into())?;
        market.move_open_interest(before, next).booking("a house")?;
        market.house_lots = next;
        if market.final_ts == 0 {
            count_open(&mut self.fund, before, next)?;
        }
        Ok(())
    }

    /// Adds the result of a flat house to those of the others.
    pub(crate) fn join(&mut self, result: i64) -> Result<()> {
        let sum = self.fund.house_result.checked_add(result);
        self.fund.house_result = sum.or_missing(|| "results of 63 bits".into())?;
        Ok(())
    }

    pub(crate) fn mark_fixed(&mut self, event: &MarkFixed) -> Result<()> {
        let mut market = self.market(event.market_index)?;
        market.mark.price = event.price;
        market.mark.confidence = 0;
        market.final_ts = 1; // only that it is final is in the books
        let waiting = std::mem::take(&mut market.adjusted.premium_raw).get();
        premium::place(&mut market, waiting).booking("premiums that were due")?;
        end_waiver(&mut self.fund, &mut market)?;
        count_open(&mut self.fund, market.house_lots, 0)?;
        self.put_market(market);
        Ok(())
    }

    pub(crate) fn house_booked(&mut self, event: &HouseBooked) -> Result<()> {
        let mut market = self.market(event.market_index)?;
        end_waiver(&mut self.fund, &mut market)?;
        if event.waived != 0 {
            market.house_waived = event.at_risk;
            self.fund.waived_at_risk = add(self.fund.waived_at_risk, event.at_risk)?;
            self.fund.waived_houses = self.fund.waived_houses.saturating_add(1);
        }
        self.put_market(market);
        Ok(())
    }
}

/// Runs the premium from the last mark, or from the last change of terms, to `until`.
fn run_premium(market: &mut Market, rate: u64, until: i64) -> Result<()> {
    let last = market.mark;
    let secs = until.saturating_sub(last.publish_ts.max(market.run_ts)).max(0).unsigned_abs();
    if last.price > 0 && secs > 0 {
        let (index, regime) = (market.adjusted.premium_index.get(), market.adjusted.regime());
        let next = grown(index, last.price, rate, regime, secs).booking("a premium")?;
        market.adjusted.premium_index = next.into();
    }
    Ok(())
}

/// Ends the waiver of a house that changes: it blocks exits again.
pub(crate) fn end_waiver(fund: &mut Fund, market: &mut Market) -> Result<()> {
    let at_risk = std::mem::take(&mut market.house_waived);
    if at_risk > 0 {
        fund.waived_at_risk = sub(fund.waived_at_risk, at_risk)?;
        fund.waived_houses = fund.waived_houses.checked_sub(1).or_missing(|| "a waived house".into())?;
    }
    Ok(())
}

/// Counts the markets whose house holds lots.
fn count_open(fund: &mut Fund, before: Lots, after: Lots) -> Result<()> {
    fund.open_houses = match (before == 0, after == 0) {
        (true, false) => fund.open_houses.checked_add(1).or_missing(|| "an open house".into())?,
        (false, true) => fund.open_houses.checked_sub(1).or_missing(|| "an open house".into())?,
        _ => fund.open_houses,
    };
    Ok(())
}

/// Takes all lots of a member out of a market, with nothing left of the position. Returns it as it
/// was, its premium paid.
pub(crate) fn take_all(market: &mut Market, member: &mut Member, place: usize) -> Result<Position> {
    let held = positions::touch(market, member).booking("a premium")?;
    market.move_open_interest(held.lots, 0).booking("a position")?;
    positions::set(market, &mut member.positions[place], Position::default());
    Ok(held)
}

/// Moves cash between a member's margin and the pool.
pub(crate) fn exchange(fund: &mut Fund, member: &mut Member, paid: i64) -> Result<()> {
    fund.pool = add_signed(fund.pool, neg(paid)?)?;
    member.margin = add_signed(member.margin, paid)?;
    fund.margin_total = add_signed(fund.margin_total, paid)?;
    Ok(())
}
