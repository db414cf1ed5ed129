// One syndic process.

import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { call } from './rpc.mjs';
import { until } from './wait.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');

/** The binary under test. */
export const SYNDIC = process.env.SYNDIC ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'release/syndic');
export { ROOT };

// Nothing that is started here may outlive this process: it ends its nodes when it ends, and where it cannot, because
// it is killed itself, the kernel does.
const GUARD = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0 ? ['setpriv', '--pdeathsig', 'KILL'] : [];
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

/** Starts a command that ends with this process. Output goes to `log`, appended. */
export function guarded(command, args, { log, env = {}, cwd = ROOT } = {}) {
	const out = log === undefined ? 'ignore' : openSync(log, 'a');
	const [file, ...rest] = [...GUARD, command, ...args];
	const child = spawn(file, rest, { stdio: ['ignore', out, out], env: { ...process.env, ...env }, cwd });
	if (out !== 'ignore') closeSync(out);
	running.add(child);
	child.ended = new Promise((done) => {
		const end = (code, signal) => {
			running.delete(child);
			done({ code, signal });
		};
		child.once('exit', end);
		child.once('error', (error) => end(error.message, null));
	});
	return child;
}

/** A node: where it lives, how it is started, and its process while it runs. */
export class Node {
	/**
	 * @param {{ name: string, base: string, ports: { rpc: number, p2p: number, metrics: number }, args: string[] }} options
	 */
	constructor({ name, base, ports, args }) {
		Object.assign(this, { name, base, ports, args });
		this.url = `http://127.0.0.1:${ports.rpc}`;
		this.ws = `ws://127.0.0.1:${ports.rpc}`;
		this.log = join(base, 'node.log');
		this.votes = join(base, 'votes.jsonl');
		this.child = null;
		mkdirSync(base, { recursive: true });
	}

	get isRunning() {
		return this.child !== null;
	}

	/** Starts the process. Does not wait for anything. */
	spawn() {
		if (this.child) throw new Error(`${this.name} runs already`);
		const child = guarded(SYNDIC, this.args, { log: this.log, env: { RUST_BACKTRACE: '1' } });
		this.child = child;
		this.lastExit = null;
		child.ended.then((exit) => {
			this.lastExit = exit;
			if (this.child === child) this.child = null;
		});
		return this;
	}

	/** Starts it and waits until its RPC answers. */
	async start({ within = 60_000 } = {}) {
		this.spawn();
		await this.answers({ within });
		return this;
	}

	/** Waits until its RPC answers; fails at once when the process has ended. */
	answers({ within = 60_000 } = {}) {
		return until(
			`${this.name} answers`,
			() => {
				if (!this.child) {
					throw Object.assign(new Error(`${this.name} ended: ${JSON.stringify(this.lastExit)}\n${this.logTail(15)}`), { fatal: true });
				}
				return this.rpc('system_health', [], 2_000);
			},
			{ within },
		);
	}

	/** Sends a signal and waits for the end. A node that ignores SIGTERM for 20 s fails the test. */
	async end(signal = 'SIGTERM') {
		const { child } = this;
		if (!child) return this.lastExit;
		child.kill('SIGCONT');
		child.kill(signal);
		const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
		const exit = await child.ended;
		clearTimeout(late);
		this.child = null;
		if (signal !== 'SIGKILL' && exit.signal === 'SIGKILL') throw new Error(`${this.name} did not end within 20 s of ${signal}`);
		return exit;
	}

	kill() {
		return this.end('SIGKILL');
	}

	rpc(method, params = [], timeout = 10_000) {
		return call(this.url, method, params, timeout);
	}

	status() {
		return this.rpc('pbft_status');
	}

	/** The last final height. */
	async finalised() {
		return (await this.rpc('pbft_status')).finalised.height;
	}

	/** The hash of the block at a height of the best chain, or null. */
	hashAt(height) {
		return this.rpc('chain_getBlockHash', [height]);
	}

	/** Waits for a final height. */
	reaches(height, options) {
		return until(`${this.name} finalises block ${height}`, async () => {
			const now = await this.finalised();
			return now >= height && now;
		}, options);
	}

	readLog() {
		return existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
	}

	logTail(lines) {
		return this.readLog().trimEnd().split('\n').slice(-lines).join('\n');
	}

	/** One sample of a metric, labels summed up. Undefined when there is none of that name. */
	async metric(name, labels = {}) {
		const response = await fetch(`http://127.0.0.1:${this.ports.metrics}/metrics`, { signal: AbortSignal.timeout(5_000) });
		let sum;
		for (const line of (await response.text()).split('\n')) {
			const match = /^([a-zA-Z0-9_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
			if (!match || match[1] !== name) continue;
			if (!Object.entries(labels).every(([key, value]) => match[2]?.includes(`${key}="${value}"`))) continue;
			sum = (sum ?? 0) + Number(match[3]);
		}
		return sum;
	}
}
