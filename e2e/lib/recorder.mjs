// What crosses wires: a relay in front of a node's p2p port that keeps every byte, in both directions.

import { connect, createServer } from 'node:net';
import { freePort } from './ports.mjs';

/** The most bytes that are kept of one node's wires. */
const BOUND = 512 << 20;

/** All connections through one relay, each direction by itself. */
export class Recorder {
	/** Puts a relay before a node that is not started yet: others are to dial `node.address`, which is the relay's from now on. */
	static async before(node) {
		const recorder = new Recorder();
		Object.assign(recorder, { node, wires: [], sockets: new Set(), bytes: 0 });
		const port = await freePort();
		recorder.port = port;
		recorder.server = createServer((incoming) => recorder.relay(incoming));
		await new Promise((resolve, reject) => recorder.server.once('error', reject).listen(port, '127.0.0.1', resolve));
		node.address = node.address.replace(`/tcp/${node.ports.p2p}/`, `/tcp/${port}/`);
		return recorder;
	}

	relay(incoming) {
		const outgoing = connect({ host: '127.0.0.1', port: this.node.ports.p2p, noDelay: true });
		incoming.setNoDelay(true);
		for (const [from, to] of [[incoming, outgoing], [outgoing, incoming]]) {
			const wire = [];
			this.wires.push(wire);
			this.sockets.add(from);
			from.on('data', (data) => {
				this.bytes += data.length;
				if (this.bytes <= BOUND) wire.push(data);
				if (!to.write(data)) {
					from.pause();
					to.once('drain', () => from.resume());
				}
			});
			from.on('error', () => {});
			from.once('close', () => {
				this.sockets.delete(from);
				to.destroy();
			});
		}
	}

	/** What was recorded: of each connection, each direction as a whole. Throws if it was more than is kept. */
	recorded() {
		if (this.bytes > BOUND) throw new Error(`${this.bytes} bytes crossed the wires of ${this.node.name}, ${BOUND} are kept`);
		return this.wires.map((wire) => Buffer.concat(wire));
	}

	close() {
		this.server.close();
		this.sockets.forEach((socket) => socket.destroy());
	}
}
