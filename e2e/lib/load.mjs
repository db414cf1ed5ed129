// Transfers at a steady pace, by accounts that do nothing else.

import { account } from './api.mjs';
import { sleep } from './wait.mjs';

/** A pool that takes up a new block at that very moment may have it already, and says so. */
const unlessThere = (error) => {
	if (!/^1013: /.test(error.message)) throw error;
};

/**
 * Begins to send `perSecond` transfers a second, by turns from each of `payers`, through the node behind `api`. Each payer
 * keeps its own count, and sends the next one whether or not the last one is in.
 * @returns {Promise<{ sent: () => number, stop: () => Promise<number> }>} how many were sent; `stop` throws if one could not
 *   be sent
 */
export async function beginLoad(api, { payers = ['dave', 'eve', 'ferdie'], payee = 'alice', perSecond = 30 } = {}) {
	const senders = await Promise.all(
		payers.map(async (name) => {
			const signer = account(name);
			return { signer, nonce: (await api.rpc.system.accountNextIndex(signer.address)).toNumber() };
		}),
	);
	const to = account(payee).address;
	let [going, sent, failed] = [true, 0, undefined];
	const running = (async () => {
		const began = Date.now();
		while (going) {
			const due = Math.floor(((Date.now() - began) / 1_000) * perSecond) - sent;
			for (let n = 0; n < due && going; n += 1) {
				const sender = senders[sent % senders.length];
				const transfer = api.tx.balances.transferKeepAlive(to, 1_000_000n);
				const signed = await transfer.signAsync(sender.signer, { nonce: sender.nonce, era: 0 });
				await api.rpc.author.submitExtrinsic(signed).catch(unlessThere);
				sender.nonce += 1;
				sent += 1;
			}
			await sleep(50);
		}
	})().catch((error) => (failed = error));
	return {
		sent: () => sent,
		stop: async () => {
			going = false;
			await running;
			if (failed) throw failed;
			return sent;
		},
	};
}
