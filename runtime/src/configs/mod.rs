//! How each pallet is configured.

pub mod agents;
pub mod classes;
pub mod consensus;
pub mod governance;
pub mod identity;
pub mod money;
pub mod nodes;
pub mod privacy;
pub mod supervision;
pub mod system;

/// Number of blocks in a day at the default block period of one second. Spans of time that are counted in blocks assume
/// this period; with another period they become shorter or longer.
pub const BLOCKS_PER_DAY: crate::BlockNumber = 24 * 60 * 60;
