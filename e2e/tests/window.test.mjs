// Several heights in progress at once, over slow links, and votes through collectors.

import assert from 'node:assert/strict';
import { account, eventOf, send, withApi } from '../lib/api.mjs';
import { motion } from '../lib/governance.mjs';
import { networkTest } from '../lib/network.mjs';

/** To agree on a block takes three of these at least: more than two block periods. */
const DELAY = 150;
const parameters = { blockPeriod: 200, baseTimeout: 3_000, timeoutCeiling: 12_000, leaderPeriod: 1_000 };

/** The mean time from block to block, in ms, by the wall clock. */
async function pace(network, blocks) {
	await network.advances(2);
	const began = Date.now();
	await network.advances(blocks);
	return (Date.now() - began) / blocks;
}

/** Changes parameters and waits until they are in force. */
async function change(network, api, changes) {
	const { events } = await motion(api, api.tx.consensusConfig.change(changes, null));
	const since = eventOf(events, 'consensusConfig', 'ParametersScheduled').data.since.toNumber();
	await network.advances(Math.max(1, since - (await network.node('alice').finalised())));
}


networkTest('several heights at once', { label: 'window', parameters, delay: DELAY, timeout: 300_000 }, async (network, step) => {
	await network.start();
	const alice = network.node('alice');
	let one;

	await step('one height at a time takes longer than the block period', async () => {
		one = await pace(network, 20);
		console.log(`    depth 1: ${one.toFixed(0)} ms a block`);
		assert.ok(one > 2 * DELAY, `${one} ms`);
	});

	await step('a motion opens the window: blocks follow on each other before they are final', () =>
		withApi(alice, async (api) => {
			await change(network, api, { pipelineDepth: 4 });
			const four = await pace(network, 40);
			console.log(`    depth 4: ${four.toFixed(0)} ms a block`);
			assert.ok(four < one / 1.4, `${four} ms, with one height at a time ${one} ms`);
			await network.agree();
		}));

	await step('transfers in a row are each final once, in order', () =>
		withApi(alice, async (api) => {
			const [dave, bob] = [account('dave'), account('bob')];
			const before = (await api.query.system.account(bob.address)).data.free.toBigInt();
			const first = (await api.rpc.system.accountNextIndex(dave.address)).toNumber();
			const amount = 10n ** 12n;
			const results = await Promise.all(
				Array.from({ length: 30 }, (_, n) =>
					send(api, api.tx.balances.transferKeepAlive(bob.address, amount), dave, { nonce: first + n })),
			);
			assert.ok(results.every(({ events }) => eventOf(events, 'balances', 'Transfer')));
			assert.equal((await api.query.system.account(bob.address)).data.free.toBigInt(), before + 30n * amount);
		}));

	await step('every block is certified by a quorum', async () => {
		const height = await alice.finalised();
		for (let at = height - 30; at <= height; at += 1) {
			assert.ok((await network.certified(alice, at)).signers.length >= 3);
		}
	});

	await step('the leader is killed in the middle of a window: the others go on, it comes back', async () => {
		const leader = await network.leader();
		await leader.kill();
		await network.advances(10);
		await leader.start();
		await network.advances(10);
		await network.agree();
	});

	await step('votes through two collectors', () =>
		withApi(network.running[0], async (api) => {
			await change(network, api, { dissemination: { Collector: { k: 2 } } });
			assert.deepEqual((await alice.rpc('pbft_parameters')).parameters.dissemination, { collector: { k: 2 } });
			const took = await pace(network, 30);
			console.log(`    depth 4, two collectors: ${took.toFixed(0)} ms a block`);
			assert.ok(took < 2 * one, `${took} ms`);
			const { scheduled } = await alice.rpc('pbft_parameters');
			assert.deepEqual(scheduled, []);
		}));

	await step('a collector is killed: votes go to all, and the chain goes on', async () => {
		const leader = await network.leader();
		const next = network.validators.find((node) => node.index === (leader.index + 1) % 4);
		await next.kill();
		await network.advances(20);
		await next.start();
		await network.advances(10);
		await network.agree();
	});
});
