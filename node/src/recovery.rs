//! `syndic recovery`: makes and checks recovery orders, by which a chain continues that has lost its quorum.

mod file;

use crate::service::Partial;
use sc_cli::{CliConfiguration, DatabaseParams, Error, PruningParams, Result, SharedParams};
use sp_core::crypto::Ss58Codec;
use std::{io::Write, path::PathBuf};
use syndic_client::{OrderState, Orders};
use syndic_primitives::{recovery::signers_needed, RecoveryOrder, UncheckedRecovery};

/// Commands about recovery orders.
#[derive(Debug, clap::Subcommand)]
pub enum RecoveryCmd {
	/// Write an order to continue after this node's last final block, and print what the board has to sign.
	///
	/// The node must be stopped. Use the node whose last final block is the highest of all.
	Draft(DraftCmd),

	/// Print what the board has to sign, and who has.
	Show(ShowCmd),

	/// Add a signature to an order. It is checked before.
	AddSignature(AddSignatureCmd),

	/// Say whether an order holds on this node's chain, and how many of the board have signed. The node must be stopped.
	Verify(VerifyCmd),
}

/// What is needed to open a node's database.
#[derive(Debug, clap::Args)]
pub struct DatabaseArgs {
	#[command(flatten)]
	shared: SharedParams,

	#[command(flatten)]
	pruning: PruningParams,

	#[command(flatten)]
	database: DatabaseParams,
}

/// `recovery draft`
#[derive(Debug, clap::Args)]
pub struct DraftCmd {
	/// The consensus keys of the new set (0x and 64 hex digits each), in the order in which they take turns to lead.
	#[arg(long, value_name = "KEY,KEY,…", value_delimiter = ',', required = true)]
	members: Vec<String>,

	/// Where the order is written to. An existing file is not touched.
	#[arg(long, value_name = "PATH")]
	output: PathBuf,

	#[command(flatten)]
	database: DatabaseArgs,
}

/// `recovery show`
#[derive(Debug, clap::Args)]
pub struct ShowCmd {
	/// The order.
	#[arg(value_name = "PATH")]
	order: PathBuf,
}

/// `recovery add-signature`
#[derive(Debug, clap::Args)]
pub struct AddSignatureCmd {
	/// The order; the signature is written into it.
	#[arg(value_name = "PATH")]
	order: PathBuf,

	/// The account that has signed.
	#[arg(long, value_name = "ADDRESS")]
	account: String,

	/// The signature, over the text that `show` prints, as wallets give it: 0x and hex digits.
	#[arg(long, value_name = "HEX")]
	signature: String,
}

/// `recovery verify`
#[derive(Debug, clap::Args)]
pub struct VerifyCmd {
	/// The order.
	#[arg(value_name = "PATH")]
	order: PathBuf,

	#[command(flatten)]
	database: DatabaseArgs,
}

macro_rules! with_database {
	($($command:ty),*) => {
		$(impl CliConfiguration for $command {
			fn shared_params(&self) -> &SharedParams {
				&self.database.shared
			}

			fn pruning_params(&self) -> Option<&PruningParams> {
				Some(&self.database.pruning)
			}

			fn database_params(&self) -> Option<&DatabaseParams> {
				Some(&self.database.database)
			}
		})*
	};
}

with_database!(DraftCmd, VerifyCmd);

/// Reads the recovery orders that the options name.
pub fn read_orders(paths: &[PathBuf]) -> Result<Orders> {
	let orders: Result<Vec<UncheckedRecovery>> = paths.iter().map(|path| file::read(path)).collect();
	Orders::new(orders?).map_err(|error| Error::Input(format!("--recovery: {error}")))
}

impl DraftCmd {
	/// Writes the order.
	pub fn run(&self, node: &Partial) -> Result<()> {
		if self.output.exists() {
			return Err(Error::Input(format!("--output: {} exists already", self.output.display())));
		}
		let members = file::members(&self.members).map_err(|error| Error::Input(format!("--members: {error}")))?;
		let finaliser = &node.finaliser;
		let head = finaliser.finalised();
		let place = finaliser.place_after(head.hash).map_err(failed)?;
		let order = RecoveryOrder {
			genesis: place.genesis,
			height: place.height,
			block_hash: place.block_hash,
			set_id: place.set_id,
			members,
		};
		order.set().map_err(|error| Error::Input(format!("--members: {error}")))?;
		let board = finaliser.board_after(head.hash).map_err(failed)?;
		let replaced = finaliser.rules_after(head.hash).map_err(failed)?.set;
		let recovery = UncheckedRecovery { order, signatures: Default::default() };
		file::write(&self.output, &recovery)?;
		let mut text = format!(
			"Written to {}\n\nThe last final block here is {head}. No other node may have a later one.\nSet {} with {} \
			 validators, of which {} were a quorum, is replaced by {} validators:\n",
			self.output.display(),
			replaced.id(),
			replaced.size(),
			replaced.quorum(),
			recovery.order.members.len(),
		);
		for member in &recovery.order.members {
			let new = if replaced.index_of(member).is_some() { "" } else { "   new: not in the replaced set" };
			text += &format!("  {}{new}\n", file::hex(member.as_ref()));
		}
		text += &format!("{} of the board's {} members must sign:\n", signers_needed(board.len()), board.len());
		board.iter().for_each(|account| text += &format!("  {}\n", account.to_ss58check()));
		text += &to_sign(&recovery.order);
		print(&text)
	}
}

impl ShowCmd {
	/// Prints the order.
	pub fn run(&self) -> Result<()> {
		let recovery = file::read(&self.order)?;
		let mut text = format!("{} signatures are good:\n", recovery.signatures.len());
		recovery.signatures.iter().for_each(|(account, _)| text += &format!("  {}\n", account.to_ss58check()));
		text += &to_sign(&recovery.order);
		print(&text)
	}
}

impl AddSignatureCmd {
	/// Adds the signature.
	pub fn run(&self) -> Result<()> {
		let mut recovery = file::read(&self.order)?;
		let account = file::add(&mut recovery, &self.account, &self.signature)
			.map_err(|error| Error::Input(format!("not added: {error}")))?;
		file::write(&self.order, &recovery)?;
		print(&format!("Added the signature of {}; there are {}", account.to_ss58check(), recovery.signatures.len()))
	}
}

impl VerifyCmd {
	/// Prints whether the order holds.
	pub fn run(&self, node: &Partial) -> Result<()> {
		let recovery = file::read(&self.order)?;
		let order = &recovery.order;
		let finaliser = &node.finaliser;
		let state = finaliser.check_order(&recovery);
		// The board after the block that the order names, if its state is here; otherwise the board after the last
		// final block, which may differ.
		let of = finaliser.board_after(order.block_hash).map(|board| (order.height, board)).or_else(|_| {
			let head = finaliser.finalised();
			finaliser.board_after(head.hash).map(|board| (head.height, board))
		});
		let (height, board) = of.map_err(failed)?;
		let signers = recovery.signatures.iter().filter(|(account, _)| board.contains(account)).count();
		let count = format!(
			"{signers} of the board's {} members have signed, {} must (board after block {height})",
			board.len(),
			signers_needed(board.len()),
		);
		match state.map_err(|error| Error::Input(format!("the order does not hold here: {error}; {count}")))? {
			OrderState::InForce(_) => print(&format!(
				"The order holds: {count}.\nBlock {} is this node's last final one; with the order, set {} decides the next.",
				order.height,
				order.set_id.next(),
			)),
			OrderState::Done => print(&format!("The order has been carried out in block {}.", order.height.next())),
			OrderState::Waits => Err(Error::Input(format!(
				"the order is for block {}, and this node's last final one is {}; let it sync first, without the order; {count}",
				order.height,
				finaliser.finalised(),
			))),
		}
	}
}

/// The text to sign, and the same as hex for wallets whose input field takes one line.
fn to_sign(order: &RecoveryOrder) -> String {
	let payload = order.payload();
	let hex = file::hex(payload.as_bytes());
	format!(
		"\n--- to sign: the text between the lines, without a line break at its end\n{payload}\n--- the same as hex\n{hex}"
	)
}

fn print(text: &str) -> Result<()> {
	// A reader may have closed the pipe.
	writeln!(std::io::stdout(), "{text}")?;
	Ok(())
}

fn failed(error: impl std::fmt::Display) -> Error {
	Error::Input(error.to_string())
}
