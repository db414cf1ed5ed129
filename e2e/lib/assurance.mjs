// How long after a block's commit others stand behind it, measured from outside: over subscriptions of stock polkadot.js.

import assert from 'node:assert/strict';
import { WsProvider } from '@polkadot/api';
import { sleep } from './wait.mjs';

/** Every level, as the node names it. */
export const LEVELS = ['committee', 'validators', 'institutions', 'regulator'];

// What the items of a subscription are called, how it begins, how it ends.
const ASSURANCE = ['pbft_assuranceReached', 'pbft_subscribeAssurance', 'pbft_unsubscribeAssurance'];
const COMMITS = ['pbft_commit', 'pbft_subscribeCommits', 'pbft_unsubscribeCommits'];
const FINALIZED_HEADS = ['chain_finalizedHead', 'chain_subscribeFinalizedHeads', 'chain_unsubscribeFinalizedHeads'];

/** The levels that an answer of `pbft_assurance` says are reached. */
export const reachedOf = ({ levels }) => levels.filter(({ reached }) => reached).map(({ level }) => level);

/** The value below or at which this share of a sorted list is. */
const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];

/** Sorted times in words. */
export const inWords = (times) =>
	`median ${percentile(times, 0.5)} ms, 99 % ${percentile(times, 0.99)} ms, worst ${times.at(-1)} ms of ${times.length}`;

/** Subscribes, and returns what ends it. A subscription that the node ends with an error is told in `errors`. */
async function subscribe(provider, [type, method, stop], errors, use) {
	const id = await provider.subscribe(type, method, [], (error, item) => (error ? errors.push(error) : use(item)));
	return () => provider.unsubscribe(type, stop, id);
}

/**
 * Measures over the next blocks how long each level takes, on one node.
 *
 * A block's commit is the earliest sign of it that comes, out of `pbft_subscribeCommits` and the stock
 * `chain_subscribeFinalizedHeads`; so it is not the task that counts attestations which says when it began. What has not
 * been reached within `within` ms of the last block's commit counts as `Infinity`.
 *
 * @param {import('./node.mjs').Node} node
 * @param {{ blocks: number, within: number, patience?: number }} options `within`, `patience` (for the blocks) in ms
 * @returns {Promise<{ heights: number[], commits: object[], elapsed: Record<string, number[]>, told: Record<string, number[]> }>}
 * for each level the sorted times as seen here, and as the node tells them (`afterMs`)
 */
export async function measureAssurance(node, { blocks, within, patience = 180_000 }) {
	const provider = new WsProvider(node.ws);
	await provider.isReady;
	const [final, commits, errors] = [new Map(), [], []];
	const levels = new Map(LEVELS.map((level) => [level, new Map()]));
	const isFinal = (height) => final.has(height) || final.set(height, Date.now());
	let heights;
	try {
		const stops = [
			await subscribe(provider, ASSURANCE, errors, (item) => {
				levels.get(item.level).set(item.block.height, { afterMs: item.afterMs, at: Date.now() });
			}),
			await subscribe(provider, COMMITS, errors, (item) => {
				commits.push(item);
				isFinal(item.height);
			}),
			await subscribe(provider, FINALIZED_HEADS, errors, ({ number }) => isFinal(Number(number))),
		];
		const from = (await node.finalised()) + 2;
		heights = Array.from({ length: blocks }, (_, n) => from + n);
		await node.reaches(heights.at(-1), { within: patience });
		await sleep(within);
		for (const stop of stops) await stop();
	} finally {
		await provider.disconnect();
	}
	assert.deepEqual(errors, [], 'no subscription ends');
	for (const height of heights) assert.ok(final.has(height), `block ${height} was told of`);
	const timesOf = (use) =>
		Object.fromEntries(LEVELS.map((level) => [level, heights.map((height) => use(level, height) ?? Infinity).sort((a, b) => a - b)]));
	return {
		heights,
		commits: commits.filter(({ height }) => height >= heights[0] && height <= heights.at(-1)),
		elapsed: timesOf((level, height) => {
			const reached = levels.get(level).get(height);
			// It may be told of before the block is.
			return reached && Math.max(0, reached.at - final.get(height));
		}),
		told: timesOf((level, height) => levels.get(level).get(height)?.afterMs),
	};
}
