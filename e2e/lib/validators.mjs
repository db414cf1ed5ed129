// Registers validators, as an institution's administrator does it.

import { Keyring } from '@polkadot/api';
import { stringToU8a, u8aConcat } from '@polkadot/util';
import { account, eventOf, send } from './api.mjs';

/** The number of the institution in the presets that has no validator, and its administrator. `local` has five. */
export const NEWCOMER = { institution: 4, administrator: 'ferdie' };

/** The account out of which rewards are paid: that of the runtime's `PotId`. */
export const POT = u8aConcat(stringToU8a('modlsy/valid'), new Uint8Array(20));

/**
 * The proof that a consensus key is held: its signature over domain, genesis hash, institution and account.
 * @param pair the consensus key, ed25519, of @polkadot/keyring
 * @param institution the institution's number
 * @param administrator the account, sr25519, that will register the key
 */
export function possession(api, pair, institution, administrator) {
	const number = new Uint8Array(4);
	new DataView(number.buffer).setUint32(0, institution, true);
	const domain = new TextEncoder().encode('syndic/pbft/possession/v1');
	return pair.sign(u8aConcat(domain, api.genesisHash.toU8a(), number, administrator.publicKey));
}

/** The key pair of a seed or of a phrase such as `//Eve`. */
export function consensusPair(suri) {
	return new Keyring({ type: 'ed25519' }).addFromUri(suri);
}

/** Registers a validator whose proof is at hand, by the administrator of its institution. */
export async function registerWithProof(api, { key, proof, peer = null, addresses = [], administrator = NEWCOMER.administrator }) {
	const call = api.tx.validators.registerValidator(key, proof, peer, addresses);
	const sent = await send(api, call, account(administrator));
	return eventOf(sent.events, 'validators', 'ValidatorRegistered');
}

/** Registers a validator whose consensus key is at hand. */
export function registerValidator(api, pair, { institution = NEWCOMER.institution, administrator = NEWCOMER.administrator, ...node } = {}) {
	const proof = possession(api, pair, institution, account(administrator));
	return registerWithProof(api, { key: pair.publicKey, proof, administrator, ...node });
}
