//! A whole default by command line: a liquidation, the declaration, the waterfall, the auction, the
//! recovery, the record.

use {
    crate::{
        coverage,
        rig::{with_rig, Rig, TOKEN},
    },
    bulkhead_book::held_markets,
    bulkhead_localnet::population::Kind,
    serde_json::Value,
    solana_signer::Signer,
};

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

#[test]
fn a_default_is_declared_allocated_sold_and_paid_back() {
    with_rig(|rig| {
        let first = rig.world.oracles.quotes();
        let keeper = keeper(rig);
        let governance = govern(rig);
        let offers = offers(rig);
        rig.does(&["open"], "MemberOpened");
        liquidate(rig, &first, &keeper);
        let defaulter = declare(rig, &first);
        coverage::every_instruction_is_made(rig, &subjects(rig, governance, offers));
        allocate(rig, &defaulter);
        sell(rig, &keeper);
        pay_back(rig);
        close(rig);
    });
}

/// The key file of a wallet that takes positions over, with money for them.
fn keeper(rig: &Rig) -> String {
    let wallet = rig.world.wallets.iter().find(|wallet| wallet.kind == Kind::Keeper).unwrap();
    rig.world.validator.set_tokens(&wallet.key.pubkey(), &rig.world.keys.mint, 1_000_000 * TOKEN).unwrap();
    let key = rig.key_file("keeper", &wallet.key);
    rig.does(&["contribute", "10,000", "--keypair", &key], "Contributed");
    rig.does(&["deposit", "all", "--keypair", &key], "MarginMoved");
    key
}

/// Work for governance: a change that can be applied, an offer, money above the treasury's floor.
struct Governance {
    change: String,
    new_market: String,
    new_cover: String,
    resumption: String,
    heir: String,
}

fn govern(rig: &Rig) -> Governance {
    let fund = rig.json(&["fund"], 0);
    let floor = amount(&fund["contributions"]) / 20; // 5%
    let missing = (floor.saturating_sub(amount(&fund["treasury"])) / TOKEN + 5).to_string();
    let authority = rig.authority(1_000_000 * TOKEN);
    let (_, heir) = rig.wallet("heir", 0);
    let (heir, signed) = (heir.to_string(), ["--keypair", &authority, "--yes"]);
    rig.does(&["fund-treasury", &missing, "--keypair", &authority], "TreasuryMoved");
    rig.does(&[&["governance", "transfer-authority", &heir][..], &signed].concat(), "AuthorityMoved");
    let queue = ["governance", "queue-change", "fund", "treasury_floor_bps=600"];
    let number = |queue: &[&str]| {
        rig.does(&[queue, &signed].concat(), "ChangeQueued")["number"].as_str().unwrap().to_owned()
    };
    let change = number(&queue);
    let new_market = number(&["governance", "queue-change", "new-market", "SOL"]);
    let new_cover = number(
        &[
            &["governance", "queue-change", "new-cover", "claims", "1000", "--first-loss", "10"],
            &["--drawer", &heir, "--destination", &heir, "--beneficiary", &heir][..],
            &[
                "--terms",
                &"ab".repeat(32),
                "--premium",
                "500",
                "--opens",
                "1900000000",
                "--ends",
                "2000000000",
            ],
        ]
        .concat(),
    );
    let resumption = number(&["governance", "queue-change", "resume-cover", "0"]);
    rig.pass(DAY + 5);
    Governance { change, new_market, new_cover, resumption, heir }
}

/// Two offers, of which the second is taken.
fn offers(rig: &Rig) -> [String; 2] {
    let keys: Vec<String> = rig
        .world
        .wallets
        .iter()
        .take(2)
        .enumerate()
        .map(|(place, wallet)| {
            rig.world.validator.set_sol(&wallet.key.pubkey(), 1_000_000_000).unwrap();
            rig.key_file(&format!("wallet {place}"), &wallet.key)
        })
        .collect();
    let posted = ["1", "2"].map(|number| {
        let post = ["offer", "post", "sell", "0", "1", "--number", number, "--keypair", &keys[0]];
        rig.does(&post, "OfferPosted")["offer"].as_str().unwrap().to_owned()
    });
    rig.does(&["offer", "take", &posted[1], "all", "--keypair", &keys[1]], "OfferTaken");
    posted
}

/// Subjects for every instruction, now that a default is open.
fn subjects(
    rig: &Rig,
    Governance { change, new_market, new_cover, resumption, heir }: Governance,
    [offered, taken]: [String; 2],
) -> coverage::Subjects {
    let book = rig.book();
    let mut holders = rig.world.wallets.iter().filter_map(|wallet| {
        let member = book.members.get(&wallet.member).filter(|member| member.has_positions())?;
        Some((&wallet.key, member))
    });
    let ((owner, _), (other_key, held)) = (holders.next().unwrap(), holders.next().unwrap());
    let (owner, other) = (owner.pubkey(), other_key.pubkey());
    rig.world.validator.set_sol(&other, 1_000_000_000).unwrap();
    let file = rig.key_file("holder", other_key);
    rig.does(&["delegate", &owner.to_string(), "--keypair", &file], "DelegateSet");
    let trades = rig.folder().join("trades.txt");
    std::fs::write(&trades, format!("{other} 1 mark\n")).unwrap();
    rig.world.validator.set_tokens(&owner, &rig.world.keys.mint, TOKEN).unwrap();
    coverage::Subjects {
        governor: rig.world.authority.pubkey().to_string(),
        heir,
        change,
        owner: owner.to_string(),
        other: other.to_string(),
        market: held_markets(held)[0].to_string(),
        house: house(rig).expect("the house holds something"),
        mint: rig.world.keys.mint.to_string(),
        new_market,
        new_cover,
        resumption,
        offered,
        taken,
        trades: trades.to_str().unwrap().to_owned(),
    }
}

/// The smallest fall that brings a member below maintenance.
fn liquidate(rig: &Rig, first: &[(i64, u64)], keeper: &str) {
    for thousandths in (500..1_000).rev().step_by(5) {
        rig.lasting_quote(first, thousandths);
        let book = rig.book();
        let below = book.members.iter().find_map(|(address, member)| {
            let risk = book.risk_of_liquidation(member).unwrap();
            risk.is_liquidatable(member.margin)
                .unwrap()
                .then(|| (address.to_string(), held_markets(member)[0].to_string()))
        });
        let Some((target, market)) = below else { continue };
        let from = ["liquidate", &market, &target];
        // A buyer wants the price below this limit and a seller above it, so one of the two is
        // refused.
        let strict = |limit: &str| {
            let output =
                rig.run(&[&from[..], &["all", "--limit", limit, "--dry-run", "--keypair", keeper]].concat());
            String::from_utf8_lossy(&output.stderr).contains("PriceBeyondLimit")
        };
        assert_ne!(strict("0.01"), strict("9,000,000"));
        let taken = rig.does(&[&from[..], &["1", "--keypair", keeper]].concat(), "Liquidated");
        assert_eq!(taken["target"], target.as_str());
        return;
    }
    panic!("nobody falls below maintenance");
}

/// The price halves. A member below zero is told so, has its grace, and is declared.
fn declare(rig: &Rig, first: &[(i64, u64)]) -> String {
    rig.quote(first, 500);
    rig.json(&["crank"], 0);
    both_figures(rig);
    // Until the price has lasted for two cells, members are judged by the one before as well.
    rig.pass(HOUR);
    rig.json(&["crank"], 0);
    rig.pass(60);
    let book = rig.book();
    let below = book.members.iter().find(|(_, member)| {
        member.has_positions()
            && book.risk_of_default(member).unwrap().equity_favourable(member.margin).unwrap() < 0
    });
    let member = below.expect("somebody is below zero").0.to_string();
    rig.does(&["declare-default", &member], "GraceStarted");
    rig.pass(15);
    let declared = rig.does(&["declare-default", &member], "DefaultDeclared");
    assert_eq!((&declared["seq"], &declared["member"]), (&"0".into(), &member.as_str().into()));
    assert_eq!(rig.json(&["default", "0"], 0)["status"], "declared");
    member
}

/// While a better price is in the range, a member that is below zero at the marks cannot be declared:
/// the refusal, the list and the doctor show both figures.
fn both_figures(rig: &Rig) {
    let listed = rig.json(&["members"], 0);
    let members = listed["members"].as_array().unwrap();
    let insolvent = members.iter().find(|member| member["standing"] == "insolvent");
    let insolvent = insolvent.expect("somebody is below zero at the marks");
    let figure = |name: &str| insolvent[name].as_str().unwrap().parse::<i64>().unwrap();
    assert!(figure("equity") < 0 && figure("equity_to_declare") >= 0, "{insolvent}");
    assert!(figure("equity_for_itself") <= figure("equity"), "{insolvent}");
    let owner = insolvent["owner"].as_str().unwrap();
    // Whole tokens: a second of premium may pass between two commands.
    let at_mark = tokens(figure("equity")).split_once('.').expect("it has decimals").0.to_owned() + ".";
    let refusal = rig.failure(&["declare-default", owner]);
    assert_eq!((&refusal["kind"], &refusal["name"]), (&"refused".into(), &"EquityNotNegative".into()));
    let says = refusal["message"].as_str().unwrap();
    assert!(says.contains(&at_mark) && says.contains(" at the marks"), "{says} does not say {at_mark}");
    assert!(says.contains("others judge it by") || says.contains("declare its default by"), "{says}");
    let text = rig.text(&["member", owner]);
    assert!(text.contains("insolvent at the marks") && text.contains(&at_mark), "{text}");
    let found = rig.json(&["doctor"], 2);
    let check =
        found["checks"].as_array().unwrap().iter().find(|check| check["check"] == "insolvent members");
    let check = check.expect("the doctor looks at members");
    assert_eq!(check["status"], "failure");
    assert!(check["found"].as_str().unwrap().contains(owner), "{check}");
}

/// Base units of six decimals, as people read them.
fn tokens(amount: i64) -> String {
    let (whole, rest) = (amount.unsigned_abs() / 1_000_000, amount.unsigned_abs() % 1_000_000);
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}{}.{rest:06}", bulkhead_format::thousands(whole))
}

fn allocate(rig: &Rig, defaulter: &str) {
    rig.fails(&["repay-default", "0", "1"], 1, "DefaultNotAllocated: ");
    let allocated = rig.does(&["allocate-loss", "0"], "LossAllocated");
    let record = rig.json(&["default", "0"], 0);
    for layer in ["from_treasury", "from_survivors", "from_cushions", "residual"] {
        assert_eq!(record[layer], allocated[layer], "{layer}");
    }
    assert_eq!((&record["status"], &record["member"]), (&"allocated".into(), &defaulter.into()));
    assert!(amount(&record["owed"]) > 0 && amount(&record["bounties"]) > 0, "{record}");
    assert!(!record["positions"].as_array().unwrap().is_empty());
    assert_eq!(rig.json(&["defaults"], 0)["defaults"][0]["shortfall"], record["shortfall"]);
    let text = rig.text(&["defaults"]);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() == 2 && lines[0].ends_with("repaid"), "{text}");
    assert!(
        lines[1].contains("allocated") && lines[1].contains(&tokens(amount(&record["shortfall"]) as i64)),
        "{text}"
    );
    let text = rig.text(&["default", "0"]);
    assert!(text.contains("3 treasury") && text.contains("Taken over by the house"), "{text}");
    // The bounty went to the member account of the wallet that declared and allocated.
    assert_eq!(amount(&rig.json(&["member"], 0)["margin"]), amount(&record["bounties"]));
}

fn sell(rig: &Rig, keeper: &str) {
    let market = house(rig).expect("the house holds something");
    let held = rig.json(&["market", &market], 0);
    assert_eq!(held["house"]["lots"], held["house_lots"]);
    rig.does(&["take-over", &market, "1", "--keypair", keeper], "TakenOver");
    // The last sale realises the results of all houses.
    while let Some((market, others)) = houses(rig).split_first() {
        let event = if others.is_empty() { "HousesRealised" } else { "TakenOver" };
        rig.does(&["take-over", market, "all", "--keypair", keeper], event);
    }
    // The gain or loss of the house by then.
    if amount(&rig.json(&["fund"], 0)["unfunded"]) > 0 {
        rig.does(&["allocate-residual"], "ResidualAllocated");
    }
    // Its contribution paid for its shortfall, so that nothing stands behind the sale.
    rig.fails(&["release-cushion", "0"], 1, "NothingToRelease: ");
}

/// A market in which the house holds a position.
fn house(rig: &Rig) -> Option<String> {
    houses(rig).into_iter().next()
}

fn houses(rig: &Rig) -> Vec<String> {
    let markets = rig.json(&["markets"], 0)["markets"].as_array().unwrap().clone();
    let held = markets.into_iter().filter(|market| market["house_lots"] != "0");
    held.map(|market| market["index"].to_string()).collect()
}

fn pay_back(rig: &Rig) {
    let owed = amount(&rig.json(&["default", "0"], 0)["owed"]);
    rig.fails(&["repay-default", "0", "9,999,999", "--keypair", &rich(rig)], 1, "RepaysTooMuch: ");
    assert!(owed > 0);
    rig.does(&["repay-default", "0", "1"], "Recovered");
    rig.does(&["give-recovery", "2"], "Recovered");
    // Two of the members that bore the loss.
    let book = rig.book();
    let borne = rig.world.wallets.iter().filter(|wallet| {
        let member = book.members.get(&wallet.member);
        let recovery = member.map(|member| bulkhead_localnet::checks::recovery(&book, member).unwrap());
        recovery.unwrap_or_default() > 0
    });
    let keys: Vec<String> = borne
        .enumerate()
        .map(|(place, wallet)| rig.key_file(&format!("survivor-{place}"), &wallet.key))
        .collect();
    let [first, second, ..] = keys.as_slice() else { panic!("several bore the loss: {}", keys.len()) };
    let expected = rig.json(&["member", "--keypair", first], 0)["recovery"].clone();
    assert_eq!(rig.does(&["claim-recovery", "--keypair", first], "RecoveryPaid")["amount"], expected);
    rig.fails(&["claim-recovery", "--keypair", first], 1, "NothingToClaim: ");
    rig.fails(&["waive-recovery", "--keypair", second], 1, "agrees with --yes");
    rig.does(&["waive-recovery", "--keypair", second, "--yes"], "RecoveryWaived");
}

fn rich(rig: &Rig) -> String {
    rig.wallet("rich", 10_000_000 * TOKEN).0
}

/// Records are kept for 90 days.
fn close(rig: &Rig) {
    rig.fails(&["close-default", "0"], 1, "DefaultNotClosable: ");
    rig.pass(91 * DAY);
    rig.does(&["close-default", "0"], "DefaultClosed");
    rig.fails(&["default", "0"], 1, "the record of default 0 is closed");
}

fn amount(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}
