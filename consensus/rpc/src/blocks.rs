//! Finds the block that a request names.

use crate::{answers::BlockAnswer, chain::ChainView, error::Error, params::BlockRef};
use syndic_primitives::{BlockHash, Height};

/// The last final block.
pub fn finalised(chain: &impl ChainView) -> BlockAnswer {
	let (height, hash) = chain.finalised();
	BlockAnswer { height, hash }
}

/// The block with this hash, given as parameter `at`; the last final block if no hash is given.
pub fn at(chain: &impl ChainView, hash: Option<BlockHash>) -> Result<BlockAnswer, Error> {
	let Some(hash) = hash else { return Ok(finalised(chain)) };
	let height = chain.height_of(hash)?.ok_or(Error::UnknownBlock { field: "at", hash })?;
	Ok(BlockAnswer { height, hash })
}

/// A final block, given as parameter `field`.
pub fn final_block(chain: &impl ChainView, field: &'static str, block: BlockRef) -> Result<BlockAnswer, Error> {
	let finalised = finalised(chain).height;
	match block {
		BlockRef::Height(height) if height > finalised => Err(Error::HeightNotFinal { height, finalised }),
		BlockRef::Height(height) => {
			let hash = chain.hash_at(height)?.ok_or(Error::HeightNotFinal { height, finalised })?;
			Ok(BlockAnswer { height, hash })
		}
		BlockRef::Hash(hash) => {
			let height = chain.height_of(hash)?.ok_or(Error::UnknownBlock { field, hash })?;
			if height > finalised || chain.hash_at(height)? != Some(hash) {
				return Err(Error::BlockNotFinal { height, hash, finalised });
			}
			Ok(BlockAnswer { height, hash })
		}
	}
}

/// The certificate of a final block, as it is stored.
pub fn certificate(chain: &impl ChainView, block: BlockAnswer) -> Result<Vec<u8>, Error> {
	let BlockAnswer { height, hash } = block;
	if height == Height::ZERO {
		return Err(Error::Genesis);
	}
	match chain.certificate(hash)? {
		Some(bytes) => Ok(bytes),
		None => Err(Error::NoCertificate { height, hash, pruned: !chain.has_body(hash)? }),
	}
}
