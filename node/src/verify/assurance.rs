//! `syndic verify-assurance`.

use super::{not_proven, Question};
use sc_cli::Result;
use serde_json::{json, Value};
use syndic_light::{
	assurance::{By, LevelAnswer, SeatAnswer, WitnessAnswer},
	verify_assurance, AssuranceAnswer, VerifiedAssurance,
};

/// `verify-assurance`
#[derive(Debug, clap::Args)]
pub struct VerifyAssuranceCmd {
	#[command(flatten)]
	question: Question,
}

impl VerifyAssuranceCmd {
	/// Prints what is proven, or fails with what is wrong.
	pub fn run(&self) -> Result<()> {
		let answer: AssuranceAnswer = self.question.answer()?;
		let set = self.question.set()?;
		let verified = verify_assurance(self.question.genesis(), &set, &answer).map_err(not_proven)?;
		self.question.print(|| as_text(&verified), || as_json(&verified))
	}
}

fn as_json(verified: &VerifiedAssurance) -> Value {
	let level = |level: &LevelAnswer| {
		json!({
			"level": level.level,
			"reached": level.reached,
			"present": level.count.present,
			"of": level.count.of,
			"needed": level.count.needed,
		})
	};
	json!({
		"block": verified.block,
		"setId": verified.certificate.set_id(),
		"levels": verified.levels.iter().map(level).collect::<Vec<_>>(),
		"present": verified.present,
		"missing": verified.missing,
	})
}

fn as_text(verified: &VerifiedAssurance) -> String {
	let certificate = &verified.certificate;
	let mut lines = vec![format!(
		"Block:   {} {:?}, committed by {} members of set {}",
		verified.block.height,
		verified.block.hash,
		certificate.signatures.len(),
		certificate.set_id()
	)];
	for LevelAnswer { level, reached, count, .. } in &verified.levels {
		let reached = if *reached { "reached" } else { "not reached" };
		lines.push(format!(
			"Level:   {:<12} {reached}: {} of {}, {} needed",
			level.name(),
			count.present,
			count.of,
			count.needed
		));
	}
	lines.extend(verified.present.iter().map(|one| format!("Present: {}", witness(one))));
	lines.extend(verified.missing.iter().map(|one| format!("Missing: {}", witness(one))));
	lines.join("\n")
}

fn witness(witness: &WitnessAnswer) -> String {
	let seat = match witness.seat {
		SeatAnswer::Validator => "validator",
		SeatAnswer::Observer => "observer",
	};
	let whose = match (witness.institution, witness.regulator) {
		(Some(institution), true) => format!(" of regulator {institution}"),
		(Some(institution), false) => format!(" of institution {institution}"),
		(None, _) => String::new(),
	};
	let by = match witness.by {
		Some(By::Commit) => ", by commit",
		Some(By::Attestation) => ", by attestation",
		Some(By::Both) => ", by commit and attestation",
		None => "",
	};
	format!("{} {:?}, {seat}{whose}{by}", witness.index, witness.key)
}
