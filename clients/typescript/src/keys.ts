// Encryption keys of accounts: X25519, registered in `identity` with a proof that the secret key is held.

import { x25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, randomBytes } from '@noble/hashes/utils.js';
import { exactly, text, u32, wipe } from './bytes.js';
import { EnvelopeError } from './errors.js';
import { type EdwardsPoint, Fn, Point, canonical, encodeScalar, isOfPrimeOrder, randomScalar, reduce, times, timesBase } from './scalar.js';

/** A key pair. The secret stays with its owner and is never sent anywhere. */
export interface EncryptionKey {
	/** What is registered. */
	publicKey: Uint8Array;
	/** 32 bytes. */
	secret: Uint8Array;
}

/** What a proof of possession is for: a proof for one registration is none for another. */
export interface Registration {
	/** The chain: the hash of its first block. */
	genesis: Uint8Array;
	/** The account that registers the key. */
	account: Uint8Array;
	/** The key's version: one more than that of the account's last key, 1 for the first. */
	version: number;
}

const P = 2n ** 255n - 19n;

/** Makes a key. */
export function generateKey(): EncryptionKey {
	return keyOf(randomBytes(32));
}

/** The key pair of a secret key. */
export function keyOf(secret: Uint8Array): EncryptionKey {
	return { publicKey: x25519.getPublicKey(exactly('the secret key', secret, 32)), secret };
}

/** Where in Edwards' form a public key is: of the two points, that whose sign is even. */
function edwards(key: Uint8Array): EdwardsPoint {
	const u = bytesToNumberLE(exactly('the encryption key', key, 32));
	const bad = (why: string) => new EnvelopeError('BadKey', `the encryption key is ${why}`);
	if (u >= P) throw bad('not the one encoding of its coordinate');
	const { Fp } = Point;
	// The point that has no coordinate in this form is none of the curve's.
	if (Fp.eql(Fp.add(u, 1n), 0n)) throw bad('not on the curve');
	const y = Fp.div(Fp.sub(u, 1n), Fp.add(u, 1n));
	let point: EdwardsPoint;
	try {
		point = Point.fromBytes(Fp.toBytes(y));
	} catch {
		throw bad('not on the curve');
	}
	if (!isOfPrimeOrder(point)) throw bad('not of prime order');
	return point;
}

/** Throws `BadKey` unless a public key can be encrypted to. */
export function checkKey(key: Uint8Array): void {
	edwards(key);
}

/** `scalar·8B`: clamped secret keys are multiples of 8, so public keys are multiples of this base. */
const timesGenerator = (scalar: bigint): EdwardsPoint => timesBase(Fn.create(8n * scalar));

function challenge(key: Uint8Array, { genesis, account, version }: Registration, commitment: EdwardsPoint): bigint {
	const parts = [
		text('syndic/possession/1'),
		exactly('the genesis hash', genesis, 32),
		exactly('the account', account, 32),
		u32(version),
		key,
		commitment.toBytes(),
	];
	return reduce(sha512(concatBytes(...parts)));
}

/** Proves that the secret key is held: for `identity.setEncryptionKey`, 64 bytes. */
export function provePossession({ publicKey, secret }: EncryptionKey, registration: Registration): Uint8Array {
	const point = edwards(publicKey);
	const clamped = Uint8Array.from(exactly('the secret key', secret, 32));
	clamped[0] = (clamped[0] as number) & 248;
	clamped[31] = ((clamped[31] as number) & 127) | 64;
	const x = Fn.create(bytesToNumberLE(clamped) >> 3n);
	wipe(clamped);
	const own = timesGenerator(x);
	// Two points have the key's coordinate; the secret of one is the other's, negated.
	const signed = own.equals(point) ? x : own.negate().equals(point) ? Fn.neg(x) : null;
	if (signed === null) throw new EnvelopeError('BadProof', 'the public key is not that of the secret key');
	const k = randomScalar();
	const c = challenge(publicKey, registration, timesGenerator(k));
	return concatBytes(encodeScalar(c), encodeScalar(Fn.create(k + c * signed)));
}

/** Throws `BadProof` unless the proof holds. */
export function verifyPossession(key: Uint8Array, registration: Registration, proof: Uint8Array): void {
	const point = edwards(key);
	exactly('the proof', proof, 64);
	const [c, z] = [canonical(proof.subarray(0, 32)), canonical(proof.subarray(32))];
	const holds = c !== null && z !== null && challenge(key, registration, timesGenerator(z).subtract(times(point, c))) === c;
	if (!holds) throw new EnvelopeError('BadProof', 'the proof does not hold for this key, account, version and chain');
}
