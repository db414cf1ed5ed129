// Who is not in the committee attests what the committee commits: levels, proofs, subscriptions, and that nobody waits for it.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { account, send, withApi } from '../lib/api.mjs';
import { LEVELS, inWords, measureAssurance, reachedOf } from '../lib/assurance.mjs';
import { VALIDATORS, networkTest, syndic } from '../lib/network.mjs';
import { addSupervisor, approveObserver, approveValidator, consensusKey, uriOf } from '../lib/roster.mjs';
import { sleep, until } from '../lib/wait.mjs';

// The committee stays the same throughout: its era is longer than this test.
const parameters = {
	blockPeriod: 500,
	baseTimeout: 3_000,
	timeoutCeiling: 12_000,
	leaderPeriod: 4,
	committeeSize: 4,
	assumedFaulty: 100,
};
/** Within this, two thirds of all must stand behind a block, in ms after it is final. */
const ASSURED_WITHIN = 2_000;
const BLOCKS = 40;

/** Four in the committee, each an institution; two validators outside, of one institution; a regulator's observer. */
const OUTSIDE = ['eve', 'ferdie', 'one'];
const ROSTER = [...VALIDATORS, ...OUTSIDE];

const keysByName = new Map(ROSTER.map((who) => [consensusKey(who), who]));
const namesOf = (witnesses) => witnesses.map(({ key }) => keysByName.get(key)).sort();

networkTest('who is outside the committee attests', { label: 'assurance', parameters, timeout: 600_000 }, async (network, step) => {
	const supervisor = addSupervisor(network.spec, 'one');
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

	await step('two validators outside the committee and an observer come onto the roster', () =>
		withApi(alice, async (api) => {
			const before = await alice.rpc('pbft_assurance');
			assert.deepEqual(namesOf([...before.present, ...before.missing]), [...VALIDATORS].sort());
			await approveValidator(api, eve, 'eve');
			await approveValidator(api, ferdie, 'ferdie');
			await approveObserver(api, 'one');
			const roster = await api.query.validators.roster();
			const found = Object.fromEntries(
				roster.map(({ validator, institution, regulator, seat }) => [
					keysByName.get(validator.toHex()),
					[institution.unwrap().toNumber(), regulator.isTrue, seat.toString()],
				]),
			);
			const expected = Object.fromEntries(VALIDATORS.map((who, institution) => [who, [institution, false, 'Validator']]));
			Object.assign(expected, { eve: [4, false, 'Validator'], ferdie: [4, false, 'Validator'], one: [supervisor, true, 'Observer'] });
			assert.deepEqual(found, expected);
			const { members, observers, registered } = await alice.rpc('pbft_committee');
			assert.deepEqual([members.length, registered, observers], [4, 6, 1]);
		}));

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
			assert.deepEqual(namesOf(answer.present), [...ROSTER].sort());
			const counts = Object.fromEntries(answer.levels.map(({ level, of, needed }) => [level, [of, needed]]));
			assert.deepEqual(counts, { committee: [4, 3], validators: [6, 4], institutions: [5, 4], regulator: [1, 1] });
		}
	});

	await step('a node that is outside does not vote', async () => {
		const roles = await Promise.all([eve, ferdie, one].map(async (node) => (await node.status()).role));
		assert.deepEqual(roles, ['waiting', 'waiting', 'full']);
		const { set } = await network.certified(alice, block);
		assert.equal(set.members.length, 4);
	});

	await step(`each of ${BLOCKS} blocks has two thirds of all behind it within ${ASSURED_WITHIN} ms of its commit`, async () => {
		const { heights, commits, elapsed, told } = await measureAssurance(eve, { blocks: BLOCKS, within: ASSURED_WITHIN });
		assert.deepEqual(commits.map(({ height }) => height), heights, 'each commit is told of once, in order');
		assert.ok(commits.every(({ signers }) => signers.length >= 3));
		for (const level of LEVELS) console.log(`    ${level}: ${inWords(elapsed[level])}; by the node: ${inWords(told[level])}`);
		for (const level of LEVELS) {
			for (const times of [elapsed, told]) assert.ok(times[level].at(-1) <= ASSURED_WITHIN, `${level}: ${times[level].at(-1)} ms`);
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
		await assert.rejects(change((a) => (a.proof.roster = [])), /not proven: proof lacks/);
		await assert.rejects(change((a) => (a.proof = null)), /not proven: proof is not there/);
	});

	/** A transfer, in a class of its own or in none: where it is, and the index of it. */
	const transfer = async (api, id) => {
		const call = api.tx.balances.transferKeepAlive(account('bob').address, 1_000_000_000_000n);
		const { blockHash } = await send(api, id === null ? call : api.tx.classes.withClass(id, call), account('alice'));
		const { block: { extrinsics } } = await api.rpc.chain.getBlock(blockHash);
		const index = extrinsics.findIndex((extrinsic) => extrinsic.isSigned);
		return { blockHash, index, hash: extrinsics[index].hash.toHex() };
	};

	await step('a transaction is assured when its block has what its class asks for', () =>
		withApi(eve, async (api) => {
			const classes = [
				[null, 'retail', 'committee'],
				[1, 'settlement', 'institutions'],
				[2, 'custody', 'validators'],
				[3, 'reporting', 'regulator'],
			];
			for (const [id, name, asks] of classes) {
				const { blockHash, index, hash } = await transfer(api, id);
				const answer = await until(`the ${name} is assured`, async () => {
					const now = await eve.rpc('pbft_transactionAssurance', [blockHash, index]);
					return now.assured && now;
				});
				assert.deepEqual([answer.index, answer.hash, answer.class, answer.asks], [index, hash, { id: id ?? 0, name }, asks]);
				assert.ok(answer.levels.includes(asks));
				const byHash = await eve.rpc('pbft_transactionAssurance', [blockHash, hash]);
				assert.equal(byHash.index, index);
				await assert.rejects(eve.rpc('pbft_transactionAssurance', [blockHash, 99]), /transaction is 99, block \d+ has/);
			}
		}));

	let during;
	let settled;
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
		// A settlement is final, and not assured.
		settled = await withApi(alice, (api) => transfer(api, 1));
		await sleep(ASSURED_WITHIN);
		const { asks, assured, levels } = await alice.rpc('pbft_transactionAssurance', [settled.blockHash, settled.index]);
		assert.deepEqual([asks, assured, levels], ['institutions', false, ['committee']]);
	});

	await step('who comes back attests what it has missed', async () => {
		await Promise.all([eve, ferdie, one, dave].map((node) => node.start()));
		await Promise.all([eve, ferdie, one, dave].map(async (node) => node.reaches(await alice.finalised())));
		await assured(alice, during);
		await until('the settlement is assured', async () => {
			return (await alice.rpc('pbft_transactionAssurance', [settled.blockHash, settled.index])).assured;
		});
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
