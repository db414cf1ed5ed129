// The load generator, `syndic-load`, run as a process beside the nodes.

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SYNDIC, guarded } from './node.mjs';

/** The binary. It lies beside the node's. */
export const LOAD = join(dirname(SYNDIC), 'syndic-load');

/** Gives `accounts` of a load an identity and money in the network's chain spec. Before the network starts. */
export async function admitLoad(network, accounts) {
	const args = ['spec', '--base', network.spec, '--accounts', String(accounts)];
	const { stdout } = await promisify(execFile)(LOAD, args, { maxBuffer: 64 << 20, timeout: 60_000 });
	writeFileSync(network.spec, stdout);
}

/** The command line for options: `{ inFlight: 64, watch: true }` is `--in-flight 64 --watch`. */
function commandLine(options) {
	const name = (key) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
	return Object.entries(options).flatMap(([key, value]) => {
		if (value === false || value === undefined) return [];
		return value === true ? [name(key)] : [name(key), String(value)];
	});
}

let runs = 0;

/**
 * Puts load on the validators and follows their final blocks.
 * @param {object} options of `syndic-load run`, in camel case
 * @returns {Promise<{ code: number, report: object, text: string }>} `report` is its JSON, `text` what it printed
 */
export async function runLoad(network, options) {
	runs += 1;
	const [json, log] = ['json', 'log'].map((ending) => join(network.directory, `load-${runs}.${ending}`));
	const urls = network.validators.flatMap((node) => ['--url', node.ws]);
	const { code } = await guarded(LOAD, ['run', ...urls, '--json', json, ...commandLine(options)], { log }).ended;
	const text = readFileSync(log, 'utf8');
	if (code !== 0 && code !== 1) throw new Error(`syndic-load ended with ${code}: ${text}`);
	return { code, report: JSON.parse(readFileSync(json, 'utf8')), text };
}
