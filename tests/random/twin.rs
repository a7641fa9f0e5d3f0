//! The built program and the model, side by side: every action is tried on both, and both must end the same.

use {
    crate::{
        check::{Before, Ghost},
        claims, compare, policies,
        start::{bits, fund_change, market_change, market_params, Start, NAMES, TREASURER},
    },
    bulkhead_model::{Clock, Fault, Int, Model, Op, RecordId, Terms, Update, BOOK, PANEL},
    bulkhead_tests::{
        bulkhead::state::{
            CoverKind, CoverPurse, CoverTerms, OfferTerms, OracleChange, OracleConfig, ParameterChange,
        },
        bulkhead_client::{claims::error_name, instruction},
        keys,
        outcome::TxError,
        pyth::PriceUpdate,
        token, Address, Call, InstructionError, Meta, Signer, World,
    },
};

/// Both, in the same state.
pub struct Twin {
    pub world: World,
    pub model: Model,
    /// What the last action on claims has come to.
    pub outcomes: Vec<&'static str>,
    /// What accounts no longer tell.
    ghost: Ghost,
}

/// How an action ended, on both.
pub enum Ended {
    /// There was nothing to send: an action names what is not there, or nothing at all.
    Unsent,
    Accepted(Meta),
    Refused(String),
}

impl Ended {
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }
}

impl Twin {
    pub fn new(start: &Start, fault: Option<Fault>) -> Self {
        let world = start.world();
        let model = start.model(now(&world));
        let model = fault.into_iter().fold(model, Model::with);
        let mut twin = Self { world, model, outcomes: vec![], ghost: Ghost::default() };
        // The world has cranked its markets already.
        for (market, first) in start.markets.iter().enumerate() {
            let update = twin.sound(market as u16, first.price, 0);
            let cranked = twin.model.apply(&Op::Crank { market: market as u16, update }, now(&twin.world));
            cranked.unwrap_or_else(|reasons| panic!("the model: no first price: {reasons:?}"));
        }
        for name in NAMES {
            twin.world.run(twin.world.open_member(name));
            let opened = twin.model.apply(&Op::Open { member: name.into() }, now(&twin.world));
            opened.unwrap_or_else(|reasons| panic!("the model: no member: {reasons:?}"));
        }
        compare::assert_same(&twin.world, &twin.model);
        twin
    }

    /// Tries an action on both. Panics when they part, or a property does not hold.
    pub fn run(&mut self, op: &Op) -> Ended {
        if !self.model.can_try(op) {
            return Ended::Unsent;
        }
        match op {
            Op::Wait { secs, slots } => {
                self.world.set_clock(self.world.slot() + slots, self.world.now() + secs)
            }
            Op::Gift { amount } => {
                let vault = self.world.vault();
                self.world.patch(vault, |vault| token::set_amount(vault, token::amount(vault) + amount));
            }
            Op::Restart => self.world.restart(),
            _ => return self.send(op),
        }
        self.model.apply(op, now(&self.world)).expect("time, gifts and restarts cannot be refused");
        Ended::Unsent
    }

    fn send(&mut self, op: &Op) -> Ended {
        match op {
            Op::Crank { market, update } => self.publish(*market, update, 1),
            Op::FillOffer { offer, update, gap_secs, .. } => {
                let market = self.model.offers[offer].market as u16;
                self.publish(market, update, *gap_secs);
            }
            Op::NovateBatch { taker, deals, .. } => {
                let names: Vec<&str> =
                    deals.iter().map(|deal| &deal.maker).chain([taker]).map(String::as_str).collect();
                self.world.appoint_venue(&names, u64::MAX);
            }
            _ => {}
        }
        let before = Before::take(&self.world);
        let call = match op.is_of_claims() {
            true => claims::call(&self.world, &self.model, op),
            false => call(&self.world, op),
        };
        let outcome = self.world.attempt(call);
        let model = self.model.clone();
        let predicted = self.model.apply(op, now(&self.world));
        match (outcome, predicted) {
            (Ok(meta), Ok(())) => {
                before.check(&self.world, &meta, &mut self.ghost);
                let broken = self.model.broken_by(&model, op);
                assert!(broken.is_empty(), "{broken:?}");
                self.world.assert_audited();
                compare::assert_same(&self.world, &self.model);
                claims::assert_kept(&self.world, &self.model);
                self.outcomes = claims::outcomes(&model, &self.model, op);
                if let Op::Crank { market, update } = op {
                    let price = update.price.unsigned_abs() * self.unit(*market);
                    self.world.here.markets[usize::from(*market)].price = price;
                }
                Ended::Accepted(meta)
            }
            (Err(error), Err(reasons)) => {
                let named = name_of(&error).unwrap_or_else(|| panic!("an unnamed error: {error:?}"));
                let known = reasons.iter().any(|reason| format!("{reason:?}") == named);
                assert!(known, "the model differs: {} refused by {named}, the model: {reasons:?}", op.name());
                Ended::Refused(named)
            }
            (Ok(_), Err(reasons)) => {
                panic!("the model differs: {} accepted, the model: {reasons:?}", op.name())
            }
            (Err(error), Ok(())) => {
                panic!("the model differs: {} refused, accepted by the model: {error:?}", op.name())
            }
        }
    }

    /// A sound price, of now, which the feed tells in its own decimals.
    pub fn sound(&self, market: u16, price: u64, confidence: u64) -> Update {
        let unit = self.unit(market);
        let (price, confidence) = ((price / unit).max(1), confidence / unit);
        let exponent = -i32::from(self.world.market(market).oracle.feed_decimals);
        Update { price: price as i64, confidence, exponent, age_secs: 0, full: true }
    }

    /// What a unit of the feed's prices is worth in those of the market.
    fn unit(&self, market: u16) -> u64 {
        let market = self.world.market(market);
        10u64.pow(u32::from(market.price_decimals - market.oracle.feed_decimals))
    }

    /// Publishes a print so many seconds after the one before it.
    fn publish(&mut self, market: u16, update: &Update, gap_secs: i64) {
        let sound = self.world.price_update(market);
        let update = PriceUpdate {
            price: update.price,
            confidence: update.confidence,
            exponent: update.exponent,
            publish_ts: self.world.now() - update.age_secs,
            previous_publish_ts: self.world.now() - update.age_secs - gap_secs,
            partial: (!update.full).then_some(5),
            ..sound
        };
        self.world.write_price(market, &update);
    }
}

/// The name of an error of either program.
fn name_of(error: &TxError) -> Option<String> {
    let code = match error.instruction() {
        Some(InstructionError::Custom(code)) => *code,
        _ => return None,
    };
    error.named().map(|named| format!("{named:?}")).or_else(|| error_name(code))
}

/// The moment as the model takes it.
pub fn now(world: &World) -> Clock {
    Clock { slot: Int::from(world.slot()), ts: Int::from(world.now()) }
}

/// The transaction of an action.
fn call(world: &World, op: &Op) -> Call {
    match op {
        Op::Open { member } => world.open_member(member),
        Op::Close { member } => world.close_member(member),
        Op::Reopen { member } => world.close_member(member).then(world.open_member(member)),
        Op::Deposit { member, amount } => world.deposit_margin(member, *amount),
        Op::Withdraw { member, amount } => world.withdraw_margin(member, *amount),
        Op::Contribute { member, amount } => world.contribute(member, *amount),
        Op::Request { member, shares } => world.request_withdrawal(member, *shares),
        Op::Cancel { member } => world.cancel_withdrawal(member),
        Op::Claim { member } => world.claim_withdrawal(member),
        Op::ClaimRewards { member } => world.claim_rewards(member),
        Op::ClaimRecovery { member } => world.claim_recovery(member),
        Op::WaiveRecovery { member } => world.waive_recovery(member),
        Op::AgreeAssessment { member } => world.agree_assessment(member),
        Op::RepayDefault { payer, record, amount } => {
            world.repay_default(payer, seq_of(world, record), *amount)
        }
        Op::Novate { buyer, seller, market, lots, price } => {
            world.novate(buyer, seller, *market, *lots, *price)
        }
        Op::NovateBatch { taker, buys, market, deals } => {
            let trades: Vec<_> =
                deals.iter().map(|deal| (deal.maker.as_str(), deal.lots, deal.price)).collect();
            world.novate_batch(taker, *buys, *market, &trades)
        }
        Op::PostOffer { maker, number, market, terms } => {
            world.post_offer(maker, *market, *number, offer_terms(world, terms))
        }
        Op::CancelOffer { by, offer: (maker, number) } => world.cancel_offer(by, maker, *number),
        Op::TakeOffer { taker, offer: (maker, number), lots, limit_price } => {
            world.take_offer_within(taker, maker, *number, *lots, *limit_price)
        }
        Op::FillOffer { taker, offer: (maker, number), .. } => world.fill_offer(maker, *number, taker),
        Op::LapseTaking { taker, offer: (maker, number) } => world.lapse_taking(maker, *number, taker),
        Op::TakeOver { member, market, lots } => world.take_over(member, *market, *lots),
        Op::Liquidate { member, target, market, lots } => world.liquidate(member, target, *market, *lots),
        Op::Crank { market, .. } => world.crank_market(*market),
        Op::Settle { member, market, by_owner: true } => world.settle_own(member, *market),
        Op::Settle { member, market, by_owner: false } => world.settle(member, *market),
        Op::CollectPremium { market } => world.collect_premium(*market),
        Op::ReportExposure { member } => world.report_exposure(member),
        Op::Watch { member } => world.open_watch(member),
        Op::EndWatch { member } => world.end_watch(member),
        Op::BookHouse { market } => world.book_house(*market),
        Op::Declare { member, keeper: None } => world.declare_default(member),
        Op::Declare { member, keeper: Some(keeper) } => world.declare_default_for(keeper, member),
        Op::Allocate { record, keeper } => allocate(world, record, keeper.as_deref()),
        Op::ReleaseCushion { record } => world.release_cushion(seq_of(world, record)),
        Op::BookCrowding { market } => world.book_crowding(*market),
        Op::CallStress { member } => world.call_stress(member),
        Op::SellExcess { member, target, market, lots } => world.sell_excess(member, target, *market, *lots),
        Op::AllocateResidual => world.allocate_residual(),
        Op::EnforceCall { member, settle_epoch: false } => world.enforce_call(member),
        Op::EnforceCall { member, settle_epoch: true } => {
            world.settle_epoch(member).then(world.enforce_call(member))
        }
        Op::SettleEpoch { member } => settle_epoch(world, member),
        Op::OpenGainsCut => world.open_gains_cut(),
        Op::RegisterGains { member } => world.register_gains(member),
        Op::CutGains => world.cut_gains(),
        Op::PayClaim { member } => world.pay_claim(member),
        Op::FixFinalMark { market } => world.fix_final_mark(*market),
        Op::CloseOut { member } => world.close_out(member),
        Op::PayOut { member } => world.pay_out(member),
        Op::CloseDefault { record } => world.close_default(seq_of(world, record)),
        Op::Pause { bits, secs } => world.pause(*bits, *secs),
        Op::FundTreasury { funder, amount } => world.fund_treasury(funder, *amount),
        Op::EndPause { bits } => world.end_pause(*bits),
        Op::RequestTreasury { to, amount } => world.request_treasury(to, *amount),
        Op::CancelTreasury => world.cancel_treasury(),
        Op::ClaimTreasury => world.claim_treasury(TREASURER),
        Op::GiveRecovery { giver, amount } => world.give_recovery(giver, *amount),
        Op::CloseMarket { market } => world.close_market(*market),
        Op::QueueClose { market, end_ts } => world.queue_change(ParameterChange::Close(*market, *end_ts)),
        Op::QueueFinalMark { market, price } => {
            world.queue_change(ParameterChange::FinalMark(*market, *price))
        }
        Op::QueueFeedDecimals { market, decimals } => {
            let now = world.market(*market).oracle;
            let values = OracleConfig { feed_decimals: *decimals as u8, ..now };
            let touched = bits(OracleChange::NAMES, |name| name == "feed_decimals");
            world.queue_change(ParameterChange::Oracle(*market, OracleChange { touched, values }))
        }
        Op::QueueFundChange { settings } => {
            world.queue_change(ParameterChange::Fund(fund_change(world.fund().params, settings)))
        }
        Op::QueueMarketChange { market, settings } => {
            let now = world.market(*market).terms();
            world.queue_change(ParameterChange::Market(*market, market_change(now, settings)))
        }
        Op::QueueNewMarket { params } => {
            let standard = world.here.markets[0].params;
            world.queue_change(ParameterChange::NewMarket(market_params(standard, params)))
        }
        Op::QueueGuardian => world.queue_change(ParameterChange::Guardian(world.here.guardian.pubkey())),
        Op::QueueCover { terms } => world.queue_change(ParameterChange::NewCover(cover_terms(world, terms))),
        Op::QueueRaise { cover, limit } => world.queue_change(ParameterChange::RaiseCover(*cover, *limit)),
        Op::QueueResume { cover } => world.queue_change(ParameterChange::ResumeCover(*cover)),
        Op::SuspendCover { cover } => world.suspend_cover(*cover),
        Op::FundCover { giver, cover, amount, purse } => {
            world.fund_cover(giver, *cover, *amount, cover_purse(*purse))
        }
        Op::AccrueCover { cover } => world.accrue_cover(*cover),
        Op::HoldCover { cover, secs } => world.hold_cover(*cover, *secs),
        Op::DrawCover { cover, amount } => {
            let terms = world.cover(*cover);
            world.draw_cover_in(*cover, terms.is_venue().then_some(terms.market), *amount)
        }
        Op::SettleCover { cover } => world.settle_cover(*cover),
        Op::CollectCover { cover, to } => world.collect_cover_to(*cover, policies::wallet(world, to)),
        Op::ReturnCover { giver, cover, amount } => world.return_cover(giver, *cover, *amount),
        Op::EndCover { cover } => world.end_cover(*cover),
        Op::ShowGap { cover } => world.show_gap(*cover, world.cover(*cover).market),
        Op::ApplyChange { number } => {
            let change = world.queued_change(*number).change().expect("a change that was written");
            match change {
                ParameterChange::NewMarket(_) => world.open_market(world.fund().market_count, *number),
                ParameterChange::NewCover(_) => world.open_cover(world.fund().cover_seq, *number),
                ParameterChange::RaiseCover(cover, _) | ParameterChange::ResumeCover(cover) => {
                    world.amend_cover(cover, *number)
                }
                _ => world.apply_change(*number, change.market()),
            }
        }
        Op::VetoChange { number, by_guardian: true } => world.veto_change(*number),
        Op::VetoChange { number, by_guardian: false } => world.take_change_back(*number),
        Op::Gift { .. } | Op::Wait { .. } | Op::Restart => unreachable!("no transaction"),
        _ => policies::call(world, op),
    }
}

fn offer_terms(world: &World, terms: &Terms) -> OfferTerms {
    let taker = terms.taker.as_deref().map_or(Address::default(), |name| world.owner_of(name).pubkey());
    OfferTerms {
        lots: terms.lots,
        min_lots: terms.min_lots,
        limit_price: terms.limit_price,
        expires_ts: terms.expires_ts,
        taker,
        distance_bps: terms.distance_bps,
    }
}

/// The keypair "drawer" draws on every cover, but for those that pay into the vault of the book or the panel.
fn cover_terms(world: &World, terms: &bulkhead_model::CoverTerms) -> CoverTerms {
    let drawer = match terms.destination.as_str() {
        BOOK => policies::keys(world).book,
        PANEL => claims::keys(world).panel,
        _ => world.owner_of("drawer").pubkey(),
    };
    CoverTerms {
        drawer,
        destination: policies::wallet(world, &terms.destination),
        beneficiary: world.owner_of(&terms.beneficiary).pubkey(),
        limit: terms.limit,
        first_loss_min: terms.first_loss_min,
        per_draw: terms.per_draw,
        period_limit: terms.period_limit,
        covered_debt: terms.covered_debt,
        opens_ts: terms.opens_ts,
        ends_ts: terms.ends_ts,
        premium_bps_per_year: terms.premium_bps_per_year,
        coinsurance_bps: terms.coinsurance_bps,
        market: terms.market,
        threshold_bps: terms.threshold_bps,
        kind: match terms.kind {
            bulkhead_model::CoverKind::Claims => CoverKind::Claims,
            bulkhead_model::CoverKind::Venue => CoverKind::Venue,
            bulkhead_model::CoverKind::Parametric => CoverKind::Parametric,
        } as u8,
        ..world.cover_terms(terms.limit)
    }
}

fn cover_purse(purse: bulkhead_model::CoverPurse) -> CoverPurse {
    match purse {
        bulkhead_model::CoverPurse::Prepaid => CoverPurse::Prepaid,
        bulkhead_model::CoverPurse::FirstLoss => CoverPurse::FirstLoss,
        bulkhead_model::CoverPurse::Earned => CoverPurse::Earned,
        bulkhead_model::CoverPurse::Forfeited => CoverPurse::Forfeited,
    }
}

/// Of any default, open or not.
fn allocate(world: &World, id: &RecordId, keeper: Option<&str>) -> Call {
    let (keys, epoch) = (&world.here.keys, world.fund().share_epoch);
    let of = |name: &str| -> Address { world.account_of(name) };
    let record = record_address(world, id);
    Call::new(instruction::allocate_loss(keys, record, payer(world), keeper.map(of), epoch), [])
}

/// Where the record of a default is.
pub fn record_address(world: &World, (name, count): &RecordId) -> Address {
    keys::default_record(world.account_of(name), *count)
}

/// The number of a default among those of the fund.
fn seq_of(world: &World, id: &RecordId) -> u64 {
    world.default_at(&record_address(world, id)).seq
}

/// Names the last record there is, if the member's epoch has not ended.
fn settle_epoch(world: &World, member: &str) -> Call {
    let last = world.fund().share_epoch - 1;
    let epoch = world.member(member).share_epoch.min(last);
    Call::new(instruction::settle_epoch(&world.here.keys, world.account_of(member), epoch), [])
}

fn payer(world: &World) -> Address {
    world.payer.pubkey()
}

/// Whether the record of a change is there.
pub fn has_change(world: &World, number: u64) -> bool {
    world.account(&keys::queued_change(world.here.keys.fund, number)).is_some()
}
