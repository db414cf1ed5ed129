// Sends one transfer with polkadot-api, without generated descriptors, and reads the block back in which it is.
//
//     transfer.mjs URL AMOUNT
//
// Prints one line of JSON: whether the client says that it succeeded, its block's height, and that block's events.

import { sr25519CreateDerive } from '@polkadot-labs/hdkd';
import { DEV_MINI_SECRET, ss58Address } from '@polkadot-labs/hdkd-helpers';
import { createClient, Enum } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { getWsProvider } from 'polkadot-api/ws';
import { WebSocket } from 'ws';

const [url, amount] = process.argv.slice(2);
const derive = sr25519CreateDerive(DEV_MINI_SECRET);
const alice = derive('//Alice');
const client = createClient(getWsProvider(url, { websocketClass: WebSocket }));
const api = client.getUnsafeApi();

const dest = Enum('Id', ss58Address(derive('//Bob').publicKey));
const transfer = api.tx.Balances.transfer_keep_alive({ dest, value: BigInt(amount) });
const { ok, block } = await transfer.signAndSubmit(getPolkadotSigner(alice.publicKey, 'Sr25519', alice.sign));
const events = await api.query.System.Events.getValue({ at: block.hash });
const names = events.map(({ event }) => `${event.type}.${event.value.type}`);
console.log(JSON.stringify({ isSuccess: ok, height: block.number, events: names }));
client.destroy();
