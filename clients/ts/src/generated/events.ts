// Made by generate.mjs from the IDL: do not edit.

import * as types from './types/index.js';

/** Every event of the program: the bytes it begins with, and the decoder of what follows them. */
export const EVENTS = {
    /** A member agreed to a cap of assessments. */
    AssessmentAgreed: { discriminator: [209, 82, 97, 102, 155, 230, 242, 3], decoder: types.getAssessmentAgreedEventDecoder },
    /** A member paid an assessment. `accrued`: the same call has brought the rewards and losses of its shares up to date. */
    AssessmentPaid: { discriminator: [213, 102, 60, 217, 71, 238, 160, 144], decoder: types.getAssessmentPaidEventDecoder },
    /** The authority was offered to a key (`accepted` 0), or taken by it (1). */
    AuthorityMoved: { discriminator: [194, 137, 186, 36, 255, 252, 47, 164], decoder: types.getAuthorityMovedEventDecoder },
    /** The price has moved too far. Trades that add risk are halted until `until_ts`. */
    BreakerTripped: { discriminator: [248, 29, 234, 230, 10, 90, 65, 84], decoder: types.getBreakerTrippedEventDecoder },
    /** Margin became contribution, for a call that was due. */
    CallEnforced: { discriminator: [157, 23, 241, 195, 104, 218, 110, 87], decoder: types.getCallEnforcedEventDecoder },
    /** A queued change is in force. */
    ChangeApplied: { discriminator: [226, 1, 224, 100, 192, 110, 58, 24], decoder: types.getChangeAppliedEventDecoder },
    /** A parameter change was queued. It can be applied once the exit clock reads `ready_secs`. */
    ChangeQueued: { discriminator: [232, 143, 80, 230, 125, 117, 169, 213], decoder: types.getChangeQueuedEventDecoder },
    /** A queued change was vetoed. */
    ChangeVetoed: { discriminator: [18, 127, 43, 10, 178, 206, 26, 116], decoder: types.getChangeVetoedEventDecoder },
    /** A claim on a closed fund was paid. */
    ClaimPaid: { discriminator: [212, 155, 88, 118, 128, 99, 132, 42], decoder: types.getClaimPaidEventDecoder },
    /** A member's positions are closed at the final marks. `for_good`: by a wind-down, which turns a gain into a claim. */
    ClosedOut: { discriminator: [35, 124, 78, 96, 213, 145, 182, 43], decoder: types.getClosedOutEventDecoder },
    /** Shares were bought. */
    Contributed: { discriminator: [196, 199, 157, 136, 180, 222, 100, 118], decoder: types.getContributedEventDecoder },
    /** A member is called to contribute, until the exit clock reads `due_secs`; zero: the call is met. */
    ContributionCalled: { discriminator: [114, 202, 128, 161, 226, 45, 251, 8], decoder: types.getContributionCalledEventDecoder },
    /** Premium of a cover was earned, `to_rewards` of it for contributors and the rest for the treasury. So much is left in advance; the cover has lapsed as of `lapsed_ts` unless that is zero. */
    CoverAccrued: { discriminator: [137, 32, 11, 191, 59, 173, 53, 156], decoder: types.getCoverAccruedEventDecoder },
    /** A cover has a higher limit, is no longer suspended, or opens anew after a lapse. */
    CoverAmended: { discriminator: [81, 113, 106, 50, 86, 44, 198, 150], decoder: types.getCoverAmendedEventDecoder },
    /** Money of a cover was sent to its destination, or back to its beneficiary. */
    CoverCollected: { discriminator: [55, 80, 177, 170, 148, 84, 54, 33], decoder: types.getCoverCollectedEventDecoder },
    /** The drawer of a cover has asked for `amount`. The first loss pays so much, and so much more is owed. */
    CoverDrawn: { discriminator: [107, 248, 22, 33, 212, 174, 133, 224], decoder: types.getCoverDrawnEventDecoder },
    /** A cover has ended and pledges so much less. */
    CoverEnded: { discriminator: [58, 90, 238, 102, 4, 150, 133, 158], decoder: types.getCoverEndedEventDecoder },
    /** A cover was paid into: 0 premium in advance, 1 first loss, 2 premium that is earned at once. Of that `to_rewards` is for contributors and the rest for the treasury. */
    CoverFunded: { discriminator: [222, 87, 85, 10, 106, 197, 125, 225], decoder: types.getCoverFundedEventDecoder },
    /** Covers hold exits until `until_ts`. A loss of this one may be undecided until `live_until_ts`. */
    CoverHeld: { discriminator: [146, 11, 129, 203, 125, 115, 157, 191], decoder: types.getCoverHeldEventDecoder },
    /** A cover was opened. The kind is 0 claims, 1 venue, 2 parametric. */
    CoverOpened: { discriminator: [85, 234, 44, 208, 232, 6, 209, 128], decoder: types.getCoverOpenedEventDecoder },
    /** Money of a cover came back, to the members that have borne losses. So much of these is outstanding. */
    CoverReturned: { discriminator: [148, 242, 1, 111, 251, 52, 238, 253], decoder: types.getCoverReturnedEventDecoder },
    /** What a cover was owed was paid; what the fund lacked has lapsed. */
    CoverSettled: { discriminator: [82, 61, 49, 156, 106, 118, 156, 211], decoder: types.getCoverSettledEventDecoder },
    /** A cover was suspended: what it draws is booked only. */
    CoverSuspended: { discriminator: [212, 206, 244, 24, 159, 32, 22, 62], decoder: types.getCoverSuspendedEventDecoder },
    /** A mark was taken from the oracle. The rates are those in force with it; the regime is 0 neutral, 1 risk-on, 2 risk-off. `premium_rate` a second, in units of 2^-64, was due since the mark before, as that mark's regime changes it. */
    Cranked: { discriminator: [87, 125, 245, 87, 10, 38, 142, 239], decoder: types.getCrankedEventDecoder },
    /** What one whole side of a market could cost was booked, and what all markets have booked together. */
    CrowdingBooked: { discriminator: [197, 188, 204, 63, 107, 215, 24, 151], decoder: types.getCrowdingBookedEventDecoder },
    /** What a cushion has left came back as contribution; what found no share or no holder is the treasury's. `carries`: a part goes on standing behind a silent house. */
    CushionReleased: { discriminator: [75, 71, 81, 71, 85, 26, 77, 181], decoder: types.getCushionReleasedEventDecoder },
    /** The record of a default was closed. */
    DefaultClosed: { discriminator: [101, 104, 238, 5, 158, 13, 188, 20], decoder: types.getDefaultClosedEventDecoder },
    /** A default is declared, and the defaulter has paid as far as it could. `from_claim` was left of a gain that was cut; `assigned` is one that will be. `given_up` are losses of its own that were set off against what others pay. `cushion` stands behind the sale of its lots, `unfunded` is for the layers after it. `keeper` got the bounty, zero is nobody. */
    DefaultDeclared: { discriminator: [199, 201, 228, 63, 226, 39, 62, 52], decoder: types.getDefaultDeclaredEventDecoder },
    /** A member may be traded by somebody else, who may concede so much against the mark in a day; zero is nobody. */
    DelegateSet: { discriminator: [103, 126, 239, 131, 201, 31, 212, 253], decoder: types.getDelegateSetEventDecoder },
    /** A member left an ended share epoch. */
    EpochSettled: { discriminator: [32, 219, 45, 156, 250, 115, 190, 255], decoder: types.getEpochSettledEventDecoder },
    /** A loss took all contributions. Their shares are worth nothing. */
    EpochWiped: { discriminator: [106, 31, 114, 104, 160, 147, 192, 55], decoder: types.getEpochWipedEventDecoder },
    /** Lots of a member that was called for its stress loss were sold to another one. */
    ExcessSold: { discriminator: [100, 174, 253, 202, 73, 205, 3, 207], decoder: types.getExcessSoldEventDecoder },
    /** The exit is committed and can be paid once the exit clock reads `ready_secs`; what counts of the day's outflow with it. A member that has waited half of the claim window is let out beyond the cap and the cover of the two largest exposures (`overdue`). */
    ExitCommitted: { discriminator: [38, 197, 244, 196, 205, 89, 5, 46], decoder: types.getExitCommittedEventDecoder },
    /** A member's exposure was reported. */
    ExposureReported: { discriminator: [0, 243, 56, 81, 146, 98, 145, 254], decoder: types.getExposureReportedEventDecoder },
    /** A fund was created. */
    FundCreated: { discriminator: [31, 8, 73, 167, 79, 82, 191, 82], decoder: types.getFundCreatedEventDecoder },
    /** A member's claim was paid into its margin, as far as the pool reaches; `left` of it waits. */
    GainPaid: { discriminator: [175, 179, 190, 144, 77, 21, 161, 110], decoder: types.getGainPaidEventDecoder },
    /** `cut` was cut from the gains that were registered, all by the same fraction. What was left of defaulters' gains was set off against unfunded loss. */
    GainsCut: { discriminator: [106, 203, 101, 66, 179, 50, 67, 142], decoder: types.getGainsCutEventDecoder },
    /** Layer 6 has begun: gains are read at `cut_ts`, and members register until `ends_ts`. */
    GainsCutOpened: { discriminator: [115, 103, 26, 143, 140, 94, 109, 27], decoder: types.getGainsCutOpenedEventDecoder },
    /** A member's net gain became a claim. A latecomer is cut at once. `from_margin` of it were settled gains, and `realised` is what each of its positions gave, in the order of its account. */
    GainsRegistered: { discriminator: [123, 102, 33, 58, 185, 134, 29, 105], decoder: types.getGainsRegisteredEventDecoder },
    /** The market of a venue has fallen: its draws are bounded by `bound` now, and exits are held. */
    GapShown: { discriminator: [42, 249, 114, 3, 149, 82, 135, 105], decoder: types.getGapShownEventDecoder },
    /** The member meets initial margin again, or nobody has made its default final in time. */
    GraceEnded: { discriminator: [33, 1, 119, 191, 214, 175, 54, 55], decoder: types.getGraceEndedEventDecoder },
    /** A member's equity is negative. It can top up; a declaration from `final_ts` on is final. */
    GraceStarted: { discriminator: [240, 238, 55, 29, 185, 70, 159, 127], decoder: types.getGraceStartedEventDecoder },
    /** Somebody looked at what a house has at risk, and whether nothing waits for it (`waived`). `stress` of it is the stress loss of its lots. */
    HouseBooked: { discriminator: [232, 112, 140, 70, 169, 245, 34, 54], decoder: types.getHouseBookedEventDecoder },
    /** The house of a market is flat: its loss (negative) or gain joins those of the others in this round. */
    HouseFlat: { discriminator: [216, 189, 122, 34, 82, 242, 95, 38], decoder: types.getHouseFlatEventDecoder },
    /** The results of all houses are realised as one sum. A loss is paid by the cushions, and is `unfunded` beyond them; a gain has `cancelled` unfunded loss, and the rest is `recovered`. `cushions` is what the round's cushions have left. */
    HousesRealised: { discriminator: [218, 211, 28, 106, 154, 242, 50, 126], decoder: types.getHousesRealisedEventDecoder },
    /** A member took lots from one below maintenance margin, at `price`. */
    Liquidated: { discriminator: [231, 57, 55, 75, 0, 170, 246, 68], decoder: types.getLiquidatedEventDecoder },
    /** The treasury, then contributions and cushions, have paid for a default. `residual` is what they have not, with what a gain of the defaulter may still cancel. `keeper` got the bounty, zero is nobody. */
    LossAllocated: { discriminator: [225, 53, 79, 48, 147, 108, 83, 161], decoder: types.getLossAllocatedEventDecoder },
    /** Margin came in (positive) or went out. */
    MarginMoved: { discriminator: [127, 154, 161, 153, 223, 53, 127, 33], decoder: types.getMarginMovedEventDecoder },
    /** A market's mark is final. */
    MarkFixed: { discriminator: [114, 109, 212, 244, 104, 246, 34, 177], decoder: types.getMarkFixedEventDecoder },
    /** A market was created. `scale` is its raw quote per base unit of money. */
    MarketCreated: { discriminator: [88, 184, 130, 231, 226, 84, 6, 58], decoder: types.getMarketCreatedEventDecoder },
    /** A market ends then, unless its feed comes back. */
    MarketEnds: { discriminator: [97, 132, 192, 161, 31, 17, 37, 99], decoder: types.getMarketEndsEventDecoder },
    /** A member account was closed. */
    MemberClosed: { discriminator: [144, 66, 227, 96, 123, 189, 130, 204], decoder: types.getMemberClosedEventDecoder },
    /** A member account was opened. */
    MemberOpened: { discriminator: [62, 233, 82, 51, 229, 164, 111, 221], decoder: types.getMemberOpenedEventDecoder },
    /** Two members traded. The fund is the counterparty of each. Each pays `fee`; `to_rewards` is the contributors' part of both fees, the rest is the treasury's. */
    Novated: { discriminator: [38, 146, 243, 212, 223, 104, 11, 182], decoder: types.getNovatedEventDecoder },
    /** An offer was taken back, or has expired. */
    OfferCancelled: { discriminator: [45, 42, 175, 214, 51, 192, 154, 9], decoder: types.getOfferCancelledEventDecoder },
    /** A taking was filled at this print, as the [`Novated`] before it says. `left` are the lots that the offer still has, signed as its maker receives them. */
    OfferFilled: { discriminator: [173, 104, 95, 161, 144, 206, 72, 57], decoder: types.getOfferFilledEventDecoder },
    /** A member offers lots, signed as it receives them, at this distance from the first print after a taking, in basis points and in its favour, and at this price at worst. */
    OfferPosted: { discriminator: [213, 49, 239, 221, 100, 153, 210, 32], decoder: types.getOfferPostedEventDecoder },
    /** A member has taken lots, signed as it receives them. They are filled at the first print after `ts`, and until then so much margin of each side is locked. */
    OfferTaken: { discriminator: [97, 101, 174, 50, 76, 209, 178, 148], decoder: types.getOfferTakenEventDecoder },
    /** The pauses of parts end at `ends_ts`, if they do not sooner. */
    PauseEnded: { discriminator: [72, 74, 19, 105, 123, 35, 163, 227], decoder: types.getPauseEndedEventDecoder },
    /** Parts of the fund are paused. */
    Paused: { discriminator: [172, 248, 5, 253, 49, 255, 255, 232], decoder: types.getPausedEventDecoder },
    /** Premiums became cash. */
    PremiumCollected: { discriminator: [193, 150, 55, 217, 190, 82, 199, 227], decoder: types.getPremiumCollectedEventDecoder },
    /** Money came back for the members that bore losses. `seq` is the default that it was paid back for, and the largest number if it was for none. */
    Recovered: { discriminator: [117, 0, 54, 192, 187, 24, 240, 130], decoder: types.getRecoveredEventDecoder },
    /** A member was paid recovered losses. */
    RecoveryPaid: { discriminator: [232, 199, 56, 107, 195, 62, 183, 15], decoder: types.getRecoveryPaidEventDecoder },
    /** A member gave up losses that it had not recovered. */
    RecoveryWaived: { discriminator: [47, 254, 102, 61, 165, 28, 166, 226], decoder: types.getRecoveryWaivedEventDecoder },
    /** The layers were applied to a loss that no open default owns. */
    ResidualAllocated: { discriminator: [47, 204, 79, 100, 23, 134, 31, 32], decoder: types.getResidualAllocatedEventDecoder },
    /** Rewards were paid out. */
    RewardsPaid: { discriminator: [131, 204, 160, 15, 132, 68, 29, 42], decoder: types.getRewardsPaidEventDecoder },
    /** Profit became cash; `paid` is negative for a loss. */
    Settled: { discriminator: [232, 210, 40, 17, 142, 124, 145, 238], decoder: types.getSettledEventDecoder },
    /** A print did not become the mark: 1 no usable price, 2 another exponent, 3 not trading, 4 too uncertain. The market is silent until a sound print is taken. */
    Silenced: { discriminator: [175, 93, 43, 183, 50, 199, 95, 99], decoder: types.getSilencedEventDecoder },
    /** A member endangers more than the cover limit admits (`called`): it only reduces, and its excess can be sold from this reading of the exit clock on. Otherwise it is within the limit again. */
    StressCalled: { discriminator: [26, 16, 196, 155, 42, 61, 188, 18], decoder: types.getStressCalledEventDecoder },
    /** A member bought from the house. `price` is before the discount. */
    TakenOver: { discriminator: [133, 195, 105, 190, 247, 119, 19, 141], decoder: types.getTakenOverEventDecoder },
    /** A taking was not filled in time. */
    TakingLapsed: { discriminator: [72, 106, 253, 177, 110, 182, 212, 4], decoder: types.getTakingLapsedEventDecoder },
    /** Other terms of a market are in force from `ts` on. Until then `premium_rate` a second was due, as in [`Cranked`]. */
    TermsChanged: { discriminator: [95, 25, 171, 199, 209, 114, 42, 97], decoder: types.getTermsChangedEventDecoder },
    /** A request of treasury is committed and can be paid once the exit clock reads `ready_secs`. Here and below `released` are the rewards that have reached the shares first. */
    TreasuryCommitted: { discriminator: [137, 206, 214, 145, 59, 34, 19, 96], decoder: types.getTreasuryCommittedEventDecoder },
    /** The treasury received (positive) or paid out money. */
    TreasuryMoved: { discriminator: [111, 230, 59, 244, 40, 162, 27, 123], decoder: types.getTreasuryMovedEventDecoder },
    /** Treasury is asked back (amount above zero), or no longer. It can be claimed once the exit clock reads `ready_secs`. */
    TreasuryRequested: { discriminator: [10, 9, 41, 249, 217, 30, 105, 66], decoder: types.getTreasuryRequestedEventDecoder },
    /** The watch on a member has ended. */
    WatchEnded: { discriminator: [166, 253, 131, 58, 148, 161, 195, 36], decoder: types.getWatchEndedEventDecoder },
    /** A member owes more than it has: exits are blocked until then at the latest. */
    WatchOpened: { discriminator: [12, 158, 170, 191, 234, 212, 24, 105], decoder: types.getWatchOpenedEventDecoder },
    /** Nothing is left to pay losses with, so the wind-down has begun. */
    WindDownStarted: { discriminator: [204, 55, 238, 182, 15, 183, 229, 21], decoder: types.getWindDownStartedEventDecoder },
    /** Shares were paid out. `overdue` is as in `ExitCommitted`, if this call has admitted the exit. */
    WithdrawalPaid: { discriminator: [8, 50, 221, 38, 250, 161, 167, 124], decoder: types.getWithdrawalPaidEventDecoder },
    /** A withdrawal was requested (shares above zero) or cancelled. It can be claimed once the exit clock reads `ready_secs`. */
    WithdrawalRequested: { discriminator: [75, 207, 21, 12, 160, 102, 150, 55], decoder: types.getWithdrawalRequestedEventDecoder },
} as const;
