//! What this pallet stores, and the classes that it begins with.

use crate::{Config, Error};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{ensure, traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use syndic_primitives::{classes::MAX_CLASSES, AssuranceLevel, ClassId, ClassInfo};

/// The number of an institution, as the identity contract gives it.
pub type InstitutionId = u32;

/// The most bytes of a class's name.
pub const MAX_NAME_BYTES: u32 = 32;

/// The least that the greatest size of a class may be, in bytes: an ordinary call of whatever kind fits.
pub const MIN_MAX_SIZE: u32 = 1_024;

/// The most kinds of institutions that a class may name.
pub const MAX_KINDS: u32 = 8;

/// The most institutions that a class may name.
pub const MAX_INSTITUTIONS: u32 = 64;

/// The class of whatever belongs to no other.
pub const DEFAULT: ClassId = ClassId(0);

/// A class's name: printable ASCII.
pub type ClassName = BoundedVec<u8, ConstU32<MAX_NAME_BYTES>>;

/// A call, by the index of its pallet and its own in the pallet: what polkadot.js calls its `callIndex`.
pub type CallIndex = (u8, u8);

/// Who may use a class, as a call gives it: institutions of these kinds, and these institutions.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Members<Kind> {
	/// Kinds of institutions.
	pub kinds: Vec<Kind>,
	/// Institutions by their number.
	pub institutions: Vec<InstitutionId>,
}

/// As [`Members`], as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct StoredMembers<Kind> {
	/// Kinds of institutions.
	pub kinds: BoundedVec<Kind, ConstU32<MAX_KINDS>>,
	/// Institutions by their number.
	pub institutions: BoundedVec<InstitutionId, ConstU32<MAX_INSTITUTIONS>>,
}

/// A business class.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Class<Kind> {
	/// What it is called.
	pub name: ClassName,
	/// Its guaranteed share of a block, in percent.
	pub share: u8,
	/// Classes with a higher one go first.
	pub priority: u8,
	/// The most bytes that a transaction of it may have.
	pub max_size: u32,
	/// What a transaction of it needs to count as assured.
	pub assurance: AssuranceLevel,
	/// Who may use it. Nothing: everybody.
	pub members: Option<StoredMembers<Kind>>,
}

impl<Kind: PartialEq> Class<Kind> {
	/// Whether an account of this institution may use it; `None` for one without an institution.
	pub fn is_open_to(&self, institution: Option<(InstitutionId, Kind)>) -> bool {
		match (&self.members, institution) {
			(None, _) => true,
			(Some(members), Some((id, kind))) => members.institutions.contains(&id) || members.kinds.contains(&kind),
			(Some(_), None) => false,
		}
	}

	/// What the node must know of it.
	pub fn info(&self, id: ClassId) -> ClassInfo {
		let Self { share, priority, max_size, assurance, .. } = *self;
		ClassInfo { id, name: self.name.to_vec(), share, priority, max_size, assurance }
	}
}

/// A class as the chain begins with it.
struct Shipped {
	name: &'static [u8],
	share: u8,
	priority: u8,
	max_size: u32,
	assurance: AssuranceLevel,
}

/// The classes of a chain until its board decides otherwise, by their numbers. All are open to everybody.
///
/// - Retail payments are many and small, and final when they are committed.
/// - A settlement between banks moves the most at once, and waits the least. Its parties want to know that most
///   institutions hold the block.
/// - Custody moves securities: larger transactions, and fewer of them.
/// - Reports to the supervision are large, and in no hurry. They count when the regulator has signed for the block.
const SHIPPED: [Shipped; 4] = [
	Shipped { name: b"retail", share: 40, priority: 10, max_size: 128 * 1024, assurance: AssuranceLevel::Committee },
	Shipped {
		name: b"settlement",
		share: 30,
		priority: 40,
		max_size: 128 * 1024,
		assurance: AssuranceLevel::Institutions,
	},
	Shipped { name: b"custody", share: 20, priority: 30, max_size: 256 * 1024, assurance: AssuranceLevel::Validators },
	Shipped {
		name: b"reporting",
		share: 10,
		priority: 20,
		max_size: 1024 * 1024,
		assurance: AssuranceLevel::Regulator,
	},
];

/// The classes that a chain begins with.
pub fn shipped<Kind>() -> impl Iterator<Item = (ClassId, Class<Kind>)> {
	SHIPPED.iter().zip(0..).map(|(shipped, id)| {
		let Shipped { share, priority, max_size, assurance, .. } = *shipped;
		let name = ClassName::truncate_from(shipped.name.to_vec());
		(ClassId(id), Class { name, share, priority, max_size, assurance, members: None })
	})
}

/// A class's name as a call gives it.
pub(crate) fn name<T: Config>(given: Vec<u8>) -> Result<ClassName, Error<T>> {
	ensure!(!given.is_empty() && given.len() <= MAX_NAME_BYTES as usize, Error::<T>::NameLength);
	ensure!(given.iter().all(u8::is_ascii_graphic), Error::<T>::NameForm);
	ClassName::try_from(given).map_err(|_| Error::<T>::NameLength)
}

/// Who may use a class, as a call gives it.
pub(crate) fn members<T: Config>(given: Members<T::Kind>) -> Result<StoredMembers<T::Kind>, Error<T>> {
	ensure!(!given.kinds.is_empty() || !given.institutions.is_empty(), Error::<T>::NoMembers);
	let kinds = given.kinds.try_into().map_err(|_| Error::<T>::TooManyKinds)?;
	let institutions = given.institutions.try_into().map_err(|_| Error::<T>::TooManyInstitutions)?;
	Ok(StoredMembers { kinds, institutions })
}

/// Whether it can be the number of a class.
pub(crate) fn is_number(class: ClassId) -> bool {
	u32::from(class.0) < MAX_CLASSES
}
