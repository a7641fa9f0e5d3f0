//! One event for every change of state. Fixed layouts: an event is logged as it lies in memory.
//!
//! Together the events tell everything: `history/` recomputes every bucket and every member from them
//! alone. A new way for money to move needs an event that says how much, whence and whither.

use {
    crate::constants::MAX_POSITIONS,
    anchor_lang::{prelude::*, sol_log_data, Discriminator},
    bytemuck::{bytes_of, Pod, Zeroable},
};

/// Logs an event. The framework's `emit` would first copy it to the heap.
macro_rules! log {
    ($event:expr) => {
        $event.log()
    };
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$doc])* #[event(bytemuck)] pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

            impl $name {
                /// Logs the event behind its discriminator, as clients read it.
                #[inline(always)]
                pub fn log(self) {
                    #[repr(C)]
                    #[derive(Clone, Copy, Pod, Zeroable)]
                    struct Logged {
                        discriminator: [u8; 8],
                        event: $name,
                    }
                    let discriminator = const { eight_bytes(<$name>::DISCRIMINATOR) };
                    sol_log_data(&[bytes_of(&Logged { discriminator, event: self })]);
                }
            }
        )*
    };
}

/// Returns a discriminator, which has eight bytes, as the array that it is.
const fn eight_bytes(discriminator: &[u8]) -> [u8; 8] {
    *discriminator.first_chunk().expect("a discriminator has eight bytes")
}

events! {
    /// A fund was created.
    FundCreated { fund: Address, mint: Address, creator: Address, authority: Address, id: u64, }
    /// A market was created. `scale` is its raw quote per base unit of money.
    MarketCreated { fund: Address, market: Address, market_index: u64, scale: u64, }
    /// Parts of the fund are paused.
    Paused { fund: Address, bits: u64, expires_ts: i64, }
    /// The pauses of parts end at `ends_ts`, if they do not sooner.
    PauseEnded { fund: Address, bits: u64, ends_ts: i64, }
    /// A parameter change was queued. It can be applied once the exit clock reads `ready_secs`.
    ChangeQueued { fund: Address, number: u64, ready_secs: u64, }
    /// A queued change is in force.
    ChangeApplied { fund: Address, number: u64, }
    /// Other terms of a market are in force from `ts` on. Until then `premium_rate` a second was due, as in
    /// [`Cranked`].
    TermsChanged { fund: Address, market_index: u64, premium_rate: u64, ts: i64, }
    /// A queued change was vetoed.
    ChangeVetoed { fund: Address, number: u64, }
    /// The authority was offered to a key (`accepted` 0), or taken by it (1).
    AuthorityMoved { fund: Address, authority: Address, accepted: u64, }
    /// Treasury is asked back (amount above zero), or no longer. It can be claimed once the exit
    /// clock reads `ready_secs`.
    TreasuryRequested { fund: Address, to: Address, amount: u64, ready_secs: u64, }
    /// A request of treasury is committed and can be paid once the exit clock reads `ready_secs`. Here
    /// and below `released` are the rewards that have reached the shares first.
    TreasuryCommitted { fund: Address, ready_secs: u64, released: u64, }
    /// The treasury received (positive) or paid out money.
    TreasuryMoved { fund: Address, amount: i64, treasury: u64, released: u64, }
    /// A member account was opened.
    MemberOpened { fund: Address, member: Address, owner: Address, }
    /// A member account was closed.
    MemberClosed { fund: Address, member: Address, }
    /// A member may be traded by somebody else, who may concede so much against the mark in a day;
    /// zero is nobody.
    DelegateSet { member: Address, delegate: Address, daily_budget: u64, }
    /// Margin came in (positive) or went out.
    MarginMoved { member: Address, amount: i64, margin: u64, }
    /// Shares were bought.
    Contributed { member: Address, amount: u64, shares: PodU128, released: u64, }
    /// A withdrawal was requested (shares above zero) or cancelled. It can be claimed once the exit
    /// clock reads `ready_secs`.
    WithdrawalRequested { member: Address, shares: PodU128, ready_secs: u64, }
    /// The exit is committed and can be paid once the exit clock reads `ready_secs`; what counts of
    /// the day's outflow with it. A member that has waited half of the claim window is let out
    /// beyond the cap and the cover of the two largest exposures (`overdue`).
    ExitCommitted {
        member: Address,
        ready_secs: u64,
        amount: u64,
        outflow: u64,
        overdue: u64,
        released: u64,
    }
    /// Shares were paid out. `overdue` is as in `ExitCommitted`, if this call has admitted the
    /// exit.
    WithdrawalPaid {
        member: Address,
        amount: u64,
        shares: PodU128,
        outflow: u64,
        overdue: u64,
        released: u64,
    }
    /// Rewards were paid out.
    RewardsPaid { member: Address, amount: u64, released: u64, }
    /// A member left an ended share epoch.
    EpochSettled { member: Address, epoch: u64, }
    /// Two members traded. The fund is the counterparty of each. Each pays `fee`; `to_rewards` is the
    /// contributors' part of both fees, the rest is the treasury's.
    Novated {
        buyer: Address,
        seller: Address,
        lots: i64,
        price: u64,
        fee: u64,
        market_index: u64,
        to_rewards: u64,
    }
    /// A mark was taken from the oracle. The rates are those in force with it; the regime is 0
    /// neutral, 1 risk-on, 2 risk-off. `premium_rate` a second, in units of 2^-64, was due since the mark
    /// before, as that mark's regime changes it.
    Cranked {
        market: Address,
        price: u64,
        confidence: u64,
        publish_ts: i64,
        multiplier_bps: u64,
        initial_bps: u64,
        maintenance_bps: u64,
        regime: u64,
        premium_rate: u64,
    }
    /// A print did not become the mark: 1 no usable price, 2 another exponent, 3 not trading, 4 too
    /// uncertain. The market is silent until a sound print is taken.
    Silenced { market: Address, silence: u64, publish_ts: i64, }
    /// The price has moved too far. Trades that add risk are halted until `until_ts`.
    BreakerTripped { market: Address, price: u64, until_ts: i64, }
    /// Premiums became cash.
    PremiumCollected { fund: Address, market_index: u64, amount: u64, to_rewards: u64, }
    /// A member's exposure was reported.
    ExposureReported { fund: Address, member: Address, stress_loss: u64, }
    /// Profit became cash; `paid` is negative for a loss.
    Settled { member: Address, paid: i64, market_index: u64, }
    /// A member took lots from one below maintenance margin, at `price`.
    Liquidated {
        target: Address,
        liquidator: Address,
        lots: i64,
        bonus: u64,
        fee: u64,
        market_index: u64,
        price: u64,
    }
    /// A member's equity is negative. It can top up; a declaration from `final_ts` on is final.
    GraceStarted { member: Address, final_ts: i64, }
    /// The member meets initial margin again, or nobody has made its default final in time.
    GraceEnded { member: Address, }
    /// A default is declared, and the defaulter has paid as far as it could. `from_claim` was left of a
    /// gain that was cut; `assigned` is one that will be. `given_up` are losses of its own that were set off
    /// against what others pay. `cushion` stands behind the sale of its lots, `unfunded` is for the layers
    /// after it. `keeper` got the bounty, zero is nobody.
    DefaultDeclared {
        fund: Address,
        member: Address,
        seq: u64,
        from_margin: u64,
        shortfall: u64,
        from_claim: u64,
        assigned: u64,
        given_up: u64,
        from_rewards: u64,
        from_recoveries: u64,
        from_contribution: u64,
        cushion: u64,
        unfunded: u64,
        bounty: u64,
        keeper: Address,
        released: u64,
    }
    /// The treasury, then contributions and cushions, have paid for a default. `residual` is what they have
    /// not, with what a gain of the defaulter may still cancel. `keeper` got the bounty, zero is nobody.
    LossAllocated {
        fund: Address,
        member: Address,
        seq: u64,
        from_treasury: u64,
        from_survivors: u64,
        from_cushions: u64,
        residual: u64,
        contributions: u64,
        called: u64,
        bounty: u64,
        keeper: Address,
    }
    /// The layers were applied to a loss that no open default owns.
    ResidualAllocated {
        fund: Address,
        from_treasury: u64,
        from_survivors: u64,
        from_cushions: u64,
        residual: u64,
        contributions: u64,
        called: u64,
    }
    /// The house of a market is flat: its loss (negative) or gain joins those of the others in this
    /// round.
    HouseFlat { fund: Address, market_index: u64, result: i64, }
    /// The results of all houses are realised as one sum. A loss is paid by the cushions, and is
    /// `unfunded` beyond them; a gain has `cancelled` unfunded loss, and the rest is `recovered`.
    /// `cushions` is what the round's cushions have left.
    HousesRealised {
        fund: Address,
        round: u64,
        from_cushions: u64,
        unfunded: u64,
        cancelled: u64,
        recovered: u64,
        cushions: u64,
    }
    /// What a cushion has left came back as contribution; what found no share or no holder is the
    /// treasury's. `carries`: a part goes on standing behind a silent house.
    CushionReleased {
        fund: Address,
        member: Address,
        seq: u64,
        amount: u64,
        to_treasury: u64,
        carries: u64,
        released: u64,
    }
    /// What one whole side of a market could cost was booked, and what all markets have booked
    /// together.
    CrowdingBooked { fund: Address, market_index: u64, cost: u64, all: u64, }
    /// A member endangers more than the cover limit admits (`called`): it only reduces, and its excess
    /// can be sold from this reading of the exit clock on. Otherwise it is within the limit again.
    StressCalled { fund: Address, member: Address, called: u64, due_secs: u64, }
    /// Lots of a member that was called for its stress loss were sold to another one.
    ExcessSold { target: Address, taker: Address, lots: i64, price: u64, discount: u64, market_index: u64, }
    /// A member agreed to a cap of assessments.
    AssessmentAgreed { member: Address, cap_bps: u64, }
    /// A member paid an assessment. `accrued`: the same call has brought the rewards and losses of its
    /// shares up to date.
    AssessmentPaid {
        fund: Address,
        member: Address,
        amount: u64,
        residual: u64,
        accrued: u64,
        released: u64,
    }
    /// A member is called to contribute, until the exit clock reads `due_secs`; zero: the call is
    /// met.
    ContributionCalled { member: Address, amount: u64, due_secs: u64, released: u64, }
    /// Margin became contribution, for a call that was due.
    CallEnforced { member: Address, amount: u64, shares: PodU128, released: u64, }
    /// Layer 6 has begun: gains are read at `cut_ts`, and members register until `ends_ts`.
    GainsCutOpened { fund: Address, round: u64, loss: u64, cut_ts: i64, ends_ts: i64, }
    /// A member's net gain became a claim. A latecomer is cut at once. `from_margin` of it were settled
    /// gains, and `realised` is what each of its positions gave, in the order of its account.
    GainsRegistered {
        fund: Address,
        member: Address,
        round: u64,
        gain: u64,
        cut: u64,
        from_margin: u64,
        realised: [i64; MAX_POSITIONS],
    }
    /// `cut` was cut from the gains that were registered, all by the same fraction. What was left of
    /// defaulters' gains was set off against unfunded loss.
    GainsCut { fund: Address, round: u64, gains: u64, cut: u64, set_off: u64, residual: u64, }
    /// A member's claim was paid into its margin, as far as the pool reaches; `left` of it waits.
    GainPaid { fund: Address, member: Address, round: u64, paid: u64, left: u64, }
    /// Money came back for the members that bore losses. `seq` is the default that it was paid back for,
    /// and the largest number if it was for none.
    Recovered { fund: Address, amount: u64, outstanding: u64, seq: u64, }
    /// A member was paid recovered losses.
    RecoveryPaid { fund: Address, member: Address, amount: u64, }
    /// A member gave up losses that it had not recovered.
    RecoveryWaived { member: Address, amount: u64, }
    /// Nothing is left to pay losses with, so the wind-down has begun.
    WindDownStarted { fund: Address, residual: u64, final_marks_ts: i64, }
    /// A market ends then, unless its feed comes back.
    MarketEnds { fund: Address, market_index: u64, end_ts: i64, }
    /// A market's mark is final.
    MarkFixed { fund: Address, market_index: u64, price: u64, }
    /// A member's positions are closed at the final marks. `for_good`: by a wind-down, which turns a
    /// gain into a claim.
    ClosedOut { member: Address, settled: i64, claim: u64, for_good: u64, }
    /// A claim on a closed fund was paid.
    ClaimPaid { fund: Address, member: Address, claim: u64, paid: u64, }
    /// A loss took all contributions. Their shares are worth nothing.
    EpochWiped { fund: Address, epoch: u64, dust: u64, }
    /// A member bought from the house.
    /// `price` is before the discount.
    TakenOver {
        member: Address,
        lots: i64,
        price: u64,
        discount: u64,
        market_index: u64,
        house_result: i64,
    }
    /// A member owes more than it has: exits are blocked until then at the latest.
    WatchOpened { fund: Address, member: Address, until_ts: i64, }
    /// The watch on a member has ended.
    WatchEnded { fund: Address, member: Address, }
    /// Somebody looked at what a house has at risk, and whether nothing waits for it (`waived`).
    /// `stress` of it is the stress loss of its lots.
    HouseBooked { fund: Address, market_index: u64, at_risk: u64, waived: u64, }
    /// The record of a default was closed.
    DefaultClosed { fund: Address, seq: u64, }
    /// A member offers lots, signed as it receives them, at this distance from the first print after a
    /// taking, in basis points and in its favour, and at this price at worst.
    OfferPosted {
        fund: Address,
        offer: Address,
        maker: Address,
        lots: i64,
        limit_price: u64,
        distance_bps: i64,
        expires_ts: i64,
        market_index: u64,
    }
    /// An offer was taken back, or has expired.
    OfferCancelled { fund: Address, offer: Address, maker: Address, }
    /// A member has taken lots, signed as it receives them. They are filled at the first print after
    /// `ts`, and until then so much margin of each side is locked.
    OfferTaken {
        fund: Address,
        offer: Address,
        maker: Address,
        taker: Address,
        lots: i64,
        limit_price: u64,
        ts: i64,
        locked: u64,
        market_index: u64,
    }
    /// A taking was filled at this print, as the [`Novated`] before it says. `left` are the lots that
    /// the offer still has, signed as its maker receives them.
    OfferFilled {
        fund: Address,
        offer: Address,
        maker: Address,
        taker: Address,
        lots: i64,
        left: i64,
        print: u64,
        publish_ts: i64,
        market_index: u64,
    }
    /// A taking was not filled in time.
    TakingLapsed { fund: Address, offer: Address, maker: Address, taker: Address, }
    /// A cover was opened. The kind is 0 claims, 1 venue, 2 parametric.
    CoverOpened {
        fund: Address,
        cover: Address,
        limit: u64,
        opens_ts: i64,
        ends_ts: i64,
        index: u64,
        kind: u64,
    }
    /// A cover has a higher limit, is no longer suspended, or opens anew after a lapse.
    CoverAmended { fund: Address, cover: Address, limit: u64, opens_ts: i64, }
    /// A cover was suspended: what it draws is booked only.
    CoverSuspended { fund: Address, cover: Address, }
    /// A cover was paid into: 0 premium in advance, 1 first loss, 2 premium that is earned at once. Of that
    /// `to_rewards` is for contributors and the rest for the treasury.
    CoverFunded { fund: Address, cover: Address, amount: u64, purse: u64, to_rewards: u64, }
    /// Premium of a cover was earned, `to_rewards` of it for contributors and the rest for the treasury. So
    /// much is left in advance; the cover has lapsed as of `lapsed_ts` unless that is zero.
    CoverAccrued {
        fund: Address,
        cover: Address,
        premium: u64,
        prepaid: u64,
        lapsed_ts: i64,
        to_rewards: u64,
    }
    /// Covers hold exits until `until_ts`. A loss of this one may be undecided until `live_until_ts`.
    CoverHeld { fund: Address, cover: Address, until_ts: i64, live_until_ts: i64, }
    /// The drawer of a cover has asked for `amount`. The first loss pays so much, and so much more is owed.
    CoverDrawn { fund: Address, cover: Address, amount: u64, first_loss: u64, owed: u64, }
    /// What a cover was owed was paid; what the fund lacked has lapsed.
    CoverSettled {
        fund: Address,
        cover: Address,
        from_treasury: u64,
        from_contributions: u64,
        lapsed: u64,
    }
    /// Money of a cover was sent to its destination, or back to its beneficiary.
    CoverCollected { fund: Address, cover: Address, amount: u64, refunded: u64, }
    /// Money of a cover came back, to the members that have borne losses. So much of these is outstanding.
    CoverReturned { fund: Address, cover: Address, amount: u64, outstanding: u64, }
    /// A cover has ended and pledges so much less.
    CoverEnded { fund: Address, cover: Address, released: u64, }
    /// The market of a venue has fallen: its draws are bounded by `bound` now, and exits are held.
    GapShown { fund: Address, cover: Address, bound: u64, until_ts: i64, }
}
