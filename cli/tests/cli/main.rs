//! The binary against an embedded validator: what people type, what they read, and with which code it ends.

mod coverage;
mod default;
mod desk;
mod doctor;
mod governance;
mod member;
mod mistakes;
mod printed;
mod total;
