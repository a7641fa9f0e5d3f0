//! Tests of the model alone: the cases of the protocol's pages, and random histories.

mod interval;
mod random;
mod scene;
