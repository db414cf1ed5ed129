//! Decodes parameters from the state, in the present layout or in that of an older runtime with fewer parameters.

use super::{Dissemination, Parameters};
use crate::Height;
use alloc::vec::Vec;
use codec::{Decode, DecodeAll, Encode, Error};

/// Parameters as runtimes stored them before committees existed: the first eleven. The later ones take the values of
/// [`Parameters::default`], which is how those runtimes behaved.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[allow(missing_docs, reason = "as in Parameters")]
pub struct ParametersV1 {
	pub block_period: u32,
	pub base_timeout: u32,
	pub timeout_growth: u32,
	pub timeout_ceiling: u32,
	pub max_transactions: u32,
	pub empty_blocks: bool,
	pub heartbeat: u32,
	pub leader_period: u32,
	pub timestamp_tolerance: u32,
	pub pipeline_depth: u32,
	pub dissemination: Dissemination,
}

impl From<ParametersV1> for Parameters {
	fn from(old: ParametersV1) -> Self {
		let ParametersV1 {
			block_period,
			base_timeout,
			timeout_growth,
			timeout_ceiling,
			max_transactions,
			empty_blocks,
			heartbeat,
			leader_period,
			timestamp_tolerance,
			pipeline_depth,
			dissemination,
		} = old;
		Self {
			block_period,
			base_timeout,
			timeout_growth,
			timeout_ceiling,
			max_transactions,
			empty_blocks,
			heartbeat,
			leader_period,
			timestamp_tolerance,
			pipeline_depth,
			dissemination,
			..Self::default()
		}
	}
}

impl Parameters {
	/// Decodes the whole value at [`crate::storage_keys::PARAMETERS`]. The two layouts differ in length, so neither is
	/// mistaken for the other.
	pub fn decode_stored(bytes: &[u8]) -> Result<Self, Error> {
		Self::decode_all(&mut &*bytes)
			.or_else(|error| ParametersV1::decode_all(&mut &*bytes).map(Self::from).map_err(|_| error))
	}

	/// Decodes the whole value at [`crate::storage_keys::SCHEDULED_PARAMETERS`]. The two layouts differ in length for
	/// the same number of entries, so neither is mistaken for the other.
	pub fn decode_schedule(bytes: &[u8]) -> Result<Vec<(Height, Self)>, Error> {
		Vec::<(Height, Self)>::decode_all(&mut &*bytes).or_else(|error| {
			let old = Vec::<(Height, ParametersV1)>::decode_all(&mut &*bytes).map_err(|_| error)?;
			Ok(old.into_iter().map(|(since, parameters)| (since, parameters.into())).collect())
		})
	}
}
