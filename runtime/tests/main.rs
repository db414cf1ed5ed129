//! Tests of the runtime as a whole. They are one program, because each program of its own would compile the runtime
//! again.

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
