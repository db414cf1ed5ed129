// Business classes: what the board and a sender do with them, by stock @polkadot/api; and a flood of retail payments that
// delays no settlement.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { Refused, account, eventOf, send, withApi } from '../lib/api.mjs';
import { motion } from '../lib/governance.mjs';
import { genesisOf, networkTest } from '../lib/network.mjs';
import { sleep, until } from '../lib/wait.mjs';

const UNIT = 10n ** 12n;
const PERIOD = 1_000;
const CAPACITY = 20; // transactions a block
const parameters = { blockPeriod: PERIOD, baseTimeout: 4_000, timeoutCeiling: 12_000, maxTransactions: CAPACITY };

/** How long the flood lasts, in ms, and how many times the chain's capacity it offers. */
const FLOOD = Number(process.env.SYNDIC_FLOOD_MS ?? 60_000);
const TIMES = 10;

/**
 * So small that the flood fills it within seconds: 168 retail payments find room in it, more than eight blocks of them.
 * Each node validates what is in its pool again after each block; four of them do so here on one machine.
 */
const POOL = ['--pool-limit', '256'];

const RETAIL = 0;
const SETTLEMENT = 1;

/**
 * The senders of the flood, so many at each node, as retail customers are: each waits for the pool's answer before it sends its
 * next payment.
 */
const CUSTOMERS = 100;
const customersOf = (node) => Array.from({ length: CUSTOMERS }, (_, n) => `dave//${node}//${n}`);

/** Gives the customers an identity and money in the genesis. */
function admitCustomers(network) {
	const spec = JSON.parse(readFileSync(network.spec, 'utf8'));
	const { identity, balances } = genesisOf(spec);
	for (const { name: node } of network.validators) {
		for (const name of customersOf(node)) {
			const { address } = account(name);
			identity.identities.push({ account: address, institution: 0, role: 'client', name });
			balances.balances.push([address, Number(1_000n * UNIT)]);
		}
	}
	writeFileSync(network.spec, JSON.stringify(spec));
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];

/** Calls one method many times in one request; gives the answers in order. */
async function batch(node, method, params) {
	const body = params.map((param, id) => ({ jsonrpc: '2.0', id, method, params: [param] }));
	const headers = { 'content-type': 'application/json' };
	const response = await fetch(node.url, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(30_000) });
	return (await response.json()).sort((a, b) => a.id - b.id);
}

/** No room in the pool: it may be sent again. */
const FULL = 1016;

/** It was sent before, or gossip was faster: the pool has it, or had it. */
const THERE = [1012, 1013];

/**
 * Offers a node payments of many accounts at a steady rate until it is told to stop. What is refused for want of room is
 * offered again, before that of others: so the pool stays full, and whatever leaves it is replaced at once.
 */
class Flood {
	/** @param queues for each account its payments, in the order of their nonces */
	constructor(node, queues, perSecond) {
		Object.assign(this, { node, queues, perSecond, offered: 0, refused: 0, other: [] });
	}

	async run(until) {
		const tick = 250;
		let due = 0;
		for (let at = Date.now(); at < until && this.queues.length > 0; at += tick) {
			await sleep(Math.max(0, at - Date.now()));
			due += (this.perSecond * tick) / 1_000;
			const offering = this.queues.splice(0, Math.floor(due));
			due %= 1;
			if (offering.length === 0) continue;
			this.offered += offering.length;
			const answers = await batch(this.node, 'author_submitExtrinsic', offering.map(([next]) => next));
			const isRefused = (_, n) => answers[n].error?.code === FULL;
			const refused = offering.filter(isRefused);
			const taken = offering.filter((queue, n) => !isRefused(queue, n)).map((queue) => queue.slice(1));
			this.refused += refused.length;
			this.queues.unshift(...refused);
			this.queues.push(...taken.filter((queue) => queue.length > 0));
			for (const { error } of answers) {
				if (!error || error.code === FULL || THERE.includes(error.code)) continue;
				this.other.push(`${error.code}: ${error.message} ${error.data ?? ''}`);
			}
		}
	}
}

/** What is in a block, by class. */
function byClass(api, block) {
	const counts = {};
	for (const { isSigned, method } of block.extrinsics) {
		if (!isSigned) continue;
		const wrapped = method.section === 'classes' && method.method === 'withClass';
		const id = wrapped ? method.args[0].toNumber() : RETAIL;
		counts[id] = (counts[id] ?? 0) + 1;
	}
	return counts;
}

networkTest('classes', { label: 'classes', parameters, timeout: 420_000 }, async (network, step) => {
	await network.addValidators();
	admitCustomers(network);
	for (const node of network.nodes) node.args.push(...POOL);
	network.addValidators = async () => {};
	await network.start();
	const alice = network.node('alice');
	const [bob, charlie, dave] = ['bob', 'charlie', 'dave'].map(account);
	const transfer = (api, to = bob) => api.tx.balances.transferKeepAlive(to.address, UNIT);

	await step('four classes ship, and a sender names one by a wrapper', () =>
		withApi(alice, async (api) => {
			const classes = await api.query.classes.classes.entries();
			const shares = Object.fromEntries(classes.map(([, c]) => [c.unwrap().name.toUtf8(), c.unwrap().share.toNumber()]));
			assert.deepEqual(shares, { retail: 40, settlement: 30, custody: 20, reporting: 10 });

			const { events } = await send(api, api.tx.classes.withClass(SETTLEMENT, transfer(api)), charlie);
			assert.equal(eventOf(events, 'classes', 'CalledInClass').data.name.toUtf8(), 'settlement');
			eventOf(events, 'balances', 'Transfer');
			// An error is the call's own.
			const poor = api.tx.balances.transferKeepAlive(bob.address, 10n ** 30n);
			await assert.rejects(send(api, api.tx.classes.withClass(SETTLEMENT, poor), charlie), /Arithmetic|token|FundsUnavailable/i);
		}));

	await step('the board makes a class for its own, and refusals say why', () =>
		withApi(alice, async (api) => {
			const reasons = new Map(api.consts.classes.refusals.map(([code, text]) => [code.toNumber(), text.toString()]));
			const refused = async (extrinsic, signer, words) => {
				const error = await extrinsic.signAndSend(signer).then(() => assert.fail('it was taken'), (e) => e);
				assert.match(error.message, /^1010: Invalid Transaction: Custom error: \d+$/);
				assert.match(reasons.get(Number(error.message.match(/(\d+)$/)[1])), words, error.message);
			};
			await refused(api.tx.classes.withClass(9, transfer(api)), charlie, /no class with this number/);
			await refused(api.tx.system.remark(`0x${'00'.repeat(130 * 1024)}`), charlie, /longer than its class allows/);
			const twice = api.tx.classes.withClass(RETAIL, api.tx.classes.withClass(SETTLEMENT, transfer(api)));
			await refused(twice, charlie, /another classes\.withClass/);

			// Of Dave's institution, which is number 3.
			const make = (share) => api.tx.classes.setClass(9, 'collateral', share, 50, 4_096, 'Institutions', { kinds: [], institutions: [3] });
			await assert.rejects(motion(api, make(1)), (e) => e instanceof Refused && /classes\.SharesExceedBlock: .*100 percent/.test(e.message));
			const made = await motion(api, make(0));
			assert.ok(made.events.some((event) => event.section === 'classes' && event.method === 'ClassSet'));
			await refused(api.tx.classes.withClass(9, transfer(api)), charlie, /not open to the account's institution/);
			await send(api, api.tx.classes.withClass(9, transfer(api)), dave);
		}));

	await step('the board maps a call to a class, and undoes it', () =>
		withApi(alice, async (api) => {
			const index = Array.from(api.tx.system.remark.callIndex);
			const { events } = await motion(api, api.tx.classes.mapCall(index, 3));
			assert.equal(eventOf(events, 'classes', 'CallMapped').data.name.toUtf8(), 'reporting');
			// A report may be longer than a payment.
			await send(api, api.tx.system.remark(`0x${'00'.repeat(130 * 1024)}`), charlie);
			await assert.rejects(motion(api, api.tx.classes.removeClass(3)), /classes\.ClassInUse/);
			await motion(api, api.tx.classes.unmapCall(index));
		}));

	await step(`a flood of retail at ${TIMES} times the capacity delays no settlement`, () =>
		withApi(alice, async (api) => {
			const rate = (CAPACITY * 1_000 * TIMES) / PERIOD;
			// Each node could fill all blocks, and its pool besides.
			const each = Math.ceil(((CAPACITY * FLOOD) / PERIOD + 256) / CUSTOMERS);
			const floods = [];
			for (const node of network.validators) {
				const queues = customersOf(node.name).map(async (name) => {
					const signer = account(name);
					const payments = [];
					for (let nonce = 0; nonce < each; nonce += 1) {
						// They do not expire while they wait.
						payments.push((await transfer(api, charlie).signAsync(signer, { nonce, era: 0 })).toHex());
					}
					return payments;
				});
				floods.push(new Flood(node, await Promise.all(queues), rate / network.validators.length));
			}

			const first = await alice.finalised();
			const end = Date.now() + FLOOD;
			const flooding = Promise.all(floods.map((flood) => flood.run(end)));
			// The pools fill up first.
			await sleep(8_000);
			const began = await alice.finalised();

			// What was sent, and when; and from then until a node tells of a final block that it is in.
			const sent = new Map();
			const delays = [];
			let [looked, failed] = [0, undefined];
			const look = async (header) => {
				const now = Date.now();
				const { block } = await api.rpc.chain.getBlock(header.hash);
				for (const { hash } of block.extrinsics) {
					const since = sent.get(hash.toHex());
					if (since === undefined) continue;
					sent.delete(hash.toHex());
					delays.push(now - since);
				}
				looked = Math.max(looked, header.number.toNumber());
			};
			const stop = await api.rpc.chain.subscribeFinalizedHeads((header) => look(header).catch((error) => (failed = error)));
			let nonce = (await api.rpc.system.accountNextIndex(bob.address)).toNumber();
			for (let at = Date.now(); at < end - 3_000; at += 400) {
				await sleep(Math.max(0, at - Date.now()));
				const extrinsic = await api.tx.classes.withClass(SETTLEMENT, transfer(api, charlie)).signAsync(bob, { nonce, era: 0 });
				nonce += 1;
				sent.set(extrinsic.hash.toHex(), Date.now());
				await api.rpc.author.submitExtrinsic(extrinsic);
			}
			const last = await alice.finalised();
			await flooding;
			await until('every settlement is final', () => failed || (sent.size === 0 && looked >= last), { within: 30_000 });
			stop();
			if (failed) throw failed;

			let retail = 0;
			let settlements = 0;
			let full = 0;
			const shares = [];
			for (let height = began + 1; height <= last; height += 1) {
				const { block } = await api.rpc.chain.getBlock(await api.rpc.chain.getBlockHash(height));
				const counts = byClass(api, block);
				retail += counts[RETAIL] ?? 0;
				settlements += counts[SETTLEMENT] ?? 0;
				full += (counts[RETAIL] ?? 0) + (counts[SETTLEMENT] ?? 0) >= CAPACITY ? 1 : 0;
				shares.push(counts[RETAIL] ?? 0);
			}
			const blocks = last - began;
			delays.sort((a, b) => a - b);
			const offered = floods.reduce((sum, flood) => sum + flood.offered, 0);
			const refused = floods.reduce((sum, flood) => sum + flood.refused, 0);
			const text = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1].map((q) => `${Math.round(q * 100)} % ${quantile(delays, Math.max(q, 1e-9))}`);
			console.log(`    ${blocks} blocks (${first} to ${last}), ${full} of them full: ${retail} retail, ${settlements} settlements`);
			console.log(`    retail in each block: ${shares.join(' ')}`);
			console.log(`    retail offered: ${offered}, refused for want of room in a pool: ${refused}`);
			console.log(`    ${delays.length} settlements, ms from submission to finality: ${text.join(', ')}`);

			assert.deepEqual(floods.flatMap((flood) => flood.other), []);
			assert.ok(delays.length >= 100, `${delays.length} settlements`);
			assert.ok(refused > 0, 'the flood was no flood: the pools took everything');
			assert.ok(offered >= (rate * FLOOD * 0.8) / 1_000, `${offered} offered`);
			assert.ok(retail >= 0.4 * CAPACITY * blocks, `retail had ${retail} of ${CAPACITY * blocks}`);
			assert.ok(full >= 0.9 * blocks, `${full} of ${blocks} blocks were full`);
			assert.ok(quantile(delays, 0.99) <= 2 * PERIOD, `the 99th percentile is ${quantile(delays, 0.99)} ms`);
			for (const node of network.running) assert.equal((await node.status()).failures, 0);
			await network.agree();
		}));
});
