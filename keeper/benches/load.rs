//! The start of a keeper at a large fund: from the first request until it knows who is due.

use {
    crate::{node::PAGES, ALLOCATED, PEAK},
    bulkhead_format::thousands,
    bulkhead_keeper::{
        bulk::{Bulk, MOST_IN_PAGE, TIMEOUT},
        source::Source,
        triggers::Triggers,
    },
    solana_rpc_client::nonblocking::rpc_client::RpcClient,
    std::{
        io::{BufRead, BufReader},
        process::{Child, Command, Stdio},
        sync::{atomic::Ordering, Arc},
        time::{Duration, Instant},
    },
};

/// The node, in a process of its own.
struct Node {
    process: Child,
    url: String,
}

impl Node {
    fn start(members: usize) -> Self {
        let own = std::env::current_exe().expect("the path of this program");
        let mut process = Command::new(own)
            .args(["--node", "--members", &members.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started again");
        let mut line = String::new();
        let out = process.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("the node names its port");
        Self { url: format!("http://{}/", line.trim()), process }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The most that is allocated during some work, beyond what was before it, and what is left of that.
struct Memory {
    peak: usize,
    left: usize,
}

fn measured<T>(work: impl FnOnce() -> T) -> (T, Memory, Duration) {
    let before = ALLOCATED.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let started = Instant::now();
    let done = work();
    let took = started.elapsed();
    let beyond = |now: usize| now.saturating_sub(before);
    let memory = Memory {
        peak: beyond(PEAK.load(Ordering::Relaxed)),
        left: beyond(ALLOCATED.load(Ordering::Relaxed)),
    };
    (done, memory, took)
}

const HEAD: &str = "
## The start

A fund of {members} members is read from a node in another process over HTTP, its accounts compressed, until
the keeper knows who is due after a fall of the first market by 10%. Times are in those of building the index.

| how the fund is read | most memory, bytes a member | kept | time until it knows |
| --- | ---: | ---: | ---: |
";

/// Reads a fund in each way that a node may have, and returns the rows of their table.
pub fn table(members: usize) -> String {
    let node = Node::start(members);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut text = HEAD.replace("{members}", &thousands(members as u64));
    for (way, pages) in [("in one answer", ""), ("in pages of 10,000", PAGES)] {
        let rpc = Arc::new(RpcClient::new_with_timeout(format!("{}{pages}", node.url), TIMEOUT));
        let fund = crate::book(0).keys.fund;
        let source = Source { bulk: Bulk::of(&rpc, 10 * TIMEOUT, MOST_IN_PAGE), ..Source::new(rpc, fund) };
        let (book, memory, reading) = measured(|| runtime.block_on(source.book()).expect("the fund"));
        assert_eq!(book.members.len(), members);
        let started = Instant::now();
        let mut triggers = Triggers::new(&book);
        let indexing = started.elapsed();
        assert!(!triggers.hits(&book).is_empty(), "somebody is due");
        let known = started.elapsed() + reading;
        text += &row(way, members, &memory, known.as_secs_f64() / indexing.as_secs_f64());
    }
    text
}

fn row(way: &str, members: usize, memory: &Memory, time: f64) -> String {
    let each = |bytes: usize| thousands((bytes / members.max(1)) as u64);
    format!("| {way} | {} | {} | {time:.1} |\n", each(memory.peak), each(memory.left))
}
