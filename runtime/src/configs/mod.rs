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

/// Blocks in a day at the default block period of one second. Spans of time that are counted in blocks are meant for
/// it: they shrink and stretch with the block period.
pub const BLOCKS_PER_DAY: crate::BlockNumber = 24 * 60 * 60;
