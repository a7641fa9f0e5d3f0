//! House rounds as the fund keeps them: the cushions of the present one, and of those that have
//! ended.

use {
    crate::{arithmetic::OrFail, error::BulkheadError},
    anchor_lang::prelude::*,
    bulkhead_math::{
        cushions::{CushionRound, EndedRound},
        index::accrued,
        recoveries::{units_accrued, SharedLossPlan},
    },
    bytemuck::{Pod, Zeroable},
};

/// Ended rounds that the fund keeps. A round does not end while the one this many before it has
/// records that are not released.
pub const HOUSE_ROUNDS: usize = 8;

/// Where an ended round is kept.
pub const fn place_of(round: u64) -> usize {
    match round.checked_rem(HOUSE_ROUNDS as u64) {
        Some(place) => place as usize,
        None => 0,
    }
}

/// What a unit of a round has borne for others in layer 4: units bear losses as shares do.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct CushionLosses {
    /// Loss per unit, Q64.64.
    pub index: PodU128,
    /// Units of the fund's losses outstanding per unit, Q64.64.
    pub units_index: PodU128,
    /// [`Self::units_index`] when the fund's present loss epoch met this round: everything before
    /// is recovered.
    pub epoch_index: PodU128,
    /// That loss epoch.
    pub epoch: u64,
}

/// Where the losses of a round stood when a record joined it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct CushionMark {
    /// See [`CushionLosses::index`].
    pub loss_index: PodU128,
    /// See [`CushionLosses::units_index`].
    pub units_index: PodU128,
}

/// The cushions of the present house round.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct CushionRoundState {
    /// Units that its records hold.
    pub units: PodU128,
    /// What they have borne for others.
    pub losses: CushionLosses,
    /// Money.
    pub money: u64,
    /// Records that hold units.
    pub records: u32,
    #[doc(hidden)]
    pub _pad: [u8; 4],
}

/// The cushions of a house round that has ended.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct EndedRoundState {
    /// Units that its records held when it ended.
    pub units: PodU128,
    /// Units that are not released yet.
    pub open: PodU128,
    /// What they have borne for others.
    pub losses: CushionLosses,
    /// Money that all units stand for.
    pub worth: u64,
    /// Money that is not released yet.
    pub money: u64,
    /// Records that are not released yet.
    pub records: u32,
    /// Whether each record goes on into the next round with as many units.
    pub carries: PodBool,
    #[doc(hidden)]
    pub _pad: [u8; 3],
}

impl CushionLosses {
    /// Notes a loss that every unit bears. `plan` is per unit, `epoch` the fund's loss epoch.
    pub fn note(&mut self, plan: &SharedLossPlan, epoch: u64) -> Result<()> {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.epoch_index = self.units_index;
        }
        let index = self.index.checked_add(plan.loss_per_share);
        let units = self.units_index.checked_add(plan.units_per_share);
        self.index = index.ok_or(BulkheadError::Overflow)?;
        self.units_index = units.ok_or(BulkheadError::Overflow)?;
        Ok(())
    }

    /// Returns what so many units have borne since `from` was the index, Q64.64, and the loss units
    /// of it that are of the fund's loss epoch `epoch`.
    pub fn borne(&self, units: u128, from: &CushionMark, epoch: u64) -> Result<(u128, u128)> {
        let borne = accrued(units, from.loss_index.get(), self.index.get()).or_fail()?;
        if self.epoch != epoch {
            return Ok((borne, 0)); // all of it is recovered
        }
        let from = from.units_index.get().max(self.epoch_index.get());
        Ok((borne, units_accrued(units, from, self.units_index.get()).or_fail()?))
    }

    /// The indices as they stand: what a record that joins now begins at.
    pub fn mark(&self) -> CushionMark {
        CushionMark { loss_index: self.index, units_index: self.units_index }
    }
}

impl CushionRoundState {
    /// The round as the math takes it.
    pub fn plan(&self) -> CushionRound {
        CushionRound { money: self.money, units: self.units.get(), records: self.records }
    }

    /// Writes the round.
    pub fn set(&mut self, round: CushionRound) {
        self.money = round.money;
        self.units = round.units.into();
        self.records = round.records;
    }
}

impl EndedRoundState {
    /// The round as the math takes it.
    pub fn plan(&self) -> EndedRound {
        EndedRound {
            worth: self.worth,
            units: self.units.get(),
            open: self.open.get(),
            records: self.records,
            money: self.money,
            carries: self.carries.get(),
        }
    }

    /// Writes the round.
    pub fn set(&mut self, round: EndedRound) {
        self.worth = round.worth;
        self.units = round.units.into();
        self.open = round.open.into();
        self.records = round.records;
        self.money = round.money;
        self.carries = round.carries.into();
    }
}
