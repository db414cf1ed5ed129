//! What makes a pallet a built-in contract.

use frame_support::traits::PalletInfoAccess;
use syndic_primitives::builtin::{Address, ContractInfo};

/// Where FRAME keeps a pallet's items, and how the keys of its maps are hashed.
pub type StorageMetadata = sp_metadata_ir::PalletStorageMetadataIR;

/// A pallet at a fixed address, with a fixed storage prefix.
///
/// The constants are written out, not derived from the runtime, so that renaming a pallet cannot move it unseen: the
/// runtime's integrity test compares them with its names.
pub trait BuiltInContract: PalletInfoAccess {
	/// Its address, from `syndic_primitives::builtin::address`. Never used again for another contract.
	const ADDRESS: Address;
	/// What its storage keys begin with: `twox_128` of the pallet's name.
	const PREFIX: [u8; 16];
	/// Grows when its storage or its calls change. A change of the storage needs a migration too.
	const VERSION: u16;
	/// Whether the board can suspend it: refuse all its calls until further notice, while its hooks go on. Not what the
	/// chain could not live without, nor what is needed to resume it.
	const SUSPENDABLE: bool;

	/// The pallet's own `storage_metadata()`, which FRAME makes for every pallet, but not as a trait's.
	fn storage() -> StorageMetadata;

	/// As the registry lists it.
	fn info() -> ContractInfo {
		ContractInfo {
			address: Self::ADDRESS,
			prefix: Self::PREFIX,
			version: Self::VERSION,
			name: Self::name().into(),
			suspendable: Self::SUSPENDABLE,
		}
	}
}
