//! Lanes: what keeps a flood of one business class from delaying another in a block.
//!
//! [`order`] decides in which order a proposer takes transactions into a block. It is pure, knows nothing of runtimes, and is
//! told the classes. Whether a pool takes in a transaction of a class is decided in `syndic_pool`.

pub(crate) mod order;

#[cfg(test)]
mod tests;
