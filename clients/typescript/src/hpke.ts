// HPKE (RFC 9180) of 32 bytes: X25519, HKDF-SHA256, ChaCha20-Poly1305, mode base. What a wrap is for stands in its `info`.

import { Chacha20Poly1305 } from '@hpke/chacha20poly1305';
import { CipherSuite, HkdfSha256 } from '@hpke/core';
import { DhkemX25519HkdfSha256 } from '@hpke/dhkem-x25519';
import { concatBytes } from '@noble/hashes/utils.js';
import { exactly, text, u32, wipe } from './bytes.js';
import { EnvelopeError } from './errors.js';

/** 32 bytes, sealed to one key. */
export interface Wrap {
	/** The ephemeral public key. */
	enc: Uint8Array;
	/** The 32 bytes, encrypted, and the tag. */
	sealed: Uint8Array;
}

/** Which envelope a wrap belongs to. */
export interface Context {
	/** The chain: the hash of its first block. */
	genesis: Uint8Array;
	/** The sender's account. */
	sender: Uint8Array;
	/** The commitment to the payload. */
	commitment: Uint8Array;
}

/** Which wrap of its envelope it is. */
export type Place =
	/** The secret, to the recipient at this position. */
	| { recipient: number }
	/** A share, to the officer at this position of a panel. */
	| { panel: number; officer: number }
	/** A share that the officer at this position released for a disclosure. */
	| { request: number; releasedBy: number };

/** The suite of every wrap. */
export const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Chacha20Poly1305() });

function encodePlace(place: Place): Uint8Array {
	if ('recipient' in place) return concatBytes(Uint8Array.of(0), u32(place.recipient));
	if ('panel' in place) return concatBytes(Uint8Array.of(1), u32(place.panel), u32(place.officer));
	return concatBytes(Uint8Array.of(2), u32(place.request), u32(place.releasedBy));
}

/** What a wrap is bound to: opened as another one, or for another envelope, it does not open. */
export function wrapInfo(context: Context, place: Place): Uint8Array {
	return concatBytes(
		text('syndic/envelope/1'),
		exactly('the genesis hash', context.genesis, 32),
		exactly('the sender', context.sender, 32),
		exactly('the commitment', context.commitment, 32),
		encodePlace(place),
	);
}

/** Seals 32 bytes to a key. */
export async function sealTo(key: Uint8Array, context: Context, place: Place, secret: Uint8Array): Promise<Wrap> {
	exactly('what is to be sealed', secret, 32);
	const info = wrapInfo(context, place);
	const recipientPublicKey = await suite.kem.importKey('raw', copy(key), true);
	const sender = await suite.createSenderContext({ recipientPublicKey, info: copy(info) });
	const plain = copy(secret);
	try {
		return { enc: new Uint8Array(sender.enc), sealed: new Uint8Array(await sender.seal(plain)) };
	} finally {
		wipe(new Uint8Array(plain));
	}
}

/** Opens a wrap with the secret key that it was sealed to. The caller wipes what it gets. */
export async function openWith(secretKey: Uint8Array, context: Context, place: Place, wrap: Wrap): Promise<Uint8Array> {
	exactly('the secret key', secretKey, 32);
	exactly("the wrap's key", wrap.enc, 32);
	exactly("the wrap's ciphertext", wrap.sealed, 48);
	const info = wrapInfo(context, place);
	const plainKey = copy(secretKey);
	try {
		const recipientKey = await suite.kem.importKey('raw', plainKey, false);
		const recipient = await suite.createRecipientContext({ recipientKey, enc: copy(wrap.enc), info: copy(info) });
		return new Uint8Array(await recipient.open(copy(wrap.sealed)));
	} catch {
		// The library's own error says no more than that.
		throw new EnvelopeError('NotForThisKey', 'it was sealed to another key, for another envelope or place, or it was changed');
	} finally {
		wipe(new Uint8Array(plainKey));
	}
}

/** The library takes buffers as a whole: a copy of just these bytes. */
function copy(bytes: Uint8Array): ArrayBuffer {
	return Uint8Array.from(bytes).buffer;
}
