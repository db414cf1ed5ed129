//! That what is charged covers the worst, and what the worst takes.

use super::*;
use mock::Enrolment;
use std::time::Instant;

/// An institution with four roots of one name, the true one last, and the dearest chain below it.
fn worst() -> Enrolment {
	let decoys = ["worst-decoy-1", "worst-decoy-2", "worst-decoy-3", "worst-root"];
	let id = NextInstitution::<Test>::get();
	let roots = decoys.map(der).to_vec();
	assert_ok!(Identity::admit_institution(root_origin(), b"Worst".to_vec(), Kind::Bank, roots, u32::MAX));
	let chain = ["worst-4", "worst-low", "worst-middle", "worst-high"].map(der).to_vec();
	Enrolment::of_chain(Alice, id, "worst-4", chain)
}

#[test]
fn the_dearest_chain_is_accepted() {
	test(|| {
		let enrolment = worst();
		assert!(enrolment.chain.iter().all(|der| der.len() > 3_000 && der.len() <= 4_096));
		assert_ok!(validate(&enrolment));
		assert_ok!(enrolment.send_unsigned());
		assert_eq!(Identities::<Test>::get(account(Alice)).unwrap().certificates.len(), MAX_DEPENDENCIES as usize);
	});
}

#[test]
fn what_is_charged_grows_with_certificates_and_bytes() {
	use frame_support::dispatch::GetDispatchInfo;
	test(|| {
		let enrolment = worst();
		let charged = |enrolment: &Enrolment| enrolment.call().get_dispatch_info().call_weight.ref_time();
		let one = Enrolment { chain: enrolment.chain[..1].to_vec(), ..enrolment.clone() };
		let large = Enrolment { chain: vec![vec![0; 1_000_000]], ..enrolment.clone() };
		let long_proof = Enrolment { proof: vec![0; 1_000_000], ..enrolment.clone() };
		let many = Enrolment { chain: vec![vec![]; 10_000], ..enrolment.clone() };
		assert!(charged(&one) < charged(&enrolment));
		assert!(charged(&enrolment) < charged(&large).min(charged(&long_proof)));
		assert!(charged(&many) > 100 * charged(&enrolment));
	});
}

/// Ten times what the dearest chain takes natively is less than is charged for verifying it once, on any machine that is
/// not far slower than the one where the weights were set.
#[test]
#[ignore = "times say something only with optimisation and on a machine that does nothing else"]
fn what_is_charged_covers_the_worst_ten_times() {
	test(|| {
		let enrolment = worst();
		let rounds = 50;
		let start = Instant::now();
		(0..rounds).for_each(|_| assert!(validate(&enrolment).is_ok()));
		let taken = start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
		let bytes = enrolment.chain.iter().map(|der| der.len() as u32).sum();
		let charged = <() as WeightInfo>::enrol(4, bytes).ref_time() as f64 / 1e6;
		println!("the dearest chain: {taken:.0} µs natively, {charged:.0} µs are charged for verifying it once");
		assert!(taken * 10.0 < charged);
		enrol(Bob, ALPHA, "alpha-client");
		let start = Instant::now();
		(0..10_000).for_each(|_| assert!(check(Bob).is_ok()));
		println!("an account: {:.1} µs", start.elapsed().as_secs_f64() * 1e2);
	});
}
