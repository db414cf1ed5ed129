// The stock clients of docs/operate/clients.md: each sends a transfer, or reads one, and is told that it went through.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { account, eventOf, send, withApi } from '../lib/api.mjs';
import { networkTest } from '../lib/network.mjs';
import { ROOT, guarded } from '../lib/node.mjs';
import { freePort } from '../lib/ports.mjs';
import { until } from '../lib/wait.mjs';

const CLIENTS = join(ROOT, 'e2e/clients');
const PYTHON = join(ROOT, '.syndic/substrate-interface/bin/python');
const parameters = { blockPeriod: 300, baseTimeout: 2_000, timeoutCeiling: 8_000 };

/** Which version of each client the page's table calls tested. */
function documented() {
	const rows = readFileSync(join(ROOT, 'docs/operate/clients.md'), 'utf8').split('\n').filter((line) => line.startsWith('| `'));
	return new Map(
		rows.map((row) => {
			const [client, , , tested] = row.split('|').slice(1).map((cell) => cell.trim());
			return [/`([^`]+)`/.exec(client)[1], tested];
		}),
	);
}

/** The version of a package that is installed below a folder. */
const npmVersion = (folder, name) => JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;

const pythonVersion = (name) =>
	new RegExp(`^${name}==(.*)$`, 'm').exec(readFileSync(join(CLIENTS, 'substrate-interface/requirements.txt'), 'utf8'))[1];

/** Runs a client to its end; what it printed, of which the last line is JSON. */
async function run(command, ...args) {
	assert.ok(existsSync(command), `${command} is not there: scripts/test clients installs what this test needs`);
	const { stdout } = await promisify(execFile)(command, args, { cwd: ROOT, timeout: 60_000 });
	return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** Each client: which version it is, and what it does with the network. `pays` checks that an amount arrives. */
const WALKS = {
	'@polkadot/api': {
		version: () => npmVersion(join(ROOT, 'e2e'), '@polkadot/api'),
		async walk({ alice, pays }) {
			await pays(1_000_000_001n, (amount) =>
				withApi(alice, async (api) => {
					const { events } = await send(api, api.tx.balances.transferKeepAlive(account('bob').address, amount), account('alice'));
					eventOf(events, 'system', 'ExtrinsicSuccess');
				}),
			);
		},
	},
	'polkadot-api': {
		version: () => npmVersion(join(CLIENTS, 'papi'), 'polkadot-api'),
		async walk({ alice, pays }) {
			await pays(1_000_000_002n, async (amount) => {
				const script = join(CLIENTS, 'papi/transfer.mjs');
				const { isSuccess, height, events } = await run(process.execPath, script, alice.ws, String(amount));
				assert.equal(isSuccess, true);
				assert.ok(height >= 1);
				assert.ok(events.includes('Balances.Transfer') && events.includes('System.ExtrinsicSuccess'), events.join());
			});
		},
	},
	'substrate-interface': {
		version: () => pythonVersion('substrate-interface'),
		async walk({ alice, pays }) {
			await pays(1_000_000_003n, async (amount) => {
				const script = join(CLIENTS, 'substrate-interface/transfer.py');
				const { isSuccess, height, blocks } = await run(PYTHON, script, alice.ws, String(amount));
				assert.equal(isSuccess, true);
				assert.ok(blocks.length >= 4, JSON.stringify(blocks));
				// From block 2 on each begins by reporting who committed its parent.
				for (const block of blocks.filter((block) => block.height > 2)) {
					assert.ok(block.calls.includes('Validators.report_commits'), JSON.stringify(block));
				}
				const own = blocks.find((block) => block.height === height);
				assert.ok(own.calls.includes('Balances.transfer_keep_alive'), JSON.stringify(own));
			});
		},
	},
	'@substrate/api-sidecar': {
		version: () => npmVersion(join(CLIENTS, 'sidecar'), '@substrate/api-sidecar'),
		async walk({ alice }) {
			assert.equal(npmVersion(join(CLIENTS, 'sidecar'), '@polkadot/api'), npmVersion(join(ROOT, 'e2e'), '@polkadot/api'));
			const { height } = await withApi(alice, (api) =>
				send(api, api.tx.balances.transferKeepAlive(account('bob').address, 1_000_000_004n), account('alice')),
			);
			const port = await freePort();
			const main = join(CLIENTS, 'sidecar/node_modules/@substrate/api-sidecar/build/src/main.js');
			const env = { SAS_SUBSTRATE_URL: alice.ws, SAS_EXPRESS_PORT: String(port), SAS_EXPRESS_BIND_HOST: '127.0.0.1' };
			const sidecar = guarded(process.execPath, [main], { env, log: join(alice.base, 'sidecar.log') });
			try {
				const get = async (path) => {
					const response = await fetch(`http://127.0.0.1:${port}${path}`);
					const answer = await response.text();
					if (response.status !== 200) throw Object.assign(new Error(`${path}: ${response.status} ${answer}`), { fatal: true });
					return JSON.parse(answer);
				};
				const head = await until('the sidecar answers', () => get('/blocks/head'));
				assert.ok(Number(head.number) >= height);
				const { extrinsics } = await get(`/blocks/${height}`);
				const transfer = extrinsics.find(({ method }) => method.pallet === 'balances');
				assert.deepEqual([transfer.success, transfer.args.value], [true, '1000000004']);
			} finally {
				sidecar.kill('SIGKILL');
				await sidecar.ended;
			}
		},
	},
};

networkTest('stock clients are told that their transfers went through', { label: 'clients', parameters }, async (network, step) => {
	await network.start();
	const alice = network.node('alice');
	const free = () => withApi(alice, async (api) => (await api.query.system.account(account('bob').address)).data.free.toBigInt());
	const pays = async (amount, pay) => {
		const before = await free();
		await pay(amount);
		assert.equal(await free(), before + amount);
	};

	const page = documented();
	await step('the page lists what is tried here, in the versions that are installed', () => {
		const installed = Object.entries(WALKS).map(([name, { version }]) => [name, version()]);
		assert.deepEqual([...page].sort(), installed.sort());
	});

	for (const [name, tested] of page) {
		await step(`${name} ${tested}`, () => WALKS[name].walk({ alice, pays }));
	}
});
