//! `syndic privacy`: private transactions, from encryption keys to disclosures, over a node's JSON-RPC.
//!
//! Keys and plain payloads stay with these commands: a node gets ciphertext only. Keys and payloads are wiped from
//! memory, and are printed only by the commands whose purpose that is. The process leaves no core dump.

mod accuse;
mod chain;
mod disclosure;
mod keys;
mod open;
mod send;

use crate::remote::block_on;
use clap::Subcommand;
use sc_cli::Result;

/// Commands of private transactions.
#[derive(Debug, Subcommand)]
pub enum PrivacyCmd {
	/// Make an encryption key, in a new file that nobody else can read.
	GenerateKey(keys::GenerateKeyCmd),

	/// Register the key of a file as an account's next encryption key, with the proof that one holds it.
	RegisterKey(keys::RegisterKeyCmd),

	/// Seal a payload for recipients and for the regulators in charge, give it to one's node, and send the envelope.
	Send(send::SendCmd),

	/// Fetch and open a payload that was sent to one's account.
	Open(open::OpenCmd),

	/// Open a payload that was sent to one's account, and write it down with its proof, for `syndic verify-disclosure`.
	Prove(open::ProveCmd),

	/// As an officer: ask for the disclosure of a payload, in an open case.
	Request(disclosure::RequestCmd),

	/// As an officer: approve another officer's request.
	Approve(disclosure::ApproveCmd),

	/// As an officer: once the opening is final, hand one's share to the officer who has asked.
	Release(disclosure::ReleaseCmd),

	/// As the officer who has asked: put the shares together and open the payload.
	Disclose(disclosure::DiscloseCmd),

	/// Prove on the chain that what was wrapped for one's key is not what it should be.
	Accuse(accuse::AccuseCmd),

	/// Prove on the chain that a ciphertext does not hold what was committed to.
	AccusePayload(accuse::AccusePayloadCmd),
}

impl PrivacyCmd {
	/// Does what was asked.
	pub fn run(&self) -> Result<()> {
		// A core dump would hold keys. If it cannot be disabled, the command still runs, because the operator may not
		// be able to change that.
		if rlimit::setrlimit(rlimit::Resource::CORE, 0, 0).is_err() {
			eprintln!("Core dumps could not be turned off for this command.");
		}
		match self {
			Self::GenerateKey(command) => command.run(),
			Self::RegisterKey(command) => block_on(command.run()),
			Self::Send(command) => block_on(command.run()),
			Self::Open(command) => block_on(command.run()),
			Self::Prove(command) => block_on(command.run()),
			Self::Request(command) => block_on(command.run()),
			Self::Approve(command) => block_on(command.run()),
			Self::Release(command) => block_on(command.run()),
			Self::Disclose(command) => block_on(command.run()),
			Self::Accuse(command) => block_on(command.run()),
			Self::AccusePayload(command) => block_on(command.run()),
		}
	}
}
