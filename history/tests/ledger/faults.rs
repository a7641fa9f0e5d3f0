//! Faults: nothing is lost, nothing is written twice, and the message says what to do.

use {
    crate::{
        databases, history, node::Fault, on_both, open, postgres::Server, transaction, written, Database,
        Node, FUND,
    },
    bulkhead_history::{
        config::Config,
        service::{self, told},
        store::Store,
    },
    std::time::Duration,
};

#[test]
fn errors_of_the_node_lose_nothing() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(60));
        let follower = open(&node, &database).await;
        node.set(Fault::Flaky);
        let mut failures = 0;
        while follower.catch_up().await.is_err() {
            failures += 1;
            assert!(failures < 1_000, "it makes no progress");
            if failures == 30 {
                node.set(Fault::None);
            }
        }
        assert!(failures > 0);
        assert_eq!(written(&follower).await, node.signatures());

        node.set(Fault::Down);
        let error = follower.catch_up().await.unwrap_err();
        assert!(told(&error).contains("the node does not answer"), "{error:#}");
    });
}

#[test]
fn a_transaction_that_the_node_lists_and_does_not_give_is_waited_for() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(12));
        let follower = open(&node, &database).await;
        node.set(Fault::Forgets);
        let error = follower.catch_up().await.unwrap_err();
        assert!(told(&error).contains("but does not give it"), "{error:#}");
        assert!(written(&follower).await.is_empty(), "what comes after it is not written either");
        node.set(Fault::None);
        follower.catch_up().await.unwrap();
        assert_eq!(written(&follower).await, node.signatures());
    });
}

#[test]
fn a_list_that_repeats_itself_writes_nothing_twice() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(35));
        node.set(Fault::Repeats);
        let follower = open(&node, &database).await;
        follower.catch_up().await.unwrap();
        assert_eq!(written(&follower).await, node.signatures());
    });
}

#[test]
fn blocks_that_are_reorganised_withdraw_what_was_provisional() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| {
            *chain = history(20);
            chain[15..].iter_mut().for_each(|known| known.is_final = false);
        });
        let follower = open(&node, &database).await;
        follower.catch_up().await.unwrap();

        // Two vanish, one comes in another slot, and another one is new.
        node.change(|chain| {
            chain.remove(17);
            chain.remove(17);
            chain[17].slot += 5;
            let mut new = transaction(18);
            new.signature = crate::signature(99);
            new.slot = chain[17].slot + 1;
            new.is_final = false;
            chain.push(new);
        });
        follower.catch_up().await.unwrap();
        assert_eq!(written(&follower).await, node.signatures());
        assert!(follower.head.borrow().withdrawn > 0, "clients are told");

        // What becomes final at last is another history again.
        node.change(|chain| {
            chain.truncate(16);
            chain.extend((16..19).map(transaction));
            chain.iter_mut().for_each(|known| known.is_final = true);
        });
        follower.catch_up().await.unwrap();
        assert_eq!(written(&follower).await, node.signatures());
        assert!(follower.store.provisional().await.unwrap().is_empty());
        assert_eq!(follower.books.read().await.audit.fund().treasury, 18);
    });
}

#[test]
fn a_node_that_has_forgotten_what_was_last_is_a_gap() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(20));
        let follower = open(&node, &database).await;
        follower.catch_up().await.unwrap();
        let all = history(50);
        node.change(|chain| *chain = all[30..].to_vec());
        let error = follower.catch_up().await.unwrap_err();
        assert!(told(&error).starts_with("a gap: the node's history does not reach back"), "{error:#}");
        assert_eq!(written(&follower).await.len(), 20, "nothing is written behind a gap");
        // Another node has it all.
        node.change(|chain| *chain = all);
        follower.catch_up().await.unwrap();
        assert_eq!(written(&follower).await, node.signatures());
    });
}

#[test]
fn cut_logs_are_told_and_repaired() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(9));
        let follower = open(&node, &database).await;
        follower.catch_up().await.unwrap();
        node.set(Fault::CutsLogs);
        node.change(|chain| chain.extend((9..12).map(transaction)));
        follower.catch_up().await.unwrap();
        assert_eq!(follower.store.count("transactions").await.unwrap(), 12);
        let trouble = follower.metrics.unhealthy(Duration::from_secs(60)).unwrap();
        assert!(
            trouble.contains("3 transactions are missing") && trouble.contains("log-messages-bytes-limit"),
            "{trouble}"
        );
        assert_eq!(follower.repair().await.unwrap(), 3, "the node has no more");

        node.set(Fault::None);
        assert_eq!(follower.repair().await.unwrap(), 0);
        follower.catch_up().await.unwrap();
        assert_eq!(written(&follower).await, node.signatures());
        assert_eq!(follower.metrics.unhealthy(Duration::from_secs(60)), None);
        assert_eq!(follower.books.read().await.audit.fund().treasury, 11);
    });
}

#[test]
fn an_event_that_is_missing_is_told_with_the_transaction_after_it() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| {
            *chain = history(20);
            chain.remove(7); // the node has lost one transaction in the middle, and does not know
        });
        let follower = open(&node, &database).await;
        follower.catch_up().await.unwrap();
        let parted = follower.books.read().await.parted.clone().unwrap();
        assert_eq!(parted.signature, crate::signature(8));
        assert_eq!((parted.difference.expected.as_str(), parted.difference.found.as_str()), ("7", "8"));
    });
}

#[test]
fn a_full_disk_is_told_and_nothing_is_lost() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let [database, _] = databases();
        let node = Node::start();
        node.change(|chain| *chain = history(4_000));
        let mut config = Config::of(&node.url, "", &FUND.to_string(), &database.url);
        config.database.most_mib = 1;
        let follower = service::open(&config).await.unwrap();
        let error = follower.catch_up().await.unwrap_err();
        let message = told(&error);
        assert!(
            message.contains("full") && message.contains("free space on the database's disk"),
            "{message}"
        );
        let had = follower.store.count("transactions").await.unwrap();
        assert!(had < 4_000);
        follower.store.close().await;

        // There is space again.
        config.database.most_mib = 0;
        let follower = service::open(&config).await.unwrap();
        follower.catch_up().await.unwrap();
        assert_eq!(written(&follower).await, node.signatures());
    });
}

#[test]
fn a_database_that_is_restarted_is_gone_on_with() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut server = Server::start();
    let database = Database { url: server.database(), _folder: None };
    runtime.block_on(async {
        let node = Node::start();
        node.change(|chain| *chain = history(40));
        let follower = open(&node, &database).await;
        follower.catch_up().await.unwrap();
        node.change(|chain| chain.extend((40..80).map(transaction)));
        server.stop();
        let error = follower.catch_up().await.unwrap_err();
        println!("without a database: {}", told(&error));
        server.run();
        let mut tries = 0;
        while let Err(error) = follower.catch_up().await {
            tries += 1;
            assert!(tries < 20, "{error:#}"); // connections of before are found dead one after the other
        }
        assert_eq!(written(&follower).await, node.signatures());
        assert_eq!(follower.books.read().await.audit.fund().treasury, 79);
    });
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "these are notes, and no pages of SQLite ".repeat(200)).unwrap();
    let error = Store::open(&format!("sqlite:{}", file.display()), 0).await.err().unwrap();
    // Not that the pool has waited in vain.
    assert!(format!("{error:#}").contains("file is not a database"), "{error:#}");
    assert!(told(&error).contains("and the file be one of SQLite"), "{error:#}");
}
