//! The fund's books as of the last final transaction, kept in memory and folded from the events.

use {
    crate::{
        decode::{self, Decoded, Entry},
        store::{Filter, Store, StoredEvent},
    },
    anyhow::Result,
    bulkhead_audit::{Audit, Difference},
    bulkhead_client::{event::Event, state::Fund, Address},
    bulkhead_math::shares::{ShareBook, VIRTUAL_SHARES},
    serde::Serialize,
    serde_json::json,
};

/// Events that are read at a time.
const CHUNK: i64 = 20_000;

/// Where the events stop to tell one story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parted {
    /// The transaction that made the difference.
    pub signature: String,
    pub slot: i64,
    pub difference: Difference,
}

/// A loss that contributions have borne, and what it did to the shares.
#[derive(Clone, Debug)]
pub struct Haircut {
    /// The default that it paid for; none where several losses were one residual.
    pub seq: Option<u64>,
    /// The transaction.
    pub number: i64,
    pub signature: String,
    pub slot: i64,
    pub time: i64,
    /// What shares were worth before it, and after it.
    pub before: ShareBook,
    pub after: ShareBook,
    /// Whether it took all there was.
    pub ends_epoch: bool,
}

/// The transaction that a call is of.
struct Place<'a> {
    number: i64,
    signature: &'a str,
    slot: i64,
    time: i64,
}

/// The books, and how far they go.
#[derive(Clone)]
pub struct Books {
    pub audit: Audit,
    /// The last transaction in them.
    pub number: i64,
    pub slot: i64,
    pub time: i64,
    /// The first difference; nothing is booked after it.
    pub parted: Option<Parted>,
    /// Transactions whose events are not all known.
    pub truncated: u64,
    /// All losses that contributions have borne, the oldest first.
    pub haircuts: Vec<Haircut>,
}

impl Books {
    /// Books of a fund that nothing has happened to yet.
    pub fn new(fund: Address) -> Self {
        let audit = Audit::new(fund);
        Self { audit, number: 0, slot: 0, time: 0, parted: None, truncated: 0, haircuts: Vec::new() }
    }

    /// Folds the final events of the database, with the provisional ones if wanted.
    pub async fn read(store: &Store, fund: Address, provisional: bool) -> Result<Self> {
        let mut books = Self::new(fund);
        books.truncated = store.truncated(i64::MAX).await?.len() as u64;
        // A transaction may have no events.
        let last = store.last(!provisional).await?;
        let mut after = (0, -1);
        let mut group = Vec::new();
        loop {
            let filter = Filter { after: Some(after), limit: CHUNK, ..Filter::default() };
            let events = store.events(&filter).await?;
            let is_last = (events.len() as i64) < CHUNK;
            for event in events {
                after = (event.transaction.number, event.place);
                if provisional || event.transaction.is_final {
                    books.take_stored(event, &mut group)?;
                }
            }
            if is_last {
                books.fold_group(&mut group)?;
                if let Some(last) = last {
                    (books.number, books.slot, books.time) = (last.number, last.slot, last.time);
                }
                return Ok(books);
            }
        }
    }

    /// Folds events that were read, in order.
    ///
    /// # Errors
    /// When one of them cannot be decoded.
    pub fn of(events: impl IntoIterator<Item = StoredEvent>, fund: Address) -> Result<Self> {
        let (mut books, mut group) = (Self::new(fund), Vec::new());
        for event in events {
            books.take_stored(event, &mut group)?;
        }
        books.fold_group(&mut group)?;
        Ok(books)
    }

    /// Collects the events of one call, and folds them when the next call begins.
    fn take_stored(&mut self, event: StoredEvent, group: &mut Vec<StoredEvent>) -> Result<()> {
        let key = |event: &StoredEvent| (event.transaction.number, event.call);
        if group.first().is_some_and(|first| key(first) != key(&event)) {
            self.fold_group(group)?;
        }
        group.push(event);
        Ok(())
    }

    fn fold_group(&mut self, group: &mut Vec<StoredEvent>) -> Result<()> {
        let Some(first) = group.first() else { return Ok(()) };
        let at = first.transaction.clone();
        let call: Result<Vec<Event>> = group.iter().map(|event| decode::event(&event.data)).collect();
        let place = Place { number: at.number, signature: &at.signature, slot: at.slot, time: at.time };
        self.fold(&call?, &place);
        (self.number, self.slot, self.time) = (at.number, at.slot, at.time);
        group.clear();
        Ok(())
    }

    /// Folds a transaction that follows on the last one.
    ///
    /// # Errors
    /// When an event cannot be decoded.
    pub fn take(&mut self, number: i64, entry: &Entry) -> Result<()> {
        let mut calls: Vec<(i64, Vec<Event>)> = Vec::new();
        for Decoded { call, data, .. } in entry.events.iter().flatten() {
            let event = decode::event(data)?;
            match calls.last_mut().filter(|(last, _)| last == call) {
                Some((_, events)) => events.push(event),
                None => calls.push((*call, vec![event])),
            }
        }
        self.truncated += u64::from(entry.events.is_none());
        let place = Place { number, signature: &entry.signature, slot: entry.slot, time: entry.time };
        for (_, call) in calls {
            self.fold(&call, &place);
        }
        (self.number, self.slot, self.time) = (number, entry.slot, entry.time);
        Ok(())
    }

    fn fold(&mut self, call: &[Event], at: &Place) {
        if self.parted.is_some() {
            return;
        }
        let (before, epoch) = (self.audit.fund().book(), self.audit.fund().share_epoch);
        let folded = self.audit.fold(call);
        let (signature, slot) = (at.signature.to_owned(), at.slot);
        if let Err(difference) = folded {
            self.parted = Some(Parted { signature, slot, difference });
            return;
        }
        let allocated = call.iter().find_map(|event| match event {
            Event::LossAllocated(event) => Some(Some(event.seq)),
            Event::ResidualAllocated(_) => Some(None),
            _ => None,
        });
        let after = self.audit.fund();
        let (number, time, ends_epoch) = (at.number, at.time, after.share_epoch != epoch);
        if let Some(seq) = allocated.filter(|_| ends_epoch || after.book() != before) {
            let after = after.book();
            self.haircuts.push(Haircut { seq, number, signature, slot, time, before, after, ends_epoch });
        }
    }

    /// The books as the database keeps them for each minute.
    pub fn to_json(&self) -> String {
        let fund = self.audit.fund();
        let markets = self.audit.markets().values().map(|market| {
            json!({
                "index": market.index,
                "mark": market.mark.price.to_string(),
                "publishTime": market.mark.publish_ts,
                "initialBps": market.rates.initial_bps,
                "maintenanceBps": market.rates.maintenance_bps,
                "multiplierBps": market.adjusted.multiplier_bps,
                "openInterest": market.open_interest.to_string(),
                "houseLots": market.house_lots.to_string(),
            })
        });
        let mut all = balances(fund);
        all["markets"] = markets.collect();
        all.to_string()
    }
}

/// The fund's buckets, shares and losses.
pub fn balances(fund: &Fund) -> serde_json::Value {
    json!({
        "marginTotal": fund.margin_total.to_string(),
        "contributions": fund.contributions.to_string(),
        "treasury": fund.treasury.to_string(),
        "rewardsUnclaimed": fund.rewards_unclaimed.to_string(),
        "rewardsStreaming": fund.rewards_streaming.to_string(),
        "pool": fund.pool.to_string(),
        "coverReserve": fund.cover_reserve.to_string(),
        "recoveries": fund.recoveries.to_string(),
        "cushions": fund.cushions.to_string(),
        "totalShares": fund.total_shares.get().to_string(),
        "shareEpoch": fund.share_epoch.to_string(),
        "shareValueMicro": share_value(fund).to_string(),
        "rewardIndex": fund.reward_index.get().to_string(),
        "unfunded": fund.unfunded.to_string(),
        "residual": fund.residual.to_string(),
        "lossesOutstanding": fund.losses_outstanding.to_string(),
        "defaults": fund.default_seq.to_string(),
        "members": fund.members,
    })
}

/// What the shares that the first million base units of a fund bought are worth, in base units: a
/// million in a fund that has neither gained nor lost. Zero without shares.
pub fn share_value(fund: &Fund) -> u64 {
    const SHARES: u128 = 1_000_000 * VIRTUAL_SHARES;
    if fund.total_shares.is_zero() {
        return 0;
    }
    fund.book().value_of(SHARES).unwrap_or_default()
}
