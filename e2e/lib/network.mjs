// A network of real nodes in a directory of its own, and the frame of a test that needs one.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { SET_KEY, bytes, checkCertificate, decodeSet, justificationOf } from './certificate.mjs';
import { nodeKey, peerId } from './keys.mjs';
import { Node, SYNDIC } from './node.mjs';
import { seedRuntime } from './runtime.mjs';
import { freePort } from './ports.mjs';
import { until } from './wait.mjs';

/** The validators of the preset `local`, in the order of their set. */
export const VALIDATORS = ['alice', 'bob', 'charlie', 'dave'];

/** Runs the binary to its end. */
export async function syndic(...args) {
	return promisify(execFile)(SYNDIC, args, { maxBuffer: 64 << 20, timeout: 120_000 });
}

/** The preset `local` as a chain spec, with other parameters if any are given. */
export async function localSpec(parameters = {}) {
	const spec = JSON.parse((await syndic('export-chain-spec', '--chain', 'local')).stdout);
	Object.assign(genesisOf(spec).consensusConfig.parameters, parameters);
	return spec;
}

/** The genesis configuration in a spec that is not raw, to be changed in place. */
export function genesisOf(spec) {
	const { patch, config } = spec.genesis.runtimeGenesis;
	return patch ?? config;
}

/** A directory that is removed with the network. */
export function temporary(label) {
	return mkdtempSync(join(tmpdir(), `syndic-e2e-${label}-`));
}

export class Network {
	/** @param {{ label: string, parameters?: object, recordVotes?: boolean }} options */
	static async create({ label, parameters = {}, recordVotes = false }) {
		const network = new Network();
		network.directory = temporary(label);
		network.nodes = [];
		network.recordVotes = recordVotes;
		network.spec = join(network.directory, 'spec.json');
		const spec = await localSpec(parameters);
		network.parameters = genesisOf(spec).consensusConfig.parameters;
		writeFileSync(network.spec, JSON.stringify(spec));
		return network;
	}

	/**
	 * Adds a node, which is not started. A name of the preset makes it that validator; any other is a full node unless
	 * `args` say otherwise.
	 */
	async add(name, args = []) {
		const index = this.nodes.length + 1;
		const ports = { rpc: await freePort(), p2p: await freePort(), metrics: await freePort() };
		const base = join(this.directory, name);
		const key = nodeKey(index);
		const validator = VALIDATORS.includes(name);
		const address = `/ip4/127.0.0.1/tcp/${ports.p2p}`;
		const node = new Node({ name, base, ports, args: [] });
		seedRuntime(base, JSON.parse(readFileSync(this.spec, 'utf8')).id);
		node.address = `/ip4/127.0.0.1/tcp/${ports.p2p}/p2p/${peerId(key)}`;
		node.args.push('--chain', this.spec, '--base-path', base, '--node-key', key, '--listen-addr', address, '--no-mdns');
		node.args.push('--rpc-port', String(ports.rpc), '--prometheus-port', String(ports.metrics));
		node.args.push(...(validator ? [`--${name}`, '--validator'] : ['--name', name]));
		if (this.recordVotes && validator) node.args.push('--pbft-record-votes', node.votes);
		node.args.push(...args);
		this.nodes.push(node);
		return node;
	}

	/** Adds the four validators, each knowing the others. */
	async addValidators() {
		for (const name of VALIDATORS) await this.add(name);
		const addresses = this.nodes.map((node) => node.address);
		for (const node of this.nodes) {
			node.args.push('--bootnodes', ...addresses.filter((address) => address !== node.address));
		}
	}

	/** Arguments by which a later node finds the validators. */
	get bootnodes() {
		return ['--bootnodes', ...this.validators.map((node) => node.address)];
	}

	node(name) {
		const found = this.nodes.find((node) => node.name === name);
		if (!found) throw new Error(`no node is called ${name}`);
		return found;
	}

	get validators() {
		return VALIDATORS.map((name) => this.node(name));
	}

	get running() {
		return this.nodes.filter((node) => node.isRunning);
	}

	/**
	 * Starts the four validators and waits until each of them votes: one that began a little later than the others has
	 * a new log on a chain that has begun, and is silent for some ten blocks.
	 */
	async start() {
		await this.addValidators();
		await Promise.all(this.validators.map((node) => node.start()));
		await this.node('alice').reaches(1);
		this.genesis = await this.node('alice').hashAt(0);
		const positions = await until('every validator votes', async () => {
			const all = await Promise.all(this.validators.map((node) => node.status()));
			return all.every(({ role, index }) => role === 'validator' && Number.isInteger(index)) && all.map(({ index }) => index);
		});
		this.validators.forEach((node, at) => (node.index = positions[at]));
	}

	/** The final height that each of `nodes` has reached. */
	async finalised(nodes = this.running) {
		return Promise.all(nodes.map((node) => node.finalised()));
	}

	/** Waits until `blocks` more blocks are final everywhere, and returns the height. */
	async advances(blocks, { nodes = this.running, within = 60_000 } = {}) {
		const goal = Math.max(...(await this.finalised(nodes))) + blocks;
		await Promise.all(nodes.map((node) => node.reaches(goal, { within })));
		return goal;
	}

	/** Throws unless `nodes` have one and the same block at every height that is final on all of them. */
	async agree({ from = 1, nodes = this.running } = {}) {
		const to = Math.min(...(await this.finalised(nodes)));
		for (let first = from; first <= to; first += 200) {
			const heights = Array.from({ length: Math.min(200, to - first + 1) }, (_, n) => first + n);
			const answers = await Promise.all(nodes.map((node) => node.rpc('chain_getBlockHash', [heights])));
			heights.forEach((height, n) => {
				const hashes = new Set(answers.map((answer) => answer[n]));
				if (hashes.size !== 1 || hashes.has(null)) {
					const seen = nodes.map((node, i) => `${node.name} ${answers[i][n]}`).join(', ');
					throw new Error(`block ${height} differs: ${seen}`);
				}
			});
		}
		return to;
	}

	/** The node that leads the next block, as the others see it. */
	async leader(nodes = this.running) {
		const { leader } = await nodes[0].status();
		return this.validators.find((node) => node.index === leader.index);
	}

	/**
	 * Checks the certificate of a block that `node` serves, with the set that the state before it names.
	 * @returns {{ view: number, signers: string[] }}
	 */
	async certified(node, height) {
		const blockHash = await node.hashAt(height);
		const answer = await node.rpc('chain_getBlock', [blockHash]);
		const encoded = justificationOf(answer);
		if (!encoded) throw new Error(`${node.name}: block ${height} has no certificate`);
		const set = decodeSet(bytes(await node.rpc('state_getStorage', [SET_KEY, await node.hashAt(height - 1)])));
		return { set, ...checkCertificate(encoded, { genesis: this.genesis, height, blockHash, set }) };
	}

	/** The consensus key of the validator at an index of the genesis set. */
	async keyOf(node) {
		const { members } = await node.rpc('pbft_validators');
		return members.find(({ index }) => index === node.index)?.key;
	}

	/** Ends every node, keeps nothing. With `failed`, shows the end of each log first. */
	async close({ failed = false } = {}) {
		if (failed) {
			for (const node of this.nodes) {
				console.error(`--- the end of ${node.log}${node.isRunning ? '' : ` (not running: ${JSON.stringify(node.lastExit)})`}`);
				console.error(node.logTail(25));
			}
		}
		await Promise.allSettled(this.nodes.map((node) => node.kill()));
		if (failed && process.env.SYNDIC_KEEP) console.error(`--- kept: ${this.directory}`);
		else rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
	}
}

/**
 * Registers a test over a network. `body` gets the network and `step(name, fn)`, which runs a part of the test under a
 * name of its own; after a step that failed, the others are skipped. Whatever happens, every node is ended.
 */
export function networkTest(name, { timeout = 240_000, ...options }, body) {
	test(name, { timeout }, async (t) => {
		const network = await Network.create(options);
		let failed = false;
		const step = (title, run) =>
			t.test(title, { skip: failed && 'an earlier step failed' }, async (s) => {
				try {
					return await run(s);
				} catch (error) {
					failed = true;
					throw error;
				}
			});
		t.signal.addEventListener('abort', () => (failed = true));
		t.after(() => network.close({ failed }));
		try {
			await body(network, step);
		} catch (error) {
			failed = true;
			throw error;
		}
	});
}
