//! The probability that a randomly drawn committee has more faulty members than it tolerates.
//!
//! Of `registered` validators `faulty` are assumed to be faulty, and `size` are drawn without replacement, each with
//! the same probability. The number of faulty members drawn follows the hypergeometric distribution: it is `k` with
//! probability `C(faulty, k) · C(registered − faulty, size − k) / C(registered, size)`. A committee of `n` tolerates `f
//! = ⌊(n − 1) / 3⌋` faulty members, so its risk is the sum of these probabilities for all `k > f`. The sum is computed
//! in integers, without rounding.
//!
//! The actual draw is weighted by credit. As long as honest validators have no less credit than faulty ones, faulty
//! validators are drawn no more likely than computed here. If honest validators were away for long while faulty ones
//! served well, faulty validators are drawn more likely.

use crate::{set::max_faulty, MAX_ROSTER, MAX_VALIDATORS};
use sp_runtime::biguint::BigUint;

/// Number of decimal digits of a probability: the unit is 10^−18.
pub const SCALE_DIGITS: u32 = 18;

/// Smallest number of members with which a committee tolerates a faulty member.
pub const LEAST_SIZE: u32 = 4;

/// Number of registered validators that are faulty at a share of `permille` per mille, rounded down. Arguments above
/// [`MAX_ROSTER`] or 1,000 per mille are treated as these bounds.
pub fn faulty_of(registered: u32, permille: u32) -> u32 {
	registered.min(MAX_ROSTER) * permille.min(1_000) / 1_000
}

/// Whether the probability that a committee of this size has more faulty members than it tolerates is over
/// 10^−`exponent`. For a committee of all registered validators that probability is 0 or 1.
pub fn exceeds(registered: u32, faulty: u32, size: u32, exponent: u32) -> bool {
	let Some((tail, all)) = weights(registered, faulty, size) else { return true };
	times_power_of_ten(tail, exponent.min(SCALE_DIGITS)) > all
}

/// The probability that a committee of this size has more faulty members than it tolerates, in units of 10^−18, rounded
/// up: at most 10^18. A size of 0, or over `registered`, yields 10^18.
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

/// The smallest committee size of at least [`LEAST_SIZE`] whose risk is not over 10^−`exponent`. `None` if no size
/// keeps the bound.
pub fn smallest_size(registered: u32, faulty: u32, exponent: u32) -> Option<u32> {
	smallest_size_from(LEAST_SIZE, registered, faulty, exponent)
}

/// The smallest committee size of at least `least` whose risk is not over 10^−`exponent`. `None` if no size keeps the
/// bound.
///
/// Among the sizes that tolerate the same number of faulty members, the smallest has the least risk, since an
/// additional member can only add a faulty one. So only the sizes `3 · f + 1`, and `least` itself, are tried.
pub fn smallest_size_from(least: u32, registered: u32, faulty: u32, exponent: u32) -> Option<u32> {
	let (least, most) = (least.max(1), registered.min(MAX_VALIDATORS));
	let is_tried = |size: &u32| *size == least || size % 3 == 1;
	(least..=most).filter(is_tried).find(|size| !exceeds(registered, faulty, *size, exponent))
}

/// The number of draws with more faulty members than the committee tolerates, and the number of all draws. `None` if no
/// committee can be drawn, if more validators are faulty than registered, or if more are registered than
/// [`MAX_ROSTER`].
fn weights(registered: u32, faulty: u32, size: u32) -> Option<(BigUint, BigUint)> {
	if size == 0 || size > registered || faulty > registered || registered > MAX_ROSTER {
		return None;
	}
	let good = registered - faulty;
	let bears = max_faulty(size as usize) as u32;
	let mut drawn = size.saturating_sub(good);
	let last = size.min(faulty);
	// The weight of the first term: either no faulty member is drawn, or all good ones are drawn with the minimum
	// number of faulty ones.
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
		// `good - size + drawn + 1` is positive, because at least `size - good` faulty members are drawn. Each division
		// leaves no remainder.
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

/// Removes leading zero limbs: `BigUint` compares correctly only without them.
fn stripped(mut number: BigUint) -> BigUint {
	number.lstrip();
	number
}

#[cfg(test)]
mod tests {
	use super::*;

	/// The same numbers by counting every draw; for small arguments.
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

	/// The longest search: the largest roster, a third of it faulty, and no size keeps the bound.
	#[test]
	fn the_longest_search_ends_soon() {
		let began = std::time::Instant::now();
		assert_eq!(smallest_size(MAX_ROSTER, faulty_of(MAX_ROSTER, 333), 18), None);
		let took = began.elapsed();
		println!("{took:?}");
		assert!(took < std::time::Duration::from_secs(5), "{took:?}");
	}

	/// Values computed independently with exact fractions in another language.
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
