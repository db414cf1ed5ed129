// Waiting for conditions. Nothing in these tests sleeps and hopes.

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks again and again until the answer is truthy, and returns it. Errors count as "not yet"; the last one is told
 * when time is up.
 * @template T
 * @param {string} what is awaited, for the error
 * @param {() => Promise<T> | T} condition
 * @param {{ within?: number, every?: number }} options in ms
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, condition, { within = 60_000, every = 100 } = {}) {
	const deadline = Date.now() + within;
	let last = '';
	for (;;) {
		try {
			const answer = await condition();
			if (answer) return answer;
			last = `last answer: ${JSON.stringify(answer)}`;
		} catch (error) {
			if (error.fatal) throw error;
			last = `last error: ${error.message}`;
		}
		if (Date.now() > deadline) throw new Error(`not within ${within} ms: ${what}; ${last}`);
		await sleep(every);
	}
}
