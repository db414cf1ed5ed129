// What a node accepts is kept until it is final, or its sender is told why not: every way out, every refusal, a node that is
// killed with what it alone has accepted, a node that comes late; by stock @polkadot/api.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { account, send, sendUnsigned, withApi } from '../lib/api.mjs';
import { Authority, enrolment } from '../lib/certificates.mjs';
import { motion } from '../lib/governance.mjs';
import { genesisOf, networkTest, temporary } from '../lib/network.mjs';
import { sleep, until } from '../lib/wait.mjs';

const UNIT = 10n ** 12n;
const GAP_SECONDS = 6;
const parameters = { blockPeriod: 500 };

/** Who is admitted at genesis beside the development accounts. */
const PEOPLE = {
	officer: ['Authority', 'regulator'],
	boss: ['House', 'administrator'],
	clerk: ['House', 'client'],
	frugal: ['Small House', 'client'],
	gapper: ['House', 'client'],
	bidder: ['House', 'client'],
	mortal: ['House', 'client'],
	loner: ['House', 'client'],
	traveller: ['House', 'client'],
};

function admit(network) {
	const spec = JSON.parse(readFileSync(network.spec, 'utf8'));
	const { identity, balances } = genesisOf(spec);
	const numbers = {};
	for (const [name, [house, role]] of Object.entries(PEOPLE)) {
		numbers[house] ??=
			identity.institutions.push({
				name: house,
				kind: house === 'Authority' ? 'regulator' : 'bank',
				roots: [],
				quota: 100_000,
			}) - 1;
		const { address } = account(name);
		identity.identities.push({ account: address, institution: numbers[house], role, name });
		balances.balances.push([address, Number(10_000n * UNIT)]);
	}
	writeFileSync(network.spec, JSON.stringify(spec));
	return numbers;
}

const LAST = ['Finalized', 'Usurped', 'Dropped', 'Invalid', 'FinalityTimeout'];

/** Sends a signed extrinsic and keeps every status, as the node tells it. `ended` resolves to the last one. */
async function watch(api, signed) {
	const statuses = [];
	let end;
	const ended = new Promise((resolve) => (end = resolve));
	const stop = await api.rpc.author.submitAndWatchExtrinsic(signed, (status) => {
		statuses.push(status.type);
		if (LAST.includes(status.type)) end(status);
	});
	return { statuses, ended, stop, hash: signed.hash.toHex() };
}

networkTest('pool', { label: 'pool', parameters, timeout: 420_000 }, async (network, step) => {
	await network.addValidators();
	const institutions = admit(network);
	for (const node of network.nodes) node.args.push('--pool-gap-seconds', String(GAP_SECONDS));
	network.addValidators = async () => {};
	await network.start();
	const [alice, bob] = ['alice', 'bob'].map((name) => network.node(name));

	await withApi(alice, async (api) => {
		const { tx } = api;
		const to = account('bob').address;
		const pay = () => tx.balances.transferKeepAlive(to, UNIT);
		const next = async (name) => (await api.rpc.system.accountNextIndex(account(name).address)).toNumber();
		const sign = (extrinsic, name, options) => extrinsic.signAsync(account(name), { era: 0, ...options });

		/** A payment that waits for an earlier one of its sender, and is told so. */
		const waiting = async (name, options = {}) => {
			const watching = await watch(api, await sign(pay(), name, { nonce: (await next(name)) + 1, ...options }));
			await until('it waits', () => watching.statuses.includes('Future'));
			return watching;
		};

		/** That a watcher is told this, at most two blocks after `height`. */
		const told = async (watching, type, height) => {
			const late = sleep(10_000).then(() => ({ type: `nothing within 10 s, after ${watching.statuses}` }));
			const status = await Promise.race([watching.ended, late]);
			const now = await alice.finalised();
			assert.equal(status.type, type);
			assert.ok(now <= height + 2, `told at ${now}, the cause was in block ${height}`);
			return status;
		};

		await step('bad input is answered in the words that stock polkadot.js knows', async () => {
			const n = await next('clerk');
			const reasons = new Map(
				[...api.consts.identity.refusals, ...api.consts.classes.refusals, ...api.consts.supervision.refusals].map(
					([code, text]) => [code.toNumber(), text.toString()],
				),
			);
			const refused = async (what, signed, words) => {
				const error = await signed.send().then(() => assert.fail(`${what} was taken`), (e) => e);
				const code = error.message.match(/Custom error: (\d+)$/)?.[1];
				assert.match(code ? reasons.get(Number(code)) : error.message, words, `${what}: ${error.message}`);
			};
			await send(api, pay(), account('clerk'));
			await refused('a nonce that is used', await sign(pay(), 'clerk', { nonce: n }), /^1010: .*outdated/);
			await refused('a nonce too far ahead', await sign(pay(), 'clerk', { nonce: n + 50_000 }), /^1010: .*future/);
			const header = await api.rpc.chain.getHeader(await api.rpc.chain.getBlockHash(1));
			const era = api.registry.createType('ExtrinsicEra', { current: 1, period: 4 });
			await network.advances(8);
			const old = await pay().signAsync(account('clerk'), { nonce: n + 1, era, blockHash: header.hash });
			await refused('an era that is over', old, /^1010: .*(ancient|bad signature)/);
			const long = tx.system.remark(`0x${'ab'.repeat(200_000)}`);
			await refused('one that is too long', await sign(long, 'clerk', { nonce: n + 1 }), /longer|size|large/i);
			await refused('one without an identity', await sign(pay(), 'nobody', { nonce: 0 }), /no identity/);
			const bytes = (await sign(pay(), 'clerk', { nonce: n + 1 })).toU8a();
			// The call's pallet: after length, version, address, signature, era, nonce, tip and the metadata's mode.
			const at = bytes.length - pay().method.toU8a().length;
			bytes[at] = 250;
			const unknown = await alice.rpc('author_submitExtrinsic', [`0x${Buffer.from(bytes).toString('hex')}`]).then(
				() => assert.fail('an unknown call was taken'),
				(e) => e,
			);
			assert.equal(unknown.code, 1010, unknown.message);
		});

		await step('a payment is told of its block, and of its finality', async () => {
			const watching = await watch(api, await sign(pay(), 'clerk', { nonce: await next('clerk') }));
			const status = await watching.ended;
			assert.equal(status.type, 'Finalized');
			assert.ok(watching.statuses.includes('InBlock'), `${watching.statuses}`);
		});

		await step('whose era is over is told', async () => {
			const watching = await waiting('mortal', { era: 4 });
			const status = await Promise.race([watching.ended, sleep(20_000)]);
			assert.equal(status?.type, 'Invalid');
		});

		await step('who was outbid is told, when the other one is final', async () => {
			const n = await next('bidder');
			const cheap = await watch(api, await sign(pay(), 'bidder', { nonce: n + 1 }));
			const dear = await watch(api, await sign(pay(), 'bidder', { nonce: n + 1, tip: 5 }));
			await sleep(1_500);
			assert.ok([...cheap.statuses, ...dear.statuses].every((s) => ['Future', 'Broadcast'].includes(s)), 'nothing is certain');
			const { height } = await send(api, pay(), account('bidder'), { nonce: n });
			const final = await dear.ended;
			assert.equal(final.type, 'Finalized');
			const usurped = await told(cheap, 'Usurped', height + 1);
			assert.equal(usurped.asUsurped.toHex(), dear.hash);
		});

		await step('whose account is frozen is told', async () => {
			const watching = await waiting('gapper');
			await send(api, tx.supervision.openCase('Art. 1', (await alice.finalised()) + 10_000), account('officer'));
			const subject = { Account: account('gapper').address };
			const freeze = tx.supervision.freeze(0, subject, 'Art. 2', (await alice.finalised()) + 5_000);
			const { height } = await send(api, freeze, account('officer'));
			await told(watching, 'Invalid', height);
		});

		await step('whose identity is revoked is told', async () => {
			const watching = await waiting('clerk');
			const { height } = await send(api, tx.identity.revokeIdentity(account('clerk').address), account('boss'));
			await told(watching, 'Invalid', height);
		});

		await step('whose quota is used up is told', async () => {
			// Waits longer than a motion takes: the gap must not expire first.
			const watching = await waiting('frugal');
			const { height } = await motion(api, tx.identity.setQuota(institutions['Small House'], 0));
			await told(watching, 'Invalid', height);
		});

		await step('who waits for an earlier one that does not come is told', async () => {
			const began = Date.now();
			const watching = await waiting('bidder');
			const status = await Promise.race([watching.ended, sleep((GAP_SECONDS + 5) * 1_000)]);
			assert.equal(status?.type, 'Dropped');
			assert.ok(Date.now() - began >= GAP_SECONDS * 1_000);
		});

		await step('each way out is counted by its reason', async () => {
			for (const reason of ['final', 'expired', 'usurped', 'invalid', 'gap_expired']) {
				assert.ok((await alice.metric('syndic_pool_left_total', { reason })) > 0, reason);
			}
		});

		await step('what one node has is in the pools of the others within a second, whatever came by which', async () => {
			const n = await next('traveller');
			const [first, second, third] = await Promise.all([0, 1, 2].map((ahead) => sign(pay(), 'traveller', { nonce: n + ahead })));
			/** Whether a node has it: it would refuse to take it twice. */
			const has = (node, signed) =>
				node.rpc('author_submitExtrinsic', [signed.toHex()]).then(
					() => 'not yet',
					(error) => error.code,
				);
			// The last one first, each by another node. What is not there yet is there by asking, so each node is asked once.
			await bob.rpc('author_submitExtrinsic', [third.toHex()]);
			await alice.rpc('author_submitExtrinsic', [second.toHex()]);
			await sleep(1_000);
			for (const node of network.validators) {
				assert.deepEqual([await has(node, second), await has(node, third)], [1013, 1013], node.name);
			}
			const watching = await watch(api, first);
			assert.equal((await watching.ended).type, 'Finalized');
			await until('all three are final', async () => (await next('traveller')) === n + 3);
		});

		await step('a node that was away gets what the others hold', async () => {
			const dave = network.node('dave');
			await dave.end();
			const n = await next('loner');
			const second = await sign(pay(), 'loner', { nonce: n + 1 });
			const watching = await watch(api, second);
			await dave.start();
			await until(
				'it has it',
				async () => (await dave.metric('syndic_pool_transactions', { state: 'waiting' })) >= 1,
				{ within: GAP_SECONDS * 1_000 + 20_000 },
			).catch(async (error) => {
				throw new Error(`${error.message}; its sender was told ${watching.statuses}`);
			});
			watching.stop();
		});

		await step('what one node alone has accepted outlives its kill -9', async () => {
			const [payers, each] = [8, 125];
			const signed = [];
			for (let p = 0; p < payers; p += 1) {
				const name = ['eve', 'ferdie', 'dave', 'charlie', 'bob', 'boss', 'traveller', 'officer'][p];
				const n = await next(name);
				for (let i = 0; i < each; i += 1) signed.push(await sign(pay(), name, { nonce: n + i }));
			}
			// It knows the chain up to here, and nobody who would hear of what it is given.
			const hermit = await network.add('hermit', network.bootnodes);
			await hermit.start();
			await hermit.reaches(await alice.finalised());
			await hermit.end();
			const online = [...hermit.args];
			const at = hermit.args.indexOf('--bootnodes');
			hermit.args.splice(at, 1 + network.validators.length);
			const discovered = ['--reserved-only', '--no-mdns'].filter((flag) => !hermit.args.includes(flag));
			hermit.args.push(...discovered);
			await hermit.start();
			const answered = [];
			const queue = [...signed];
			const killAfter = 300 + Math.floor(Math.random() * 500);
			await Promise.all(
				Array.from({ length: 40 }, async () => {
					for (let one = queue.shift(); one; one = queue.shift()) {
						try {
							answered.push(await hermit.rpc('author_submitExtrinsic', [one.toHex()], 5_000));
						} catch (error) {
							if (hermit.isRunning) assert.fail(`refused: ${error.message}`);
							return;
						}
						if (answered.length === killAfter) await hermit.kill();
					}
				}),
			);
			assert.ok(answered.length >= killAfter && answered.length < signed.length, `${answered.length}`);
			assert.equal(await hermit.isRunning, false);
			hermit.args.splice(0, hermit.args.length, ...online);
			const from = await alice.finalised();
			await hermit.start();
			const wanted = new Set(answered);
			let height = from;
			await until(
				'all that was answered is final',
				async () => {
					for (const goal = await alice.finalised(); height <= goal; height += 1) {
						const block = await api.rpc.chain.getBlock(await alice.hashAt(height));
						for (const extrinsic of block.block.extrinsics) wanted.delete(extrinsic.hash.toHex());
					}
					return wanted.size === 0;
				},
				{ within: 60_000 },
			).catch((error) => assert.fail(`${wanted.size} of ${answered.length} are not: ${error.message}`));
			console.log(`${answered.length} answered by one node alone before it was killed, all final`);
			await until('its journal is empty', async () => (await hermit.metric('syndic_pool_journal_transactions')) === 0);
		});
	});
	await network.agree();
});

const quiet = { emptyBlocks: false, heartbeat: 600_000, blockPeriod: 500 };

networkTest('a quiet chain', { label: 'quiet', parameters: quiet, timeout: 180_000 }, async (network, step) => {
	const directory = temporary('certificates');
	await network.start();
	const bank = new Authority(directory, 'Quiet Bank');
	try {
		await withApi(network.node('alice'), async (api) => {
			const admitted = await motion(api, api.tx.identity.admitInstitution('Quiet Bank', 'Bank', [bank.root], 1_000));
			const institution = admitted.events.find((e) => e.method === 'InstitutionAdmitted').data.institution.toNumber();
			// The last block is old by now, and nothing brings another one.
			await step('C2: who has a certificate that is valid since a second ago enrols at once', async () => {
				await sleep(15_000);
				const fresh = bank.issue('Anna', 'client', { from: new Date(Date.now() - 1_000) });
				await sendUnsigned(api, await enrolment(api, account('anna'), institution, fresh));
			});
		});
	} finally {
		rmSync(directory, { recursive: true, force: true });
	}
});
