//! Reads a file line by line, with a bound on the length of a line.

use super::{CheckError, Fault};
use std::{
	fs::File,
	io::{BufRead, BufReader, Read},
	path::Path,
};

pub(super) struct Lines {
	name: &'static str,
	bound: u64,
	file: BufReader<File>,
	line: u64,
}

impl Lines {
	pub fn open(path: &Path, name: &'static str, bound: u64) -> Result<Self, CheckError> {
		let file = File::open(path).map_err(|error| CheckError::new(name, None, error.into()))?;
		Ok(Self { name, bound, file: BufReader::new(file), line: 0 })
	}

	/// The next line, without its end.
	pub fn next(&mut self) -> Result<Option<Vec<u8>>, CheckError> {
		let mut line = Vec::new();
		self.line += 1;
		let read = (&mut self.file).take(self.bound + 1).read_until(b'\n', &mut line);
		match read.map_err(|error| self.fault(error.into()))? {
			0 => Ok(None),
			_ if line.last() == Some(&b'\n') => {
				line.pop();
				Ok(Some(line))
			}
			_ if line.len() as u64 > self.bound => Err(self.fault(Fault::TooLong { bound: self.bound })),
			_ => Err(self.fault(Fault::CutOff)),
		}
	}

	/// An error about the line that was read last.
	pub fn fault(&self, fault: Fault) -> CheckError {
		CheckError::new(self.name, Some(self.line), fault)
	}
}
