// A validator that signs for two blocks at one place: proven, banned, and out of the set within ten blocks.

import assert from 'node:assert/strict';
import { Keyring } from '@polkadot/api';
import { account, send, withApi } from '../lib/api.mjs';
import { motion } from '../lib/governance.mjs';
import { Mallory } from '../lib/mallory.mjs';
import { networkTest } from '../lib/network.mjs';
import { POT, registerValidator } from '../lib/validators.mjs';
import { sleep, until } from '../lib/wait.mjs';

const parameters = { blockPeriod: 500, baseTimeout: 2_000, timeoutCeiling: 8_000 };

networkTest('a validator contradicts itself', { label: 'evidence', parameters, timeout: 240_000 }, async (network, step) => {
	await network.start();
	const [alice, dave] = [network.node('alice'), network.node('dave')];
	const pair = new Keyring({ type: 'ed25519' }).addFromUri('//Dave');
	const key = await network.keyOf(dave);
	let banned;

	await step('the board sets a reward for each era, and the pot is filled', () =>
		withApi(alice, async (api) => {
			await motion(api, api.tx.consensusConfig.change({ eraLength: 60, demoteAfter: 2, activeWindow: 256 }, null));
			await motion(api, api.tx.validators.setEraReward(10n ** 14n));
			await send(api, api.tx.balances.transferKeepAlive(POT, 10n ** 15n), account('alice'));
		}));

	await step('its own node ends, and somebody with its key votes for two blocks', async () => {
		const { setId, members } = await alice.rpc('pbft_validators');
		const { index: position } = members.find((member) => member.key === key);
		await dave.end();
		await network.advances(2);
		const mallory = new Mallory(pair, { genesis: network.genesis, position, setId });
		for (const node of network.running) await mallory.meet(node);
		// A height is over soon: whoever hears one vote only has heard nothing.
		for (let attempt = 0; attempt < 40 && banned === undefined; attempt += 1) {
			const height = (await alice.finalised()) + 1;
			for (const [block, at] of [['11', height], ['22', height], ['33', height + 1], ['44', height + 1]]) {
				await mallory.vote({ height: at, view: 5, phase: 'prepare', blockHash: `0x${block.repeat(32)}` });
			}
			await sleep(300);
			await withApi(alice, async (api) => {
				const ban = await api.query.validators.banned(key);
				if (ban.isSome) banned = ban.unwrap();
			});
		}
		await mallory.leave();
		assert.ok(banned, 'nobody has proven it');
		assert.equal(banned.view.toNumber(), 5);
	});

	await step('it is out of the set within ten blocks of the proof, and the three go on without a timeout', async () => {
		const since = banned.since.toNumber();
		await alice.reaches(since + 10);
		await withApi(alice, async (api) => {
			const set = await api.query.validators.currentSet();
			assert.equal(set.members.length, 3);
			assert.ok(set.since.toNumber() <= since + 10, `since ${set.since}, banned at ${since}`);
			assert.ok(!set.members.some((member) => member.toHex() === key));
		});
		await network.advances(20);
		const { view, failures } = await alice.rpc('pbft_status');
		assert.deepEqual({ view, failures }, { view: 0, failures: 0 });
		for (let height = since + 11; height <= since + 20; height += 1) {
			assert.equal((await network.certified(alice, height)).signers.length, 3);
		}
	});

	await step('its credit is struck, and the next era pays it nothing', () =>
		withApi(alice, async (api) => {
			const set = await api.query.validators.currentSet();
			const era = await until('the era ends', async () => {
				const now = await alice.finalised();
				for (let height = set.since.toNumber(); height <= now; height += 1) {
					const events = await (await api.at(await api.rpc.chain.getBlockHash(height))).query.system.events();
					const own = events.map(({ event }) => event).filter(({ section }) => section === 'validators');
					if (own.some(({ method }) => method === 'EraEnded')) return own;
				}
				return false;
			});
			const rewarded = era.filter(({ method }) => method === 'Rewarded').map(({ data }) => data);
			assert.deepEqual(rewarded.map(({ validator }) => validator.toHex()).includes(key), false);
			assert.equal(rewarded.length, 3);
			assert.ok(rewarded.every(({ amount }) => amount.toBigInt() > 0n));
		}));

	await step('it cannot be added again, until the board lifts the ban', () =>
		withApi(alice, async (api) => {
			await assert.rejects(motion(api, api.tx.validators.addValidator(key, null)), /validators\.BannedAlready/);
			await motion(api, api.tx.validators.liftBan(key));
			await until('the ban is lifted', async () => (await api.query.validators.banned(key)).isNone);
			await assert.rejects(motion(api, api.tx.validators.addValidator(key, null)), /validators\.ValidatorHasLeft/);
			await registerValidator(api, pair, { institution: 3, administrator: 'dave' });
			assert.equal((await api.call.validatorsApi.statusOf(key)).unwrap().toString(), 'Registered');
		}));

	await step('evidence that proves nothing is refused at the pool, also from somebody with an account', () =>
		withApi(alice, async (api) => {
			const vote = { setId: 0, height: 1, view: 0, phase: 'Commit', blockHash: `0x${'11'.repeat(32)}` };
			const signed = { vote, signer: 0, signature: `0x${'00'.repeat(64)}` };
			const report = api.tx.validators.reportEquivocation({ first: signed, second: signed });
			await assert.rejects(report.send(), /bad proof|BadProof|Invalid/i);
			await assert.rejects(send(api, report, account('bob')), /VotesAgree/);
		}));

	for (const node of network.nodes) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
});
