// Four validators agree, their certificates hold, blocks of 200 ms are kept when idle, and full nodes sync.

import assert from 'node:assert/strict';
import { account, send, withApi } from '../lib/api.mjs';
import { networkTest } from '../lib/network.mjs';
import { sleep, until } from '../lib/wait.mjs';

const PERIOD = 200;
const parameters = { blockPeriod: PERIOD, baseTimeout: 2_000, timeoutCeiling: 8_000 };

/** The timestamp that a block carries, in ms. */
const timestamp = async (api, height) =>
	(await (await api.at(await api.rpc.chain.getBlockHash(height))).query.timestamp.now()).toNumber();

networkTest('a network of four, idle, at 200 ms', { label: 'chain', parameters, timeout: 300_000 }, async (network, step) => {
	await network.start();
	const alice = network.node('alice');
	const eve = await network.add('eve', network.bootnodes);
	let left = 0;

	await step('a full node follows', async () => {
		await eve.start();
		await eve.reaches(await alice.finalised());
		assert.equal((await eve.status()).role, 'full');
	});

	await step('it stops; the chain will be 500 blocks further when it comes back', async () => {
		left = await eve.finalised();
		assert.equal((await eve.end()).code, 0);
	});

	await step('finalised equals best within one block, on every node', async () => {
		for (let sample = 0; sample < 20; sample += 1) {
			for (const node of network.running) {
				const final = await node.rpc('chain_getHeader', [await node.rpc('chain_getFinalizedHead')]);
				const best = await node.rpc('chain_getHeader');
				const ahead = Number(best.number) - Number(final.number);
				// The best block is asked for second: blocks that came in between are not a difference.
				const finalNow = await node.finalised();
				assert.ok(Number(best.number) - finalNow <= 1, `${node.name}: best ${Number(best.number)}, finalised ${finalNow}, ahead ${ahead}`);
			}
			await sleep(97);
		}
	});

	await step('every block is certified by a quorum, as each node serves it', async () => {
		const height = await network.advances(5);
		for (const node of network.running) {
			for (let h = Math.max(1, height - 20); h <= height; h += 1) await network.certified(node, h);
		}
		const { set, signers } = await network.certified(alice, height);
		assert.equal(set.members.length, 4);
		assert.ok(signers.length >= 3);
	});

	await step('pbft_certificate tells the same', async () => {
		const height = await alice.finalised();
		const { signers, view } = await network.certified(alice, height);
		const answer = await alice.rpc('pbft_certificate', [height]);
		assert.equal(answer.blockHash, await alice.hashAt(height));
		assert.deepEqual(answer.signatures.map(({ key }) => key), signers);
		assert.equal(answer.view, view);
	});

	await step('a transfer is final, with stock @polkadot/api', async () => {
		await withApi(alice, async (api) => {
			const bob = account('bob').address;
			const free = async () => (await api.query.system.account(bob)).data.free.toBigInt();
			const before = await free();
			const { blockHash, height } = await send(api, api.tx.balances.transferKeepAlive(bob, 12_345_678n), account('alice'));
			assert.equal(await free(), before + 12_345_678n);
			assert.equal(await network.node('charlie').hashAt(height), blockHash);
		});
	});

	await step('what is refused says why', async () => {
		await withApi(alice, async (api) => {
			const all = 2n ** 120n;
			await assert.rejects(send(api, api.tx.balances.transferKeepAlive(account('bob').address, all), account('alice')), /balances.transferKeepAlive: .*(Underflow|FundsUnavailable|InsufficientBalance)/);
		});
	});

	await step('200 ms from block to block, when idle', async () => {
		const first = await alice.finalised();
		const last = await alice.reaches(first + 100);
		await withApi(alice, async (api) => {
			const times = [];
			for (let height = first; height <= last; height += 1) times.push(await timestamp(api, height));
			const gaps = times.slice(1).map((time, n) => time - times[n]);
			const mean = (times.at(-1) - times[0]) / gaps.length;
			assert.ok(Math.min(...gaps) >= PERIOD, `two blocks only ${Math.min(...gaps)} ms apart`);
			assert.ok(mean < PERIOD * 1.25, `${mean} ms a block on average: ${gaps}`);
			console.log(`    idle: ${mean.toFixed(1)} ms a block on average, longest ${Math.max(...gaps)} ms, over ${gaps.length} blocks`);
		});
		const views = new Set();
		for (const node of network.running) views.add((await node.status()).view);
		assert.deepEqual([...views], [0], 'no view change on an idle network');
	});

	await step('the four agree on every final block', async () => {
		assert.ok((await network.agree()) > 100);
	});

	await step('the full node, 500 blocks behind, catches up and follows', async () => {
		await alice.reaches(left + 500, { within: 150_000 });
		await eve.start();
		assert.ok((await eve.finalised()) < left + 100, 'it had really been away');
		await eve.reaches(left + 500);
		await network.advances(10);
		await network.agree({ from: Math.max(1, left - 5) });
	});

	await step('a full node that starts now syncs from genesis and follows', async () => {
		const frank = await network.add('frank', network.bootnodes);
		await frank.start();
		await frank.reaches(await alice.finalised());
		await network.advances(10);
		assert.ok((await network.agree()) > 500);
		// It serves what it has synced, certificates included, to whoever asks.
		for (const height of [1, 250, 500]) {
			const answer = await frank.rpc('pbft_certificate', [height]);
			assert.equal(answer.blockHash, await alice.hashAt(height));
			assert.ok(answer.signatures.length >= 3);
		}
	});

	await step('a validator without a key follows, and says so', async () => {
		const grace = await network.add('grace', ['--validator', ...network.bootnodes]);
		await grace.start();
		await grace.reaches(await alice.finalised());
		assert.equal((await grace.status()).role, 'full');
		await until('its log says so', () => /without a consensus key/.test(grace.readLog()));
	});

	await step('SIGTERM ends each node cleanly', async () => {
		const exits = await Promise.all(network.running.map((node) => node.end()));
		assert.deepEqual([...new Set(exits.map(({ code }) => code))], [0]);
		for (const node of network.nodes) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
	});
});
