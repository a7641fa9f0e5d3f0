//! Updates of the last minute. A taking is filled at the first print after it, which has seldom stayed
//! the newest one when the keeper hears of the taking.

use {
    super::poster::Heard,
    bulkhead_math::offers::is_first_after,
    bulkhead_pyth::{FeedId, Update},
    std::{collections::BTreeMap, sync::Arc},
};

/// Seconds that an update is kept, counted by the feed's own times. A taking lapses after half of them.
const KEPT_SECS: i64 = 60;
/// The most updates of a feed. Hermes sends two or three in a second.
const MOST: usize = 256;
/// The most bytes of a feed's updates: a server that wraps much around them uses up no more memory.
const MOST_BYTES: usize = 1 << 19;

/// A feed's updates by the times of their prints, its own and that of the one before: the order of
/// publication, also of prints of one second.
type Prints = BTreeMap<(i64, i64), Heard>;

/// The updates of every feed.
#[derive(Default)]
pub struct Kept {
    feeds: BTreeMap<FeedId, Prints>,
}

impl Kept {
    /// Keeps an update's print of a feed. Messages of other feeds are left out.
    pub fn keep(&mut self, feed: &FeedId, heard: &Heard) {
        let Some(message) = heard.update.message(feed) else { return };
        let time = (message.price.publish_ts, message.price.previous_publish_ts);
        let update = Update { vaa: heard.update.vaa.clone(), messages: vec![message.clone()] };
        let prints = self.feeds.entry(*feed).or_default();
        prints.insert(time, Heard { update: Arc::new(update), guardians: heard.guardians });
        let newest = prints.last_key_value().map_or(0, |((publish_ts, _), _)| *publish_ts);
        prints.retain(|(publish_ts, _), _| publish_ts.saturating_add(KEPT_SECS) >= newest);
        let mut total: usize = prints.values().map(bytes).sum();
        while prints.len() > MOST || total > MOST_BYTES {
            let Some((_, oldest)) = prints.pop_first() else { break };
            total -= bytes(&oldest);
        }
    }

    /// The update whose print is the first one after the second `ts`, if it is kept.
    pub fn first_after(&self, feed: &FeedId, ts: i64) -> Option<&Heard> {
        let ((publish_ts, before), heard) = self.next(feed, ts)?;
        is_first_after(ts, *before, *publish_ts).then_some(heard)
    }

    /// Whether the first print after the second `ts` has come and gone unheard: a later one is kept.
    pub fn has_missed(&self, feed: &FeedId, ts: i64) -> bool {
        self.next(feed, ts).is_some() && self.first_after(feed, ts).is_none()
    }

    /// The first update kept of those after the second `ts`.
    fn next(&self, feed: &FeedId, ts: i64) -> Option<(&(i64, i64), &Heard)> {
        self.feeds.get(feed)?.range((ts.saturating_add(1), i64::MIN)..).next()
    }
}

/// Bytes that an update takes, but for a few words.
fn bytes(heard: &Heard) -> usize {
    let Update { vaa, messages } = &*heard.update;
    let messages = messages
        .iter()
        .map(|message| message.bytes.len() + message.proof.as_flattened().len())
        .sum::<usize>();
    vaa.body.len() + vaa.signatures.as_flattened().len() + messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use local_hermes::{feed, Guardians};

    const FEED: FeedId = [9; 32];

    /// A print with these times.
    fn heard(prev_publish_time: i64, publish_time: i64) -> Heard {
        let guardians = Guardians::new(1, 1);
        let print = local_hermes::Feed { prev_publish_time, ..feed(FEED, 200, 1, -8, publish_time) };
        let update = Update::parse(&guardians.update(&[print], 3, &[0])).unwrap();
        Heard { update: Arc::new(update), guardians: 1 }
    }

    /// Keeps prints with these times.
    fn kept(times: &[(i64, i64)]) -> Kept {
        let mut kept = Kept::default();
        for (before, own) in times {
            kept.keep(&FEED, &heard(*before, *own));
        }
        kept
    }

    /// The times of the print that fills a taking of this second.
    fn chosen(kept: &Kept, ts: i64) -> Option<(i64, i64)> {
        let price = kept.first_after(&FEED, ts)?.update.message(&FEED)?.price;
        Some((price.previous_publish_ts, price.publish_ts))
    }

    #[test]
    fn a_taking_is_filled_at_the_first_print_after_it() {
        let kept = kept(&[(99, 100), (100, 101), (101, 102), (102, 103)]);
        assert_eq!(chosen(&kept, 100), Some((100, 101)));
        assert_eq!(chosen(&kept, 101), Some((101, 102)));
        assert!(!kept.has_missed(&FEED, 100));
    }

    #[test]
    fn the_order_in_which_updates_are_heard_changes_nothing() {
        let kept = kept(&[(102, 103), (100, 101), (101, 102), (100, 101)]);
        assert_eq!(chosen(&kept, 100), Some((100, 101)));
    }

    #[test]
    fn nothing_is_chosen_before_the_print_has_come() {
        let kept = kept(&[(98, 99), (99, 100)]);
        assert_eq!(chosen(&kept, 100), None);
        assert!(!kept.has_missed(&FEED, 100), "it may still come");
        assert_eq!(chosen(&Kept::default(), 100), None);
        assert!(kept.first_after(&[8; 32], 98).is_none(), "another feed");
    }

    #[test]
    fn of_two_prints_in_one_second_the_first_one_fills() {
        let both = [(100, 101), (101, 101)];
        assert_eq!(chosen(&kept(&both), 100), Some((100, 101)));
        assert_eq!(chosen(&kept(&both[1..]), 100), None, "the second one does not");
        assert!(kept(&both[1..]).has_missed(&FEED, 100));
        assert_eq!(chosen(&kept(&[(99, 100), (100, 100), (100, 101)]), 99), Some((99, 100)));
    }

    #[test]
    fn a_silence_of_the_feed_is_no_gap_and_a_missed_print_is_one() {
        let silent = kept(&[(99, 100), (100, 120)]);
        assert_eq!(chosen(&silent, 105), Some((100, 120)), "the feed said nothing for twenty seconds");
        let gap = kept(&[(99, 100), (102, 103), (103, 104)]);
        assert_eq!(chosen(&gap, 100), None, "the print of 101 or 102 was not heard");
        assert!(gap.has_missed(&FEED, 100));
        assert_eq!(chosen(&gap, 102), Some((102, 103)));
    }

    #[test]
    fn what_is_kept_is_bounded_in_time_number_and_bytes() {
        let minute: Vec<(i64, i64)> = (0..100).map(|ts| (ts, ts + 1)).collect();
        let old = kept(&minute);
        assert_eq!((chosen(&old, 39), chosen(&old, 38)), (Some((39, 40)), None));

        let mut many = Kept::default();
        let one = heard(0, 1);
        for previous in 0..1_000 {
            let mut update = (*one.update).clone();
            update.messages[0].price.previous_publish_ts = previous;
            many.keep(&FEED, &Heard { update: Arc::new(update), guardians: 1 });
        }
        assert_eq!(many.feeds[&FEED].len(), MOST);

        let mut large = Kept::default();
        for previous in 0..20 {
            let mut update = (*one.update).clone();
            update.vaa.body.resize(100_000, 0);
            update.messages[0].price.previous_publish_ts = previous;
            large.keep(&FEED, &Heard { update: Arc::new(update), guardians: 1 });
        }
        assert_eq!(large.feeds[&FEED].len(), 5);
    }
}
