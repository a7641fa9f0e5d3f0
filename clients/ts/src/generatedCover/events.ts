// Made by generate.mjs from the IDL: do not edit.

import * as types from './types/index.js';

/** Every event of the program: the bytes it begins with, and the decoder of what follows them. */
export const EVENTS = {
    /** A bond went back to the reporter, or to the contributors. */
    BondPaid: { discriminator: [189, 63, 203, 116, 94, 33, 56, 152], decoder: types.getBondPaidEventDecoder },
    /** A book of policies was created, and its vault. */
    BookCreated: { discriminator: [86, 233, 251, 31, 155, 221, 14, 61], decoder: types.getBookCreatedEventDecoder },
    /** Claims are open until `expires_ts`. They share `reserved` in the ratio of their amounts to `total`. */
    ClaimsOpened: { discriminator: [126, 92, 24, 148, 242, 66, 8, 28], decoder: types.getClaimsOpenedEventDecoder },
    /** A claim was paid. */
    CoverClaimPaid: { discriminator: [25, 158, 104, 59, 49, 212, 7, 159], decoder: types.getCoverClaimPaidEventDecoder },
    /** The account of a day was closed. */
    ExpiryClosed: { discriminator: [229, 184, 243, 121, 145, 218, 166, 11], decoder: types.getExpiryClosedEventDecoder },
    /** Policies that expire on a day can be sold. */
    ExpiryOpened: { discriminator: [178, 254, 4, 181, 21, 95, 89, 112], decoder: types.getExpiryOpenedEventDecoder },
    /** All policies of a day are settled, and their payouts drawn. */
    ExpirySettled: { discriminator: [251, 101, 239, 69, 87, 205, 61, 222], decoder: types.getExpirySettledEventDecoder },
    /** A loss was alerted: exits are held, and a root is due until `due_ts`. */
    LossAlerted: { discriminator: [20, 140, 96, 82, 226, 237, 255, 202], decoder: types.getLossAlertedEventDecoder },
    /** A loss was approved, and the cover drawn on: what the first loss paid, and what the fund owes. */
    LossApproved: { discriminator: [123, 45, 7, 160, 133, 71, 10, 62], decoder: types.getLossApprovedEventDecoder },
    /** A loss was closed. */
    LossClosed: { discriminator: [226, 213, 24, 251, 96, 76, 103, 226], decoder: types.getLossClosedEventDecoder },
    /** Claims are over: the unclaimed rest went back to the fund. */
    LossExpired: { discriminator: [250, 129, 190, 85, 210, 207, 84, 146], decoder: types.getLossExpiredEventDecoder },
    /** Nobody has decided about an approved loss in time. */
    LossLapsed: { discriminator: [220, 207, 27, 102, 106, 53, 250, 68], decoder: types.getLossLapsedEventDecoder },
    /** A loss was rejected. */
    LossRejected: { discriminator: [146, 120, 43, 19, 250, 113, 251, 9], decoder: types.getLossRejectedEventDecoder },
    /** A page was closed. */
    PageClosed: { discriminator: [251, 107, 100, 41, 248, 110, 202, 86], decoder: types.getPageClosedEventDecoder },
    /** A page was opened. */
    PageOpened: { discriminator: [22, 222, 69, 162, 219, 120, 67, 183], decoder: types.getPageOpenedEventDecoder },
    /** A panel was created, and its vault. */
    PanelCreated: { discriminator: [228, 47, 39, 148, 217, 249, 214, 196], decoder: types.getPanelCreatedEventDecoder },
    /** Payouts of a day are over: the unclaimed rest went back to the fund. */
    PayoutsEnded: { discriminator: [191, 250, 189, 191, 187, 15, 127, 132], decoder: types.getPayoutsEndedEventDecoder },
    /** The policies of a day share `reserved` in the ratio of their payouts to `total`. */
    PayoutsOpened: { discriminator: [112, 1, 135, 199, 128, 65, 239, 41], decoder: types.getPayoutsOpenedEventDecoder },
    /** A policy was sold: the most that it pays is pledged. */
    PolicyBought: { discriminator: [142, 217, 85, 122, 219, 153, 95, 231], decoder: types.getPolicyBoughtEventDecoder },
    /** A policy that pays nothing was closed. */
    PolicyClosed: { discriminator: [19, 126, 82, 173, 79, 86, 50, 51], decoder: types.getPolicyClosedEventDecoder },
    /** A policy was paid, and closed. */
    PolicyPaid: { discriminator: [63, 140, 90, 32, 177, 178, 206, 198], decoder: types.getPolicyPaidEventDecoder },
    /** A policy is in force. `due` is what its premium would have been at the larger variance. */
    PolicyStarted: { discriminator: [145, 154, 35, 55, 233, 110, 146, 36], decoder: types.getPolicyStartedEventDecoder },
    /** The mark of a market was noted: the seconds that are covered now of the last day. */
    PriceNoted: { discriminator: [120, 12, 220, 119, 40, 125, 255, 67], decoder: types.getPriceNotedEventDecoder },
    /** A root was posted: the panel votes on it until `due_ts`. */
    RootPosted: { discriminator: [245, 251, 4, 0, 87, 227, 252, 231], decoder: types.getRootPostedEventDecoder },
    /** The guardian has sent a root back: another one is due until `due_ts`. */
    RootVetoed: { discriminator: [104, 203, 229, 184, 178, 81, 64, 117], decoder: types.getRootVetoedEventDecoder },
    /** A key of the panel has voted; how many have approved and rejected the root so far. */
    RootVoted: { discriminator: [107, 145, 234, 68, 199, 173, 224, 233], decoder: types.getRootVotedEventDecoder },
} as const;
