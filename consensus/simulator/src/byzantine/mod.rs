//! Byzantine actors. Each runs an honest machine, and alters what the machine sends or adds to it. Each actor
//! misbehaves in one way, and has no key but its own.

mod amnesiac;
mod double_voter;
mod equivocator;
mod flooder;
mod forger;
mod garbage;
mod invalid;
mod replayer;
mod silent;
mod stale;
pub(crate) mod twin;
mod withholder;
mod wrong_set;

use crate::{blocks::Blocks, dice::Dice, keys::ToyKeys, network::Micros};
use syndic_pbft::{Keys, Message};
use syndic_primitives::{BlockHash, Height, SignedVote, SignerIndex, ValidatorSet, ValidatorSignature, Vote};

/// The kinds of actors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
	/// Sends nothing.
	Silent,
	/// As leader proposes different blocks to different validators.
	Equivocator,
	/// Votes for its machine's block, and for another one.
	DoubleVoter,
	/// Forgets its log at every restart, and restarts often.
	Amnesiac,
	/// Asks for views long past or far ahead, and votes in them.
	Stale,
	/// Alters the new-views and view-changes that it sends.
	Forger,
	/// Repeats its votes for another set.
	WrongSet,
	/// Sends each message to some nodes only.
	Withholder,
	/// Sends again the messages that it has heard.
	Replayer,
	/// Sends messages with flipped bits.
	Garbage,
	/// Proposes blocks that do not execute.
	Invalid,
	/// Votes in more views than a machine should keep.
	Flooder,
}

impl Kind {
	/// All of them.
	pub const ALL: [Self; 12] = [
		Self::Silent,
		Self::Equivocator,
		Self::DoubleVoter,
		Self::Amnesiac,
		Self::Stale,
		Self::Forger,
		Self::WrongSet,
		Self::Withholder,
		Self::Replayer,
		Self::Garbage,
		Self::Invalid,
		Self::Flooder,
	];

	/// An actor of this kind.
	pub fn actor(self) -> Box<dyn Actor> {
		match self {
			Self::Silent => Box::new(silent::Silent),
			Self::Equivocator => Box::new(equivocator::Equivocator),
			Self::DoubleVoter => Box::new(double_voter::DoubleVoter),
			Self::Amnesiac => Box::new(amnesiac::Amnesiac),
			Self::Stale => Box::new(stale::Stale),
			Self::Forger => Box::new(forger::Forger),
			Self::WrongSet => Box::new(wrong_set::WrongSet),
			Self::Withholder => Box::new(withholder::Withholder),
			Self::Replayer => Box::new(replayer::Replayer::default()),
			Self::Garbage => Box::new(garbage::Garbage),
			Self::Invalid => Box::new(invalid::Invalid),
			Self::Flooder => Box::new(flooder::Flooder::default()),
		}
	}
}

/// What an actor can see and use.
pub struct Scene<'a> {
	/// The actor's node number.
	pub me: usize,
	/// How many nodes there are.
	pub nodes: usize,
	/// The source of random numbers.
	pub dice: &'a mut Dice,
	/// Where new blocks are made.
	pub blocks: &'a mut Blocks,
	/// Virtual time.
	pub now: Micros,
	/// The actor's last final block.
	pub head: (Height, BlockHash),
	/// The set of the height after it.
	pub set: &'a ValidatorSet,
	/// The actor's own key.
	pub keys: ToyKeys,
}

/// One message to one node.
pub type Envelope = (usize, Message);

impl Scene<'_> {
	/// All nodes but the actor's.
	pub fn others(&self) -> impl Iterator<Item = usize> {
		let me = self.me;
		(0..self.nodes).filter(move |node| *node != me)
	}

	/// A copy of `message` for each node in `to`.
	pub fn copies(&self, to: &[usize], message: &Message) -> Vec<Envelope> {
		to.iter().map(|node| (*node, message.clone())).collect()
	}

	/// The actor's position in the set.
	pub fn position(&self) -> Option<SignerIndex> {
		self.set.index_of(self.keys.public()?)
	}

	/// Signs any payload with the actor's key.
	pub fn sign(&self, payload: &[u8]) -> Option<ValidatorSignature> {
		self.keys.sign(payload)
	}

	/// Signs a vote with the actor's key; `None` if the actor is not in the set.
	pub fn vote(&self, vote: Vote) -> Option<SignedVote> {
		let signature = self.sign(&vote.payload(&crate::blocks::genesis()))?;
		Some(SignedVote { vote, signer: self.position()?, signature })
	}

	/// A new block on the actor's last final block, which no other node knows.
	pub fn another_block(&mut self, valid: bool) -> BlockHash {
		let salt = self.dice.below(u64::MAX);
		self.blocks.build(self.head.0.next(), self.head.1, salt, valid, self.now)
	}

	/// A new block beside the block `of`, on the same parent, which no other node knows.
	pub fn sibling(&mut self, of: &BlockHash, valid: bool) -> BlockHash {
		let Some((number, parent)) = self.blocks.get(of).map(|b| (b.header.number, b.header.parent_hash)) else {
			return self.another_block(valid);
		};
		let salt = self.dice.below(u64::MAX);
		self.blocks.build(Height(number), parent, salt, valid, self.now)
	}
}

/// A faulty validator.
pub trait Actor {
	/// The machine wants to send `message` to the nodes `to`. Returns what is sent instead.
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope>;

	/// A message arrived.
	fn hear(&mut self, _message: &Message) {}

	/// Called now and then. Returns messages that the machine did not ask for.
	fn tick(&mut self, _scene: &mut Scene<'_>) -> Vec<Envelope> {
		Vec::new()
	}

	/// Whether the actor restarts now, without its log.
	fn forgets(&mut self, _dice: &mut Dice) -> bool {
		false
	}
}
