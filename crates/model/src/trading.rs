//! Trades: docs/requirements.md.

use crate::{
    number::{part, Int, BPS},
    op::{Deal, Name},
    positions::adds_risk,
    reason::Reason,
    requirements::notional,
    state::{FundStatus, Model},
};
use std::collections::BTreeSet;

/// Effect of a trade on the risk of its owner.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum RiskChange {
    /// It has more lots, or lots on the other side.
    Adds,
    /// It has more lots, and the fund carried their risk before.
    TakesOver,
    /// It has fewer lots.
    Reduces { at_mark_or_better: bool },
    /// An offer is filled that it had the means for when it was taken.
    Fills { adds: bool, at_mark_or_better: bool },
}

impl RiskChange {
    /// Of one side of a trade between two members.
    pub fn traded(adds: bool, at_mark_or_better: bool) -> Self {
        if adds {
            Self::Adds
        } else {
            Self::Reduces { at_mark_or_better }
        }
    }

    /// Of a member that took over from the house or in a liquidation.
    pub fn taken_over(adds: bool, at_mark_or_better: bool) -> Self {
        if adds {
            Self::TakesOver
        } else {
            Self::Reduces { at_mark_or_better }
        }
    }
}

impl Model {
    /// `novate`
    pub(crate) fn novate(&mut self, buyer: &str, seller: &str, market: usize, lots: Int, price: Int) {
        self.novate_around(buyer, seller, market, lots, price, None);
    }

    /// A trade within the band around the mark, or the fill of an offer within the band around its print.
    /// All else is judged at the mark.
    pub(crate) fn novate_around(
        &mut self,
        buyer: &str,
        seller: &str,
        market: usize,
        lots: Int,
        price: Int,
        print: Option<Int>,
    ) {
        let mark = self.markets[market].price;
        let centre = print.unwrap_or(mark);
        let open_interest = self.open_interest(market);
        let free_before = [buyer, seller].map(|side| self.free_of(side));
        let [bought_adds, sold_adds] = self.exchange(buyer, seller, market, lots, price, centre);
        for (side, adds, at_mark_or_better, free_before) in [
            (buyer, bought_adds, price <= mark, free_before[0]),
            (seller, sold_adds, price >= mark, free_before[1]),
        ] {
            let change = match print {
                None => RiskChange::traded(adds, at_mark_or_better),
                Some(_) => RiskChange::Fills { adds, at_mark_or_better },
            };
            self.require_covered(side, change, free_before);
        }
        if print.is_none() {
            self.require_room(market, open_interest);
        }
    }

    /// Moves lots, and takes the fees. Returns whether buyer and seller have added risk.
    fn exchange(
        &mut self,
        buyer: &str,
        seller: &str,
        market: usize,
        lots: Int,
        price: Int,
        centre: Int,
    ) -> [bool; 2] {
        self.require(lots > 0, Reason::ZeroAmount);
        self.require_registered(buyer);
        self.require_registered(seller);
        self.require(self.markets[market].final_ts == 0, Reason::MarketClosed);
        self.require_fresh(market);
        let (scale, band) = (self.markets[market].scale, self.markets[market].params.price_band_bps);
        self.require(price > 0 && (price - centre).abs() * BPS <= centre * band, Reason::PriceOutsideBand);
        let adds = [self.trade(buyer, market, lots, price), self.trade(seller, market, -lots, price)];
        let fee = part(notional(lots, price, scale), self.params.clearing_fee_bps).up();
        for side in [buyer, seller] {
            self.take_fee(side, fee);
        }
        self.share_fee(fee);
        self.share_fee(fee);
        self.book_crowding(market);
        adds
    }

    /// Whoever holds a position can hand it on, however low the limits are.
    fn require_room(&mut self, market: usize, open_interest: Int) {
        if self.open_interest(market) > open_interest {
            self.require_uncrowded();
            let within = self.open_interest(market) <= self.markets[market].params.max_open_interest;
            self.require(within, Reason::OpenInterestLimit);
        }
    }

    /// `novate_batch`: the deals one after the other, and to the taker they are one trade, which is judged
    /// once all are made. So are the limits of the market, if any deal has raised open interest.
    pub(crate) fn novate_batch(&mut self, taker: &str, buys: bool, market: usize, deals: &[Deal]) {
        self.require(!deals.is_empty(), Reason::ZeroAmount);
        let makers: BTreeSet<&Name> = deals.iter().map(|deal| &deal.maker).collect();
        self.require(makers.len() == deals.len(), Reason::DuplicateAccount);
        let mark = self.markets[market].price;
        let taker_free = self.free_of(taker);
        let (mut adds, mut at_mark_or_better, mut least_open) = (false, true, self.open_interest(market));
        for Deal { maker, lots, price } in deals {
            let (lots, price) = (Int::from(*lots), Int::from(*price));
            let maker_free = self.free_of(maker);
            let (buyer, seller) = if buys { (taker, maker.as_str()) } else { (maker.as_str(), taker) };
            let [bought, sold] = self.exchange(buyer, seller, market, lots, price, mark);
            let (bought, sold) = ((bought, price <= mark), (sold, price >= mark));
            let (taken, made) = if buys { (bought, sold) } else { (sold, bought) };
            adds |= taken.0;
            at_mark_or_better &= taken.1;
            self.require_covered(maker, RiskChange::traded(made.0, made.1), maker_free);
            least_open = least_open.min(self.open_interest(market));
        }
        self.require_covered(taker, RiskChange::traded(adds, at_mark_or_better), taker_free);
        // Open interest falls while the taker closes, and rises while it opens.
        self.require_room(market, least_open);
    }

    /// Books lots bought. Returns `true` if that adds risk, which is not always allowed.
    fn trade(&mut self, name: &str, market: usize, lots: Int, price: Int) -> bool {
        let (held, raw) = self.touch_position(name, market).unwrap_or_default();
        self.write(name, market, held + lots, raw - lots * price);
        let adds = adds_risk(held, held + lots);
        if adds {
            self.require_takes_risk(market);
        }
        adds
    }

    /// Whether anybody may add risk in a market now.
    pub(crate) fn require_takes_risk(&mut self, market: usize) {
        let ts = self.clock.ts;
        self.require_not_paused(crate::governance::NOVATE);
        self.require(self.status == FundStatus::Active && !self.has_open_loss(), Reason::LossPending);
        self.require(!self.is_closing(market), Reason::MarketReduceOnly);
        self.require(!self.markets[market].is_halted(ts), Reason::BreakerTripped);
    }

    /// A fee is paid from margin.
    pub(crate) fn take_fee(&mut self, name: &str, fee: Int) {
        self.require(self.members[name].margin >= fee, Reason::InsufficientMargin);
        self.member(name).margin -= fee;
    }

    /// Requirements on a member after its position has changed. A trade that reduces risk keeps
    /// free what may be assessed, as far as it was free before (section 8).
    pub(crate) fn require_covered(&mut self, name: &str, change: RiskChange, free_before: Int) {
        let risk = if change == RiskChange::TakesOver { self.taker_risk(name) } else { self.risk(name) };
        let seen = self.expose(name, &risk);
        let margin = self.members[name].margin;
        if let RiskChange::Fills { adds, at_mark_or_better } = change {
            if margin + risk.own >= risk.maintenance {
                return;
            }
            self.require(!adds, Reason::InsufficientMargin);
            if !adds {
                self.require(at_mark_or_better, Reason::ReduceAtMarkOnly);
                self.require(margin + risk.profit >= 0, Reason::InsufficientMargin);
            }
            return;
        }
        if let RiskChange::Reduces { at_mark_or_better } = change {
            if !risk.meets_initial(margin) {
                self.require(at_mark_or_better, Reason::ReduceAtMarkOnly);
                self.require(margin + risk.profit >= 0, Reason::InsufficientMargin);
            }
            let reserve = self.assessment_reserve(name) + self.call_due(name, &risk);
            self.require(risk.free(margin) >= reserve.min(free_before), Reason::AssessmentReserved);
            return;
        }
        self.require_not_called(name);
        let missing = (self.required_contribution(&risk) - seen.contribution).max(0);
        if change == RiskChange::TakesOver && self.is_loss_pending() {
            // Contributions cannot enter, so anyone can bid: what is missing is a call that is due now.
            let now = self.exit.secs();
            let member = self.member(name);
            (member.call_amount, member.call_due_secs) = (missing, if missing > 0 { now } else { 0 });
        } else {
            self.require(missing == 0, Reason::BelowRequiredContribution);
        }
        self.require_reserve(name, &risk);
        self.require_covers(&seen);
    }
}
