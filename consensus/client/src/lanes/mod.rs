//! Lanes: they keep a flood of one business class from delaying another class in a block.
//!
//! [`order`] decides in which order a proposer takes transactions into a block. It is pure: it does not know the
//! runtime, and is given the classes as arguments. Whether a pool accepts a transaction of a class is decided in
//! `syndic_pool`.

pub(crate) mod order;

#[cfg(test)]
mod tests;
