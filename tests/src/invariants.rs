//! P1, P2 and P3, recomputed from the bytes of every account; nothing is taken from the program's
//! own word but what it wrote. Each property is a sum over all members, which the program itself
//! never computes.

use {
    crate::{keys, outcome::Meta, read, token, world::World},
    bulkhead::{
        rules::{closing, gains_cut, shares},
        state::{
            place_of, Cover, CoverStatus, DefaultRecord, DefaultStatus, EpochRecord, Fund, FundStatus,
            GainClaim, Market, Member, MemberStatus, Offer, PositionSlot, Taking, HOUSE_ROUNDS, KEPT_ROUNDS,
        },
    },
    bulkhead_client::event::Event,
    bulkhead_math::{covers::HOLD_ROOM_SECS, shares::VIRTUAL_SHARES},
    litesvm::LiteSVM,
    solana_address::Address,
    std::collections::BTreeMap,
};

/// What the accounts alone no longer tell about a fund.
#[derive(Clone, Copy, Debug, Default)]
pub struct History {
    /// Members closed: each may have left a fraction of a base unit of rewards behind.
    pub closed: u64,
    /// Losses spread over shares, and gains that may be cut: what these cannot divide is less than a
    /// base unit of each, and comes back to nobody.
    pub spread: u64,
    /// Times members have given up what they had not recovered: each leaves less than a base unit
    /// to nobody.
    pub waived: u64,
    /// What members have paid for others, ever: contributions, assessments, gains.
    pub paid_for_others: u64,
    /// What of it they have been paid back.
    pub paid_back: u64,
}

impl History {
    /// As much as can be: of a chain whose past nobody has remembered.
    const UNKNOWN: Self =
        Self { closed: 1_000, spread: 1_000, waived: 1_000, paid_for_others: u64::MAX, paid_back: 0 };

    /// A loss in layer 4. Each round of cushions may leave a unit of its own.
    fn spread(&mut self, from_shares: u64, from_cushions: u64) {
        self.paid_for_others += from_shares + from_cushions;
        self.spread += u64::from(from_shares > 0) + (HOUSE_ROUNDS as u64 + 1) * u64::from(from_cushions > 0);
    }
}

/// Notes what a transaction did that its accounts will not show.
pub fn remember(history: &mut BTreeMap<Address, History>, meta: &Meta) {
    for event in &meta.events {
        match event {
            Event::MemberClosed(event) => history.entry(event.fund).or_default().closed += 1,
            Event::LossAllocated(event) => {
                history.entry(event.fund).or_default().spread(event.from_survivors, event.from_cushions);
            }
            Event::CoverSettled(event) => {
                history.entry(event.fund).or_default().spread(event.from_contributions, 0);
            }
            Event::ResidualAllocated(event) => {
                history.entry(event.fund).or_default().spread(event.from_survivors, event.from_cushions);
            }
            Event::DefaultDeclared(event) => {
                history.entry(event.fund).or_default().paid_back += event.from_recoveries
            }
            Event::GainsCut(event) => {
                history.entry(event.fund).or_default().paid_for_others += event.cut;
            }
            Event::GainsRegistered(event) => {
                let history = history.entry(event.fund).or_default();
                history.paid_for_others += event.cut;
                history.spread += 1;
            }
            Event::AssessmentPaid(event) => {
                history.entry(event.fund).or_default().paid_for_others += event.amount
            }
            Event::ClaimPaid(event) => {
                history.entry(event.fund).or_default().paid_for_others += event.claim - event.paid;
            }
            Event::RecoveryWaived(_) => history.values_mut().for_each(|fund| fund.waived += 1),
            Event::RecoveryPaid(event) => history.entry(event.fund).or_default().paid_back += event.amount,
            _ => {}
        }
    }
}

/// Checks every fund there is.
pub fn check(world: &World) {
    check_funds(&world.svm, |fund| world.history.get(fund).copied().unwrap_or_default());
}

/// Checks every fund of a chain whose past nobody has remembered: what depends on that is bounded less
/// tightly.
pub fn check_chain(chain: &LiteSVM) {
    check_funds(chain, |_| History::UNKNOWN);
}

fn check_funds(chain: &LiteSVM, history: impl Fn(&Address) -> History) {
    let members = read::all::<Member>(chain);
    let markets = read::all::<Market>(chain);
    let defaults = read::all::<DefaultRecord>(chain);
    let epochs = read::all::<EpochRecord>(chain);
    let offers = read::all::<Offer>(chain);
    let covers = read::all::<Cover>(chain);
    for (address, fund) in read::all::<Fund>(chain) {
        Books {
            fund,
            vault: chain.get_account(&fund.vault).map_or(0, |account| token::amount(&account)),
            members: of(&members, |member| member.fund == address),
            markets: of(&markets, |market| market.fund == address),
            defaults: of(&defaults, |record| record.fund == address),
            epochs: of(&epochs, |record| record.fund == address),
            offers: of(&offers, |offer| offer.fund == address),
            covers: of(&covers, |cover| cover.fund == address),
            history: history(&address),
        }
        .check();
    }
}

fn of<T: Copy>(all: &[(Address, T)], is: impl Fn(&T) -> bool) -> Vec<T> {
    all.iter().map(|(_, account)| *account).filter(is).collect()
}

/// Everything of one fund.
struct Books {
    fund: Fund,
    vault: u64,
    members: Vec<Member>,
    markets: Vec<Market>,
    defaults: Vec<DefaultRecord>,
    epochs: Vec<EpochRecord>,
    offers: Vec<Offer>,
    covers: Vec<Cover>,
    history: History,
}

impl Books {
    fn check(&self) {
        self.custody();
        self.shares();
        self.rewards();
        self.losses_borne();
        self.recoveries();
        self.cushions();
        self.novation();
        self.takings();
        self.covers();
        self.claims();
        self.zero_sum();
        self.counters();
        self.rates();
        self.slots();
    }

    /// P1: the vault holds every bucket, and margins are the members' to the unit.
    fn custody(&self) {
        let f = &self.fund;
        let buckets = [
            f.margin_total,
            f.contributions,
            f.treasury,
            f.rewards_unclaimed,
            f.rewards_streaming,
            f.pool,
            f.cover_reserve,
            f.recoveries,
            f.cushions,
        ];
        let owed: u128 = buckets.iter().map(|bucket| u128::from(*bucket)).sum();
        assert!(
            u128::from(self.vault) >= owed,
            "P1: the vault holds {} and owes {owed}: {buckets:?}",
            self.vault
        );
        assert_eq!(owed, u128::from(f.owed().expect("the buckets add up")), "P1: Fund::owed");
        let margins: u128 = self.members.iter().map(|member| u128::from(member.margin)).sum();
        assert_eq!(margins, u128::from(f.margin_total), "P1: margins");
    }

    /// P1: shares are the members', and contributions what these are worth, less than a unit of
    /// rounding each and what the virtual shares hold.
    fn shares(&self) {
        let f = &self.fund;
        let live = self.members.iter().filter(|member| member.share_epoch == f.share_epoch);
        let held: u128 = live.clone().map(|member| member.shares.get()).sum();
        assert_eq!(held, f.total_shares.get(), "P1: shares");
        let worth: u128 = live
            .map(|member| u128::from(shares::contribution(f, member).expect("shares have a value")))
            .sum();
        let contributions = u128::from(f.contributions);
        assert!(worth <= contributions, "P1: shares are worth {worth} of {contributions}");
        let total = f.total_shares.get() + VIRTUAL_SHARES;
        let virtual_part = ((contributions + 1) * VIRTUAL_SHARES).div_ceil(total);
        let rounding = self.members.len() as u128 + virtual_part;
        assert!(
            contributions - worth <= rounding,
            "P1: {} of contributions are nobody's",
            contributions - worth
        );
        for member in &self.members {
            assert!(member.share_epoch <= f.share_epoch, "a member of a later epoch");
            assert!(member.notice_shares.get() <= member.shares.get(), "more shares asked back than held");
        }
    }

    /// An index at which a member's shares stop: the fund's, or that of its ended epoch.
    fn index(&self, member: &Member, live: u128, ended: impl Fn(&EpochRecord) -> u128) -> u128 {
        if member.share_epoch == self.fund.share_epoch || member.shares.get() == 0 {
            return live;
        }
        let record = self.epochs.iter().find(|record| record.epoch == member.share_epoch);
        ended(record.unwrap_or_else(|| panic!("no record of epoch {}", member.share_epoch)))
    }

    /// P1: the rewards bucket is what members can claim, plus the index's surplus, plus fractions
    /// that closed members have left.
    fn rewards(&self) {
        let owed: u128 = self
            .members
            .iter()
            .map(|member| {
                let index =
                    self.index(member, self.fund.reward_index.get(), |record| record.reward_index.get());
                let pending =
                    member.shares.get() * grown(member.shares.get(), index, member.reward_index.get());
                member.rewards.get() + pending
            })
            .sum();
        let bucket = u128::from(self.fund.rewards_unclaimed) << 64;
        let explained = owed + u128::from(self.fund.reward_surplus);
        assert!(explained <= bucket, "P1: rewards of {owed} / 2^64 exceed the bucket of {bucket} / 2^64");
        let left = bucket - explained;
        let fractions = u128::from(self.history.closed) << 64;
        assert!(left == 0 || left < fractions, "P1: {left} / 2^64 of rewards are nobody's");
    }

    /// Nobody can ever claim back more than survivors have paid.
    fn losses_borne(&self) {
        let borne: u128 = self
            .members
            .iter()
            .map(|member| {
                let index = self.index(member, self.fund.loss_index.get(), |record| record.loss_index.get());
                member.loss_borne.get()
                    + member.shares.get() * grown(member.shares.get(), index, member.loss_index.get())
            })
            .sum();
        let (paid, back) = (self.history.paid_for_others, self.history.paid_back);
        let in_cushions: u128 = self.cushion_losses().iter().map(|(borne, _)| borne).sum();
        let borne = borne + in_cushions + (u128::from(back) << 64);
        assert!(borne <= u128::from(paid) << 64, "P12: losses of {borne} / 2^64 borne, {paid} paid");
        assert!(back <= paid, "P12: {back} paid back of {paid}");
    }

    /// P1 and P12: the recoveries bucket is what members can claim and what waits for more, less
    /// than two units of rounding each; what they have not recovered is at least what the fund has
    /// outstanding, less than a unit of every loss aside.
    fn recoveries(&self) {
        let (f, members) = self.all_touched();
        let (mut claimable, mut outstanding) = (0, 0);
        for member in &members {
            let (book, units) = (f.losses(), member.loss_units.get());
            claimable += u128::from(book.claimable(member.loss_borne.get(), units).expect("a claim"));
            outstanding += u128::from(book.outstanding_of(units).expect("an amount"));
        }
        let records = self.cushion_losses();
        for (borne, units) in &records {
            claimable += u128::from(f.losses().claimable(*borne, *units).expect("a claim"));
            outstanding += u128::from(f.losses().outstanding_of(*units).expect("an amount"));
        }
        let (bucket, held) = (u128::from(f.recoveries), u128::from(f.recoveries_held));
        assert!(
            claimable + held <= bucket,
            "P1: {claimable} can be claimed and {held} wait, the bucket has {bucket}"
        );
        let gone = u128::from(self.history.closed + self.history.waived);
        let spread = u128::from(self.history.spread);
        let rounding = 2 * ((self.members.len() + self.defaults.len()) as u128 + gone) + 2 + spread;
        assert!(
            bucket - claimable - held <= rounding,
            "P1: {} of recoveries are nobody's",
            bucket - claimable - held
        );
        let least = u128::from(f.losses_outstanding);
        assert!(outstanding + gone + spread >= least, "P12: {outstanding} of {least} outstanding");
    }

    /// The house rounds in which a record holds units: the one its cushion is in, and those that it
    /// has been carried into.
    fn rounds_of(&self, record: &DefaultRecord) -> Vec<u64> {
        if !record.has_cushion() {
            return vec![];
        }
        let mut rounds = vec![record.cushion_round];
        let mut last = record.cushion_round;
        while last < self.fund.house_round && self.fund.ended_rounds[place_of(last)].carries.get() {
            last += 1;
            rounds.push(last);
        }
        rounds
    }

    /// What every record with a cushion has borne for others, Q64.64, and its units of the losses
    /// outstanding.
    fn cushion_losses(&self) -> Vec<(u128, u128)> {
        let f = &self.fund;
        let losses = |record: &DefaultRecord, round: u64| {
            let present = round == f.house_round;
            let losses =
                if present { f.cushion_round.losses } else { f.ended_rounds[place_of(round)].losses };
            let mark = if round == record.cushion_round {
                record.cushion_mark
            } else {
                bytemuck::Zeroable::zeroed()
            };
            losses.borne(record.cushion_units.get(), &mark, f.loss_epoch).expect("a loss")
        };
        let of = |record| self.rounds_of(record).into_iter().map(move |round| losses(record, round));
        self.defaults.iter().flat_map(of).collect()
    }

    /// P1: the bucket of cushions is what rounds hold, every unit is a record's, and a round keeps
    /// at least what its records will be given.
    fn cushions(&self) {
        let f = &self.fund;
        let ended: u64 = f.ended_rounds.iter().map(|round| round.money).sum();
        assert_eq!(f.cushions, f.cushion_round.money + ended, "P1: cushions");
        let held = |number: u64| -> (u128, usize) {
            let records: Vec<_> =
                self.defaults.iter().filter(|record| self.rounds_of(record).contains(&number)).collect();
            (records.iter().map(|record| record.cushion_units.get()).sum(), records.len())
        };
        let present = (f.cushion_round.units.get(), f.cushion_round.records as usize);
        assert_eq!(present, held(f.house_round), "P1: units of the present round");
        for number in f.house_round.saturating_sub(HOUSE_ROUNDS as u64)..f.house_round {
            let round = f.ended_rounds[place_of(number)];
            let (units, records) = held(number);
            assert_eq!(
                (round.open.get(), round.records as usize),
                (units, records),
                "P1: units of round {number}"
            );
            assert!(records > 0 || round.money == 0, "P1: {} of round {number} are nobody's", round.money);
            let owed = if units == 0 { 0 } else { u128::from(round.worth) * units / round.units.get() };
            assert!(
                owed <= u128::from(round.money),
                "P1: round {number} owes {owed} and has {}",
                round.money
            );
        }
        for member in &self.members {
            let address = keys::member(member.fund, member.owner);
            let own = self.defaults.iter().filter(|record| record.has_cushion() && record.member == address);
            assert_eq!(member.cushions as usize, own.count(), "cushions of a member");
        }
    }

    /// The member as its next touch will leave it.
    fn touched(&self, member: &Member) -> Member {
        let mut member = *member;
        if member.share_epoch == self.fund.share_epoch || member.shares.get() == 0 {
            shares::touch(&self.fund, &mut member).expect("a touch");
        } else {
            let record = self.epochs.iter().find(|record| record.epoch == member.share_epoch);
            shares::settle_epoch(&self.fund, &mut member, record.expect("a record of every ended epoch"))
                .expect("a settlement");
        }
        member
    }

    /// The fund and its members as the next touches of all of them, and of all claims, will leave them.
    fn all_touched(&self) -> (Fund, Vec<Member>) {
        let mut fund = self.fund;
        let mut members: Vec<Member> = self.members.iter().map(|member| self.touched(member)).collect();
        for member in &mut members {
            gains_cut::touch_claim(&mut fund, member).expect("a claim");
        }
        // What claims lack is borne by all of them when the first is paid.
        if fund.payout_claims > 0 {
            for member in members.iter_mut().filter(|member| member.claim > 0) {
                closing::pay_out(&mut fund, member).expect("a part of the pool");
            }
        }
        (fund, members)
    }

    /// P1: the claims of a round are its members', but for those that have left, and no more is owed than
    /// the round has left.
    fn claims(&self) {
        let f = &self.fund;
        let held = self.members.iter().map(|member| member.gain_claim);
        let claims: Vec<GainClaim> = held.filter(|claim| claim.round != 0).collect();
        let mut owed = 0;
        for number in f.cut_seq.saturating_sub(KEPT_ROUNDS as u64 - 1).max(1)..=f.cut_seq {
            let round = f.cut_round(number);
            let of_round = || claims.iter().filter(|claim| claim.round == number);
            assert_eq!(round.claims as usize, of_round().count(), "P1: claims of round {number}");
            let gains: u64 = of_round().map(|claim| claim.gain).sum();
            let all = gains + round.gone;
            assert!(round.is_cut.get() || all == round.gains, "P1: gains of round {number}");
            let left = |claim: &GainClaim| match round.is_cut.get() {
                true => round.after().entitlement(claim.gain).expect("a part").saturating_sub(claim.paid),
                false => claim.gain,
            };
            let left: u64 = of_round().map(left).sum();
            assert!(left <= round.after().owed(), "P1: {left} claimed of round {number}: {round:?}");
            owed += round.after().owed();
        }
        assert_eq!(f.gain_claims, owed, "P1: what registered claims are owed");
        let kept =
            |claim: &GainClaim| claim.round + KEPT_ROUNDS as u64 > f.cut_seq && claim.round <= f.cut_seq;
        assert!(claims.iter().all(kept), "P1: a claim of a round that is not kept");
    }

    /// P2: in every market the lots of members and house are zero together, and open interest is
    /// the long side.
    fn novation(&self) {
        for market in &self.markets {
            let held: Vec<i128> = self.positions(market.index).map(|slot| i128::from(slot.lots)).collect();
            let house = i128::from(market.house_lots);
            assert_eq!(held.iter().sum::<i128>() + house, 0, "P2: market {}", market.index);
            let long: i128 = held.iter().chain([&house]).filter(|lots| **lots > 0).sum();
            assert_eq!(
                long,
                i128::from(market.open_interest),
                "P2: open interest of market {}",
                market.index
            );
        }
    }

    /// What a member has locked is what the takings lock that it is a side of, and each of them keeps a slot.
    fn takings(&self) {
        let taken = || self.offers.iter().filter(|offer| offer.is_taken());
        for offer in taken() {
            assert!(offer.taking.locked > 0, "a taking that locks nothing");
        }
        for member in &self.members {
            let address = keys::member(member.fund, member.owner);
            let own = taken().filter(|offer| offer.maker == address || offer.taking.taker == address);
            let own: Vec<_> = own.collect();
            let sum = |of: fn(&Taking) -> u64| own.iter().map(|offer| of(&offer.taking)).sum::<u64>();
            assert_eq!(member.locked, sum(|taking| taking.locked), "locked margin");
            assert_eq!(member.locked_stress, sum(|taking| taking.locked_stress), "locked stress loss");
            let contribution = sum(|taking| taking.locked_contribution);
            assert_eq!(member.locked_contribution, contribution, "locked contribution");
            let kept: usize = member.positions.iter().map(|slot| usize::from(slot.takings)).sum();
            assert_eq!(kept, own.len(), "slots kept for takings");
            let beyond = &member.positions[8 - usize::from(member.untaken)..];
            assert!(
                beyond.iter().all(|slot| slot.is_free() && slot.takings == 0),
                "slots that were never taken"
            );
        }
    }

    /// C1, C6 and C9: what covers pledge, are owed and hold is what the fund counts; each is within its limit.
    fn covers(&self) {
        let f = &self.fund;
        let sum = |part: fn(&Cover) -> u64| self.covers.iter().map(part).sum::<u64>();
        let live = |cover: &&Cover| cover.status != CoverStatus::Ended;
        let pledged: u64 = self.covers.iter().filter(live).map(|cover| cover.limit - cover.drawn).sum();
        assert_eq!(f.committed, pledged, "C1: K");
        assert_eq!(usize::from(f.covers), self.covers.iter().filter(live).count(), "covers");
        assert_eq!(usize::from(f.cover_seq), self.covers.len(), "covers opened");
        let active = self.covers.iter().filter(|cover| cover.status == CoverStatus::Active);
        assert_eq!(f.cover_owed, active.map(|cover| cover.owed).sum::<u64>(), "what covers are owed");
        let reserve = sum(|cover| cover.prepaid + cover.first_loss + cover.payable);
        assert_eq!(f.cover_reserve, reserve, "C6: the reserve of covers");
        for cover in &self.covers {
            assert!(cover.drawn + cover.owed <= cover.limit, "a cover beyond its limit");
            assert!(
                cover.period_drawn + cover.period_before <= cover.period_limit,
                "a cover beyond its period"
            );
            assert!(
                cover.status != CoverStatus::Ended || cover.owed == 0,
                "an ended cover is owed something"
            );
        }
        assert!(f.exits.hold_used_secs <= HOLD_ROOM_SECS, "C9: the bucket of holds");
        let held = (f.exits.hold_until_ts - f.exits.ts).max(0).unsigned_abs();
        assert!(held <= HOLD_ROOM_SECS, "C9: a hold of {held} s");
    }

    /// P3: over all markets, raw quote of members, house and premium is what the pool holds and what
    /// is unfunded, less what registered claims and closed-out members claim of it; exactly.
    fn zero_sum(&self) {
        let mut sum = 0;
        for market in &self.markets {
            let raw: i128 = self.positions(market.index).map(|slot| slot.raw.get()).sum();
            let premium = market.adjusted.premium_raw.get() as i128;
            let (raw, scale) = (raw + market.house_raw.get() + premium, i128::from(market.scale));
            assert_eq!(
                raw % scale,
                0,
                "P3: raw quote of market {} is no multiple of its scale",
                market.index
            );
            sum += raw / scale;
        }
        let f = &self.fund;
        let expected =
            i128::from(f.pool) + i128::from(f.unfunded) - i128::from(f.claims) - i128::from(f.gain_claims);
        assert_eq!(
            sum + i128::from(f.house_result),
            expected,
            "P3: positions against pool {} and unfunded {}",
            f.pool,
            f.unfunded
        );
    }

    /// What the fund counts is what there is.
    fn counters(&self) {
        let f = &self.fund;
        f.invariant().expect("Fund::invariant");
        let in_status = |status| self.members.iter().filter(|member| member.status == status).count();
        let open = || self.defaults.iter().filter(|record| record.status == DefaultStatus::Declared);
        let owned: u64 = open().map(|record| record.unfunded).sum();
        assert_eq!(f.unfunded, f.residual + owned, "unfunded is the residual and what open defaults leave");
        assert_eq!(f.open_defaults as usize, open().count(), "open defaults");
        assert!(open().all(|record| record.unfunded > 0), "an open default that leaves nothing");
        assert_eq!(f.graces as usize, in_status(MemberStatus::Grace), "members in grace");
        assert!(f.graces > 0 || f.exits.grace_until_ts <= f.exits.ts, "a block by no grace");
        let watched = |member: &&Member| member.watch_until_ts > f.exits.ts;
        let watches = self.members.iter().filter(watched).count();
        assert!(f.exits.open_watches as usize >= watches, "every open watch blocks exits");
        assert_eq!(f.members as usize, self.members.len(), "members");
        assert_eq!(usize::from(f.market_count), self.markets.len(), "markets");
        let houses = self.markets.iter().filter(|market| !market.is_house_flat()).count();
        assert_eq!(usize::from(f.open_houses), houses, "markets with a house position");
        let waived: Vec<u64> =
            self.markets.iter().map(|market| market.house_waived).filter(|risk| *risk > 0).collect();
        assert_eq!(
            (usize::from(f.waived_houses), f.waived_at_risk),
            (waived.len(), waived.iter().sum()),
            "waived houses"
        );
        assert!(
            self.markets.iter().all(|market| market.house_waived == 0 || market.house_lots != 0),
            "a flat house"
        );
        assert_eq!(f.closed_out as usize, in_status(MemberStatus::ClosedOut), "members closed out");
        assert_eq!(f.claims, self.members.iter().map(|member| member.claim).sum::<u64>(), "claims");
        assert!(f.house_result >= 0 || !f.can_end_house_round(), "a loss of houses that nobody waits for");
        assert_eq!(f.crowding, self.markets.iter().map(|market| market.crowding).sum::<u64>(), "crowding");
        assert!(f.status != FundStatus::Recovery || f.has_open_loss(), "recovery without a loss");
        assert_eq!(self.epochs.len() as u64, f.share_epoch, "a record for every ended epoch");
        assert!(
            f.contributions > 0 || f.total_shares.get() == 0 || f.open_defaults > 0,
            "shares without money"
        );
        let [first, second] = f.exposures;
        assert!(
            first.member != second.member || first.stress_loss == 0,
            "a member is twice among the largest exposures"
        );
    }

    /// Rates in force are those of the base and the multiplier, within its bounds; initial margin
    /// is above maintenance margin and what a trade can lose.
    fn rates(&self) {
        for market in &self.markets {
            let (rates, state, terms) = (&market.rates, &market.adjusted, &market.adjustment);
            assert!((terms.multiplier_min_bps..=terms.multiplier_max_bps).contains(&state.multiplier_bps));
            assert!(
                rates.maintenance_bps < rates.initial_bps && rates.initial_bps <= rates.stress_bps,
                "{rates:?}"
            );
            let lost = 2 * market.price_band_bps + self.fund.params.clearing_fee_bps;
            assert!(rates.initial_bps > lost, "P7: initial margin {} and band {lost}", rates.initial_bps);
        }
    }

    /// A member holds a market once, and only markets there are.
    fn slots(&self) {
        for member in &self.members {
            let mut held: Vec<u16> = used(member).map(|slot| slot.market).collect();
            assert!(held.iter().all(|market| *market < self.fund.market_count), "a position in no market");
            let count = held.len();
            held.sort_unstable();
            held.dedup();
            assert_eq!(held.len(), count, "two positions in one market");
        }
    }

    fn positions(&self, market: u16) -> impl Iterator<Item = &PositionSlot> {
        self.members.iter().flat_map(used).filter(move |slot| slot.market == market)
    }
}

fn used(member: &Member) -> impl Iterator<Item = &PositionSlot> {
    member.held()
}

/// By how much an index has grown for somebody with shares.
fn grown(shares: u128, index: u128, snapshot: u128) -> u128 {
    if shares == 0 {
        return 0;
    }
    index.checked_sub(snapshot).expect("an index never falls")
}
