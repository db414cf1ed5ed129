// A steady load of transfers, signed beforehand.

import { account } from './api.mjs';

/**
 * Sends `perSecond` transfers a second from `payer` through the node behind `api`, until it is stopped.
 * @returns a function that stops it and tells how many were sent
 */
export async function load(api, { payer = 'dave', payee = 'bob', perSecond = 40 } = {}) {
	const signer = account(payer);
	const to = account(payee).address;
	let nonce = (await api.rpc.system.accountNextIndex(signer.address)).toNumber();
	let sent = 0;
	let stopped = false;
	let failed;
	const running = (async () => {
		const began = Date.now();
		while (!stopped) {
			const due = Math.floor(((Date.now() - began) / 1_000) * perSecond) - sent;
			for (let n = 0; n < due && !stopped; n += 1) {
				const signed = await api.tx.balances.transferKeepAlive(to, 1_000n).signAsync(signer, { nonce });
				await api.rpc.author.submitExtrinsic(signed);
				nonce += 1;
				sent += 1;
			}
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	})().catch((error) => (failed = error));
	return async () => {
		stopped = true;
		await running;
		if (failed) throw failed;
		return sent;
	};
}
