//! Tests of the model alone: the cases of the protocol's pages, and random histories.

mod adversary;
mod crowding;
mod default;
mod exit;
mod governance;
mod interval;
mod orders;
mod positions;
mod random;
mod scene;
