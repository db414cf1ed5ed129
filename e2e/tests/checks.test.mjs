// The tests' own checks must be able to fail: certificates and records of votes that are wrong, one fault each.

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { PHASES, checkCertificate, decodeSet, encodeVote, hex, quorum } from '../lib/certificate.mjs';
import { nodeKey, peerId } from '../lib/keys.mjs';
import { temporary } from '../lib/network.mjs';
import { freePort } from '../lib/ports.mjs';
import { Recorder } from '../lib/recorder.mjs';
import { findIn, searchFiles } from '../lib/search.mjs';
import { judgeVotes } from '../lib/votes.mjs';

const genesis = `0x${'11'.repeat(32)}`;
const blockHash = `0x${'22'.repeat(32)}`;
const other = `0x${'33'.repeat(32)}`;
const keys = Array.from({ length: 4 }, () => generateKeyPairSync('ed25519'));
const members = keys.map(({ publicKey }) => hex(Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url')));
const set = { id: 7, members };
const vote = { setId: 7, height: 300, view: 2, phase: 'commit', blockHash };

const payload = (v, chain = genesis) =>
	Buffer.concat([Buffer.from('syndic/pbft/vote/v1'), Buffer.from(chain.slice(2), 'hex'), encodeVote(v)]);
const signature = (signer, v = vote, chain = genesis) => sign(null, payload(v, chain), keys[signer].privateKey);

function certificate(v, signatures) {
	const parts = [encodeVote(v), Buffer.from([signatures.length << 2])];
	for (const [signer, bytes] of signatures) {
		const index = Buffer.alloc(2);
		index.writeUInt16LE(signer);
		parts.push(index, bytes);
	}
	return Buffer.concat(parts);
}

const good = [0, 1, 3].map((signer) => [signer, signature(signer)]);
const check = (encoded, expected = {}) => checkCertificate(encoded, { genesis, height: 300, blockHash, set, ...expected });

test('a quorum of distinct members certifies', () => {
	assert.deepEqual(check(certificate(vote, good)), { view: 2, signers: [members[0], members[1], members[3]] });
});

test('whatever is wrong with a certificate is found', () => {
	const cases = {
		'2 signers, a quorum is 3': [certificate(vote, good.slice(1))],
		'member 0 twice': [certificate(vote, [good[0], good[0], good[1]])],
		'no member 4 of 4': [certificate(vote, [...good.slice(1), [4, signature(0)]])],
		'bad signature of 2': [certificate(vote, [good[0], good[1], [2, signature(3)]])],
		'bad signature of 0': [certificate(vote, good), { genesis: other }],
		'setId is 7, not 8': [certificate(vote, good), { set: { id: 8, members } }],
		'height is 300, not 301': [certificate(vote, good), { height: 301 }],
		'blockHash is': [certificate(vote, good), { blockHash: other }],
		'phase is prepare': [certificate({ ...vote, phase: 'prepare' }, good)],
		'1 bytes left over': [Buffer.concat([certificate(vote, good), Buffer.from([0])])],
		'bytes wanted at': [certificate(vote, good).subarray(0, -1)],
	};
	for (const [message, [encoded, expected]] of Object.entries(cases)) {
		assert.throws(() => check(encoded, expected), { message: new RegExp(message) }, message);
	}
});

test('a view that was tampered with does not verify', () => {
	assert.throws(() => check(certificate({ ...vote, view: 3 }, good)), /bad signature of 0/);
});

test('two votes at one place are a conflict, and forged votes are none', () => {
	const record = (signer, v) => ({ ...v, signer, signature: hex(signature(signer, v)) });
	const votes = PHASES.flatMap((phase) => [0, 1, 2, 3].map((signer) => record(signer, { ...vote, phase })));
	const judge = (more = []) => judgeVotes([...votes, ...votes, ...more], { genesis, members });
	assert.equal(judge().distinct, 12);
	assert.equal(judge().conflicts.length, 0);
	assert.equal(judge([record(1, { ...vote, view: 3, blockHash: other })]).conflicts.length, 0, 'another view');
	assert.equal(judge([record(1, { ...vote, blockHash: other })]).conflicts.length, 1);
	const forged = { ...record(1, vote), blockHash: other };
	assert.deepEqual([judge([forged]).conflicts.length, judge([forged]).forged.length], [0, 1]);
});

test('sets, quorums and peer ids', () => {
	assert.deepEqual([1, 2, 3, 4, 5, 6, 7].map(quorum), [1, 2, 3, 3, 4, 5, 5]);
	const encoded = Buffer.concat([Buffer.from('0700000000000000' + '2c010000' + '08', 'hex'), Buffer.alloc(32, 1), Buffer.alloc(32, 2)]);
	assert.deepEqual(decodeSet(encoded), { id: 7, since: 300, members: [`0x${'01'.repeat(32)}`, `0x${'02'.repeat(32)}`] });
	assert.equal(peerId(nodeKey(1)), '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp');
});

test('what is searched for is found in every form, wherever it begins, and nothing else', () => {
	for (let round = 0; round < 50; round += 1) {
		const needle = randomBytes(16 + round);
		for (let before = 0; before < 4; before += 1) {
			const plain = Buffer.concat([randomBytes(before), needle, randomBytes(round % 5)]);
			for (const form of ['latin1', 'hex', 'base64', 'base64url']) {
				const there = Buffer.from(plain.toString(form), 'latin1');
				assert.deepEqual(findIn(Buffer.concat([randomBytes(99), there]), { needle }), ['needle'], form);
			}
			assert.deepEqual(findIn(Buffer.from(plain.toString('hex').toUpperCase()), { needle }), ['needle']);
		}
		assert.deepEqual(findIn(randomBytes(10_000), { needle }), []);
	}
	assert.throws(() => findIn(randomBytes(100), { short: randomBytes(8) }), /by chance/);
});

test('files are searched however deep they lie', () => {
	const directory = temporary('search');
	try {
		const [needle, other] = [randomBytes(32), randomBytes(32)];
		mkdirSync(join(directory, 'a/b'), { recursive: true });
		writeFileSync(join(directory, 'a/b/deep'), `secret: 0x${needle.toString('hex')}`);
		writeFileSync(join(directory, 'shallow'), randomBytes(1_000));
		const { files, found } = searchFiles(directory, { needle, other });
		assert.deepEqual([files, found], [2, [`needle in ${join(directory, 'a/b/deep')}`]]);
	} finally {
		rmSync(directory, { recursive: true });
	}
});

test('a recorder keeps both directions, and whoever goes past it is seen', async () => {
	const p2p = await freePort();
	const echo = createServer((socket) => socket.pipe(socket));
	await new Promise((resolve) => echo.listen(p2p, '127.0.0.1', resolve));
	const node = { name: 'echo', ports: { p2p }, address: `/ip4/127.0.0.1/tcp/${p2p}/p2p/12D3KooW` };
	const recorder = await Recorder.before(node);
	assert.equal(node.address, `/ip4/127.0.0.1/tcp/${recorder.port}/p2p/12D3KooW`);
	const said = randomBytes(200_000);
	const talk = async (port) => {
		const socket = connect({ host: '127.0.0.1', port });
		socket.write(said);
		let heard = 0;
		await new Promise((resolve) => socket.on('data', (data) => (heard += data.length) === said.length && resolve()));
		return socket;
	};
	const through = await talk(recorder.port);
	assert.equal(recorder.recorded().filter((wire) => wire.equals(said)).length, 2);
	assert.deepEqual(Recorder.past([recorder]), []);
	const past = await talk(p2p);
	assert.deepEqual(Recorder.past([recorder]), [`from port ${past.localPort} to echo`]);
	[through, past].forEach((socket) => socket.destroy());
	echo.close();
});
