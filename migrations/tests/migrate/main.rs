//! The binary against an embedded validator, as an operator runs it: transactions, output and exit
//! codes.

mod council;
mod deploy;
mod multisig;
mod parameters;
mod pro;
mod public;
mod refusals;
mod rig;
mod upgrade;
