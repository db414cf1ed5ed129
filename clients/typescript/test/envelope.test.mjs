// Envelopes: sealed, opened by their recipients and by panels, and what is found when their sender cheated.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
	EnvelopeError,
	MAX_PAYLOAD,
	OVERHEAD,
	checkShare,
	combine,
	fromHex,
	generateKey,
	isSecretOf,
	keyPointOf,
	newSecret,
	openAsRecipient,
	openWithShares,
	resealShare,
	seal,
	sealTo,
	sendArguments,
	split,
	toHex,
	unwrapRelease,
	unwrapShare,
} from '../dist/index.js';

const fault = (expected) => (error) => error instanceof EnvelopeError && error.fault === expected;
const PANEL = 5;
const genesis = randomBytes(32);
const payload = new TextEncoder().encode('ten thousand on the first of May');

/** Somebody with a key, as the chain knows it, and its secret. */
function somebody() {
	const { publicKey, secret } = generateKey();
	return { account: Uint8Array.from(randomBytes(32)), version: 1, key: publicKey, secret };
}

/** An envelope for two recipients and a panel of two among three. */
async function example(more = {}) {
	const recipients = [somebody(), somebody()];
	const officers = [somebody(), somebody(), somebody()];
	const panels = [{ panel: PANEL, version: 1, threshold: 2, officers }];
	const sealing = { genesis, sender: randomBytes(32), payload, recipients, panels, ...more };
	return { recipients, officers, panels, sealing, sealed: await seal(sealing) };
}

test('each recipient opens, nobody else does', async () => {
	const { recipients, officers, sealed } = await example();
	for (const [position, { secret }] of recipients.entries()) {
		const opened = await openAsRecipient(genesis, sealed, position, secret, sealed.ciphertext);
		assert.deepEqual(opened.payload, payload);
		assert.equal(opened.salt.length, 32);
	}
	const wrong = [
		[genesis, sealed, 0, recipients[1].secret],
		[genesis, sealed, 1, officers[0].secret],
		[randomBytes(32), sealed, 0, recipients[0].secret],
		[genesis, { ...sealed, sender: randomBytes(32) }, 0, recipients[0].secret],
		[genesis, { ...sealed, commitment: randomBytes(32) }, 0, recipients[0].secret],
	];
	for (const args of wrong) await assert.rejects(openAsRecipient(...args, sealed.ciphertext), fault('NotForThisKey'));
	await assert.rejects(openAsRecipient(genesis, sealed, 2, recipients[0].secret, sealed.ciphertext), fault('Unknown'));
	assert.equal(sealed.ciphertext.length, payload.length + OVERHEAD);
	assert.equal(Buffer.from(sealed.ciphertext).indexOf(payload), -1);
});

test('a truncated ciphertext is told from one that does not hold what it should', async () => {
	const { recipients, sealed } = await example();
	const open = (envelope, ciphertext) => openAsRecipient(genesis, envelope, 0, recipients[0].secret, ciphertext);
	await assert.rejects(open(sealed, sealed.ciphertext.subarray(0, -1)), fault('CiphertextWrong'));
	await assert.rejects(open(sealed, new Uint8Array()), fault('CiphertextWrong'));
	const { ciphertext, ciphertextHash } = (await example()).sealed;
	await assert.rejects(open({ ...sealed, ciphertextHash }, ciphertext), fault('PayloadWrong'));
});

test('any two officers of three open, by releases to the one who asks; one does not', async () => {
	const { officers, sealed } = await example();
	const request = 7;
	for (const [asking, releasing] of [[0, 1], [1, 0], [2, 0], [1, 2]]) {
		const own = await unwrapShare(genesis, sealed, PANEL, asking, officers[asking].secret);
		assert.throws(() => openWithShares(genesis, sealed, PANEL, [own], sealed.ciphertext), fault('Shares'));
		assert.throws(() => openWithShares(genesis, sealed, PANEL, [own, own], sealed.ciphertext), fault('Shares'));
		const share = await unwrapShare(genesis, sealed, PANEL, releasing, officers[releasing].secret);
		const wrap = await resealShare(genesis, sealed, request, share, officers[asking].key);
		const release = (number, index) => unwrapRelease(genesis, sealed, PANEL, number, index, officers[asking].secret, wrap);
		await assert.rejects(release(request + 1, releasing), fault('NotForThisKey'));
		await assert.rejects(release(request, asking), fault('NotForThisKey'));
		const opened = openWithShares(genesis, sealed, PANEL, [own, await release(request, releasing)], sealed.ciphertext);
		assert.deepEqual(opened.payload, payload);
	}
	await assert.rejects(unwrapShare(genesis, sealed, PANEL + 1, 0, officers[0].secret), fault('Unknown'));
	await assert.rejects(unwrapShare(genesis, sealed, PANEL, 3, officers[0].secret), fault('Unknown'));
	await assert.rejects(unwrapShare(genesis, sealed, PANEL, 0, officers[1].secret), fault('NotForThisKey'));
});

test('an officer that releases another number, or a sender that wraps one, is found', async () => {
	const { officers, recipients, sealed } = await example();
	const context = { genesis, sender: sealed.sender, commitment: sealed.commitment };
	const other = newSecret();
	const wrap = await sealTo(officers[0].key, context, { request: 1, releasedBy: 1 }, other);
	await assert.rejects(unwrapRelease(genesis, sealed, PANEL, 1, 1, officers[0].secret, wrap), fault('OtherShare'));

	const [panel] = sealed.panels;
	const shares = [await sealTo(officers[0].key, context, { panel: PANEL, officer: 0 }, other), ...panel.shares.slice(1)];
	const cheating = { ...sealed, panels: [{ ...panel, shares }] };
	await assert.rejects(unwrapShare(genesis, cheating, PANEL, 0, officers[0].secret), fault('OtherShare'));
	await unwrapShare(genesis, cheating, PANEL, 1, officers[1].secret);

	const wrapped = async (bytes) => {
		const first = { ...sealed.recipients[0], wrap: await sealTo(recipients[0].key, context, { recipient: 0 }, bytes) };
		return { ...sealed, recipients: [first, sealed.recipients[1]] };
	};
	for (const bytes of [other, new Uint8Array(32), new Uint8Array(32).fill(255)]) {
		await assert.rejects(openAsRecipient(genesis, await wrapped(bytes), 0, recipients[0].secret, sealed.ciphertext), fault('OtherSecret'));
	}
	await assert.rejects(unwrapShare(genesis, { ...sealed, keyPoint: new Uint8Array(32) }, PANEL, 0, officers[0].secret), fault('BadPoint'));
});

test('secrets are shared and put together, whatever the threshold', () => {
	for (const [officers, threshold] of [[2, 2], [3, 3], [5, 3], [16, 2], [16, 16]]) {
		const secret = newSecret();
		const keyPoint = keyPointOf(secret);
		const { points, shares } = split(secret, officers, threshold);
		assert.equal(points.length, threshold - 1);
		const all = shares.map((value, index) => ({ index, value }));
		for (const share of all) checkShare({ keyPoint, points }, share);
		assert.deepEqual(combine({ keyPoint, points }, all), secret);
		assert.deepEqual(combine({ keyPoint, points }, all.reverse().slice(0, threshold)), secret);
		assert.throws(() => combine({ keyPoint, points }, all.slice(0, threshold - 1)), fault('Shares'));
		assert.throws(() => checkShare({ keyPoint, points }, { index: 0, value: shares[1] }), fault('OtherShare'));
		assert.ok(isSecretOf(keyPoint, secret) && !isSecretOf(keyPoint, newSecret()));
	}
	for (const [officers, threshold] of [[3, 1], [3, 4], [17, 2], [3, 0], [3, 2.5]]) {
		assert.throws(() => split(newSecret(), officers, threshold), fault('Panel'));
	}
	assert.throws(() => split(new Uint8Array(32).fill(255), 3, 2), fault('BadScalar'));
});

test('what cannot be sent is not sealed', async () => {
	const { sealing, recipients, panels } = await example();
	const refused = (change, expected) => assert.rejects(seal({ ...sealing, ...change }), fault(expected));
	await refused({ payload: new Uint8Array() }, 'PayloadEmpty');
	await refused({ payload: new Uint8Array(MAX_PAYLOAD + 1) }, 'PayloadTooLong');
	await refused({ recipients: [] }, 'Recipients');
	await refused({ recipients: [recipients[0], recipients[0]] }, 'Recipients');
	await refused({ recipients: Array.from({ length: 17 }, somebody) }, 'Recipients');
	await refused({ recipients: [{ ...recipients[0], key: new Uint8Array(32) }] }, 'BadKey');
	await refused({ panels: [] }, 'Panels');
	await refused({ panels: [panels[0], panels[0]] }, 'Panels');
	await refused({ panels: [{ ...panels[0], threshold: 1 }] }, 'Panel');
	const longest = await seal({ ...sealing, payload: new Uint8Array(MAX_PAYLOAD).fill(7) });
	const { payload: opened } = await openAsRecipient(genesis, longest, 0, recipients[0].secret, longest.ciphertext);
	assert.equal(opened.length, MAX_PAYLOAD);
});

test('the arguments of the call are in hex and in order', async () => {
	const { sealed } = await example();
	const [commitment, hash, length, keyPoint, recipients, panels] = sendArguments(sealed);
	assert.deepEqual([fromHex(commitment), fromHex(hash), fromHex(keyPoint)], [sealed.commitment, sealed.ciphertextHash, sealed.keyPoint]);
	assert.equal(length, payload.length + OVERHEAD);
	assert.deepEqual(Object.keys(recipients[0]), ['account', 'version', 'wrap']);
	assert.equal(recipients[1].wrap.sealed, toHex(sealed.recipients[1].wrap.sealed));
	assert.deepEqual(Object.keys(panels[0]), ['panel', 'version', 'points', 'shares']);
	assert.equal(panels[0].shares.length, 3);
});
