//! Writes the corpus of the decoders anew: `cargo test --locked --release --workspace --test seeds -- --ignored`.

use codec::Encode;
use std::{
	collections::{BTreeMap, BTreeSet, VecDeque},
	fs,
	path::{Path, PathBuf},
	sync::{atomic::AtomicBool, Arc},
};
use syndic_fuzz::{
	decoders::ALL,
	keys::{key, ToyKeys},
};
use syndic_pbft::{Config, Input, Machine, Message, Output, Record, Timer, TimerKind, Verdict};
use syndic_primitives::{
	block::Header, digest::ConsensusLog, Attestation, BlockAttestations, BlockHash, Equivocation, Height, Parameters,
	Phase, RosterIndex, Rules, SetId, ValidatorSet, ValidatorSignature,
};

fn write(decoder: &str, name: &str, bytes: &[u8]) {
	let choice = ALL.iter().position(|(known, _)| *known == decoder).expect("a decoder of this name") as u8;
	let path = PathBuf::from(format!("corpus/decoders/{decoder}-{name}"));
	fs::write(path, [&[choice], bytes].concat()).expect("the corpus can be written");
}

fn golden() {
	let dir = Path::new("../pbft/golden");
	for entry in fs::read_dir(dir).expect("golden files are there") {
		let path = entry.expect("they can be listed").path();
		let name = path.file_stem().and_then(|stem| stem.to_str()).expect("their names are text");
		let hex = fs::read_to_string(&path).expect("they can be read");
		let hex = hex.trim();
		let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("they are hexadecimal");
		let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
		match name.strip_prefix("record-") {
			Some(record) => write("record", record, &bytes),
			None if name.starts_with("payload") => {}
			None => write("message", name, &bytes),
		}
	}
}

/// Runs four machines with two heights in progress for 4,000 inputs. The commits of view 0 are lost, so that there is a
/// view change. Returns the messages and the records of all machines.
fn recorded() -> (Vec<Message>, Vec<Record>) {
	let genesis = BlockHash::repeat_byte(0xee);
	let set = ValidatorSet::new(SetId(0), Height(1), (0..4).map(key).collect()).expect("four distinct members");
	let parameters = Parameters { pipeline_depth: 2, leader_period: 1, ..Parameters::default() };
	let rules = Rules { set, parameters, until: None };
	let (mut messages, mut records) = (Vec::new(), Vec::new());
	let mut blocks = BTreeMap::<BlockHash, Header>::new();
	let mut timers = vec![BTreeMap::<TimerKind, Timer>::new(); 4];
	let mut queue = VecDeque::<(usize, Input)>::new();
	let mut machines: Vec<Machine<ToyKeys>> = (0..4)
		.map(|number| {
			let keys = ToyKeys { id: key(number), present: Arc::new(AtomicBool::new(true)) };
			let committed = (Height(0), genesis, None);
			Machine::new(Config { genesis, keys, committed, rules: rules.clone(), records: vec![] }).0
		})
		.collect();
	for node in 0..4 {
		(0..4).for_each(|other| queue.push_back((node, Input::PeerConnected(key(other)))));
		queue.push_back((node, Input::Work(true)));
	}
	for _ in 0..4_000 {
		let Some((node, input)) = queue.pop_front() else {
			for (node, running) in timers.iter_mut().enumerate() {
				queue.extend(std::mem::take(running).into_values().map(|timer| (node, Input::Timer(timer))));
			}
			continue;
		};
		for output in machines[node].handle(input) {
			match output {
				Output::Persist(record) => records.push(record),
				Output::Broadcast(message) | Output::Send(_, message) => {
					let lost =
						matches!(&message, Message::Vote(v) if v.vote.phase == Phase::Commit && v.vote.view.0 == 0);
					if !lost {
						let others = (0..4).filter(|other| *other != node);
						queue.extend(others.map(|other| (other, Input::Message(message.clone()))));
					}
					messages.push(message);
				}
				Output::Build { height, view, parent } => {
					let extrinsics_root = BlockHash::repeat_byte(view.0 as u8);
					let state_root = BlockHash::repeat_byte(node as u8);
					let header = Header {
						parent_hash: parent,
						number: height.0,
						state_root,
						extrinsics_root,
						digest: Default::default(),
					};
					blocks.insert(header.hash(), header.clone());
					queue.push_back((node, Input::Built { view, header: Box::new(header) }));
				}
				Output::Validate { height, block_hash, parent, .. } => {
					let verdict = Verdict::Valid(Box::new(blocks[&block_hash].clone()));
					queue.push_back((node, Input::Validated { height, block_hash, parent, verdict }));
				}
				Output::Commit { certificate, .. } => queue.push_back((
					node,
					Input::Finalised {
						height: certificate.height(),
						block_hash: certificate.block_hash(),
						certificate: Some(certificate),
						between: Vec::new(),
						next: rules.clone(),
					},
				)),
				Output::SetTimer(timer, _) => drop(timers[node].insert(timer.kind(), timer)),
				Output::ClearTimer(kind) => drop(timers[node].remove(&kind)),
				_ => {}
			}
		}
	}
	(messages, records)
}

#[test]
#[ignore = "writes into the checkout"]
fn the_corpus_of_the_decoders() {
	golden();
	let (messages, records) = recorded();
	let mut kinds = BTreeMap::<&str, BTreeSet<Vec<u8>>>::new();
	for message in &messages {
		kinds.entry(message.name()).or_default().insert(message.encode());
	}
	assert!(kinds.contains_key("new-view") && kinds.contains_key("commit"), "{:?}", kinds.keys());
	for (name, all) in kinds {
		// The shortest and the longest message of each kind.
		let shortest = all.iter().min_by_key(|bytes| bytes.len()).into_iter();
		for (at, bytes) in shortest.chain(all.iter().max_by_key(|bytes| bytes.len())).enumerate() {
			write("message", &format!("recorded-{name}-{at}"), bytes);
		}
	}
	let find =
		|wanted: fn(&Record) -> bool| records.iter().find(|record| wanted(record)).expect("a record of each kind");
	write("record", "recorded-lock", &find(|r| matches!(r, Record::Locked(_))).encode());
	if let Record::Locked(lock) = find(|r| matches!(r, Record::Locked(_))) {
		write("prepared-block", "recorded", &lock.encode());
		write("certificate", "recorded", &lock.certificate.encode());
		write("vote", "recorded", &lock.certificate.vote.encode());
		let mut header = lock.header.clone();
		let members = (0..4).map(key).collect();
		let log = ConsensusLog::SetChange { id: SetId(1), since: Height(9), members };
		header.digest.push(log.to_digest_item());
		write("header", "with-a-set-change", &header.encode());
		write("consensus-log", "set-change", &log.encode());
	}
	let votes = messages.iter().filter_map(|m| if let Message::Vote(vote) = m { Some(vote.clone()) } else { None });
	let mut votes = votes.take(2);
	let (first, second) = (votes.next().expect("a vote"), votes.next().expect("another one"));
	write("signed-vote", "recorded", &first.encode());
	write("equivocation", "recorded", &Equivocation { first, second }.encode());
	write("validator-set", "of-four", &(SetId(1), Height(9), (0..4).map(key).collect::<Vec<_>>()).encode());
	write("parameters", "default", &Parameters::default().encode());
	let block = Attestation { height: Height(12), block_hash: BlockHash::repeat_byte(7) };
	let signature = |n: u8| ValidatorSignature::from(sp_core::ed25519::Signature::from_raw([n; 64]));
	let attestations = vec![(RosterIndex(0), signature(5)), (RosterIndex(3), signature(6))];
	write("block-attestations", "of-two", &BlockAttestations { block, attestations }.encode());
}
