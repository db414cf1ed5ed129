//! How the binary ends: a success leaves no line that looks like an error, and a failure leaves exactly one error line.

mod common;

use common::{run, Node};
use std::{
	path::Path,
	process::Command,
	sync::atomic::{AtomicBool, Ordering},
	thread,
};

/// Number of starts that fail, on a busy machine.
const FAILING_STARTS: usize = 30;

/// How many of these starts run at a time.
const AT_A_TIME: usize = 3;

fn text(path: &Path) -> &str {
	path.to_str().unwrap()
}

/// Fails if a line of the log reports a failure.
fn calm(log: &str, of: &str) {
	let is_alarm = |line: &&str| ["error", "failed", "panicked"].iter().any(|word| line.to_lowercase().contains(word));
	let alarms: Vec<_> = log.lines().filter(is_alarm).collect();
	assert!(alarms.is_empty(), "{of}: {alarms:#?} in:\n{log}");
}

/// Keeps every core busy until it is dropped.
struct Load<'s>(&'s AtomicBool);

impl<'s> Load<'s> {
	fn start<'e>(scope: &'s thread::Scope<'s, 'e>, over: &'s AtomicBool) -> Self {
		let cores = thread::available_parallelism().map_or(1, usize::from);
		for _ in 0..2 * cores {
			scope.spawn(|| {
				while !over.load(Ordering::Relaxed) {
					std::hint::spin_loop();
				}
			});
		}
		Self(over)
	}
}

impl Drop for Load<'_> {
	fn drop(&mut self) {
		self.0.store(true, Ordering::Relaxed);
	}
}

#[test]
fn a_node_that_is_told_to_stop_logs_no_error() {
	let dir = tempfile::tempdir().unwrap();
	let over = AtomicBool::new(false);
	thread::scope(|scope| {
		let _load = Load::start(scope, &over);
		for height in 1..=5 {
			let mut node = Node::start(dir.path(), &["--dev"]);
			node.reach(height);
			calm(&node.stop(), "a node");
		}
		// A node that follows and has never had a peer logs no failure either.
		calm(&Node::start(dir.path(), &["--chain", "dev"]).stop(), "a full node");
	});
}

#[test]
fn a_command_that_succeeds_logs_no_error() {
	let dir = tempfile::tempdir().unwrap();
	let (base, other) = (dir.path().join("base"), dir.path().join("other"));
	let (binary, json) = (dir.path().join("blocks.bin"), dir.path().join("blocks.json"));
	let order = dir.path().join("order.json");
	let alice = "0x88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee";
	let mut node = Node::start(&base, &["--dev"]);
	node.reach(4);
	node.stop();

	let commands: [(&[&str], &Path); 12] = [
		(&["chain-info"], &base),
		(&["export-blocks", text(&binary), "--binary"], &base),
		(&["export-blocks", text(&json)], &base),
		(&["export-state"], &base),
		(&["check-block", "2"], &base),
		(&["check-block", "4"], &base),
		(&["import-blocks", text(&binary), "--binary"], &other),
		// A second import: every block exists already.
		(&["import-blocks", text(&json)], &other),
		(&["revert", "1"], &base),
		(&["recovery", "draft", "--members", alice, "--output", text(&order)], &base),
		(&["purge-chain", "-y"], &other),
		(&["build-spec"], &base),
	];
	for (args, base) in commands {
		let mut args = args.to_vec();
		args.extend(["--chain", "dev", "--base-path", text(base)]);
		let output = run(&args);
		let log = String::from_utf8_lossy(&output.stderr);
		assert!(output.status.success(), "{args:?}: {log}");
		calm(&log, &format!("{args:?}"));
	}
}

/// The engine refuses the vote log when all other parts of the node run already.
#[test]
fn a_start_that_fails_ends_with_its_one_error_line() {
	let dir = tempfile::tempdir().unwrap();
	let first = dir.path().join("0");
	let mut node = Node::start(&first, &["--dev"]);
	node.reach(2);
	node.stop();
	let over = AtomicBool::new(false);
	thread::scope(|scope| {
		let _load = Load::start(scope, &over);
		let starts: Vec<_> = (1..=AT_A_TIME)
			.map(|number| {
				let base = dir.path().join(number.to_string());
				assert!(Command::new("cp").arg("-r").args([&first, &base]).status().unwrap().success());
				thread::Builder::new()
					.spawn_scoped(scope, move || {
						for _ in 0..FAILING_STARTS / AT_A_TIME {
							let (code, log) = Node::spawn(&base, &["--chain", "dev", "--bob"]).ended();
							let lines: Vec<_> = log.lines().filter(|line| line.starts_with("error: ")).collect();
							assert_eq!((code, lines.len()), (Some(1), 1), "{log}");
							assert!(
								log.lines().last() == Some(lines[0]) && lines[0].contains("the consensus log"),
								"{log}"
							);
							assert!(!log.contains("panicked"), "{log}");
						}
					})
					.unwrap()
			})
			.collect();
		starts.into_iter().for_each(|start| start.join().unwrap());
	});
}
