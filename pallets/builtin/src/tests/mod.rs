//! What the framework promises, promise by promise.

mod calls;
mod reading;
mod registry;
mod suspension;
mod upgrades;
