//! Tests of the model alone: the cases of the protocol's pages, and random histories.

mod closing;
mod crowding;
mod default;
mod exit;
mod gains;
mod interval;
mod positions;
mod random;
mod scene;
