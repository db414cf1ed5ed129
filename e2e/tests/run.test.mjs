// scripts/run, as a user meets it. On ports of its own, so that a network that runs already is left alone.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { temporary } from '../lib/network.mjs';
import { ROOT, guarded } from '../lib/node.mjs';
import { call } from '../lib/rpc.mjs';
import { until } from '../lib/wait.mjs';

const NAMES = ['alice', 'bob', 'charlie', 'dave'];
const OFFSET = 400 + Math.floor(Math.random() * 1_600);
const directory = temporary('run');
const data = join(directory, 'local');
const url = (i) => `http://127.0.0.1:${9944 + OFFSET + i}`;
const finalised = async (i) => (await call(url(i), 'pbft_status')).finalised.height;

let script;
let output;
let starts = 0;
/** Starts scripts/run and waits for its endpoints. Returns how long that took, in ms. */
async function start(...options) {
	starts += 1;
	output = join(directory, `output-${starts}`);
	const began = Date.now();
	script = guarded(join(ROOT, 'scripts/run'), ['--data', data, '--port-offset', String(OFFSET), ...options], { log: output });
	let ended = null;
	script.ended.then((exit) => (ended = exit));
	await until('scripts/run prints its endpoints', () => {
		if (ended) throw Object.assign(new Error(`it ended: ${JSON.stringify(ended)}\n${said()}`), { fatal: true });
		return said().includes(`ws://127.0.0.1:${9947 + OFFSET}`);
	}, { within: 120_000 });
	return Date.now() - began;
}
const said = () => readFileSync(output, 'utf8');

/** Processes that have the data directory in their command line. */
function leftovers() {
	return readdirSync('/proc').filter((pid) => {
		try {
			return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(data);
		} catch {
			return false;
		}
	});
}
async function stop(signal) {
	script.kill(signal);
	const exit = await script.ended;
	assert.deepEqual(leftovers(), [], 'a process is left');
	return exit;
}
after(async () => {
	if (script?.exitCode === null && script?.signalCode === null) {
		script.kill('SIGTERM');
		await script.ended;
	}
	for (const pid of leftovers()) process.kill(Number(pid), 'SIGKILL');
	rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

test('scripts/run', { timeout: 240_000 }, async (t) => {
	let failed = false;
	const step = (name, run) => t.test(name, { skip: failed && 'an earlier step failed' }, async () => {
		try {
			await run();
		} catch (error) {
			failed = true;
			console.error(`--- scripts/run said:\n${said()}`);
			for (const name of NAMES) {
				try {
					console.error(`--- ${name}\n${readFileSync(join(data, name, 'node.log'), 'utf8').split('\n').slice(-12).join('\n')}`);
				} catch {
					// It has not been started.
				}
			}
			throw error;
		}
	});

	await step('on a built tree, the first block is final within 20 seconds', async () => {
		const took = await start();
		console.log(`    ${took} ms, setup and build included`);
		assert.ok(took < 20_000, `took ${took} ms`);
	});

	await step('it prints every endpoint, and each answers', async () => {
		for (const i of NAMES.keys()) {
			assert.ok(said().includes(`ws://127.0.0.1:${9944 + OFFSET + i}`));
			assert.ok((await finalised(i)) >= 0);
			const metrics = `http://127.0.0.1:${9615 + OFFSET + i}/metrics`;
			assert.ok(said().includes(metrics));
			assert.match(await (await fetch(metrics)).text(), /syndic_pbft_/);
		}
	});

	await step('the transfer of the README is final', async () => {
		const { stdout } = await promisify(execFile)('node', [join(ROOT, 'e2e/examples/transfer.mjs'), url(0).replace('http', 'ws')], { timeout: 60_000 });
		assert.match(stdout, /^final in block \d+ 0x[0-9a-f]{64}$/m);
	});

	await step('a port in use is named, with the process', async () => {
		const second = promisify(execFile)(join(ROOT, 'scripts/run'), ['--no-build', '--data', join(directory, 'second'), '--port-offset', String(OFFSET)]);
		await assert.rejects(second, ({ code, stderr }) => {
			assert.equal(code, 1);
			assert.match(stderr, new RegExp(`port ${9944 + OFFSET} is in use by syndic \\(process \\d+\\)`));
			return true;
		});
		// Also one that only a single validator would need.
		const server = createServer().listen(9618 + OFFSET + 3_000, '127.0.0.1');
		try {
			const third = promisify(execFile)(join(ROOT, 'scripts/run'), ['--no-build', '--data', join(directory, 'third'), '--port-offset', String(OFFSET + 3_000)]);
			await assert.rejects(third, { stderr: new RegExp(`port ${9618 + OFFSET + 3_000} is in use`) });
		} finally {
			server.close();
		}
	});

	await step('a validator that dies is reported, and the others go on', async () => {
		const [pid] = leftovers().filter((p) => readFileSync(`/proc/${p}/cmdline`, 'latin1').includes('--charlie'));
		const before = await finalised(0);
		process.kill(Number(pid), 'SIGKILL');
		await until('it is reported', () => /Charlie ended with code 137/.test(said()));
		await until('blocks go on', async () => (await finalised(0)) > before + 2);
	});

	let height = 0;
	await step('Ctrl-C stops all four, in order', async () => {
		height = await finalised(0);
		const exit = await stop('SIGINT');
		assert.equal(exit.code, 0);
		assert.match(said(), /Stopped\./);
	});

	await step('the next start goes on where it stopped', async () => {
		await start('--no-build');
		assert.ok((await finalised(0)) > height);
		assert.notEqual(await call(url(3), 'chain_getBlockHash', [height]), null);
	});

	await step('killed itself, it leaves no validator behind', async () => {
		script.kill('SIGKILL');
		await script.ended;
		await until('all are gone', () => leftovers().length === 0, { within: 20_000 });
	});

	await step('--fresh begins a new chain', async () => {
		await start('--no-build', '--fresh');
		assert.ok((await finalised(0)) < height);
		assert.equal((await stop('SIGTERM')).code, 0);
	});
});
