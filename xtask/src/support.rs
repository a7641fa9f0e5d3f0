//! What several commands need.

pub mod addresses;
pub mod apt;
pub mod checksum;
pub mod crates_io;
pub mod install;
pub mod job;
pub mod metadata;
pub mod paths;
pub mod process;
pub mod pypi;
pub mod target;
pub mod times;
pub mod ui;
