//! The service against a chain and a network that say what a test says, and between real nodes.

mod hostile;
mod nodes;
mod rpc;
mod serving;
mod working;
mod world;
