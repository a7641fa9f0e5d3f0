//! Bad accounts that are none: what succeeds, and why it may. An entry that explains nothing fails the
//! test. Those of the second program are in [`crate::cover_exceptions`].

use crate::changes::{Case, Change};

/// A change that a call may survive.
pub struct Exception {
    /// In which scenes, which most instructions have one of; `*` is everywhere.
    pub instructions: &'static [&'static str],
    /// The slots.
    pub slots: &'static [&'static str],
    /// What is done to them.
    pub change: Change,
    /// More of it, as its detail begins.
    pub detail: &'static str,
    /// Why that is harmless.
    pub why: &'static str,
}

impl Exception {
    /// Whether this is the reason of a success.
    pub fn explains(&self, scene: &str, case: &Case) -> bool {
        let anywhere = self.instructions == ["*"];
        self.change == case.change
            && case.detail.starts_with(self.detail)
            && self.slots.contains(&case.slot.as_str())
            && (anywhere || self.instructions.contains(&scene))
    }
}

/// Every scene.
pub const ANYWHERE: &[&str] = &["*"];

/// The program's own accounts, but for the fund.
const STATES: &[&str] = &[
    "member",
    "market",
    "record",
    "epoch_record",
    "keeper",
    "target",
    "liquidator",
    "taker",
    "maker",
    "buyer",
    "seller",
    "offer",
    "cover",
];

/// Instructions that anyone may call for any member.
const FOR_ANY_MEMBER: &[&str] = &[
    "settle_epoch",
    "enforce_call",
    "close_out",
    "pay_out",
    "report_exposure",
    "open_watch",
    "end_watch",
    "call_stress",
    "register_gains",
    "pay_claim",
];

/// Instructions whose payer does nothing but pay rent.
const PAYS_RENT: &[&str] = &[
    "create_fund",
    "create_market",
    "open_market",
    "open_pro_price",
    "open_cover",
    "queue_change",
    "open_member",
    "declare_default",
    "allocate_loss",
    "allocate_residual",
];

/// Instructions that give a record's rent back.
const CLOSES: &[&str] = &["close_default", "apply_change", "veto_change"];

/// Instructions that take money from a wallet.
const PULLS: &[&str] = &[
    "deposit_margin",
    "contribute",
    "fund_treasury",
    "give_recovery",
    "repay_default",
    "fund_cover",
    "return_cover",
];

/// Instructions that pay money out.
const PAYS: &[&str] = &["withdraw_margin", "claim_withdrawal", "claim_rewards", "claim_recovery"];

/// Instructions that are given markets only to read them.
const READS_MARKETS: &[&str] = &[
    "withdraw_margin",
    "claim_withdrawal",
    "claim_treasury",
    "open_gains_cut",
    "novate",
    "novate_batch",
    "take_over",
    "liquidate",
    "enforce_call",
    "report_exposure",
    "open_watch",
    "end_watch",
    "call_stress",
    "sell_excess",
    "take_offer",
    "fill_offer",
];

/// A settlement mint, of either program's calls.
pub const NAMED_MINT: Exception = Exception {
    instructions: ANYWHERE,
    slots: &["mint"],
    change: Change::WrongOwner,
    detail: "",
    why: "its address is the fund's mint, and a mint never changes its owner; the token program asks no more either",
};

/// A token account that is only named, and paid much later.
const fn named(change: Change) -> Exception {
    Exception {
        instructions: &["request_treasury"],
        slots: &["token_account"],
        change,
        detail: "",
        why: "it is only written down; the token program looks at it when it is paid",
    }
}

/// All of them.
pub const EXCEPTIONS: &[Exception] = &[
    // Accounts that cannot be
    Exception {
        instructions: ANYWHERE,
        slots: STATES,
        change: Change::Copy,
        detail: "",
        why: "only the program writes accounts it owns, and it creates them at their own addresses alone: every slot that \
              creates one refuses another address",
    },
    Exception {
        instructions: &[
            "fund_treasury",
            "give_recovery",
            "pause",
            "end_pause",
            "request_treasury",
            "cancel_treasury",
            "transfer_authority",
            "accept_authority",
            "cut_gains",
        ],
        slots: &["fund"],
        change: Change::Copy,
        detail: "",
        why: "the same; elsewhere members and markets, which name their fund, or the vault's signature give a copy away",
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
        slots: &["fund"],
        change: Change::Oversized,
        detail: "",
        why: "the same",
    },
    NAMED_MINT,
    // Calls that are good for somebody else
    Exception {
        instructions: FOR_ANY_MEMBER,
        slots: &["member"],
        change: Change::AnotherMember,
        detail: "",
        why: "anyone may call it for any member that is due",
    },
    Exception {
        instructions: &["deposit_margin"],
        slots: &["member"],
        change: Change::AnotherMember,
        detail: "",
        why: "anyone may pay in for anyone",
    },
    Exception {
        instructions: &["liquidate"],
        slots: &["target"],
        change: Change::AnotherMember,
        detail: "forged",
        why: "any member below maintenance can be liquidated",
    },
    Exception {
        instructions: &["novate_batch"],
        slots: &["taker", "maker"],
        change: Change::AnotherMember,
        detail: "forged",
        why: "a venue trades for every member that has made it its delegate",
    },
    Exception {
        instructions: &["sell_excess"],
        slots: &["target"],
        change: Change::AnotherMember,
        detail: "forged",
        why: "the excess of any member whose call is due can be taken",
    },
    Exception {
        instructions: &["declare_default", "allocate_loss"],
        slots: &["keeper"],
        change: Change::AnotherMember,
        detail: "",
        why: "the caller says which member gets the bounty",
    },
    Exception {
        instructions: &["repay_default", "allocate_loss"],
        slots: &["record"],
        change: Change::AnotherRecord,
        detail: "forged",
        why: "anyone may repay any default of the fund, or allocate any that is declared",
    },
    Exception {
        instructions: &["take_offer", "fill_offer", "lapse_taking"],
        slots: &["offer"],
        change: Change::AnotherRecord,
        detail: "forged",
        why: "any offer of the same maker can be taken; any that the same taker has taken is filled, or lapses",
    },
    Exception {
        instructions: &["fund_cover", "return_cover", "accrue_cover", "settle_cover", "end_cover", "show_gap"],
        slots: &["cover"],
        change: Change::AnotherRecord,
        detail: "forged",
        why: "anyone may call it for any cover that is due",
    },
    Exception {
        instructions: &["suspend_cover"],
        slots: &["cover"],
        change: Change::AnotherRecord,
        detail: "forged",
        why: "the guardian suspends any cover of the fund",
    },
    Exception {
        instructions: &["post_offer"],
        slots: &["market"],
        change: Change::AnotherMarket,
        detail: "",
        why: "a member may offer in any market of the fund",
    },
    Exception {
        instructions: &["cancel_offer"],
        slots: &["offer"],
        change: Change::AnotherRecord,
        detail: "forged",
        why: "anyone may cancel any offer that has expired",
    },
    Exception {
        instructions: &["cancel_offer"],
        slots: &["offer"],
        change: Change::AnotherFund,
        detail: "forged",
        why: "the same, of any fund",
    },
    Exception {
        instructions: &["cancel_offer"],
        slots: &["signer"],
        change: Change::AnotherSigner,
        detail: "",
        why: "anyone may cancel an offer that has expired",
    },
    Exception {
        instructions: &["close_market"],
        slots: &["market"],
        change: Change::AnotherMarket,
        detail: "",
        why: "anyone may end any market whose feed is dead",
    },
    Exception {
        instructions: &["fix_final_mark"],
        slots: &["market"],
        change: Change::AnotherMarket,
        detail: "",
        why: "every market of a fund in a wind-down gets its final mark",
    },
    Exception {
        instructions: &["collect_premium"],
        slots: &["market"],
        change: Change::AnotherMarket,
        detail: "forged",
        why: "anyone may collect the premium of any market; what there is to collect is written in it",
    },
    Exception {
        instructions: &["book_house"],
        slots: &["market"],
        change: Change::AnotherMarket,
        detail: "forged",
        why: "anyone may look at the house of any market",
    },
    Exception {
        instructions: &["book_crowding"],
        slots: &["market"],
        change: Change::AnotherMarket,
        detail: "",
        why: "anyone may book any market of the fund",
    },
    Exception {
        instructions: &["cut_gains"],
        slots: &["fund"],
        change: Change::AnotherFund,
        detail: "forged",
        why: "any fund that is due; the call is about it alone",
    },
    Exception {
        instructions: &["accept_authority"],
        slots: &["fund"],
        change: Change::AnotherFund,
        detail: "forged",
        why: "a fund that has been offered to the same key",
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
        instructions: &["open_member"],
        slots: &["payer"],
        change: Change::Duplicate,
        detail: "owner",
        why: "a wallet may pay for itself",
    },
    Exception {
        instructions: &["queue_change"],
        slots: &["payer"],
        change: Change::Duplicate,
        detail: "authority",
        why: "the same for governance",
    },
    Exception {
        instructions: &["create_fund", "create_market", "open_market", "open_cover"],
        slots: &["payer"],
        change: Change::Duplicate,
        detail: "authority",
        why: "so may an authority",
    },
    Exception {
        instructions: &["create_fund"],
        slots: &["payer"],
        change: Change::Duplicate,
        detail: "creator",
        why: "so may a creator",
    },
    Exception {
        instructions: &["create_fund"],
        slots: &["authority"],
        change: Change::Duplicate,
        detail: "payer",
        why: "the same",
    },
    Exception {
        instructions: &["create_fund"],
        slots: &["authority"],
        change: Change::Duplicate,
        detail: "",
        why: "a signature of a mint or of a program nobody can make; any other key may be the new fund's authority",
    },
    Exception {
        instructions: &["create_fund"],
        slots: &["authority"],
        change: Change::AnotherSigner,
        detail: "",
        why: "the new fund is whose signature it has",
    },
    Exception {
        instructions: PULLS,
        slots: &["token_account"],
        change: Change::Copy,
        detail: "",
        why: "any token account of the depositor will do",
    },
    Exception {
        instructions: PAYS,
        slots: &["token_account"],
        change: Change::Copy,
        detail: "",
        why: "who is paid names the token account",
    },
    Exception {
        instructions: PAYS,
        slots: &["token_account"],
        change: Change::AnotherMember,
        detail: "",
        why: "the same: it may be somebody else's",
    },
    Exception {
        instructions: PAYS,
        slots: &["token_account"],
        change: Change::AnotherFund,
        detail: "",
        why: "the same: a vault too is a token account, if not a wise choice",
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
        instructions: &["cancel_offer", "fill_offer"],
        slots: &["rent_to"],
        change: Change::WrongOwner,
        detail: "",
        why: "the same for the rent of an offer",
    },
    Exception {
        instructions: &["cancel_offer", "fill_offer"],
        slots: &["rent_to"],
        change: Change::Closed,
        detail: "",
        why: "the same: it need not hold anything",
    },
    Exception {
        instructions: &["cancel_offer"],
        slots: &["signer"],
        change: Change::Duplicate,
        detail: "rent_to",
        why: "who has posted an offer may cancel it",
    },
    Exception {
        instructions: &["open_market", "open_cover"],
        slots: &["payer", "record_payer"],
        change: Change::MissingWritability,
        detail: "",
        why: "the same key pays for the account and has paid for the record; the other slot makes it writable",
    },
    Exception {
        instructions: &["amend_cover"],
        slots: &["record_payer"],
        change: Change::WrongOwner,
        detail: "",
        why: "lamports go to the address that has paid, whatever it is by now",
    },
    Exception {
        instructions: &["amend_cover"],
        slots: &["record_payer"],
        change: Change::Closed,
        detail: "",
        why: "the same: it need not hold anything",
    },
    named(Change::Copy),
    named(Change::AnotherFund),
    named(Change::AnotherMember),
    named(Change::AnotherMint),
    named(Change::Closed),
    named(Change::Duplicate),
    named(Change::Oversized),
    named(Change::Truncated),
    named(Change::Uninitialised),
    named(Change::WrongOwner),
    named(Change::WrongType),
    // Prices
    Exception {
        instructions: &["crank_market", "fill_offer"],
        slots: &["price"],
        change: Change::Copy,
        detail: "",
        why: "a pulled price is believed for its owner and feed, wherever a receiver has posted it",
    },
    Exception {
        instructions: &["crank_market", "fill_offer"],
        slots: &["price"],
        change: Change::Oversized,
        detail: "",
        why: "what follows the price is not read",
    },
    Exception {
        instructions: &["crank_market", "fill_offer"],
        slots: &["price"],
        change: Change::Truncated,
        detail: "to 133",
        why: "a whole update takes 133 bytes; the 134th is for partial ones",
    },
    // Superfluous accounts
    Exception {
        instructions: READS_MARKETS,
        slots: &["market"],
        change: Change::Again,
        detail: "",
        why: "the first one of a market is used; it is only read",
    },
];
