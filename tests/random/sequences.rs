//! Committed sequences, repeated by name; and that a mistake is found and shrunk.

use {
    crate::{
        history::History,
        sequence::{folder, quietly, Failure, Sequence},
        shrink::shrink_failure,
        tally::Tally,
    },
    bulkhead_model::{Fault, Op},
    std::{collections::BTreeSet, fs, time::Duration},
};

macro_rules! replayed {
    ($($name:ident)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        $(#[test]
        fn $name() {
            replay(stringify!($name));
        })*
    };
}

replayed! {
    a_claim_on_a_gains_cut_pays_for_its_owners_default
    a_close_out_is_booked_in_the_order_of_slots
    a_close_out_reports_the_exposure_at_the_marks
    a_gain_is_settled_rounded_down
    a_loss_goes_all_its_way
    a_loss_takes_two_units_of_a_claim
    a_small_raise_holds_up_no_gains_cut
    fractions_of_claims_that_leave_are_the_houses
    overlapping_defaults
    what_a_defaulter_gives_up_is_no_claim_of_others
    what_had_come_back_of_a_latecomers_loss_comes_back_to_all
    what_is_on_its_way_when_a_defaulter_held_the_last_shares_is_the_treasurys
    who_takes_the_last_lots_is_judged_while_the_house_holds_them
}

fn replay(name: &str) {
    let sequence = Sequence::read(&folder().join(name).with_extension("jsonl"))
        .unwrap_or_else(|error| panic!("{error:#}"));
    if let Some(Failure { message, ops }) = sequence.fails(None) {
        panic!("{name} fails after {ops} of {} actions: {message}", sequence.ops.len());
    }
}

#[test]
fn every_committed_sequence_is_replayed() {
    let files = fs::read_dir(folder())
        .map(|files| files.map(|file| file.expect("a file").path()).collect::<Vec<_>>());
    let files: BTreeSet<String> = files
        .unwrap_or_default()
        .iter()
        .map(|file| file.file_stem().expect("a name").to_string_lossy().into_owned())
        .filter(|name| !name.starts_with("found_"))
        .collect();
    assert_eq!(files, NAMES.iter().map(ToString::to_string).collect());
}

/// A model that pays a claim a unit more is found at the first claim, for the loss went all its way until then.
#[test]
fn a_mistake_in_the_models_claims_is_found() {
    let path = folder().join("a_loss_goes_all_its_way.jsonl");
    let sequence = Sequence::read(&path).expect("a committed sequence");
    let failure = sequence.fails(Some(Fault::ClaimPaysMore)).expect("it is found");
    assert!(matches!(sequence.ops[failure.ops - 1], Op::ClaimCover { .. }), "{}", failure.message);
}

/// A model that rounds a settled gain up is found, and what remains of a history of a hundred actions is what it takes: two
/// members with margin and contributions, a trade, a price, a loss paid in, and the gain.
#[test]
fn a_mistake_in_the_model_is_found_and_shrunk_to_few_actions() {
    const FAULT: Option<Fault> = Some(Fault::SettleRoundsGainsUp);
    let found = (1..500).find_map(|seed| {
        let mut history = History::faulty(seed, &[], FAULT);
        let mut tally = Tally::default();
        let outcome = quietly(|| {
            history.join(&mut tally);
            (0..60).for_each(|_| history.step(&mut tally));
        });
        outcome.err().map(|message| (seed, message, history.sequence()))
    });
    let (seed, message, sequence) = found.expect("histories in which a gain is settled");
    let short = shrink_failure(&sequence, FAULT, Duration::from_secs(240));
    println!("history {seed}, {} actions: {message}\nshrunk to {:#?}", sequence.ops.len(), short.ops);
    assert!(matches!(short.ops.last(), Some(Op::Settle { .. })), "{:?}", short.ops);
    assert!(short.ops.len() <= 20, "{} actions are left", short.ops.len());
    assert!(short.fails(FAULT).is_some() && short.fails(None).is_none());

    let file = std::env::temp_dir().join(format!("bulkhead-sequence-{}.jsonl", std::process::id()));
    short.write(&file).expect("it can be written");
    let read = Sequence::read(&file).expect("it can be read back");
    fs::remove_file(&file).expect("it is there");
    assert_eq!(read, short);
}
