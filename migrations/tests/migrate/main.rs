//! The binary against an embedded validator, as an operator runs it: what is sent, what is said, and with which code it ends.

mod deploy;
mod parameters;
mod public;
mod refusals;
mod rig;
mod upgrade;
