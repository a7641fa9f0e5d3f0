// Made by generate.mjs from the IDL: do not edit.

import * as types from './types/index.js';

/** Every event of the program: the bytes it begins with, and the decoder of what follows them. */
export const EVENTS = {
    /** A bond went back to the reporter, or to the contributors. */
    BondPaid: { discriminator: [189, 63, 203, 116, 94, 33, 56, 152], decoder: types.getBondPaidEventDecoder },
    /** Claims are open until `expires_ts`. They share `reserved` in the ratio of their amounts to `total`. */
    ClaimsOpened: { discriminator: [126, 92, 24, 148, 242, 66, 8, 28], decoder: types.getClaimsOpenedEventDecoder },
    /** A claim was paid. */
    CoverClaimPaid: { discriminator: [25, 158, 104, 59, 49, 212, 7, 159], decoder: types.getCoverClaimPaidEventDecoder },
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
    /** A root was posted: the panel votes on it until `due_ts`. */
    RootPosted: { discriminator: [245, 251, 4, 0, 87, 227, 252, 231], decoder: types.getRootPostedEventDecoder },
    /** The guardian has sent a root back: another one is due until `due_ts`. */
    RootVetoed: { discriminator: [104, 203, 229, 184, 178, 81, 64, 117], decoder: types.getRootVetoedEventDecoder },
    /** A key of the panel has voted; how many have approved and rejected the root so far. */
    RootVoted: { discriminator: [107, 145, 234, 68, 199, 173, 224, 233], decoder: types.getRootVotedEventDecoder },
} as const;
