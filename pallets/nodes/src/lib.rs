//! The nodes: which PeerIds are let in, and whose they are.
//!
//! A node proves its PeerId to whoever it connects to. Here stands which of them may connect: those that their
//! institution has registered ([`Pallet::register_node`]), or the board for it ([`Pallet::board_register_node`]), be they
//! validators, full nodes or observers. Every node reads the list after each final block, through the runtime API
//! `NodesApi`, and refuses or cuts who is not on it.
//!
//! # Who is let in
//!
//! - Registered nodes of institutions that are not suspended.
//! - Nodes that the chain could not do without ([`Config::Required`]), whatever is registered.
//! - Everybody, as long as the list is not enforced ([`Pallet::set_enforced`]). A chain can begin either way.
//!
//! # What is refused
//!
//! A list that would cut the validators off from each other stops the chain, and there would be no block to mend it in.
//! So it is enforced only if it lets anybody in at all, and if it holds at least [`Config::LeastValidators`] nodes that
//! are registered as validators'; and while it is enforced, none of those is removed that is needed for this number. A
//! required node is never removed. Whether a node that is registered as a validator's really is one, this pallet does not
//! know.
//!
//! # Storage
//!
//! | item | what |
//! |---|---|
//! | [`Nodes`] | the registered nodes, by PeerId |
//! | [`Counts`] | how many each institution has |
//! | [`Enforced`] | whether others are refused |
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod genesis;
#[cfg(any(feature = "try-runtime", test))]
mod state;
pub mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use types::{stored, Addresses, InstitutionId, Kind, Node, StoredPeerId};
pub use weights::WeightInfo;

use alloc::{collections::btree_set::BTreeSet, vec::Vec};
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_builtin::{BuiltInContract, StorageMetadata};
use sp_runtime::DispatchError;
use syndic_primitives::{
	builtin::{address, Address},
	PeerIdBytes,
};

/// What this pallet asks of the identity contract.
pub trait Institutions {
	/// Whether there is such an institution.
	fn is_known(institution: InstitutionId) -> bool;
	/// Whether it is there and not suspended.
	fn is_active(institution: InstitutionId) -> bool;
	/// Makes one, so that there is one to measure with.
	#[cfg(feature = "runtime-benchmarks")]
	fn make(institution: InstitutionId);
}

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::genesis::{GenesisError, GenesisNode};
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;

	pub(crate) const VERSION: u16 = 1;
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(VERSION);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Who may register and remove an institution's nodes; it gives the institution, and who it is.
		type InstitutionOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = (InstitutionId, Self::AccountId)>;

		/// Who may register and remove any node, and decide whether the list is enforced.
		type BoardOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Which institutions there are, and which of them are suspended.
		type Institutions: Institutions;

		/// Nodes that are let in whatever is registered, and that cannot be removed: those of the validators in force, where
		/// the runtime knows them. `()`: it knows none.
		type Required: Get<Vec<PeerIdBytes>>;

		/// How many nodes registered as validators' an enforced list needs at least: the quorum of the set in force, if
		/// that is not otherwise seen to.
		type LeastValidators: Get<u32>;

		/// The most nodes of one institution.
		#[pallet::constant]
		type MaxNodesPerInstitution: Get<u32>;

		/// The most nodes of all.
		#[pallet::constant]
		type MaxNodes: Get<u32>;

		/// The weights of this pallet.
		type WeightInfo: WeightInfo;
	}

	/// The registered nodes, by the bytes of their PeerId.
	#[pallet::storage]
	pub type Nodes<T: Config> =
		CountedStorageMap<_, Blake2_128Concat, StoredPeerId, Node<BlockNumberFor<T>>, OptionQuery>;

	/// How many nodes an institution has.
	#[pallet::storage]
	pub type Counts<T> = StorageMap<_, Twox64Concat, InstitutionId, u32, ValueQuery>;

	/// Whether nodes that are not on the list are refused.
	#[pallet::storage]
	pub type Enforced<T> = StorageValue<_, bool, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A node may connect from now on.
		NodeRegistered {
			/// The bytes of its PeerId.
			peer_id: StoredPeerId,
			/// Whose it is.
			institution: InstitutionId,
			/// What it is for.
			kind: Kind,
		},
		/// A node may not connect any more, if the list is enforced; where it is connected it is cut.
		NodeRemoved {
			/// The bytes of its PeerId.
			peer_id: StoredPeerId,
			/// Whose it was.
			institution: InstitutionId,
		},
		/// From now on nodes that are not on the list are refused, or are not.
		EnforcementChanged {
			/// Whether they are refused.
			enforced: bool,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// peerId is no PeerId. Give it as the node prints it at its start (12D3KooW...), or as the bytes of the multihash: 38
		/// of an ed25519 key, 34 of a SHA-256 hash.
		MalformedPeerId,
		/// addresses has an entry that is no multiaddress: it needs 2 to 128 printable ASCII characters, the first of them a
		/// slash, as in /ip4/192.0.2.1/tcp/30333.
		MalformedAddress,
		/// addresses has more than 8 entries.
		TooManyAddresses,
		/// This node is registered already. To change its entry, remove it and register it again.
		AlreadyRegistered,
		/// This node is not registered.
		NotRegistered,
		/// This node is another institution's. It, or the board (nodes.boardRemoveNode), can remove it.
		NotYours,
		/// There is no such institution.
		UnknownInstitution,
		/// This institution has as many nodes as one may have. See the constant maxNodesPerInstitution.
		TooManyNodes,
		/// The list is full. See the constant maxNodes.
		ListFull,
		/// This node cannot be removed: it is a registered validator's. Remove the validator, or let its institution name
		/// another node (validators.updateNode).
		RequiredNode,
		/// The list would let nobody in, and the chain would stop. Register the nodes of the validators first.
		NobodyPermitted,
		/// The list would hold fewer nodes of kind Validator, of institutions that are not suspended, than a quorum of the
		/// validators' set, and the chain would stop. Register more of them first.
		TooFewValidators,
	}

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Whether nodes that are not on the list are refused from the start.
		pub enforced: bool,
		/// The nodes that are registered from the start.
		pub nodes: Vec<GenesisNode>,
		#[serde(skip)]
		#[doc(hidden)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			let built: Result<(), GenesisError> = self.build_checked();
			if let Err(error) = built {
				panic!("{error}");
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(T::MaxNodesPerInstitution::get() > 0, "no institution could have a node");
			assert!(T::MaxNodes::get() >= T::MaxNodesPerInstitution::get(), "MaxNodes is less than one institution's");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::check_state().map_err(Into::into)
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Registers a node of one's own institution: from this block on it may connect to the others.
		///
		/// - `peer_id`: as the node prints it at its start (`12D3KooW…`), or the bytes of the multihash.
		/// - `kind`: what it is for.
		/// - `addresses`: where it can be reached, as in `/ip4/192.0.2.1/tcp/30333`; may be empty.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register_node())]
		pub fn register_node(
			origin: OriginFor<T>,
			peer_id: Vec<u8>,
			kind: Kind,
			addresses: Vec<Vec<u8>>,
		) -> DispatchResult {
			let (institution, _) = T::InstitutionOrigin::ensure_origin(origin)?;
			Self::register(institution, &peer_id, kind, addresses)
		}

		/// Removes a node of one's own institution: it is cut.
		///
		/// - `peer_id`: as for registering.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::remove_node(T::MaxNodes::get()))]
		pub fn remove_node(origin: OriginFor<T>, peer_id: Vec<u8>) -> DispatchResult {
			let (institution, _) = T::InstitutionOrigin::ensure_origin(origin)?;
			Self::remove(&peer_id, Some(institution))
		}

		/// Registers a node for an institution.
		///
		/// - `institution`: its number.
		/// - `peer_id`, `kind`, `addresses`: as for an institution's own.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::register_node())]
		pub fn board_register_node(
			origin: OriginFor<T>,
			institution: InstitutionId,
			peer_id: Vec<u8>,
			kind: Kind,
			addresses: Vec<Vec<u8>>,
		) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			ensure!(T::Institutions::is_known(institution), Error::<T>::UnknownInstitution);
			Self::register(institution, &peer_id, kind, addresses)
		}

		/// Removes any node: it is cut.
		///
		/// - `peer_id`: as for registering.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::remove_node(T::MaxNodes::get()))]
		pub fn board_remove_node(origin: OriginFor<T>, peer_id: Vec<u8>) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			Self::remove(&peer_id, None)
		}

		/// Decides whether nodes that are not on the list are refused. Those that are connected then are cut.
		///
		/// - `enforced`: whether they are.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::set_enforced(T::MaxNodes::get()))]
		pub fn set_enforced(origin: OriginFor<T>, enforced: bool) -> DispatchResult {
			T::BoardOrigin::ensure_origin(origin)?;
			if enforced {
				Self::ensure_enforceable(None)?;
			}
			Enforced::<T>::put(enforced);
			Self::deposit_event(Event::EnforcementChanged { enforced });
			Ok(())
		}
	}
}

impl<T: Config> Pallet<T> {
	/// The PeerIds of the nodes that may be connected, ascending, each once. Nothing: everybody may.
	pub fn permitted_peers() -> Option<Vec<PeerIdBytes>> {
		Enforced::<T>::get().then(|| {
			let active = Nodes::<T>::iter().filter(|(_, node)| T::Institutions::is_active(node.institution));
			let registered = active.map(|(peer, _)| peer.into_inner());
			let permitted: BTreeSet<_> = registered.chain(T::Required::get()).collect();
			permitted.into_iter().collect()
		})
	}

	fn register(
		institution: InstitutionId,
		peer_id: &[u8],
		kind: Kind,
		addresses: Vec<Vec<u8>>,
	) -> Result<(), DispatchError> {
		let peer_id = types::peer_id::<T>(peer_id)?;
		let addresses = types::addresses::<T>(addresses)?;
		ensure!(!Nodes::<T>::contains_key(&peer_id), Error::<T>::AlreadyRegistered);
		ensure!(Nodes::<T>::count() < T::MaxNodes::get(), Error::<T>::ListFull);
		let count = Counts::<T>::get(institution);
		ensure!(count < T::MaxNodesPerInstitution::get(), Error::<T>::TooManyNodes);
		let since = frame_system::Pallet::<T>::block_number();
		Self::put(peer_id.clone(), Node { institution, kind, addresses, since });
		Self::deposit_event(Event::NodeRegistered { peer_id, institution, kind });
		Ok(())
	}

	/// Stores a node and counts it.
	pub(crate) fn put(peer_id: StoredPeerId, node: Node<BlockNumberFor<T>>) {
		Counts::<T>::mutate(node.institution, |count| *count = count.saturating_add(1));
		Nodes::<T>::insert(peer_id, node);
	}

	/// Removes a node; with `by`, only if it is that institution's.
	fn remove(peer_id: &[u8], by: Option<InstitutionId>) -> Result<(), DispatchError> {
		let peer_id = types::peer_id::<T>(peer_id)?;
		let node = Nodes::<T>::get(&peer_id).ok_or(Error::<T>::NotRegistered)?;
		ensure!(by.is_none_or(|institution| institution == node.institution), Error::<T>::NotYours);
		ensure!(!T::Required::get().contains(&peer_id), Error::<T>::RequiredNode);
		if Enforced::<T>::get() {
			// Whose nodes are not let in anyhow can go: a list is no worse for it.
			if T::Institutions::is_active(node.institution) {
				Self::ensure_enforceable(Some((&peer_id, node.kind)))?;
			}
		}
		let Node { institution, .. } = node;
		Nodes::<T>::remove(&peer_id);
		Counts::<T>::mutate_exists(institution, |count| {
			*count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
		});
		Self::deposit_event(Event::NodeRemoved { peer_id, institution });
		Ok(())
	}

	/// Whether the chain can go on with this list, enforced; with `without`, after this node's removal.
	fn ensure_enforceable(without: Option<(&StoredPeerId, Kind)>) -> Result<(), Error<T>> {
		let (mut permitted, mut validators) = (T::Required::get().len(), 0);
		for (peer_id, node) in Nodes::<T>::iter() {
			if without.is_some_and(|(gone, _)| *gone == peer_id) || !T::Institutions::is_active(node.institution) {
				continue;
			}
			permitted += 1;
			validators += u32::from(node.kind == Kind::Validator);
		}
		ensure!(permitted > 0, Error::<T>::NobodyPermitted);
		// The removal of another node makes them no fewer; it is not refused because they are too few already.
		let fewer = without.is_none_or(|(_, kind)| kind == Kind::Validator);
		ensure!(!fewer || validators >= T::LeastValidators::get(), Error::<T>::TooFewValidators);
		Ok(())
	}
}

impl<T: Config> BuiltInContract for Pallet<T> {
	const ADDRESS: Address = address(0x1005);
	const PREFIX: [u8; 16] = 0x519dfc7f_dad21b84_f64a5310_fa178ef2_u128.to_be_bytes();
	const VERSION: u16 = pallet::VERSION;
	const SUSPENDABLE: bool = true;

	fn storage() -> StorageMetadata {
		Self::storage_metadata()
	}
}
