// A validator's whole life on a network that carries transfers: its institution is admitted, its people enrol, it is
// registered, joins, votes, is demoted while it is paused, leads again, is paid, and leaves.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Keyring } from '@polkadot/api';
import { account, eventOf, send, sendUnsigned, withApi } from '../lib/api.mjs';
import { Authority, enrolment } from '../lib/certificates.mjs';
import { motion } from '../lib/governance.mjs';
import { networkTest, syndic } from '../lib/network.mjs';
import { POT } from '../lib/validators.mjs';
import { sleep, until } from '../lib/wait.mjs';

const parameters = { blockPeriod: 300, baseTimeout: 2_000, timeoutCeiling: 8_000, leaderPeriod: 3 };
const RULES = { eraLength: 100, demoteAfter: 2, activeWindow: 32 };
const UNIT = 10n ** 12n;

/** A transfer every 150 ms, until it is stopped. */
class Load {
	constructor(api) {
		this.api = api;
		this.sender = account('eve');
		this.sent = 0;
	}

	async start() {
		this.first = (await this.api.rpc.system.accountNextIndex(this.sender.address)).toNumber();
		this.going = true;
		this.running = this.run();
	}

	async run() {
		while (this.going) {
			const transfer = this.api.tx.balances.transferKeepAlive(account('bob').address, 1n);
			await transfer.signAndSend(this.sender, { nonce: this.first + this.sent });
			this.sent += 1;
			await sleep(150);
		}
	}

	/** Ends it, and waits until every transfer is final. */
	async stop() {
		this.going = false;
		await this.running;
		const nonce = async () => (await this.api.query.system.account(this.sender.address)).nonce.toNumber();
		await until('every transfer is in a block', async () => (await nonce()) === this.first + this.sent);
		return this.sent;
	}
}

/** All events of the validators contract in a range of heights, as `{ height, method, data }`. */
async function history(api, first, last) {
	const found = [];
	for (let height = first; height <= last; height += 1) {
		const events = await (await api.at(await api.rpc.chain.getBlockHash(height))).query.system.events();
		for (const { event } of events) {
			if (event.section === 'validators') found.push({ height, method: event.method, data: event.data });
		}
	}
	return found;
}

/** The longest time between two blocks of a range, in ms. */
async function longestGap(api, first, last) {
	let [longest, before] = [0, null];
	for (let height = first; height <= last; height += 1) {
		const at = await api.at(await api.rpc.chain.getBlockHash(height));
		const time = (await at.query.timestamp.now()).toNumber();
		if (before !== null) longest = Math.max(longest, time - before);
		before = time;
	}
	return longest;
}

networkTest("a validator's life", { label: 'lifecycle', parameters, timeout: 480_000 }, async (network, step) => {
	await network.start();
	const alice = network.node('alice');
	const four = [...network.nodes];
	const directory = join(network.directory, 'certificates');
	mkdirSync(directory);
	const bank = new Authority(directory, 'Fifth Bank');
	const anna = new Keyring({ type: 'sr25519' }).addFromUri('//Anna');
	let [institution, fifth, key, began, paused, demotedFrom] = [];

	const statusOf = async (api) => (await api.call.validatorsApi.statusOf(key)).unwrap().toString();
	const demoted = async (api) => {
		const set = await api.query.validators.currentSet();
		return set.demoted.map((position) => set.members[position.toNumber()].toHex());
	};

	await withApi(alice, async (api) => {
		const load = new Load(api);
		began = await alice.finalised();
		await load.start();

		await step('the board sets the rules of credit and a reward, and somebody fills the pot', async () => {
			await motion(api, api.tx.consensusConfig.change(RULES, null));
			await motion(api, api.tx.validators.setEraReward(100n * UNIT));
			await send(api, api.tx.balances.transferKeepAlive(POT, 1_000n * UNIT), account('alice'));
		});

		await step('an institution is admitted, and its administrator enrols with a certificate by openssl', async () => {
			const admitted = await motion(api, api.tx.identity.admitInstitution('Fifth Bank', 'Bank', [bank.root], 1_000));
			institution = eventOf(admitted.events, 'identity', 'InstitutionAdmitted').data.institution.toNumber();
			await sendUnsigned(api, await enrolment(api, anna, institution, bank.issue('Anna', 'administrator')));
			await send(api, api.tx.balances.transferKeepAlive(anna.address, UNIT), account('alice'));
		});

		await step('it registers a fifth validator, whose node follows the chain', async () => {
			fifth = await network.add('fifth', ['--validator', ...network.bootnodes]);
			const at = ['--chain', network.spec, '--base-path', fifth.base];
			await syndic('key', 'generate-consensus', ...at);
			const of = ['--institution', String(institution), '--account', anna.address, '--genesis', network.genesis];
			const { publicKey, proof } = JSON.parse((await syndic('key', 'prove-possession', ...of, ...at, '--output-type', 'json')).stdout);
			key = publicKey;
			const peer = fifth.address.split('/').at(-1);
			const { events } = await send(api, api.tx.validators.registerValidator(key, proof, peer, [fifth.address]), anna);
			eventOf(events, 'validators', 'ValidatorRegistered');
			assert.equal(await statusOf(api), 'Registered');
			await fifth.start();
			await fifth.reaches(await alice.finalised());
		});

		await step('it declares that it is ready, the board adds it, and it votes', async () => {
			const ready = await fifth.rpc('pbft_readiness');
			await send(api, api.tx.validators.declareReady(ready.key, ready.height, ready.blockHash, ready.signature), anna);
			assert.equal(await statusOf(api), 'Ready');
			const { events } = await motion(api, api.tx.validators.addValidator(key, null));
			const since = eventOf(events, 'validators', 'AdditionScheduled').data.since.toNumber();
			await alice.reaches(since + 1);
			assert.equal(await statusOf(api), 'Active');
			await until('it is credited for a commit', async () => {
				const credits = await api.query.validators.credits();
				return [...credits.entries()].some(([who, credit]) => who.toHex() === key && credit.commits.toNumber() > 0);
			});
			fifth.index = (await fifth.status()).index;
			await until('it leads', async () => (await alice.status()).leader.index === fifth.index, { every: 20 });
		});

		await step('it is paused: its turns are missed, and it is demoted without anybody asking', async () => {
			paused = await alice.finalised();
			fifth.child.kill('SIGSTOP');
			await until('it is demoted', async () => (await demoted(api)).includes(key), { within: 120_000 });
			demotedFrom = (await api.query.validators.currentSet()).since.toNumber();
			const before = await history(api, paused, demotedFrom);
			const missed = before.filter(({ method }) => method === 'TurnMissed');
			assert.ok(missed.length >= RULES.demoteAfter, `${missed.length} turns missed`);
			assert.ok(missed.every(({ data }) => data.validator.toHex() === key), 'nobody else has missed a turn');
			console.log(`    paused at ${paused}, ${missed.length} turns missed, demoted from ${demotedFrom} on`);
		});

		await step('from then on no view fails, and no block is late', async () => {
			const last = await alice.reaches(demotedFrom + 50);
			const gap = await longestGap(api, demotedFrom, last);
			console.log(`    ${last - demotedFrom} blocks, at most ${gap} ms from one to the next`);
			assert.ok(gap < parameters.baseTimeout, `${gap} ms`);
			const { view } = await alice.status();
			assert.equal(view, 0);
			assert.ok(!(await history(api, demotedFrom, last)).some(({ method }) => method === 'TurnMissed'));
		});

		await step('it returns, votes, and leads again from the next era on', async () => {
			fifth.child.kill('SIGCONT');
			await fifth.reaches(await alice.finalised());
			await until('it is restored', async () => (await demoted(api)).length === 0, { within: 120_000 });
			await until('it leads', async () => (await alice.status()).leader.index === fifth.index, { every: 20 });
			await network.advances(2 * parameters.leaderPeriod);
			assert.equal((await alice.status()).view, 0);
		});

		await step('the rewards are paid by what each has done', async () => {
			const eras = (await history(api, began, await alice.finalised())).filter(({ method }) => method === 'EraEnded');
			assert.ok(eras.length >= 2, `${eras.length} eras`);
			const { height } = eras.at(-1);
			const rewarded = (await history(api, height, height)).filter(({ method }) => method === 'Rewarded');
			assert.equal(rewarded.length, 5);
			const amount = ({ data }) => data.amount.toBigInt();
			const own = rewarded.find(({ data }) => data.validator.toHex() === key);
			const others = rewarded.filter((reward) => reward !== own);
			console.log(`    ${rewarded.map(({ data }) => `${data.commits} commits, ${data.led} led: ${data.amount.toBigInt() / 10n ** 9n} milli`).join('; ')}`);
			assert.ok(amount(own) > 0n && others.every((reward) => amount(reward) > amount(own)), 'it was away for a while');
			const paid = rewarded.reduce((sum, reward) => sum + amount(reward), 0n);
			assert.ok(paid <= 100n * UNIT && paid > 99n * UNIT, `${paid}`);
			const { data } = await api.query.system.account(anna.address);
			assert.ok(data.free.toBigInt() > UNIT, 'its institution was paid');
		});

		await step('its institution withdraws it, and the four go on', async () => {
			const { events } = await send(api, api.tx.validators.leave(key), anna);
			const since = eventOf(events, 'validators', 'RemovalScheduled').data.since.toNumber();
			assert.equal(await statusOf(api), 'Leaving');
			const last = await alice.reaches(since + 10);
			assert.equal(await statusOf(api), 'Left');
			assert.equal((await api.query.validators.currentSet()).members.length, 4);
			assert.ok((await longestGap(api, since - 1, last)) < parameters.baseTimeout);
			await until('it only follows', async () => (await fifth.status()).role === 'waiting');
		});

		await step('all along, every transfer became final, and all nodes agree', async () => {
			const sent = await load.stop();
			console.log(`    ${sent} transfers`);
			assert.ok(sent > 300);
			await network.agree();
			for (const node of four) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
		});
		load.going = false;
	});
});
