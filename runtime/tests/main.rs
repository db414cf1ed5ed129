//! The runtime as a whole. All in one program: each would compile the runtime for itself.

mod admission;
mod builtin;
mod classes;
mod committee;
mod common;
mod freezes;
mod genesis;
mod governance;
mod identity;
mod interface;
mod nodes;
mod parameters;
mod privacy;
mod recovery;
mod storage_keys;
mod type_paths;
