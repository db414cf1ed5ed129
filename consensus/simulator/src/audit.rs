//! The history of a run: a hash over all of it, the same for the same seed on every machine, and its lines if wanted.

use crate::network::Micros;
use codec::Encode;
use sp_crypto_hashing::twox_64;
use syndic_pbft::{Message, Output};
use syndic_primitives::VerifiedCertificate;

/// Records what happens in a run.
#[derive(Default)]
pub struct Audit {
	hash: u64,
	lines: Option<Box<dyn FnMut(String)>>,
}

impl Audit {
	/// Hands every line of the history to `line`.
	pub fn with_lines(line: impl FnMut(String) + 'static) -> Self {
		Self { hash: 0, lines: Some(Box::new(line)) }
	}

	/// The hash over the history so far.
	pub fn hash(&self) -> u64 {
		self.hash
	}

	fn take(&mut self, bytes: &[u8]) {
		let mut all = self.hash.to_le_bytes().to_vec();
		all.extend_from_slice(bytes);
		self.hash = u64::from_le_bytes(twox_64(&all));
	}

	/// An event in words.
	pub fn note(&mut self, now: Micros, words: impl FnOnce() -> String) {
		let words = words();
		self.take(words.as_bytes());
		self.line(now, || words);
	}

	fn line(&mut self, now: Micros, words: impl FnOnce() -> String) {
		if let Some(line) = &mut self.lines {
			line(format!("{:>6}.{:03} ms  {}", now / 1_000, now % 1_000, words()));
		}
	}

	/// A message arrives.
	pub fn message(&mut self, now: Micros, from: usize, to: usize, message: &Message) {
		self.take(&(now, from as u64, to as u64, message.name().as_bytes()).encode());
		self.line(now, || format!("{from} → {to}  {}", summary(message)));
	}

	/// A machine gives an output.
	pub fn output(&mut self, now: Micros, node: usize, output: &Output) {
		if matches!(output, Output::Note(_) | Output::Rejected(_) | Output::Evidence(_) | Output::Persist(_)) {
			self.line(now, || format!("{node}       {output:?}"));
		}
	}

	/// A block is final somewhere.
	pub fn finalised(&mut self, now: Micros, node: usize, certificate: &VerifiedCertificate) {
		self.take(&(now, node as u64, certificate.height(), certificate.block_hash()).encode());
		self.line(now, || {
			let (height, view, block) = (certificate.height(), certificate.view(), certificate.block_hash());
			format!("{node}       final: height {height}, view {view}, block {block}")
		});
	}
}

/// A message in one line.
fn summary(message: &Message) -> String {
	let name = message.name();
	match message {
		Message::PrePrepare(v) | Message::Vote(v) => {
			format!("{name} height {} view {} block {} by {}", v.vote.height, v.vote.view, v.vote.block_hash, v.signer)
		}
		Message::ViewChange(m) => {
			let vc = &m.view_change;
			let committed = vc.committed.as_ref().map_or(0, |c| c.height().0);
			let locks = vc.prepared.iter().map(|c| c.view().0).collect::<Vec<_>>();
			format!("{name} to view {} by {}, committed {committed}, locked in views {locks:?}", vc.new_view, m.signer)
		}
		Message::NewView(m) => {
			let nv = &m.new_view;
			let from: Vec<_> = nv.view_changes.iter().map(|vc| vc.signer.0).collect();
			format!("{name} {} by {}, from {from:?}, again {:?}", nv.view, m.signer, nv.reproposals)
		}
		Message::Committed(c) | Message::Prepared(c) => {
			format!("{name} height {} view {} block {}", c.height(), c.view(), c.block_hash())
		}
	}
}
