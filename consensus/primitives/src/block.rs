//! Block types as the node uses them. Extrinsics are opaque bytes, so that a runtime upgrade needs no new node.

use sp_runtime::{generic, traits::BlakeTwo256, OpaqueExtrinsic};

/// A block's number, as in the runtime and in headers.
pub type BlockNumber = u32;
/// A block's header, hashed with BLAKE2b-256.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block with opaque extrinsics.
pub type Block = generic::Block<Header, OpaqueExtrinsic>;
