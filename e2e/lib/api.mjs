// Stock @polkadot/api: no custom types, no extensions.

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { cryptoWaitReady } from '@polkadot/util-crypto';

await cryptoWaitReady();
const keyring = new Keyring({ type: 'sr25519' });

/** A development account, such as `alice`. */
export const account = (name) => keyring.addFromUri(`//${name[0].toUpperCase()}${name.slice(1)}`);

/** Connects to a node; `using` gets the api, and the connection is closed after it. */
export async function withApi(node, using) {
	const api = await ApiPromise.create({ provider: new WsProvider(node.ws), noInitWarn: true, throwOnConnect: false });
	try {
		return await using(api);
	} finally {
		await api.disconnect();
	}
}

/** An extrinsic was included and refused. */
export class Refused extends Error {}

/** What a dispatch error says, as polkadot.js shows it: `pallet.Error: documentation`. */
export function explain(api, dispatchError) {
	if (!dispatchError.isModule) return dispatchError.toString();
	const { section, name, docs } = api.registry.findMetaError(dispatchError.asModule);
	return `${section}.${name}: ${docs.join(' ')}`;
}

/**
 * Signs and sends an extrinsic and waits until its block is final.
 * @returns the events of that extrinsic and the block's hash and height
 */
export function send(api, extrinsic, signer, { within = 60_000, nonce = -1 } = {}) {
	return new Promise((resolve, reject) => {
		let unsubscribe = () => {};
		const late = setTimeout(() => done(reject, new Error(`${name(extrinsic)} not final within ${within} ms`)), within);
		const done = (settle, value) => {
			clearTimeout(late);
			unsubscribe();
			settle(value);
		};
		extrinsic
			.signAndSend(signer, { nonce }, ({ status, dispatchError, events, isError, blockNumber }) => {
				if (isError) return done(reject, new Error(`${name(extrinsic)}: ${status}`));
				if (!status.isFinalized) return undefined;
				if (dispatchError) return done(reject, new Refused(`${name(extrinsic)}: ${explain(api, dispatchError)}`));
				return done(resolve, {
					events: events.map(({ event }) => event),
					blockHash: status.asFinalized.toHex(),
					height: blockNumber?.toNumber(),
				});
			})
			.then((stop) => (unsubscribe = stop))
			.catch((error) => done(reject, error));
	});
}

/** Sends what nobody signs, and waits until it is final. */
export function sendUnsigned(api, extrinsic) {
	return new Promise((resolve, reject) => {
		const late = setTimeout(() => reject(new Error('not final within 60 s')), 60_000);
		extrinsic
			.send(({ status, events, dispatchError, isError }) => {
				if (isError || dispatchError) reject(new Error(`${status} ${dispatchError ?? ''}`));
				if (!status.isFinalized) return;
				clearTimeout(late);
				resolve(events.map(({ event }) => event));
			})
			.catch(reject);
	});
}

const name = ({ method }) => `${method.section}.${method.method}`;

/** The one event of a kind, or an error that lists what there was. */
export function eventOf(events, section, method) {
	const found = events.find((event) => event.section === section && event.method === method);
	if (!found) throw new Error(`no event ${section}.${method}, only ${events.map((e) => `${e.section}.${e.method}`).join(', ')}`);
	return found;
}
