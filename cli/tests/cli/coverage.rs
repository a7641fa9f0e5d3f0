//! Every instruction of the program can be made from the command line. The instructions and their
//! accounts are read from the IDL, so a new one fails here until it has a command.

use {crate::rig::Rig, serde_json::Value};

const IDL: &str = include_str!("../../../idl/bulkhead.json");

/// The subjects of the commands, in a fund with an open default.
pub struct Subjects {
    /// Authority of the fund.
    pub governor: String,
    /// Address that the authority is offered to.
    pub heir: String,
    /// A change that can be applied.
    pub change: String,
    /// A wallet with tokens, a contribution and a position.
    pub owner: String,
    /// Another member that holds a position.
    pub other: String,
    /// The market of that position.
    pub market: String,
    /// A market in which the house holds lots.
    pub house: String,
    /// The fund's mint.
    pub mint: String,
    /// A queued change that is a new market.
    pub new_market: String,
    /// A file of trades with `other`.
    pub trades: String,
    /// A queued change that is a new cover.
    pub new_cover: String,
    /// A queued change that resumes a cover.
    pub resumption: String,
    /// An offer that nobody has taken.
    pub offered: String,
    /// An offer that somebody has taken.
    pub taken: String,
}

impl Subjects {
    /// The arguments of the command that is named after an instruction, and the wallet that its
    /// transaction belongs to.
    fn arguments(&self, name: &str, is_governance: bool) -> (Vec<&str>, &str) {
        let Self { governor, heir, change, owner, other, market, house, mint, new_market, .. } = self;
        let arguments: &[&str] = match name {
            "create_fund" => &["--guardian", heir, "--mint", mint, "--id", "7"],
            "create_market" => &["BTC"],
            "queue_change" => &["fund", "notice_secs=86400"],
            "open_market" => &[new_market],
            "apply_change" | "veto_change" => &[change],
            "open_cover" => &[&self.new_cover],
            "amend_cover" => &[&self.resumption],
            "fund_cover" => &["0", "prepaid", "0.000001"],
            "hold_cover" => &["0", "60"],
            "draw_cover" => &["0", "0.000001"],
            "return_cover" => &["0", "0.000001"],
            "collect_cover" => &["0", "--to", heir],
            "accrue_cover" | "settle_cover" | "end_cover" | "suspend_cover" => &["0"],
            "show_gap" => &["0", "0"],
            "pause" | "end_pause" => &["all"],
            "transfer_authority" | "set_delegate" => &[heir],
            "deposit_margin" | "withdraw_margin" | "contribute" | "request_withdrawal" => &["0.000001"],
            "fund_treasury" | "request_treasury" | "give_recovery" => &["0.000001"],
            "repay_default" => &["0", "0.000001"],
            "novate" => &["buy", "0", "1", "mark", "--counterparty", other],
            "novate_batch" => &["buy", "0", owner, &self.trades],
            "post_offer" => &["sell", "0", "1"],
            "take_offer" => &[&self.offered, "1"],
            "cancel_offer" => &[&self.offered],
            "fill_offer" | "lapse_taking" => &[&self.taken],
            "take_over" => &[house, "1"],
            "liquidate" | "sell_excess" => &[market, other, "all"],
            "settle" => &[market, other],
            "crank_market" | "collect_premium" | "close_market" | "fix_final_mark" | "book_crowding" => {
                &["0"]
            }
            "declare_default" | "enforce_call" | "call_stress" | "report_exposure" | "settle_epoch"
            | "close_out" | "pay_out" | "register_gains" | "pay_claim" | "open_watch" | "end_watch" => {
                &[other]
            }
            "book_house" => &[house],
            "allocate_loss" | "release_cushion" | "close_default" => &["0"],
            _ => &[],
        };
        let who = match name {
            "accept_authority" => heir,
            _ if is_governance => governor,
            _ => owner,
        };
        (arguments.to_vec(), who)
    }
}

/// Prints every instruction of the IDL.
pub fn every_instruction_is_made(rig: &Rig, subjects: &Subjects) {
    let idl: Value = serde_json::from_str(IDL).unwrap();
    for instruction in idl["instructions"].as_array().unwrap() {
        let name = instruction["name"].as_str().unwrap();
        if name.ends_with("_pro_price") {
            continue; // a price is posted now or never: `prices` has these two
        }
        let has_mandate =
            instruction["args"].as_array().unwrap().iter().any(|argument| argument["name"] == "mandate");
        let others = ["create_fund", "pause", "veto_change", "claim_treasury"];
        let is_governance = has_mandate || others.contains(&name);
        let (arguments, who) = subjects.arguments(name, is_governance);
        let command = name.replace('_', "-");
        let of_offer = command.strip_suffix("-offer").or(command.strip_suffix("-taking"));
        let of_cover = command.strip_suffix("-cover").filter(|_| !is_governance);
        let of_cover = of_cover.or((name == "show_gap").then_some(command.as_str()));
        let mut line = match of_offer {
            _ if of_cover.is_some() => vec!["cover", of_cover.unwrap_or_default()],
            Some(verb) => vec!["offer", verb],
            None if is_governance => vec!["governance", &command],
            None => vec![command.as_str()],
        };
        line.extend(arguments);
        line.extend(["--print-instruction", "--authority", who]);
        let printed = rig.json(&line, 0);
        let made = printed["instructions"].as_array().unwrap().last().unwrap();
        assert_eq!(made["name"], name);
        check_accounts(
            name,
            instruction["accounts"].as_array().unwrap(),
            made["accounts"].as_array().unwrap(),
        );
    }
}

fn check_accounts(name: &str, known: &[Value], made: &[Value]) {
    assert!(made.len() >= known.len(), "{name}");
    for (known, made) in known.iter().zip(made) {
        let account = known["name"].as_str().unwrap();
        if made["name"] == format!("{account} (none)").as_str() {
            assert_eq!(known["optional"], true, "{name}: {account}");
            continue;
        }
        assert_eq!(made["name"], account, "{name}");
        let flag = |name: &str| known[name].as_bool().unwrap_or(false);
        assert_eq!(made["is_signer"], flag("signer"), "{name}: {account}");
        assert_eq!(made["is_writable"], flag("writable"), "{name}: {account}");
    }
}
