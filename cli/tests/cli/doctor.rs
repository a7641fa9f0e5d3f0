//! The doctor: each of its findings is provoked, found, and undone.

use {
    crate::rig::{with_rig, Rig},
    bulkhead_client::{
        address, program_id,
        state::{Fund, Market, Member, OracleKind, ProPrice},
        Address,
    },
    bytemuck::Pod,
    serde_json::{json, Value},
    solana_account::Account,
    solana_rpc_client_api::request::RpcRequest,
    solana_sdk_ids::bpf_loader_upgradeable,
    solana_signer::Signer,
};

/// Bytes before the fields of an account of the program.
const DISCRIMINATOR: usize = 8;
/// Offset of the amount in a token account.
const AMOUNT: usize = 64;

#[test]
fn the_doctor_finds_what_is_wrong() {
    with_rig(|rig| {
        rig.json(&["crank"], 0);
        let (checks, code) = checks(rig);
        assert_eq!(code, 1, "{checks:?}");
        assert!(checks.iter().all(|check| check["status"] != "failure"), "{checks:?}");
        let of =
            |what: &str| checks.iter().find(|check| check["check"] == what).expect(what)["status"].clone();
        for (what, status) in [
            ("layout", "ok"),
            ("authority", "warning"),              // a plain wallet
            ("authority and guardian", "warning"), // the same
            ("changes", "ok"),
            ("paused", "ok"),
            ("unfunded losses", "ok"),
            ("BTC oracle", "ok"),
            ("BTC breaker", "ok"),
            ("ETH parameters", "ok"),
            ("insolvent members", "ok"),
            ("members below maintenance", "ok"),
            ("keeper", "ok"),
            ("P1 custody", "ok"),
            ("P2 novation", "ok"),
            ("P3 zero-sum", "ok"),
        ] {
            assert_eq!(of(what), status, "{what}");
        }
        the_fund(rig);
        the_markets(rig);
        the_oracles(rig);
        the_books(rig);
        the_program(rig);
    });
}

fn the_fund(rig: &Rig) {
    let fund = rig.world.keys.fund;
    let with = |change: fn(&mut Fund), what: &str, status: &str, says: &str| {
        let _undo = tampered(rig, fund, change);
        finds(rig, what, status, says);
    };
    let multisig = "a program's address, such as a multisig's";
    with(|fund| fund.authority = address::vault(&program_id()), "authority", "ok", multisig);
    with(|fund| fund.guardian = address::vault(&program_id()), "authority and guardian", "ok", "two keys");
    with(|fund| fund.pending_authority = program_id(), "authority offered to", "warning", "who can take it");
    let pause = |fund: &mut Fund| {
        fund.pauses[1].expires_ts = i64::MAX / 2_000;
    };
    with(pause, "paused", "warning", "contribute until ");
    with(|fund| fund.params.notice_secs = 1, "fund's parameters", "failure", "ParameterOutOfBounds: ");
    with(|fund| fund.unfunded = 1_500_000, "unfunded losses", "failure", "1.500000");

    let _undo = tampered(rig, fund, |fund: &mut Fund| fund.version = 9);
    rig.fails(&["doctor"], 2, "layout version 9");
}

fn the_markets(rig: &Rig) {
    let market = rig.world.keys.market(0);
    let with = |change: fn(&mut Market), what: &str, status: &str, says: &str| {
        let _undo = tampered(rig, market, change);
        finds(rig, what, status, says);
    };
    with(|market| market.mark.price = 0, "BTC mark", "warning", "none yet");
    rig.pass(60);
    with(|market| market.mark.slot = 0, "BTC mark", "ok", "whoever acts cranks it first");
    rig.pass(120);
    with(|market| market.mark.slot = 0, "BTC mark", "warning", "no keeper cranks it");
    with(
        |market| market.mark.slot = 0,
        "keeper",
        "warning",
        "no keeper seems to run: nobody has cranked BTC",
    );
    with(|market| market.final_ts = 1, "BTC mark", "ok", "final");
    with(|market| market.adjusted.halted_until_ts = i64::MAX, "BTC breaker", "warning", "tripped");
    with(
        |market| market.base_rates.initial_bps = 10_001,
        "BTC parameters",
        "failure",
        "ParameterOutOfBounds: ",
    );
    with(|market| market.seen_ts = i64::MAX, "BTC oracle", "failure", "OracleWentBack: ");
}

/// Every reason for which a crank would refuse a price.
fn the_oracles(rig: &Rig) {
    let market = rig.world.keys.market(0);
    let with = |change: fn(&mut Market), says: &str| {
        let _undo = tampered(rig, market, change);
        finds(rig, "BTC oracle", "failure", says);
    };
    with(|market| market.oracle.owners = [[9; 32]; 2], "OracleWrongOwner: ");
    with(|market| market.oracle.feed_decimals = 3, "its exponent is not the market's");
    with(|market| market.price_decimals = 0, "or does not convert exactly");
    with(|market| market.oracle.max_confidence_bps = 0, "its confidence interval is too wide");

    rig.json(&["crank", "BTC"], 0);
    {
        // A feed that the repository has no name for, and that nobody sponsors: its prices are posted.
        let _undo = tampered(rig, market, |market: &mut Market| market.oracle.feed_id = [9; 32]);
        finds(rig, "market 0 oracle", "ok", "nobody sponsors it: its prices are posted, the last one ");
        let _undo = tampered(rig, market, |market: &mut Market| market.mark.publish_ts = 0);
        finds(rig, "market 0 oracle", "failure", "its account does not exist");
        let _undo = tampered(rig, market, |market: &mut Market| market.oracle.account = [8; 32]);
        finds(rig, "market 0 oracle", "failure", "its account does not exist");
    }

    // A market of Pyth Pro keeps its name, and somebody has to post.
    for (feed, name) in [(1, "BTC"), (99, "market 0")] {
        let _undo = tampered(rig, market, |market: &mut Market| {
            market.oracle.kind = OracleKind::PythPro as u8;
            market.oracle.feed_id = ProPrice::feed_id(feed, 3);
            market.oracle.account = address::pro_price(feed, 3).to_bytes();
        });
        let says = format!("`bulkhead post-price {}`", if feed == 1 { "BTC" } else { "0" });
        finds(rig, &format!("{name} oracle"), "failure", &says);
    }

    rig.is_silent.set(true);
    let price = |place: std::ops::Range<usize>, bytes: &[u8], says: &str| {
        let _undo = rewritten(rig, rig.world.oracle_accounts[0], |data| data[place].copy_from_slice(bytes));
        finds(rig, "BTC oracle", "failure", says);
    };
    price(0..1, &[9], "OracleMalformed: ");
    price(40..41, &[0], "OracleNotVerified: ");
    price(41..42, &[9], "OracleWrongFeed: ");
    price(73..81, &[0; 8], "its price is not positive");
    price(93..101, &(rig.now() + 600).to_le_bytes(), "OracleFromFuture: ");
    rig.pass(120);
    finds(rig, "BTC oracle", "failure", "OracleTooOld: ");
    rig.is_silent.set(false);
}

fn the_books(rig: &Rig) {
    let (fund, market) = (rig.world.keys.fund, rig.world.keys.market(0));
    let with_fund = |change: fn(&mut Fund), what: &str, says: &str| {
        let _undo = tampered(rig, fund, change);
        finds(rig, what, "failure", says);
    };
    with_fund(|fund| fund.margin_total += 1, "P1 custody", "the vault holds ");
    with_fund(|fund| fund.margin_total -= 1, "P1 custody", "margins sum to ");
    with_fund(|fund| fund.claims += 1, "P3 zero-sum", "raw quote is worth ");
    {
        let _undo = tampered(rig, market, |market: &mut Market| market.house_lots += 1);
        finds(rig, "P2 novation", "failure", "market 0: lots sum to 1");
    }
    {
        let member = rig.world.wallets[0].member;
        let _undo = tampered(rig, member, |member: &mut Member| member.margin += 1);
        finds(rig, "P1 custody", "failure", "margins sum to ");
    }
    let vault = address::vault(&fund);
    let _undo = rewritten(rig, vault, |data| data[AMOUNT..AMOUNT + 8].copy_from_slice(&1u64.to_le_bytes()));
    finds(rig, "P1 custody", "failure", "the vault holds 1 of ");
}

/// The loader's state of the program's data: 3, a slot, and the upgrade authority.
fn the_program(rig: &Rig) {
    let program = rig.rpc.get_account(&program_id()).unwrap();
    assert_eq!(program.owner, bpf_loader_upgradeable::ID, "deployed as on a public cluster");
    let data = Address::new_from_array(program.data[4..36].try_into().unwrap());
    for (authority, status, says) in [
        (None, "ok", "nobody: the program cannot be replaced"),
        (Some(address::vault(&program_id())), "ok", "such as a multisig's"),
        (Some(rig.world.payer.pubkey()), "warning", "one key can replace the program"),
    ] {
        let key = authority.map_or([0; 32], |key: Address| key.to_bytes());
        let _undo = rewritten(rig, data, |data| {
            data[12] = u8::from(authority.is_some());
            data[13..45].copy_from_slice(&key);
        });
        finds(rig, "upgrade authority", status, says);
    }
    let _undo = rewritten(rig, data, |data| data[0] = 1);
    finds(rig, "upgrade authority", "failure", "no program data");
}

fn checks(rig: &Rig) -> (Vec<Value>, i64) {
    let output = rig.run(&["doctor", "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let code = found["exit_code"].as_i64().unwrap();
    assert_eq!(output.status.code().map(i64::from), Some(code));
    (found["checks"].as_array().unwrap().clone(), code)
}

/// The doctor judges `what` like this, and ends with a code that is at least as bad.
fn finds(rig: &Rig, what: &str, status: &str, says: &str) {
    let (checks, code) = checks(rig);
    let found =
        checks.iter().find(|check| check["check"] == what).unwrap_or_else(|| panic!("{what}: {checks:?}"));
    assert_eq!(found["status"], status, "{found}");
    assert!(found["found"].as_str().unwrap().contains(says), "{found} does not say {says}");
    let least = ["ok", "warning", "failure"].iter().position(|word| *word == status).unwrap();
    assert!(code >= least as i64, "{what} ends with {code}");
}

/// An account as it was, written back when this is dropped.
struct Undo<'d> {
    rig: &'d Rig<'d>,
    address: Address,
    account: Account,
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        write(self.rig, &self.address, &self.account);
    }
}

/// Changes an account's fields in a way that no instruction would.
fn tampered<'d, T: Pod>(rig: &'d Rig<'d>, address: Address, change: impl FnOnce(&mut T)) -> Undo<'d> {
    rewritten(rig, address, |data| {
        let mut fields: T = bytemuck::pod_read_unaligned(&data[DISCRIMINATOR..]);
        change(&mut fields);
        data[DISCRIMINATOR..].copy_from_slice(bytemuck::bytes_of(&fields));
    })
}

fn rewritten<'d>(rig: &'d Rig<'d>, address: Address, change: impl FnOnce(&mut [u8])) -> Undo<'d> {
    replaced(rig, address, |account| change(&mut account.data))
}

fn replaced<'d>(rig: &'d Rig<'d>, address: Address, change: impl FnOnce(&mut Account)) -> Undo<'d> {
    let account = rig.rpc.get_account(&address).unwrap();
    let mut changed = account.clone();
    change(&mut changed);
    write(rig, &address, &changed);
    Undo { rig, address, account }
}

fn write(rig: &Rig, address: &Address, account: &Account) {
    let data: String = account.data.iter().map(|byte| format!("{byte:02x}")).collect();
    let fields = json!({
        "lamports": account.lamports,
        "data": data,
        "owner": account.owner.to_string(),
        "executable": account.executable,
    });
    let cheat = RpcRequest::Custom { method: "surfnet_setAccount" };
    rig.rpc.send::<Value>(cheat, json!([address.to_string(), fields])).unwrap();
}
