// kill -9, fifty times at random moments under transfers: nobody ever votes twice, and the chain goes on.

import assert from 'node:assert/strict';
import { account, withApi } from '../lib/api.mjs';
import { networkTest } from '../lib/network.mjs';
import { judgeVotes, readVotes } from '../lib/votes.mjs';
import { sleep, until } from '../lib/wait.mjs';

const KILLS = 50;
const parameters = { blockPeriod: 200, baseTimeout: 1_000, timeoutCeiling: 4_000, leaderPeriod: 5 };

// A failing order of events can be tried again: SYNDIC_SEED=… scripts/test crash
const seed = Number(process.env.SYNDIC_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** mulberry32: numbers within [0, 1) out of a seed. */
function random(state) {
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** Keeps sending transfers to whichever nodes are up, until `stop` is called. Answers how many were taken. */
function transfers(network, api) {
	const dave = account('dave');
	const call = api.tx.balances.transferKeepAlive(account('bob').address, 1n);
	const state = { going: true, taken: 0 };
	const loop = async () => {
		while (state.going) {
			try {
				const [node] = network.running.sort(() => Math.random() - 0.5);
				const nonce = await node.rpc('system_accountNextIndex', [dave.address], 2_000);
				const signed = await call.signAsync(dave, { nonce, era: 0, blockHash: api.genesisHash, genesisHash: api.genesisHash });
				await node.rpc('author_submitExtrinsic', [signed.toHex()], 2_000);
				state.taken += 1;
			} catch {
				// Its node has just been killed, or has another view of the nonce.
			}
			await sleep(20);
		}
		return state.taken;
	};
	const done = loop();
	return { stop: () => ((state.going = false), done) };
}

networkTest('killed fifty times', { label: 'crash', parameters, recordVotes: true, timeout: 420_000 }, async (network, step) => {
	console.log(`    SYNDIC_SEED=${seed}`);
	const pick = random(seed);
	await network.start();
	const members = (await network.node('alice').rpc('pbft_validators')).members.map(({ key }) => key);
	let began = 0;

	await step(`${KILLS} kills, under transfers`, async () => {
		const restarts = [];
		// Signs for whichever node; its own may be killed, so it is given the metadata and no connection that matters.
		await withApi(network.node('alice'), async (api) => {
			api.on('error', () => {});
			const load = transfers(network, api);
			began = Math.max(...(await network.finalised()));
			let last = began;
			for (let kill = 1; kill <= KILLS; kill += 1) {
				const victim = network.validators[Math.floor(pick() * 4)];
				// Sometimes at once after the last one, sometimes while a node is starting.
				await sleep(pick() * 1_500);
				await victim.kill();
				const pause = pick() < 0.3 ? 0 : pick() * 1_000;
				restarts.push(sleep(pause).then(() => victim.isRunning || victim.spawn()));
				await restarts.at(-1);
				if (kill % 10 === 0) {
					last = await until(`a block after kill ${kill}`, async () => {
						const now = Math.max(...(await network.finalised()));
						return now > last && now;
					});
				}
			}
			await Promise.all(network.validators.map((node) => node.answers()));
			const taken = await load.stop();
			console.log(`    ${taken} transfers taken`);
			assert.ok(taken > KILLS, 'there was a load');
		});
	});

	await step('the chain goes on, all agree, certificates hold', async () => {
		await network.advances(20);
		const to = await network.agree();
		console.log(`    ${to - began} blocks since the first kill`);
		for (let height = Math.max(1, to - 100); height <= to; height += 1) await network.certified(network.node('bob'), height);
		for (const node of network.nodes) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
	});

	await step('every validator still votes', async () => {
		const { height: from } = { height: await network.advances(1) };
		const signers = new Set();
		await until('each signs', async () => {
			const now = await network.node('alice').finalised();
			for (let height = from; height <= now; height += 1) {
				(await network.certified(network.node('alice'), height)).signers.forEach((key) => signers.add(key));
			}
			return signers.size === 4;
		});
	});

	await step('nobody has signed two votes at one place: what all peers received', async () => {
		await Promise.all(network.validators.map((node) => node.end()));
		const records = network.validators.map((node) => readVotes(node.votes));
		const torn = records.reduce((sum, record) => sum + record.torn, 0);
		assert.ok(torn <= KILLS, `${torn} lines are no JSON, more than kills can have cut`);
		const all = records.flatMap(({ votes }) => votes);
		const { distinct, bySigner, conflicts, forged } = judgeVotes(all, { genesis: network.genesis, members });
		console.log(`    ${all.length} votes received, ${distinct} distinct`);
		assert.deepEqual(forged, []);
		assert.deepEqual(conflicts, []);
		assert.equal(bySigner.size, 4, 'votes of all four were received');
		// A quorum of commits for each block at the least, and as many prepares.
		assert.ok(distinct > 100 * 2 * 3, `only ${distinct} votes`);
		for (const [at, { votes }] of records.entries()) assert.ok(votes.length > 0, `${network.validators[at].name} recorded nothing`);
	});
});
