//! `syndic-sim committee`: what a committee costs, by the number of registered validators.

use std::process::ExitCode;
use syndic_primitives::Dissemination;
use syndic_simulator::{
	audit::Audit,
	committee::{measure, relative, Measured, Scale, TOLERANCE},
};

/// Measures each number of registered validators, for both ways of dissemination, and prints tables in Markdown. Fails
/// if a figure of the committee differs by more than [`TOLERANCE`] from that of a committee without a crowd.
pub fn committee(committee: u16, registered: &[u16], blocks: u32, block_period: u32, uplink: u64) -> ExitCode {
	let (committee, mut wrong) = (usize::from(committee), Vec::new());
	let collectors = syndic_primitives::set::max_faulty(committee) as u32 + 1;
	for dissemination in [Dissemination::Broadcast, Dissemination::Collector { k: collectors }] {
		println!("A committee of {committee}, votes by {dissemination:?}, {blocks} blocks, one in {block_period} ms, uplinks of {} Mbit/s:\n", uplink * 8 / 1_000);
		println!(
			"| registered | messages a block | bytes a block | commit latency, mean | 99 % | farthest from the first |"
		);
		println!("|---:|---:|---:|---:|---:|---:|");
		let mut seen: Vec<(usize, Measured)> = Vec::new();
		for registered in [committee].into_iter().chain(registered.iter().map(|n| usize::from(*n))) {
			if registered < committee || seen.iter().any(|(before, _)| *before == registered) {
				continue;
			}
			let scale = Scale { blocks, block_period, uplink, ..Scale::of(committee, registered, dissemination) };
			let measured = match measure(&scale, Audit::default()) {
				Ok(measured) => measured,
				Err(violation) => {
					wrong.push(format!("{registered} registered: {violation}"));
					continue;
				}
			};
			let base = seen.first().map_or(&measured, |(_, base)| base);
			let changes = [
				relative(measured.messages, base.messages),
				relative(measured.bytes, base.bytes),
				relative(measured.latency, base.latency),
				relative(measured.latency_99, base.latency_99),
			];
			let farthest = changes.into_iter().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(0.0);
			println!(
				"| {registered} | {:.1} | {:.0} | {:.1} ms | {:.1} ms | {:+.2} % |",
				measured.messages,
				measured.bytes,
				measured.latency,
				measured.latency_99,
				farthest * 100.0
			);
			wrong
				.extend(measured.differs_from(base).into_iter().map(|what| format!("{registered} registered: {what}")));
			seen.push((registered, measured));
		}
		println!(
			"\nBy message, for {committee} registered: {}",
			seen.first().map_or(String::new(), |(_, base)| kinds(base))
		);
		println!("\nBeside the consensus, all nodes together:\n");
		println!("| registered | messages of blocks | bytes of them | messages of attestations | bytes of them | last node has the block after | 99 % know of two thirds after |");
		println!("|---:|---:|---:|---:|---:|---:|---:|");
		for (registered, measured) in &seen {
			let ((blocks, block_bytes), (attestations, attested_bytes)) = (measured.block_path, measured.attestations);
			println!(
				"| {registered} | {blocks:.0} | {block_bytes:.0} | {attestations:.0} | {attested_bytes:.0} | {:.0} ms | {:.0} ms |",
				measured.spread, measured.assured_99,
			);
		}
		println!();
	}
	wrong.iter().for_each(|what| println!("{what}"));
	if wrong.is_empty() {
		println!("Nothing that concerns the committee differs by more than {:.0} %.", TOLERANCE * 100.0);
	}
	ExitCode::from(u8::from(!wrong.is_empty()))
}

/// What members sent each other for a block, by message.
fn kinds(measured: &Measured) -> String {
	let per_block = |count: u64| count as f64 / f64::from(measured.blocks);
	let kinds = measured.kinds.iter().map(|(name, traffic)| {
		format!("{name} {:.1} of {} bytes", per_block(traffic.messages), traffic.bytes / traffic.messages.max(1))
	});
	kinds.collect::<Vec<_>>().join(", ")
}
