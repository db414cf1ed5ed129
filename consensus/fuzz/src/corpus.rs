//! The corpus of a target: named inputs, each a file in a directory, and all other inputs packed into one file.
//!
//! The pack of `corpus/machine` is `corpus/machine.hex`. Each line is one input, in hexadecimal after `0x`. A pack is only
//! appended to, so that a change of it shows the new inputs and nothing else. `fuzz-corpus` packs and unpacks.

use sp_core::bytes::{from_hex, to_hex};
use std::{
	collections::BTreeSet,
	fs, io,
	path::{Path, PathBuf},
};

/// The pack that belongs to a directory of named inputs.
pub fn pack_path(dir: &Path) -> PathBuf {
	dir.with_extension("hex")
}

/// The inputs of a corpus, each with its place: the files in `dir` by name, then the lines of its pack, as `PACK:LINE`. A
/// directory or a pack that does not exist has no inputs.
///
/// # Panics
/// If the pack cannot be read, or a line of it is not an input.
pub fn inputs(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
	let mut inputs = files(dir);
	let path = pack_path(dir);
	let pack = match fs::read_to_string(&path) {
		Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
		read => read.unwrap_or_else(|error| panic!("{}: {error}", path.display())),
	};
	for (number, line) in (1..).zip(pack.lines()) {
		let place = PathBuf::from(format!("{}:{number}", path.display()));
		let bytes = from_hex(line).ok().filter(|bytes| to_hex(bytes, false) == line);
		let Some(bytes) = bytes else { panic!("{}: must be lower-case hexadecimal after 0x", place.display()) };
		inputs.push((place, bytes));
	}
	inputs
}

/// Writes every input of the corpus in `dir` to a file of its own in `to`. Returns how many there are.
pub fn unpack(dir: &Path, to: &Path) -> io::Result<usize> {
	fs::create_dir_all(to)?;
	let named = files(dir).len();
	let inputs = inputs(dir);
	for (at, (place, bytes)) in inputs.iter().enumerate() {
		let name = if at < named { place.file_name().map(PathBuf::from) } else { None };
		fs::write(to.join(name.unwrap_or_else(|| format!("packed-{:05}", at - named).into())), bytes)?;
	}
	Ok(inputs.len())
}

/// Appends to the pack of `dir` each file in `from` that holds a new input. Returns how many were new.
pub fn pack(dir: &Path, from: &Path) -> io::Result<usize> {
	let mut known: BTreeSet<Vec<u8>> = inputs(dir).into_iter().map(|(_, bytes)| bytes).collect();
	let path = pack_path(dir);
	let mut pack = if path.exists() { fs::read_to_string(&path)? } else { String::new() };
	let mut added = 0;
	for (_, bytes) in files(from) {
		let line = to_hex(&bytes, false);
		if known.insert(bytes) {
			pack.push_str(&line);
			pack.push('\n');
			added += 1;
		}
	}
	if added > 0 {
		fs::write(path, pack)?;
	}
	Ok(added)
}

/// The files in a directory with what they hold, by name.
fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
	let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
	let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
	paths.sort();
	paths.into_iter().filter_map(|path| fs::read(&path).ok().map(|bytes| (path, bytes))).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	/// An empty directory of a test's own.
	fn empty_dir(name: &str) -> PathBuf {
		let dir = std::env::temp_dir().join(format!("syndic-fuzz-{name}-{}", std::process::id()));
		let _ = fs::remove_dir_all(&dir);
		fs::create_dir_all(&dir).unwrap();
		dir
	}

	fn contents(inputs: Vec<(PathBuf, Vec<u8>)>) -> Vec<Vec<u8>> {
		inputs.into_iter().map(|(_, bytes)| bytes).collect()
	}

	#[test]
	fn a_pack_gives_back_each_new_input_once_and_in_order() {
		let dir = empty_dir("pack");
		let (corpus, found, out) = (dir.join("target"), dir.join("found"), dir.join("out"));
		fs::create_dir_all(&corpus).unwrap();
		fs::create_dir_all(&found).unwrap();
		fs::write(corpus.join("a-name"), [7]).unwrap();
		let every_byte: Vec<u8> = (0..=255).collect();
		for (at, bytes) in [&[][..], &[7], &every_byte, b"\r\n", &[0, 0], b"\r\n"].iter().enumerate() {
			fs::write(found.join(at.to_string()), bytes).unwrap();
		}
		assert_eq!(pack(&corpus, &found).unwrap(), 4);
		let expected = vec![vec![7], vec![], every_byte.clone(), b"\r\n".to_vec(), vec![0, 0]];
		assert_eq!(contents(inputs(&corpus)), expected);
		assert_eq!(inputs(&corpus)[2].0, PathBuf::from(format!("{}:2", dir.join("target.hex").display())));

		// Packed inputs are known, and new inputs go to the end.
		assert_eq!(pack(&corpus, &found).unwrap(), 0);
		fs::write(found.join("0"), [1]).unwrap();
		assert_eq!(pack(&corpus, &found).unwrap(), 1);
		assert_eq!(contents(inputs(&corpus)), [&expected[..], &[vec![1]]].concat());

		assert_eq!(unpack(&corpus, &out).unwrap(), 6);
		assert_eq!(contents(files(&out)), contents(inputs(&corpus)));
		assert_eq!(fs::read(out.join("a-name")).unwrap(), [7]);
		fs::remove_dir_all(dir).unwrap();
	}

	#[test]
	fn a_line_that_is_not_an_input_is_named() {
		let dir = empty_dir("line");
		let corpus = dir.join("target");
		for line in ["0x1", "0xAB", "ab", "0x0 1", "0xzz", ""] {
			fs::write(pack_path(&corpus), format!("0x00\n{line}\n")).unwrap();
			let panic = std::panic::catch_unwind(|| inputs(&corpus)).unwrap_err();
			let message = panic.downcast_ref::<String>().unwrap();
			assert!(message.contains("target.hex:2: "), "{line}: {message}");
		}
		fs::remove_dir_all(dir).unwrap();
	}

	#[test]
	fn each_target_has_named_and_packed_inputs() {
		for name in ["decoders", "machine"] {
			let dir = Path::new("corpus").join(name);
			let named = files(&dir).len();
			assert!(named > 0 && inputs(&dir).len() > named + 100, "{name}");
		}
	}
}
