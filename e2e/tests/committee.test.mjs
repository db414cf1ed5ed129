// Ten registered validators, a committee of four: it rotates era by era without a gap, and only members vote.
// SYNDIC_ERAS says over how many eras; the full run takes 10.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { eventOf, withApi } from '../lib/api.mjs';
import { inWords, measureAssurance } from '../lib/assurance.mjs';
import { motion } from '../lib/governance.mjs';
import { genesisOf, networkTest, syndic } from '../lib/network.mjs';
import { until } from '../lib/wait.mjs';

const ERAS = Number(process.env.SYNDIC_ERAS ?? 3);
const OTHERS = ['v5', 'v6', 'v7', 'v8', 'v9', 'v10'];
const SIZE = 4;
const ERA = 64;
// Of ten validators one is assumed to be faulty, which any committee of four bears.
const parameters = {
	blockPeriod: 600,
	baseTimeout: 4_000,
	timeoutCeiling: 12_000,
	leaderPeriod: 3,
	committeeSize: SIZE,
	assumedFaulty: 100,
	eraLength: ERA,
	activeWindow: 64,
};
/** The longest time from one block to the next: a view may fail where this machine is slow, but no more than that. */
const LONGEST_GAP = 2 * parameters.baseTimeout;
/** Within this, two thirds of all validators must stand behind a block, in ms after it is final. */
const ASSURED_WITHIN = 2_000;
const BLOCKS = 40;

/** Ten nodes that are not started: the four of the preset are the set, six more are registered, each of a bank of its own. */
async function ten(network) {
	await network.addValidators();
	// It is asked about every block afterwards.
	network.node('alice').args.push('--state-pruning', 'archive');
	for (const name of OTHERS) await network.add(name, ['--validator', ...network.bootnodes]);
	const spec = JSON.parse(readFileSync(network.spec, 'utf8'));
	const { validators, identity } = genesisOf(spec);
	const account = validators.registrations[0].account;
	for (const name of OTHERS) {
		const node = network.node(name);
		const at = ['--chain', network.spec, '--base-path', node.base, '--output-type', 'json'];
		const made = JSON.parse((await syndic('key', 'generate-consensus', ...at)).stdout);
		const institution = identity.institutions.length;
		identity.institutions.push({ name: `Bank of ${name}`, kind: 'bank', roots: [], quota: 1_000 });
		const peer = node.address.split('/').at(-1);
		validators.registrations.push({ validator: made.ss58PublicKey, institution, account, peer, addresses: [] });
	}
	writeFileSync(network.spec, JSON.stringify(spec));
}

const keysOf = (list) => list.map(({ key }) => key).sort();

/** How many votes a node has sent. */
async function votesOf(node) {
	const sent = await Promise.all(['pre-prepare', 'prepare', 'commit'].map((kind) => node.metric('syndic_pbft_messages_sent_total', { kind })));
	return sent.reduce((sum, count) => sum + (count ?? 0), 0);
}

networkTest('a committee of four among ten', { label: 'committee', parameters, timeout: 1_800_000 }, async (network, step) => {
	await ten(network);
	await Promise.all(network.nodes.map((node) => node.start()));
	const watcher = network.node('alice');
	await watcher.reaches(2);
	network.genesis = await watcher.hashAt(0);
	const committee = (size) => watcher.rpc('pbft_committee', size === undefined ? [] : [null, size]);
	const served = new Map();
	let first;
	let keyOfName;

	/** Waits until an era has begun, and returns what was said of it one era before. */
	const era = (number) =>
		until(`era ${number} begins`, async () => {
			const answer = await committee();
			return answer.era >= number && answer;
		}, { within: 5 * ERA * parameters.blockPeriod });

	await step('the board approves six more: the set stays, they stand by', () =>
		withApi(watcher, async (api) => {
			const registrations = await api.call.validatorsApi.registrations();
			const keys = registrations.map((entry) => entry.validator.toHex());
			assert.equal(keys.length, 10);
			const before = (await committee()).members.map(({ key }) => key);
			for (const key of keys.filter((key) => !before.includes(key))) {
				const { events } = await motion(api, api.tx.validators.addValidator(key, null));
				eventOf(events, 'validators', 'ValidatorApproved');
				const status = await api.call.validatorsApi.statusOf(key);
				assert.equal(status.unwrap().toString(), 'Standby');
			}
			const answer = await committee([4, 7]);
			assert.equal(answer.registered, 10);
			assert.deepEqual(keysOf(answer.members), [...before].sort());
			assert.equal(answer.size, SIZE);
			assert.deepEqual(answer.sizes.map(({ size, accepted }) => [size, accepted]), [[4, true], [7, true]]);
			assert.equal((await api.query.validators.roster()).length, 10);
			const statuses = await Promise.all(network.nodes.map((node) => node.status()));
			keyOfName = new Map(network.nodes.map((node, at) => [node.name, statuses[at].key]));
			assert.equal(statuses.filter(({ role }) => role === 'waiting').length, 6);
		}));

	await step('the first committee is elected, and known for an era before it serves', async () => {
		const elected = await until('somebody is elected', async () => (await committee()).next, { within: 5 * ERA * parameters.blockPeriod });
		first = elected.era;
		assert.equal(elected.members.length, SIZE);
		assert.equal(new Set(elected.members.map(({ institution }) => institution)).size, SIZE, 'one of each institution');
		served.set(first, keysOf(elected.members));
		const now = await era(first);
		assert.equal(now.members.length, SIZE);
	});

	await step(`it rotates over ${ERAS} eras`, async () => {
		for (let number = first; number < first + ERAS; number += 1) {
			const { next, members, since } = await era(number);
			if (next) served.set(next.era, keysOf(next.members));
			console.log(`    era ${number} from ${since}: ${members.map(({ key }) => [...keyOfName].find(([, k]) => k === key)[0]).join(' ')}`);
			// A member that did not show itself may have been replaced, by an alternate.
			assert.equal(members.length, SIZE);
			const elected = served.get(number);
			assert.ok(keysOf(members).filter((key) => elected.includes(key)).length >= SIZE - 1, `${keysOf(members)}, elected ${elected}`);
			// Everybody follows: who has just come in, who has gone out, and who is outside. Only members vote.
			await Promise.all(network.nodes.map((node) => node.reaches(since + 3)));
			const before = await Promise.all(network.nodes.map(votesOf));
			await watcher.reaches(since + ERA / 2, { within: 3 * ERA * parameters.blockPeriod });
			const roles = await Promise.all(network.nodes.map((node) => node.status()));
			const votes = await Promise.all(network.nodes.map(votesOf));
			for (const [at, { name }] of network.nodes.entries()) {
				const isMember = keysOf(members).includes(keyOfName.get(name));
				assert.equal(roles[at].role, isMember ? 'validator' : 'waiting', name);
				assert.equal(votes[at] > before[at], isMember, `${name} has sent ${votes[at] - before[at]} votes`);
			}
		}
	});

	await step(`two thirds of all stand behind each of ${BLOCKS} blocks within ${ASSURED_WITHIN} ms of its commit`, async () => {
		const { heights, elapsed, told } = await measureAssurance(watcher, { blocks: BLOCKS, within: ASSURED_WITHIN });
		const times = elapsed.validators;
		console.log(`    two thirds of all: ${inWords(times)}; by the node: ${inWords(told.validators)}`);
		const { levels } = await watcher.rpc('pbft_assurance', [heights[0]]);
		const { of, needed } = levels.find(({ level }) => level === 'validators');
		assert.deepEqual([of, needed], [10, 7]);
		assert.ok(times.at(-1) <= ASSURED_WITHIN, `${times.at(-1)} ms`);
	});

	await step('a member that is removed in mid-era is replaced within ten blocks', () =>
		withApi(watcher, async (api) => {
			const { era: now } = await committee();
			const { members, since } = await era(now + 1);
			await watcher.reaches(since + 4);
			const alice = keyOfName.get('alice');
			const gone = members.map(({ key }) => key).find((key) => key !== alice);
			const { events, height } = await motion(api, api.tx.validators.removeValidator(gone, null));
			const at = eventOf(events, 'validators', 'RemovalScheduled').data.since.toNumber();
			assert.ok(at <= height + 10, `at ${at}, asked in ${height}`);
			const joins = eventOf(events, 'validators', 'SubstituteScheduled').data.validator.toHex();
			await watcher.reaches(at + 3);
			const after = await committee();
			assert.equal(after.members.length, SIZE);
			assert.ok(keysOf(after.members).includes(joins) && !keysOf(after.members).includes(gone));
			assert.equal(after.registered, 9);
			const { set } = await network.certified(watcher, at);
			assert.ok(!set.members.includes(gone) && set.members.includes(joins));
			assert.equal((await api.call.validatorsApi.statusOf(gone)).unwrap().toString(), 'Left');
		}));

	await step('no gap, and no vote of anybody who was not a member', () =>
		withApi(watcher, async (api) => {
			const last = await watcher.finalised();
			let [longest, before, sets] = [0, null, 0];
			let set = null;
			for (let height = 1; height <= last; height += 1) {
				const hash = await watcher.hashAt(height);
				const time = (await (await api.at(hash)).query.timestamp.now()).toNumber();
				if (before !== null) longest = Math.max(longest, time - before);
				before = time;
				// It checks the signatures with the set that the state before the block names.
				const { set: decided, signers } = await network.certified(watcher, height);
				assert.ok(signers.length >= 3 && signers.every((key) => decided.members.includes(key)));
				assert.equal(decided.members.length, SIZE);
				if (set !== decided.id) sets += 1;
				set = decided.id;
			}
			console.log(`    ${last} blocks by ${sets} sets, at most ${longest} ms from one to the next`);
			assert.ok(longest <= LONGEST_GAP, `${longest} ms`);
			assert.ok(sets > ERAS / 2, `${sets} sets`);
			await network.agree();
			for (const node of network.nodes) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
		}));
});
