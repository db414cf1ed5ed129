//! Orders of the board that take the place of what the state says.
//!
//! After the block that an order names, the state still names the set that has lost its quorum. A node with the order
//! lets the new set decide the next height, and only that height: the block there must carry out the order, so that the
//! state after it names the new set for all nodes. The block's header shows that it carries out the order, because the
//! runtime notes the order in the digest.

use super::{rules, ClientBounds, Finaliser};
use crate::chain::{ChainError, Head, InvalidBlock};
use sc_client_api::backend::Backend;
use sp_runtime::AccountId32;
use syndic_primitives::{
	block::{Block, Header},
	crypto::verify_ed25519,
	digest::ConsensusLog,
	recovery::Place,
	BlockHash, Certificate, Height, RecoveryError, Rules, UncheckedRecovery, ValidatorSet, VerifiedCertificate,
	VerifiedRecovery,
};

/// The state of an order on this chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderState {
	/// The block that the order names is not final here yet.
	Waits,
	/// The block that the order names is the last final one, and the order is valid: its set decides the next height.
	InForce(VerifiedRecovery),
	/// The next block carries out the order.
	Done,
}

impl<C, B> Finaliser<C, B>
where
	B: Backend<Block> + 'static,
	C: ClientBounds<B>,
{
	/// Set and parameters of the height after `hash`, from the state of `hash`. If this node was given an order for
	/// this block, the set is the order's.
	pub fn rules_after(&self, hash: BlockHash) -> Result<Rules, ChainError> {
		let rules = rules::rules_after::<C, B>(self.client(), hash)?;
		let Some(recovery) = self.recovery_after(hash)? else { return Ok(rules) };
		// A scheduled set will not come into force.
		let until = rules::parameters_until::<C, B>(self.client(), hash)?;
		Ok(Rules { set: recovery.set().clone(), parameters: rules.parameters, until })
	}

	/// The verified order for a block, if this node was given one.
	pub(crate) fn recovery_after(&self, hash: BlockHash) -> Result<Option<VerifiedRecovery>, ChainError> {
		self.order_after(hash).map(|recovery| self.verify_order(recovery)).transpose()
	}

	/// Verifies an order against the state of the block that it names.
	fn verify_order(&self, recovery: &UncheckedRecovery) -> Result<VerifiedRecovery, ChainError> {
		let hash = recovery.order.block_hash;
		let verified = recovery.verify(&self.place_after(hash)?, &self.board_after(hash)?);
		verified.map_err(|error| ChainError::Order { height: recovery.order.height, error })
	}

	/// The values that an order after this block must name.
	pub fn place_after(&self, hash: BlockHash) -> Result<Place, ChainError> {
		let header = self.client().header(hash).map_err(ChainError::client("reading a header"))?;
		let height = header.map(|header| Height(header.number));
		let height = height.ok_or(ChainError::Unknown(Head { height: Height::ZERO, hash }))?;
		let set_id = rules::rules_after::<C, B>(self.client(), hash)?.set.id();
		Ok(Place { genesis: self.genesis(), height, block_hash: hash, set_id })
	}

	/// The board in the state after a block.
	pub fn board_after(&self, hash: BlockHash) -> Result<Vec<AccountId32>, ChainError> {
		rules::board::<C, B>(self.client(), hash)
	}

	/// The order for a block, not verified, if this node was given one.
	pub(crate) fn order_after(&self, hash: BlockHash) -> Option<&UncheckedRecovery> {
		self.orders().after(hash)
	}

	/// The set that an order replaces after a block, if this node was given an order for it.
	pub(crate) fn replaced_set(&self, hash: BlockHash) -> Result<Option<ValidatorSet>, ChainError> {
		match self.order_after(hash) {
			Some(_) => rules::rules_after::<C, B>(self.client(), hash).map(|rules| Some(rules.set)),
			None => Ok(None),
		}
	}

	/// Checks the orders against the blocks that this node has, and logs the state of each.
	pub(crate) fn check_orders(&self) -> Result<(), ChainError> {
		for recovery in self.orders().iter() {
			let height = recovery.order.height;
			match self.check_order(recovery)? {
				OrderState::Waits => log::info!(
					target: crate::LOG,
					"The recovery order for block {height} waits: final here is {}",
					self.finalised(),
				),
				OrderState::InForce(verified) => log::warn!(
					target: crate::LOG,
					"By order of the board, set {} with {} validators decides after block {height}; {} have signed",
					verified.set().id(),
					verified.set().size(),
					verified.signers(),
				),
				OrderState::Done => {
					log::info!(target: crate::LOG, "The recovery order for block {height} has been carried out")
				}
			}
		}
		Ok(())
	}

	/// The state of an order on this chain. Fails if the order is invalid, or if the chain has continued without it.
	pub fn check_order(&self, recovery: &UncheckedRecovery) -> Result<OrderState, ChainError> {
		let order = &recovery.order;
		let (height, genesis, finalised) = (order.height, self.genesis(), self.finalised());
		if order.genesis != genesis {
			let error = RecoveryError::OtherChain { found: order.genesis, expected: genesis };
			return Err(ChainError::Order { height, error });
		}
		if height > finalised.height {
			return Ok(OrderState::Waits);
		}
		let here = self.hash_at(height)?;
		if order.block_hash != here {
			let error = RecoveryError::OtherBlock { height, found: order.block_hash, expected: here };
			return Err(ChainError::Order { height, error });
		}
		if height == finalised.height {
			return self.verify_order(recovery).map(OrderState::InForce);
		}
		let decided = Head { height: height.next(), hash: self.hash_at(height.next())? };
		let header = self.client().header(decided.hash).map_err(ChainError::client("reading a header"))?;
		match header.and_then(|header| ConsensusLog::recovery_in(&header.digest)) {
			Some(done) if done == *order => Ok(OrderState::Done),
			_ => Err(ChainError::GoneOn { height, decided, set_id: order.set_id }),
		}
	}

	fn hash_at(&self, height: Height) -> Result<BlockHash, ChainError> {
		let hash = self.client().hash(height.0).map_err(ChainError::client("reading a block's hash"))?;
		hash.ok_or(ChainError::Unknown(Head { height, hash: BlockHash::zero() }))
	}

	/// Checks that `bytes` are a commit certificate of the block with this hash and header, by the set of its height.
	pub fn verify(&self, block: Head, header: &Header, bytes: &[u8]) -> Result<VerifiedCertificate, ChainError> {
		let certificate = Certificate::from_bytes(bytes)?;
		let parent = header.parent_hash;
		let set = self.rules_after(parent)?.set;
		let by = |set: &ValidatorSet| {
			let certificate = certificate.clone();
			certificate.verify_commit_of(block.height, block.hash, &self.genesis(), set, &verify_ed25519)
		};
		match by(&set) {
			Ok(verified) => {
				// This fails only if a quorum of the new set is faulty.
				self.check_carried_out(parent, header)?;
				Ok(verified)
			}
			Err(error) => {
				if let Some(replaced) = self.replaced_set(parent)?.filter(|replaced| by(replaced).is_ok()) {
					let height = block.height.previous();
					let gone_on = ChainError::GoneOn { height, decided: block, set_id: replaced.id() };
					log::error!(target: crate::LOG, "{gone_on}");
					return Err(gone_on);
				}
				match ConsensusLog::recovery_in(&header.digest) {
					Some(_) if self.order_after(parent).is_none() => {
						Err(ChainError::OrderNeeded { block, set_id: set.id(), error })
					}
					_ => Err(error.into()),
				}
			}
		}
	}

	/// Checks that a block carries out the order that this node was given for its parent, if any.
	pub(crate) fn check_carried_out(&self, parent: BlockHash, header: &Header) -> Result<(), InvalidBlock> {
		let Some(recovery) = self.order_after(parent) else { return Ok(()) };
		let order = &recovery.order;
		match ConsensusLog::recovery_in(&header.digest) {
			Some(done) if done == *order => Ok(()),
			_ => Err(InvalidBlock::NotRecovered { set_id: order.set_id.next(), after: order.height }),
		}
	}

	/// As [`Self::check_carried_out`], for a proposal, which must not carry out an order that this node was not given,
	/// either.
	pub(crate) fn check_proposed(&self, parent: BlockHash, header: &Header) -> Result<(), InvalidBlock> {
		self.check_carried_out(parent, header)?;
		match ConsensusLog::recovery_in(&header.digest) {
			Some(order) if self.order_after(parent).is_none() => {
				Err(InvalidBlock::UnknownRecovery { after: order.height })
			}
			_ => Ok(()),
		}
	}

	/// Checks that the state after a block that carries out an order names the order's set.
	pub(crate) fn check_set_after(&self, parent: BlockHash, set: Option<ValidatorSet>) -> Result<(), ChainError> {
		let Some(recovery) = self.recovery_after(parent)? else { return Ok(()) };
		match set.as_ref() == Some(recovery.set()) {
			true => Ok(()),
			false => {
				let order = recovery.order();
				Err(InvalidBlock::NotRecovered { set_id: recovery.set().id(), after: order.height }.into())
			}
		}
	}
}
