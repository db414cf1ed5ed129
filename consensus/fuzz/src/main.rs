//! Packs and unpacks the corpus of a target, for `scripts/fuzz` and by hand.

use std::{path::Path, process::ExitCode};
use syndic_fuzz::corpus;

const USAGE: &str = "\
Usage:
  fuzz-corpus unpack CORPUS DIR   write each input of CORPUS to a file in DIR
  fuzz-corpus pack CORPUS DIR     append each file in DIR whose input is new to the pack of CORPUS

CORPUS is the folder of a target's named inputs, such as consensus/fuzz/corpus/machine. Its pack lies beside it, as
consensus/fuzz/corpus/machine.hex.";

fn main() -> ExitCode {
	let args: Vec<String> = std::env::args().skip(1).collect();
	let args: Vec<&str> = args.iter().map(String::as_str).collect();
	let (command, dir, other) = match args[..] {
		[command @ ("pack" | "unpack"), dir, other] => (command, Path::new(dir), Path::new(other)),
		["-h" | "--help"] => {
			println!("{USAGE}");
			return ExitCode::SUCCESS;
		}
		_ => {
			eprintln!("{USAGE}");
			return ExitCode::from(2);
		}
	};
	// A mistyped folder must fail: it would be read as an empty one.
	let read = if command == "pack" { [dir, other] } else { [dir, dir] };
	if let Some(missing) = read.into_iter().find(|folder| !folder.is_dir()) {
		eprintln!("error: {} is not a folder", missing.display());
		return ExitCode::FAILURE;
	}
	let done = match command {
		"pack" => corpus::pack(dir, other).map(|count| (count, "new inputs packed into", corpus::pack_path(dir))),
		_ => corpus::unpack(dir, other).map(|count| (count, "inputs written to", other.to_owned())),
	};
	match done {
		Ok((count, what, path)) => {
			println!("{count} {what} {}", path.display());
			ExitCode::SUCCESS
		}
		Err(error) => {
			eprintln!("error: {command} {}: {error}", other.display());
			ExitCode::FAILURE
		}
	}
}
