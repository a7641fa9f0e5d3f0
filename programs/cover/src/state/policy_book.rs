//! A book of policies: their terms, what they pledge, and the prices of days.

use {
    crate::{constants::*, error::*},
    anchor_lang::prelude::*,
    bulkhead_math::{
        impermanent_loss::{count, Day, Policy as Terms, KEPT_DAYS, Q32_ONE},
        units::{Bps, Money, Price},
        volatility::{target_variance, Variance},
    },
    bytemuck::{Pod, Zeroable},
    wincode::{SchemaRead, SchemaWrite},
};

/// What a book is created with. Nothing of it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SchemaRead, SchemaWrite, IdlType)]
pub struct BookTerms {
    /// Least value at entry of a policy, in base units.
    pub min_insured: u64,
    /// Loading of the premium, in basis points of `v / 8`: 10,000 at least.
    pub theta_bps: u32,
    /// The longest time for which one print counts, in seconds.
    pub max_age_secs: u32,
    /// Index of the cover among those of the fund. It need not be open yet: its terms name this
    /// book.
    pub cover_index: u16,
    /// Index of the market whose price is that of the pool.
    pub market_index: u16,
    /// The loss that pays nothing, in basis points of the value at entry.
    pub deductible_bps: u16,
    /// The most that is paid, in basis points of the value at entry.
    pub cap_bps: u16,
    /// Part of a payout that the provider bears, in basis points.
    pub coinsurance_bps: u16,
    /// The annual volatility that a premium is for at least, in basis points.
    pub least_volatility_bps: u16,
    /// The shortest term, in days.
    pub min_term_days: u8,
    /// The longest term, in days.
    pub max_term_days: u8,
}

/// Prices of one UTC day.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct PriceDay {
    /// Number of the day since 1970.
    pub day: u32,
    /// Seconds that are covered.
    pub secs: u32,
    /// The highest variance that was noted in it, Q16.48 per second.
    pub variance: u64,
    /// Sum of price times covered seconds.
    pub price_seconds: PodU128,
}

impl PriceDay {
    /// Returns it as the arithmetic takes it.
    pub fn get(&self) -> Day {
        let (day, secs) = (u64::from(self.day), u64::from(self.secs));
        Day { day, secs, price_seconds: self.price_seconds.get() }
    }
}

/// Policies on the impermanent loss of one pool, under one set of terms. It is the drawer of its
/// cover, and owns the vault that payouts go through.
#[account]
pub struct PolicyBook {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Bump of the vault.
    pub vault_bump: u8,
    /// Decimals of the settlement mint.
    pub quote_decimals: u8,
    /// See [`BookTerms::min_term_days`].
    pub min_term_days: u8,
    /// See [`BookTerms::max_term_days`].
    pub max_term_days: u8,
    /// Number of the book among those of its creator.
    pub id: u16,
    /// See [`BookTerms::cover_index`].
    pub cover_index: u16,
    /// See [`BookTerms::market_index`].
    pub market_index: u16,
    /// See [`BookTerms::deductible_bps`].
    pub deductible_bps: u16,
    /// See [`BookTerms::cap_bps`].
    pub cap_bps: u16,
    /// See [`BookTerms::coinsurance_bps`].
    pub coinsurance_bps: u16,
    /// See [`BookTerms::least_volatility_bps`].
    pub least_volatility_bps: u16,
    /// See [`BookTerms::theta_bps`].
    pub theta_bps: u32,
    /// See [`BookTerms::max_age_secs`].
    pub max_age_secs: u32,
    /// The day whose draw is not paid out yet; zero: none.
    pub drawing_day: u32,
    /// See [`BookTerms::min_insured`].
    pub min_insured: u64,
    /// The key that the address depends on. It has no other power.
    pub creator: Address,
    /// The fund.
    pub fund: Address,
    /// The cover.
    pub cover: Address,
    /// The market.
    pub market: Address,
    /// The fund's mint.
    pub mint: Address,
    /// The token account that holds payouts.
    pub vault: Address,
    /// The program that owns mint and vault.
    pub token_program: Address,
    /// Number of the next policy. Numbers are never used again.
    pub next_policy: u64,
    /// The most that all policies pay that are not settled, in base units.
    pub pledged: u64,

    // Prices
    /// The price in force when the market was noted last; zero: none.
    pub price: u64,
    /// When a crank took it.
    pub price_ts: i64,
    /// Until when it counts at most.
    pub price_until_ts: i64,
    /// Up to when prices are counted: a day that ended before changes no more.
    pub noted_ts: i64,
    /// The last days, each at its number modulo their count.
    pub days: [PriceDay; KEPT_DAYS],

    #[doc(hidden)]
    pub _reserved: [u8; 64],
}

const _: () = assert!(core::mem::size_of::<PolicyBook>() == 2_424);

const DAY: u64 = DAY_SECS as u64;

/// Returns basis points in Q32, rounded down.
#[allow(clippy::arithmetic_side_effects)] // 16 bits times 2^32
pub fn q32(bps: u16) -> u64 {
    u64::from(bps) * Q32_ONE / ONE_BPS
}

/// Returns the number of the UTC day that a second is in; the first one before 1970.
pub fn day_of(ts: i64) -> u32 {
    let secs = ts.max(0).unsigned_abs();
    u32::try_from(secs / DAY).unwrap_or(u32::MAX)
}

/// Returns the second in which a UTC day begins.
pub fn start_of(day: u32) -> i64 {
    i64::from(day).saturating_mul(DAY_SECS)
}

impl PolicyBook {
    /// Refuses a book in a layout that this program does not read.
    #[inline(always)]
    pub fn check_version(&self) -> Result<()> {
        require!(self.version == VERSION, CoverError::WrongVersion);
        Ok(())
    }

    /// Returns the terms of a policy on this value at entry. The deductible is rounded up and the
    /// cap down in favour of the fund.
    pub fn terms(&self, insured: Money) -> Terms {
        let deductible = q32(self.deductible_bps).saturating_add(u64::from(self.deductible_bps > 0));
        Terms { insured, coinsurance: Bps(self.coinsurance_bps), deductible, cap: q32(self.cap_bps) }
    }

    /// Returns the least variance that a premium is for.
    pub fn least_variance(&self) -> Variance {
        target_variance(self.least_volatility_bps)
    }

    /// Counts a price in force from `from` until `until`, at most the age of a print.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn count(&mut self, price: Price, from: i64, until: i64) -> Result<()> {
        if price == 0 || until <= from {
            return Ok(());
        }
        // A print counts for less than a day: its seconds are in two days at most.
        let first = day_of(from);
        let mut pair = [Day::default(); 2];
        for day in [first, first.saturating_add(1)] {
            if let (Some(place), Some(known)) = (pair.get_mut(day as usize % 2), self.at(day)) {
                *place = known.get();
            }
        }
        let (from, until) = (from.unsigned_abs(), until.unsigned_abs());
        count(&mut pair, price, from, until, u64::from(self.max_age_secs)).map_err(CoverError::from)?;
        for counted in pair.iter().filter(|day| day.secs > 0) {
            let day = u32::try_from(counted.day).map_err(|_| CoverError::Overflow)?;
            let secs = u32::try_from(counted.secs).map_err(|_| CoverError::Overflow)?;
            if let Some(place) = self.place(day) {
                place.secs = secs;
                place.price_seconds = counted.price_seconds.into();
            }
        }
        Ok(())
    }

    /// Notes a variance of a day.
    pub fn note_variance(&mut self, day: u32, variance: Variance) {
        if let Some(place) = self.place(day) {
            place.variance = place.variance.max(variance);
        }
    }

    /// Returns what is kept of a day.
    pub fn at(&self, day: u32) -> Option<&PriceDay> {
        self.days.get(day as usize % KEPT_DAYS).filter(|kept| kept.day == day)
    }

    /// Returns the place of a day, empty if an older one was there; none if a newer one is.
    fn place(&mut self, day: u32) -> Option<&mut PriceDay> {
        let place = self.days.get_mut(day as usize % KEPT_DAYS)?;
        if place.day < day {
            *place = PriceDay { day, ..PriceDay::zeroed() };
        }
        Some(place).filter(|place| place.day == day)
    }

    /// Returns `true` once all that was noted of a day is counted: it changes no more.
    pub fn has_counted(&self, day: u32) -> bool {
        day < day_of(self.noted_ts)
    }

    /// Returns the bytes of the seeds that this address signs with, after [`super::seeds::BOOK`]
    /// and the creator.
    pub fn signer_tail(&self) -> ([u8; 2], [u8; 1]) {
        (self.id.to_le_bytes(), [self.bump])
    }
}
