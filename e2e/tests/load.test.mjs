// What a node accepts becomes final: under load from many accounts, in whatever order their nonces come, through one node or
// all, at several depths, periods and forms of proposals; and while validators are killed and stand still.
//
// SYNDIC_LOAD=full runs all combinations, with 10,000 transactions and ten times each (SYNDIC_LOAD_RUNS), and what takes
// minutes: leaders killed every ten seconds, a node that stands still for 20 s, profiles switched every 20 blocks, five times
// saturation for five minutes (SYNDIC_LOAD_FLOOD, in seconds), and what the journal costs. SYNDIC_LOAD_ONLY=flood runs the
// steps whose names have this in them.

import assert from 'node:assert/strict';
import { eventOf, withApi } from '../lib/api.mjs';
import { admitLoad, runLoad } from '../lib/generator.mjs';
import { motion } from '../lib/governance.mjs';
import { networkTest } from '../lib/network.mjs';
import { sleep } from '../lib/wait.mjs';

const FULL = process.env.SYNDIC_LOAD === 'full';
const RUNS = Number(process.env.SYNDIC_LOAD_RUNS ?? (FULL ? 10 : 1));
const FLOOD_SECONDS = Number(process.env.SYNDIC_LOAD_FLOOD ?? 300);
const ONLY = process.env.SYNDIC_LOAD_ONLY ?? '';
const TRANSACTIONS = FULL ? 10_000 : 2_000;
const ACCOUNTS = FULL ? 200 : 60;
/** In a flood, so many that the rate is kept although each waits for the answer to what it offers again. */
const FLOODERS = 1_000;
/** More accounts, which send while the others are busy. */
const BYSTANDERS = 20;

const timeouts = { baseTimeout: 3_000, timeoutCeiling: 12_000 };

const ONE_NODE = 'one-node-per-account';
const ALL_NODES = 'all-nodes';
const ORDERS = [
	{ order: 'sequential', spread: ONE_NODE },
	{ order: 'shuffled', spread: ALL_NODES },
	{ order: 'reversed-tens', spread: ALL_NODES },
];

const settings = (pipelineDepth, blockPeriod, proposalForm) => ({ pipelineDepth, blockPeriod, proposalForm });

/** The smaller form: each order, depth, period and form at least once. The slow blocks come last: changes take ten. */
const MIX = [
	{ ...settings(1, 300, 'full'), ...ORDERS[0] },
	{ ...settings(2, 300, 'compact'), ...ORDERS[0] },
	{ ...settings(2, 200, 'compact'), ...ORDERS[1] },
	{ ...settings(4, 200, 'full'), ...ORDERS[2] },
	{ ...settings(1, 1_000, 'compact'), ...ORDERS[1] },
];

const nameOf = ({ pipelineDepth, blockPeriod, proposalForm }) => `depth ${pipelineDepth}, ${blockPeriod} ms, ${proposalForm}`;

/** Says of a run what is in its report's first lines. */
function tell({ report, text }) {
	const { accepted, finalCount, lost, blocked, tps, answerLatency, finalityLatency, lateAnswers } = report;
	const ms = ({ p50, p99 }) => `p50 ${Math.round(p50)} p99 ${Math.round(p99)} ms`;
	console.log(`    accepted ${accepted}, final ${finalCount}, lost ${lost}, blocked ${blocked}, ${Math.round(tps)} TPS, ` +
		`answer ${ms(answerLatency)}${lateAnswers > 0 ? ` (${lateAnswers} later than 1 s)` : ''}, finality ${ms(finalityLatency)}`);
	if (lost > 0) console.log(text);
}

/** Nothing that was accepted is missing, or stands twice, or was said to have failed. */
function assertKept({ report, text }) {
	const { accepted, finalCount, lost, blocked, told, duplicates, finalAlthough } = report;
	const seen = { lost, blocked, told, duplicates, missing: accepted - finalCount, finalAlthoughRefused: finalAlthough.refused };
	assert.deepEqual(seen, { lost: 0, blocked: 0, told: {}, duplicates: 0, missing: 0, finalAlthoughRefused: 0 }, text);
}

/** And all was accepted. */
function assertAllFinal(run, transactions) {
	assertKept(run);
	const { accepted, finalCount, refused, unanswered } = run.report;
	assert.deepEqual({ accepted, finalCount, refused, unanswered }, { accepted: transactions, finalCount: transactions, refused: 0, unanswered: 0 }, run.text);
}

/** All is final in the end, though some was not answered at first. */
function assertAllFinalAtLast(run) {
	assertKept(run);
	const { transactions, finalCount, finalAlthough } = run.report;
	assert.equal(finalCount + finalAlthough.refusedAgain + finalAlthough.unanswered, transactions, run.text);
}

/** Changes parameters and waits until they are in force. */
async function change(network, changes) {
	await withApi(network.running[0], async (api) => {
		const { events } = await motion(api, api.tx.consensusConfig.change(changes, null));
		const since = eventOf(events, 'consensusConfig', 'ParametersScheduled').data.since.toNumber();
		await Promise.all(network.validators.map((node) => node.reaches(since)));
	});
}

/** A load of many seconds, under which something else happens; each order of nonces takes its turn. */
async function during(network, number, { seconds, rate }, disturb) {
	const state = { over: false };
	const options = { ...ORDERS[number % ORDERS.length], accounts: ACCOUNTS, rate, seconds, settle: 120, seed: number + 1 };
	const load = runLoad(network, { ...options, retryFull: true, retryUnanswered: true }).finally(() => (state.over = true));
	try {
		await disturb(state);
	} finally {
		await load.catch(() => {});
	}
	const run = await load;
	tell(run);
	assertAllFinalAtLast(run);
	return run;
}

/** Kills whichever leads, and starts it again. */
async function killLeader(network) {
	const leader = await network.leader();
	await leader.kill();
	await sleep(1_000);
	await leader.start();
}

/** Lets a node stand still. */
async function pause(node, ms) {
	node.child.kill('SIGSTOP');
	await sleep(ms);
	node.child?.kill('SIGCONT');
}

const PROFILES = ['retail payments', 'interbank settlement', 'securities custody', 'regulatory reporting'];

/** Schedules profiles from a height on, one in twenty blocks. */
async function switchProfiles(network, count) {
	await withApi(network.running[0], async (api) => {
		const first = (await network.running[0].finalised()) + 30;
		const calls = Array.from({ length: count }, (_, n) => api.tx.consensusConfig.useProfile(PROFILES[n % PROFILES.length], first + n * 20));
		await motion(api, api.tx.utility.batchAll(calls));
	});
}

/** A network under these parameters with the accounts of the load; `body` gets `step`, which leaves out what was not asked for. */
function loadTest(name, parameters, timeout, body, accounts = ACCOUNTS) {
	networkTest(name, { label: 'load', parameters: { ...timeouts, ...parameters }, timeout }, async (network, step) => {
		await admitLoad(network, accounts);
		await network.start();
		await body(network, (title, run) => (title.includes(ONLY) ? step(title, run) : undefined));
	});
}

const repeated = async (run) => {
	for (let number = 0; number < RUNS; number += 1) await run(number);
};

if (FULL) {
	const combinations = [1, 2, 4].flatMap((depth) => [200, 300, 1_000].flatMap((period) => ['full', 'compact'].map((form) => settings(depth, period, form))));
	for (const parameters of combinations.filter((of) => nameOf(of).includes(ONLY) || ORDERS.some(({ order }) => order.includes(ONLY)))) {
		loadTest(`load: ${nameOf(parameters)}`, parameters, 3 * RUNS * 120_000, async (network, step) => {
			for (const { order, spread } of ORDERS) {
				await step(`${nameOf(parameters)}: ${order}, ${spread}, ${RUNS} times ${TRANSACTIONS}`, () =>
					repeated(async (number) => {
						// Answers come sooner than blocks, and pools fill up: what is refused then is offered again.
						const run = await runLoad(network, { order, spread, transactions: TRANSACTIONS, accounts: ACCOUNTS, inFlight: 256, retryFull: true, seed: number + 1 });
						tell(run);
						assertAllFinal(run, TRANSACTIONS);
					}));
			}
		});
	}

	const disturbances = ['the leader is killed every ten seconds', 'a node stands still for 20 s', 'profiles are switched every 20 blocks'];
	const [killed, still, switched] = disturbances.map((title) => `${title}, ${RUNS} times`);
	const disturbed = (body) => disturbances.some((title) => title.includes(ONLY)) && loadTest('load: disturbed', settings(2, 300, 'compact'), 5_400_000, body);
	disturbed(async (network, step) => {
		await step(killed, () =>
			repeated((number) =>
				during(network, number, { seconds: 60, rate: 100 }, async (state) => {
					while (!state.over) {
						await Promise.all([killLeader(network), sleep(10_000)]);
					}
				})));
		await step(still, () =>
			repeated((number) =>
				during(network, number, { seconds: 30, rate: 100 }, async () => {
					await sleep(3_000);
					await pause(network.validators[number % 4], 20_000);
				})));
		await step(switched, () =>
			repeated((number) => during(network, number, { seconds: 150, rate: 100 }, () => switchProfiles(network, PROFILES.length))));
	});
} else {
	const settingsOf = (mix) => settings(mix.pipelineDepth, mix.blockPeriod, mix.proposalForm);
	loadTest('load', settingsOf(MIX[0]), 300_000, async (network, step) => {
		let inForce = settingsOf(MIX[0]);
		const under = (mix) =>
			step(`${nameOf(mix)}: ${mix.order}, ${mix.spread}`, async () => {
				const changes = Object.entries(settingsOf(mix)).filter(([key, value]) => inForce[key] !== value);
				if (changes.length > 0) await change(network, Object.fromEntries(changes));
				inForce = settingsOf(mix);
				const { order, spread } = mix;
				const run = await runLoad(network, { order, spread, transactions: TRANSACTIONS, accounts: ACCOUNTS, inFlight: 256, retryFull: true, settle: 30 });
				tell(run);
				assertAllFinal(run, TRANSACTIONS);
			});
		for (const mix of MIX.slice(0, -1)) await under(mix);
		await step('the leader is killed under load', () =>
			during(network, 1, { seconds: 8, rate: 100 }, async () => {
				await sleep(2_000);
				await killLeader(network);
			}));
		await step('a node stands still for 8 s under load', () =>
			during(network, 2, { seconds: 11, rate: 100 }, async () => {
				await sleep(1_000);
				await pause(network.node('bob'), 8_000);
			}));
		await under(MIX.at(-1));
	});
}

if (FULL && 'flood'.includes(ONLY)) {
	loadTest('load: flood', settings(1, 1_000, 'compact'), 300_000 + FLOOD_SECONDS * 3_000, async (network, step) => {
		await step(`flood: five times saturation for ${FLOOD_SECONDS} s`, async () => {
			const bystander = (seconds) =>
				runLoad(network, { firstAccount: FLOODERS, accounts: BYSTANDERS, rate: 20, seconds, retryFull: true, settle: 120 });
			const calm = await bystander(10);
			tell(calm);
			const saturated = await runLoad(network, { transactions: TRANSACTIONS, accounts: FLOODERS, inFlight: 1_024, retryFull: true });
			tell(saturated);
			assertAllFinal(saturated, TRANSACTIONS);

			// Signed are twice as many as the network takes; what is refused is offered again.
			const { tps } = saturated.report;
			const rate = Math.ceil(5 * tps);
			const transactions = Math.ceil(tps * FLOOD_SECONDS * 2 + 10_000);
			const flood = runLoad(network, { transactions, seconds: FLOOD_SECONDS, accounts: FLOODERS, rate, retryFull: true, settle: 120 });
			const beside = bystander(FLOOD_SECONDS + 30);
			const [flooded, watched] = [await flood, await beside];
			for (const run of [flooded, watched]) tell(run);
			// What the bystander saw from five seconds after the last of it on, and what it had seen before.
			const { unixStartMs, seconds } = flooded.report.load;
			const end = (unixStartMs + seconds * 1_000 - watched.report.load.unixStartMs) / 1_000;
			const after = watched.report.timeline.filter(({ second, answered }) => second >= end + 5 && answered > 0);
			assert.ok(after.length >= 5, `${after.length} seconds were seen after it`);
			const worst = (of) => Math.max(...after.map((row) => row[of].p95));
			const [answer, finality] = [worst('answerLatency'), worst('finalityLatency')];
			console.log(`    five seconds after it: answers within ${Math.round(answer)} ms, final within ${Math.round(finality)} ms ` +
				`(before: ${Math.round(calm.report.answerLatency.max)}, ${Math.round(calm.report.finalityLatency.max)})`);
			for (const run of [flooded, watched]) assertKept(run);
			assert.ok(flooded.report.refusals.some(({ code }) => code === 1016), `it was no flood\n${flooded.text}`);
			assert.ok(flooded.report.offered >= 0.9 * rate * FLOOD_SECONDS, `it was not ${rate} a second\n${flooded.text}`);
			for (const { report, text } of [flooded, watched]) {
				assert.deepEqual({ late: report.lateAnswers, unanswered: report.unanswered }, { late: 0, unanswered: 0 }, text);
			}
			assert.ok(finality <= 2 * calm.report.finalityLatency.max, `final within ${finality} ms`);
			assert.ok(answer <= Math.max(100, 2 * calm.report.answerLatency.max), `answered within ${answer} ms`);
		});
	}, FLOODERS + BYSTANDERS);
}

/** What it costs to have a transaction on the disk before it is answered: the same load with the journal and without, in turns. */
if (FULL && 'journal'.includes(ONLY)) {
	loadTest('load: journal', settings(1, 300, 'compact'), 900_000, async (network, step) => {
		await step('with the journal and without, three times each', async () => {
			const seen = { with: [], without: [] };
			for (let number = 0; number < 6; number += 1) {
				const how = number % 2 === 0 ? 'with' : 'without';
				for (const node of network.validators) {
					await node.end();
					node.args = node.args.filter((arg) => arg !== '--no-transaction-journal');
					if (how === 'without') node.args.push('--no-transaction-journal');
				}
				await Promise.all(network.validators.map((node) => node.start()));
				await network.advances(3);
				const load = { ...ORDERS[0], accounts: ACCOUNTS, settle: 30, seed: number + 1 };
				const alone = await runLoad(network, { ...load, transactions: 300, inFlight: 1 });
				const many = await runLoad(network, { ...load, transactions: 3_000, inFlight: 256, retryFull: true });
				for (const run of [alone, many]) assertKept(run);
				seen[how].push({ alone: alone.report.answerLatency.p50, many: many.report.answerLatency.p50, tps: many.report.tps });
			}
			const middle = (how, of) => seen[how].map((run) => run[of]).sort((a, b) => a - b)[1];
			for (const how of ['with', 'without']) {
				console.log(`    ${how}: one at a time answered in ${middle(how, 'alone').toFixed(2)} ms (median), 256 in flight in ` +
					`${middle(how, 'many').toFixed(1)} ms, ${Math.round(middle(how, 'tps'))} TPS`);
			}
		});
	});
}
