// Built-in contracts over stock @polkadot/api: the registry, proofs that hold without a node, and calls by address.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refused, account, eventOf, send, withApi } from '../lib/api.mjs';
import { motion } from '../lib/governance.mjs';
import { networkTest, syndic } from '../lib/network.mjs';

const parameters = { blockPeriod: 300, baseTimeout: 2_500, timeoutCeiling: 8_000 };
const BUILTIN = `0x${'1000'.padStart(40, '0')}`;
const VALIDATORS = `0x${'1002'.padStart(40, '0')}`;
const CONSENSUS_CONFIG = `0x${'1003'.padStart(40, '0')}`;

/** The payload of a call by address: the direct call without the pallet's index. */
const payload = (call) => `0x${call.method.toHex().slice(4)}`;

networkTest('built-in contracts', { label: 'builtin', parameters }, async (network, step) => {
	await network.start();
	const alice = network.node('alice');
	const files = network.directory;

	/** Writes JSON to a file of its own. */
	const file = (name, json) => {
		const path = join(files, name);
		writeFileSync(path, JSON.stringify(json));
		return path;
	};

	/** What `syndic verify-read` finds proven; it gets the answer, the set, and the genesis hash, and no node. */
	const verified = async (answer, set, genesis = network.genesis) => {
		const args = ['--genesis', genesis, '--set', set, '--output-type', 'json', file('answer.json', answer)];
		return JSON.parse((await syndic('verify-read', ...args)).stdout);
	};

	/** What it says is wrong. */
	const refused = async (...args) => {
		try {
			await verified(...args);
		} catch (error) {
			assert.equal(error.code, 1, error.stack);
			const lines = error.stderr.trim().split('\n');
			assert.equal(lines.length, 1, error.stderr);
			return lines[0];
		}
		throw new Error('it was proven');
	};

	await step('builtin_contracts lists all, as the metadata does', () =>
		withApi(alice, async (api) => {
			const { at, contracts } = await alice.rpc('builtin_contracts');
			assert.equal(await alice.hashAt(at.height), at.hash);
			const known = Object.fromEntries(contracts.map((contract) => [contract.name, contract]));
			assert.equal(known.Builtin.address, BUILTIN);
			assert.equal(known.Validators.address, VALIDATORS);
			assert.equal(known.ConsensusConfig.address, CONSENSUS_CONFIG);
			for (const name of ['Builtin', 'Validators', 'ConsensusConfig']) {
				assert.equal(known[name].suspendable, false, name);
				assert.equal(known[name].suspendedSince, null, name);
			}
			const listed = api.consts.builtin.contracts.map(({ address, name, version }) => [address.toHex(), name.toString(), version.toNumber()]);
			assert.deepEqual(listed, contracts.map(({ address, name, version }) => [address, name, version]));
			// Each prefix is where the library itself looks.
			assert.ok(api.query.validators.currentSet.key().startsWith(known.Validators.prefix));
			assert.ok(api.query.consensusConfig.currentParameters.key().startsWith(known.ConsensusConfig.prefix));
		}));

	await step('what is read with a proof holds without a node, and is what @polkadot/api reads', () =>
		withApi(alice, async (api) => {
			const set = file('set.json', await alice.rpc('pbft_validators'));
			const items = [
				[VALIDATORS, 'CurrentSet', 'validators', 'currentSet'],
				[CONSENSUS_CONFIG, 'CurrentParameters', 'consensusConfig', 'currentParameters'],
				// Nothing is scheduled: that nothing is there is proven, too.
				[VALIDATORS, 'ScheduledSet', 'validators', 'scheduledSet'],
			];
			for (const node of network.running) {
				for (const [address, item, pallet, name] of items) {
					const answer = await node.rpc('builtin_read', [address, item, [], null, true]);
					assert.equal(answer.key, api.query[pallet][name].key());
					const read = await verified(answer, set);
					assert.deepEqual(read.at, answer.at);
					assert.equal(`${read.contract}.${read.item}`, `${answer.contract}.${item}`);
					assert.ok(read.signers >= 3, `${read.signers} signers`);
					const direct = await api.rpc.state.getStorage(answer.key, read.at.hash);
					assert.equal(read.value, direct.isSome ? direct.unwrap().toHex() : null, item);
				}
			}
			const parametersAt = async (hash) => (await api.at(hash)).query.consensusConfig.currentParameters();
			const answer = await alice.rpc('builtin_read', [CONSENSUS_CONFIG, 'CurrentParameters', [], null, true]);
			const { value, at } = await verified(answer, set);
			assert.equal(value, (await parametersAt(at.hash)).toHex());
			assert.equal((await parametersAt(at.hash)).blockPeriod.toNumber(), parameters.blockPeriod);
		}));

	await step('an entry of a map is proven, by its key', async () => {
		const set = file('set.json', await alice.rpc('pbft_validators'));
		const answer = await alice.rpc('builtin_read', [BUILTIN, 'Suspended', [VALIDATORS], null, true]);
		const read = await verified(answer, set);
		assert.deepEqual([read.keys, read.value], [[VALIDATORS], null]);
		assert.match(await refused({ ...answer, keys: [BUILTIN] }, set), /key is 0x.*not Builtin\.Suspended/);
	});

	await step('whatever is altered is refused by its name', async () => {
		const set = file('set.json', await alice.rpc('pbft_validators'));
		const ask = (item, at = null) => alice.rpc('builtin_read', [VALIDATORS, item, [], at, true]);
		const answer = await ask('CurrentSet');
		const later = await afterwards(alice, answer.at.height, () => ask('CurrentSet'));
		const flipped = answer.proof.map((node, n) => (n === 0 ? `${node.slice(0, -1)}${node.endsWith('0') ? '1' : '0'}` : node));
		const { members, ...rest } = await alice.rpc('pbft_validators');
		const strangers = members.map((member, n) => ({ ...member, key: `0x${`0${n + 1}`.repeat(32)}` }));
		const cases = [
			[[{ ...answer, value: '0x00' }, set], /value is 0x00, what is proven is 0x/],
			[[{ ...answer, value: null }, set], /value is nothing, what is proven is 0x/],
			[[{ ...answer, item: 'ScheduledSet' }, set], /key is 0x.*not Validators\.ScheduledSet/],
			[[{ ...answer, proof: answer.proof.slice(1) }, set], /proof lacks the node 0x/],
			[[{ ...answer, proof: flipped }, set], /proof lacks the node 0x/],
			[[{ ...answer, proof: null }, set], /proof is not there/],
			[[{ ...answer, header: later.header }, set], /header is of block/],
			[[{ ...answer, certificate: later.certificate }, set], /certificate is of block/],
			[[answer, JSON.stringify({ ...rest, setId: rest.setId + 1, members })], /certificate is of set 0, not set 1/],
			[[answer, JSON.stringify({ ...rest, members: strangers })], /certificate: bad signature by signer/],
			[[answer, set, `0x${'01'.repeat(32)}`], /genesis is 0x.*the chain's is 0x0101/],
		];
		for (const [args, message] of cases) assert.match(await refused(...args), message);
		assert.match(await refused(answer, join(files, 'nowhere.json')), /nowhere\.json/);
		await verified(answer, set);
	});

	await step('questions that cannot be answered say why', async () => {
		const cases = [
			[[VALIDATORS, 'Currentset'], /item is "Currentset", Validators has .*CurrentSet/],
			[[VALIDATORS, 'CurrentSet', ['0x00']], /keys has 1 keys, Validators\.CurrentSet takes 0/],
			[[`0x${'1f'.repeat(20)}`, 'CurrentSet'], /address is 0x1f1f.*Validators at 0x0{36}1002/],
			[['0x1002', 'CurrentSet'], /address is "0x1002", must be an address/],
			[[VALIDATORS, 'CurrentSet', [], `0x${'ab'.repeat(32)}`, true], /at is 0xabab.*no such block/],
		];
		for (const [params, message] of cases) await assert.rejects(alice.rpc('builtin_read', params), message);
	});

	await step('a motion changes a parameter by address', () =>
		withApi(alice, async (api) => {
			const change = api.tx.consensusConfig.change({ leaderPeriod: 7 }, null);
			const { events } = await motion(api, api.tx.builtin.call(CONSENSUS_CONFIG, payload(change)));
			const at = eventOf(events, 'consensusConfig', 'ParametersScheduled').data.since.toNumber();
			await alice.reaches(at);
			assert.equal((await alice.rpc('pbft_parameters')).parameters.leaderPeriod, 7);
			await network.agree();
		}));

	await step('by address a stranger gets what it gets directly, and nonsense an error of its own', () =>
		withApi(alice, async (api) => {
			const change = api.tx.consensusConfig.change({ leaderPeriod: 9 }, null);
			const call = (address, bytes) => send(api, api.tx.builtin.call(address, bytes), account('eve'));
			await assert.rejects(send(api, change, account('eve')), /BadOrigin/);
			await assert.rejects(call(CONSENSUS_CONFIG, payload(change)), /BadOrigin/);
			await assert.rejects(call(CONSENSUS_CONFIG, '0xff'), /builtin\.UndecodablePayload: .*no call of this contract/);
			await assert.rejects(call(CONSENSUS_CONFIG, change.method.toHex()), /builtin\.UndecodablePayload/);
			await assert.rejects(call(`0x${'1fff'.padStart(40, '0')}`, '0x00'), /builtin\.UnknownContract/);
			await assert.rejects(call(BUILTIN, payload(api.tx.builtin.resume(VALIDATORS))), /builtin\.CallWithinCall/);
			// Nothing is paid: quotas take the place of fees. What it weighs is asked about all the same.
			const asked = (tx) => tx.paymentInfo(account('eve').address);
			assert.equal((await asked(change)).partialFee.toBigInt(), 0n);
			const weight = async (tx) => (await asked(tx)).weight.refTime.toBigInt();
			const [direct, byAddress] = [await weight(change), await weight(api.tx.builtin.call(CONSENSUS_CONFIG, payload(change)))];
			assert.ok(byAddress > direct && byAddress < 2n * direct, `${byAddress} against ${direct}`);
		}));

	await step('what the chain stands on is not suspended', () =>
		withApi(alice, async (api) => {
			for (const address of [BUILTIN, VALIDATORS, CONSENSUS_CONFIG]) {
				await assert.rejects(motion(api, api.tx.builtin.suspend(address)), (error) => {
					assert.ok(error instanceof Refused, error.stack);
					assert.match(error.message, /builtin\.NotSuspendable/);
					return true;
				});
			}
			await assert.rejects(send(api, api.tx.builtin.suspend(VALIDATORS), account('alice')), /BadOrigin/);
		}));

	await step('the board authorises a runtime; one whose version does not grow is refused with an event', () =>
		withApi(alice, async (api) => {
			const code = await api.rpc.state.getStorage('0x3a636f6465');
			const hash = api.registry.hash(code.unwrap().toU8a(true));
			await assert.rejects(send(api, api.tx.builtin.authorizeUpgrade(hash), account('alice')), /BadOrigin/);
			const { events } = await motion(api, api.tx.builtin.authorizeUpgrade(hash));
			assert.equal(eventOf(events, 'system', 'UpgradeAuthorized').data.codeHash.toHex(), hash.toHex());
			const apply = api.tx.system.applyAuthorizedUpgrade(code.unwrap().toHex());
			const applied = await send(api, apply, account('eve'));
			const { error } = eventOf(applied.events, 'system', 'RejectedInvalidAuthorizedUpgrade').data;
			assert.match(api.registry.findMetaError(error.asModule).name, /SpecVersionNeedsToIncrease/);
			await network.agree();
			for (const node of network.nodes) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
		}));
});

/** Asks once a later block is final. */
async function afterwards(node, height, ask) {
	await node.reaches(height + 1);
	return ask();
}
