//! Computes a block's rows from its proven values, and from nothing else, so that everybody who has the proof gets the
//! same rows.

use crate::{
	events::{describe, pallet_of, ss58, Described, EventError},
	facts::{Event, Facts},
	rows::{Content, EventRow, Handle, LargeTransfer, Member, Participation, Row, Volume},
};
use frame_system::{Event as SystemEvent, Phase};
use pallet_identity::types::InstitutionId;
use std::collections::BTreeMap;
use syndic_primitives::{BlockHash, Certificate, Height, SignerIndex, ValidatorSet};
use syndic_runtime::RuntimeEvent;

/// A block, and everything from which its rows are computed.
#[derive(Clone, Debug)]
pub struct ProvenBlock {
	/// The block's height.
	pub height: Height,
	/// The block's hash.
	pub hash: BlockHash,
	/// The block's commit certificate.
	pub certificate: Certificate,
	/// The set that decided the block.
	pub set: ValidatorSet,
	/// The values of the block's state.
	pub facts: Facts,
}

/// The rows of a block, in this order: the members that committed it; the volume of accounts without an identity and
/// then of each institution, ascending; the events, in the block's order.
pub fn rows(block: &ProvenBlock) -> Result<Vec<Row>, EventError> {
	let mut contents = vec![Content::Participation(participation(&block.set, &block.certificate))];
	contents.extend(volumes(&block.facts).into_iter().map(Content::Volume));
	for (index, event) in (0u32..).zip(&block.facts.events) {
		contents.extend(of_event(index, event, &block.facts)?);
	}
	let row = |(index, content)| Row {
		height: block.height,
		hash: block.hash,
		time: block.facts.time,
		content,
		proof: Handle { block: block.hash, index },
	};
	Ok((0u32..).zip(contents).map(row).collect())
}

fn participation(set: &ValidatorSet, certificate: &Certificate) -> Participation {
	let signed = |index: &SignerIndex| certificate.signatures.iter().any(|(signer, _)| signer == index);
	let member = |index: &SignerIndex| {
		let key = set.member(*index).map(|key| sp_core::bytes::to_hex(key.as_ref(), false));
		Member { index: *index, key: key.unwrap_or_default() }
	};
	// A set has at most 256 members.
	let positions = (0..set.size() as u16).map(SignerIndex);
	let (signers, missing): (Vec<_>, Vec<_>) = positions.partition(signed);
	Participation {
		set_id: certificate.set_id(),
		view: certificate.view(),
		signers: signers.iter().map(member).collect(),
		missing: missing.iter().map(member).collect(),
	}
}

#[derive(Default)]
struct Sum {
	count: u32,
	amount: u128,
}

impl Sum {
	fn add(&mut self, amount: u128) {
		self.count = self.count.saturating_add(1);
		self.amount = self.amount.saturating_add(amount);
	}
}

fn volumes(facts: &Facts) -> Vec<Volume> {
	let mut moved: BTreeMap<Option<InstitutionId>, (Sum, Sum)> = BTreeMap::new();
	for event in &facts.events {
		if let RuntimeEvent::Balances(pallet_balances::Event::Transfer { from, to, amount }) = &event.event {
			moved.entry(facts.institution_of(from)).or_default().0.add(*amount);
			moved.entry(facts.institution_of(to)).or_default().1.add(*amount);
		}
	}
	let volume = |(institution, (sent, received)): (_, (Sum, Sum))| Volume {
		institution,
		sent_count: sent.count,
		sent_amount: sent.amount.to_string(),
		received_count: received.count,
		received_amount: received.amount.to_string(),
	};
	moved.into_iter().map(volume).collect()
}

/// The row of an event, if it is one that a supervisor needs.
fn of_event(index: u32, event: &Event, facts: &Facts) -> Result<Option<Content>, EventError> {
	let extrinsic = match event.phase {
		Phase::ApplyExtrinsic(extrinsic) => Some(extrinsic),
		Phase::Initialization | Phase::Finalization => None,
	};
	if let RuntimeEvent::Balances(inner) = &event.event {
		let (pallet_balances::Event::Transfer { from, to, amount }, Some(threshold)) = (inner, facts.large_transfer)
		else {
			return Ok(None);
		};
		let large = || LargeTransfer {
			event: index,
			extrinsic,
			from: ss58(from),
			from_institution: facts.institution_of(from),
			to: ss58(to),
			to_institution: facts.institution_of(to),
			amount: amount.to_string(),
			threshold: threshold.to_string(),
		};
		return Ok((*amount >= threshold).then(|| Content::LargeTransfer(large())));
	}
	let kind = match &event.event {
		RuntimeEvent::System(SystemEvent::CodeUpdated { .. } | SystemEvent::UpgradeAuthorized { .. }) => {
			Some(Content::Parameters as fn(_) -> _)
		}
		other => pallet_of(other).and_then(kind_of),
	};
	let Some(kind) = kind else { return Ok(None) };
	let Described { pallet, name, fields } = describe(index, &event.event)?;
	Ok(Some(kind(EventRow { event: index, extrinsic, pallet, name, fields })))
}

/// The kind of row that a pallet's events become, by the pallet's name; a runtime without one of these pallets has no
/// such rows.
fn kind_of(pallet: &str) -> Option<fn(EventRow) -> Content> {
	match pallet {
		"Supervision" | "Privacy" => Some(Content::Supervision),
		"Identity" | "Validators" | "Nodes" | "Board" | "Recovery" => Some(Content::Membership),
		"ConsensusConfig" | "Classes" | "Builtin" => Some(Content::Parameters),
		_ => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::field::Field;

	#[test]
	fn pallets_are_told_apart() {
		let kind = |pallet| {
			let row =
				EventRow { event: 0, extrinsic: None, pallet: String::new(), name: String::new(), fields: Field::Null };
			kind_of(pallet).map(|kind| kind(row).kind())
		};
		for (pallet, expected) in [
			("Supervision", Some("supervision")),
			("Privacy", Some("supervision")),
			("Identity", Some("membership")),
			("Validators", Some("membership")),
			("Nodes", Some("membership")),
			("Board", Some("membership")),
			("Recovery", Some("membership")),
			("ConsensusConfig", Some("parameters")),
			("Classes", Some("parameters")),
			("Builtin", Some("parameters")),
			("Utility", None),
			("TransactionPayment", None),
		] {
			assert_eq!(kind(pallet), expected, "{pallet}");
		}
	}
}
