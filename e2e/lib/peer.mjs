// A peer that is not a syndic node: just enough of libp2p (TCP, Noise, Yamux, multistream) to say anything to one.

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { base58Decode } from '@polkadot/util-crypto';
import { PKCS8_ED25519, ed25519Public, peerId } from './keys.mjs';
import { noise } from './noise.mjs';
import { sleep } from './wait.mjs';

const WINDOW = 256 * 1024;
const DATA = 0;
const WINDOW_UPDATE = 1;
const PING = 2;
const SYN = 1;
const ACK = 2;
const FIN = 4;
const RST = 8;

/** Bytes that arrive, and readers that wait for some of them. */
class Inbox {
	constructor() {
		this.buffer = Buffer.alloc(0);
		this.waiting = [];
		this.closed = null;
	}
	push(data) {
		this.buffer = Buffer.concat([this.buffer, data]);
		this.serve();
	}
	close(reason) {
		this.closed ??= reason;
		this.serve();
	}
	serve() {
		while (this.waiting.length > 0) {
			const { count, resolve, reject } = this.waiting[0];
			if (this.buffer.length >= count) {
				resolve(this.buffer.subarray(0, count));
				this.buffer = this.buffer.subarray(count);
			} else if (this.closed) reject(new Error(this.closed));
			else return;
			this.waiting.shift();
		}
	}
	read(count) {
		return new Promise((resolve, reject) => {
			this.waiting.push({ count, resolve, reject });
			this.serve();
		});
	}
}

export function varint(number) {
	const bytes = [];
	for (; number > 127; number = Math.floor(number / 128)) bytes.push((number % 128) | 128);
	return Buffer.from([...bytes, number]);
}

async function readVarint(from) {
	let value = 0;
	for (let shift = 0; ; shift += 7) {
		const [byte] = await from.read(1);
		value += (byte & 127) * 2 ** shift;
		if (byte < 128) return value;
	}
}

/** A message with its length before it. */
const prefixed = (message) => Buffer.concat([varint(message.length), message]);
const readPrefixed = async (from) => from.read(await readVarint(from));
const line = (text) => prefixed(Buffer.from(`${text}\n`));
const readLine = async (from) => (await readPrefixed(from)).toString().trimEnd();

/** Agrees on a protocol with the other side, which listens. */
async function propose(stream, protocol) {
	stream.write(Buffer.concat([line('/multistream/1.0.0'), line(protocol)]));
	if ((await readLine(stream)) !== '/multistream/1.0.0') throw new Error('no multistream');
	const answer = await readLine(stream);
	if (answer !== protocol) throw new Error(`${protocol} refused: ${answer}`);
}

/** Answers the other side, which proposes; takes what is in `accepted`. */
async function accept(stream, accepted) {
	for (;;) {
		const proposed = await readLine(stream);
		if (proposed === '/multistream/1.0.0') stream.write(line(proposed));
		else if (accepted(proposed)) {
			stream.write(line(proposed));
			return proposed;
		} else stream.write(line('na'));
	}
}

/** One of many streams in a connection. */
class Stream {
	constructor(peer, id) {
		Object.assign(this, { peer, id, inbox: new Inbox(), room: WINDOW, flags: 0 });
	}
	read(count) {
		return this.inbox.read(count);
	}
	/** Sends at once what the other side has room for, and the rest as it makes room. */
	async write(data) {
		for (let at = 0; at < data.length; ) {
			while (this.room === 0) {
				if (this.inbox.closed) throw new Error(this.inbox.closed);
				await sleep(5);
			}
			const part = data.subarray(at, at + Math.min(this.room, 32_768));
			this.room -= part.length;
			at += part.length;
			this.peer.frame(DATA, this.takeFlags(), this.id, part.length, part);
		}
	}
	takeFlags() {
		const { flags } = this;
		this.flags = 0;
		return flags;
	}
}

/** A connection to a node. */
export class Peer {
	/**
	 * Connects to a port on loopback, as a node with a key of its own, or with that of another.
	 * @param {number} port
	 * @param {{ key?: string, hear?: (data: Buffer) => void }} options a node key, as hex; and who is told of all that the node says
	 */
	static async connect(port, { key, hear = () => {} } = {}) {
		const peer = new Peer();
		peer.seed = key === undefined ? randomBytes(32) : Buffer.from(key, 'hex');
		peer.hear = hear;
		peer.id = peerId(peer.seed.toString('hex'));
		peer.streams = new Map();
		peer.inbound = new Map();
		peer.next = 1;
		const inbox = new Inbox();
		peer.socket = connect({ host: '127.0.0.1', port, noDelay: true });
		peer.socket.on('data', (data) => inbox.push(data));
		peer.closed = new Promise((resolve) => peer.socket.once('close', resolve));
		peer.socket.once('close', () => inbox.close('the connection closed'));
		peer.socket.on('error', () => {});
		const plain = { read: (count) => inbox.read(count), write: (data) => peer.socket.write(data) };
		await propose(plain, '/noise');
		const identity = { pkcs8: Buffer.concat([PKCS8_ED25519, peer.seed]), publicKey: ed25519Public(peer.seed) };
		const channel = await noise(plain, identity);
		const decrypted = new Inbox();
		(async () => {
			for (;;) decrypted.push(await channel.frame());
		})().catch((error) => decrypted.close(error.message));
		peer.channel = { read: (count) => decrypted.read(count), write: (data) => channel.write(data) };
		await propose(peer.channel, '/yamux/1.0.0');
		peer.demultiplex().catch((error) => peer.streams.forEach((stream) => stream.inbox.close(error.message)));
		return peer;
	}

	/** The bytes of the peer id, a multihash. */
	get idBytes() {
		return Buffer.from(base58Decode(this.id));
	}

	frame(type, flags, stream, length, data = Buffer.alloc(0)) {
		const header = Buffer.alloc(12);
		header.writeUInt8(type, 1);
		header.writeUInt16BE(flags, 2);
		header.writeUInt32BE(stream, 4);
		header.writeUInt32BE(length, 8);
		this.channel.write(Buffer.concat([header, data]));
	}

	async demultiplex() {
		for (;;) {
			const header = await this.channel.read(12);
			const type = header.readUInt8(1);
			const flags = header.readUInt16BE(2);
			const id = header.readUInt32BE(4);
			const length = header.readUInt32BE(8);
			const data = type === DATA ? await this.channel.read(length) : null;
			if (type === PING) {
				if (flags & SYN) this.frame(PING, ACK, 0, length);
				continue;
			}
			if (type !== DATA && type !== WINDOW_UPDATE) throw new Error('the node says goodbye');
			let stream = this.streams.get(id);
			if (!stream) {
				if (!(flags & SYN)) continue;
				stream = new Stream(this, id);
				stream.flags = ACK;
				this.streams.set(id, stream);
				this.welcome(stream).catch(() => {});
			}
			if (type === WINDOW_UPDATE) stream.room += length;
			else if (length > 0) {
				this.hear(data);
				stream.inbox.push(data);
				this.frame(WINDOW_UPDATE, stream.takeFlags(), id, length);
			}
			if (flags & (FIN | RST)) stream.inbox.close(flags & RST ? 'the stream was reset' : 'the stream ended');
		}
	}

	/** Streams that the node opens: those that `open` expects are answered with its handshake, others refused. */
	async welcome(stream) {
		const protocol = await accept(stream, (name) => this.inbound.has(name));
		await readPrefixed(stream);
		stream.write(prefixed(this.inbound.get(protocol)));
		// What the node sends over it is read and forgotten.
		for (;;) await stream.read(1);
	}

	/** Opens a notification protocol with a handshake. Returns a stream on which `notify` sends. */
	async open(protocol, handshake) {
		this.inbound.set(protocol, handshake);
		const stream = new Stream(this, this.next);
		this.next += 2;
		stream.flags = SYN;
		this.streams.set(stream.id, stream);
		await propose(stream, protocol);
		stream.write(prefixed(handshake));
		stream.handshake = await readPrefixed(stream);
		stream.notify = (message) => stream.write(prefixed(message));
		return stream;
	}

	/** Asks something on a request protocol. Throws if there is no answer. */
	async request(protocol, payload, { within = 10_000 } = {}) {
		const stream = new Stream(this, this.next);
		this.next += 2;
		stream.flags = SYN;
		this.streams.set(stream.id, stream);
		const late = setTimeout(() => stream.inbox.close(`${protocol}: no answer within ${within} ms`), within);
		try {
			await propose(stream, protocol);
			stream.write(prefixed(payload));
			return await readPrefixed(stream);
		} finally {
			clearTimeout(late);
		}
	}

	close() {
		this.socket.destroy();
		return this.closed;
	}
}
