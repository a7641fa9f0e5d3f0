//! Reads the whole fund from nodes with pages, without pages, and from those that are slow or repeat
//! themselves.

use {
    crate::{
        proxy::{Weather, LATE},
        rig::Rig,
    },
    anyhow::Result,
    bulkhead_book::Book,
    bulkhead_keeper::{
        bulk::{Bulk, PAGED},
        config::Commitment,
        source::Source,
    },
    solana_rpc_client::nonblocking::rpc_client::RpcClient,
    std::{sync::Arc, time::Duration},
};

/// A source behind the proxy whose own requests may take half of what is late.
fn source(rig: &Rig, load_timeout: Duration, page: usize) -> Source {
    let commitment = Commitment::Processed.config();
    let rpc = RpcClient::new_with_timeout_and_commitment(rig.proxy.rpc_url(), LATE / 2, commitment);
    let bulk = Bulk::of(&rpc, load_timeout, page);
    Source { bulk, oracles: oracles(rig), ..Source::new(Arc::new(rpc), rig.world.keys.fund) }
}

fn oracles(rig: &Rig) -> std::collections::BTreeMap<u16, bulkhead_client::Address> {
    (0..).zip(rig.world.oracle_accounts.iter().copied()).collect()
}

fn read(source: &Source) -> Result<Book> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(source.book())
}

/// The fund as the validator itself gives it has the same members and markets.
fn assert_whole(rig: &Rig, book: &Book) {
    let whole = rig.world.book().unwrap();
    assert!(whole.members.len() > 3, "several pages of three");
    let bytes = |book: &Book| -> Vec<Vec<u8>> {
        let members = book.members.values().map(|member| bytemuck::bytes_of(member).to_vec());
        members.chain(book.markets.iter().map(|market| bytemuck::bytes_of(market).to_vec())).collect()
    };
    assert_eq!(bytes(book), bytes(&whole));
    assert!(book.members.keys().eq(whole.members.keys()));
}

#[test]
fn a_fund_is_read_in_pages_where_the_node_has_them() {
    let rig = Rig::new();
    rig.proxy.set(Weather::Paged);
    let book = read(&source(&rig, LATE, 3)).unwrap();
    assert_whole(&rig, &book);
    assert!(rig.proxy.asked(PAGED) > 3, "{} pages", rig.proxy.asked(PAGED));
    assert_eq!(rig.proxy.asked("getProgramAccounts"), 0);
}

#[test]
fn a_node_without_pages_is_asked_for_them_once() {
    let rig = Rig::new();
    let source = source(&rig, LATE, 3);
    for _ in 0..2 {
        assert_whole(&rig, &read(&source).unwrap());
    }
    assert_eq!((rig.proxy.asked(PAGED), rig.proxy.asked("getProgramAccounts")), (1, 2));
}

#[test]
fn a_node_that_repeats_a_page_is_not_asked_for_ever() {
    let rig = Rig::new();
    rig.proxy.set(Weather::SamePage);
    let error = read(&source(&rig, LATE, 3)).err().unwrap();
    assert!(format!("{error:#}").contains("the node repeats a page"), "{error:#}");
    assert_eq!(rig.proxy.asked(PAGED), 2);
}

#[test]
fn everything_at_once_may_take_longer_than_other_requests() {
    let rig = Rig::new();
    rig.proxy.set(Weather::Slow);
    assert_whole(&rig, &read(&source(&rig, 4 * LATE, 3)).unwrap());
    let error = read(&source(&rig, LATE / 2, 3)).err().unwrap();
    assert!(format!("{error:#}").contains("the program's accounts"), "{error:#}");
}
