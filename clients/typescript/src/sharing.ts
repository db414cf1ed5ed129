// A secret among officers: Shamir's sharing over the scalars, with Feldman's points, so that everybody sees whether a share is
// right.

import { wipe } from './bytes.js';
import { EnvelopeError } from './errors.js';
import {
	type EdwardsPoint,
	Fn,
	Point,
	canonical,
	decodePoint,
	decodeScalar,
	encodeScalar,
	randomScalar,
	times,
	timesBase,
} from './scalar.js';

/** The most officers of a panel. */
export const MAX_OFFICERS = 16;

/** A panel's part of an envelope, as its sender makes it. */
export interface Sharing {
	/** Of all coefficients but the first, which the key point is of. */
	points: Uint8Array[];
	/** The share of each officer, in their order. To be wiped when they are wrapped. */
	shares: Uint8Array[];
}

/** An officer's share, in the open. To be wiped after use. */
export interface Share {
	/** The officer's place in the panel, from 0. */
	index: number;
	/** A scalar. */
	value: Uint8Array;
}

/** What of a secret stands on chain. */
export interface Points {
	/** That of the secret itself. */
	keyPoint: Uint8Array;
	/** Those of the other coefficients; one fewer than shares are needed. */
	points: Uint8Array[];
}

/** Makes a secret. The caller wipes it. */
export const newSecret = (): Uint8Array => encodeScalar(randomScalar());

/** The point that stands on chain for a secret. */
export const keyPointOf = (secret: Uint8Array): Uint8Array => timesBase(decodeScalar(secret)).toBytes();

/** Shares a secret among so many officers, any `threshold` of which can put it together. */
export function split(secret: Uint8Array, officers: number, threshold: number): Sharing {
	if (officers > MAX_OFFICERS || !Number.isInteger(threshold) || threshold < 2 || threshold > officers) {
		const bounds = `between 2 and all of at most ${MAX_OFFICERS} are possible`;
		throw new EnvelopeError('Panel', `a panel of ${officers} officers cannot open by ${threshold}: ${bounds}`);
	}
	const coefficients = [decodeScalar(secret), ...Array.from({ length: threshold - 1 }, randomScalar)];
	const at = (x: bigint) => coefficients.reduceRight((sum, coefficient) => Fn.create(sum * x + coefficient), 0n);
	return {
		points: coefficients.slice(1).map((coefficient) => timesBase(coefficient).toBytes()),
		shares: Array.from({ length: officers }, (_, index) => encodeScalar(at(BigInt(index + 1)))),
	};
}

/** Throws `OtherShare` unless it is the share of the officer at its index, by what stands on chain. */
export function checkShare({ keyPoint, points }: Points, { index, value }: Share): void {
	const all = [decodePoint('the key point', keyPoint), ...points.map((point, n) => decodePoint(`point ${n + 1}`, point))];
	const x = BigInt(index + 1);
	const expected = all.reduceRight((sum: EdwardsPoint, point) => times(sum, x).add(point), Point.ZERO);
	const scalar = canonical(value);
	if (scalar === null || !timesBase(scalar).equals(expected)) {
		throw new EnvelopeError('OtherShare', `the share of officer ${index} does not fit the points of the envelope`);
	}
}

/** Whether a secret is the one of the key point. */
export function isSecretOf(keyPoint: Uint8Array, secret: Uint8Array): boolean {
	const expected = decodePoint('the key point', keyPoint);
	const scalar = canonical(secret);
	return scalar !== null && timesBase(scalar).equals(expected);
}

/**
 * Puts a secret together out of shares, each of which is checked before: of the first `points.length + 1` different ones. The
 * caller wipes the secret.
 */
export function combine(onChain: Points, shares: Share[]): Uint8Array {
	const needed = onChain.points.length + 1;
	const different = shares.filter(({ index }, n) => shares.findIndex((other) => other.index === index) === n);
	if (different.length < needed) throw new EnvelopeError('Shares', `there are ${different.length} different shares, ${needed} are needed`);
	const taken = different.slice(0, needed);
	for (const share of taken) checkShare(onChain, share);
	const xs = taken.map(({ index }) => BigInt(index + 1));
	const sum = taken.reduce((total, { value }, i) => {
		const own = xs[i] as bigint;
		const others = xs.filter((_, j) => j !== i);
		// Lagrange's factor at 0.
		const over = others.reduce((product, x) => Fn.create(product * x), 1n);
		const under = others.reduce((product, x) => Fn.create(product * (x - own)), 1n);
		return Fn.create(total + decodeScalar(value) * Fn.create(over * Fn.inv(under)));
	}, 0n);
	const secret = encodeScalar(sum);
	if (!isSecretOf(onChain.keyPoint, secret)) {
		wipe(secret);
		throw new EnvelopeError('SecretWrong', 'the secret is not the one that the key point stands for');
	}
	return secret;
}
