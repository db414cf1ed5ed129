//! Tests of the service: against a fake chain and a fake network, and between real nodes.

mod hostile;
mod nodes;
mod rpc;
mod serving;
mod working;
mod world;
