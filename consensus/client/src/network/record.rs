//! Writes every vote that is received to a file, for audits: the vote, and the node that sent it to this one.

use super::LOG_TARGET;
use sc_network::PeerId;
use std::{
	fmt::Write as _,
	fs::{File, OpenOptions},
	io::{self, Write},
	path::{Path, PathBuf},
};
use syndic_primitives::{Phase, SignedVote};

/// Appends one line of JSON per vote.
pub struct VoteRecorder {
	to: Option<(PathBuf, File)>,
}

impl VoteRecorder {
	/// Appends to the file at `path`, which is created if it does not exist. Without a path nothing is recorded.
	pub fn open(path: Option<&Path>) -> Result<Self, (PathBuf, io::Error)> {
		let Some(path) = path.map(Path::to_owned) else { return Ok(Self { to: None }) };
		match OpenOptions::new().create(true).append(true).open(&path) {
			Ok(file) => Ok(Self { to: Some((path, file)) }),
			Err(error) => Err((path, error)),
		}
	}

	/// Writes `vote`, as received from `from` and not verified. After a failed write, which is logged, nothing more is
	/// recorded; consensus continues.
	pub fn record(&mut self, from: &PeerId, vote: &SignedVote) {
		let Some((path, file)) = &mut self.to else { return };
		// One write per line: when the process is killed, a line is written as a whole or not at all.
		if let Err(error) = file.write_all(line(from, vote).as_bytes()) {
			log::error!(target: LOG_TARGET, "Cannot record votes in {} any more: {error}", path.display());
			self.to = None;
		}
	}
}

fn line(from: &PeerId, signed: &SignedVote) -> String {
	let vote = &signed.vote;
	let phase = match vote.phase {
		Phase::PrePrepare => "pre-prepare",
		Phase::Prepare => "prepare",
		Phase::Commit => "commit",
	};
	let signature: &[u8] = signed.signature.as_ref();
	let signature = signature.iter().fold(String::with_capacity(128), |mut hex, byte| {
		let _ = write!(hex, "{byte:02x}");
		hex
	});
	let (set_id, height, view, block_hash, signer) =
		(vote.set_id, vote.height, vote.view, vote.block_hash, signed.signer);
	format!(
		"{{\"setId\":{set_id},\"height\":{height},\"view\":{view},\"phase\":\"{phase}\",\"blockHash\":\"{block_hash:?}\",\
		 \"signer\":{signer},\"signature\":\"0x{signature}\",\"from\":\"{from}\"}}\n"
	)
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::ed25519;
	use syndic_primitives::{BlockHash, Height, SetId, SignerIndex, View, Vote};

	fn vote(phase: Phase) -> SignedVote {
		let block_hash = BlockHash::repeat_byte(0xab);
		let vote = Vote { set_id: SetId(1), height: Height(2), view: View(3), phase, block_hash };
		SignedVote { vote, signer: SignerIndex(4), signature: ed25519::Signature::from_raw([5; 64]).into() }
	}

	#[test]
	fn each_vote_is_one_line_and_files_are_appended_to() {
		let dir = tempfile::tempdir().unwrap();
		let path = dir.path().join("votes.jsonl");
		let peer = PeerId::random();
		for phase in [Phase::PrePrepare, Phase::Prepare, Phase::Commit] {
			VoteRecorder::open(Some(&path)).unwrap().record(&peer, &vote(phase));
		}
		let text = std::fs::read_to_string(&path).unwrap();
		let expected: String = ["pre-prepare", "prepare", "commit"]
			.map(|phase| {
				format!(
					"{{\"setId\":1,\"height\":2,\"view\":3,\"phase\":\"{phase}\",\"blockHash\":\"0x{}\",\"signer\":4,\
					 \"signature\":\"0x{}\",\"from\":\"{}\"}}\n",
					"ab".repeat(32),
					"05".repeat(64),
					peer.to_base58()
				)
			})
			.concat();
		assert_eq!(text, expected);
	}

	#[test]
	fn a_path_that_cannot_be_written_is_named_at_once() {
		let dir = tempfile::tempdir().unwrap();
		let (path, _) = VoteRecorder::open(Some(dir.path())).err().expect("a directory");
		assert_eq!(path, dir.path());
	}

	#[test]
	fn a_full_disk_ends_recording_and_nothing_else() {
		let full = Path::new("/dev/full");
		if !full.exists() {
			return;
		}
		let mut recorder = VoteRecorder::open(Some(full)).unwrap();
		recorder.record(&PeerId::random(), &vote(Phase::Commit));
		assert!(recorder.to.is_none());
		recorder.record(&PeerId::random(), &vote(Phase::Commit));
	}
}
