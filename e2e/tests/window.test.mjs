// Several heights in progress at once, and votes through collectors. What a window gains over slow links is not measured here:
// nodes on one machine find the direct way to each other.

import assert from 'node:assert/strict';
import { eventOf, withApi } from '../lib/api.mjs';
import { motion } from '../lib/governance.mjs';
import { networkTest } from '../lib/network.mjs';

const parameters = { blockPeriod: 200, baseTimeout: 3_000, timeoutCeiling: 12_000, leaderPeriod: 1_000 };

/** Changes parameters and waits until they are in force. */
async function change(network, api, changes) {
	const { events } = await motion(api, api.tx.consensusConfig.change(changes, null));
	const since = eventOf(events, 'consensusConfig', 'ParametersScheduled').data.since.toNumber();
	await network.advances(Math.max(1, since - (await network.node('alice').finalised())));
}


networkTest('several heights at once', { label: 'window', parameters, timeout: 300_000 }, async (network, step) => {
	await network.start();
	const alice = network.node('alice');

	await step('a motion opens the window, and blocks go on', () =>
		withApi(alice, async (api) => {
			await change(network, api, { pipelineDepth: 4 });
			assert.equal((await alice.rpc('pbft_parameters')).parameters.pipelineDepth, 4);
			await network.advances(40);
			await network.agree();
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
			await network.advances(30);
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
