//! Bad accounts of the second program that are none.

use crate::{
    changes::Change,
    exceptions::{Exception, ANYWHERE, NAMED_MINT},
};

/// The program's own accounts.
const STATES: &[&str] = &["panel", "loss", "page", "book", "expiry", "policy"];

/// Those of them that something else than a signature or an address holds to the others.
const COPIES: &[&str] = &["loss", "page", "book", "expiry", "policy"];

/// Accounts of the fund's program.
const FUNDS: &[&str] = &["fund", "cover", "market"];

/// Scenes in which anybody does what is due for a loss of the panel, whichever it is.
const FOR_ANY_LOSS: &[&str] = &["expire_loss", "settle_bond, forfeited"];

/// Scenes of the one loss of a panel that is live.
const FOR_THE_LIVE_LOSS: &[&str] = &["post_root", "vote_root", "veto_root", "decide_loss", "open_claims"];

/// Instructions whose payer does nothing but pay rent.
const PAYS_RENT: &[&str] =
    &["create_panel", "alert_loss", "open_page", "create_book", "open_expiry", "buy_policy"];

/// Instructions that give a record's rent back.
const CLOSES: &[&str] = &["close_loss", "close_page", "claim_policy", "close_policy", "close_expiry"];

/// Scenes in which the fund is not called.
const ASKS_NO_FUND: &[&str] = &["settle_bond", "settle_expiry, nothing due"];

/// An account of the fund's program that is only named.
const fn uncalled(slots: &'static [&'static str], change: Change) -> Exception {
    Exception {
        instructions: ASKS_NO_FUND,
        slots,
        change,
        detail: "",
        why: "the fund is not called: its address is the drawer's, and only its own program writes it",
    }
}

/// A cover that is only named.
const fn unread(change: Change) -> Exception {
    Exception {
        instructions: &["settle_bond"],
        slots: &["cover"],
        change,
        detail: "",
        why: "a bond that goes back is no affair of the cover's; its address is the panel's",
    }
}

/// A token account that no money comes from or goes to.
const fn unused(
    instructions: &'static [&'static str],
    slots: &'static [&'static str],
    change: Change,
) -> Exception {
    Exception {
        instructions,
        slots,
        change,
        detail: "",
        why:
            "no money comes from it or goes to it: a bond that goes back comes from the drawer's vault, and \
              one that is forfeited goes to the fund's",
    }
}

/// Scenes in which the fund's vault is not used.
const IDLE: &[&str] = &["settle_bond"];

/// A bond that does not go back.
const FORFEITED: &[&str] = &["settle_bond, forfeited"];

/// All of them.
pub const EXCEPTIONS: &[Exception] = &[
    // Accounts that cannot be
    Exception {
        instructions: ANYWHERE,
        slots: COPIES,
        change: Change::Copy,
        detail: "",
        why: "only the program writes accounts it owns, and it creates them at their own addresses alone: every \
              slot that creates one refuses another address",
    },
    Exception {
        instructions: &["create_panel", "create_book"],
        slots: &["fund"],
        change: Change::Copy,
        detail: "",
        why: "the same of the fund's program; elsewhere the fund's address is the drawer's",
    },
    Exception {
        instructions: ANYWHERE,
        slots: STATES,
        change: Change::Oversized,
        detail: "",
        why: "only the program could make its accounts longer, and no instruction does",
    },
    Exception {
        instructions: ANYWHERE,
        slots: FUNDS,
        change: Change::Oversized,
        detail: "",
        why: "the same of the fund's program",
    },
    Exception {
        instructions: &["create_panel", "create_book"],
        slots: &["fund"],
        change: Change::Truncated,
        detail: "",
        why: "the same: what is read of it is there, and no instruction makes a fund shorter",
    },
    Exception {
        instructions: &["note_price", "buy_policy"],
        slots: &["market"],
        change: Change::Truncated,
        detail: "to 855",
        why: "the same of a market",
    },
    Exception {
        instructions: &["settle_expiry, nothing due"],
        slots: &["cover"],
        change: Change::Truncated,
        detail: "to 383",
        why: "the same of a cover",
    },
    NAMED_MINT,
    // Calls that are good for somebody else
    Exception {
        instructions: FOR_ANY_LOSS,
        slots: &["loss"],
        change: Change::AnotherRecord,
        detail: "forged",
        why: "anyone may call it for any loss of the panel that is due",
    },
    Exception {
        instructions: FOR_THE_LIVE_LOSS,
        slots: &["loss"],
        change: Change::AnotherRecord,
        detail: "forged",
        why: "a panel has one live loss: it alerts no second one, so that there is no other in this state",
    },
    Exception {
        instructions: &["close_loss"],
        slots: &["loss"],
        change: Change::AnotherDrawer,
        detail: "forged",
        why: "anyone may close a loss of any panel that is over; its rent payer is written in it",
    },
    Exception {
        instructions: &["note_price"],
        slots: &["book"],
        change: Change::AnotherDrawer,
        detail: "forged",
        why: "anyone may note the mark for any book of the market",
    },
    Exception {
        instructions: &["start_policy"],
        slots: &["policy"],
        change: Change::AnotherRecord,
        detail: "forged",
        why: "anyone may start any policy of the day",
    },
    Exception {
        instructions: &["open_payouts"],
        slots: &["expiry"],
        change: Change::AnotherRecord,
        detail: "forged",
        why: "one day of a book has drawn at a time, so that there is no other in this state",
    },
    Exception {
        instructions: &["end_payouts"],
        slots: &["expiry"],
        change: Change::AnotherRecord,
        detail: "forged",
        why: "anyone may end the payouts of any day that is due",
    },
    Exception {
        instructions: &["close_expiry"],
        slots: &["expiry"],
        change: Change::AnotherDrawer,
        detail: "forged",
        why: "anyone may close a day of any book that is over; its rent payer is written in it",
    },
    Exception {
        instructions: &["create_panel", "create_book"],
        slots: &["fund"],
        change: Change::AnotherFund,
        detail: "forged",
        why: "anyone may create a drawer for any fund; it draws once a cover of that fund names it",
    },
    // Who pays, and who is paid
    Exception {
        instructions: PAYS_RENT,
        slots: &["payer"],
        change: Change::AnotherSigner,
        detail: "",
        why: "anyone who signs may pay rent",
    },
    Exception {
        instructions: &["create_panel", "create_book"],
        slots: &["payer"],
        change: Change::Duplicate,
        detail: "creator",
        why: "a creator may pay for itself",
    },
    Exception {
        instructions: &["alert_loss"],
        slots: &["payer"],
        change: Change::Duplicate,
        detail: "reporter",
        why: "so may a reporter",
    },
    Exception {
        instructions: &["buy_policy"],
        slots: &["payer"],
        change: Change::Duplicate,
        detail: "owner",
        why: "so may a buyer",
    },
    Exception {
        instructions: CLOSES,
        slots: &["payer"],
        change: Change::WrongOwner,
        detail: "",
        why: "lamports go to the address that has paid, whatever it is by now",
    },
    Exception {
        instructions: CLOSES,
        slots: &["payer"],
        change: Change::Closed,
        detail: "",
        why: "the same: it need not hold anything",
    },
    Exception {
        instructions: &["alert_loss", "buy_policy"],
        slots: &["token_account"],
        change: Change::Copy,
        detail: "",
        why: "any token account of who pays will do",
    },
    Exception {
        instructions: &["settle_bond"],
        slots: &["token_account"],
        change: Change::Copy,
        detail: "",
        why: "any token account of the reporter will do",
    },
    Exception {
        instructions: &["claim_cover", "claim_policy"],
        slots: &["destination"],
        change: Change::Copy,
        detail: "",
        why: "who is paid names the token account, and signs",
    },
    Exception {
        instructions: &["claim_cover", "claim_policy"],
        slots: &["destination"],
        change: Change::AnotherMember,
        detail: "",
        why: "the same: it may be somebody else's",
    },
    Exception {
        instructions: &["claim_cover", "claim_policy"],
        slots: &["destination"],
        change: Change::AnotherFund,
        detail: "",
        why: "the same: a vault too is a token account, if not a wise choice",
    },
    Exception {
        instructions: &["push_claim"],
        slots: &["claimant"],
        change: Change::WrongOwner,
        detail: "",
        why: "its address is hashed into the leaf, whatever is there",
    },
    // Accounts that a scene does not use
    uncalled(&["fund"], Change::Closed),
    uncalled(&["fund"], Change::NewerVersion),
    uncalled(&["fund"], Change::OlderVersion),
    uncalled(&["fund"], Change::Truncated),
    uncalled(&["fund"], Change::Uninitialised),
    uncalled(&["fund"], Change::WrongOwner),
    uncalled(&["fund"], Change::WrongType),
    unread(Change::Closed),
    unread(Change::NewerVersion),
    unread(Change::OlderVersion),
    unread(Change::Truncated),
    unread(Change::Uninitialised),
    unread(Change::WrongOwner),
    unread(Change::WrongType),
    unused(IDLE, &["fund_vault"], Change::AnotherFund),
    unused(IDLE, &["fund_vault"], Change::AnotherMember),
    unused(IDLE, &["fund_vault"], Change::AnotherMint),
    unused(IDLE, &["fund_vault"], Change::Closed),
    unused(IDLE, &["fund_vault"], Change::Copy),
    unused(IDLE, &["fund_vault"], Change::Oversized),
    unused(IDLE, &["fund_vault"], Change::Truncated),
    unused(IDLE, &["fund_vault"], Change::Uninitialised),
    unused(IDLE, &["fund_vault"], Change::WrongOwner),
    unused(IDLE, &["fund_vault"], Change::WrongType),
    unused(FORFEITED, &["token_account"], Change::AnotherFund),
    unused(FORFEITED, &["token_account"], Change::AnotherMember),
    unused(FORFEITED, &["token_account"], Change::AnotherMint),
    unused(FORFEITED, &["token_account"], Change::Closed),
    unused(FORFEITED, &["token_account"], Change::Copy),
    unused(FORFEITED, &["token_account"], Change::Oversized),
    unused(FORFEITED, &["token_account"], Change::Truncated),
    unused(FORFEITED, &["token_account"], Change::Uninitialised),
    unused(FORFEITED, &["token_account"], Change::WrongOwner),
    unused(FORFEITED, &["token_account"], Change::WrongType),
];
