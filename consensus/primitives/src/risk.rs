//! How likely a committee that is drawn at random has more faulty members than it bears.
//!
//! Of `registered` validators `faulty` are assumed to be faulty, and `size` are drawn without replacement, each as likely as
//! the other. How many of those drawn are faulty follows the hypergeometric distribution: `k` with probability
//! `C(faulty, k) · C(registered − faulty, size − k) / C(registered, size)`. A committee of `n` bears `f = ⌊(n − 1) / 3⌋`, so
//! its risk is the sum of these for all `k > f`. It is computed in whole numbers, without rounding.
//!
//! The draw itself is weighted by credit. As long as honest validators have not less of it than faulty ones, the faulty are
//! drawn no likelier than this; where honest ones were away for long and faulty ones served well, they are.

use crate::{set::max_faulty, MAX_ROSTER, MAX_VALIDATORS};
use sp_runtime::biguint::BigUint;

/// Probabilities are given in units of 10 to the minus this.
pub const SCALE_DIGITS: u32 = 18;

/// The least size of a committee that bears a faulty member.
pub const LEAST_SIZE: u32 = 4;

/// How many of the registered are faulty at a share in per mille, rounded down. What is over the bounds counts as they do.
pub fn faulty_of(registered: u32, permille: u32) -> u32 {
	registered.min(MAX_ROSTER) * permille.min(1_000) / 1_000
}

/// Whether a committee of this size has more faulty members than it bears with a probability of more than
/// 10^−`exponent`. A committee of everybody has them for certain or not at all.
pub fn exceeds(registered: u32, faulty: u32, size: u32, exponent: u32) -> bool {
	let Some((tail, all)) = weights(registered, faulty, size) else { return true };
	times_power_of_ten(tail, exponent.min(SCALE_DIGITS)) > all
}

/// The probability of that in units of 10^−18, rounded up: at most 10^18. A size of 0, or of more than there are, is certain
/// to fail.
pub fn scaled(registered: u32, faulty: u32, size: u32) -> u64 {
	let certain = 10u64.pow(SCALE_DIGITS);
	let Some((tail, all)) = weights(registered, faulty, size) else { return certain };
	let tail = times_power_of_ten(tail, SCALE_DIGITS);
	// The least `x` with `x · all >= tail`.
	let (mut low, mut high) = (0u64, certain);
	while low < high {
		let middle = low + (high - low) / 2;
		match product(&all, middle) >= tail {
			true => high = middle,
			false => low = middle + 1,
		}
	}
	low
}

/// The smallest committee of at least [`LEAST_SIZE`] that does not exceed the bound. Nothing: not even one of everybody does.
pub fn smallest_size(registered: u32, faulty: u32, exponent: u32) -> Option<u32> {
	smallest_size_from(LEAST_SIZE, registered, faulty, exponent)
}

/// The smallest committee of at least `least` members that does not exceed the bound.
///
/// Of the sizes that bear as many faulty members the smallest has the least risk, since whoever is drawn in addition can only
/// be one more that is faulty. So these, `3 · f + 1`, are tried, and `least` itself.
pub fn smallest_size_from(least: u32, registered: u32, faulty: u32, exponent: u32) -> Option<u32> {
	let (least, most) = (least.max(1), registered.min(MAX_VALIDATORS));
	let is_tried = |size: &u32| *size == least || size % 3 == 1;
	(least..=most).filter(is_tried).find(|size| !exceeds(registered, faulty, *size, exponent))
}

/// How many draws have more faulty members than the committee bears, and how many there are. `None` if none can be drawn,
/// or more are faulty than there are, or there are more than can be registered.
fn weights(registered: u32, faulty: u32, size: u32) -> Option<(BigUint, BigUint)> {
	if size == 0 || size > registered || faulty > registered || registered > MAX_ROSTER {
		return None;
	}
	let good = registered - faulty;
	let bears = max_faulty(size as usize) as u32;
	let mut drawn = size.saturating_sub(good);
	let last = size.min(faulty);
	// All the good ones are drawn with the least that is drawn of the faulty, or none of these.
	let mut weight = match drawn {
		0 => binomial(good, size),
		_ => binomial(faulty, drawn),
	};
	let (mut tail, mut all) = (BigUint::from(0u32), BigUint::from(0u32));
	loop {
		all = stripped(all.add(&weight));
		if drawn > bears {
			tail = stripped(tail.add(&weight));
		}
		if drawn == last {
			return Some((tail, all));
		}
		// `good - size + drawn + 1` is positive, for at least `size - good` are drawn. Each step divides without a rest.
		weight = stripped(weight.mul(&BigUint::from((faulty - drawn) * (size - drawn))));
		weight = stripped(weight.div_unit((drawn + 1) * (good + drawn + 1 - size)));
		drawn += 1;
	}
}

/// `C(n, k)`.
fn binomial(n: u32, k: u32) -> BigUint {
	let k = k.min(n - k);
	(0..k).fold(BigUint::from(1u32), |product, i| stripped(product.mul(&BigUint::from(n - i)).div_unit(i + 1)))
}

fn times_power_of_ten(number: BigUint, exponent: u32) -> BigUint {
	stripped(number.mul(&BigUint::from(10u64.pow(exponent))))
}

fn product(number: &BigUint, factor: u64) -> BigUint {
	stripped(number.clone().mul(&BigUint::from(factor)))
}

/// Numbers compare by their limbs only without zeros in front.
fn stripped(mut number: BigUint) -> BigUint {
	number.lstrip();
	number
}

#[cfg(test)]
mod tests {
	use super::*;

	/// The same by counting every draw, for small numbers.
	fn counted(registered: u32, faulty: u32, size: u32) -> (u64, u64) {
		let bears = max_faulty(size as usize) as u32;
		let draws = (0u32..1 << registered).filter(|draw| draw.count_ones() == size);
		draws.fold((0, 0), |(tail, all), draw| {
			let bad = (draw & ((1 << faulty) - 1)).count_ones();
			(tail + u64::from(bad > bears), all + 1)
		})
	}

	#[test]
	fn it_is_what_counting_every_draw_gives() {
		for registered in 1..=11 {
			for faulty in 0..=registered {
				for size in 1..=registered {
					let (tail, all) = counted(registered, faulty, size);
					let exact = u128::from(tail) * 10u128.pow(18);
					let expected = exact.div_ceil(u128::from(all)) as u64;
					assert_eq!(scaled(registered, faulty, size), expected, "{registered} {faulty} {size}");
					for exponent in [0, 1, 2, 3, 18] {
						let bound = u128::from(tail) * 10u128.pow(exponent) > u128::from(all);
						assert_eq!(exceeds(registered, faulty, size, exponent), bound);
					}
				}
			}
		}
	}

	#[test]
	fn no_smaller_size_would_do() {
		for (registered, faulty) in [(7, 2), (10, 2), (10, 3), (13, 1), (16, 4), (40, 8), (40, 13), (100, 20)] {
			for exponent in 1..=6 {
				for least in 1..=9 {
					let all = (least..=registered).find(|size| !exceeds(registered, faulty, *size, exponent));
					let found = smallest_size_from(least, registered, faulty, exponent);
					assert_eq!(found, all, "{registered} {faulty} {exponent} {least}");
				}
			}
		}
	}

	/// The longest search: of as many as there can be, of whom a third is faulty, and no size does.
	#[test]
	fn the_longest_search_ends_soon() {
		let began = std::time::Instant::now();
		assert_eq!(smallest_size(MAX_ROSTER, faulty_of(MAX_ROSTER, 333), 18), None);
		let took = began.elapsed();
		println!("{took:?}");
		assert!(took < std::time::Duration::from_secs(5), "{took:?}");
	}

	/// Worked out with exact fractions in another language.
	#[test]
	fn known_values() {
		assert_eq!(scaled(10, 2, 4), 133_333_333_333_333_334);
		assert_eq!(scaled(100, 20, 16), 63_929_226_705_964_516);
		assert_eq!(scaled(1_000, 200, 64), 3_841_382_883_652_692);
		assert_eq!(scaled(1_024, 204, 256), 1_018_646_971);
		assert_eq!(smallest_size(100, 20, 3), Some(46));
		assert_eq!(smallest_size(1_000, 200, 6), Some(181));
	}

	#[test]
	fn a_committee_of_everybody_fails_for_certain_or_not_at_all() {
		assert_eq!(scaled(10, 3, 10), 0);
		assert_eq!(scaled(10, 4, 10), 10u64.pow(18));
		assert_eq!(smallest_size(10, 3, 18), Some(10));
		assert_eq!(smallest_size(10, 4, 1), None);
	}

	#[test]
	fn what_cannot_be_drawn_is_certain_to_fail() {
		for (registered, faulty, size) in [(0, 0, 0), (4, 0, 0), (4, 0, 5), (4, 5, 4), (MAX_ROSTER + 1, 1, 4)] {
			assert!(exceeds(registered, faulty, size, 1));
			assert_eq!(scaled(registered, faulty, size), 10u64.pow(18));
		}
		assert_eq!(smallest_size(0, 0, 1), None);
		assert_eq!(smallest_size(3, 0, 1), None, "three bear no fault");
	}

	#[test]
	fn shares_are_rounded_down() {
		assert_eq!([0, 4, 10, 16, 1_000].map(|n| faulty_of(n, 200)), [0, 0, 2, 3, 200]);
		assert_eq!(faulty_of(u32::MAX, u32::MAX), MAX_ROSTER);
	}
}
