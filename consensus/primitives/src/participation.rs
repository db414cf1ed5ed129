//! Who took part, as a block reports it to the chain: the commit certificates of the heights before it, each with every
//! commit that the block's author knows of.

/// Under which identifier a proposer's node hands the certificates to the runtime: a list of `Certificate`, in SCALE.
pub const INHERENT_IDENTIFIER: [u8; 8] = *b"pbftcert";

/// How many heights one block reports at most. One is the rule; more are reported after blocks whose authors did not know
/// the certificates.
pub const MAX_REPORTED: u32 = 4;

/// How many blocks a height may lie back that has not been reported. Older ones are passed over, so that a report can go on
/// when nobody has the certificates any more.
pub const MAX_REPORT_AGE: u32 = 16;
