//! One event for every change of state. Fixed layouts: emitting one is a copy.

use anchor_lang::prelude::*;

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        $($(#[$doc])* #[event(bytemuck)] pub struct $name { $($(#[$field_doc])* pub $field: $type,)* })*
    };
}

events! {
    /// A panel was created, and its vault.
    PanelCreated { fund: Address, cover: Address, panel: Address, creator: Address, keys: u64, quorum: u64, }
    /// A loss was alerted: exits are held, and a root is due until `due_ts`.
    LossAlerted {
        panel: Address,
        loss: Address,
        reporter: Address,
        incident_ts: i64,
        due_ts: i64,
        bond: u64,
        number: u64,
        peril: u64,
    }
    /// A root was posted: the panel votes on it until `due_ts`.
    RootPosted { loss: Address, root: [u8; 32], total: u64, leaves: u64, depth: u64, due_ts: i64, }
    /// A key of the panel has voted; how many have approved and rejected the root so far.
    RootVoted { loss: Address, key: Address, approves: u64, approvals: u64, rejections: u64, }
    /// The guardian has sent a root back: another one is due until `due_ts`.
    RootVetoed { loss: Address, root: [u8; 32], due_ts: i64, }
    /// A loss was approved, and the cover drawn on: what the first loss paid, and what the fund
    /// owes.
    LossApproved { loss: Address, total: u64, first_loss: u64, owed: u64, }
    /// A loss was rejected.
    LossRejected { loss: Address, }
    /// Nobody has decided about an approved loss in time.
    LossLapsed { loss: Address, }
    /// A bond went back to the reporter, or to the contributors.
    BondPaid { loss: Address, amount: u64, forfeited: u64, }
    /// Claims are open until `expires_ts`. They share `reserved` in the ratio of their amounts to
    /// `total`.
    ClaimsOpened { loss: Address, reserved: u64, total: u64, expires_ts: i64, }
    /// A page was opened.
    PageOpened { loss: Address, page: Address, number: u64, }
    /// A claim was paid.
    CoverClaimPaid { loss: Address, claimant: Address, claim_index: u64, amount: u64, paid: u64, }
    /// Claims are over: the unclaimed rest went back to the fund.
    LossExpired { loss: Address, returned: u64, }
    /// A page was closed.
    PageClosed { loss: Address, page: Address, }
    /// A loss was closed.
    LossClosed { panel: Address, loss: Address, number: u64, }
    /// A book of policies was created, and its vault.
    BookCreated { fund: Address, cover: Address, market: Address, book: Address, creator: Address, }
    /// The mark of a market was noted: the seconds that are covered now of the last day.
    PriceNoted { book: Address, price: u64, day: u64, covered: u64, }
    /// Policies that expire on a day can be sold.
    ExpiryOpened { book: Address, expiry: Address, day: u64, }
    /// A policy was sold: the most that it pays is pledged.
    PolicyBought {
        book: Address,
        policy: Address,
        owner: Address,
        number: u64,
        expiry_day: u64,
        insured: u64,
        premium: u64,
        most: u64,
    }
    /// A policy is in force. `due` is what its premium would have been at the larger variance.
    PolicyStarted { policy: Address, entry_price: u64, due: u64, insured: u64, most: u64, }
    /// All policies of a day are settled, and their payouts drawn.
    ExpirySettled { book: Address, expiry: Address, exit_price: u64, total: u64, owed: u64, }
    /// The policies of a day share `reserved` in the ratio of their payouts to `total`.
    PayoutsOpened { expiry: Address, reserved: u64, total: u64, expires_ts: i64, }
    /// A policy was paid, and closed.
    PolicyPaid { policy: Address, owner: Address, payout: u64, paid: u64, }
    /// A policy that pays nothing was closed.
    PolicyClosed { policy: Address, owner: Address, }
    /// Payouts of a day are over: the unclaimed rest went back to the fund.
    PayoutsEnded { expiry: Address, returned: u64, }
    /// The account of a day was closed.
    ExpiryClosed { book: Address, expiry: Address, day: u64, }
}
