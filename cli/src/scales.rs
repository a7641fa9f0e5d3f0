//! Writes a fund's numbers for people: decimals, units, dates, and the names of markets.

use {
    crate::{
        actions::governance::pause_names,
        amount::{decimal, percent},
        doctor::oracles::reason,
        idl::plain,
        session::symbol,
    },
    bulkhead_book::Book,
    bulkhead_client::{
        state::{Fund, Market, Silence},
        Address,
    },
    bulkhead_format::{duration, utc},
    bulkhead_math::{
        shares::ShareBook,
        units::{Bps, YEAR_SECS},
    },
    serde_json::Value,
};

/// The decimals and names of one market.
#[derive(Clone, Debug)]
pub struct MarketScale {
    /// Its account.
    pub address: Address,
    /// Its name, such as BTC.
    pub symbol: String,
    price_decimals: u8,
    lot_decimals: u8,
}

impl MarketScale {
    /// The scale of a market.
    pub fn of(address: Address, market: &Market) -> Self {
        Self {
            address,
            symbol: symbol(&market.oracle.feed_id, market.index),
            price_decimals: market.price_decimals,
            lot_decimals: market.lot_decimals,
        }
    }

    /// Writes a price of one whole asset: `60,123.45`.
    pub fn price(&self, price: u64) -> String {
        decimal(price, self.price_decimals)
    }

    /// Writes lots as an amount of the asset: 1,234 lots of a hundredth are `12.34 SOL`.
    pub fn asset(&self, lots: impl Into<i128>) -> String {
        format!("{} {}", decimal(lots, self.lot_decimals), self.symbol)
    }

    /// Writes lots, and the amount of the asset that they are: `1,234 lots (12.34 SOL)`.
    pub fn lots(&self, lots: impl Into<i128>) -> String {
        let lots = lots.into();
        format!("{} lots ({})", decimal(lots, 0), self.asset(lots))
    }

    /// Writes the prices at which the market trades now: `SOL trades from 190.00 to 210.00`. Rounded
    /// towards the mark, so that both ends are admitted.
    pub fn band_says(&self, market: &Market) -> String {
        let mark = market.mark.price;
        let distance = u128::from(mark) * u128::from(market.price_band_bps) / u128::from(Bps::ONE);
        let distance = u64::try_from(distance).unwrap_or(u64::MAX);
        let (low, high) = (mark.saturating_sub(distance).max(1), mark.saturating_add(distance));
        format!("{} trades from {} to {}", self.symbol, self.price(low), self.price(high))
    }

    /// Writes the size of one lot: `0.01 SOL`.
    pub fn lot(&self) -> String {
        self.asset(1)
    }
}

/// What a page has to know of a fund to write its numbers.
#[derive(Clone, Debug, Default)]
pub struct Scales {
    /// Decimals of the fund's money.
    pub decimals: u8,
    /// Milliseconds that a slot is taken for.
    slot_ms: u16,
    markets: Vec<MarketScale>,
    /// The default fund.
    shares: Option<ShareBook>,
    /// Reading of the exit clock, and the chain time at which it can go on from it.
    exits: Option<(u64, i64)>,
}

/// The meaning of a number in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Money in base units.
    Money,
    /// A price of the event's market.
    Price,
    /// The worst price that somebody takes; zero and the largest number are none.
    Limit,
    /// A part of something by the second, in units of 2^-64.
    PerSecond,
    /// Lots of the event's market.
    Lots,
    /// Unix time in seconds.
    Time,
    /// A reading of the exit clock; zero is none.
    Reading,
    /// Basis points.
    Bps,
    /// The state of volatility.
    Regime,
    /// A reason for silence.
    Silence,
    /// Parts of a fund that are paused.
    Parts,
    /// Yes or no.
    Flag,
    /// A market by its number.
    Market,
    /// Shares of the default fund.
    Shares,
    /// A number that counts things or names one of them.
    Ordinal,
}

/// The meaning of an event's field. A field of another type than an integer has none.
pub fn meaning(event: &str, field: &str) -> Option<Meaning> {
    Some(match (event, field) {
        ("StressCalled", "called") => Meaning::Flag,
        (_, "accepted" | "overdue" | "carries" | "accrued" | "for_good" | "waived") => Meaning::Flag,
        (_, "approves" | "forfeited") => Meaning::Flag,
        (_, "price" | "confidence" | "print") => Meaning::Price,
        (_, "limit_price") => Meaning::Limit,
        (_, "premium_rate") => Meaning::PerSecond,
        ("OfferFilled", "left") => Meaning::Lots,
        ("CoverOpened", "kind") | (_, "purse") | ("CoverOpened", "index") => Meaning::Ordinal,
        (_, "ts") => Meaning::Time,
        (_, "lots") => Meaning::Lots,
        (_, "ready_secs" | "due_secs") => Meaning::Reading,
        (_, "regime") => Meaning::Regime,
        (_, "silence") => Meaning::Silence,
        (_, "bits") => Meaning::Parts,
        (_, "market_index") => Meaning::Market,
        (_, "shares") => Meaning::Shares,
        (_, "id" | "number" | "seq" | "epoch" | "round" | "scale") => Meaning::Ordinal,
        (
            _,
            "keys" | "quorum" | "peril" | "leaves" | "depth" | "approvals" | "rejections" | "claim_index",
        ) => Meaning::Ordinal,
        (_, "day" | "expiry_day" | "covered") => Meaning::Ordinal,
        (_, "entry_price" | "exit_price") => Meaning::Price,
        (_, name) if name.ends_with("_ts") => Meaning::Time,
        (_, name) if name.ends_with("_bps") => Meaning::Bps,
        (
            _,
            "amount" | "margin" | "fee" | "bonus" | "bounty" | "shortfall" | "from_margin" | "from_rewards"
            | "from_claim" | "assigned" | "given_up" | "set_off" | "locked" | "from_recoveries"
            | "from_contribution" | "from_treasury" | "from_survivors" | "from_cushions" | "cushion"
            | "cushions" | "unfunded" | "cancelled" | "recovered" | "to_treasury" | "to_rewards"
            | "daily_budget" | "discount" | "residual" | "contributions" | "called" | "paid" | "stress_loss"
            | "outflow" | "treasury" | "outstanding" | "cost" | "all" | "at_risk" | "released" | "loss"
            | "gain" | "gains" | "cut" | "left" | "settled" | "claim" | "result" | "house_result" | "dust"
            | "limit" | "premium" | "prepaid" | "first_loss" | "owed" | "from_contributions" | "lapsed"
            | "refunded" | "bound" | "bond" | "total" | "reserved" | "returned" | "due" | "insured" | "most"
            | "payout",
        ) => Meaning::Money,
        _ => return None,
    })
}

impl Scales {
    /// The scales of a fund.
    pub fn of(book: &Book) -> Self {
        let open_from = book.fund.exits.blocked_until().max(book.now);
        Self {
            exits: Some((book.exit_secs(), open_from)),
            shares: Some(book.fund.book()),
            markets: markets(book),
            ..Self::of_fund(&book.fund)
        }
    }

    fn of_fund(fund: &Fund) -> Self {
        Self { decimals: fund.quote_decimals, slot_ms: fund.params.slot_ms, ..Self::default() }
    }

    /// The scales of a fund that does not exist yet.
    pub fn of_money(decimals: u8) -> Self {
        Self { decimals, ..Self::default() }
    }

    /// Writes an amount that may have no limit: the largest number is none.
    pub fn money_at_most(&self, amount: u64) -> String {
        if amount == u64::MAX {
            "no limit".into()
        } else {
            self.money(amount)
        }
    }

    /// Writes money with its unit.
    pub fn money(&self, amount: impl Into<i128>) -> String {
        format!("{} tokens", decimal(amount, self.decimals))
    }

    /// The scale of a market.
    pub fn market(&self, index: u16) -> Option<&MarketScale> {
        self.markets.get(usize::from(index))
    }

    /// Writes the age of something that happened some slots ago.
    pub fn slots(&self, slots: u64) -> String {
        about(slots.saturating_mul(u64::from(self.slot_ms)) / 1_000)
    }

    /// Writes when the exit clock has a reading, as far as one can say: it stands still while exits are
    /// blocked.
    fn reading(&self, secs: u64) -> String {
        let Some((now, open_from)) = self.exits else { return format!("{secs} s of open exits") };
        let at = open_from.saturating_add_unsigned(secs.saturating_sub(now));
        format!("about {}, later by the time that exits are blocked until then", date(at))
    }

    /// Writes a field of an event. A number without a known meaning is written with its thousands.
    pub fn field(&self, event: &str, field: &str, value: &Value, of: Option<&MarketScale>) -> String {
        let text = plain(value);
        if let Some(market) = self.markets.iter().find(|market| market.address.to_string() == text) {
            return market.symbol.clone();
        }
        if meaning(event, field).is_none() && text == Address::default().to_string() {
            return "none".into(); // the key of nobody, which has nothing but digits
        }
        let Ok(number) = text.parse::<i128>() else { return text };
        let word = u64::try_from(number).unwrap_or(u64::MAX);
        let time = i64::try_from(number).unwrap_or(i64::MAX);
        match (meaning(event, field), of) {
            (Some(Meaning::Money), _) if field == "daily_budget" => self.money_at_most(word),
            (Some(Meaning::Money), _) => self.money(number),
            (Some(Meaning::Limit), _) if word == 0 || word == u64::MAX => "none".into(),
            (Some(Meaning::Price | Meaning::Limit), Some(market)) => market.price(word),
            (Some(Meaning::PerSecond), _) => format!("{} a year", percent(bps_per_year(word))),
            (Some(Meaning::Lots), Some(market)) => market.lots(number),
            (Some(Meaning::Time), _) => date(time),
            (Some(Meaning::Reading), _) if word == 0 => "none".into(),
            (Some(Meaning::Reading), _) => self.reading(word),
            (Some(Meaning::Bps), _) => format!("{}%", decimal(number, 2)),
            (Some(Meaning::Regime), _) => regime(word).into(),
            (Some(Meaning::Silence), _) => reason(silence(word)).into(),
            (Some(Meaning::Parts), _) => pause_names(u8::try_from(number).unwrap_or(u8::MAX)),
            (Some(Meaning::Flag), _) => if number == 0 { "no" } else { "yes" }.into(),
            (Some(Meaning::Market), _) => {
                let index = u16::try_from(number).unwrap_or(u16::MAX);
                self.market(index).map_or(text, |market| market.symbol.clone())
            }
            (Some(Meaning::Shares), _) => self.shares_worth(u128::try_from(number).unwrap_or(u128::MAX)),
            // The number of nothing.
            (Some(Meaning::Ordinal), _) if word == u64::MAX => "none".into(),
            _ => decimal(number, 0),
        }
    }

    /// The market that an event is about.
    pub fn market_of(&self, fields: &[(String, Value)]) -> Option<&MarketScale> {
        let text = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| plain(value));
        if let Some(index) = text("market_index") {
            return self.market(index.parse().ok()?);
        }
        let address = text("market")?;
        self.markets.iter().find(|market| market.address.to_string() == address)
    }

    /// Writes shares by what they are worth: their own number means nothing to anybody.
    pub fn shares_worth(&self, shares: u128) -> String {
        let worth = self.shares.and_then(|book| book.value_of(shares).ok());
        match worth {
            _ if shares == 0 => "none".into(),
            Some(worth) => format!("worth {}", self.money(worth)),
            None => "of unknown worth".into(),
        }
    }
}

/// The scales of a fund's markets.
pub fn markets(book: &Book) -> Vec<MarketScale> {
    book.markets.iter().map(|market| MarketScale::of(book.keys.market(market.index), market)).collect()
}

/// Writes a unix time in seconds.
pub fn date(secs: i64) -> String {
    format!("{} UTC", utc(secs.saturating_mul(1_000)))
}

/// Writes a span of time by its largest unit, rounded: `90 s`, `12 min`, `3 h`.
pub fn about(secs: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let fits = units.iter().find(|(unit, _)| secs >= 2 * unit);
    fits.map_or_else(
        || duration(i64::try_from(secs).unwrap_or(i64::MAX)),
        |(unit, name)| format!("{} {name}", decimal(secs / unit, 0)),
    )
}

/// The annual rate of a rate per second, in basis points, rounded to the nearest.
fn bps_per_year(per_second: u64) -> u64 {
    let bps = u128::from(per_second) * u128::from(YEAR_SECS) * 10_000;
    u64::try_from((bps + (1 << 63)) >> 64).unwrap_or(u64::MAX)
}

fn regime(number: u64) -> &'static str {
    match number {
        0 => "neutral",
        1 => "risk-on",
        _ => "risk-off",
    }
}

fn silence(number: u64) -> Silence {
    match number {
        1 => Silence::Price,
        2 => Silence::Exponent,
        3 => Silence::NotTrading,
        4 => Silence::Uncertain,
        _ => Silence::None,
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::idl, serde_json::json};

    fn scales() -> Scales {
        let btc = MarketScale {
            address: Address::new_from_array([5; 32]),
            symbol: "BTC".into(),
            price_decimals: 8,
            lot_decimals: 4,
        };
        let empty = ShareBook { contributions: 0, total_shares: 0 };
        let shares = Some(empty.plan_mint(5_000_000).unwrap().next);
        Scales { decimals: 6, slot_ms: 400, markets: vec![btc], shares, exits: Some((100, 1_000_000)) }
    }

    /// A new event, or a new field of one, fails here until somebody says what its number means.
    #[test]
    fn every_number_of_every_event_has_a_meaning() {
        let mut numbers = 0;
        for (event, fields) in idl::events() {
            for (field, kind) in fields {
                let is_number = kind.as_str().is_some_and(|kind| kind != "pubkey");
                if is_number && !field.starts_with('_') {
                    numbers += 1;
                    assert!(meaning(event, &field).is_some(), "{event}.{field} has no meaning");
                }
            }
        }
        assert!(numbers > 100, "{numbers}");
    }

    #[test]
    fn people_see_units_and_dates() {
        let scales = scales();
        let of = scales.market(0);
        let says = |event: &str, field: &str, value: Value| scales.field(event, field, &value, of);
        assert_eq!(says("Cranked", "price", json!("791340000000")), "7,913.40000000");
        assert_eq!(says("Novated", "lots", json!("-12345")), "-12,345 lots (-1.2345 BTC)");
        assert_eq!(says("Cranked", "publish_ts", json!("1796573879")), "2026-12-06 16:17:59 UTC");
        let reading = says("ChangeQueued", "ready_secs", json!("160"));
        assert!(reading.starts_with("about 1970-01-12 13:47:40 UTC"), "{reading}");
        assert_eq!(says("ContributionCalled", "due_secs", json!("0")), "none");
        assert_eq!(says("Cranked", "regime", json!("2")), "risk-off");
        assert_eq!(says("Cranked", "multiplier_bps", json!("12500")), "125.00%");
        assert_eq!(says("Paused", "bits", json!("6")), "contribute, novate");
        let rate = bulkhead_math::premium::rate_per_second(100);
        assert_eq!(says("Cranked", "premium_rate", json!(rate.to_string())), "1.00% a year");
        assert_eq!(says("OfferPosted", "distance_bps", json!("-20")), "-0.20%");
        for any in [0, u64::MAX] {
            assert_eq!(says("OfferPosted", "limit_price", json!(any.to_string())), "none");
        }
        assert_eq!(says("OfferPosted", "limit_price", json!("791340000000")), "7,913.40000000");
        // The key of nobody is thirty-two times the digit 1.
        assert_eq!(says("DelegateSet", "delegate", json!(Address::default().to_string())), "none");
        assert_eq!(says("DelegateSet", "daily_budget", json!(u64::MAX.to_string())), "no limit");
        assert_eq!(says("DelegateSet", "daily_budget", json!("1500000")), "1.500000 tokens");
        assert_eq!(says("Novated", "market_index", json!("0")), "BTC");
        assert_eq!(says("Cranked", "market", json!(Address::new_from_array([5; 32]).to_string())), "BTC");
        let all = json!(scales.shares.unwrap().total_shares.to_string());
        assert_eq!(says("Contributed", "shares", all), "worth 5.000000 tokens");
        assert_eq!(says("MarginMoved", "amount", json!("-1500000")), "-1.500000 tokens");
        assert_eq!(says("StressCalled", "called", json!("1")), "yes");
        assert_eq!(says("LossAllocated", "called", json!("1")), "0.000001 tokens");
        assert_eq!(says("DefaultDeclared", "seq", json!("1234")), "1,234");
        assert!(says("Silenced", "silence", json!("4")).contains("too wide"));
    }

    #[test]
    fn a_market_is_known_by_number_or_address() {
        let scales = scales();
        let fields = |name: &str, value: Value| vec![(name.to_owned(), value)];
        let address = Address::new_from_array([5; 32]).to_string();
        for fields in [fields("market_index", json!("0")), fields("market", json!(address))] {
            assert_eq!(scales.market_of(&fields).unwrap().symbol, "BTC");
        }
        assert!(scales.market_of(&fields("market_index", json!("7"))).is_none());
        assert_eq!(scales.market(0).unwrap().lot(), "0.0001 BTC");
    }

    #[test]
    fn spans_are_short_to_read() {
        let spans = [45, 90, 125, 7_300, 100_000, 200_000].map(about);
        assert_eq!(spans, ["45 s", "90 s", "2 min", "2 h", "27 h", "2 d"]);
        assert_eq!(scales().slots(216_000), "24 h");
    }
}
