// Byte strings: putting them together, comparing them, and forgetting them.

import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { EnvelopeError } from './errors.js';

/** The bytes of a text. */
export const text = (string: string): Uint8Array => utf8ToBytes(string);

/** `0x…`, as polkadot.js and the node's RPC write bytes. */
export const toHex = (bytes: Uint8Array): `0x${string}` => `0x${bytesToHex(bytes)}`;

/** The bytes of `0x…`. Throws a TypeError if it is none. */
export function fromHex(hex: string): Uint8Array {
	if (typeof hex !== 'string' || !/^0x([0-9a-fA-F]{2})*$/.test(hex)) throw new TypeError('not bytes in hex with 0x before them');
	return hexToBytes(hex.slice(2));
}

/** A number of 32 bits, little endian. */
export function u32(number: number): Uint8Array {
	if (!Number.isInteger(number) || number < 0 || number > 0xffff_ffff) throw new RangeError(`${number} is not within 0..4294967295`);
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, number, true);
	return bytes;
}

/** Whether two byte strings are the same. Takes as long wherever they differ. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
	let different = a.length ^ b.length;
	for (let i = 0; i < Math.min(a.length, b.length); i += 1) different |= (a[i] as number) ^ (b[i] as number);
	return different === 0;
}

/** Throws unless there are exactly so many bytes. The bytes themselves are not told: they may be secret. */
export function exactly(what: string, bytes: Uint8Array, length: number): Uint8Array {
	if (!(bytes instanceof Uint8Array)) throw new TypeError(`${what} is no Uint8Array`);
	if (bytes.length !== length) throw new EnvelopeError('Length', `${what} has ${bytes.length} bytes, it must have ${length}`);
	return bytes;
}

/**
 * Overwrites secrets with zeros. What JavaScript itself has copied meanwhile (numbers of any size, what was compiled) it does
 * not reach: whoever must rely on it uses `syndic privacy`, whose secrets are wiped all.
 */
export function wipe(...secrets: (Uint8Array | undefined)[]): void {
	for (const secret of secrets) secret?.fill(0);
}
