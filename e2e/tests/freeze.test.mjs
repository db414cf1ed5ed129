// A freeze: by stock @polkadot/api nothing leaves the frozen account, an appeal gets through, the board lifts one, and another
// ends in the block that it names.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createKeyDerived, createKeyMulti, encodeAddress } from '@polkadot/util-crypto';
import { Refused, account, eventOf, send, withApi } from '../lib/api.mjs';
import { motion } from '../lib/governance.mjs';
import { genesisOf, networkTest } from '../lib/network.mjs';
import { until } from '../lib/wait.mjs';

const UNIT = 10n ** 12n;
const WEIGHT = { refTime: 10_000_000_000n, proofSize: 100_000n };

/** Ferdie's institution. */
const NEWCOMER = 4;

/** Puts a supervisory authority into the genesis, with two regulators. */
function admitAuthority(network) {
	const spec = JSON.parse(readFileSync(network.spec, 'utf8'));
	const { identity, balances } = genesisOf(spec);
	const institution = identity.institutions.push({ name: 'Authority', kind: 'regulator', roots: [], quota: 10_000 }) - 1;
	for (const name of ['officer', 'colleague']) {
		const { address } = account(name);
		identity.identities.push({ account: address, institution, role: 'regulator', name });
		balances.balances.push([address, Number(UNIT)]);
	}
	writeFileSync(network.spec, JSON.stringify(spec));
	return institution;
}

networkTest('freeze', { label: 'freeze', timeout: 420_000 }, async (network, step) => {
	const authority = admitAuthority(network);
	await network.start();
	const [bob, charlie, dave, eve, ferdie, officer, colleague] = [
		'bob',
		'charlie',
		'dave',
		'eve',
		'ferdie',
		'officer',
		'colleague',
	].map(account);
	const shared = encodeAddress(createKeyMulti([bob.address, charlie.address], 2));
	const derived = encodeAddress(createKeyDerived(bob.address, 7));

	await withApi(network.node('alice'), async (api) => {
		const { tx } = api;
		const frozen = { eve: eve.address, shared, derived, ferdie: ferdie.address };
		const pay = () => tx.balances.transferAllowDeath(dave.address, UNIT);
		const take = (from) => tx.balances.forceTransfer(from, dave.address, UNIT);
		const height = async () => (await api.rpc.chain.getHeader()).number.toNumber();
		const reasons = new Map(api.consts.supervision.refusals.map(([code, text]) => [code.toNumber(), text.toString()]));

		/** What each frozen account has, free and reserved. */
		const holdings = async () => {
			const all = await Promise.all(Object.values(frozen).map((address) => api.query.system.account(address)));
			return all.map(({ data }) => `${data.free} ${data.reserved}`);
		};

		/** That the pool refuses it, and that the code it gives stands for these words. */
		const refused = async (way, extrinsic, signer, words) => {
			const error = await extrinsic.signAndSend(signer).then(() => assert.fail(`${way} was taken`), (e) => e);
			assert.match(error.message, /^1010: Invalid Transaction: Custom error: \d+$/, way);
			assert.match(reasons.get(Number(error.message.match(/(\d+)$/)[1])), words, `${way}: ${error.message}`);
		};

		/** The one record that an extrinsic has made. */
		const recorded = ({ events }) => eventOf(events, 'supervision', 'Recorded').data;

		let timepoint;
		let scheduled;
		let motions;
		await step('before anything is frozen, every way is prepared', async () => {
			for (const to of [shared, derived]) await send(api, tx.balances.transferKeepAlive(to, 10n * UNIT), bob);
			await send(api, tx.proxy.addProxy(bob.address, 'Any', 0), eve);
			await send(api, tx.proxy.addProxy(charlie.address, 'Any', 1), eve);
			await send(api, tx.proxy.addProxy(dave.address, 'Any', 0), ferdie);
			await send(api, tx.proxy.announce(eve.address, pay().method.hash), charlie);
			// A proxy can, a derived account can, and one of the two of the shared account has agreed.
			const { events } = await send(api, tx.proxy.proxy(eve.address, null, pay()), bob);
			assert.ok(eventOf(events, 'proxy', 'ProxyExecuted').data.result.isOk);
			await send(api, tx.utility.asDerivative(7, pay()), bob);
			await send(api, tx.multisig.asMulti(2, [charlie.address], null, pay(), WEIGHT), bob);
			timepoint = (await api.query.multisig.multisigs(shared, pay().method.hash)).unwrap().when;
			// The board has scheduled to take something, and begun a motion to.
			scheduled = (await height()) + 40;
			await motion(api, tx.scheduler.schedule(scheduled, null, 0, take(eve.address)));
			const call = take(eve.address);
			const proposed = await send(api, tx.board.propose(3, call, call.method.encodedLength), account('alice'));
			const [, index, hash] = eventOf(proposed.events, 'board', 'Proposed').data;
			motions = { index, hash, length: call.method.encodedLength };
		});

		await step('only a regulator freezes, under a case, and each use is on record', async () => {
			const open = tx.supervision.openCase('Art. 1', (await height()) + 10_000);
			await assert.rejects(send(api, open, dave), /BadOrigin/);
			assert.ok(recorded(await send(api, open, officer)).act.isCaseOpened);
			const freeze = (subject, ends) => tx.supervision.freeze(0, subject, 'Art. 2 (3)', ends);
			const far = (await height()) + 5_000;
			const itself = freeze({ Account: colleague.address }, far);
			await assert.rejects(send(api, itself, officer), (e) => e instanceof Refused && /supervision\.SubjectIsRegulator/.test(e.message));
			for (const [subject, who] of [[eve.address, officer], [shared, colleague], [derived, officer]]) {
				const { by, act, ground, until: ends } = recorded(await send(api, freeze({ Account: subject }, far), who));
				assert.deepEqual(by.asOfficer.toJSON(), { institution: authority, account: who.address });
				assert.equal(act.asFrozen.asAccount.toString(), subject);
				assert.equal(ground.toUtf8(), 'Art. 2 (3)');
				assert.equal(ends.unwrap().toNumber(), far);
			}
			await send(api, freeze({ Institution: NEWCOMER }, far), officer);
			await assert.rejects(send(api, tx.supervision.closeCase(0, 'done'), officer), /supervision\.FreezesInForce/);
		});

		await step('nothing leaves the frozen accounts, on whatever way', async () => {
			const before = await holdings();
			const byProxy = () => tx.proxy.proxy(eve.address, null, pay());
			const board = (call) => tx.board.propose(3, call, call.method.encodedLength);
			const [itself, institution, others] = [/^This account is frozen/, /institution is frozen/, /acts for, or takes from/];
			const ways = [
				['a transfer', pay(), eve, itself],
				['transferKeepAlive', tx.balances.transferKeepAlive(dave.address, UNIT), eve, itself],
				['transferAll', tx.balances.transferAll(dave.address, false), eve, itself],
				['burn', tx.balances.burn(UNIT, false), eve, itself],
				['batch', tx.utility.batch([pay()]), eve, itself],
				['batchAll', tx.utility.batchAll([pay()]), eve, itself],
				['forceBatch', tx.utility.forceBatch([pay()]), eve, itself],
				['withClass', tx.classes.withClass(1, pay()), eve, itself],
				['a new proxy', tx.proxy.addProxy(dave.address, 'Any', 0), eve, itself],
				['an account of the institution', pay(), ferdie, institution],
				['its proxy', tx.proxy.proxy(ferdie.address, null, pay()), dave, others],
				['proxy', byProxy(), bob, others],
				['proxyAnnounced', tx.proxy.proxyAnnounced(charlie.address, eve.address, null, pay()), bob, others],
				['proxy in batch', tx.utility.batch([tx.system.remark('0x00'), byProxy()]), bob, others],
				['proxy in batchAll', tx.utility.batchAll([byProxy()]), bob, others],
				['proxy in forceBatch', tx.utility.forceBatch([byProxy()]), bob, others],
				['proxy in a class', tx.classes.withClass(1, byProxy()), bob, others],
				['asDerivative', tx.utility.asDerivative(7, pay()), bob, others],
				['asMulti', tx.multisig.asMulti(2, [bob.address], timepoint, pay(), WEIGHT), charlie, others],
				['approveAsMulti', tx.multisig.approveAsMulti(2, [bob.address], timepoint, pay().method.hash, WEIGHT), charlie, others],
				['forceTransfer', take(eve.address), bob, others],
				['schedule', tx.scheduler.schedule((await height()) + 50, null, 0, byProxy()), bob, others],
				['a motion', board(take(eve.address)), account('alice'), others],
				['a motion to schedule', board(tx.scheduler.schedule((await height()) + 50, null, 0, take(shared))), account('alice'), others],
				['sudoAs', tx.sudo.sudoAs(eve.address, pay()), bob, others],
			];
			for (const [way, extrinsic, signer, words] of ways) await refused(way, extrinsic, signer, words);
			// By address, which is bytes to whoever does not decode them.
			const classes = '0x0000000000000000000000000000000000001006';
			const payload = `0x${tx.classes.withClass(1, byProxy()).method.toHex().slice(4)}`;
			await refused('proxy by address', tx.builtin.call(classes, payload), bob, others);

			// The motion that had begun, and what was scheduled, come to nothing.
			const { hash, index, length } = motions;
			const members = ['alice', 'bob', 'charlie'].map(account);
			await Promise.all(members.map((member) => send(api, tx.board.vote(hash, index, true), member)));
			const weight = { refTime: 100_000_000_000n, proofSize: 500_000n };
			const closed = await send(api, tx.board.close(hash, index, weight, length), members[0]);
			assert.ok(eventOf(closed.events, 'board', 'Executed').data.result.isErr);
			await until('the scheduled block', async () => (await network.node('alice').finalised()) >= scheduled, { within: 90_000 });
			const at = await api.at(await api.rpc.chain.getBlockHash(scheduled));
			const events = (await at.query.system.events()).map(({ event }) => event);
			assert.ok(eventOf(events, 'scheduler', 'Dispatched').data.result.isErr);
			assert.deepEqual(await holdings(), before);
		});

		await step('an appeal gets through, and the board lifts the freeze', async () => {
			const subject = { Account: eve.address };
			await refused('for another', tx.supervision.appeal({ Account: shared }, 'not mine'), eve, /^This account is frozen/);
			assert.ok(recorded(await send(api, tx.supervision.appeal(subject, 'It was somebody else'), eve)).act.isAppealed);
			const again = send(api, tx.supervision.appeal(subject, 'It really was'), eve);
			await assert.rejects(again, (e) => e instanceof Refused && /supervision\.AppealedBefore/.test(e.message));
			const { by, act } = recorded(await motion(api, tx.supervision.decideAppeal(subject, true, 'It was')));
			assert.ok(by.isBoard && act.asAppealDecided.lifted.isTrue);
			await send(api, pay(), eve);
			await send(api, tx.proxy.proxy(eve.address, null, pay()), bob);
			// A second freeze needs a second appeal, and the institution is frozen still.
			await refused('the institution', pay(), ferdie, /institution is frozen/);
		});

		await step('a freeze ends in the block that it names', async () => {
			await send(api, tx.supervision.release({ Institution: NEWCOMER }, 'for a shorter one'), colleague);
			const subject = { Institution: NEWCOMER };
			const ends = (await height()) + 20;
			await send(api, tx.supervision.freeze(0, subject, 'Art. 2 (4)', ends), officer);
			await refused('before its end', pay(), ferdie, /institution is frozen/);
			// It is offered until a pool takes it: from the block before the end on, for the next one.
			let sent;
			const taken = await until('the pool takes it', async () => {
				const extrinsic = await pay().signAsync(ferdie, { era: 0 });
				return extrinsic.send().then(
					// Not the height of before: a block may have come while this was signed.
					() => ((sent = extrinsic.hash.toHex()), height()),
					(error) => assert.match(error.message, /Custom error: 49$/),
				);
			}, { within: 60_000 });
			assert.ok(taken >= ends - 1, `taken at ${taken}, it ends with ${ends}`);
			await network.node('alice').reaches(ends + 3);
			const blockAt = async (number) => {
				const hash = await api.rpc.chain.getBlockHash(number);
				const { block } = await api.rpc.chain.getBlock(hash);
				return { at: await api.at(hash), includes: block.extrinsics.some((extrinsic) => extrinsic.hash.toHex() === sent) };
			};
			for (const [number, holds] of [[ends - 1, true], [ends, false]]) {
				const { at, includes } = await blockAt(number);
				assert.equal((await at.query.supervision.freezes(subject)).isSome, holds, `block ${number}`);
				assert.ok(!(holds && includes), `block ${number} has a transaction of a frozen account`);
			}
			const { at } = await blockAt(ends);
			const events = (await at.query.system.events()).map(({ event }) => event);
			assert.ok(recorded({ events }).act.isExpired);
			const where = await Promise.all([0, 1, 2, 3].map((n) => blockAt(ends + n)));
			assert.ok(where.some(({ includes }) => includes), 'the payment is in none of the blocks after the end');
		});

		await step('the records have no gap, and the case can be closed', async () => {
			for (const subject of [shared, derived]) await send(api, tx.supervision.release({ Account: subject }, 'done'), officer);
			await send(api, tx.multisig.asMulti(2, [bob.address], timepoint, pay(), WEIGHT), charlie);
			await send(api, tx.supervision.closeCase(0, 'settled'), colleague);
			const count = (await api.query.supervision.nextRecord()).toNumber();
			const records = await api.query.supervision.records.multi(Array.from({ length: count }, (_, number) => number));
			records.forEach((record, number) => assert.equal(record.unwrap().number.toNumber(), number));
			assert.ok(records.at(-1).unwrap().act.isCaseClosed);
		});
	});
	await network.agree();
});
