// What bad input gets: a clear error that names the field, and nothing left behind.

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Network, genesisOf, localSpec, syndic, temporary } from '../lib/network.mjs';
import { Node } from '../lib/node.mjs';
import { freePort } from '../lib/ports.mjs';

const directory = temporary('refusals');
let spec;
before(async () => (spec = await localSpec()));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Starts a node that must refuse, and returns what it said. */
async function refused(name, args) {
	const base = join(directory, name);
	const ports = { rpc: await freePort(), p2p: await freePort(), metrics: await freePort() };
	const common = ['--listen-addr', `/ip4/127.0.0.1/tcp/${ports.p2p}`, '--no-mdns', '--rpc-port', String(ports.rpc)];
	const node = new Node({ name, base, ports, args: [...args, '--base-path', base, ...common, '--prometheus-port', String(ports.metrics)] });
	node.spawn();
	const late = setTimeout(() => node.child?.kill('SIGKILL'), 30_000);
	const exit = await node.child.ended;
	clearTimeout(late);
	const said = node.readLog();
	assert.notEqual(exit.signal, 'SIGKILL', `it ran on:\n${said}`);
	assert.notEqual(exit.code, 0, `it ended without an error:\n${said}`);
	assert.doesNotMatch(said, /panicked/);
	return { said, base };
}

const databases = (base) => {
	const chains = join(base, 'chains');
	return existsSync(chains) ? readdirSync(chains).filter((id) => existsSync(join(chains, id, 'paritydb')) || existsSync(join(chains, id, 'db'))) : [];
};

const cases = {
	'an unknown field': [(s) => (s.bootnodes = []), /bootnodes/],
	'an unknown field in the genesis': [(s) => (genesisOf(s).consensusConfig.parameters.blokPeriod = 1), /blokPeriod/],
	'an unknown pallet in the genesis': [(s) => (genesisOf(s).validator = {}), /validator/],
	'no validators': [(s) => (genesisOf(s).validators.validators = []), /validators.*at least one/s],
	'two validators with one key': [
		(s) => {
			const { validators } = genesisOf(s).validators;
			validators[2] = validators[0];
		},
		/validators.*0.*2.*same key/s,
	],
	'a block period out of bounds': [(s) => (genesisOf(s).consensusConfig.parameters.blockPeriod = 100), /blockPeriod.*100.*200/s],
	'a timeout within the block period': [(s) => (genesisOf(s).consensusConfig.parameters.baseTimeout = 1_100), /baseTimeout.*1100/s],
	'a parameter of the wrong type': [(s) => (genesisOf(s).consensusConfig.parameters.blockPeriod = 'soon'), /blockPeriod/],
	'no JSON': [() => '{ "name": ', /line 1/],
};

for (const [name, [spoil, message]] of Object.entries(cases)) {
	test(`a chain spec with ${name} is refused by name, before there is a database`, async () => {
		const label = name.replaceAll(' ', '-');
		const file = join(directory, `${label}.json`);
		const changed = structuredClone(spec);
		const text = spoil(changed);
		writeFileSync(file, typeof text === 'string' && text.startsWith('{') ? text : JSON.stringify(changed));
		const { said, base } = await refused(label, ['--chain', file, '--alice', '--validator']);
		assert.match(said, message);
		assert.deepEqual(databases(base), []);
	});
}

test('a write-ahead log of another key, or of another chain, is refused', async (t) => {
	// Two validators that have voted.
	const network = await Network.create({ label: 'logs' });
	t.after(() => network.close());
	await network.start();
	await network.advances(2);
	await Promise.all(network.running.map((node) => node.end()));
	const logOf = (base) => {
		const chains = join(base, 'chains');
		return join(chains, readdirSync(chains)[0], 'pbft');
	};
	const nodeKey = ['--node-key', '01'.repeat(32)];
	const alice = network.node('alice');
	const bob = network.node('bob');
	assert.ok(existsSync(logOf(alice.base)), 'there is a log');

	await t.test('of another key', async () => {
		const base = join(directory, 'another-key');
		cpSync(alice.base, base, { recursive: true });
		rmSync(join(base, 'node.log'));
		rmSync(logOf(base), { recursive: true });
		cpSync(logOf(bob.base), logOf(base), { recursive: true });
		const { said } = await refused('another-key', ['--chain', network.spec, '--alice', '--validator', ...nodeKey]);
		assert.match(said, /log.*key|key.*log/is);
		for (const key of genesisOf(spec).validators.validators.slice(0, 2)) assert.ok(said.includes(key), `names ${key}:\n${said}`);
	});

	await t.test('of another chain', async () => {
		const changed = structuredClone(spec);
		genesisOf(changed).consensusConfig.parameters.heartbeat += 1;
		changed.id = 'another';
		const file = join(directory, 'another.json');
		writeFileSync(file, JSON.stringify(changed));
		const base = join(directory, 'another-chain');
		const log = join(base, 'chains', 'another', 'pbft');
		mkdirSync(join(log, '..'), { recursive: true });
		cpSync(logOf(alice.base), log, { recursive: true });
		const { said } = await refused('another-chain', ['--chain', file, '--alice', '--validator', ...nodeKey]);
		assert.match(said, /log.*chain|chain.*log/is);
		assert.ok(said.includes(network.genesis.slice(2)), `names the log's chain:\n${said}`);
	});
});

test('the presets export, and an unknown one is refused', async () => {
	for (const preset of ['dev', 'local']) {
		const { stdout } = await syndic('export-chain-spec', '--chain', preset);
		assert.equal(JSON.parse(stdout).id.includes(preset), true);
	}
	await assert.rejects(syndic('export-chain-spec', '--chain', 'lokal'), /lokal/);
});
