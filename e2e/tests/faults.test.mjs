// Validators that are killed, stopped and brought back.

import assert from 'node:assert/strict';
import { networkTest } from '../lib/network.mjs';
import { sleep, until } from '../lib/wait.mjs';

const parameters = { blockPeriod: 500, baseTimeout: 2_000, timeoutCeiling: 8_000, leaderPeriod: 1_000 };

/** Waits until a validator's signature is in a certificate above the present height. */
async function votesAgain(network, node, witness) {
	const key = await network.keyOf(node);
	let height = await witness.finalised();
	await until(`${node.name} signs`, async () => {
		const now = await witness.finalised();
		while (height < now) {
			height += 1;
			if ((await network.certified(witness, height)).signers.includes(key)) return true;
		}
		return false;
	});
}

networkTest('validators fail', { label: 'faults', parameters, timeout: 240_000 }, async (network, step) => {
	await network.start();
	let leader;

	await step('the leader is killed: the next block within one timeout and a second', async () => {
		leader = await network.leader();
		await network.advances(2);
		await leader.kill();
		const killed = Date.now();
		// Blocks that were final when it died are not the next one.
		const before = Math.max(...(await network.finalised()));
		await Promise.all(network.running.map((node) => node.reaches(before + 1, { every: 20 })));
		const took = Date.now() - killed;
		console.log(`    next block everywhere after ${took} ms`);
		assert.ok(took <= parameters.baseTimeout + 1_000, `took ${took} ms`);
	});

	await step('the three go on at the full pace', async () => {
		const began = Date.now();
		await network.advances(10);
		assert.ok(Date.now() - began < 10 * parameters.blockPeriod + 3_000, `${Date.now() - began} ms for 10 blocks`);
	});

	await step('it comes back, catches up and votes again', async () => {
		await leader.start();
		const witness = network.running.find((node) => node !== leader);
		await leader.reaches(await witness.finalised());
		await votesAgain(network, leader, witness);
		await network.agree();
	});

	await step('a validator that froze for a while catches up and votes again', async () => {
		const frozen = network.validators.find((node) => node !== leader);
		const witness = network.validators.find((node) => node !== leader && node !== frozen);
		frozen.child.kill('SIGSTOP');
		const others = network.running.filter((node) => node !== frozen);
		await network.advances(8, { nodes: others });
		frozen.child.kill('SIGCONT');
		await votesAgain(network, frozen, witness);
		await network.agree();
	});

	await step('two of four are killed: no block, and no fork', async () => {
		const [first, second] = network.validators;
		await Promise.all([first.kill(), second.kill()]);
		// What three had committed already may still become final.
		await sleep(1_500);
		const before = await network.finalised();
		await sleep(4 * parameters.baseTimeout);
		assert.deepEqual(await network.finalised(), before, 'no block without a quorum');
		await network.agree();
	});

	await step('one comes back: blocks again at once', async () => {
		const [first] = network.validators;
		const before = Math.max(...(await network.finalised()));
		await first.start();
		const up = Date.now();
		await Promise.all(network.running.map((node) => node.reaches(before + 1, { every: 20 })));
		const took = Date.now() - up;
		console.log(`    next block everywhere ${took} ms after its RPC answered`);
		assert.ok(took <= 2 * parameters.baseTimeout + 1_000, `took ${took} ms`);
		await network.advances(5);
	});

	await step('the other one too; all agree, on certificates that hold', async () => {
		const [, second] = network.validators;
		await second.start();
		await votesAgain(network, second, network.node('dave'));
		const to = await network.agree();
		for (let height = Math.max(1, to - 30); height <= to; height += 1) await network.certified(network.node('dave'), height);
	});

	await step('all four stop and start: the chain goes on', async () => {
		await Promise.all(network.running.map((node) => node.end()));
		await Promise.all(network.validators.map((node) => node.start()));
		await network.advances(5);
		await network.agree();
		for (const node of network.nodes) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
	});
});
