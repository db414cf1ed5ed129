// A private payload between two of four banks: they have it, the regulator's node carries it, the other two cannot learn it. And
// what bad input gets.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
	MAX_PAYLOAD,
	OVERHEAD,
	envelopeOf,
	generateKey,
	openAsRecipient,
	payloadKeyOf,
	positionOf,
	sendArguments,
	setKeyArguments,
	submitPayload,
	toHex,
	unwrapSecret,
} from '../../clients/typescript/dist/index.js';
import { Refused, account, send, withApi } from '../lib/api.mjs';
import { nodeKey } from '../lib/keys.mjs';
import { networkTest } from '../lib/network.mjs';
import { Listener, Party, arrives, askAs, pieces, providerOf, raise, stateOf, statusOf } from '../lib/privacy.mjs';
import { Recorder } from '../lib/recorder.mjs';
import { RpcError } from '../lib/rpc.mjs';
import { findIn, searchFiles } from '../lib/search.mjs';
import { until } from '../lib/wait.mjs';

const parameters = { blockPeriod: 300, baseTimeout: 2_500, timeoutCeiling: 8_000, leaderPeriod: 3 };

/** Codes of the payload service's errors. */
const UNKNOWN_ENVELOPE = 7101;
const NOT_READER = 7102;
const INVALID_PARAMS = -32602;

/** The numbers of the nodes' keys. */
const CHARLIE = 3;
const AUTHORITY = 5;

const rpcError = (code, words = /./) => (error) => error instanceof RpcError && error.code === code && words.test(error.message);
const refusal = (name) => (error) => error instanceof Refused && error.message.includes(`privacy.${name}: `);

/** The arguments of a call with one of them replaced. */
const replaced = (args, at, value) => args.map((arg, n) => (n === at ? value : arg));

/** Everything about an envelope that only its readers may know. */
async function secretsOf(api, { bank, node, officers, sealed }) {
	const envelope = await envelopeOf(api, sealed.commitment);
	const position = positionOf(envelope, bank.account);
	const secret = await unwrapSecret(api.genesisHash.toU8a(), envelope, position, bank.secret(envelope.recipients[position].version));
	const { salt, payload } = await bank.open(api, node, sealed.commitment);
	const secrets = { ...pieces('payload', payload), salt, secret, payloadKey: payloadKeyOf(secret) };
	for (const officer of officers) secrets[`share of ${officer.name}`] = (await officer.share(api, sealed.commitment)).value;
	for (const party of [bank, ...officers]) secrets[`secret key of ${party.name}`] = party.secret(1);
	return secrets;
}

networkTest('two banks exchange a private payload', { label: 'privacy', parameters, timeout: 480_000 }, async (network, step) => {
	const { banks, officers, recorders } = await raise(network, { record: true });
	const [alice, bob, charlie, dave] = network.validators;
	const authority = network.node('authority');
	const others = [charlie, dave];
	const readers = [alice, bob, authority];
	const payload = Buffer.concat([Buffer.from('Loan 4711: the collateral is released on the first of May. '), randomBytes(4_000)]);
	let [sealed, secrets, ciphertext] = [];

	await step('one seals and sends, the other opens with what its own node has', () =>
		withApi(bob, async (api) => {
			await withApi(alice, async (own) => {
				sealed = await banks.alice.seal(own, [banks.bob], payload);
				await banks.alice.send(own, alice, sealed);
			});
			const took = await Promise.all([bob, authority].map((node) => arrives(node, sealed.commitment)));
			console.log(`    at the recipient's node ${took[0]} ms after the envelope was final, at the regulator's ${took[1]} ms`);
			const opened = await banks.bob.open(api, bob, sealed.commitment);
			assert.deepEqual(Buffer.from(opened.payload), payload);
			secrets = await secretsOf(api, { bank: banks.bob, node: bob, officers, sealed });
			ciphertext = pieces('ciphertext', sealed.ciphertext);
			assert.ok(Object.keys(secrets).length > 15);
		}));

	await step("the nodes of the third and the fourth bank do not have it, and say why", async () => {
		for (const node of others) {
			assert.equal(await stateOf(node, sealed.commitment), 'notReader', node.name);
			await assert.rejects(node.rpc('privacy_payload', [toHex(sealed.commitment)]), rpcError(NOT_READER), node.name);
			await assert.rejects(submitPayload(providerOf(node), sealed), rpcError(NOT_READER), node.name);
			assert.equal((await statusOf(node)).stored, 0, node.name);
		}
	});

	await step('nothing of it is on their disks', () => {
		for (const node of others) {
			const { files, bytes, found } = searchFiles(node.base, { ...secrets, ...ciphertext });
			console.log(`    ${node.name}: ${bytes} bytes in ${files} files`);
			assert.deepEqual(found, []);
			assert.ok(files > 5 && bytes > 100_000, 'there is something to search');
			// What is public is found by the same search.
			assert.notDeepEqual(searchFiles(node.base, { commitment: sealed.commitment }).found, []);
		}
	});

	await step('the nodes that carry it have the ciphertext, and nothing in the open', () => {
		for (const node of readers) {
			assert.deepEqual(searchFiles(node.base, secrets).found, [], node.name);
			assert.ok(searchFiles(node.base, ciphertext).found.length >= Object.keys(ciphertext).length, node.name);
		}
	});

	await step('nothing of it crossed their wires, as far as anybody without their keys can see', async () => {
		assert.deepEqual(Recorder.past(recorders), [], 'every connection is recorded');
		for (const recorder of recorders) {
			const canary = randomBytes(32);
			await recorder.send(canary);
			const wires = recorder.recorded();
			const exchanged = Recorder.exchanged(recorders, recorder.node);
			console.log(`    ${recorder.node.name}: ${recorder.bytes} bytes on ${wires.length} wires, ${exchanged} bytes exchanged with the others`);
			assert.ok(exchanged > 10_000, recorder.node.name);
			assert.deepEqual(wires.flatMap((wire) => findIn(wire, { ...secrets, ...ciphertext })), [], recorder.node.name);
			assert.ok(wires.some((wire) => findIn(wire, { canary }).length === 1), 'what is there is found');
		}
	});

	await step("nor in the open: whoever has the third bank's node key is told nothing, and refused", () =>
		withApi(alice, async (api) => {
			await charlie.end();
			const listener = await Listener.at(readers, network.genesis, nodeKey(CHARLIE));
			const second = await banks.alice.seal(api, [banks.bob], payload);
			await banks.alice.send(api, alice, second);
			await arrives(bob, second.commitment);
			const known = await secretsOf(api, { bank: banks.bob, node: bob, officers, sealed: second });
			// The envelope's transaction is gossiped, with its commitment.
			await until('the envelope is heard of', () => findIn(listener.all, { commitment: second.commitment }).length === 1);
			await network.advances(5, { nodes: readers });
			const heard = listener.all;
			console.log(`    ${heard.length} bytes heard`);
			assert.deepEqual(findIn(heard, { ...known, ...secrets, ...pieces('ciphertext', second.ciphertext), ...ciphertext }), []);
			await listener.close();

			for (const node of readers) {
				for (const key of [nodeKey(CHARLIE), randomBytes(32).toString('hex')]) {
					for (const { commitment } of [sealed, second]) {
						const answer = await askAs(key, node, network.genesis, commitment);
						assert.ok(answer === null || answer.length === 0, `${node.name} answers ${answer?.length} bytes`);
					}
				}
			}
			// The same question by the regulator's node is answered.
			await authority.end();
			const answer = await askAs(nodeKey(AUTHORITY), alice, network.genesis, sealed.commitment);
			assert.deepEqual(answer && Buffer.from(answer), Buffer.from(sealed.ciphertext));
		}));

	await step('after they have run again there is nothing of it on their disks either', async () => {
		await Promise.all([charlie.start(), authority.start()]);
		await Promise.all([charlie, authority].map(async (node) => node.reaches(await alice.finalised())));
		await network.advances(10);
		await Promise.all([charlie.end(), dave.end()]);
		for (const node of others) assert.deepEqual(searchFiles(node.base, { ...secrets, ...ciphertext }).found, []);
		for (const node of network.nodes) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
	});
});

networkTest('what cannot be sent, and what cannot be opened', { label: 'privacy-refusals', parameters, timeout: 480_000 }, async (network, step) => {
	const { banks } = await raise(network, { clients: [[3, 'greta'], [3, 'gustav']] });
	const { alice: sender, bob: recipient } = banks;
	const alice = network.node('alice');
	const bob = network.node('bob');
	const [greta, gustav] = ['greta', 'gustav'].map((name) => new Party(name));
	// In every payload, and nowhere else.
	const marker = randomBytes(48);
	const payload = Buffer.concat([marker, Buffer.from(' is to be seen by nobody')]);
	let tried = 0;

	/** What is stored of envelopes: on the chain, and on each node. */
	const stored = async (api) => ({
		envelopes: (await api.query.privacy.nextNumber()).toNumber(),
		payloads: await Promise.all(network.nodes.map(async (node) => (await statusOf(node)).stored)),
	});

	/** That something is refused, and nothing stored. */
	const refused = async (api, attempt, expected, commitment) => {
		const before = await stored(api);
		await assert.rejects(attempt(), expected);
		tried += 1;
		assert.deepEqual(await stored(api), before);
		if (commitment) assert.ok((await api.query.privacy.envelopes(commitment)).isNone);
	};

	/** An envelope that is altered before it is sent. */
	const sends = (api, sealed, change = (args) => args, by = sender) => {
		return () => send(api, api.tx.privacy.send(...change(sendArguments(sealed))), by.pair);
	};

	await withApi(alice, async (api) => {
		await step('oversize, empty', async () => {
			const sealed = await sender.seal(api, [recipient], payload);
			const sized = (length) => sends(api, sealed, (args) => replaced(args, 2, length));
			await refused(api, sized(MAX_PAYLOAD + OVERHEAD + 1), refusal('PayloadTooLong'), sealed.commitment);
			await refused(api, sized(OVERHEAD), refusal('PayloadEmpty'), sealed.commitment);
			const ciphertext = Buffer.alloc(MAX_PAYLOAD + OVERHEAD + 1);
			for (let at = 0; at < ciphertext.length; at += marker.length) marker.copy(ciphertext, at);
			const submits = (bytes) => () => submitPayload(providerOf(alice), { ...sealed, ciphertext: bytes });
			await refused(api, submits(ciphertext), rpcError(INVALID_PARAMS, /262193 bytes, must have 49 to 262192/));
			await refused(api, submits(marker), rpcError(INVALID_PARAMS, /48 bytes, must have 49 to 262192/));
			const commitment = toHex(sealed.commitment);
			await refused(api, () => alice.rpc('privacy_submitPayload', [commitment, marker.toString('hex')]), rpcError(INVALID_PARAMS));
			await refused(api, () => alice.rpc('privacy_submitPayload', [marker.toString('hex'), commitment]), rpcError(INVALID_PARAMS));
			await refused(api, () => sender.seal(api, [recipient], new Uint8Array(MAX_PAYLOAD + 1)), { fault: 'PayloadTooLong' });
		});

		await step('a recipient that has no key, or none of this number', async () => {
			const sealed = await sender.seal(api, [recipient], payload);
			const to = (change) => sends(api, sealed, (args) => replaced(args, 4, [{ ...args[4][0], ...change }]));
			await refused(api, to({ account: account('eve').address }), refusal('UnknownRecipient'), sealed.commitment);
			await refused(api, to({ version: 9 }), refusal('KeyUnknown'), sealed.commitment);
			await refused(api, sends(api, sealed, (args) => replaced(args, 4, [])), refusal('NoRecipients'), sealed.commitment);
			await refused(api, sends(api, sealed, (args) => replaced(args, 4, [args[4][0], args[4][0]])), refusal('RecipientTwice'), sealed.commitment);
			await refused(api, () => sender.seal(api, [new Party('eve')], payload), { fault: 'Unknown' });
		});

		await step('a panel that is missing, or has too few shares', async () => {
			const sealed = await sender.seal(api, [recipient], payload);
			const panels = (change) => sends(api, sealed, (args) => replaced(args, 5, change(args[5])));
			await refused(api, panels(() => []), refusal('PanelMissing'), sealed.commitment);
			await refused(api, panels(([panel]) => [{ ...panel, version: 7 }]), refusal('StalePanel'), sealed.commitment);
			await refused(api, panels(([panel]) => [{ ...panel, shares: panel.shares.slice(1) }]), refusal('WrongNumberOfShares'), sealed.commitment);
			await refused(api, panels(([panel]) => [{ ...panel, points: [] }]), refusal('WrongNumberOfPoints'), sealed.commitment);
			await refused(api, sends(api, sealed, (args) => replaced(args, 3, `0x${'00'.repeat(32)}`)), refusal('BadPoint'), sealed.commitment);
		});

		await step('a key that was rotated, or revoked', async () => {
			const old = await sender.seal(api, [recipient], payload);
			assert.equal(await recipient.setKey(api), 2);
			await refused(api, sends(api, old), refusal('KeyRotated'), old.commitment);
			const current = await sender.seal(api, [recipient], payload);
			assert.equal(current.recipients[0].version, 2);
			await send(api, api.tx.identity.revokeEncryptionKey(2), recipient.pair);
			await refused(api, sends(api, current), refusal('KeyRevoked'), current.commitment);
			await refused(api, () => sender.seal(api, [recipient], payload), { fault: 'Unknown' });
			assert.equal(await recipient.setKey(api), 3);
		});

		await step('a recipient that is not permissioned any more', async () => {
			await greta.setKey(api);
			const sealed = await sender.seal(api, [recipient, greta], payload);
			await send(api, api.tx.identity.leave(), greta.pair);
			await refused(api, sends(api, sealed), refusal('RecipientNotAdmitted'), sealed.commitment);
		});

		await step('a key whose secret nobody has, or that was proven by another', async () => {
			const registers = (args) => () => send(api, api.tx.identity.setEncryptionKey(...args), gustav.pair);
			const of = (words) => (error) => error instanceof Refused && words.test(error.message);
			const [key, proof] = await setKeyArguments(api, generateKey(), gustav.account);
			const [, others] = await setKeyArguments(api, generateKey(), recipient.account);
			await refused(api, registers([key, others]), of(/identity\.BadPossession/));
			await refused(api, registers([`0x01${'00'.repeat(31)}`, proof]), of(/identity\.WeakEncryptionKey/));
		});

		await step('a replayed commitment, whoever replays it', async () => {
			const sealed = await sender.seal(api, [recipient], payload);
			await sender.send(api, alice, sealed);
			await Promise.all([arrives(bob, sealed.commitment), arrives(network.node('authority'), sealed.commitment)]);
			await refused(api, sends(api, sealed), refusal('CommitmentKnown'));
			await refused(api, sends(api, sealed, undefined, banks.dave), refusal('CommitmentKnown'));
			const again = await sender.seal(api, [recipient], payload);
			assert.notDeepEqual(again.commitment, sealed.commitment);
			const opened = await recipient.open(api, bob, sealed.commitment);
			assert.deepEqual(Buffer.from(opened.payload), payload);
		});

		await step('a ciphertext that was truncated', async () => {
			const sealed = await sender.seal(api, [recipient], payload);
			await sender.sendEnvelope(api, sealed);
			const short = sealed.ciphertext.subarray(0, -1);
			const submits = () => submitPayload(providerOf(alice), { ...sealed, ciphertext: short });
			await until('its own node misses it', async () => (await stateOf(alice, sealed.commitment)) === 'missing');
			await refused(api, submits, rpcError(INVALID_PARAMS, /ciphertext has \d+ bytes and hash 0x[0-9a-f]+, the envelope's has/));
			await submitPayload(providerOf(alice), sealed);
			await Promise.all([arrives(bob, sealed.commitment), arrives(network.node('authority'), sealed.commitment)]);
			const envelope = await envelopeOf(api, sealed.commitment);
			const open = (ciphertext) => openAsRecipient(api.genesisHash.toU8a(), envelope, 0, recipient.secret(3), ciphertext);
			await refused(api, () => open(short), { fault: 'CiphertextWrong' });
			assert.deepEqual(Buffer.from((await open(sealed.ciphertext)).payload), payload);
		});

		await step('an envelope that nobody sent', async () => {
			const commitment = toHex(randomBytes(32));
			await refused(api, () => alice.rpc('privacy_payload', [commitment]), rpcError(UNKNOWN_ENVELOPE));
			assert.equal((await alice.rpc('privacy_payloadStatus', [commitment])).state, 'unknown');
		});

		await step('none of all this is in a log, in a metric or on a disk in the open', async () => {
			assert.ok(tried >= 25, `${tried}`);
			const secrets = pieces('payload', marker, 24);
			for (const party of [...Object.values(banks), greta]) {
				for (const [version, secret] of party.secrets) secrets[`key ${version} of ${party.name}`] = secret;
			}
			for (const node of network.nodes) {
				const metrics = await (await fetch(`http://127.0.0.1:${node.ports.metrics}/metrics`)).text();
				assert.match(metrics, /syndic_privacy_payloads_stored/);
				assert.deepEqual(findIn(Buffer.from(metrics), secrets), [], node.name);
				const { found } = searchFiles(node.base, secrets);
				assert.deepEqual(found, [], node.name);
				assert.ok(node.readLog().length > 1_000);
				assert.doesNotMatch(node.readLog(), /panicked/, node.name);
			}
		});
	});
});
