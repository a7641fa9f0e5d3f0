//! Offers: docs/offers.md.

use crate::{
    number::{part, quotient, Int},
    op::{Name, OfferId, Terms, Update},
    positions::adds_risk,
    reason::Reason,
    requirements::notional,
    state::{Lock, MemberStatus, Model, Offer, Silence, Taking},
};

/// How long a taking can be filled.
const TAKING_SECS: Int = 30;
/// Oldest print that fills one.
const FILL_AGE_SECS: Int = 10;

impl Offer {
    /// 3: the price at a print.
    fn price(&self, print: Int) -> Int {
        let terms = &self.terms;
        // In favour of the maker, and its size rounded down.
        let better = part(print, Int::from(terms.distance_bps).abs()).down();
        let better = if terms.distance_bps < 0 { -better } else { better };
        let limit = Int::from(terms.limit_price);
        if self.lots < 0 {
            (print + better).max(limit)
        } else {
            (print - better).min(limit)
        }
    }

    /// Whether the taker accepts a price.
    fn is_within(&self, price: Int, limit: Int) -> bool {
        if self.lots < 0 {
            price <= limit
        } else {
            price >= limit
        }
    }
}

impl Model {
    /// Takings that a member is a side of, with their markets.
    fn takings_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (usize, &'a Taking)> + 'a {
        let takings = self.offers.iter().filter_map(|((maker, _), offer)| {
            let taking = offer.taking.as_ref()?;
            Some((maker, offer.market, taking))
        });
        let own = takings.filter(move |(maker, _, taking)| *maker == name || taking.taker == name);
        own.map(|(_, market, taking)| (market, taking))
    }

    /// What is locked of a member for takings.
    pub fn locked(&self, name: &str) -> Lock {
        self.takings_of(name).fold(Lock::default(), |sum, (_, Taking { locked, .. })| Lock {
            margin: sum.margin + locked.margin,
            doubt: sum.doubt + locked.doubt,
            stress: sum.stress + locked.stress,
            contribution: sum.contribution + locked.contribution,
        })
    }

    /// One more taking waits in a market, or one less.
    fn keep_place(&mut self, name: &str, market: usize, waits: bool) {
        let Some(place) = self.place_or_free(name, market) else {
            return self.require(false, Reason::NoFreePosition);
        };
        let slot = &mut self.member(name).positions[place];
        slot.market = market;
        slot.takings = if waits { slot.takings + 1 } else { slot.takings - 1 };
    }

    /// What lots at a price lock: what they ask for as a new position, all of it beyond the
    /// concentration limit, the fee, and the doubt in the oldest print that fills.
    fn lock_of(&self, market: usize, lots: Int, price: Int) -> Lock {
        let (at, params) = (&self.markets[market], &self.params);
        let (rates, value) = (at.rates, notional(lots, price, at.scale));
        let add_on = part(value, at.params.concentration_bps).up();
        let moved = part(value, rates.stress).up();
        let doubt = quotient(moved, FILL_AGE_SECS.min(params.age_full_secs), params.age_full_secs).up();
        let sale = part(value + moved + add_on, params.auction_max_discount_bps).up();
        let fee = part(value, params.clearing_fee_bps).up();
        Lock {
            margin: part(value, rates.initial).up() + add_on + fee + doubt,
            doubt,
            stress: moved + add_on + sale + doubt,
            contribution: part(value, rates.contribution).up(),
        }
    }

    /// `post_offer`, by the owner.
    pub(crate) fn post_offer(&mut self, maker: &str, number: u64, market: usize, terms: &Terms) {
        let band = self.markets[market].params.price_band_bps;
        self.require(self.markets[market].final_ts == 0, Reason::MarketClosed);
        self.require(terms.lots != 0, Reason::ZeroAmount);
        self.require(terms.min_lots <= terms.lots.unsigned_abs(), Reason::LotsNotOffered);
        self.require(Int::from(terms.distance_bps).abs() <= band, Reason::PriceOutsideBand);
        self.require(self.clock.ts < Int::from(terms.expires_ts), Reason::OfferExpired);
        let offer = Offer {
            market,
            terms: terms.clone(),
            lots: terms.lots.into(),
            record_count: self.members[maker].record_count,
            taking: None,
        };
        self.offers.insert((maker.into(), number), offer);
    }

    /// `cancel_offer`, by a wallet.
    pub(crate) fn cancel_offer(&mut self, by: &str, id: &OfferId) {
        let offer = self.offers.remove(id).expect("an offer");
        let expired = self.clock.ts >= Int::from(offer.terms.expires_ts);
        self.require(by == id.0 || expired, Reason::OfferNotExpired);
        self.require(offer.taking.is_none(), Reason::OfferTaken);
    }

    /// 6: an offer is void while nobody may add risk, for members that are not active, and after a
    /// default of its maker.
    fn require_alive(&mut self, id: &OfferId, offer: &Offer, taker: &str) {
        self.require(self.markets[offer.market].final_ts == 0, Reason::MarketClosed);
        for name in [&id.0, taker] {
            self.require(self.members[name].status == MemberStatus::Active, Reason::MemberNotActive);
        }
        self.require(self.members[&id.0].record_count == offer.record_count, Reason::OfferVoid);
        self.require_takes_risk(offer.market);
    }

    /// `take_offer`, by the owner: the two could make the trade now, at the mark.
    pub(crate) fn take_offer(&mut self, taker: &str, id: &OfferId, lots: Int, limit: Int) {
        let offer = self.offers[id].clone();
        let (size, left) = (lots.abs(), offer.lots.abs());
        self.require(offer.taking.is_none(), Reason::OfferTaken);
        self.require(self.clock.ts < Int::from(offer.terms.expires_ts), Reason::OfferExpired);
        let meant = offer.terms.taker.as_deref().is_none_or(|only| only == taker);
        self.require(meant, Reason::OfferForAnother);
        self.require(lots != 0, Reason::ZeroAmount);
        self.require((lots < 0) != (offer.lots < 0), Reason::WrongSide);
        let least = Int::from(offer.terms.min_lots).min(left);
        self.require(size <= left && size >= least, Reason::LotsNotOffered);
        self.require_alive(id, &offer, taker);
        let at = &self.markets[offer.market];
        let (mark, seen_ts, at_taken) = (at.price, at.seen_ts, (at.taken_cell, at.taken_lots));
        let price = offer.price(mark);
        self.require(offer.is_within(price, limit), Reason::PriceBeyondLimit);
        if !self.refused.is_empty() {
            return;
        }

        let mut trial = self.clone();
        trial.advance_exit_clock();
        trial.trade_for(&id.0, taker, offer.market, lots, price, None);
        let locked = self.lock_of(offer.market, lots, price);
        let cell = self.clock.ts.div_euclid(TAKING_SECS);
        let beside = if at_taken.0 == cell { at_taken.1 } else { 0 };
        let [open, tried] = [&*self, &trial].map(|model| model.open_interest(offer.market));
        if tried > open {
            trial.require_room_beside(offer.market, beside);
        }
        // All lots count: until the fill a side can hand on what it would close. Half of what can be open
        // then has room, so that a full market can be left by takings.
        let taken = beside + size;
        let half = (open + taken + 1) / 2;
        trial.require_room_beside(offer.market, half - tried);
        for name in [&id.0, taker] {
            let held = [&*self, &trial].map(|model| model.members[name].lots(offer.market));
            trial.require_bears(name, if adds_risk(held[0], held[1]) { locked.doubt } else { 0 });
        }
        self.refused.append(&mut trial.refused);
        if !self.refused.is_empty() {
            return;
        }

        let waits = [&id.0, taker].map(|name| self.takings_of(name).next().is_some());
        let at = &mut self.markets[offer.market];
        (at.taken_cell, at.taken_lots) = (cell, taken);
        let ts = self.clock.ts.max(seen_ts);
        let taking = Taking { taker: taker.into(), lots, limit, ts, locked, loss_seq: self.loss_seq };
        self.offers.get_mut(id).expect("an offer").taking = Some(taking);
        for name in [&id.0, taker] {
            self.keep_place(name, offer.market, true);
        }
        // What may be asked of a member is not locked.
        let mut locking = self.clone();
        locking.advance_exit_clock();
        for (name, waits) in [&id.0, taker].into_iter().zip(waits) {
            let (risk, margin) = (locking.risk(name), locking.members[name].margin);
            let reserve = locking.assessment_reserve(name) + locking.call_due(name, &risk);
            locking.require(reserve == 0 || risk.free(margin) >= reserve, Reason::AssessmentReserved);
            if waits {
                // Of many takings that each close a position one does, and the others open one.
                let seen = locking.expose(name, &risk);
                let required = locking.required_contribution(&risk);
                locking.require(locking.contribution(name) >= required, Reason::BelowRequiredContribution);
                locking.require_covers(&seen);
            }
        }
        self.refused.append(&mut locking.refused);
    }

    /// Initial margin, and for a side that adds risk both it and the cover limit with the doubt in a
    /// print that is as old as one that fills.
    fn require_bears(&mut self, name: &str, doubt: Int) {
        let (mut risk, margin) = (self.risk(name), self.members[name].margin);
        risk.locked.margin += doubt;
        risk.locked.stress += doubt;
        self.require(risk.meets_initial(margin), Reason::BelowInitialMargin);
        if doubt > 0 {
            let seen = self.expose(name, &risk);
            self.require_covers(&seen);
        }
    }

    /// Maker and taker trade at this price: now, or as the fill at a print.
    fn trade_for(
        &mut self,
        maker: &str,
        taker: &str,
        market: usize,
        lots: Int,
        price: Int,
        print: Option<Int>,
    ) {
        let (buyer, seller) = if lots > 0 { (taker, maker) } else { (maker, taker) };
        self.novate_around(buyer, seller, market, lots.abs(), price, print);
    }

    /// `fill_offer`: the print was published so many seconds after the one before it.
    pub(crate) fn fill_offer(&mut self, id: &OfferId, taker: &str, update: &Update, gap_secs: Int) {
        let mut offer = self.offers[id].clone();
        let Some(taking) = offer.taking.take() else {
            return self.require(false, Reason::OfferNotTaken);
        };
        self.require(taking.taker == taker, Reason::WrongMember);
        let publish_ts = self.clock.ts - Int::from(update.age_secs);
        let is_first = publish_ts - gap_secs <= taking.ts && publish_ts > taking.ts;
        self.require(is_first, Reason::NotFirstPrint);
        self.require_recent_print(offer.market, update);
        self.require(self.clock.ts - publish_ts <= FILL_AGE_SECS, Reason::OracleTooOld);
        let (print, _, silence) = self.judge_print(offer.market, update);
        self.require(silence == Silence::None, Reason::PrintUnusable);
        self.require(self.clock.ts <= taking.ts + TAKING_SECS, Reason::TakingLapsed);
        self.require_alive(id, &offer, taker);
        self.require(taking.loss_seq == self.loss_seq, Reason::TakingLapsed);
        self.require(self.markets[offer.market].publish_ts >= publish_ts, Reason::StaleMark);
        let price = offer.price(print);
        self.require(offer.is_within(price, taking.limit), Reason::PriceBeyondLimit);
        if !self.refused.is_empty() {
            return;
        }
        let market = offer.market;
        for name in [&id.0, taker] {
            self.keep_place(name, market, false);
        }
        offer.lots += taking.lots;
        if offer.lots == 0 {
            self.offers.remove(id);
        } else {
            self.offers.insert(id.clone(), offer);
        }
        self.trade_for(&id.0, taker, market, taking.lots, price, Some(print));
    }

    /// `lapse_taking`
    pub(crate) fn lapse_taking(&mut self, id: &OfferId, taker: &str) {
        let now = self.clock.ts;
        let Some(taking) = self.offers.get_mut(id).expect("an offer").taking.take() else {
            return self.require(false, Reason::OfferNotTaken);
        };
        if taking.taker != taker {
            return self.require(false, Reason::WrongMember);
        }
        self.require(now > taking.ts + TAKING_SECS, Reason::TakingOpen);
        let market = self.offers[id].market;
        for name in [&id.0, taker] {
            self.keep_place(name, market, false);
        }
    }

    /// The taker of an offer, if it is taken.
    pub fn taker_of(&self, id: &OfferId) -> Option<&Name> {
        Some(&self.offers.get(id)?.taking.as_ref()?.taker)
    }
}
