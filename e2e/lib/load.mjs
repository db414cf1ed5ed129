// Transfers at a steady pace, by accounts that do nothing else.

import { account } from './api.mjs';
import { sleep } from './wait.mjs';

const SENDERS = ['dave', 'eve', 'ferdie'];

/**
 * Begins to send transfers. Each sender keeps its own count, and sends the next ones whether or not the last ones are in.
 * @param {{ every?: number, each?: number }} pace every so many ms, so many of each sender
 * @returns {Promise<{ sent: () => number, stop: () => Promise<void> }>}
 */
export async function beginLoad(api, { every = 500, each = 5 } = {}) {
	const senders = await Promise.all(
		SENDERS.map(async (name) => {
			const signer = account(name);
			return { signer, nonce: (await api.rpc.system.accountNextIndex(signer.address)).toNumber() };
		}),
	);
	const receiver = account('alice').address;
	let going = true;
	let sent = 0;
	const run = async () => {
		while (going) {
			for (const sender of senders) {
				for (let n = 0; n < each; n += 1) {
					const options = { nonce: sender.nonce, era: 0 };
					const transfer = await api.tx.balances.transferKeepAlive(receiver, 1_000_000_000n).signAsync(sender.signer, options);
					await transfer.send();
					sender.nonce += 1;
					sent += 1;
				}
			}
			await sleep(every);
		}
	};
	const running = run();
	running.catch(() => {});
	return {
		sent: () => sent,
		stop: async () => {
			going = false;
			await running;
		},
	};
}
