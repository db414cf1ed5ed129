// What can be wrong with a key, an envelope or a proof: the faults of the Rust crate syndic-envelope, by the same names, and two
// more. No message ever holds a secret.

/** What is wrong. */
export type Fault =
	/** A key is not the canonical form of a point of Curve25519 of prime order. */
	| 'BadKey'
	/** A point is not the canonical form of a point of edwards25519 of prime order. */
	| 'BadPoint'
	/** A proof of possession does not hold. */
	| 'BadProof'
	/** A secret is not the canonical form of a scalar. */
	| 'BadScalar'
	/** A wrap does not open with this key: it was sealed to another, for another place, or was changed. */
	| 'NotForThisKey'
	/** The wrap holds another secret than the one of the key point on chain. The sender has cheated. */
	| 'OtherSecret'
	/** The wrap holds a share that does not fit the points on chain. Its sender has cheated. */
	| 'OtherShare'
	/** The secret is not the one of the key point. */
	| 'SecretWrong'
	/** The ciphertext is not the one whose hash is on chain: truncated, or another. */
	| 'CiphertextWrong'
	/** The ciphertext does not hold what the commitment stands for. The sender has cheated. */
	| 'PayloadWrong'
	/** There is nothing to seal. */
	| 'PayloadEmpty'
	/** The payload is longer than 262,144 bytes. */
	| 'PayloadTooLong'
	/** There are no recipients, or more than 16, or one is there twice. */
	| 'Recipients'
	/** There are no panels, or more than 4, or one is there twice. */
	| 'Panels'
	/** A panel's threshold cannot be, or it has too many officers. */
	| 'Panel'
	/** There are fewer different shares than it takes. */
	| 'Shares'
	/** A field has another length than it must have. */
	| 'Length'
	/** The chain has nothing of that kind; the message says what. */
	| 'Unknown';

/** Something is wrong with a key, an envelope or a proof: `fault` says what, the message says it to people. */
export class EnvelopeError extends Error {
	constructor(
		readonly fault: Fault,
		message: string,
	) {
		super(`${fault}: ${message}`);
		this.name = 'EnvelopeError';
	}
}
