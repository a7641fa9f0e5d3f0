//! Tests of the model alone: the cases of the protocol's pages, and random histories.

#![allow(clippy::inconsistent_digit_grouping)] // Lots of a hundredth read like amounts: 1_00.

mod adversary;
mod attacks;
mod claims;
mod closing;
mod covers;
mod crowding;
mod default;
mod exit;
mod fills;
mod gains_cut;
mod governance;
mod interval;
mod losses;
mod orders;
mod policies;
mod positions;
mod random;
mod room;
mod scene;
mod silent;
mod takings;
