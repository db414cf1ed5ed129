// How payloads travel: to a recipient that was away, from others than the sender; and that blocks do not wait for them.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { MAX_PAYLOAD, submitPayload, toHex } from '../../clients/typescript/dist/index.js';
import { withApi } from '../lib/api.mjs';
import { networkTest } from '../lib/network.mjs';
import { arrives, providerOf, raise, setService, stateOf, statusOf } from '../lib/privacy.mjs';
import { RpcError } from '../lib/rpc.mjs';
import { sleep, until } from '../lib/wait.mjs';

const parameters = { blockPeriod: 300, baseTimeout: 2_500, timeoutCeiling: 8_000, leaderPeriod: 3 };

/** For how many blocks the recipient is away. */
const AWAY = 100;

/** Over how many blocks the pace is measured, and how much slower it may be without payloads than with: noise, no more. */
const BLOCKS = 80;
const NOISE = 1.25;

const NOT_HERE = 7103;
const PURGED = 7104;
const OFF = 7105;
const rpcError = (code) => (error) => error instanceof RpcError && error.code === code;

/** The time of a block, in ms. */
async function timeOf(api, height) {
	return (await (await api.at(await api.rpc.chain.getBlockHash(height))).query.timestamp.now()).toNumber();
}

networkTest('payloads reach those who were away, and blocks never wait', { label: 'payloads', parameters, timeout: 720_000 }, async (network, step) => {
	const { banks } = await raise(network);
	const [alice, bob, charlie, dave] = network.validators;
	const authority = network.node('authority');
	const others = network.nodes.filter((node) => node !== bob);
	const payload = randomBytes(MAX_PAYLOAD);
	let sealed;

	await step(`a recipient that was away for ${AWAY} blocks gets it, though the sender's node is gone by then`, async () => {
		await bob.kill();
		await withApi(alice, async (api) => {
			sealed = await banks.alice.seal(api, [banks.bob, banks.charlie], payload);
			await banks.alice.send(api, alice, sealed);
		});
		await Promise.all([charlie, authority].map((node) => arrives(node, sealed.commitment)));
		const before = await charlie.finalised();
		await network.advances(AWAY, { nodes: others, within: 180_000 });
		console.log(`    away from block ${before} to ${await charlie.finalised()}`);
		// Two of four are left, so there is no block until the recipient is back.
		await alice.kill();
		await bob.start();
		await network.advances(3, { nodes: [bob, charlie, dave] });
		console.log(`    here ${await arrives(bob, sealed.commitment, { within: 120_000 })} ms after it has caught up`);
		await withApi(bob, async (api) => {
			assert.deepEqual(Buffer.from((await banks.bob.open(api, bob, sealed.commitment)).payload), payload);
		});
	});

	await step("the regulator's node has it, too, when nobody else is there", async () => {
		await alice.start();
		await network.advances(5, { nodes: [alice, bob, charlie, dave] });
		const second = await withApi(bob, async (api) => {
			const made = await banks.bob.seal(api, [banks.dave], payload);
			await dave.kill();
			await banks.bob.send(api, bob, made);
			return made;
		});
		await arrives(authority, second.commitment);
		await bob.kill();
		await dave.start();
		await network.advances(3, { nodes: [alice, charlie, dave] });
		await arrives(dave, second.commitment, { within: 120_000 });
		await withApi(dave, async (api) => {
			assert.deepEqual(Buffer.from((await banks.dave.open(api, dave, second.commitment)).payload), payload);
		});
		await bob.start();
		await until('all four vote', async () => (await alice.metric('syndic_pbft_validators_connected')) === 3);
	});

	await step('nothing is lost by a restart, and what is purged stays away', async () => {
		await charlie.end();
		await charlie.start();
		await charlie.reaches(await alice.finalised());
		assert.equal(await stateOf(charlie, sealed.commitment), 'stored');
		const commitment = toHex(sealed.commitment);
		assert.equal((await charlie.rpc('privacy_purge', [commitment])).removed, true);
		assert.equal(await stateOf(charlie, sealed.commitment), 'purged');
		await assert.rejects(charlie.rpc('privacy_payload', [commitment]), rpcError(PURGED));
		await network.advances(10);
		assert.equal(await stateOf(charlie, sealed.commitment), 'purged');
		await withApi(charlie, async (api) => assert.ok((await api.query.privacy.envelopes(commitment)).isSome));
	});

	await step('all payload services stopped: blocks go on at the same pace, and no view fails', () =>
		withApi(alice, async (api) => {
			/** Sends the longest payloads while blocks go on. @returns how long a block took on average, in ms, and what was sent */
			const measure = async (title, sends) => {
				await network.advances(3);
				const first = await alice.finalised();
				const sent = [];
				let going = true;
				const sending = (async () => {
					while (going) {
						const made = await banks.alice.seal(api, [banks.bob, banks.charlie], payload);
						await sends(made);
						sent.push(made.commitment);
						await sleep(1_000);
					}
				})();
				const last = await alice.reaches(first + BLOCKS, { within: 180_000 });
				going = false;
				await sending;
				const took = (await timeOf(api, last)) - (await timeOf(api, first));
				// The view of before stays: validators have been away.
				const { view } = await network.certified(alice, first);
				for (let height = first + 1; height <= last; height += 1) {
					assert.equal((await network.certified(alice, height)).view, view, `${title}: block ${height}`);
				}
				const pace = took / (last - first);
				console.log(`    ${title}: ${pace.toFixed(1)} ms a block over ${last - first} blocks, ${sent.length} envelopes`);
				assert.ok(sent.length >= 3, `${sent.length} envelopes`);
				return { pace, sent };
			};

			const on = await measure('services on', (made) => banks.alice.send(api, alice, made));
			for (const node of network.nodes) {
				assert.equal((await setService(node, false)).on, false, node.name);
			}
			await assert.rejects(submitPayload(providerOf(alice), sealed), rpcError(OFF));
			const ciphertexts = [];
			const off = await measure('services off', (made) => {
				ciphertexts.push(made);
				return banks.alice.sendEnvelope(api, made);
			});
			await network.advances(1);
			for (const commitment of off.sent) {
				for (const node of [bob, charlie]) await assert.rejects(node.rpc('privacy_payload', [toHex(commitment)]), rpcError(NOT_HERE));
			}
			const ratio = off.pace / on.pace;
			console.log(`    off to on: ${ratio.toFixed(3)}`);
			assert.ok(ratio < NOISE && ratio > 1 / NOISE, `${ratio}`);

			for (const node of network.nodes) await setService(node, true);
			for (const made of ciphertexts) await submitPayload(providerOf(alice), made);
			for (const { commitment } of ciphertexts) {
				await Promise.all([bob, charlie, authority].map((node) => arrives(node, commitment, { within: 120_000 })));
			}
		}));

	await step('each node has what it may have, and no more', async () => {
		const { envelopes } = await statusOf(alice);
		for (const node of network.nodes) {
			await until(`${node.name} misses nothing`, async () => (await statusOf(node)).missing === 0);
			const { stored, submitted, cursor } = await statusOf(node);
			// Charlie has purged one, and was no party to another. The fourth bank got one.
			const expected = { alice: envelopes - 1, bob: envelopes, charlie: envelopes - 2, dave: 1, authority: envelopes }[node.name];
			assert.deepEqual({ stored, submitted, cursor }, { stored: expected, submitted: 0, cursor: envelopes }, node.name);
			assert.doesNotMatch(node.readLog(), /panicked/, node.name);
		}
		await network.agree();
	});
});
