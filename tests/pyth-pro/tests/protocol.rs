//! What `bulkhead-pyth` writes and reads of Pyth Pro is what Pyth's own crate does.

use {
    bulkhead_pyth::pro::{payload, Property, Signed},
    pyth_lazer_protocol::{
        api::MarketSession,
        message::SolanaMessage,
        payload::{PayloadData, PayloadFeedData, PayloadPropertyValue as Value},
        time::{DurationUs, TimestampUs},
        ChannelId, Price, PriceFeedId, Rate,
    },
};

/// A price that the oracle has, or none for zero.
fn price(mantissa: i64) -> Option<Price> {
    Price::from_mantissa(mantissa).ok()
}

/// The same property as Pyth's crate names it.
fn theirs(property: &Property) -> Value {
    let time = |micros: u64| TimestampUs::from_micros(micros);
    match *property {
        Property::Price(value) => Value::Price(price(value)),
        Property::BestBid(value) => Value::BestBidPrice(price(value)),
        Property::BestAsk(value) => Value::BestAskPrice(price(value)),
        Property::Publishers(count) => Value::PublisherCount(count),
        Property::Exponent(exponent) => Value::Exponent(exponent),
        Property::Confidence(value) => Value::Confidence(price(value)),
        Property::FundingRate(rate) => Value::FundingRate(rate.map(Rate::from_mantissa)),
        Property::FundingTime(micros) => Value::FundingTimestamp(micros.map(time)),
        Property::FundingInterval(micros) => Value::FundingRateInterval(micros.map(DurationUs::from_micros)),
        Property::Session(session) => Value::MarketSession(MarketSession::try_from(session).unwrap()),
        Property::EmaPrice(value) => Value::EmaPrice(price(value)),
        Property::EmaConfidence(value) => Value::EmaConfidence(price(value)),
        Property::PriceTime(micros) => Value::FeedUpdateTimestamp(micros.map(time)),
    }
}

/// Every kind of property, with values at their ends and without a value.
fn properties() -> Vec<Property> {
    let mut all = vec![Property::Publishers(0), Property::Publishers(u16::MAX)];
    for value in [0, 1, -1, 6_713_436_287_632, i64::MAX, i64::MIN] {
        all.extend([
            Property::Price(value),
            Property::BestBid(value),
            Property::BestAsk(value),
            Property::Confidence(value),
            Property::EmaPrice(value),
            Property::EmaConfidence(value),
            Property::FundingRate(Some(value)),
        ]);
    }
    all.extend([i16::MIN, -8, 0, 8, i16::MAX].map(Property::Exponent));
    all.extend((0..5).map(Property::Session));
    for micros in [None, Some(0), Some(1_771_339_368_200_000), Some(u64::MAX)] {
        all.extend([
            Property::FundingTime(micros),
            Property::FundingInterval(micros),
            Property::PriceTime(micros),
        ]);
    }
    all.push(Property::FundingRate(None));
    all
}

#[test]
fn payloads_are_those_of_pyths_crate() {
    let feeds = vec![(1, properties()), (u32::MAX, vec![]), (7, vec![Property::Price(5)])];
    for (micros, channel) in [(0, 1), (1_771_339_368_200_000, 3), (u64::MAX, 255)] {
        let feed = |(feed, properties): &(u32, Vec<Property>)| PayloadFeedData {
            feed_id: PriceFeedId(*feed),
            properties: properties.iter().map(theirs).collect(),
        };
        let data = PayloadData {
            timestamp_us: TimestampUs::from_micros(micros),
            channel_id: ChannelId(channel),
            feeds: feeds.iter().map(feed).collect(),
        };
        let mut written = Vec::new();
        data.serialize::<byteorder::LE>(&mut written).unwrap();
        assert_eq!(payload(micros, channel, &feeds), written);
        assert_eq!(PayloadData::deserialize_slice_le(&payload(micros, channel, &feeds)).unwrap(), data);
    }
}

#[test]
fn envelopes_are_those_of_pyths_crate() {
    let message = SolanaMessage { payload: vec![1, 2, 4, 3], signature: [5; 64], public_key: [6; 32] };
    let mut written = Vec::new();
    message.serialize(&mut written).unwrap();
    let signed = Signed::parse(written.clone()).unwrap();
    assert_eq!((signed.payload(), signed.signature()), (&[1, 2, 4, 3][..], &[5; 64][..]));
    assert_eq!(signed.signer().to_bytes(), [6; 32]);
    assert_eq!(Signed::new(&[1, 2, 4, 3], &signed.signer(), &[5; 64]).unwrap().bytes(), written);
}

/// The channels that a market may be read from are those with a fixed rate.
#[test]
fn channels_are_numbered_as_pyths_crate_numbers_them() {
    let fixed = [ChannelId::FIXED_RATE_50, ChannelId::FIXED_RATE_200, ChannelId::FIXED_RATE_1000];
    assert_eq!(fixed.map(|channel| channel.0), [2, 3, 4]);
    assert_eq!(ChannelId::REAL_TIME.0, 1);
}
