// What the Rust crate makes opens here, and what is made here opens there: both sides read both files.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
	ciphertextHash,
	commitmentOf,
	fromHex,
	generateKey,
	keyOf,
	keyPointOf,
	openAsRecipient,
	openWithShares,
	provePossession,
	resealShare,
	seal,
	toHex,
	unwrapRelease,
	unwrapSecret,
	unwrapShare,
	verifyPossession,
	wrapArgument,
} from '../dist/index.js';

const file = (name) => new URL(`../../../privacy/envelope/tests/${name}`, import.meta.url);
const PANEL = 4;
const REQUEST = 3;

/** Vectors as the Rust crate writes them, and its tests read them. */
async function make() {
	const [genesis, sender, account] = [7, 9, 5].map((byte) => new Uint8Array(32).fill(byte));
	const payload = new TextEncoder().encode('Pay 12,000 to the account of the other party');
	const keys = Array.from({ length: 4 }, generateKey);
	const [recipient, ...officers] = keys;
	const registered = ({ publicKey }, n) => ({ account: new Uint8Array(32).fill(n), version: 1, key: publicKey });
	const panels = [{ panel: PANEL, version: 1, threshold: 2, officers: officers.map(registered) }];
	const sealed = await seal({ genesis, sender, payload, recipients: [registered(recipient, 100)], panels });
	const secret = await unwrapSecret(genesis, sealed, 0, recipient.secret);
	const { salt } = await openAsRecipient(genesis, sealed, 0, recipient.secret, sealed.ciphertext);
	const share = await unwrapShare(genesis, sealed, PANEL, 1, officers[1].secret);
	const released = await resealShare(genesis, sealed, REQUEST, share, officers[0].publicKey);
	const pair = ({ publicKey, secret: bytes }) => ({ key: toHex(publicKey), secret: toHex(bytes) });
	return {
		genesis: toHex(genesis),
		sender: toHex(sender),
		payload: toHex(payload),
		salt: toHex(salt),
		commitment: toHex(sealed.commitment),
		ciphertext: toHex(sealed.ciphertext),
		ciphertextHash: toHex(sealed.ciphertextHash),
		keyPoint: toHex(sealed.keyPoint),
		secret: toHex(secret),
		recipient: pair(recipient),
		recipientWrap: wrapArgument(sealed.recipients[0].wrap),
		panel: PANEL,
		threshold: 2,
		officers: officers.map(pair),
		points: sealed.panels[0].points.map(toHex),
		shares: sealed.panels[0].shares.map(wrapArgument),
		release: { request: REQUEST, index: 1, requester: 0, wrap: wrapArgument(released) },
		possession: { account: toHex(account), version: 2, proof: toHex(provePossession(recipient, { genesis, account, version: 2 })) },
	};
}

/** Opens everything in them. */
async function check(vectors) {
	const bytes = (name) => fromHex(vectors[name]);
	const wrap = ({ enc, sealed }) => ({ enc: fromHex(enc), sealed: fromHex(sealed) });
	const secretOf = ({ key, secret }) => {
		assert.equal(toHex(keyOf(fromHex(secret)).publicKey), key);
		return fromHex(secret);
	};
	const genesis = bytes('genesis');
	const [ciphertext, recipient, officers] = [bytes('ciphertext'), secretOf(vectors.recipient), vectors.officers.map(secretOf)];
	const envelope = {
		commitment: bytes('commitment'),
		sender: bytes('sender'),
		ciphertextHash: bytes('ciphertextHash'),
		ciphertextLength: ciphertext.length,
		keyPoint: bytes('keyPoint'),
		recipients: [{ account: new Uint8Array(32), version: 1, wrap: wrap(vectors.recipientWrap) }],
		panels: [{ panel: vectors.panel, version: 1, points: vectors.points.map(fromHex), shares: vectors.shares.map(wrap) }],
	};
	assert.equal(toHex(ciphertextHash(ciphertext)), vectors.ciphertextHash);
	assert.equal(toHex(commitmentOf(bytes('salt'), bytes('payload'))), vectors.commitment);
	assert.equal(toHex(keyPointOf(bytes('secret'))), vectors.keyPoint);

	assert.equal(toHex(await unwrapSecret(genesis, envelope, 0, recipient)), vectors.secret);
	const opened = await openAsRecipient(genesis, envelope, 0, recipient, ciphertext);
	assert.deepEqual([toHex(opened.payload), toHex(opened.salt)], [vectors.payload, vectors.salt]);

	const { request, index, requester, wrap: released } = vectors.release;
	const own = await unwrapShare(genesis, envelope, vectors.panel, requester, officers[requester]);
	const other = await unwrapRelease(genesis, envelope, vectors.panel, request, index, officers[requester], wrap(released));
	assert.deepEqual(openWithShares(genesis, envelope, vectors.panel, [own, other], ciphertext).payload, opened.payload);
	const all = await Promise.all(officers.map((secret, n) => unwrapShare(genesis, envelope, vectors.panel, n, secret)));
	assert.deepEqual(openWithShares(genesis, envelope, vectors.panel, all.reverse(), ciphertext).payload, opened.payload);

	const { account, version, proof } = vectors.possession;
	verifyPossession(fromHex(vectors.recipient.key), { genesis, account: fromHex(account), version }, fromHex(proof));
}

test('what Rust has made opens here', () => check(JSON.parse(readFileSync(file('vectors.json'), 'utf8'))));

test('what was made here, and opens there, opens here', async () => {
	// To write the file anew: SYNDIC_VECTORS=1
	const stored = file('vectors-typescript.json');
	if (process.env.SYNDIC_VECTORS) writeFileSync(stored, `${JSON.stringify(await make(), null, 2)}\n`);
	await check(JSON.parse(readFileSync(stored, 'utf8')));
	await check(await make());
});
