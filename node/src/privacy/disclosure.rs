//! Commands for officers of a panel: request, approve, release shares, disclose.

use super::{
	chain::{commitment, Found},
	keys::{rng, KeyArgs},
	open::{cheated, write_payload},
};
use crate::remote::{Remote, RemoteArgs, SignerArgs};
use pallet_privacy::types::{Disclosure, Panel, Status};
use sc_cli::{Error, Result};
use sp_core::H256;
use std::path::PathBuf;
use syndic_envelope::{combine, open, release, unwrap_release, unwrap_share, SecretKey, Share};
use syndic_runtime::{AccountId, BlockNumber, Runtime, RuntimeEvent};

/// `privacy request`
#[derive(Debug, clap::Args)]
pub struct RequestCmd {
	/// The commitment to the payload.
	#[arg(long, value_name = "HASH", value_parser = commitment)]
	commitment: H256,

	/// The panel: the number of the regulator.
	#[arg(long, value_name = "NUMBER")]
	panel: u32,

	/// The open case in which it is asked for.
	#[arg(long, value_name = "NUMBER")]
	case: u32,

	/// The legal ground, 1 to 256 bytes. It stands on the chain for everybody.
	#[arg(long, value_name = "TEXT")]
	ground: String,

	/// The height until which others can approve.
	#[arg(long, value_name = "HEIGHT")]
	until: BlockNumber,

	#[command(flatten)]
	signer: SignerArgs,

	#[command(flatten)]
	remote: RemoteArgs,
}

impl RequestCmd {
	/// Prints the number of the request.
	pub async fn run(&self) -> Result<()> {
		let pair = self.signer.pair()?;
		let remote = Remote::connect(&self.remote).await?;
		let call = pallet_privacy::Call::<Runtime>::request_disclosure {
			commitment: self.commitment,
			panel: self.panel,
			case: self.case,
			ground: self.ground.clone().into_bytes(),
			until: self.until,
		};
		let events = remote.submit(&pair, call).await?;
		let asked = events.iter().find_map(|event| match event {
			RuntimeEvent::Privacy(pallet_privacy::Event::DisclosureRequested { request, .. }) => Some(*request),
			_ => None,
		});
		let request = asked.ok_or_else(|| Error::Input("the chain has not said the number of the request".into()))?;
		println!("{request}");
		Ok(())
	}
}

/// `privacy approve`
#[derive(Debug, clap::Args)]
pub struct ApproveCmd {
	/// The number of the request.
	#[arg(long, value_name = "NUMBER")]
	request: u32,

	#[command(flatten)]
	signer: SignerArgs,

	#[command(flatten)]
	remote: RemoteArgs,
}

impl ApproveCmd {
	/// Prints what was approved, and whether the payload is open now.
	pub async fn run(&self) -> Result<()> {
		let pair = self.signer.pair()?;
		let remote = Remote::connect(&self.remote).await?;
		let asked = remote.disclosure(self.request).await?;
		let call = pallet_privacy::Call::<Runtime>::approve_disclosure { request: self.request };
		let events = remote.submit(&pair, call).await?;
		let opened = events
			.iter()
			.any(|event| matches!(event, RuntimeEvent::Privacy(pallet_privacy::Event::DisclosureOpened { .. })));
		let outcome = if opened { "The opening is on the chain." } else { "More approvals are needed." };
		println!("Approved: {:?}, asked for by {}. {outcome}", asked.commitment, asked.requester);
		Ok(())
	}
}

/// A request that was opened, the envelope that it is for, and the panel.
struct Opening {
	disclosure: Disclosure<AccountId, BlockNumber>,
	found: Found,
	panel: Panel<AccountId, BlockNumber>,
}

impl Opening {
	/// Reads all parts from final blocks.
	async fn read(remote: &Remote, request: u32) -> Result<Self> {
		let disclosure = remote.disclosure(request).await?;
		if !matches!(disclosure.status, Status::Opened(_)) {
			return Err(Error::Input(format!("request {request} is not approved by enough officers")));
		}
		let found = remote.envelope(disclosure.commitment).await?;
		let panel = remote.panel(disclosure.panel, disclosure.version).await?;
		Ok(Self { disclosure, found, panel })
	}

	/// The share that was wrapped for the officer's key `key`.
	async fn own_share(&self, remote: &Remote, key: &SecretKey) -> Result<Share> {
		let number = self.disclosure.panel;
		let points = self.found.points(number)?;
		for (index, officer) in self.panel.officers.iter().enumerate() {
			if remote.encryption_key(&officer.account, officer.key_version).await? == key.public() {
				let shares = self.found.envelope.panel(number).map(|panel| &panel.shares);
				let wrap = shares.and_then(|shares| shares.get(index));
				let wrap = wrap.ok_or_else(|| Error::Input(format!("there is no share {index} in this envelope")))?;
				return unwrap_share(&self.found.context, number, index as u32, key, wrap, points)
					.map_err(|error| cheated(&error, &format!("officer:{number}:{index}")));
			}
		}
		Err(Error::Input("this key is of none of the panel's officers".into()))
	}
}

/// `privacy release`
#[derive(Debug, clap::Args)]
pub struct ReleaseCmd {
	/// The number of the request.
	#[arg(long, value_name = "NUMBER")]
	request: u32,

	#[command(flatten)]
	key: KeyArgs,

	#[command(flatten)]
	signer: SignerArgs,

	#[command(flatten)]
	remote: RemoteArgs,
}

impl ReleaseCmd {
	/// Releases the share, if the opening is final.
	pub async fn run(&self) -> Result<()> {
		let (key, pair) = (self.key.read()?, self.signer.pair()?);
		let remote = Remote::connect(&self.remote).await?;
		let opening = Opening::read(&remote, self.request).await?;
		let Disclosure { requester, key_version, .. } = &opening.disclosure;
		let share = opening.own_share(&remote, &key).await?;
		let to = remote.encryption_key(requester, *key_version).await?;
		let wrap = release(&opening.found.context, self.request, &share, &to, &mut rng())
			.map_err(|error| Error::Input(error.to_string()))?;
		let call = pallet_privacy::Call::<Runtime>::release_share { request: self.request, wrap };
		remote.submit(&pair, call).await?;
		println!("The share of officer {} is released to {requester}.", share.index());
		Ok(())
	}
}

/// `privacy disclose`
#[derive(Debug, clap::Args)]
pub struct DiscloseCmd {
	/// The number of the request.
	#[arg(long, value_name = "NUMBER")]
	request: u32,

	/// Where the payload is written; there must be no such file. Standard output, if none is named.
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,

	/// The file with the key that shares were released to, if the officer has changed keys since the envelope was sealed.
	#[arg(long, value_name = "FILE")]
	released_to: Option<PathBuf>,

	#[command(flatten)]
	key: KeyArgs,

	#[command(flatten)]
	remote: RemoteArgs,
}

impl DiscloseCmd {
	/// Writes the payload.
	pub async fn run(&self) -> Result<()> {
		let key = self.key.read()?;
		let released_to = match &self.released_to {
			Some(file) => KeyArgs::of(file.clone()).read()?,
			None => key.clone(),
		};
		let remote = Remote::connect(&self.remote).await?;
		let opening = Opening::read(&remote, self.request).await?;
		let Opening { disclosure, found, panel } = &opening;
		let points = found.points(disclosure.panel)?;
		let mut shares = vec![opening.own_share(&remote, &key).await?];
		for given in &disclosure.releases {
			let unwrapped =
				unwrap_release(&found.context, self.request, given.officer, &released_to, &given.wrap, points);
			match unwrapped {
				Ok(share) => shares.push(share),
				Err(error) => eprintln!("The share of officer {} is of no use: {error}", given.officer),
			}
		}
		let secret = combine(&shares, usize::from(panel.threshold), &found.envelope.key_point)
			.map_err(|error| Error::Input(error.to_string()))?;
		let ciphertext = remote.ciphertext(disclosure.commitment).await?;
		let opened =
			open(&found.context, &secret, &found.envelope.ciphertext_hash.0, &ciphertext).map_err(|error| {
				Error::Input(format!(
				"{error}. If the ciphertext is the one of the envelope, prove it with `syndic privacy accuse-payload`"
			))
			})?;
		write_payload(self.out.as_ref(), &opened.payload)
	}
}
