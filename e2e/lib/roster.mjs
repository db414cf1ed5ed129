// Who comes onto the roster beside the four of the preset `local`, as a consortium does it: a validator is registered by its
// institution and approved by the board, an observer is let attest by the board.

import { readFileSync, writeFileSync } from 'node:fs';
import { u8aToHex } from '@polkadot/util';
import { eventOf } from './api.mjs';
import { motion } from './governance.mjs';
import { genesisOf } from './network.mjs';
import { consensusPair, registerValidator } from './validators.mjs';

/** The secret of a development account. */
export const uriOf = (who) => `//${who[0].toUpperCase()}${who.slice(1)}`;

/** The consensus key of a development account, in hex. */
export const consensusKey = (who) => u8aToHex(consensusPair(uriOf(who)).publicKey);

/**
 * Writes a supervisory authority into a spec that is not raw, with a consensus key that is registered from genesis on.
 * @returns its number
 */
export function addSupervisor(path, who) {
	const spec = JSON.parse(readFileSync(path, 'utf8'));
	const { identity, validators } = genesisOf(spec);
	const institution = identity.institutions.length;
	identity.institutions.push({ name: 'Supervisory Authority', kind: 'regulator', roots: [], quota: 1_000 });
	const { account } = validators.registrations[0];
	validators.registrations.push({ validator: consensusPair(uriOf(who)).address, institution, account, addresses: [] });
	writeFileSync(path, JSON.stringify(spec));
	return institution;
}

/** Registers a node's consensus key for the preset's institution without a validator, and lets the board approve it. */
export async function approveValidator(api, node, who) {
	const pair = consensusPair(uriOf(who));
	await registerValidator(api, pair, { peer: node.address.split('/').at(-1), addresses: [node.address] });
	const { events } = await motion(api, api.tx.validators.addValidator(pair.publicKey, null));
	return eventOf(events, 'validators', 'ValidatorApproved');
}

/** Lets the board take an observer onto the roster whose key is registered. */
export async function approveObserver(api, who) {
	const { events } = await motion(api, api.tx.validators.addObserver(consensusKey(who)));
	return eventOf(events, 'validators', 'ObserverAdded');
}
