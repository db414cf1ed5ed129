// What crosses wires: a relay in front of a node's p2p port that keeps every byte, in both directions.

import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { freePort } from './ports.mjs';
import { until } from './wait.mjs';

/** The most bytes that are kept of one node's wires. */
const BOUND = 512 << 20;

/** All connections through one relay, each direction by itself; `dialled` counts bytes by the port that was dialled from. */
export class Recorder {
	/** Puts a relay before a node that is not started yet: others are to dial `node.address`, which is the relay's from now on. */
	static async before(node) {
		const recorder = new Recorder();
		Object.assign(recorder, { node, wires: [], own: new Set(), dialled: new Map() });
		const port = await freePort();
		recorder.port = port;
		recorder.server = createServer((incoming) => recorder.relay(incoming));
		await new Promise((resolve, reject) => recorder.server.once('error', reject).listen(port, '127.0.0.1', resolve));
		// The nodes end with the test, and their connections with them.
		recorder.server.unref();
		node.address = node.address.replace(`/tcp/${node.ports.p2p}/`, `/tcp/${port}/`);
		return recorder;
	}

	relay(incoming) {
		const outgoing = connect({ host: '127.0.0.1', port: this.node.ports.p2p, noDelay: true });
		incoming.setNoDelay(true);
		const dialler = incoming.remotePort;
		outgoing.once('connect', () => this.own.add(outgoing.localPort));
		for (const [from, to] of [[incoming, outgoing], [outgoing, incoming]]) {
			const wire = [];
			this.wires.push(wire);
			from.on('data', (data) => {
				this.dialled.set(dialler, (this.dialled.get(dialler) ?? 0) + data.length);
				if (this.bytes <= BOUND) wire.push(data);
				if (!to.write(data)) {
					from.pause();
					to.once('drain', () => from.resume());
				}
			});
			from.on('error', () => {});
			from.once('close', () => to.destroy());
		}
	}

	/** How many bytes crossed this relay. */
	get bytes() {
		return [...this.dialled.values()].reduce((sum, bytes) => sum + bytes, 0);
	}

	/** What was recorded: of each connection, each direction as a whole. Throws if it was more than is kept. */
	recorded() {
		if (this.bytes > BOUND) throw new Error(`${this.bytes} bytes crossed the wires of ${this.node.name}, ${BOUND} are kept`);
		return this.wires.map((wire) => Buffer.concat(wire));
	}

	/**
	 * How many bytes a node has exchanged with the others: through its own relay, and through theirs, of those that it dialled. A node
	 * that dialled all the others first is dialled by none. Nodes dial from the port that they listen on.
	 */
	static exchanged(recorders, node) {
		const through = (recorder) => (recorder.node === node ? recorder.bytes : (recorder.dialled.get(node.ports.p2p) ?? 0));
		return recorders.reduce((sum, recorder) => sum + through(recorder), 0);
	}

	/** Sends some bytes through the relay, as a peer would, and waits until they are recorded. */
	async send(bytes) {
		const socket = connect({ host: '127.0.0.1', port: this.port });
		socket.on('error', () => {});
		socket.write(bytes);
		await until(`what is sent to ${this.node.name} is recorded`, () => this.recorded().some((wire) => wire.includes(bytes)));
		socket.destroy();
	}

	/** Connections to the nodes' own ports that no relay made, as `from port … to …`. */
	static past(recorders) {
		const nodes = new Map(recorders.map(({ node }) => [node.ports.p2p, node.name]));
		// Nodes dial from the port that they listen on, so a relay has connections to it at both its ends.
		const relays = new Set(recorders.flatMap(({ port, own }) => [port, ...own]));
		const portOf = (address) => Number.parseInt(address.split(':')[1], 16);
		const ESTABLISHED = '01';
		return readFileSync('/proc/net/tcp', 'utf8')
			.trim()
			.split('\n')
			.slice(1)
			.map((line) => line.trim().split(/\s+/))
			.filter(([, local, remote, state]) => state === ESTABLISHED && nodes.has(portOf(remote)) && !relays.has(portOf(local)))
			.map(([, local, remote]) => `from port ${portOf(local)} to ${nodes.get(portOf(remote))}`);
	}
}
