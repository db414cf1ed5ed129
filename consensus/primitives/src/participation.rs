//! Participation, as a block reports it to the chain: the commit certificates of earlier heights, each with every
//! commit that the block's author knows of.

/// Identifier of the inherent by which a proposer's node passes the certificates to the runtime: a SCALE-encoded list
/// of `Certificate`.
pub const INHERENT_IDENTIFIER: [u8; 8] = *b"pbftcert";

/// Maximum number of heights that one block reports. Normally a block reports one; it reports more after blocks whose
/// authors did not know the certificates.
pub const MAX_REPORTED: u32 = 4;

/// Maximum age in blocks of a height that can still be reported. Older heights are skipped, so that reports continue
/// when no node still has the certificates.
pub const MAX_REPORT_AGE: u32 = 16;
