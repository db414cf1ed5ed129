// Which nodes are let in: those that are registered on the chain, once the board enforces the list.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { Refused, account, eventOf, send, withApi } from '../lib/api.mjs';
import { motion } from '../lib/governance.mjs';
import { genesisOf, networkTest } from '../lib/network.mjs';
import { Peer } from '../lib/peer.mjs';
import { sleep, until } from '../lib/wait.mjs';

const parameters = { blockPeriod: 300, baseTimeout: 2_500, timeoutCeiling: 8_000, leaderPeriod: 3 };
/** Within this a change must have its effect. */
const SOON = 10_000;

/** What strangers would like to know, by protocol: a block, state, a proof, a certificate. */
const requests = (genesis) => {
	const chain = genesis.slice(2);
	// The header of block 1, at most one block.
	const block = Buffer.from('08808080081a04010000003001', 'hex');
	return [
		[`/${chain}/sync/2`, block],
		[`/${chain}/state/2`, Buffer.from(`0a20${chain}`, 'hex')],
		[`/${chain}/light/2`, Buffer.from(`120a0a20${chain}`, 'hex')],
		[`/${chain}/pbft/certificate/1`, Buffer.from('01000000', 'hex')],
	];
};

const peerOf = (node) => node.address.split('/').at(-1);
const peersOf = async (node) => (await node.rpc('system_health')).peers;

networkTest('nodes are let in by the chain', { label: 'permission', parameters, timeout: 300_000 }, async (network, step) => {
	await network.start();
	const { validators } = network;
	const alice = network.node('alice');
	const dave = network.node('dave');
	let [eve, ferdie] = [];

	/** How long it takes until a node is connected to nobody, in ms. */
	const cut = async (node) => {
		const began = Date.now();
		await until(`${node.name} is cut`, async () => (await peersOf(node)) === 0, { within: SOON });
		return Date.now() - began;
	};

	/** That a node gets nothing for a while, and that the validators go on. */
	const staysOutside = async (node, ms = 8_000) => {
		const before = await node.finalised();
		const validatorsBefore = await alice.finalised();
		for (const end = Date.now() + ms; Date.now() < end; await sleep(200)) {
			assert.equal(await peersOf(node), 0, `${node.name} has a peer`);
		}
		assert.equal(await node.finalised(), before, `${node.name} got blocks`);
		assert.ok((await alice.finalised()) >= validatorsBefore + Math.floor(ms / 2_000), 'the validators go on');
	};

	await step('while the list is not enforced any node follows', async () => {
		eve = await network.add('eve', network.bootnodes);
		await eve.start();
		await eve.reaches(await alice.finalised());
		assert.ok((await peersOf(eve)) >= 1);
	});

	await step('and any peer is answered', async () => {
		const peer = await Peer.connect(alice.ports.p2p);
		const [[sync, block], , , [certificates, one]] = requests(network.genesis);
		assert.ok((await peer.request(sync, block)).length > 100, 'a header');
		assert.ok((await peer.request(certificates, one)).length > 100, 'a certificate');
		await peer.close();
	});

	await step('the board enforces it: who is not registered is cut within ten seconds', () =>
		withApi(alice, async (api) => {
			const { events } = await motion(api, api.tx.nodes.setEnforced(true));
			assert.ok(eventOf(events, 'nodes', 'EnforcementChanged').data.enforced.isTrue);
			console.log(`    cut after ${await cut(eve)} ms`);
			await staysOutside(eve);
			assert.match(alice.readLog(), new RegExp(`Cutting ${peerOf(eve)}`));
			for (const node of validators) assert.equal(await peersOf(node), 3, `${node.name} keeps the others`);
		}));

	await step('a stranger gets no peer and no block', async () => {
		ferdie = await network.add('ferdie', network.bootnodes);
		await ferdie.start();
		await staysOutside(ferdie, 12_000);
		assert.equal(await ferdie.finalised(), 0);
		const refusals = validators.filter((node) => node.readLog().includes(`Refused ${peerOf(ferdie)}`));
		assert.ok(refusals.length > 0, 'somebody says that it refused it');
		const counts = await Promise.all(validators.map((node) => node.metric('syndic_pbft_peers_refused_total')));
		assert.ok(Math.max(...counts.map((count) => count ?? 0)) > 0, `${counts}`);
		const lines = refusals[0].readLog().match(new RegExp(`Refused ${peerOf(ferdie)}`, 'g'));
		assert.ok(lines.length <= 2, 'and does not say so each time');
	});

	await step('a stranger that is no syndic node is answered on no protocol, and its connection is closed', async () => {
		const peer = await Peer.connect(alice.ports.p2p);
		for (const [protocol, payload] of requests(network.genesis)) {
			await assert.rejects(peer.request(protocol, payload), /reset|ended|closed/, protocol);
		}
		const announcements = `/${network.genesis.slice(2)}/block-announces/1`;
		// Roles, best number, best hash, genesis hash.
		const handshake = Buffer.from(`0100000000${network.genesis.slice(2).repeat(2)}`, 'hex');
		await assert.rejects(peer.open(announcements, handshake), /reset|ended|closed/);
		const began = Date.now();
		const ended = await Promise.race([peer.closed.then(() => true), sleep(2 * SOON)]);
		assert.ok(ended, 'the connection is closed');
		console.log(`    closed after ${Date.now() - began} ms`);
		assert.match(alice.readLog(), new RegExp(`Refused ${peer.id} .request.: it is not a registered node`));
	});

	await step('its institution registers it: it is let in and synced within ten seconds', () =>
		withApi(alice, async (api) => {
			const call = api.tx.nodes.registerNode(peerOf(ferdie), 'FullNode', [ferdie.address]);
			const { events, height } = await send(api, call, account('alice'));
			assert.equal(eventOf(events, 'nodes', 'NodeRegistered').data.institution.toNumber(), 0);
			const began = Date.now();
			await ferdie.reaches(height, { within: SOON });
			console.log(`    synced after ${Date.now() - began} ms`);
			await staysOutside(eve, 2_000);
		}));

	await step('another institution cannot remove it, a client cannot register anything', () =>
		withApi(alice, async (api) => {
			const remove = () => api.tx.nodes.removeNode(peerOf(ferdie));
			await assert.rejects(send(api, remove(), account('bob')), /nodes\.NotYours/);
			await assert.rejects(send(api, remove(), account('eve')), /BadOrigin/);
			const register = api.tx.nodes.registerNode(peerOf(eve), 'FullNode', []);
			await assert.rejects(send(api, register, account('eve')), /BadOrigin/);
			const nonsense = api.tx.nodes.registerNode('12D3KooWnobody', 'FullNode', []);
			await assert.rejects(send(api, nonsense, account('alice')), /nodes\.MalformedPeerId: .*12D3KooW/);
		}));

	await step('it is removed, and cut within ten seconds; the validators go on', () =>
		withApi(alice, async (api) => {
			await send(api, api.tx.nodes.removeNode(peerOf(ferdie)), account('alice'));
			console.log(`    cut after ${await cut(ferdie)} ms`);
			await staysOutside(ferdie);
			for (const node of validators) assert.equal(await peersOf(node), 3, `${node.name} keeps the others`);
			assert.equal((await alice.status()).failures, 0, 'nobody had to change the view');
		}));

	await step("a validator's node is let in by its registration: cut when that names another, back when it is named again", () =>
		withApi(alice, async (api) => {
			const key = await network.keyOf(dave);
			const name = (peer) => send(api, api.tx.validators.updateNode(key, peer, []), account('dave'));
			await name(peerOf(eve));
			console.log(`    cut after ${await cut(dave)} ms`);
			const others = validators.filter((node) => node !== dave);
			await until('the validators lose it', async () => (await alice.metric('syndic_pbft_validators_connected')) === 2, { within: SOON });
			await network.advances(5, { nodes: others });

			const { height } = await name(peerOf(dave));
			const began = Date.now();
			await dave.reaches(height ?? (await alice.finalised()), { within: SOON });
			console.log(`    back after ${Date.now() - began} ms`);
			await until('it votes', async () => (await alice.metric('syndic_pbft_validators_connected')) === 3);
		}));

	await step('a validator that restarts is let in again, by the list in its own state too', async () => {
		const bob = network.node('bob');
		await bob.kill();
		await network.advances(3, { nodes: validators.filter((node) => node !== bob) });
		await bob.start();
		await bob.reaches(await alice.finalised(), { within: SOON });
		await staysOutside(eve, 2_000);
	});

	await step('the board lets everybody in again', () =>
		withApi(alice, async (api) => {
			await motion(api, api.tx.nodes.setEnforced(false));
			const goal = await alice.finalised();
			await Promise.all([eve, ferdie].map((node) => node.reaches(goal, { within: 2 * SOON })));
			await network.agree();
			for (const node of network.nodes) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
		}));
});

networkTest('a chain begins with its list enforced', { label: 'permission-genesis', parameters }, async (network, step) => {
	const spec = JSON.parse(readFileSync(network.spec, 'utf8'));
	genesisOf(spec).nodes.enforced = true;
	writeFileSync(network.spec, JSON.stringify(spec));
	await network.start();
	const alice = network.node('alice');
	let [eve, ferdie] = [];

	await step('the validators of the genesis find each other', async () => {
		await network.advances(3);
		for (const node of network.validators) {
			assert.equal(await peersOf(node), 3, node.name);
			assert.doesNotMatch(node.readLog(), /is not registered/, node.name);
		}
	});

	await step('a node that is not registered is told so by its own log, and what to do', async () => {
		eve = await network.add('eve', network.bootnodes);
		await eve.start();
		const told = new RegExp(`This node is not registered.*${peerOf(eve)}.*nodes\\.registerNode`);
		await until('it says so', () => told.test(eve.readLog()), { within: SOON });
		assert.equal(await eve.finalised(), 0);
		assert.equal(await peersOf(eve), 0);
	});

	await step('registered, it syncs from the first block on', () =>
		withApi(alice, async (api) => {
			const call = api.tx.nodes.registerNode(peerOf(eve), 'Observer', []);
			const { height } = await send(api, call, account('bob'));
			await eve.reaches(height, { within: SOON });
		}));

	await step('a node whose state is old gets in through a boot node that was registered since', async () => {
		await eve.end();
		ferdie = await network.add('ferdie', network.bootnodes);
		await withApi(alice, (api) => send(api, api.tx.nodes.registerNode(peerOf(ferdie), 'FullNode', []), account('bob')));
		await ferdie.start();
		await ferdie.reaches(await alice.finalised());
		eve.args.splice(eve.args.indexOf('--bootnodes'), 1 + network.validators.length, '--bootnodes', ferdie.address);
		const before = await alice.finalised();
		await eve.start();
		await eve.reaches(before, { within: 2 * SOON });
	});

	await step('once it follows, the chain decides on that boot node too', () =>
		withApi(alice, async (api) => {
			await eve.reaches((await alice.finalised()) + 15);
			await send(api, api.tx.nodes.removeNode(peerOf(ferdie)), account('bob'));
			await until('ferdie is cut', async () => (await peersOf(ferdie)) === 0, { within: SOON });
			const goal = (await alice.finalised()) + 5;
			await eve.reaches(goal, { within: SOON });
			await network.agree({ nodes: network.nodes.filter((node) => node !== ferdie) });
			for (const node of network.nodes) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
		}));
});
