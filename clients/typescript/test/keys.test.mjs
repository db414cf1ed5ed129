// Encryption keys, proofs of possession, and HPKE itself.

import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { suite } from '../dist/hpke.js';
import { EnvelopeError, checkKey, fromHex, generateKey, keyOf, openWith, provePossession, sealTo, toHex, verifyPossession } from '../dist/index.js';

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
const fault = (expected) => (error) => error instanceof EnvelopeError && error.fault === expected;
const changed = (original, at) => original.map((byte, n) => (n === at ? byte ^ 1 : byte));

test('the suite is that of RFC 9180, appendix A.2.1', async () => {
	const recipientKey = await suite.kem.importKey('raw', bytes('8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb').buffer, false);
	const enc = bytes('1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a').buffer;
	const context = await suite.createRecipientContext({ recipientKey, enc, info: bytes('4f6465206f6e2061204772656369616e2055726e').buffer });
	const sealed = bytes('1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28').buffer;
	const plain = await context.open(sealed, bytes('436f756e742d30').buffer);
	assert.equal(Buffer.from(plain).toString(), 'Beauty is truth, truth beauty');
});

test('a key is the one that OpenSSL makes of the same secret', () => {
	for (let round = 0; round < 4; round += 1) {
		const { publicKey, secret } = generateKey();
		const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secret]);
		const key = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
		assert.equal(key.export({ format: 'jwk' }).x, Buffer.from(publicKey).toString('base64url'));
		assert.deepEqual(keyOf(secret).publicKey, publicKey);
	}
});

test('a proof of possession holds for its key, account, version and chain alone', () => {
	for (let round = 0; round < 8; round += 1) {
		const key = generateKey();
		const registration = { genesis: randomBytes(32), account: randomBytes(32), version: round + 1 };
		const proof = provePossession(key, registration);
		verifyPossession(key.publicKey, registration, proof);
		const refused = (publicKey, other, by = proof) => assert.throws(() => verifyPossession(publicKey, other, by), fault('BadProof'));
		refused(generateKey().publicKey, registration);
		refused(key.publicKey, { ...registration, version: round + 2 });
		refused(key.publicKey, { ...registration, account: randomBytes(32) });
		refused(key.publicKey, { ...registration, genesis: randomBytes(32) });
		refused(key.publicKey, registration, changed(proof, 0));
		refused(key.publicKey, registration, changed(proof, 40));
		refused(key.publicKey, registration, new Uint8Array(64).fill(255));
	}
	const stranger = { publicKey: generateKey().publicKey, secret: generateKey().secret };
	assert.throws(() => provePossession(stranger, { genesis: randomBytes(32), account: randomBytes(32), version: 1 }), fault('BadProof'));
});

test('a key that nobody should encrypt to is refused', () => {
	const twist = Uint8Array.of(2, ...new Uint8Array(31));
	const p = bytes(`ed${'ff'.repeat(30)}7f`);
	const minusOne = bytes(`ec${'ff'.repeat(30)}7f`);
	const order8 = bytes('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800');
	const notCanonical = generateKey().publicKey;
	notCanonical[31] |= 0x80;
	for (const key of [twist, p, minusOne, order8, notCanonical, new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
		assert.throws(() => checkKey(key), fault('BadKey'), toHex(key));
	}
	assert.throws(() => checkKey(new Uint8Array(31)), fault('Length'));
	for (let round = 0; round < 16; round += 1) checkKey(generateKey().publicKey);
});

test('a wrap opens with its key, for its envelope, at its place, and unchanged', async () => {
	const [key, secret] = [generateKey(), randomBytes(32)];
	const context = { genesis: randomBytes(32), sender: randomBytes(32), commitment: randomBytes(32) };
	const place = { panel: 5, officer: 1 };
	const wrap = await sealTo(key.publicKey, context, place, secret);
	assert.deepEqual(Buffer.from(await openWith(key.secret, context, place, wrap)), secret);
	const fails = (secretKey, other, where, what) => assert.rejects(openWith(secretKey, other, where, what), fault('NotForThisKey'));
	await fails(generateKey().secret, context, place, wrap);
	await fails(key.secret, { ...context, sender: randomBytes(32) }, place, wrap);
	await fails(key.secret, context, { panel: 5, officer: 2 }, wrap);
	await fails(key.secret, context, { recipient: 1 }, wrap);
	await fails(key.secret, context, { request: 5, releasedBy: 1 }, wrap);
	await fails(key.secret, context, place, { ...wrap, sealed: changed(wrap.sealed, 47) });
	await fails(key.secret, context, place, { ...wrap, enc: new Uint8Array(32) });
	await assert.rejects(openWith(key.secret, context, place, { ...wrap, sealed: wrap.sealed.subarray(1) }), fault('Length'));
});

test('bytes in hex', () => {
	assert.equal(toHex(fromHex('0x00ff')), '0x00ff');
	for (const wrong of ['00ff', '0x0', '0xzz', 7]) assert.throws(() => fromHex(wrong), TypeError);
});
