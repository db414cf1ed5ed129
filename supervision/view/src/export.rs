//! An export: a directory with the rows of consecutive blocks, and the proofs of all of them.
//!
//! | file | holds |
//! |---|---|
//! | `manifest.json` | the chain, the range of blocks, the number of rows: see [`Manifest`] |
//! | `proofs.jsonl` | a line for each block: a [`BlockProof`] |
//! | `rows.jsonl` | a line for each row: a [`Row`] |
//! | `rows.parquet` | the same rows in columns: see [`parquet`] |
//!
//! An export is written block by block. The manifest is written last: a directory without one is an export that was not
//! finished.

pub mod parquet;

use crate::{proof::BlockProof, rows::Row};
use serde::{Deserialize, Serialize};
use std::{
	fs::{self, File, OpenOptions},
	io::{self, BufWriter, Write},
	path::{Path, PathBuf},
};
use syndic_primitives::{BlockHash, Height};

/// The name of the format that this version writes, as the manifest states it.
pub const FORMAT: &str = "syndic-supervision-export/1";
/// The manifest's name.
pub const MANIFEST: &str = "manifest.json";
/// The name of the file with the proofs.
pub const PROOFS: &str = "proofs.jsonl";
/// The name of the file with the rows, as JSON Lines.
pub const ROWS_JSON: &str = "rows.jsonl";
/// The name of the file with the rows, as Parquet.
pub const ROWS_PARQUET: &str = "rows.parquet";

/// The format of the file with the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Format {
	/// JSON Lines.
	Jsonl,
	/// Parquet.
	Parquet,
}

impl Format {
	/// The file's name.
	pub fn file(self) -> &'static str {
		match self {
			Self::Jsonl => ROWS_JSON,
			Self::Parquet => ROWS_PARQUET,
		}
	}
}

/// The manifest of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
	/// The format's name, [`FORMAT`].
	pub format: String,
	/// The hash of the chain's block 0.
	pub genesis: BlockHash,
	/// The version of the runtime that has made the blocks.
	pub spec_version: u32,
	/// The first block.
	pub from: Height,
	/// The last block.
	pub to: Height,
	/// Number of rows.
	pub rows: u64,
	/// The formats in which the rows are written.
	pub formats: Vec<Format>,
}

/// Why an export could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
	/// A file or directory could not be created or written.
	#[error("{}: {error}", path.display())]
	File {
		/// The file or directory.
		path: PathBuf,
		/// The error of the operating system.
		error: io::Error,
	},
	/// The Parquet file could not be written.
	#[error("{}: {error}", path.display())]
	Parquet {
		/// The file.
		path: PathBuf,
		/// The error of the Parquet writer.
		error: ::parquet::errors::ParquetError,
	},
	/// No format was asked for.
	#[error("no format was asked for, at least one of jsonl and parquet is written")]
	NoFormat,
	/// No block was written.
	#[error("the export has no block")]
	Empty,
}

/// An export that is being written.
pub struct Export {
	directory: PathBuf,
	genesis: BlockHash,
	proofs: Lines,
	json: Option<Lines>,
	parquet: Option<parquet::Writer>,
	range: Option<(Height, Height)>,
	rows: u64,
}

struct Lines {
	path: PathBuf,
	file: BufWriter<File>,
}

impl Export {
	/// Begins an export in a directory, which is created if it does not exist. Existing files of an export are not
	/// overwritten: they are an error.
	pub fn create(directory: &Path, genesis: BlockHash, formats: &[Format]) -> Result<Self, ExportError> {
		if formats.is_empty() {
			return Err(ExportError::NoFormat);
		}
		fs::create_dir_all(directory).map_err(|error| ExportError::File { path: directory.into(), error })?;
		for name in [MANIFEST, PROOFS, ROWS_JSON, ROWS_PARQUET] {
			let path = directory.join(name);
			if path.exists() {
				return Err(ExportError::File { path, error: io::ErrorKind::AlreadyExists.into() });
			}
		}
		let wants = |format| formats.contains(&format);
		Ok(Self {
			directory: directory.into(),
			genesis,
			proofs: Lines::create(directory.join(PROOFS))?,
			json: wants(Format::Jsonl).then(|| Lines::create(directory.join(ROWS_JSON))).transpose()?,
			parquet: wants(Format::Parquet)
				.then(|| parquet::Writer::create(directory.join(ROWS_PARQUET)))
				.transpose()?,
			range: None,
			rows: 0,
		})
	}

	/// Writes the next block.
	pub fn block(&mut self, proof: &BlockProof, rows: &[Row]) -> Result<(), ExportError> {
		self.proofs.write(proof)?;
		for row in rows {
			if let Some(json) = &mut self.json {
				json.write(row)?;
			}
			if let Some(parquet) = &mut self.parquet {
				parquet.write(row)?;
			}
		}
		let (from, _) = self.range.unwrap_or((proof.height, proof.height));
		self.range = Some((from, proof.height));
		self.rows += rows.len() as u64;
		Ok(())
	}

	/// Finishes the export: syncs the files to disk, and then writes the manifest.
	pub fn finish(self) -> Result<Manifest, ExportError> {
		let Self { directory, genesis, proofs, json, parquet, range, rows } = self;
		let (from, to) = range.ok_or(ExportError::Empty)?;
		proofs.finish()?;
		let mut formats = Vec::new();
		if let Some(json) = json {
			json.finish()?;
			formats.push(Format::Jsonl);
		}
		if let Some(parquet) = parquet {
			parquet.finish()?;
			formats.push(Format::Parquet);
		}
		let spec_version = syndic_runtime::VERSION.spec_version;
		let manifest = Manifest { format: FORMAT.into(), genesis, spec_version, from, to, rows, formats };
		let mut file = Lines::create(directory.join(MANIFEST))?;
		file.write(&manifest)?;
		file.finish()?;
		Ok(manifest)
	}
}

impl Lines {
	fn create(path: PathBuf) -> Result<Self, ExportError> {
		let file = OpenOptions::new().write(true).create_new(true).open(&path);
		match file {
			Ok(file) => Ok(Self { path, file: BufWriter::new(file) }),
			Err(error) => Err(ExportError::File { path, error }),
		}
	}

	fn write(&mut self, value: &impl Serialize) -> Result<(), ExportError> {
		serde_json::to_writer(&mut self.file, value)
			.map_err(io::Error::from)
			.and_then(|()| self.file.write_all(b"\n"))
			.map_err(|error| ExportError::File { path: self.path.clone(), error })
	}

	fn finish(mut self) -> Result<(), ExportError> {
		self.file
			.flush()
			.and_then(|()| self.file.get_ref().sync_all())
			.map_err(|error| ExportError::File { path: self.path, error })
	}
}
