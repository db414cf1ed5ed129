// The board changes the running consensus, with stock @polkadot/api: block period, a fifth validator, its removal.

import assert from 'node:assert/strict';
import { Refused, account, eventOf, send, withApi } from '../lib/api.mjs';
import { motion } from '../lib/governance.mjs';
import { networkTest, syndic } from '../lib/network.mjs';
import { NEWCOMER, registerWithProof } from '../lib/validators.mjs';
import { until } from '../lib/wait.mjs';

const parameters = { blockPeriod: 300, baseTimeout: 2_500, timeoutCeiling: 8_000, leaderPeriod: 3 };
const SLOWER = 1_000;

const timestamp = async (api, height) =>
	(await (await api.at(await api.rpc.chain.getBlockHash(height))).query.timestamp.now()).toNumber();

/** The time from each block of a range to the next, in ms. */
async function gaps(api, first, last) {
	const times = [];
	for (let height = first; height <= last; height += 1) times.push(await timestamp(api, height));
	return times.slice(1).map((time, n) => time - times[n]);
}

networkTest('the board governs', { label: 'governance', parameters, timeout: 300_000 }, async (network, step) => {
	await network.start();
	const alice = network.node('alice');
	let eve;
	let key;

	await step('a motion sets the block period, from a height on', () =>
		withApi(alice, async (api) => {
			const { events, height } = await motion(api, api.tx.consensusConfig.change({ blockPeriod: SLOWER }, null));
			const at = eventOf(events, 'consensusConfig', 'ParametersScheduled').data.since.toNumber();
			assert.ok(at > height);
			const { scheduled } = await alice.rpc('pbft_parameters');
			assert.deepEqual(scheduled.map(({ since, parameters: p }) => [since, p.blockPeriod]), [[at, SLOWER]]);

			await network.advances(at + 5 - (await alice.finalised()), { within: 60_000 });
			const before = await gaps(api, at - 6, at - 1);
			const after = await gaps(api, at - 1, at + 5);
			console.log(`    ms from block to block: ${before.join(' ')} | from ${at} on: ${after.join(' ')}`);
			assert.ok(Math.min(...before) >= parameters.blockPeriod);
			assert.ok(before.filter((gap) => gap < SLOWER).length >= 4, `before: ${before}`);
			assert.ok(Math.min(...after) >= SLOWER, `after: ${after}`);
			assert.equal((await alice.rpc('pbft_parameters')).parameters.blockPeriod, SLOWER);
			// No node was restarted, and none disagrees.
			for (const node of network.running) assert.equal((await node.status()).failures, 0);
			await network.agree();
		}));

	await step('parameters out of bounds are refused by name, and nothing changes', () =>
		withApi(alice, async (api) => {
			const before = JSON.stringify((await alice.rpc('pbft_parameters')).parameters);
			const cases = [
				[{ blockPeriod: 199 }, /consensusConfig\.BlockPeriodOutOfBounds: .*blockPeriod.*200/],
				[{ baseTimeout: 2_000_000 }, /consensusConfig\.BaseTimeoutOutOfBounds: .*baseTimeout/],
				[{ baseTimeout: SLOWER + 100 }, /consensusConfig\.TimeoutWithinBlockPeriod: .*baseTimeout.*blockPeriod/],
				[{ maxTransactions: 0 }, /consensusConfig\.MaxTransactionsOutOfBounds: .*maxTransactions/],
			];
			for (const [changes, message] of cases) {
				await assert.rejects(motion(api, api.tx.consensusConfig.change(changes, null)), (error) => {
					assert.ok(error instanceof Refused, error.stack);
					assert.match(error.message, message);
					return true;
				});
			}
			const { parameters: after, scheduled } = await alice.rpc('pbft_parameters');
			assert.equal(JSON.stringify(after), before);
			assert.deepEqual(scheduled, []);
		}));

	await step('nobody governs alone', () =>
		withApi(alice, async (api) => {
			await assert.rejects(send(api, api.tx.consensusConfig.change({ blockPeriod: 300 }, null), account('alice')), /BadOrigin/);
			await assert.rejects(send(api, api.tx.validators.addValidator(`0x${'07'.repeat(32)}`, null), account('alice')), /BadOrigin/);
		}));

	await step('back to short blocks', () =>
		withApi(alice, async (api) => {
			const { events } = await motion(api, api.tx.consensusConfig.change({ blockPeriod: parameters.blockPeriod }, null));
			const at = eventOf(events, 'consensusConfig', 'ParametersScheduled').data.since.toNumber();
			await alice.reaches(at + 3);
			const [gap] = await gaps(api, at + 2, at + 3);
			assert.ok(gap < SLOWER, `${gap} ms`);
		}));

	await step('a fifth validator starts with a key of its own, and follows', async () => {
		eve = await network.add('eve', ['--validator', ...network.bootnodes]);
		// As an operator does it: the key is made on the node's machine, before its first start.
		await syndic('key', 'generate-consensus', '--chain', network.spec, '--base-path', eve.base);
		await eve.start();
		await eve.reaches(await alice.finalised());
		const status = await eve.status();
		assert.equal(status.role, 'waiting', 'it is not in the set yet');
		key = status.key;
		assert.match(key, /^0x[0-9a-f]{64}$/);
	});

	await step('it is not added before its institution has registered it, with a proof that its node makes', () =>
		withApi(alice, async (api) => {
			await assert.rejects(motion(api, api.tx.validators.addValidator(key, null)), /validators\.NotRegistered/);
			const ferdie = account(NEWCOMER.administrator);
			const of = ['--institution', String(NEWCOMER.institution), '--account', ferdie.address, '--genesis', network.genesis];
			const at = ['--chain', network.spec, '--base-path', eve.base, '--output-type', 'json'];
			const { publicKey, proof } = JSON.parse((await syndic('key', 'prove-possession', ...of, ...at)).stdout);
			assert.equal(publicKey, key);
			const peer = await eve.rpc('system_localPeerId');
			const register = (more) => registerWithProof(api, { key, proof, peer, addresses: ['/ip4/127.0.0.1/tcp/30337'], ...more });
			await assert.rejects(register({ administrator: 'alice' }), /validators\.BadSignature/);
			await assert.rejects(register({ administrator: 'eve' }), /BadOrigin/);
			await assert.rejects(register({ peer: 'Eve' }), /validators\.BadPeerId/);
			const { data } = await register();
			assert.equal(data.institution.toNumber(), NEWCOMER.institution);
			await assert.rejects(register(), /validators\.RegisteredAlready/);
			const status = await api.call.validatorsApi.statusOf(key);
			assert.equal(status.unwrap().toString(), 'Registered');
			const all = await api.call.validatorsApi.registrations();
			assert.equal(all.length, 5);
		}));

	await step('it declares that it is ready; a declaration that is not its own is refused', () =>
		withApi(alice, async (api) => {
			const ready = await eve.rpc('pbft_readiness');
			const declare = (r) => api.tx.validators.declareReady(r.key, r.height, r.blockHash, r.signature);
			const forged = { ...ready, signature: `0x${'05'.repeat(64)}` };
			await assert.rejects(send(api, declare(forged), account('bob')), /validators\.BadSignature/);
			const { events } = await send(api, declare(ready), account('bob'));
			eventOf(events, 'validators', 'ReadinessDeclared');
		}));

	await step('a motion adds it: from that height on its signature is in certificates', () =>
		withApi(alice, async (api) => {
			const { events } = await motion(api, api.tx.validators.addValidator(key, null));
			const at = eventOf(events, 'validators', 'AdditionScheduled').data.since.toNumber();
			await until('eve has signed', async () => {
				const now = await alice.finalised();
				for (let height = at; height <= now; height += 1) {
					if ((await network.certified(alice, height)).signers.includes(key)) return true;
				}
				return false;
			});
			const before = await network.certified(alice, at - 1);
			const after = await network.certified(alice, at);
			assert.equal(before.set.members.length, 4);
			assert.equal(after.set.members.length, 5);
			assert.equal(after.set.id, before.set.id + 1);
			assert.ok(after.signers.length >= 4, 'a quorum of five is four');
			await until('eve calls itself a validator', async () => (await eve.status()).role === 'validator');
		}));

	await step('it leads and commits like the others', async () => {
		const { index } = await eve.status();
		await until('eve leads', async () => (await alice.status()).leader.index === index, { every: 20 });
		await network.advances(2 * parameters.leaderPeriod);
		assert.equal((await alice.status()).failures, 0);
		await network.agree();
	});

	await step('the fifth counts: with it, one of the four may fail', async () => {
		await network.node('dave').kill();
		await network.advances(10);
		await network.node('dave').start();
		await network.node('dave').reaches(await alice.finalised());
	});

	await step('a motion removes it: it follows, and is in no certificate any more', () =>
		withApi(alice, async (api) => {
			const { events } = await motion(api, api.tx.validators.removeValidator(key, null));
			const at = eventOf(events, 'validators', 'RemovalScheduled').data.since.toNumber();
			const last = await alice.reaches(at + 10);
			for (let height = at; height <= last; height += 1) {
				const { set, signers } = await network.certified(alice, height);
				assert.equal(set.members.length, 4);
				assert.ok(!signers.includes(key), `eve signed block ${height}`);
			}
			await until('eve follows', async () => (await eve.status()).role === 'waiting');
			await eve.reaches(last);
			await network.agree();
			for (const node of network.nodes) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
		}));
});
