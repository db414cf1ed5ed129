// Who is not in the committee attests what the committee commits: levels, proofs, subscriptions, and that nobody waits for it.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WsProvider } from '@polkadot/api';
import { account, send, withApi } from '../lib/api.mjs';
import { VALIDATORS, networkTest, syndic } from '../lib/network.mjs';
import { consensusKey, uriOf, writeRoster } from '../lib/roster.mjs';
import { sleep, until } from '../lib/wait.mjs';

const parameters = { blockPeriod: 500, baseTimeout: 3_000, timeoutCeiling: 12_000, leaderPeriod: 4 };
/** Within this, two thirds of all must stand behind a block, in ms after it is final. */
const ASSURED_WITHIN = 2_000;
const BLOCKS = 40;

/** Four in the committee, each an institution; two validators outside, of one institution; a regulator's observer. */
const ROSTER = [
	...VALIDATORS.map((who, institution) => ({ who, institution })),
	{ who: 'eve', institution: 4 },
	{ who: 'ferdie', institution: 4 },
	{ who: 'one', institution: 5, regulator: true, observer: true },
];
const OUTSIDE = ['eve', 'ferdie', 'one'];
const LEVELS = ['committee', 'validators', 'institutions', 'regulator'];

const reachedOf = ({ levels }) => levels.filter(({ reached }) => reached).map(({ level }) => level);
const namesOf = (witnesses) => {
	const names = new Map(ROSTER.map(({ who }) => [consensusKey(who), who]));
	return witnesses.map(({ key }) => names.get(key)).sort();
};
const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];

networkTest('who is outside the committee attests', { label: 'assurance', parameters, timeout: 420_000 }, async (network, step) => {
	await writeRoster(network.spec, ROSTER);
	await network.start();
	const { validators } = network;
	const [alice, , , dave] = validators;
	// The observer's node is not started as a validator: a consensus key in its keystore is enough.
	for (const who of OUTSIDE) {
		const { base } = await network.add(who, who === 'one' ? network.bootnodes : ['--validator', ...network.bootnodes]);
		await syndic('key', 'generate-consensus', '--suri', uriOf(who), '--chain', network.spec, '--base-path', base);
	}
	const [eve, ferdie, one] = OUTSIDE.map((who) => network.node(who));
	await Promise.all([eve, ferdie, one].map((node) => node.start()));
	await Promise.all([eve, ferdie, one].map(async (node) => node.reaches(await alice.finalised())));

	/** A block in which all of these stand, as this node sees it. */
	const assured = (node, block, expected = LEVELS) =>
		until(`${node.name} has block ${block} assured`, async () => {
			const answer = await node.rpc('pbft_assurance', [block]);
			return JSON.stringify(reachedOf(answer)) === JSON.stringify(expected) && answer;
		}, { within: 30_000 });

	let block;
	await step('every node sees every level, and everybody behind it', async () => {
		block = await network.advances(2);
		for (const node of network.running) {
			await assured(node, block);
			const answer = await until(`${node.name} hears everybody`, async () => {
				const now = await node.rpc('pbft_assurance', [block]);
				return now.missing.length === 0 && now;
			});
			assert.deepEqual(namesOf(answer.present), ROSTER.map(({ who }) => who).sort());
			const counts = Object.fromEntries(answer.levels.map(({ level, of, needed }) => [level, [of, needed]]));
			assert.deepEqual(counts, { committee: [4, 3], validators: [6, 4], institutions: [5, 4], regulator: [1, 1] });
		}
	});

	await step('a node that is outside does not vote', async () => {
		for (const node of [eve, ferdie, one]) assert.notEqual((await node.status()).role, 'validator');
		const { set } = await network.certified(alice, block);
		assert.equal(set.members.length, 4);
	});

	await step(`each of ${BLOCKS} blocks has two thirds of all behind it within ${ASSURED_WITHIN} ms of its commit`, async () => {
		const provider = new WsProvider(eve.ws);
		await provider.isReady;
		const commits = new Map();
		const after = new Map(LEVELS.map((level) => [level, new Map()]));
		const stop = [
			['pbft_commit', 'pbft_subscribeCommits', 'pbft_unsubscribeCommits', ({ height }) => commits.set(height, Date.now())],
			['pbft_assuranceReached', 'pbft_subscribeAssurance', 'pbft_unsubscribeAssurance', ({ block: { height }, level, afterMs }) => {
				after.get(level).set(height, { afterMs, at: Date.now() });
			}],
		];
		const ids = [];
		for (const [type, method, , use] of stop) {
			ids.push(await provider.subscribe(type, method, [], (error, item) => (error ? assert.fail(error) : use(item))));
		}
		const from = (await eve.finalised()) + 2;
		await eve.reaches(from + BLOCKS, { within: 120_000 });
		await sleep(ASSURED_WITHIN);
		for (const [n, [type, , unsubscribe]] of stop.entries()) await provider.unsubscribe(type, unsubscribe, ids[n]);
		await provider.disconnect();
		const heights = Array.from({ length: BLOCKS }, (_, n) => from + n);
		for (const height of heights) assert.ok(commits.has(height), `block ${height} was told of`);
		for (const level of LEVELS) {
			const times = heights.map((height) => after.get(level).get(height)?.afterMs ?? Infinity).sort((a, b) => a - b);
			console.log(`    ${level}: median ${percentile(times, 0.5)} ms, 99 % ${percentile(times, 0.99)} ms, worst ${times.at(-1)} ms`);
			assert.ok(times.at(-1) <= ASSURED_WITHIN, `${level}: ${times.at(-1)} ms`);
		}
		const metric = await eve.metric('syndic_pbft_assurance_seconds_count', { level: 'validators' });
		assert.ok(metric >= BLOCKS, `${metric}`);
	});

	await step('an answer is proven to a third party, and a changed one is not', async () => {
		const set = JSON.stringify(await alice.rpc('pbft_validators', [await alice.hashAt(block - 1)]));
		const answer = await eve.rpc('pbft_assurance', [block, true]);
		const verify = (changed) => {
			const path = join(network.directory, 'answer.json');
			writeFileSync(path, JSON.stringify(changed));
			return syndic('verify-assurance', '--genesis', network.genesis, '--set', set, '--output-type', 'json', path);
		};
		const verified = JSON.parse((await verify(answer)).stdout);
		assert.deepEqual(reachedOf(verified), LEVELS);
		assert.equal(verified.present.length, ROSTER.length);
		const change = (use) => {
			const copy = structuredClone(answer);
			use(copy);
			return verify(copy);
		};
		const flip = (hex) => hex.slice(0, -1) + (hex.endsWith('0') ? '1' : '0');
		await assert.rejects(change((a) => (a.levels[3].reached = false)), /regulator is said to be not reached/);
		await assert.rejects(change((a) => a.present.pop()), /present names others/);
		await assert.rejects(change((a) => (a.proof.attestations = flip(a.proof.attestations))), /bad signature/);
		await assert.rejects(change((a) => (a.proof.certificate = flip(a.proof.certificate))), /bad signature/);
		await assert.rejects(change((a) => (a.proof.parent = a.proof.header)), /proof.parent/);
		await assert.rejects(change((a) => a.proof.roster.pop()), /not proven/);
	});

	await step('a transaction is assured when its block has what its class asks for', () =>
		withApi(eve, async (api) => {
			const transfer = api.tx.balances.transferKeepAlive(account('bob').address, 1_000_000_000_000n);
			const { blockHash } = await send(api, transfer, account('alice'));
			const { block: { extrinsics } } = await api.rpc.chain.getBlock(blockHash);
			const index = extrinsics.findIndex((extrinsic) => extrinsic.isSigned);
			const answer = await until('it is assured', async () => {
				const now = await eve.rpc('pbft_transactionAssurance', [blockHash, index]);
				return now.assured && now;
			});
			assert.deepEqual([answer.index, answer.hash], [index, extrinsics[index].hash.toHex()]);
			assert.ok(answer.levels.includes(answer.asks));
			const byHash = await eve.rpc('pbft_transactionAssurance', [blockHash, answer.hash]);
			assert.equal(byHash.index, index);
			await assert.rejects(eve.rpc('pbft_transactionAssurance', [blockHash, 99]), /transaction is 99, block \d+ has/);
		}));

	let during;
	await step('who is silent is missed, and no block waits for it', async () => {
		await Promise.all([eve, ferdie, one, dave].map((node) => node.kill()));
		await sleep(1_000);
		const began = Date.now();
		during = await network.advances(10, { nodes: [alice] });
		console.log(`    ten blocks took ${Date.now() - began} ms`);
		await sleep(ASSURED_WITHIN);
		const answer = await alice.rpc('pbft_assurance', [during]);
		assert.deepEqual(reachedOf(answer), ['committee']);
		assert.deepEqual(namesOf(answer.missing), ['dave', ...OUTSIDE].sort());
		const { assurance } = await until('the status tells of it', async () => {
			const status = await alice.status();
			return status.assurance.block?.height >= during && status;
		});
		assert.deepEqual(namesOf(assurance.missing), ['dave', ...OUTSIDE].sort());
		assert.ok(assurance.missing.every(({ last }) => last > 0 && last < during));
		await assert.rejects(alice.rpc('pbft_assurance', [during + 10_000]), /is not final/);
	});

	await step('who comes back attests what it has missed', async () => {
		await Promise.all([eve, ferdie, one, dave].map((node) => node.start()));
		await Promise.all([eve, ferdie, one, dave].map(async (node) => node.reaches(await alice.finalised())));
		await assured(alice, during);
		const next = await network.advances(2);
		for (const node of network.running) await assured(node, next);
	});

	await step('levels outlive a node that is killed', async () => {
		await sleep(3_000);
		await alice.kill();
		await alice.start();
		const answer = await alice.rpc('pbft_assurance', [block]);
		assert.deepEqual(reachedOf(answer), LEVELS);
		assert.ok(answer.levels.every(({ afterMs }) => Number.isInteger(afterMs)), JSON.stringify(answer.levels));
		await network.advances(2);
		await network.agree();
	});
});
