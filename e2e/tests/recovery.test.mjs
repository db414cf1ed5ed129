// Two of four validators are gone for good, so nothing can be committed any more. By an order of the board, signed off
// chain, the other two go on alone.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { account, eventOf, send, withApi } from '../lib/api.mjs';
import { hex } from '../lib/certificate.mjs';
import { networkTest, syndic } from '../lib/network.mjs';
import { sleep, until } from '../lib/wait.mjs';

const parameters = { blockPeriod: 500, baseTimeout: 1_000, timeoutCeiling: 4_000 };

/** Runs the binary, which must fail, and returns what it says. */
async function refused(...args) {
	try {
		await syndic(...args);
	} catch (error) {
		return error.stderr;
	}
	throw new Error(`syndic ${args.join(' ')} did not fail`);
}

/** Starts a node, which must end by itself, and returns the end of its log. */
async function endsAtOnce(node) {
	const { child } = node.spawn();
	const exit = await Promise.race([child.ended, sleep(60_000)]);
	assert.ok(exit, `${node.name} runs, and should not`);
	assert.notEqual(exit.code, 0);
	return node.logTail(3);
}

/** The text of an order that is to be signed, as bytes. */
const toSign = async (order) => (await syndic('recovery', 'show', order)).stdout.trimEnd().split('\n').at(-1);

async function sign(order, name, wrapped = false) {
	const payload = Buffer.from((await toSign(order)).slice(2), 'hex');
	const signed = wrapped ? Buffer.concat([Buffer.from('<Bytes>'), payload, Buffer.from('</Bytes>')]) : payload;
	const signature = hex(account(name).sign(signed));
	await syndic('recovery', 'add-signature', order, '--account', account(name).address, '--signature', signature);
}

networkTest('a lost quorum', { label: 'recovery', parameters, timeout: 420_000 }, async (network, step) => {
	await network.start();
	const [alice, bob, charlie, dave] = network.validators;
	const order = join(network.directory, 'order.json');
	const database = (node) => ['--chain', network.spec, '--base-path', node.base];
	const without = (node) => (node.args = node.args.filter((arg, at, all) => arg !== '--recovery' && all[at - 1] !== '--recovery'));
	let last = 0;
	let keys = [];

	await step('without two of four nothing is committed', async () => {
		await network.advances(3);
		keys = await Promise.all([alice, bob].map((node) => network.keyOf(node)));
		await Promise.all([charlie, dave].map((node) => node.kill()));
		for (const node of [charlie, dave]) rmSync(node.base, { recursive: true });
		last = await until('both stand still', async () => {
			const [before] = [await network.finalised([alice, bob])];
			await sleep(5_000);
			const after = await network.finalised([alice, bob]);
			return new Set([...before, ...after]).size === 1 && after[0];
		});
		console.log(`    the last final block is ${last}`);
	});

	await step('an order is drafted, and says what it is', async () => {
		await Promise.all([alice, bob].map((node) => node.end()));
		const { stdout } = await syndic('recovery', 'draft', ...database(alice), '--members', keys.join(','), '--output', order);
		assert.match(stdout, /3 of the board's 4 members must sign/);
		const text = Buffer.from((await toSign(order)).slice(2), 'hex').toString('utf8');
		assert.match(text, /^syndic\/pbft\/recovery\/v1\n/);
		assert.ok(text.includes(`\nBlock: ${last}\n`) && text.endsWith(`\nValidators: 2\n${keys.join('\n')}`), text);
		const { order: named, signatures } = JSON.parse(readFileSync(order, 'utf8'));
		assert.deepEqual([named.height, named.setId, signatures], [last, 0, []]);
	});

	await step('two of four on the board are too few', async () => {
		await sign(order, 'alice');
		await sign(order, 'bob');
		assert.match(await refused('recovery', 'verify', order, ...database(alice)), /2 of the board's 4 members have signed, 3 must/);
		const bad = ['--account', account('charlie').address, '--signature', hex(account('dave').sign('something else'))];
		assert.match(await refused('recovery', 'add-signature', order, ...bad), /not a signature of 5FLSigC9H/);
		alice.args.push('--recovery', order);
		assert.match(await endsAtOnce(alice), /2 of the board's 4 members have signed, 3 must/);
	});

	await step('with three of four the chain goes on', async () => {
		// As a wallet does it.
		await sign(order, 'charlie', true);
		assert.match((await syndic('recovery', 'verify', order, ...database(bob))).stdout, /The order holds: 3 of the board's 4/);
		bob.args.push('--recovery', order);
		await Promise.all([alice, bob].map((node) => node.start()));
		await Promise.all([alice, bob].map((node) => node.reaches(last + 3)));
		const { setId, since, members } = await alice.rpc('pbft_validators');
		assert.deepEqual([setId, since, members.map(({ key }) => key)], [1, last + 1, keys]);
		const { setId: by, signatures } = await alice.rpc('pbft_certificate', [last + 1]);
		assert.deepEqual([by, signatures.map(({ key }) => key).sort()], [1, [...keys].sort()]);
	});

	await step('the first block tells of it', () =>
		withApi(alice, async (api) => {
			const events = await api.query.system.events.at(await alice.hashAt(last + 1));
			const { data } = eventOf(events.map(({ event }) => event), 'recovery', 'Recovered');
			const { replaced, id, since, validators, signers } = data;
			assert.deepEqual([replaced, id, since, validators, signers].map(Number), [0, 1, last + 1, 2, 3]);
			const { block } = await api.rpc.chain.getBlock(await alice.hashAt(last + 1));
			const calls = block.extrinsics.map(({ method }) => `${method.section}.${method.method}`);
			// Who committed the heights before is reported as in every block.
			assert.deepEqual(calls.filter((call) => call !== 'validators.reportCommits'), ['timestamp.set', 'recovery.recover']);
		}),
	);

	await step('a transfer is final', () =>
		withApi(bob, (api) => send(api, api.tx.balances.transferKeepAlive(account('dave').address, 1_000_000n), account('alice'))),
	);

	await step('a node that is behind gets in with the order, and not without', async () => {
		const follower = await network.add('follower', ['--bootnodes', alice.address, bob.address]);
		await follower.start();
		await follower.reaches(last);
		await until('it says what it lacks', () => /--recovery FILE/.test(follower.readLog()));
		await sleep(3_000);
		assert.equal(await follower.finalised(), last);
		await follower.end();
		follower.args.push('--recovery', order);
		await follower.start();
		await follower.reaches(await alice.finalised());
	});

	await step('nobody goes back: another order for that block is refused, as is one by the old set', async () => {
		const other = join(network.directory, 'other.json');
		const file = JSON.parse(readFileSync(order, 'utf8'));
		writeFileSync(other, JSON.stringify({ order: { ...file.order, members: [keys[0]] }, signatures: [] }));
		for (const name of ['alice', 'bob', 'charlie']) await sign(other, name);
		await bob.end();
		without(bob);
		bob.args.push('--recovery', other);
		assert.match(await endsAtOnce(bob), /the chain has gone on/);
		without(bob);
	});

	await step('the order is not needed any more', async () => {
		await alice.end();
		without(alice);
		await Promise.all([alice, bob].map((node) => node.start()));
		await network.advances(3, { nodes: network.running });
		await network.agree();
		for (const node of network.running) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
	});
});
