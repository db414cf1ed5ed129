//! Seeded networks of [`syndic_pbft::Machine`]s in virtual time, with faults, Byzantine actors, and invariants that are
//! checked after every step. Random numbers come from the seed alone and time is virtual, so that the same seed gives
//! the same history on every machine.
//!
//! A run has two phases. In the first, any fault that [`profile::Profile`] drew for the seed may happen, and no
//! invariant may break. Then the network heals, and a healthy quorum must make progress within a stated time and number
//! of views ([`run::patience`], [`run::views`]).
//!
//! Where things are: [`world`] has events and time, [`node`] a process and its disk, [`network`] the links,
//! [`byzantine`] the faulty validators, [`invariant`] what must hold, [`outage`] how soon all validators are in one
//! view after an outage, [`twins`] schedules of honest machines that share a key, [`tuning`] networks under drawn
//! parameters, [`committee`] what a committee costs.

pub mod audit;
pub mod blocks;
pub mod byzantine;
pub mod committee;
pub mod dice;
pub mod invariant;
pub mod keys;
pub mod meter;
pub mod network;
pub mod node;
pub mod outage;
pub mod profile;
pub mod run;
pub mod tuning;
pub mod twins;
pub mod world;

#[cfg(mutants)]
pub use syndic_pbft::mutant;
