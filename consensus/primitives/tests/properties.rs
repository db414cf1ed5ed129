//! Properties of sets, parameters and certificates.

use codec::Encode;
use proptest::{prelude::*, sample::subsequence};
use sp_core::{crypto::UncheckedFrom, Pair};
use syndic_primitives::{
	crypto::{verify_ed25519, ValidatorPair},
	BlockHash, Certificate, Dissemination, Height, Parameters, Phase, SetId, SignerIndex, ValidatorId, ValidatorSet,
	View, Vote, MAX_VALIDATORS,
};

fn set(n: u16) -> ValidatorSet {
	let member = |n: u16| -> ValidatorId {
		let mut raw = [0; 32];
		raw[..2].copy_from_slice(&n.to_le_bytes());
		sp_core::ed25519::Public::unchecked_from(raw).into()
	};
	ValidatorSet::new(SetId(0), Height(1), (0..n).map(member).collect()).expect("distinct members")
}

/// Two random quorums of a set.
fn two_quorums() -> impl Strategy<Value = (u16, Vec<u16>, Vec<u16>)> {
	(1..=MAX_VALIDATORS as u16).prop_flat_map(|n| {
		let quorum = move || subsequence((0..n).collect::<Vec<_>>(), set(n).quorum());
		(Just(n), quorum(), quorum())
	})
}

/// Random parameters, each within its bounds, although the combination is not always accepted.
fn parameters() -> impl Strategy<Value = Parameters> {
	(500..=1_200_000u32, 100..=400u32, 500..=3_600_000u32).prop_map(
		|(base_timeout, timeout_growth, timeout_ceiling)| Parameters {
			block_period: 200,
			base_timeout,
			timeout_growth,
			timeout_ceiling,
			dissemination: Dissemination::Broadcast,
			..Parameters::default()
		},
	)
}

fn pairs() -> Vec<ValidatorPair> {
	(1..=4).map(|n| ValidatorPair::from_seed(&[n; 32])).collect()
}

/// A certificate by members of a set of four, and the set and chain that it is checked against.
fn certificate(signers: &[u16], vote: Vote) -> (Certificate, ValidatorSet, BlockHash) {
	let genesis = BlockHash::repeat_byte(0xee);
	let set = ValidatorSet::new(vote.set_id, Height(1), pairs().iter().map(|p| p.public()).collect());
	let sign = |s: &u16| (SignerIndex(*s), pairs()[usize::from(*s)].sign(&vote.payload(&genesis)));
	let certificate = Certificate { vote, signatures: signers.iter().map(sign).collect() };
	(certificate, set.expect("distinct members"), genesis)
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

	/// Within as many views as there are members, and within as many periods of heights, each member leads once. A turn
	/// does not end within a period.
	#[test]
	fn leaders_take_turns(n in 1..=MAX_VALIDATORS as u16, start in 0..1_000u32, view in any::<u32>(), period in 1..1_000u32) {
		let set = set(n);
		let everybody: Vec<u16> = (0..n).collect();
		let view = view.min(u32::MAX - u32::from(n));
		let mut by_view: Vec<u16> = (0..u32::from(n)).map(|v| set.leader(Height(start), View(view + v), period).0).collect();
		by_view.sort_unstable();
		prop_assert_eq!(&by_view, &everybody);
		let at = |turn: u32| Height((start + turn) * period);
		let mut by_height: Vec<u16> = (0..u32::from(n)).map(|turn| set.leader(at(turn), View(view), period).0).collect();
		by_height.sort_unstable();
		prop_assert_eq!(&by_height, &everybody);
		let last = Height(at(0).0 + period - 1);
		prop_assert_eq!(set.leader(at(0), View(view), period), set.leader(last, View(view), period));
		prop_assert!(set.leader(Height(u32::MAX), View(u32::MAX), period).0 < n);
	}

	/// Any two quorums share more members than may be faulty, and the members that are not faulty are a quorum.
	#[test]
	fn two_quorums_share_an_honest_member((n, one, two) in two_quorums()) {
		let set = set(n);
		let shared = one.iter().filter(|member| two.contains(member)).count();
		prop_assert!(shared > set.max_faulty(), "{} of {} shared, {} may be faulty", shared, n, set.max_faulty());
		prop_assert!(set.size() - set.max_faulty() >= set.quorum());
	}

	/// Timeouts run from the base to the ceiling, never get shorter with another failure, and grow by the given factor.
	#[test]
	fn timeouts_grow_from_the_base_to_the_ceiling(p in parameters().prop_filter("accepted", |p| p.check().is_ok())) {
		prop_assert_eq!(p.timeout(0), p.base_timeout);
		for failures in 0..80 {
			let (this, next) = (p.timeout(failures), p.timeout(failures + 1));
			prop_assert!(this <= next && next <= p.timeout_ceiling, "{} then {}", this, next);
			let grown = u64::from(this) * u64::from(p.timeout_growth) / 100;
			prop_assert!(u64::from(next) == grown.min(u64::from(p.timeout_ceiling)), "{} then {}", this, next);
		}
		prop_assert_eq!(p.timeout(u32::MAX), if p.timeout_growth > 100 { p.timeout_ceiling } else { p.base_timeout });
	}

	/// A certificate with any byte changed is invalid.
	#[test]
	fn a_certificate_with_another_byte_proves_nothing(
		signers in subsequence(vec![0, 1, 2, 3u16], 3..=4),
		(set_id, height, view, block) in (any::<u64>(), any::<u32>(), any::<u32>(), any::<[u8; 32]>()),
		at in any::<prop::sample::Index>(),
		flip in 1..=u8::MAX,
	) {
		let vote = Vote {
			set_id: SetId(set_id),
			height: Height(height),
			view: View(view),
			phase: Phase::Commit,
			block_hash: block.into(),
		};
		let (certificate, set, genesis) = certificate(&signers, vote);
		let holds = |c: Certificate| c.verify(Phase::Commit, &genesis, &set, &verify_ed25519).is_ok();
		prop_assert!(holds(certificate.clone()));
		let mut bytes = certificate.encode();
		let at = at.index(bytes.len());
		bytes[at] ^= flip;
		if let Ok(altered) = Certificate::from_bytes(&bytes) {
			prop_assert!(!holds(altered), "byte {} ^ {}", at, flip);
		}
		let mut twice = certificate.clone();
		twice.signatures[1] = twice.signatures[0].clone();
		prop_assert!(!holds(twice), "a signer counted twice");
		let mut few = certificate;
		few.signatures.truncate(2);
		prop_assert!(!holds(few), "fewer than a quorum");
	}
}
