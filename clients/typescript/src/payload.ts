// The payload itself: its commitment, and its encryption under the envelope's secret.

import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { equal, exactly, text, wipe } from './bytes.js';
import { EnvelopeError } from './errors.js';
import type { Context } from './hpke.js';

/** The longest payload, in bytes. */
export const MAX_PAYLOAD = 262_144;

/** The bytes of salt before a payload: without them, whoever guesses a payload could check the guess by the commitment. */
export const SALT = 32;

/** By how many bytes a ciphertext is longer than its payload. */
export const OVERHEAD = SALT + 16;

/** A payload in the open, with what proves that it is the one committed to. */
export interface Opened {
	salt: Uint8Array;
	payload: Uint8Array;
}

/** What stands on chain for a payload. */
export function commitmentOf(salt: Uint8Array, payload: Uint8Array): Uint8Array {
	const hash = blake2b.create({ dkLen: 32 }).update(text('syndic/commitment/1')).update(exactly('the salt', salt, SALT)).update(payload);
	return hash.digest();
}

/** By which the chain knows a ciphertext. */
export function ciphertextHash(ciphertext: Uint8Array): Uint8Array {
	return blake2b(ciphertext, { dkLen: 32 });
}

/** Throws unless a payload has a length that the chain takes. */
export function checkPayload(payload: Uint8Array): void {
	if (payload.length === 0) throw new EnvelopeError('PayloadEmpty', 'there is nothing to send');
	if (payload.length > MAX_PAYLOAD) {
		throw new EnvelopeError('PayloadTooLong', `the payload has ${payload.length} bytes, at most ${MAX_PAYLOAD} can be sent`);
	}
}

/** The key that a payload is encrypted under. The caller wipes it. */
export function payloadKeyOf(secret: Uint8Array): Uint8Array {
	return hkdf(sha256, exactly('the secret', secret, 32), undefined, text('syndic/payload-key/1'), 32);
}

/** The cipher of an envelope. Its key is used once, so the nonce may be zero. */
function withCipher<T>(secret: Uint8Array, context: Context, use: (cipher: ReturnType<typeof chacha20poly1305>) => T): T {
	const key = payloadKeyOf(secret);
	const associated = concatBytes(text('syndic/payload/1'), context.genesis, context.sender, context.commitment);
	try {
		return use(chacha20poly1305(key, new Uint8Array(12), associated));
	} finally {
		wipe(key);
	}
}

/** Encrypts a payload under an envelope's secret. */
export function encrypt(secret: Uint8Array, context: Context, { salt, payload }: Opened): Uint8Array {
	const plain = concatBytes(salt, payload);
	try {
		return withCipher(secret, context, (cipher) => cipher.encrypt(plain));
	} finally {
		wipe(plain);
	}
}

/** Decrypts the ciphertext of this hash, and checks that it holds what was committed to. The caller wipes what it gets. */
export function decrypt(secret: Uint8Array, context: Context, hash: Uint8Array, ciphertext: Uint8Array): Opened {
	if (!equal(ciphertextHash(ciphertext), hash)) {
		throw new EnvelopeError('CiphertextWrong', `the ciphertext, ${ciphertext.length} bytes, has another hash than the envelope says`);
	}
	const wrong = () => new EnvelopeError('PayloadWrong', 'the ciphertext does not hold what the commitment stands for');
	let plain: Uint8Array;
	try {
		plain = withCipher(secret, context, (cipher) => cipher.decrypt(ciphertext));
	} catch {
		throw wrong();
	}
	if (plain.length < SALT) throw wrong();
	const opened = { salt: plain.slice(0, SALT), payload: plain.slice(SALT) };
	wipe(plain);
	if (!equal(commitmentOf(opened.salt, opened.payload), context.commitment)) {
		wipe(opened.salt, opened.payload);
		throw wrong();
	}
	return opened;
}
