// Ports that nobody listens on: below the range from which the system takes ports for outgoing connections, and away
// from those of scripts/run, so that tests can run while a local network does.

import { createServer } from 'node:net';

const FIRST = 20_000;
const LAST = 29_999;
let next = FIRST + Math.floor(Math.random() * (LAST - FIRST));

function isFree(port) {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
	});
}

/** A free port, each time another one. */
export async function freePort() {
	for (let tries = 0; tries <= LAST - FIRST; tries += 1) {
		next = next >= LAST ? FIRST : next + 1;
		// Others may ask meanwhile.
		const port = next;
		if (await isFree(port)) return port;
	}
	throw new Error(`no free port within ${FIRST}..${LAST}`);
}
