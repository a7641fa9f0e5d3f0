//! The binary against an embedded validator: commands, output and exit codes.

mod coverage;
mod default;
mod doctor;
mod governance;
mod member;
mod mistakes;
mod multisig;
mod newcomer;
mod prices;
mod printed;
mod readme;
mod rig;
mod total;
mod two_machines;
