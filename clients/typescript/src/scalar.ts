// Scalars and points of Curve25519's subgroup of prime order, as they stand in envelopes: 32 bytes each, little endian.

import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { exactly, wipe } from './bytes.js';
import { EnvelopeError } from './errors.js';

export const { Point } = ed25519;

/** A point of the Edwards form. */
export type EdwardsPoint = InstanceType<typeof Point>;

/** The field of the scalars: numbers modulo the subgroup's order. */
export const { Fn } = Point;

/** A number modulo the order, out of 64 bytes. */
export function reduce(wide: Uint8Array): bigint {
	return Fn.create(bytesToNumberLE(exactly('a wide number', wide, 64)));
}

/** A random scalar that is not zero. */
export function randomScalar(): bigint {
	for (;;) {
		const wide = randomBytes(64);
		const scalar = reduce(wide);
		wipe(wide);
		if (scalar !== 0n) return scalar;
	}
}

export const encodeScalar = (scalar: bigint): Uint8Array => numberToBytesLE(scalar, 32);

/** The scalar of 32 bytes, or null if they are not its canonical form. */
export function canonical(bytes: Uint8Array): bigint | null {
	const scalar = bytesToNumberLE(exactly('a scalar', bytes, 32));
	return scalar < Fn.ORDER ? scalar : null;
}

/** The scalar of 32 bytes, which must be its canonical form. */
export function decodeScalar(bytes: Uint8Array): bigint {
	const scalar = canonical(bytes);
	if (scalar === null) throw new EnvelopeError('BadScalar', 'it is not below the order of the group');
	return scalar;
}

/** `scalar·B`. Takes as long for every scalar but zero. */
export const timesBase = (scalar: bigint): EdwardsPoint => (scalar === 0n ? Point.ZERO : Point.BASE.multiply(scalar));

/** `scalar·point`, where neither is a secret. */
export const times = (point: EdwardsPoint, scalar: bigint): EdwardsPoint =>
	scalar === 0n ? Point.ZERO : point.multiplyUnsafe(scalar);

/** Whether a point is one of the group's, and not its neutral element. */
export const isOfPrimeOrder = (point: EdwardsPoint): boolean => !point.is0() && point.isTorsionFree();

/** The point of 32 bytes. Throws `BadPoint` unless they are its canonical form and it is of prime order. */
export function decodePoint(what: string, bytes: Uint8Array): EdwardsPoint {
	exactly(what, bytes, 32);
	let point: EdwardsPoint;
	try {
		point = Point.fromBytes(bytes);
	} catch {
		throw new EnvelopeError('BadPoint', `${what} is no point of the curve, or not its canonical form`);
	}
	if (!isOfPrimeOrder(point)) throw new EnvelopeError('BadPoint', `${what} is not of prime order`);
	return point;
}
