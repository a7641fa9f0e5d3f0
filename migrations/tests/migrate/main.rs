//! The binary against an embedded validator, as an operator runs it: transactions, output and exit
//! codes.

mod deploy;
mod parameters;
mod public;
mod refusals;
mod rig;
mod upgrade;
