//! The node's view of a block: extrinsics are opaque bytes, so that a runtime upgrade needs no new node.

use sp_runtime::{generic, traits::BlakeTwo256, OpaqueExtrinsic};

/// A block's number, as the runtime and its headers have it.
pub type BlockNumber = u32;
/// A header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, OpaqueExtrinsic>;
