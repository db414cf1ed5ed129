// The supervisor's view: rows as they come, an export of the whole run, and the offline check of it.
//
// SYNDIC_EXPORT_BLOCKS says how many blocks are exported: the full run takes 10,000, which last 34 minutes at the shortest block
// period there is.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WsProvider } from '@polkadot/api';
import { account, eventOf, send, withApi } from '../lib/api.mjs';
import { motion } from '../lib/governance.mjs';
import { beginLoad } from '../lib/load.mjs';
import { genesisOf, networkTest } from '../lib/network.mjs';
import { SYNDIC } from '../lib/node.mjs';
import { until } from '../lib/wait.mjs';

const BLOCKS = Number(process.env.SYNDIC_EXPORT_BLOCKS ?? 400);
const parameters = { blockPeriod: 200, baseTimeout: 2_000, timeoutCeiling: 8_000, leaderPeriod: 3 };
/** Nodes keep the states of so many blocks unless told otherwise. */
const STATES_KEPT = 4_096;
const THRESHOLD = 5_000_000_000_000n;
const HOUR = 3_600_000;

const syndic = (...args) => promisify(execFile)(SYNDIC, args, { maxBuffer: 64 << 20, timeout: HOUR });
const linesOf = (path) => readFileSync(path, 'utf8').split('\n').slice(0, -1);
const write = (path, lines) => writeFileSync(path, lines.map((line) => `${line}\n`).join(''));

/** Writes a supervisory authority with one officer into a spec that is not raw. */
function addRegulator(path) {
	const spec = JSON.parse(readFileSync(path, 'utf8'));
	const { identity, balances } = genesisOf(spec);
	const { address } = account('regulator');
	const institution = identity.institutions.length;
	identity.institutions.push({ name: 'Supervisory Authority', kind: 'regulator', roots: [], quota: 1_000 });
	identity.identities.push({ account: address, institution, role: 'regulator', name: 'Officer', notAfter: null });
	balances.balances.push([address, 1_000_000_000_000_000]);
	writeFileSync(path, JSON.stringify(spec));
	return institution;
}

networkTest("the supervisor's view", { label: 'supervision', parameters, timeout: 600_000 + BLOCKS * 1_500 }, async (network, step) => {
	const authority = addRegulator(network.spec);
	await network.start();
	const alice = network.node('alice');
	const archive = await network.add('archive', ['--state-pruning', 'archive', ...network.bootnodes]);
	await archive.start();
	await archive.reaches(await alice.finalised());
	const out = join(network.directory, 'export');
	const [rowsFile, proofsFile, parquetFile] = ['rows.jsonl', 'proofs.jsonl', 'rows.parquet'].map((name) => join(out, name));

	const provider = new WsProvider(archive.ws);
	await provider.isReady;
	/** Every row since block 1, as the subscription has brought it. */
	const told = [];
	let failure;
	await provider.subscribe('supervision_row', 'supervision_subscribeRows', [1], (error, row) => {
		failure ??= error;
		if (row) told.push(JSON.stringify(row));
	});

	await step('a run in which something of every kind happens', () =>
		withApi(alice, async (api) => {
			const load = await beginLoad(api, { payers: ['eve', 'ferdie'], perSecond: 2 });
			const [regulator, dave] = ['regulator', 'dave'].map(account);
			await send(api, api.tx.supervision.setLargeTransfer(THRESHOLD, 'Act on Reporting, s. 4'), regulator);
			const pay = (amount) => send(api, api.tx.balances.transferKeepAlive(account('bob').address, amount), dave);
			await pay(THRESHOLD - 1n);
			await pay(THRESHOLD);
			const ends = (await alice.finalised()) + BLOCKS;
			const opened = await send(api, api.tx.supervision.openCase('Act on Supervision, s. 12', ends), regulator);
			const id = eventOf(opened.events, 'supervision', 'Recorded').data.case.unwrap().toNumber();
			const subject = { Account: account('charlie').address };
			await send(api, api.tx.supervision.freeze(id, subject, 'Act on Supervision, s. 14', ends), regulator);
			await send(api, api.tx.supervision.release(subject, 'cleared'), regulator);
			await motion(api, api.tx.consensusConfig.change({ maxTransactions: 900 }, null));
			await motion(api, api.tx.identity.setQuota(0, 900));
			// Large ones, spread over the run.
			for (let goal = BLOCKS / 4; goal < BLOCKS; goal += BLOCKS / 4) {
				await alice.reaches(goal, { within: 60_000 + BLOCKS * 1_000 });
				await pay(THRESHOLD + BigInt(Math.floor(goal)));
			}
			await alice.reaches(BLOCKS, { within: 60_000 + BLOCKS * 1_000 });
			await load.stop();
			await archive.reaches(BLOCKS);
		}));

	let set;
	await step(`${BLOCKS} blocks are exported`, async () => {
		// The set that decided block 1 is the one that genesis names.
		set = JSON.stringify(await archive.rpc('pbft_validators', [network.genesis]));
		const began = Date.now();
		const { stdout } = await syndic('export-supervision', '--url', archive.ws, '--from', '1', '--to', String(BLOCKS), '--out', out);
		assert.match(stdout, new RegExp(`Exported blocks 1 to ${BLOCKS}, \\d+ rows`));
		const megabytes = [rowsFile, proofsFile, parquetFile].map((path) => (statSync(path).size / 1e6).toFixed(1));
		console.log(`    exported in ${(Date.now() - began) / 1_000} s: rows ${megabytes[0]} MB, proofs ${megabytes[1]} MB, Parquet ${megabytes[2]} MB`);
	});

	const verify = (...args) => syndic('verify-export', '--genesis', network.genesis, '--set', set, '--output-type', 'json', ...args, out);
	const rows = [];
	await step('every row is proven', async () => {
		const verified = JSON.parse((await verify()).stdout);
		rows.push(...linesOf(rowsFile));
		assert.deepEqual([verified.from, verified.to, verified.rows], [1, BLOCKS, rows.length]);
		assert.deepEqual(verified.formats, ['jsonl', 'parquet']);
		assert.equal(verified.hash, await archive.hashAt(BLOCKS));
		console.log(`    ${verified.rows} rows verified in ${verified.seconds.toFixed(1)} s, in JSON Lines and in Parquet`);
	});

	await step('what has happened is there', () => {
		const parsed = rows.map((row) => JSON.parse(row));
		const of = (kind) => parsed.filter((row) => row.kind === kind);
		const counts = ['participation', 'volume', 'largeTransfer', 'supervision', 'membership', 'parameters'].map((kind) => [kind, of(kind).length]);
		console.log(`    ${counts.map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
		assert.ok(counts.every(([, count]) => count > 0));
		assert.deepEqual(of('participation').map(({ height }) => height), Array.from({ length: BLOCKS }, (_, n) => n + 1));
		assert.ok(of('participation').every(({ signers, missing }) => signers.length >= 3 && signers.length + missing.length === 4));
		const large = of('largeTransfer');
		assert.equal(large.length, 4);
		assert.ok(large.every(({ amount, from, to, fromInstitution, toInstitution, threshold }) =>
			BigInt(amount) >= THRESHOLD && threshold === String(THRESHOLD) &&
			from === account('dave').address && to === account('bob').address && fromInstitution === 3 && toInstitution === 1));
		const acts = of('supervision').map(({ pallet, name, fields }) => [pallet, name, Object.keys(fields.act)[0] ?? fields.act]);
		assert.ok(acts.every(([pallet, name]) => pallet === 'Supervision' && name === 'Recorded'));
		assert.ok(of('supervision').some(({ fields }) => JSON.stringify(fields.by).includes(`"institution":${authority}`)));
		assert.ok(of('parameters').some(({ pallet, name }) => pallet === 'ConsensusConfig' && name === 'ParametersScheduled'));
		assert.ok(of('membership').some(({ pallet, name }) => pallet === 'Identity' && name === 'QuotaSet'));
		const sent = of('volume').reduce((sum, { sentAmount }) => sum + BigInt(sentAmount), 0n);
		const received = of('volume').reduce((sum, { receivedAmount }) => sum + BigInt(receivedAmount), 0n);
		assert.equal(sent, received);
	});

	await step('a subscriber has been told of the same rows, each once, in order', async () => {
		await until('all rows have come', () => failure || told.length >= rows.length, { within: 120_000 });
		assert.equal(failure ?? null, null);
		const first = rows.findIndex((row, n) => row !== told[n]);
		// Who has committed a block is told by the node's certificate, which is stored once and for all.
		assert.equal(first, -1, `row ${first}: exported ${rows[first]}, told ${told[first]}`);
		await provider.disconnect();
	});

	/** The error of the check after a file was changed; it is as before afterwards. */
	const refused = async (path, change, message) => {
		const before = readFileSync(path);
		try {
			const lines = linesOf(path);
			change(lines);
			write(path, lines);
			await assert.rejects(verify(), (error) => {
				assert.match(error.stderr, message);
				return true;
			});
		} finally {
			writeFileSync(path, before);
		}
	};
	const replace = (lines, n, from, to) => {
		assert.ok(lines[n].includes(from), lines[n]);
		lines[n] = lines[n].replace(from, to);
	};

	await step('a changed row is found, and the field is named', async () => {
		const at = (kind) => rows.findIndex((row) => JSON.parse(row).kind === kind);
		const volume = at('volume');
		const { height, sentAmount } = JSON.parse(rows[volume]);
		const place = `rows.jsonl, line ${volume + 1}: block ${height}, row \\d+`;
		await refused(rowsFile, (lines) => replace(lines, volume, `"sentAmount":"${sentAmount}"`, '"sentAmount":"31"'),
			new RegExp(`${place}: sentAmount is "31", what is proven is "${sentAmount}"`));
		const large = at('largeTransfer');
		await refused(rowsFile, (lines) => replace(lines, large, '"amount":"5', '"amount":"6'), /amount is "6\d*", what is proven is "5/);
		await refused(rowsFile, (lines) => replace(lines, at('supervision'), '"kind":"supervision"', '"kind":"membership"'), /kind is "membership"/);
		await refused(rowsFile, (lines) => replace(lines, rows.length - 1, `"height":${BLOCKS}`, '"height":1'), /height is 1, what is proven is/);
	});

	await step('a row that is gone or added is found', async () => {
		await refused(rowsFile, (lines) => lines.splice(7, 1), /rows\.jsonl, line 8: row \d+ of block \d+ is missing here/);
		await refused(rowsFile, (lines) => lines.pop(), /is missing here: the end of the file/);
		await refused(rowsFile, (lines) => lines.push(lines.at(-1)), /does not belong here: the end of the file/);
	});

	await step('a block that is gone or changed is found', async () => {
		const middle = Math.floor(BLOCKS / 2);
		await refused(proofsFile, (lines) => lines.splice(middle, 1), new RegExp(`proofs\\.jsonl, line ${middle + 1}: .*block ${middle + 1} is due`));
		const flip = (lines, field) => {
			const proof = JSON.parse(lines[middle]);
			proof[field] = proof[field].slice(0, -1) + (proof[field].endsWith('0') ? '1' : '0');
			lines[middle] = JSON.stringify(proof);
		};
		await refused(proofsFile, (lines) => flip(lines, 'header'), new RegExp(`line ${middle + 1}: block ${middle + 1}: header is`));
		await refused(proofsFile, (lines) => flip(lines, 'certificate'), /bad signature/);
		await refused(proofsFile, (lines) => {
			const proof = JSON.parse(lines[middle]);
			proof.proof.pop();
			lines[middle] = JSON.stringify(proof);
		}, /proof lacks the node/);
		// With all its rows, at the end: nothing follows on it, but the manifest says where the run ends.
		const [proofs, all] = [readFileSync(proofsFile), readFileSync(rowsFile)];
		write(proofsFile, linesOf(proofsFile).slice(0, -1));
		write(rowsFile, rows.filter((row) => JSON.parse(row).height < BLOCKS));
		await assert.rejects(syndic('verify-export', '--genesis', network.genesis, '--set', set, out), /is missing here|to is|does not belong here/);
		writeFileSync(proofsFile, proofs);
		writeFileSync(rowsFile, all);
	});

	await step('Parquet is checked as well, another chain and another set are not taken, and the export still holds', async () => {
		const whole = readFileSync(parquetFile);
		const spoilt = Buffer.from(whole);
		const middle = Math.floor(whole.length / 3);
		spoilt.subarray(middle, middle + 64).forEach((byte, n) => (spoilt[middle + n] = byte ^ 0xff));
		writeFileSync(parquetFile, spoilt);
		await assert.rejects(verify(), /rows\.parquet/);
		writeFileSync(parquetFile, whole);
		const other = JSON.parse(set);
		[other.members[0].key, other.members[1].key] = [other.members[1].key, other.members[0].key];
		await assert.rejects(syndic('verify-export', '--genesis', network.genesis, '--set', JSON.stringify(other), out), /bad signature/);
		const elsewhere = `0x${'11'.repeat(32)}`;
		await assert.rejects(syndic('verify-export', '--genesis', elsewhere, '--set', set, out), /genesis is 0x/);
		await verify();
	});

	await step('what a node can not answer is named', async () => {
		await assert.rejects(archive.rpc('supervision_rows', [0, 5]), /from is 0, must be within 1 and/);
		await assert.rejects(archive.rpc('supervision_rows', [1, 257]), /to is 257, must be within 1 and 256/);
		await assert.rejects(archive.rpc('supervision_rows', [BLOCKS * 100, BLOCKS * 100]), /is not final/);
		await assert.rejects(syndic('export-supervision', '--url', archive.ws, '--from', '1', '--to', '2', '--out', out), /manifest\.json/);
		if (BLOCKS > STATES_KEPT + 100) await assert.rejects(alice.rpc('supervision_rows', [1, 2]), /--state-pruning archive/);
		const { blocks, next } = await archive.rpc('supervision_rows', [1, 3, true]);
		assert.deepEqual([blocks.map(({ height }) => height), next], [[1, 2, 3], null]);
		assert.deepEqual(JSON.stringify(blocks[0].proof), linesOf(proofsFile)[0]);
	});
});
