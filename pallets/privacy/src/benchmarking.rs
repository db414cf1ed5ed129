//! Benchmarks, each with as many recipients, panels and officers as there can be, or as it says.

use super::{
	types::{Bar, Disclosure, Ground, Places, Release, Status},
	*,
};
use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::BoundedVec;
use frame_system::RawOrigin;
use pallet_identity::{measuring::Stream, types::Role};
use syndic_envelope::{prove_dh, release, seal, unwrap_share, Context, PanelKeys, Sealed, SecretKey};
use types::{Officer, Panel};

/// The institution of all senders and recipients.
const BANK: InstitutionId = 1_000;
/// The first regulator; the others have the numbers above it.
const REGULATOR: InstitutionId = 2_000;

/// The key of everybody whose number is this.
fn secret_key(n: u32) -> SecretKey {
	SecretKey::generate(&mut Stream(u64::from(n) << 32))
}

/// Admits an account with a role and a key.
fn admit<T: Config>(n: u32, institution: InstitutionId, role: Role) -> T::AccountId {
	let account: T::AccountId = account("holder", n, 0);
	pallet_identity::Pallet::<T>::admit_to_measure(&account, institution, role);
	pallet_identity::Pallet::<T>::give_key_to_measure(&account, &secret_key(n));
	account
}

/// The number of a panel's officer.
fn officer(panel: PanelId, place: u32) -> u32 {
	panel * 100 + place
}

/// A panel of so many officers, all of whom are needed.
fn panel<T: Config>(panel: PanelId, officers: u32) -> PanelKeys {
	let accounts = (0..officers).map(|place| admit::<T>(officer(panel, place), panel, Role::Regulator));
	let stored: Vec<_> = accounts.map(|account| Officer { account, key_version: 1 }).collect();
	let threshold = officers as u8;
	let since = 0_u32.into();
	Panels::<T>::insert(panel, 1, Panel { officers: BoundedVec::truncate_from(stored), threshold, since });
	PanelVersion::<T>::insert(panel, 1);
	FirstPanel::<T>::put(REGULATOR);
	let officers = (0..officers).map(|place| secret_key(officer(panel, place)).public()).collect();
	PanelKeys { panel, threshold, officers }
}

/// What is needed to send an envelope to so many recipients, each in the remit of one of so many panels.
struct Prepared<T: Config> {
	sender: T::AccountId,
	recipients: Vec<ForRecipient<T::AccountId>>,
	panels: Vec<ForPanel>,
	sealed: Sealed,
}

fn prepare<T: Config>(recipients: u32, panels: u32, officers: u32, payload: usize) -> Prepared<T> {
	frame_system::Pallet::<T>::set_block_number(10_u32.into());
	let sender = admit::<T>(0, BANK, Role::Client);
	let keys: Vec<_> = (0..panels).map(|n| panel::<T>(REGULATOR + n, officers)).collect();
	let accounts: Vec<_> = (1..=recipients)
		.map(|n| {
			// Whoever is beyond the number of panels is of the last one's remit.
			let remit = REGULATOR + n.min(panels) - 1;
			Remits::<T>::insert(BANK + n, remit);
			admit::<T>(n, BANK + n, Role::Client)
		})
		.collect();
	let public: Vec<_> = (1..=recipients).map(|n| secret_key(n).public()).collect();
	let genesis = pallet_identity::Pallet::<T>::genesis_hash();
	let payload = vec![7; payload];
	let sealed = seal(genesis, *sender.as_ref(), &payload, &public, &keys, &mut Stream(0)).expect("it is sealed");
	let recipients = accounts.into_iter().zip(&sealed.recipients);
	let recipients = recipients.map(|(account, wrap)| ForRecipient { account, version: 1, wrap: *wrap }).collect();
	let panels = sealed.panels.iter().map(|sealed| ForPanel {
		panel: sealed.panel,
		version: 1,
		points: sealed.points.clone(),
		shares: sealed.shares.clone(),
	});
	let panels = panels.collect();
	Prepared { sender, recipients, panels, sealed }
}

impl<T: Config> Prepared<T> {
	fn commitment(&self) -> H256 {
		H256(self.sealed.commitment)
	}

	fn context(&self) -> Context {
		let genesis = pallet_identity::Pallet::<T>::genesis_hash();
		Context { genesis, sender: *self.sender.as_ref(), commitment: self.sealed.commitment }
	}

	/// Sends it.
	fn send(&self) -> Result<(), BenchmarkError> {
		Pallet::<T>::send(
			RawOrigin::Signed(self.sender.clone()).into(),
			self.commitment(),
			H256(self.sealed.ciphertext_hash),
			self.sealed.ciphertext.len() as u32,
			self.sealed.key_point,
			self.recipients.clone(),
			self.panels.clone(),
		)?;
		Ok(())
	}
}

/// An officer of the first panel.
fn officer_account<T: Config>(place: u32) -> T::AccountId {
	account("holder", officer(REGULATOR, place), 0)
}

/// A request of the first officer's, that so many have approved.
fn request<T: Config>(commitment: H256, approvals: u32, status: Status<BlockNumberFor<T>>) -> u32 {
	let request = NextRequest::<T>::mutate(|next| {
		*next += 1;
		*next - 1
	});
	let disclosure = Disclosure {
		commitment,
		panel: REGULATOR,
		version: 1,
		case: T::Supervision::open(REGULATOR),
		requester: officer_account::<T>(0),
		key_version: 1,
		ground: Ground::truncate_from(vec![b'x'; MAX_GROUND as usize]),
		approvals: Places::truncate_from((0..approvals).collect()),
		status,
		until: 11_u32.into(),
		releases: Default::default(),
	};
	Requests::<T>::insert(request, disclosure);
	if status == Status::Asked {
		OpenRequests::<T>::mutate(commitment, |open| open.try_push(request).expect("there is room"));
	}
	request
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn set_panel(o: Linear<2, MAX_OFFICERS>) -> Result<(), BenchmarkError> {
		let officers: Vec<_> = (0..o).map(|n| admit::<T>(officer(REGULATOR, n), REGULATOR, Role::Regulator)).collect();
		let origin = <T as Config>::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, REGULATOR, officers, 2);

		assert_eq!(PanelVersion::<T>::get(REGULATOR), 1);
		Ok(())
	}

	#[benchmark]
	fn set_remit() -> Result<(), BenchmarkError> {
		panel::<T>(REGULATOR, 2);
		admit::<T>(0, BANK, Role::Client);
		let origin = <T as Config>::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, BANK, REGULATOR);

		assert_eq!(Remits::<T>::get(BANK), Some(REGULATOR));
		Ok(())
	}

	#[benchmark]
	fn send(r: Linear<4, MAX_RECIPIENTS>, p: Linear<1, MAX_PANELS>, o: Linear<2, MAX_OFFICERS>) {
		let prepared = prepare::<T>(r, p, o, 1);
		let (commitment, sealed) = (prepared.commitment(), &prepared.sealed);
		let (hash, length) = (H256(sealed.ciphertext_hash), sealed.ciphertext.len() as u32);
		let (recipients, panels) = (prepared.recipients.clone(), prepared.panels.clone());

		#[extrinsic_call]
		_(RawOrigin::Signed(prepared.sender), commitment, hash, length, sealed.key_point, recipients, panels);

		assert!(Envelopes::<T>::contains_key(commitment));
	}

	/// With as many requests before it whose time is over.
	#[benchmark]
	fn request_disclosure() -> Result<(), BenchmarkError> {
		let prepared = prepare::<T>(MAX_RECIPIENTS, MAX_PANELS, MAX_OFFICERS, 1);
		prepared.send()?;
		let commitment = prepared.commitment();
		for _ in 0..MAX_OPEN_REQUESTS {
			request::<T>(commitment, 1, Status::Asked);
		}
		frame_system::Pallet::<T>::set_block_number(12_u32.into());
		let (case, ground) = (T::Supervision::open(REGULATOR), vec![b'x'; MAX_GROUND as usize]);

		#[extrinsic_call]
		_(RawOrigin::Signed(officer_account::<T>(0)), commitment, REGULATOR, case, ground, 13_u32.into());

		assert_eq!(OpenRequests::<T>::get(commitment).len(), 1);
		Ok(())
	}

	/// The last approval, which opens.
	#[benchmark]
	fn approve_disclosure() -> Result<(), BenchmarkError> {
		let prepared = prepare::<T>(1, 1, MAX_OFFICERS, 1);
		prepared.send()?;
		let request = request::<T>(prepared.commitment(), MAX_OFFICERS - 1, Status::Asked);

		#[extrinsic_call]
		_(RawOrigin::Signed(officer_account::<T>(MAX_OFFICERS - 1)), request);

		let opened = Requests::<T>::get(request).map(|stored| stored.status);
		assert_eq!(opened, Some(Status::Opened(10_u32.into())));
		Ok(())
	}

	#[benchmark]
	fn release_share() -> Result<(), BenchmarkError> {
		let prepared = prepare::<T>(1, 1, MAX_OFFICERS, 1);
		prepared.send()?;
		let request = request::<T>(prepared.commitment(), MAX_OFFICERS, Status::Opened(9_u32.into()));
		let (shares, context) = (&prepared.sealed.panels[0], prepared.context());
		let (key, points) = (secret_key(officer(REGULATOR, 1)), (&prepared.sealed.key_point, &shares.points[..]));
		let share = unwrap_share(&context, REGULATOR, 1, &key, &shares.shares[1], points).expect("it fits");
		let requester = secret_key(officer(REGULATOR, 0)).public();
		let wrap = release(&context, request, &share, &requester, &mut Stream(9)).expect("it is sealed");

		#[extrinsic_call]
		_(RawOrigin::Signed(officer_account::<T>(1)), request, wrap);

		let releases = Requests::<T>::get(request).map(|stored| stored.releases.to_vec());
		assert_eq!(releases, Some(vec![Release { officer: 1, wrap }]));
		Ok(())
	}

	/// With a share that does not fit, of a panel that needs the most.
	#[benchmark]
	fn accuse_wrap() -> Result<(), BenchmarkError> {
		let mut prepared = prepare::<T>(1, 1, MAX_OFFICERS, 1);
		prepared.panels[0].points.swap(0, 1);
		prepared.send()?;
		let key = secret_key(officer(REGULATOR, 1));
		let proof = prove_dh(&key, &prepared.panels[0].shares[1], &mut Stream(9)).expect("it is on the curve");
		let place = Place::Officer { panel: REGULATOR, index: 1 };

		#[extrinsic_call]
		_(RawOrigin::Signed(prepared.sender.clone()), prepared.commitment(), place, proof);

		assert!(Barred::<T>::contains_key(BANK));
		Ok(())
	}

	/// With a ciphertext that decrypts, of another length than was said.
	#[benchmark]
	fn accuse_payload(b: Linear<1, 262_144>) -> Result<(), BenchmarkError> {
		let prepared = prepare::<T>(1, 1, 2, b as usize);
		prepared.send()?;
		let commitment = prepared.commitment();
		Envelopes::<T>::mutate_extant(commitment, |envelope| envelope.ciphertext_len += 1);
		let (wrap, key_point) = (&prepared.sealed.recipients[0], &prepared.sealed.key_point);
		let secret = syndic_envelope::unwrap_secret(&prepared.context(), 0, &secret_key(1), wrap, key_point);
		let secret = *secret.expect("it opens").to_bytes();

		#[extrinsic_call]
		_(RawOrigin::Signed(prepared.sender), commitment, secret, prepared.sealed.ciphertext);

		assert!(Barred::<T>::contains_key(BANK));
		Ok(())
	}

	#[benchmark]
	fn reinstate() -> Result<(), BenchmarkError> {
		Barred::<T>::insert(BANK, Bar { since: 1_u32.into(), commitment: H256::zero() });
		let origin = <T as Config>::BoardOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, BANK);

		assert!(!Barred::<T>::contains_key(BANK));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
