// Reads and checks a block's justification without any of the engine's code: written after the format's description
// in consensus/primitives (vote.rs, certificate.rs, set.rs), with Node's own ed25519.

import { createPublicKey, verify } from 'node:crypto';
import { xxhashAsU8a } from '@polkadot/util-crypto';

const DOMAIN = Buffer.from('syndic/pbft/vote/v1', 'ascii');
const ENGINE_ID = 'PBFT';
export const PHASES = ['pre-prepare', 'prepare', 'commit'];

/** Hex with 0x of bytes. */
export const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
/** Bytes of hex, with or without 0x. */
export const bytes = (text) => Buffer.from(text.replace(/^0x/, ''), 'hex');

/** Reads SCALE from the front of a buffer. */
class Reader {
	constructor(buffer) {
		this.buffer = buffer;
		this.at = 0;
	}
	take(count) {
		if (this.at + count > this.buffer.length) throw new Error(`SCALE: ${count} bytes wanted at ${this.at} of ${this.buffer.length}`);
		this.at += count;
		return this.buffer.subarray(this.at - count, this.at);
	}
	u8() {
		return this.take(1)[0];
	}
	u16() {
		return this.take(2).readUInt16LE();
	}
	u32() {
		return this.take(4).readUInt32LE();
	}
	u64() {
		return Number(this.take(8).readBigUInt64LE());
	}
	compact() {
		const first = this.u8();
		switch (first & 3) {
			case 0:
				return first >> 2;
			case 1:
				return (first | (this.u8() << 8)) >> 2;
			case 2:
				return (first + this.u8() * 2 ** 8 + this.u16() * 2 ** 16 - 2) / 4;
			default:
				throw new Error('SCALE: a length beyond 2^30');
		}
	}
	list(item) {
		return Array.from({ length: this.compact() }, item);
	}
	end() {
		if (this.at !== this.buffer.length) throw new Error(`SCALE: ${this.buffer.length - this.at} bytes left over`);
	}
}

/** A certificate: one vote, and who signed it. */
export function decodeCertificate(encoded) {
	const reader = new Reader(encoded);
	const voteBytes = encoded.subarray(0, 8 + 4 + 4 + 1 + 32);
	const vote = {
		setId: reader.u64(),
		height: reader.u32(),
		view: reader.u32(),
		phase: PHASES[reader.u8()],
		blockHash: hex(reader.take(32)),
	};
	const signatures = reader.list(() => ({ signer: reader.u16(), signature: reader.take(64) }));
	reader.end();
	return { vote, voteBytes, signatures };
}

/** The bytes of a vote as they are signed and stored. */
export function encodeVote({ setId, height, view, phase, blockHash }) {
	const vote = Buffer.alloc(17);
	vote.writeBigUInt64LE(BigInt(setId), 0);
	vote.writeUInt32LE(height, 8);
	vote.writeUInt32LE(view, 12);
	vote.writeUInt8(PHASES.indexOf(phase), 16);
	return Buffer.concat([vote, bytes(blockHash)]);
}

/** A validator set as it is stored. */
export function decodeSet(encoded) {
	const reader = new Reader(encoded);
	const set = { id: reader.u64(), since: reader.u32(), members: reader.list(() => hex(reader.take(32))) };
	// Positions of those who do not lead; before specVersion 4 a set ended here.
	if (reader.at < encoded.length) set.demoted = reader.list(() => reader.u16());
	reader.end();
	return set;
}

/** Where the runtime stores the set that decides the next block. */
export const SET_KEY = hex(Buffer.concat([xxhashAsU8a('Validators', 128), xxhashAsU8a('CurrentSet', 128)]));

/** q = n − f, f = ⌊(n − 1) / 3⌋. */
export const quorum = (n) => n - Math.floor((n - 1) / 3);

const keys = new Map();
function publicKey(raw) {
	if (!keys.has(raw)) {
		const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes(raw).toString('base64url') };
		keys.set(raw, createPublicKey({ key: jwk, format: 'jwk' }));
	}
	return keys.get(raw);
}

/** Whether a signature under a vote is a member's. */
export function signedBy(member, genesis, voteBytes, signature) {
	const payload = Buffer.concat([DOMAIN, bytes(genesis), voteBytes]);
	return verify(null, payload, publicKey(member), signature);
}

/** The certificate among the justifications of a block as `chain_getBlock` answers, or undefined. */
export function justificationOf(answer) {
	const found = (answer.justifications ?? []).find(([engine]) => Buffer.from(engine).toString('ascii') === ENGINE_ID);
	return found && Buffer.from(found[1]);
}

/**
 * Throws unless `encoded` proves that `set` committed the block. Returns the signers' keys and the view.
 * @param {Buffer} encoded
 * @param {{ genesis: string, height: number, blockHash: string, set: { id: number, members: string[] } }} block
 */
export function checkCertificate(encoded, { genesis, height, blockHash, set }) {
	const { vote, voteBytes, signatures } = decodeCertificate(encoded);
	const expected = { setId: set.id, height, phase: 'commit', blockHash };
	for (const [field, value] of Object.entries(expected)) {
		if (vote[field] !== value) throw new Error(`certificate of block ${height}: ${field} is ${vote[field]}, not ${value}`);
	}
	const signers = new Set();
	for (const { signer, signature } of signatures) {
		const member = set.members[signer];
		if (!member) throw new Error(`certificate of block ${height}: no member ${signer} of ${set.members.length}`);
		if (signers.has(member)) throw new Error(`certificate of block ${height}: member ${signer} twice`);
		if (!signedBy(member, genesis, voteBytes, signature)) throw new Error(`certificate of block ${height}: bad signature of ${signer}`);
		signers.add(member);
	}
	const q = quorum(set.members.length);
	if (signers.size < q) throw new Error(`certificate of block ${height}: ${signers.size} signers, a quorum is ${q}`);
	return { view: vote.view, signers: [...signers] };
}
