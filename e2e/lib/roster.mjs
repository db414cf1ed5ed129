// A roster written into a chain spec by hand: who attests, in the committee or not.

import { writeFileSync } from 'node:fs';
import { u8aConcat, u8aToHex } from '@polkadot/util';
import { xxhashAsU8a } from '@polkadot/util-crypto';
import { syndic } from './network.mjs';
import { consensusPair } from './validators.mjs';

/** Where the roster is stored. */
const ROSTER_KEY = u8aToHex(u8aConcat(xxhashAsU8a('Validators', 128), xxhashAsU8a('Roster', 128)));

/** The secret of a development account. */
export const uriOf = (who) => `//${who[0].toUpperCase()}${who.slice(1)}`;

/** The consensus key of a development account, in hex. */
export const consensusKey = (who) => u8aToHex(consensusPair(uriOf(who)).publicKey);

function compareBytes(a, b) {
	const at = a.findIndex((byte, n) => byte !== b[n]);
	return at < 0 ? 0 : a[at] - b[at];
}

/**
 * Replaces the roster in a chain spec, which becomes a raw one.
 * @param {string} path of the spec
 * @param {{ who: string, institution: number | null, regulator?: boolean, observer?: boolean }[]} entries
 */
export async function writeRoster(path, entries) {
	const encoded = entries
		.map(({ who, institution, regulator = false, observer = false }) => {
			const number = new Uint8Array(4);
			new DataView(number.buffer).setUint32(0, institution ?? 0, true);
			const option = institution === null ? [0] : [1, ...number];
			return u8aConcat(consensusPair(uriOf(who)).publicKey, new Uint8Array([...option, Number(regulator), Number(observer)]));
		})
		.sort((a, b) => compareBytes(a.subarray(0, 32), b.subarray(0, 32)));
	const value = u8aConcat(new Uint8Array([entries.length << 2]), ...encoded);
	const spec = JSON.parse((await syndic('export-chain-spec', '--chain', path, '--raw')).stdout);
	spec.genesis.raw.top[ROSTER_KEY] = u8aToHex(value);
	writeFileSync(path, JSON.stringify(spec));
}
