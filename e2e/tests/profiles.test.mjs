// Profiles of parameters, switched under load; a calendar; what is refused; and a version of the protocol that no node supports.
//
// SYNDIC_SWITCHES says how many times the profile is switched, 20 blocks after the last time. Four take three minutes, for the
// four profiles' blocks come every 0.5, 1, 2 and 5 seconds: eight take six minutes, and fifty, the full run, thirty-five.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { u8aToHex } from '@polkadot/util';
import { Refused, account, eventOf, send, sendUnsigned, withApi } from '../lib/api.mjs';
import { motion } from '../lib/governance.mjs';
import { beginLoad } from '../lib/load.mjs';
import { networkTest } from '../lib/network.mjs';
import { ROOT } from '../lib/node.mjs';
import { consensusPair } from '../lib/validators.mjs';
import { until } from '../lib/wait.mjs';

const SWITCHES = Number(process.env.SYNDIC_SWITCHES ?? 4);
const EVERY = 20;
/** How many switches one motion schedules. No more than sixteen may wait at once. */
const TOGETHER = 8;
const PROFILES = ['retail payments', 'interbank settlement', 'securities custody', 'regulatory reporting'];
/** The slowest blocks come first: what is switched after them waits for ten heights. */
const switchedTo = (n) => PROFILES[PROFILES.length - 1 - (n % PROFILES.length)];
const parameters = { blockPeriod: 500, baseTimeout: 3_000, timeoutCeiling: 12_000, leaderPeriod: 3 };

const timestamp = async (api, hash) => (await (await api.at(hash)).query.timestamp.now()).toNumber();

const DAY = 86_400_000;

const since = (events) => eventOf(events, 'consensusConfig', 'ParametersScheduled').data.since.toNumber();

/** What a profile sets, as `pbft_parameters` names it. */
async function profileOf(api, name) {
	const changes = (await api.query.consensusConfig.profiles(name)).unwrap().toJSON();
	return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null));
}

/** Waits a long time: half a minute more than the slowest blocks take. */
const reaches = (node, height, blocks) => node.reaches(height, { within: 30_000 + blocks * 6_000 });

async function refusedWith(promise, message) {
	await assert.rejects(promise, (error) => {
		assert.ok(error instanceof Refused, error.stack);
		assert.match(error.message, message);
		return true;
	});
}

networkTest('profiles', { label: 'profiles', parameters, timeout: 900_000 + SWITCHES * 90_000 }, async (network, step) => {
	await network.start();
	const alice = network.node('alice');

	await step('four ship, and each is what the documentation says', () =>
		withApi(alice, async (api) => {
			const keys = await api.query.consensusConfig.profiles.keys();
			assert.deepEqual(keys.map(({ args: [name] }) => name.toUtf8()).sort(), [...PROFILES].sort());
			const periods = await Promise.all(PROFILES.map(async (name) => (await profileOf(api, name)).blockPeriod));
			assert.deepEqual(periods, [500, 1_000, 2_000, 5_000]);
			const { profile, scheduled, history } = await alice.rpc('pbft_parameters');
			assert.equal(profile, null);
			assert.deepEqual(scheduled, []);
			assert.deepEqual(history.map(({ since: from, cause }) => [from, cause]), [[1, { by: 'start' }]]);
		}));

	await withApi(alice, async (api) => {
		const load = await beginLoad(api);

		await step(`they are switched every ${EVERY} blocks under load, ${SWITCHES} times: no block is missed, and no view`, async () => {
			const first = (await alice.finalised()) + 25;
			const at = (n) => first + n * EVERY;
			const profile = switchedTo;
			/** Schedules some switches from the `n`-th one on. */
			const schedule = async (n) => {
				const count = Math.min(TOGETHER, SWITCHES - n);
				const calls = Array.from({ length: count }, (_, i) => api.tx.consensusConfig.useProfile(profile(n + i), at(n + i)));
				if (count > 0) await motion(api, api.tx.utility.batchAll(calls));
			};
			const seen = new Map(PROFILES.map((name) => [name, { times: [], transactions: [] }]));
			/** Every height has a block that was committed in its first view. */
			const look = async (n) => {
				const { times, transactions } = seen.get(profile(n));
				let time = await timestamp(api, await alice.hashAt(at(n) - 1));
				for (let height = at(n); height < at(n) + EVERY; height += 1) {
					const { view } = await network.certified(alice, height);
					assert.equal(view, 0, `block ${height} was committed in view ${view}`);
					const hash = await alice.hashAt(height);
					const now = await timestamp(api, hash);
					times.push(now - time);
					time = now;
					const { block } = await api.rpc.chain.getBlock(hash);
					transactions.push(block.extrinsics.filter((extrinsic) => extrinsic.isSigned).length);
				}
			};

			await schedule(0);
			let before = (await alice.rpc('pbft_parameters')).parameters;
			for (let n = 0; n < SWITCHES; n += 1) {
				// While half of those before are still to come. States are kept for some two hundred blocks, so all is looked at soon.
				if (n % TOGETHER === TOGETHER / 2) await schedule(n + TOGETHER / 2);
				await Promise.all(network.nodes.map((node) => reaches(node, at(n) + EVERY - 1, 2 * EVERY)));
				// Exactly at its height, on every node.
				const wanted = { ...before, ...(await profileOf(api, profile(n))) };
				for (const node of network.nodes) {
					const answer = async (height) => node.rpc('pbft_parameters', [await node.hashAt(height)]);
					const [below, above] = [await answer(at(n) - 2), await answer(at(n) - 1)];
					assert.deepEqual(below.parameters, before, `${node.name}, height ${at(n) - 1}`);
					assert.deepEqual(above.parameters, wanted, `${node.name}, height ${at(n)}`);
					assert.equal(above.profile, profile(n));
					const made = above.history.at(-1);
					assert.deepEqual([made.since, made.cause], [at(n), { by: 'profile', profile: profile(n) }]);
				}
				before = wanted;
				await look(n);
			}

			for (const [name, { times, transactions }] of seen) {
				if (times.length === 0) continue;
				const { blockPeriod, baseTimeout } = await profileOf(api, name);
				const sum = (of) => of.reduce((a, b) => a + b, 0);
				const empty = transactions.filter((count) => count === 0).length;
				console.log(
					`    ${name}: ${times.length} blocks, ${Math.min(...times)} to ${Math.max(...times)} ms apart, ` +
						`${Math.round(sum(times) / times.length)} on average; ${sum(transactions)} transactions, ${empty} blocks without any`,
				);
				// No sooner than the period says, and none waits for a timeout.
				assert.ok(Math.min(...times) >= blockPeriod, `${name}: ${times}`);
				assert.ok(Math.max(...times) < blockPeriod + baseTimeout, `${name}: ${times}`);
				// It is load all the time, but for a moment in which this process signs nothing because it looks.
				assert.ok(empty * 10 <= transactions.length, `${name}: ${transactions}`);
			}
			console.log(`    ${load.sent()} transactions were sent`);
			for (const node of network.nodes) assert.equal((await node.status()).failures, 0, node.name);
			await network.agree();
		});

		// Still under load: in a slow profile a block would else come once a minute until the next one is scheduled.
		await step('the example switches, and says from which height on', async () => {
			const example = join(ROOT, 'e2e/examples/profile.mjs');
			const run = (name) => promisify(execFile)(process.execPath, [example, name, alice.ws], { timeout: 180_000 });
			const name = ['interbank settlement', 'securities custody'].find((other) => other !== switchedTo(SWITCHES - 1));
			const { stdout } = await run(name);
			const [, shown, at] = stdout.match(/"(.+)" is in force from height (\d+) on/);
			assert.equal(shown, name);
			await reaches(alice, Number(at), EVERY);
			assert.equal((await alice.rpc('pbft_parameters')).profile, name);
			await assert.rejects(run('insurance'), /consensusConfig\.UnknownProfile[\s\S]*The profiles are: .*retail payments/);
			if (name === 'interbank settlement') return;
			const { events } = await motion(api, api.tx.consensusConfig.useProfile('interbank settlement', null));
			await reaches(alice, since(events), EVERY);
		});

		await load.stop();
	});

	await step('a profile of the board, used, changed and removed', () =>
		withApi(alice, async (api) => {
			const { setProfile, useProfile, removeProfile } = api.tx.consensusConfig;
			await motion(api, setProfile('quarter end', { blockPeriod: 800, maxTransactions: 1_000 }));
			const at = since((await motion(api, useProfile('quarter end', null))).events);
			await motion(api, api.tx.consensusConfig.change({ heartbeat: 50_000 }, null)).then(({ events }) => reaches(alice, since(events), EVERY));
			const { parameters: now, profile, history } = await alice.rpc('pbft_parameters');
			assert.deepEqual([now.blockPeriod, now.heartbeat, profile], [800, 50_000, 'quarter end']);
			assert.deepEqual(history.slice(-2).map(({ cause }) => cause.by), ['profile', 'board']);
			assert.equal(history.at(-2).since, at);
			await motion(api, removeProfile('quarter end'));
			assert.equal((await alice.rpc('pbft_parameters')).profile, null);
			await refusedWith(motion(api, useProfile('quarter end', null)), /consensusConfig\.UnknownProfile/);
		}));

	await step('what would harm the chain, or is no profile or calendar, is refused by its own rule', () =>
		withApi(alice, async (api) => {
			const { change, setProfile, setCalendar } = api.tx.consensusConfig;
			const window = { days: 127, from: 0, until: 60, profile: 'retail payments' };
			const cases = [
				[change({ timeoutGrowth: 100 }, null), /TimeoutNeverGrows: .*timeoutGrowth/],
				[change({ maxTransactions: 9_000 }, null), /TransactionsOverWeight: .*maxTransactions.*blockWeightShare/],
				[change({ committeeSize: 5 }, null), /CommitteeOverMembership: .*committeeSize/],
				[change({ dissemination: { Collector: { k: 1 } } }, null), /CollectorsMayAllFail: .*dissemination\.collector\.k/],
				[change({ engineVersion: 2 }, null), /EngineVersionWithoutQuorum: .*engineVersion/],
				[setProfile(' ', { blockPeriod: 800 }), /BadProfileName/],
				[setProfile('empty', {}), /ProfileSetsNothing/],
				[setProfile('eras', { eraLength: 100 }), /ProfileSetsNetworkRules: .*eraLength/],
				[setProfile('slow', { blockPeriod: 2_900 }), /TimeoutWithinBlockPeriod: .*baseTimeout/],
				[setCalendar('insurance', []), /UnknownProfile/],
				[setCalendar('retail payments', [window, { ...window, from: 59 }]), /WindowsOverlap/],
				[setCalendar('retail payments', [{ ...window, days: 128 }]), /WindowDaysOutOfBounds: .*days/],
			];
			const before = JSON.stringify((await alice.rpc('pbft_parameters')).parameters);
			for (const [call, message] of cases) await refusedWith(motion(api, call), message);
			await assert.rejects(send(api, change({ heartbeat: 40_000 }, null), account('alice')), /BadOrigin/);
			const { parameters: after, scheduled } = await alice.rpc('pbft_parameters');
			assert.equal(JSON.stringify(after), before);
			assert.deepEqual(scheduled, []);
		}));

	await step('a calendar is followed, into a window and at its first minute', () =>
		withApi(alice, async (api) => {
			// From the minute after the next one on, so that the motion is through before.
			const minute = (Math.floor(Date.now() / 60_000) + 2) % 1_440;
			const windows = [{ days: 127, from: minute, until: (minute + 60) % 1_440, profile: 'retail payments' }];
			await motion(api, api.tx.consensusConfig.setCalendar('securities custody', windows));
			const followed = (name) =>
				until(`${name} by the calendar`, async () => (await alice.rpc('pbft_parameters')).profile === name, { within: 200_000 });
			await followed('securities custody');
			await followed('retail payments');
			const { history, parameters: now } = await alice.rpc('pbft_parameters');
			assert.deepEqual(
				history.slice(-2).map(({ cause }) => cause),
				['securities custody', 'retail payments'].map((profile) => ({ by: 'calendar', profile })),
			);
			assert.equal(now.blockPeriod, 500);
			// It was scheduled by the first block after the window began, nine heights ahead.
			const at = history.at(-1).since;
			const begins = minute * 60_000;
			const isAfter = async (height) => ((await timestamp(api, await alice.hashAt(height))) - begins + DAY) % DAY < DAY / 2;
			assert.ok((await isAfter(at - 10)) && !(await isAfter(at - 11)), `${at}`);
			for (const node of network.nodes) assert.equal((await node.rpc('pbft_parameters')).profile, 'retail payments');
			await motion(api, api.tx.consensusConfig.removeCalendar());
			assert.ok((await api.query.consensusConfig.activeCalendar()).isNone);
			for (const node of network.nodes) assert.equal((await node.status()).failures, 0, node.name);
			await network.agree();
		}));

	await step('a version that enough say they support is put in force, and a node that does not says so and ends', () =>
		withApi(alice, async (api) => {
			// The validators' nodes do not support it: these signals are made with their keys.
			const keys = (await alice.rpc('pbft_validators')).members.map(({ key }) => key);
			const height = await alice.finalised();
			const blockHash = await alice.hashAt(height);
			const genesis = Buffer.from(network.genesis.slice(2), 'hex');
			const content = api.createType('(u32, u32, H256)', [2, height, blockHash]).toU8a();
			const payload = Buffer.concat([Buffer.from('syndic/pbft/version/v1'), genesis, content]);
			// All at once: 32 blocks later the nodes themselves will say that they support no more than the first.
			await Promise.all(
				['//Alice', '//Bob', '//Charlie'].map(async (name) => {
					const pair = consensusPair(name);
					const validator = u8aToHex(pair.publicKey);
					assert.ok(keys.includes(validator), name);
					const signature = u8aToHex(pair.sign(payload));
					const signed = { validator, signal: { version: 2, height, blockHash }, signature };
					const events = await sendUnsigned(api, api.tx.consensusConfig.signal(signed));
					assert.equal(eventOf(events, 'consensusConfig', 'VersionSignalled').data.version.toNumber(), 2);
				}),
			);
			assert.equal((await api.query.consensusConfig.signals()).length, 3);
			const at = since((await motion(api, api.tx.consensusConfig.change({ engineVersion: 2 }, null))).events);
			const message = /the chain runs version 2 of the protocol, and this node supports up to 1: upgrade it/;
			for (const node of network.nodes) {
				await until(`${node.name} ends`, () => !node.isRunning, { within: 60_000 });
				assert.match(node.readLog(), message, node.name);
				assert.doesNotMatch(node.readLog(), /panicked/, node.name);
			}
			// Nor does it begin again.
			const { length } = alice.readLog();
			alice.spawn();
			await until('alice ends again', () => !alice.isRunning, { within: 60_000 });
			assert.match(alice.readLog().slice(length), message);
			assert.ok(at > height);
		}));
});
