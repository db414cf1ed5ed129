//! Choices that are read from bytes, and of which structured inputs are made.

/// Reads choices from bytes. After the last byte every choice is the first one, so that any bytes are an input.
#[derive(Clone, Debug)]
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
	/// Reads choices from `bytes`.
	pub fn new(bytes: &'a [u8]) -> Self {
		Self(bytes)
	}

	/// Whether all bytes are read.
	pub fn is_over(&self) -> bool {
		self.0.is_empty()
	}

	/// The next byte; 0 after the last one.
	pub fn byte(&mut self) -> u8 {
		let Some((first, rest)) = self.0.split_first() else { return 0 };
		self.0 = rest;
		*first
	}

	/// A number below `count`, which is at most 256.
	pub fn below(&mut self, count: usize) -> usize {
		usize::from(self.byte()) % count.max(1)
	}

	/// An element of `all`, among its first 256; `None` if there is none.
	pub fn of<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
		let at = self.below(all.len().min(256));
		all.get(at)
	}

	/// True one time in `count`.
	pub fn one_in(&mut self, count: usize) -> bool {
		self.below(count) == count - 1
	}

	/// A number: mostly `near` or a little above, sometimes a little below, seldom close to `u32::MAX`, or any.
	pub fn number(&mut self, near: u32) -> u32 {
		let choice = self.byte();
		let step = u32::from(choice & 0x0f);
		match choice >> 4 {
			0..=7 => near.saturating_add(step & 1),
			8..=11 => near.saturating_add(step),
			12 | 13 => near.saturating_sub(step),
			14 => u32::MAX - step,
			_ => u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()]),
		}
	}

	/// The next `count` bytes, or fewer if fewer are left.
	pub fn take(&mut self, count: usize) -> &'a [u8] {
		let (taken, rest) = self.0.split_at(count.min(self.0.len()));
		self.0 = rest;
		taken
	}
}
