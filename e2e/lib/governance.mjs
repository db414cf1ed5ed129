// Motions of the board: one member proposes, three of the four vote, one closes.

import { Refused, account, eventOf, explain, send } from './api.mjs';

const THRESHOLD = 3;
const WEIGHT = { refTime: 100_000_000_000n, proofSize: 500_000n };

/**
 * Carries a motion through the board. Throws `Refused`, with the error's name and words, if the call itself fails.
 * @returns the events of the closing extrinsic and its height
 */
export async function motion(api, call) {
	const [alice, bob, charlie] = ['alice', 'bob', 'charlie'].map(account);
	const proposed = await send(api, api.tx.board.propose(THRESHOLD, call, call.method.encodedLength), alice);
	const [, index, hash] = eventOf(proposed.events, 'board', 'Proposed').data;
	await Promise.all([alice, bob, charlie].map((member) => send(api, api.tx.board.vote(hash, index, true), member)));
	const closed = await send(api, api.tx.board.close(hash, index, WEIGHT, call.method.encodedLength), alice);
	const { data } = eventOf(closed.events, 'board', 'Executed');
	const result = data.at(-1);
	if (result.isErr) throw new Refused(explain(api, result.asErr));
	return closed;
}
