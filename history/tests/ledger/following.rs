//! Following: exactly once, in order, without gaps, whenever it is killed.

use {
    crate::{
        history, lines,
        node::{NOTHING, STRANGE},
        on_both, open, transaction, written, Database, Node, FUND,
    },
    bulkhead_history::store::Store,
    std::{
        process::{Child, Command, Stdio},
        sync::Arc,
        thread::sleep,
        time::{Duration, Instant},
    },
};

#[test]
fn a_history_is_written_once_and_in_order() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(57));
        let follower = open(&node, &database).await;
        assert!(follower.catch_up().await.unwrap());
        assert_eq!(written(&follower).await, node.signatures());
        assert_eq!(follower.books.read().await.audit.fund().treasury, 56);
        assert!(!follower.catch_up().await.unwrap(), "nothing is new");

        node.change(|chain| chain.extend((57..90).map(transaction)));
        follower.catch_up().await.unwrap();
        assert_eq!(written(&follower).await, node.signatures());

        // Another process goes on with the same database, and makes the same books.
        let again = open(&node, &database).await;
        assert!(!again.catch_up().await.unwrap());
        assert_eq!(again.books.read().await.audit.fund().treasury, 89);
    });
}

#[test]
fn failed_transactions_are_passed_over() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| {
            *chain = history(30);
            for place in [3, 4, 29] {
                let mut failed = transaction(1_000 + place);
                failed.has_failed = true;
                failed.slot = chain[place as usize].slot;
                chain.insert(place as usize, failed);
            }
        });
        let follower = open(&node, &database).await;
        follower.catch_up().await.unwrap();
        assert_eq!(written(&follower).await, node.signatures());
        assert_eq!(written(&follower).await.len(), 30);
    });
}

#[test]
fn provisional_transactions_become_final_without_being_written_twice() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| {
            *chain = history(20);
            chain[15..].iter_mut().for_each(|known| known.is_final = false);
        });
        let follower = open(&node, &database).await;
        follower.catch_up().await.unwrap();
        assert_eq!(written(&follower).await, node.signatures());
        assert_eq!(follower.store.provisional().await.unwrap().len(), 5);
        assert_eq!(follower.books.read().await.audit.fund().treasury, 14, "books are final");

        node.change(|chain| chain[15..18].iter_mut().for_each(|known| known.is_final = true));
        follower.catch_up().await.unwrap();
        assert_eq!(follower.store.provisional().await.unwrap().len(), 2);
        assert_eq!(follower.books.read().await.audit.fund().treasury, 17);
        assert_eq!(written(&follower).await, node.signatures());
    });
}

/// An audit beside the standing ledger writes what is new, too: the one that is slower reads again, and
/// neither takes the other's work for another history of the node.
#[test]
fn two_processes_follow_into_one_database() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(5));
        let followers = [open(&node, &database).await, open(&node, &database).await].map(Arc::new);
        let mut tasks = tokio::task::JoinSet::new();
        for follower in followers.clone() {
            tasks.spawn(async move {
                for _ in 0..40 {
                    follower.catch_up().await?;
                }
                anyhow::Ok(())
            });
        }
        for length in (10..100).step_by(5) {
            // The last ones are provisional, and become final with the next step.
            node.change(|chain| {
                chain.iter_mut().for_each(|known| known.is_final = true);
                chain.extend((length - 5..length).map(transaction));
                chain[length as usize - 3..].iter_mut().for_each(|known| known.is_final = false);
            });
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap().unwrap_or_else(|error| panic!("{error:#}"));
        }
        for follower in followers {
            follower.catch_up().await.unwrap();
            assert_eq!(written(&follower).await, node.signatures());
            assert_eq!(follower.books.read().await.audit.fund().treasury, 91);
        }
    });
}

#[test]
fn a_database_belongs_to_one_fund_and_one_cluster() {
    on_both(|database| async move {
        let node = Node::start();
        open(&node, &database).await;
        let other = bulkhead_client::address::vault(&FUND).to_string();
        let config = bulkhead_history::config::Config::of(&node.url, "", &other, &database.url);
        let error = bulkhead_history::service::open(&config).await.err().unwrap();
        assert!(format!("{error:#}").contains("give this one another database.url"), "{error:#}");
    });
}

/// A mistyped address makes no database that nothing else can use.
#[test]
fn what_is_no_fund_gets_no_ledger() {
    on_both(|database| async move {
        let node = Node::start();
        for (address, says) in
            [(NOTHING, "does not exist on this cluster"), (STRANGE, "it is no fund, or one")]
        {
            let config =
                bulkhead_history::config::Config::of(&node.url, "", &address.to_string(), &database.url);
            let error = bulkhead_history::service::open(&config).await.err().unwrap();
            assert!(format!("{error:#}").contains(says), "{error:#}");
        }
        open(&node, &database).await; // it is nobody's yet
    });
}

/// The standing ledger as a process.
fn spawn(node: &Node, database: &Database, folder: &std::path::Path) -> Child {
    let file = folder.join("history.toml");
    let text = format!(
        "[cluster]\nrpc_url = \"{}\"\nwebsocket_url = \"\"\n[fund]\naddress = \"{FUND}\"\n[database]\nurl = \
         \"{}\"\n[following]\npoll_ms = 20\npage = 50\nbatch = 5\nparallel = 2\nsight_ms = 0\n\
         [server]\nlisten = \"\"\n",
        node.url, database.url
    );
    std::fs::write(&file, text).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_bulkhead-history"));
    run.arg("--config").arg(file).arg("run").stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_ledger_that_is_killed_at_any_moment_goes_on_where_it_was() {
    const LENGTH: u64 = 300;
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(LENGTH));
        let folder = tempfile::tempdir().unwrap();
        let (mut kills, started) = (0, Instant::now());
        loop {
            let mut child = spawn(&node, &database, folder.path());
            // Each time it lives a little longer, and dies somewhere else.
            sleep(Duration::from_millis(100 + 60 * kills));
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            let store = Store::open(&database.url, 0).await.unwrap();
            let count = store.count("transactions").await.unwrap();
            store.close().await;
            if count == LENGTH as i64 {
                break;
            }
            assert!(started.elapsed() < Duration::from_secs(300), "{count} after {kills} kills");
        }
        println!("killed {kills} times");
        assert!(kills > 2, "it was faster than the test");
        let follower = open(&node, &database).await;
        follower.catch_up().await.unwrap();
        assert_eq!(written(&follower).await, node.signatures());
        assert_eq!(follower.books.read().await.audit.fund().treasury, LENGTH - 1);
        assert_eq!(follower.store.count("queue").await.unwrap(), 0);
    });
}

#[test]
fn a_ledger_stops_when_it_is_told_and_says_what_is_wrong() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| {
            *chain = history(20);
            chain.remove(0); // the node has forgotten the fund's creation
        });
        let folder = tempfile::tempdir().unwrap();
        let mut child = spawn(&node, &database, folder.path());
        let told = lines(&mut child).find(|line| line.contains("a gap"));
        let told = told.expect("it tells");
        assert!(told.contains("Set cluster.rpc_url to a node that keeps older transactions"), "{told}");
        child.kill().unwrap();
        child.wait().unwrap();
    });
}

/// `bulkhead-history export | head` is no failure.
#[test]
fn a_reader_that_has_seen_enough_ends_nothing() {
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = history(20));
        let folder = tempfile::tempdir().unwrap();
        let mut child = spawn(&node, &database, folder.path());
        child.kill().unwrap();
        child.wait().unwrap();
        for arguments in [&["export"][..], &["export", "--form", "jsonl"]] {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let mut command = Command::new(env!("CARGO_BIN_EXE_bulkhead-history"));
            command.arg("--config").arg(folder.path().join("history.toml")).args(arguments);
            command.env("RUST_LOG", "error");
            let output = command.stdout(writer).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success() && told.is_empty(), "{arguments:?}: {told}");
        }
    });
}
