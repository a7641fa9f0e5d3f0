//! Hard bounds: they hold whatever governance says.

use {
    anchor_lang::prelude::Address, bulkhead_math::interval::MEAN_HALF_LIFE_SECS, core::ops::RangeInclusive,
};

/// Layout version of every account this program writes.
pub const VERSION: u8 = 2;

/// Markets a fund can have: a member's check never needs more accounts than a transaction can name.
pub const MAX_MARKETS: u16 = 64;

/// Positions a member can hold.
pub const MAX_POSITIONS: usize = 8;

/// A pause ends by itself after at most this long, and the next one of the same part must wait as
/// long as it lasted: a guardian can stop the fund for half of the time at worst, never for good.
pub const MAX_PAUSE_SECS: i64 = 3 * 24 * 60 * 60;

/// The authority ends a pause early with this delay: a thief of the authority cannot undo a pause
/// before members have seen why there was one.
pub const UNPAUSE_SECS: i64 = 60 * 60;

/// Least time between queueing and applying a change that waits until everybody could have left, if
/// members could not trade or withdraw for a part of it: two pauses and a day.
pub const PAUSED_TIMELOCK_SECS: i64 = 2 * MAX_PAUSE_SECS + TIMELOCK_SECS as i64;

/// How often the guardian may veto its own replacement: a guardian that was stolen keeps its place
/// for a while, not for ever.
pub const GUARDIAN_VETO_SECS: i64 = 92 * 24 * 60 * 60;

/// Shortest notice period: money lent for a transaction or two must not count as a contribution,
/// neither for a reward nor for somebody else's cover limit.
pub const MIN_NOTICE_SECS: u32 = 60 * 60;

/// Longest notice period: beyond a quarter a contribution would be a lock-up.
pub const MAX_NOTICE_SECS: u32 = 92 * 24 * 60 * 60;

/// Shortest and longest window in which a due withdrawal can be claimed.
pub const MIN_CLAIM_WINDOW_SECS: u32 = 60 * 60;
/// See [`MIN_CLAIM_WINDOW_SECS`].
pub const MAX_CLAIM_WINDOW_SECS: u32 = 30 * 24 * 60 * 60;

/// Longest delay between committing to an exit and being paid (about ten minutes): enough for any
/// keeper to declare every declarable default, too short to be a lock-up.
pub const MAX_EXIT_DELAY_SLOTS: u32 = 1_500;

/// Slots in which a committed exit can be paid (about a minute), on the exit clock. Missed, the
/// request is void: a commitment that could be renewed or left to lie would be an option to leave
/// in a crash. Only one that a block of exits has interrupted can be made again, once.
pub const EXIT_WINDOW_SLOTS: u64 = 150;

/// Oldest mark that may price anything (about a minute).
pub const MAX_MARK_AGE_SLOTS: u32 = 150;

/// Least and most milliseconds that a slot may be taken for: real ones take 320 to 400.
pub const MIN_SLOT_MS: u16 = 200;
/// See [`MIN_SLOT_MS`].
pub const MAX_SLOT_MS: u16 = 1_000;

/// Shortest and longest age at which a mark counts for what a member does for itself with the whole stress move of doubt.
pub const MIN_AGE_FULL_SECS: u32 = 20;
/// See [`MIN_AGE_FULL_SECS`].
pub const MAX_AGE_FULL_SECS: u32 = 240;

/// Oldest print at which lots may leave a member against its will, or the house.
pub const MAX_ACT_AGE_SECS: u32 = 10;

/// Longest grace period before a default is final (about ten minutes).
pub const MAX_CONFIRM_SLOTS: u32 = 1_500;

/// How long a default can be made final after its grace period has ended. Exits are blocked through
/// it, so that nobody leaves before a keeper has come; a default that is declared later needs a new
/// grace.
pub const CONFIRM_WINDOW_SECS: u32 = 600;

/// Shortest grace period of a default with a silent leg, so that its feed can come back.
pub const SILENT_GRACE_SECS: u32 = 60 * 60;

/// Longest that watches may block exits in a day: of one member, and of all together.
pub const MAX_WATCH_SECS: u32 = 30 * 60;
/// See [`MAX_WATCH_SECS`].
pub const MAX_WATCH_DAY_SECS: u32 = 4 * 60 * 60;

/// Longest that graces may block exits in a day.
pub const MAX_GRACE_DAY_SECS: u32 = 4 * 60 * 60;

/// Shortest and longest Dutch auction.
pub const MIN_AUCTION_SLOTS: u32 = 10;
/// See [`MIN_AUCTION_SLOTS`].
pub const MAX_AUCTION_SLOTS: u32 = 216_000;

/// Largest auction discount.
pub const MAX_AUCTION_DISCOUNT_BPS: u16 = 2_500;

/// No member may endanger more than half of the mutual resources.
pub const MAX_COVER_LIMIT_BPS: u16 = 5_000;

/// Most that one whole side of every market may cost together, of treasury and contributions. With
/// required contributions of 2.5% of notional a side, volume that the cover limits admit costs
/// about six to eight times what there is.
pub const MAX_CROWDING_LIMIT_BPS: u32 = 200_000;

/// Largest clearing fee of one side.
pub const MAX_CLEARING_FEE_BPS: u16 = 100;

/// Bonus and fee of a liquidation together.
pub const MAX_LIQUIDATION_COST_BPS: u16 = 1_000;

/// Widest confidence a price may have.
pub const MAX_CONFIDENCE_BPS: u16 = 500;

/// Largest mantissa of a mark: the ends of both intervals of it fit a word.
pub const MAX_PRICE: u64 = 1 << 61;

/// Most decimals that prices and lots may have.
pub const MAX_DECIMALS: u8 = 12;

/// Confidences a requirement may move a mark by.
pub const MAX_CONFIDENCE_MULTIPLE: u8 = 8;

/// Oldest publish time a crank may read, and how far ahead of the cluster's clock it may be.
pub const MAX_ORACLE_AGE_SECS: u32 = 600;
/// See [`MAX_ORACLE_AGE_SECS`].
pub const MAX_ORACLE_AHEAD_SECS: u32 = 60;

/// Pyth Pro's contract, which verifies signed messages: it has one address on every cluster.
pub const PRO_CONTRACT: Address = Address::from_str_const("pytd2yyk641x7ak7mkaasSJVXh6YYZnC7wTmtgAyxPt");
/// The only account of that contract: its trusted signers, its fee and who gets it.
pub const PRO_STORAGE: Address = Address::from_str_const("3rdJbqfnagQ4yx9HXJViD4zc4xpiSqmFsKpPuSCQVyQL");

/// The channels of Pyth Pro that a market may be read from: those with a message every 50, 200 or 1,000
/// milliseconds. The one without a rate may say different things of one moment.
pub const PRO_CHANNELS: RangeInclusive<u8> = 2..=4;

/// How long a default's record stays before it can be closed.
pub const DEFAULT_RETENTION_SECS: i64 = 90 * 24 * 60 * 60;

/// Most a member can be assessed in a cooling-off period, of its contribution: twice, as in the
/// rulebooks of large CCPs.
pub const MAX_ASSESSMENT_CAP_BPS: u16 = 20_000;

/// Shortest and longest time to pay an assessment: gains wait for it.
pub const MIN_ASSESSMENT_SECS: u32 = 10 * 60;
/// See [`MIN_ASSESSMENT_SECS`].
pub const MAX_ASSESSMENT_SECS: u32 = 7 * 24 * 60 * 60;

/// Shortest and longest cooling-off period.
pub const MIN_COOLING_OFF_SECS: u32 = 24 * 60 * 60;
/// See [`MIN_COOLING_OFF_SECS`].
pub const MAX_COOLING_OFF_SECS: u32 = 92 * 24 * 60 * 60;

/// Shortest and longest time to meet a contribution call.
pub const MIN_CALL_SECS: u32 = 60 * 60;
/// See [`MIN_CALL_SECS`].
pub const MAX_CALL_SECS: u32 = 30 * 24 * 60 * 60;

/// Shortest and longest time between the start of a wind-down and its final marks.
pub const MIN_WIND_DOWN_SECS: u32 = 60 * 60;
/// See [`MIN_WIND_DOWN_SECS`].
pub const MAX_WIND_DOWN_SECS: u32 = 30 * 24 * 60 * 60;

/// Largest bounty of one keeper, of the shortfall. Two bounties are paid, so engineering a default
/// gains at most twice this.
pub const MAX_BOUNTY_BPS: u16 = 100;

/// How long every change of parameters waits at least, on the exit clock: members can meet it or
/// leave.
pub const TIMELOCK_SECS: u64 = 24 * 60 * 60;

/// How long a change can be applied once its time has come, on the exit clock; then it must be
/// announced again.
pub const CHANGE_WINDOW_SECS: u64 = 14 * 24 * 60 * 60;

/// Smallest and largest multiplier that volatility may have on a market's rates: a calm market
/// keeps at least a quarter of its margins, and one that is ten times as wild does not ask for
/// everything.
pub const MIN_MULTIPLIER_BPS: u16 = 2_500;
/// See [`MIN_MULTIPLIER_BPS`].
pub const MAX_MULTIPLIER_BPS: u16 = 50_000;

/// Shortest and longest memory of volatility: a few samples, and a month.
pub const MIN_HALF_LIFE_SECS: u32 = 10 * 60;
/// See [`MIN_HALF_LIFE_SECS`].
pub const MAX_HALF_LIFE_SECS: u32 = 30 * 24 * 60 * 60;

/// Fastest that maintenance margin may move, of notional. A member with room to spare has hours to
/// see it coming.
pub const MAX_RAMP_BPS_PER_HOUR: u16 = 500;

/// Smallest move that may trip a market's breaker (0 turns it off), and largest: beyond it there is
/// none.
pub const MIN_BREAKER_BPS: u16 = 100;
/// See [`MIN_BREAKER_BPS`].
pub const MAX_BREAKER_BPS: u16 = 5_000;

/// Shortest and longest window of a breaker.
pub const MIN_BREAKER_WINDOW_SECS: u32 = 60;
/// See [`MIN_BREAKER_WINDOW_SECS`].
pub const MAX_BREAKER_WINDOW_SECS: u32 = 4 * 60 * 60;

/// Shortest and longest halt after a trip: members can always reduce meanwhile.
pub const MIN_COOLOFF_SECS: u32 = 60;
/// See [`MIN_COOLOFF_SECS`].
pub const MAX_COOLOFF_SECS: u32 = 24 * 60 * 60;

/// Largest premium, of notional in a year; a stressed market asks for twice as much.
pub const MAX_PREMIUM_BPS_PER_YEAR: u16 = 2_000;

/// Largest concentration add-on, of the notional beyond the limit.
pub const MAX_CONCENTRATION_BPS: u16 = 5_000;

/// Smallest part of contributions that must be able to leave in a day (0 turns the cap off).
pub const MIN_OUTFLOW_CAP_BPS: u16 = 100;

/// Half-life of rewards on their way to the shares. A member that contributes just before a lump of
/// rewards comes in, and stays for `T`, takes at most its part of `T ln 2 / half-life` of the lump.
/// That is no more than the earlier members earn in the same time, as long as premiums are
/// collected once in ten days, which anyone can do.
pub const REWARD_HALF_LIFE_SECS: u32 = 7 * 24 * 60 * 60;

/// Rewards are released to the shares at most this often. It bounds a newcomer's part of rewards
/// that were earned just before.
pub const REWARD_RELEASE_SECS: i64 = 10 * 60;

/// Shortest vesting period: longer than two cells of the range and the time in which a keeper declares.
pub const MIN_VEST_SECS: u32 = 60;
/// Longest vesting period: a settled gain is no money to leave with for up to twice this.
pub const MAX_VEST_SECS: u32 = 24 * 60 * 60;

/// Shortest and longest time in which members register their gains before these are cut: everybody, and
/// every keeper, has heard of it, and the loss does not stay unpaid for ever.
pub const MIN_REGISTER_SECS: u32 = 10 * 60;
/// See [`MIN_REGISTER_SECS`].
pub const MAX_REGISTER_SECS: u32 = 7 * 24 * 60 * 60;

/// Shortest and longest silence of a feed after which anyone may end its market: a weekend is no
/// reason, and nobody waits for a dead feed for more than a quarter.
pub const MIN_DEAD_FEED_SECS: u32 = 24 * 60 * 60;
/// See [`MIN_DEAD_FEED_SECS`].
pub const MAX_DEAD_FEED_SECS: u32 = 92 * 24 * 60 * 60;

/// The end of a market whose feed seems dead is announced so long before. A print until then cancels
/// it.
pub const DEAD_NOTICE_SECS: i64 = 72 * 60 * 60;

/// How long a taking of an offer can be filled, and holds the margin of both sides. A feed has so much
/// time to publish.
pub const TAKING_SECS: i64 = 30;

/// Oldest print that fills a taking. Nobody waits for longer to see whether the fill pays.
pub const FILL_AGE_SECS: i64 = 10;

/// Time between the opening of a gains cut and the moment of its pins: five half-lives of the mean. Of
/// the price that a market had before the opening 3% are left in it, if it is cranked in the first second
/// and then as often as its prints cover.
pub const PIN_DELAY_SECS: i64 = 5 * MEAN_HALF_LIFE_SECS as i64;

/// Covers that a fund can have at a time.
pub const MAX_COVERS: u16 = 16;

/// Most of treasury and contributions that covers may pledge together.
pub const MAX_COVER_BUDGET_BPS: u32 = 2_500;

/// Shortest exit delay of a fund with covers (about a minute), and largest part of contributions that may
/// leave it in a day: whoever hears of an incident first must not be gone before a cover can hold exits.
pub const MIN_COVER_EXIT_DELAY_SLOTS: u32 = 150;
/// See [`MIN_COVER_EXIT_DELAY_SLOTS`].
pub const MAX_COVER_OUTFLOW_CAP_BPS: u16 = 1_000;

/// A cover opens at the earliest so long after its change is applied: its premium can be paid before.
pub const COVER_OPENS_SECS: i64 = 60 * 60;

/// How long after its end, or its lapse, a cover serves what happened before.
pub const COVER_SERVES_SECS: i64 = 14 * 24 * 60 * 60;

/// Longest time after the end of a cover for which its drawer can say that a loss is undecided. Otherwise
/// a broken drawer would keep a part of the fund pledged for ever.
pub const COVER_LIVES_SECS: i64 = 3 * COVER_SERVES_SECS;

/// Longest hold of exits that a cover asks for in one call.
pub const MAX_HOLD_SECS: u32 = 7 * 24 * 60 * 60;

/// How long exits are held when somebody shows that the market of a venue has a gap.
pub const GAP_HOLD_SECS: u32 = 10 * 60;

/// Slots between a draw and its settlement: a keeper declares what is declarable before, so that nobody
/// draws in the slot before a declaration.
pub const SETTLE_SLOTS: u64 = 150;

/// Least coinsurance of a cover for claims or of a venue: whoever reports a loss bears a part of it.
pub const MIN_COINSURANCE_BPS: u16 = 1_000;

/// Least first loss of a venue, of its limit, and most of its limit that it can draw in a period.
pub const MIN_VENUE_FIRST_LOSS_BPS: u16 = 200;
/// See [`MIN_VENUE_FIRST_LOSS_BPS`].
pub const MAX_VENUE_PERIOD_BPS: u16 = 5_000;

/// With so many settlements in one period a cover is suspended. It leaves room for two a day. Those of a
/// venue in a quarter of an hour count once.
pub const MAX_SETTLEMENTS: u8 = 16;

/// 100%.
pub const ONE_BPS: u16 = 10_000;

/// Least initial rate of a market at the target volatility: a hundredth. Less is no margin that a keeper can
/// act within.
pub const MIN_INITIAL_BPS: u16 = 100;

/// Least stress rate of a market: what limits measure a member by is at least a move of a twentieth.
pub const MIN_STRESS_BPS: u16 = 500;
