// Sends one token from Alice to Bob and waits until the transfer is final.
//
//   node e2e/examples/transfer.mjs [ws://127.0.0.1:9944]

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const url = process.argv[2] ?? 'ws://127.0.0.1:9944';
const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true });

const keyring = new Keyring({ type: 'sr25519' });
const alice = keyring.addFromUri('//Alice'); // development accounts: everybody knows their keys
const bob = keyring.addFromUri('//Bob');
const amount = 10n ** BigInt(api.registry.chainDecimals[0]);

const block = await new Promise((resolve, reject) => {
	api.tx.balances
		.transferKeepAlive(bob.address, amount)
		.signAndSend(alice, ({ status, dispatchError }) => {
			if (dispatchError) reject(new Error(dispatchError.toString()));
			else if (status.isFinalized) resolve(status.asFinalized);
		})
		.catch(reject);
});

const { number } = await api.rpc.chain.getHeader(block);
const { data } = await api.query.system.account(bob.address);
console.log(`final in block ${number} ${block}`);
console.log(`Bob has ${data.free.toHuman()}`);
await api.disconnect();
