// The regulator opens a private payload by its threshold, on record before the key is there; a sender that cheats it is proven
// guilty and loses its right. With the TypeScript helper, and with `syndic privacy`.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
	disclosureOf,
	envelopeOf,
	fetchPayload,
	newSecret,
	openWithShares,
	resealShare,
	sealTo,
	toHex,
	unwrapRelease,
	wrapArgument,
} from '../../clients/typescript/dist/index.js';
import { Refused, eventOf, send, withApi } from '../lib/api.mjs';
import { motion } from '../lib/governance.mjs';
import { networkTest, syndic } from '../lib/network.mjs';
import { Party, REGULATOR, arrives, openCase, providerOf, raise, records, setPanel } from '../lib/privacy.mjs';
import { searchFiles } from '../lib/search.mjs';
import { until } from '../lib/wait.mjs';

const parameters = { blockPeriod: 300, baseTimeout: 2_500, timeoutCeiling: 8_000, leaderPeriod: 3 };
const GROUND = 'Banking Act, section 44 (1): audit 2026/17';

const refusal = (name) => (error) => error instanceof Refused && error.message.includes(`privacy.${name}: `);
const heightOf = async (api, sent) => (await api.rpc.chain.getHeader(sent.blockHash)).number.toNumber();
const addressOf = ({ pair }) => pair.address;

/** Runs `syndic privacy` against a node. */
const privacy = (node, command, ...args) => syndic('privacy', command, '--url', node.ws, ...args.map(String));
const suri = ({ name }) => ['--suri', `//${name[0].toUpperCase()}${name.slice(1)}`];
const failsWith = (words) => (error) => words.test(error.stderr) || assert.fail(`not ${words}: ${error.stderr || error.message}`);

/** Notes each event of a kind that a participant's node tells of, by subscription. */
async function watch(api, method) {
	const seen = [];
	const stop = await api.query.system.events((events) => {
		for (const { event } of events) if (event.section === 'privacy' && event.method === method) seen.push(event.data);
	});
	return { seen, stop };
}

networkTest('the regulator opens what it must, and nobody opens silently', { label: 'disclosure', parameters, timeout: 480_000 }, async (network, step) => {
	const { banks, officers } = await raise(network);
	const [rita, rolf, rosa] = officers;
	const [alice, bob] = network.validators;
	const authority = network.node('authority');
	const payload = Buffer.concat([Buffer.from('Guarantee for 9,000,000 until 2031. '), randomBytes(500)]);
	let [sealed, number, request] = [];

	await withApi(authority, async (api) => {
		const genesis = api.genesisHash.toU8a();
		const release = async (by, to = rita) => {
			const share = await by.share(api, sealed.commitment);
			const wrap = await resealShare(genesis, sealed, request, share, (await to.key(api)).key);
			return send(api, api.tx.privacy.releaseShare(request, wrapArgument(wrap)), by.pair);
		};

		await step('a payload is sent; an officer asks for it in an open case, with a ground', async () => {
			sealed = await withApi(alice, async (own) => {
				const made = await banks.alice.seal(own, [banks.bob], payload);
				await banks.alice.send(own, alice, made);
				return made;
			});
			await arrives(authority, sealed.commitment);
			await assert.rejects(rita.request(api, sealed.commitment, 0, GROUND), refusal('CaseNotOpen'));
			await assert.rejects(openCase(api, banks.alice, GROUND), /BadOrigin/);
			number = await openCase(api, rita, GROUND);
			await assert.rejects(rita.request(api, sealed.commitment, number + 1, GROUND), refusal('CaseNotOpen'));
			await assert.rejects(rita.request(api, sealed.commitment, number, ''), refusal('GroundLength'));
			await assert.rejects(rita.request(api, randomBytes(32), number, GROUND), refusal('UnknownEnvelope'));
			await assert.rejects(banks.alice.request(api, sealed.commitment, number, GROUND), /BadOrigin/);
			request = await rita.request(api, sealed.commitment, number, GROUND);
			assert.deepEqual((await disclosureOf(api, request)).approvals, [0]);
		});

		await step('one officer is not enough: the chain takes no share, and one share opens nothing', async () => {
			assert.equal((await disclosureOf(api, request)).opened, null);
			await assert.rejects(release(rolf), refusal('NotOpened'));
			await assert.rejects(release(rita), refusal('NotOpened'));
			await assert.rejects(rita.approve(api, request), refusal('ApprovedBefore'));
			await assert.rejects(banks.bob.approve(api, request), /BadOrigin/);
			await assert.rejects(rita.disclose(api, authority, request), { fault: 'Shares' });
		});

		await step('the second approval opens it on chain; the participants see that before any share is there', async () => {
			await withApi(alice, (ofSender) =>
				withApi(bob, async (ofRecipient) => {
					const watched = await Promise.all([ofSender, ofRecipient].map((own) => watch(own, 'DisclosureOpened')));
					const approved = await rolf.approve(api, request);
					const opened = eventOf(approved.events, 'privacy', 'DisclosureOpened').data;
					const openedAt = opened.height.toNumber();
					assert.equal(openedAt, await heightOf(api, approved));
					for (const { seen, stop } of watched) {
						const [data] = await until('a participant sees it', () => seen.length > 0 && seen, { within: 10_000 });
						assert.equal(data.commitment.toHex(), toHex(sealed.commitment));
						assert.equal(data.requester.toString(), addressOf(rita));
						assert.equal(data.case.toNumber(), number);
						stop();
					}
					assert.deepEqual((await disclosureOf(api, request)).releases, []);
					await assert.rejects(rosa.approve(api, request), refusal('OpenedBefore'));
					await assert.rejects(release(rita), refusal('OwnRequest'));

					const released = await rolf.release(api, request);
					assert.ok((await heightOf(api, released)) > openedAt, 'the opening is in an earlier block than the share');
					await assert.rejects(rolf.release(api, request), refusal('ReleasedBefore'));
				}),
			);
		});

		await step('the officer who asked puts the secret together, from its own node; the payload is the one that was sent', async () => {
			const opened = await rita.disclose(api, authority, request);
			assert.deepEqual(Buffer.from(opened.payload), payload);
			// Another officer cannot open what was released to her.
			const { releases } = await disclosureOf(api, request);
			const [{ officer, wrap }] = releases;
			const steal = unwrapRelease(genesis, sealed, REGULATOR, request, officer, rosa.secret(1), wrap);
			await assert.rejects(steal, { fault: 'NotForThisKey' });
		});

		await step('each step is on record: who, what, on which ground, in which case', async () => {
			const acts = (await records(api)).filter(({ value }) => value?.request === request);
			assert.deepEqual(
				acts.map(({ act, by }) => [act, by]),
				[
					['DisclosureRequested', addressOf(rita)],
					['DisclosureApproved', addressOf(rolf)],
					['DisclosureOpened', addressOf(rolf)],
					['ShareReleased', addressOf(rolf)],
				],
			);
			for (const { case: of, ground, value } of acts) {
				assert.deepEqual([of, ground, value.commitment], [number, GROUND, toHex(sealed.commitment)]);
			}
		});

		await step('officers do the same with the command line', async () => {
			const keys = {};
			for (const party of [rita, rosa, banks.bob]) keys[party.name] = await party.keyFile(api, network.directory, 1);
			const file = join(network.directory, 'payload');
			writeFileSync(file, payload);
			const commitment = (await privacy(alice, 'send', '--to', addressOf(banks.bob), ...suri(banks.alice), file)).stdout.trim();
			assert.match(commitment, /^0x[0-9a-f]{64}$/);
			await Promise.all([bob, authority].map((node) => arrives(node, Buffer.from(commitment.slice(2), 'hex'))));

			// What the command line has sealed opens with the helper, and with itself.
			const bytes = Uint8Array.from(Buffer.from(commitment.slice(2), 'hex'));
			assert.deepEqual(Buffer.from((await banks.bob.open(api, bob, bytes)).payload), payload);
			const out = join(network.directory, 'opened');
			await privacy(bob, 'open', '--commitment', commitment, '--key', keys.bob, '--out', out);
			assert.deepEqual(readFileSync(out), payload);
			assert.equal(statSync(out).mode & 0o777, 0o600);
			await assert.rejects(privacy(bob, 'open', '--commitment', commitment, '--key', keys.rita), failsWith(/nothing in this envelope is for this key/));

			const end = (await api.rpc.chain.getHeader()).number.toNumber() + 300;
			const asking = ['--commitment', commitment, '--panel', REGULATOR, '--case', number, '--ground', GROUND, '--until', end];
			const asked = (await privacy(authority, 'request', ...asking, ...suri(rita))).stdout.trim();
			const of = ['--request', asked];
			const early = privacy(authority, 'release', ...of, '--key', keys.rosa, ...suri(rosa));
			await assert.rejects(early, failsWith(/not approved by enough officers/));
			assert.match((await privacy(authority, 'approve', ...of, ...suri(rosa))).stdout, /The opening is on the chain/);
			await privacy(authority, 'release', ...of, '--key', keys.rosa, ...suri(rosa));
			const disclosed = join(network.directory, 'disclosed');
			await privacy(authority, 'disclose', ...of, '--key', keys.rita, '--out', disclosed);
			assert.deepEqual(readFileSync(disclosed), payload);
			// And the helper puts together what the command line released.
			assert.deepEqual(Buffer.from((await rita.disclose(api, authority, Number(asked))).payload), payload);
		});

		await step('the recipient shows it to a court, which checks it offline', async () => {
			const file = join(network.directory, 'proof.json');
			const key = await banks.bob.keyFile(api, network.directory, 1);
			await privacy(bob, 'prove', '--commitment', toHex(sealed.commitment), '--key', key, '--out', file);
			const set = JSON.stringify(await bob.rpc('pbft_validators'));
			const verify = (path, chain = network.genesis) =>
				syndic('verify-disclosure', '--genesis', chain, '--set', set, '--output-type', 'json', path);
			const proven = JSON.parse((await verify(file)).stdout);
			assert.deepEqual([proven.commitment, proven.length], [toHex(sealed.commitment), payload.length]);
			assert.deepEqual([proven.sender, proven.institution], [addressOf(banks.alice), 0]);
			assert.deepEqual(proven.recipients, [{ account: addressOf(banks.bob), institution: 1 }]);
			const block = await api.at(await api.rpc.chain.getBlockHash(proven.sentAt));
			assert.equal(proven.time, (await block.query.timestamp.now()).toNumber());

			const bundle = JSON.parse(readFileSync(file, 'utf8'));
			const other = join(network.directory, 'other.json');
			writeFileSync(other, JSON.stringify({ ...bundle, payload: toHex(Buffer.from('another payload')) }));
			await assert.rejects(verify(other), failsWith(/not proven: payload and salt make the commitment/));
			await assert.rejects(verify(file, `0x${'11'.repeat(32)}`), failsWith(/not proven/));
		});

		await step('a panel that was set anew opens new envelopes, and the old officers still the old ones', async () => {
			await rosa.setKey(api);
			assert.equal((await setPanel(api, [rosa, rolf])).version.toNumber(), 2);
			const newer = await banks.alice.seal(api, [banks.bob], payload);
			assert.deepEqual([newer.panels[0].version, newer.panels[0].shares.length], [2, 2]);
			await withApi(alice, (own) => banks.alice.send(own, alice, newer));
			await arrives(authority, newer.commitment);
			await assert.rejects(rita.request(api, newer.commitment, number, GROUND), refusal('NotOfficer'));
			const again = await rosa.request(api, newer.commitment, number, GROUND);
			await rolf.approve(api, again);
			await rolf.release(api, again);
			assert.deepEqual(Buffer.from((await rosa.disclose(api, authority, again)).payload), payload);

			const old = await rita.request(api, sealed.commitment, number, GROUND);
			await rosa.approve(api, old);
			await rosa.release(api, old);
			assert.deepEqual(Buffer.from((await rita.disclose(api, authority, old)).payload), payload);
		});

		await step('in a closed case nothing is asked for', async () => {
			await send(api, api.tx.supervision.closeCase(number, 'No objection'), rita.pair);
			await assert.rejects(rita.request(api, sealed.commitment, number, GROUND), refusal('CaseNotOpen'));
			for (const node of network.nodes) {
				assert.deepEqual(searchFiles(node.base, { payload: payload.subarray(-64) }).found, [], node.name);
				assert.doesNotMatch(node.readLog(), /panicked/, node.name);
			}
		});
	});
});

networkTest('a sender that cheats is proven guilty', { label: 'accusation', parameters, timeout: 480_000 }, async (network, step) => {
	const { banks, officers } = await raise(network, { clients: [[2, 'clara']] });
	const [rita, rolf] = officers;
	const clara = new Party('clara');
	const { charlie, dave } = banks;
	const [alice, , third, fourth] = network.validators;
	const authority = network.node('authority');
	const payload = Buffer.from('what the regulator is not to see');
	const [CHARLIES, DAVES] = [2, 3];
	let [honest, cheating] = [];

	/** An envelope in which something else is wrapped for somebody. */
	const alter = async (api, sealed, place, key) => {
		const context = { genesis: api.genesisHash.toU8a(), sender: sealed.sender, commitment: sealed.commitment };
		const wrap = await sealTo(key, context, place, newSecret());
		if ('recipient' in place) {
			const recipients = sealed.recipients.map((recipient, n) => (n === place.recipient ? { ...recipient, wrap } : recipient));
			return { ...sealed, recipients };
		}
		const [panel] = sealed.panels;
		return { ...sealed, panels: [{ ...panel, shares: panel.shares.map((share, n) => (n === place.officer ? wrap : share)) }] };
	};

	/** Accuses with the command line. */
	const accuse = (sealed, place, keyFile, by, ...more) =>
		privacy(authority, 'accuse', '--commitment', toHex(sealed.commitment), '--place', place, '--key', keyFile, ...suri(by), ...more);

	/** The events of a kind since a block. */
	const eventsSince = async (api, first, method) => {
		const found = [];
		const last = await authority.finalised();
		for (let height = first; height <= last; height += 1) {
			const events = await (await api.at(await api.rpc.chain.getBlockHash(height))).query.system.events();
			found.push(...events.map(({ event }) => event).filter((event) => event.section === 'privacy' && event.method === method));
		}
		return found;
	};

	await withApi(authority, async (api) => {
		await step('a share that is another number is found by its officer, with what stands on the chain', async () => {
			await clara.setKey(api);
			honest = await banks.alice.seal(api, [dave], payload);
			await banks.alice.send(api, alice, honest);
			const sealed = await charlie.seal(api, [dave], payload);
			const { key } = await rolf.key(api);
			cheating = await alter(api, sealed, { panel: REGULATOR, officer: 1 }, key);
			await charlie.send(api, third, cheating);
			await Promise.all([honest, cheating].map(({ commitment }) => arrives(authority, commitment)));

			await assert.rejects(rolf.share(api, cheating.commitment), { fault: 'OtherShare' });
			await rita.share(api, cheating.commitment);
			await rolf.share(api, honest.commitment);
			// Its recipient has not noticed anything.
			assert.deepEqual(Buffer.from((await dave.open(api, fourth, cheating.commitment)).payload), payload);
		});

		await step('an honest sender is not convicted, nor anybody without the key', async () => {
			const [ritas, rolfs] = [await rita.keyFile(api, network.directory, 1), await rolf.keyFile(api, network.directory, 1)];
			const place = `officer:${REGULATOR}:1`;
			await assert.rejects(accuse(honest, place, rolfs, rolf), failsWith(/nothing to prove/));
			await assert.rejects(accuse(honest, place, rolfs, rolf, '--even-if-honest'), failsWith(/Privacy\.NotGuilty/));
			await assert.rejects(accuse(cheating, place, ritas, rita), failsWith(/./));
			await assert.rejects(accuse(cheating, `officer:${REGULATOR}:0`, ritas, rita, '--even-if-honest'), failsWith(/Privacy\.NotGuilty/));
			for (const institution of [0, CHARLIES]) assert.ok((await api.query.privacy.barred(institution)).isNone);
			assert.ok(existsSync(rolfs));
		});

		await step('the officer proves it: its institution is barred, on record', async () => {
			const before = await authority.finalised();
			const accused = await accuse(cheating, `officer:${REGULATOR}:1`, await rolf.keyFile(api, network.directory, 1), rolf);
			assert.match(accused.stdout, /institution 2/);
			const [{ data }] = await eventsSince(api, before, 'SenderBarred');
			assert.equal(data.institution.toNumber(), CHARLIES);
			assert.equal(data.commitment.toHex(), toHex(cheating.commitment));
			assert.equal(data.sender.toString(), addressOf(charlie));
			assert.ok((await api.query.privacy.barred(CHARLIES)).isSome);
			const record = (await records(api)).at(-1);
			assert.deepEqual([record.act, record.by], ['SenderBarred', addressOf(rolf)]);
			assert.deepEqual(record.value, { institution: CHARLIES, commitment: toHex(cheating.commitment) });
		});

		await step('from then on nobody of it sends; others do, and it receives', async () => {
			for (const party of [charlie, clara]) {
				const sealed = await party.seal(api, [dave], payload);
				await assert.rejects(party.sendEnvelope(api, sealed), refusal('SenderBarred'));
				assert.ok((await api.query.privacy.envelopes(sealed.commitment)).isNone);
			}
			const sealed = await dave.seal(api, [charlie], payload);
			await dave.send(api, fourth, sealed);
			await arrives(third, sealed.commitment);
			assert.deepEqual(Buffer.from((await charlie.open(api, third, sealed.commitment)).payload), payload);
			await assert.rejects(accuse(cheating, `officer:${REGULATOR}:1`, await rolf.keyFile(api, network.directory, 1), rolf), failsWith(/Privacy\.AlreadyBarred/));
		});

		await step('a recipient that is cheated proves it, too', async () => {
			const sealed = await dave.seal(api, [banks.alice, banks.bob], payload);
			const wronged = await alter(api, sealed, { recipient: 1 }, (await banks.bob.key(api)).key);
			await dave.send(api, fourth, wronged);
			await arrives(network.node('bob'), wronged.commitment);
			await assert.rejects(banks.bob.open(api, network.node('bob'), wronged.commitment), { fault: 'OtherSecret' });
			await accuse(wronged, 'recipient:1', await banks.bob.keyFile(api, network.directory, 1), banks.bob);
			assert.ok((await api.query.privacy.barred(DAVES)).isSome);
			// The regulator can open it all the same.
			const envelope = await envelopeOf(api, wronged.commitment);
			const shares = await Promise.all([rita, rolf].map((officer) => officer.share(api, wronged.commitment)));
			const ciphertext = await fetchPayload(providerOf(authority), wronged.commitment);
			const opened = openWithShares(api.genesisHash.toU8a(), envelope, REGULATOR, shares, ciphertext);
			assert.deepEqual(Buffer.from(opened.payload), payload);
		});

		await step('the board reinstates it, and an envelope convicts once', async () => {
			await assert.rejects(motion(api, api.tx.privacy.reinstate(0)), /privacy\.NotBarred/);
			const { events } = await motion(api, api.tx.privacy.reinstate(CHARLIES));
			eventOf(events, 'privacy', 'SenderReinstated');
			assert.equal((await records(api)).at(-1).act, 'SenderReinstated');
			const again = accuse(cheating, `officer:${REGULATOR}:1`, await rolf.keyFile(api, network.directory, 1), rolf);
			await assert.rejects(again, failsWith(/Privacy\.ConvictedBefore/));
			const sealed = await charlie.seal(api, [banks.bob], payload);
			await charlie.send(api, third, sealed);
			await arrives(network.node('bob'), sealed.commitment);
			for (const node of network.nodes) assert.doesNotMatch(node.readLog(), /panicked/, node.name);
		});
	});
});
