// The cast of the tests of private transactions: the four banks of the preset `local`, a regulator with three officers and a
// node of its own, and what they do with the TypeScript helper.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
	disclosureOf,
	encryptionKeyOf,
	envelopeOf,
	fetchPayload,
	generateKey,
	openAsRecipient,
	openWithShares,
	panelsInCharge,
	placeOf,
	positionOf,
	resealShare,
	seal,
	sendArguments,
	setKeyArguments,
	submitPayload,
	toHex,
	unwrapRelease,
	unwrapShare,
	wipe,
	wrapArgument,
} from '../../clients/typescript/dist/index.js';
import { account, eventOf, send, withApi } from './api.mjs';
import { motion } from './governance.mjs';
import { nodeKey, peerId } from './keys.mjs';
import { VALIDATORS, genesisOf } from './network.mjs';
import { Peer } from './peer.mjs';
import { Recorder } from './recorder.mjs';
import { until } from './wait.mjs';

/** The number of the regulator's institution, which is that of its panel: the preset has five, counted from 0. */
export const REGULATOR = 5;

/** How many of its officers open an envelope. */
export const THRESHOLD = 2;

const OFFICERS = ['rita', 'rolf', 'rosa'];
const UNIT = 10n ** 12n;
/** For how many blocks a case is open, and a request waits. */
const CASE_BLOCKS = 2_000;
const REQUEST_BLOCKS = 500;

/** An account with encryption keys, and what it does with them. */
export class Party {
	constructor(name) {
		this.name = name;
		this.pair = account(name);
		/** Secret keys by version. */
		this.secrets = new Map();
	}

	get account() {
		return this.pair.publicKey;
	}

	/** Registers its next encryption key. @returns the version */
	async setKey(api) {
		const key = generateKey();
		const { events } = await send(api, api.tx.identity.setEncryptionKey(...(await setKeyArguments(api, key, this.account))), this.pair);
		const { version } = eventOf(events, 'identity', 'EncryptionKeySet').data;
		this.secrets.set(version.toNumber(), key.secret);
		return version.toNumber();
	}

	/** The key that others encrypt to now. */
	key(api) {
		return encryptionKeyOf(api, this.account);
	}

	secret(version) {
		const secret = this.secrets.get(version);
		if (!secret) throw new Error(`${this.name} has no key ${version}`);
		return secret;
	}

	/** Writes a key into a file as `syndic privacy` reads it. @returns its path */
	async keyFile(api, directory, version) {
		const { key } = await encryptionKeyOf(api, this.account, version);
		const path = join(directory, `${this.name}-${version}.json`);
		writeFileSync(path, JSON.stringify({ key: toHex(key), secret: toHex(this.secret(version)) }), { mode: 0o600 });
		return path;
	}

	/** Seals a payload as this sender, for others. `change` alters what it is sealed for, after it was read from the chain. */
	async seal(api, recipients, payload, change = (sealing) => sealing) {
		const accounts = recipients.map((recipient) => recipient.account);
		return seal(
			change({
				genesis: api.genesisHash.toU8a(),
				sender: this.account,
				payload,
				recipients: await Promise.all(accounts.map((recipient) => encryptionKeyOf(api, recipient))),
				panels: await panelsInCharge(api, this.account, accounts),
			}),
		);
	}

	/** Sends a sealed payload: the ciphertext to its own node first, the envelope to the chain. */
	async send(api, node, sealed) {
		await submitPayload(providerOf(node), sealed);
		return this.sendEnvelope(api, sealed);
	}

	/** Sends the envelope alone. */
	async sendEnvelope(api, sealed) {
		const sent = await send(api, api.tx.privacy.send(...sendArguments(sealed)), this.pair);
		eventOf(sent.events, 'privacy', 'EnvelopeSent');
		return sent;
	}

	/** Opens what it was sent, with what its own node has. */
	async open(api, node, commitment) {
		const envelope = await envelopeOf(api, commitment);
		const position = positionOf(envelope, this.account);
		const secret = this.secret(envelope.recipients[position].version);
		const ciphertext = await fetchPayload(providerOf(node), commitment);
		return openAsRecipient(api.genesisHash.toU8a(), envelope, position, secret, ciphertext);
	}

	/** As an officer: the share of an envelope that is wrapped for it. */
	async share(api, commitment) {
		const envelope = await envelopeOf(api, commitment);
		const place = await placeOf(api, envelope, REGULATOR, this.account);
		const { version } = envelope.panels.find(({ panel }) => panel === REGULATOR);
		const { officers } = (await api.query.privacy.panels(REGULATOR, version)).unwrap();
		return unwrapShare(api.genesisHash.toU8a(), envelope, REGULATOR, place, this.secret(officers[place].keyVersion.toNumber()));
	}

	/** As an officer: asks for a payload. @returns the number of the request */
	async request(api, commitment, number, ground) {
		const end = (await api.rpc.chain.getHeader()).number.toNumber() + REQUEST_BLOCKS;
		const asked = await send(api, api.tx.privacy.requestDisclosure(commitment, REGULATOR, number, ground, end), this.pair);
		return eventOf(asked.events, 'privacy', 'DisclosureRequested').data.request.toNumber();
	}

	/** As an officer: agrees. */
	approve(api, request) {
		return send(api, api.tx.privacy.approveDisclosure(request), this.pair);
	}

	/** As an officer: hands its share to the one who asked. */
	async release(api, request) {
		const { commitment, key } = await disclosureOf(api, request);
		const share = await this.share(api, commitment);
		try {
			const wrap = await resealShare(api.genesisHash.toU8a(), await envelopeOf(api, commitment), request, share, key.key);
			return await send(api, api.tx.privacy.releaseShare(request, wrapArgument(wrap)), this.pair);
		} finally {
			wipe(share.value);
		}
	}

	/** As the officer who asked: opens with the own share and those that were released. */
	async disclose(api, node, request) {
		const { commitment, key, releases } = await disclosureOf(api, request);
		const genesis = api.genesisHash.toU8a();
		const envelope = await envelopeOf(api, commitment);
		const shares = [await this.share(api, commitment)];
		for (const { officer, wrap } of releases) {
			shares.push(await unwrapRelease(genesis, envelope, REGULATOR, request, officer, this.secret(key.version), wrap));
		}
		try {
			return openWithShares(genesis, envelope, REGULATOR, shares, await fetchPayload(providerOf(node), commitment));
		} finally {
			wipe(...shares.map(({ value }) => value));
		}
	}
}

/** A node as the helper wants it. */
export const providerOf = (node) => ({ send: (method, params) => node.rpc(method, params) });

/** How the payload service of a node stands. */
export const statusOf = (node) => node.rpc('privacy_status');

/** Switches the payload service of a node. */
export const setService = (node, on) => node.rpc('privacy_setService', [on]);

/** Where a payload stands on a node: `unknown`, `submitted`, `stored`, `notReader`, `missing` or `purged`. */
export async function stateOf(node, commitment) {
	return (await node.rpc('privacy_payloadStatus', [toHex(commitment)])).state;
}

/** Waits until a node has a payload. @returns how long that took, in ms */
export async function arrives(node, commitment, options) {
	const began = Date.now();
	await until(`${node.name} has the payload`, async () => (await stateOf(node, commitment)) === 'stored', options);
	return Date.now() - began;
}

/** Writes more accounts of an institution into a spec that is not raw, with money. */
function enrol({ identity, balances }, institution, role, names) {
	for (const name of names) {
		const { address } = account(name);
		identity.identities.push({ account: address, institution, role, name });
		balances.balances.push([address, Number(1_000n * UNIT)]);
	}
}

/** Starts the nodes of the four banks, and that of the regulator, which is called `authority`. @returns the recorders, one for each */
export async function startNodes(network, { clients = [], record = false } = {}) {
	const spec = JSON.parse(readFileSync(network.spec, 'utf8'));
	const genesis = genesisOf(spec);
	if (genesis.identity.institutions.length !== REGULATOR) throw new Error('the preset has other institutions than these tests know');
	genesis.identity.institutions.push({ name: 'Supervisory Authority', kind: 'regulator', roots: [], quota: 1_000_000 });
	enrol(genesis, REGULATOR, 'regulator', OFFICERS);
	for (const [institution, name] of clients) enrol(genesis, institution, 'client', [name]);
	const authority = VALIDATORS.length + 1;
	genesis.nodes.nodes.push({ peerId: peerId(nodeKey(authority)), institution: REGULATOR, kind: 'fullNode', addresses: [] });
	// Nodes of a local chain tell each other their own addresses on loopback, and would dial past the relays.
	if (record) spec.chainType = { Custom: 'Recorded' };
	writeFileSync(network.spec, JSON.stringify(spec));

	for (const name of [...VALIDATORS, 'authority']) await network.add(name);
	const recorders = [];
	for (const node of record ? network.nodes : []) recorders.push(await Recorder.before(node));
	const addresses = network.nodes.map(({ address }) => address);
	for (const node of network.nodes) node.args.push('--bootnodes', ...addresses.filter((address) => address !== node.address));
	network.addValidators = async () => {};
	await Promise.all([network.start(), network.node('authority').start()]);
	await network.node('authority').reaches(1);
	return recorders;
}

/**
 * Starts four banks and the regulator, and lets the board set the regulator's panel.
 * @param {{ clients?: [number, string][], record?: boolean }} options clients of institutions, by their names, besides those of the
 *   preset; whether everything that crosses the nodes' wires is to be recorded
 * @returns the officers, the banks' administrators by name, and the recorders, one for each node
 */
export async function raise(network, options) {
	const recorders = await startNodes(network, options);
	const officers = OFFICERS.map((name) => new Party(name));
	const banks = Object.fromEntries(VALIDATORS.map((name) => [name, new Party(name)]));
	await withApi(network.node('alice'), async (api) => {
		await Promise.all([...officers, ...Object.values(banks)].map((party) => party.setKey(api)));
		await setPanel(api, officers);
	});
	return { officers, banks, recorders };
}

/** Lets the board set the regulator's panel. */
export async function setPanel(api, officers) {
	const { events } = await motion(api, api.tx.privacy.setPanel(REGULATOR, officers.map(({ account }) => account), THRESHOLD));
	return eventOf(events, 'privacy', 'PanelSet').data;
}

/** An officer opens a case. @returns its number */
export async function openCase(api, officer, ground) {
	const end = (await api.rpc.chain.getHeader()).number.toNumber() + CASE_BLOCKS;
	const { events } = await send(api, api.tx.supervision.openCase(ground, end), officer.pair);
	return eventOf(events, 'supervision', 'Recorded').data.case.unwrap().toNumber();
}

/** What is on record, as `{ number, by, case, act, ground }`. */
export async function records(api) {
	const entries = await api.query.supervision.records.entries();
	return entries
		.map(([, stored]) => stored.unwrap())
		.map(({ number, by, case: of, act, ground }) => ({
			number: number.toNumber(),
			by: by.isOfficer ? by.asOfficer.account.toString() : by.isAccount ? by.asAccount.toString() : by.type,
			case: of.isSome ? of.unwrap().toNumber() : null,
			act: act.type,
			value: act.inner?.toJSON() ?? null,
			ground: ground.toUtf8(),
		}))
		.sort((a, b) => a.number - b.number);
}

/**
 * Asks a node for a payload on the protocol between nodes, as the node with this key.
 * @returns the ciphertext; empty, if the answer is that there is none for this node; null, if there is no answer
 */
export async function askAs(key, node, genesis, commitment) {
	const peer = await Peer.connect(node.ports.p2p, { key });
	try {
		return await peer.request(`/${genesis.slice(2)}/privacy/payload/1`, Buffer.from(commitment));
	} catch (error) {
		if (/reset|ended|closed/.test(error.message)) return null;
		throw error;
	} finally {
		await peer.close();
	}
}

/** A peer that holds a node's key, takes part in gossip, and keeps all that it is told, decrypted. */
export class Listener {
	/** Takes its place at some nodes as the node with this key, which does not run. */
	static async at(nodes, genesis, key) {
		const listener = new Listener();
		listener.heard = [];
		listener.peers = [];
		const chain = genesis.slice(2);
		// A full node at block 0.
		const announces = Buffer.from(`0100000000${chain.repeat(2)}`, 'hex');
		for (const node of nodes) {
			const peer = await Peer.connect(node.ports.p2p, { key, hear: (data) => listener.heard.push(data) });
			listener.peers.push(peer);
			// A node gossips with those that it synchronises with, from a moment later on.
			for (const [protocol, handshake] of [['block-announces', announces], ['transactions', Buffer.from([1])]]) {
				const open = () => peer.open(`/${chain}/${protocol}/1`, handshake);
				await until(`${node.name} opens ${protocol}`, open, { within: 20_000, every: 300 });
			}
		}
		return listener;
	}

	/** All that was said. */
	get all() {
		return Buffer.concat(this.heard);
	}

	close() {
		return Promise.all(this.peers.map((peer) => peer.close()));
	}
}

/** Some bytes out of a long secret, so many that whoever has a part of it is found. */
export function pieces(name, bytes, length = 32) {
	const found = {};
	const step = Math.max(length, Math.floor(bytes.length / 8));
	for (let at = 0; at + length <= bytes.length; at += step) found[`${name}[${at}]`] = bytes.subarray(at, at + length);
	return found;
}
