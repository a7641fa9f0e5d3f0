//! What several commands need.

pub mod apt;
pub mod crates_io;
pub mod install;
pub mod paths;
pub mod process;
pub mod target;
pub mod ui;
