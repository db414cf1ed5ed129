// Puts a profile of parameters to use by a motion of the board. Three members of the local network's board vote for it.
//
//   node e2e/examples/profile.mjs 'retail payments' [HEIGHT] [ws://127.0.0.1:9944]
//
// Without HEIGHT it takes effect ten blocks after the motion is carried.

import { ApiPromise, WsProvider } from '@polkadot/api';
import { eventOf } from '../lib/api.mjs';
import { motion } from '../lib/governance.mjs';

const [name, ...rest] = process.argv.slice(2);
const height = rest.find((argument) => /^\d+$/.test(argument)) ?? null;
const url = rest.find((argument) => /^wss?:/.test(argument)) ?? 'ws://127.0.0.1:9944';
if (!name) {
	console.error("profile.mjs 'NAME OF A PROFILE' [HEIGHT] [ws://127.0.0.1:9944]");
	process.exit(2);
}
const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true });

try {
	const { events } = await motion(api, api.tx.consensusConfig.useProfile(name, height));
	const { since } = eventOf(events, 'consensusConfig', 'ParametersScheduled').data;
	console.log(`"${name}" is in force from height ${since} on`);
} catch (error) {
	console.error(error.message);
	const names = (await api.query.consensusConfig.profiles.keys()).map(({ args: [known] }) => known.toUtf8());
	console.error(`The profiles are: ${names.join(', ')}.`);
	process.exitCode = 1;
} finally {
	await api.disconnect();
}
