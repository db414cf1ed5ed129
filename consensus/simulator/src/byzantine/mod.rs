//! Byzantine actors. Each runs an honest machine and bends what leaves it, or adds to it; each does one thing. None has
//! any key but its own.

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

/// The actors by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
	/// Says nothing.
	Silent,
	/// As leader proposes different blocks to different validators.
	Equivocator,
	/// Votes for what it should, and for something else.
	DoubleVoter,
	/// Forgets its log at every restart, and restarts often.
	Amnesiac,
	/// Votes and asks for views long past and far ahead.
	Stale,
	/// Bends the new-views it sends.
	Forger,
	/// Signs for other sets.
	WrongSet,
	/// Sends to some only.
	Withholder,
	/// Says again whatever it has heard.
	Replayer,
	/// Sends bytes that were flipped.
	Garbage,
	/// Proposes blocks that do not execute.
	Invalid,
	/// Votes in more views than anybody should keep.
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
	/// Its number.
	pub me: usize,
	/// How many nodes there are.
	pub nodes: usize,
	/// Chance.
	pub dice: &'a mut Dice,
	/// Where new blocks are made.
	pub blocks: &'a mut Blocks,
	/// The time.
	pub now: Micros,
	/// Its last final block.
	pub head: (Height, BlockHash),
	/// The set it counts in.
	pub set: &'a ValidatorSet,
	/// Its own key.
	pub keys: ToyKeys,
}

/// One message to one node.
pub type Envelope = (usize, Message);

impl Scene<'_> {
	/// Everybody else.
	pub fn others(&self) -> impl Iterator<Item = usize> {
		let me = self.me;
		(0..self.nodes).filter(move |node| *node != me)
	}

	/// `message` for everybody in `to`.
	pub fn copies(&self, to: &[usize], message: &Message) -> Vec<Envelope> {
		to.iter().map(|node| (*node, message.clone())).collect()
	}

	/// Its position in the set.
	pub fn position(&self) -> Option<SignerIndex> {
		self.set.index_of(self.keys.public()?)
	}

	/// Signs whatever it likes.
	pub fn sign(&self, payload: &[u8]) -> Option<ValidatorSignature> {
		self.keys.sign(payload)
	}

	/// A vote of its own.
	pub fn vote(&self, vote: Vote) -> Option<SignedVote> {
		let signature = self.sign(&vote.payload(&crate::blocks::genesis()))?;
		Some(SignedVote { vote, signer: self.position()?, signature })
	}

	/// A block that nobody else knows of.
	pub fn another_block(&mut self, valid: bool) -> BlockHash {
		let salt = self.dice.below(u64::MAX);
		self.blocks.build(self.head.0.next(), self.head.1, salt, valid, self.now)
	}

	/// A block that nobody else knows of, beside another one.
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
	/// The machine wants to send `message` to the nodes `to`: what is sent instead.
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope>;

	/// Something arrived.
	fn hear(&mut self, _message: &Message) {}

	/// Now and then: what is sent out of the blue.
	fn tick(&mut self, _scene: &mut Scene<'_>) -> Vec<Envelope> {
		Vec::new()
	}

	/// Whether it restarts now, without its log.
	fn forgets(&mut self, _dice: &mut Dice) -> bool {
		false
	}
}
