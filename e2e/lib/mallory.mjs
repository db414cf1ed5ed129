// A validator that contradicts itself: it holds a member's key, and says whatever it likes to whom it likes.

import { bytes, encodeVote } from './certificate.mjs';
import { Peer } from './peer.mjs';

const HANDSHAKE = Buffer.from('syndic/pbft/handshake/v1', 'ascii');
const VOTE = Buffer.from('syndic/pbft/vote/v1', 'ascii');
const VOTE_MESSAGE = 1;

const u16 = (number) => {
	const raw = Buffer.alloc(2);
	raw.writeUInt16LE(number);
	return raw;
};

/** A list of fewer than 64 bytes, in SCALE. */
const short = (data) => Buffer.concat([Buffer.from([data.length << 2]), data]);

export class Mallory {
	/**
	 * @param {import('@polkadot/keyring/types').KeyringPair} pair the member's ed25519 key
	 * @param {{ genesis: string, position: number, setId: number }} place where it sits
	 */
	constructor(pair, { genesis, position, setId }) {
		Object.assign(this, { pair, genesis: bytes(genesis), position, setId, streams: [] });
	}

	/** Connects to a validator, and is let in with the member's key. */
	async meet(node) {
		const peer = await Peer.connect(node.ports.p2p);
		const said = Buffer.concat([HANDSHAKE, this.genesis, short(peer.idBytes)]);
		const handshake = Buffer.concat([this.genesis, this.pair.publicKey, this.pair.sign(said)]);
		const stream = await peer.open(`/${this.genesis.toString('hex')}/pbft/votes/1`, handshake);
		this.streams.push({ peer, stream });
	}

	/** Tells all it has met of a vote. */
	async vote({ height, view, phase, blockHash }) {
		const vote = encodeVote({ setId: this.setId, height, view, phase, blockHash });
		const signature = this.pair.sign(Buffer.concat([VOTE, this.genesis, vote]));
		const message = Buffer.concat([Buffer.from([VOTE_MESSAGE]), vote, u16(this.position), signature]);
		await Promise.all(this.streams.map(({ stream }) => stream.notify(message)));
	}

	async leave() {
		await Promise.all(this.streams.map(({ peer }) => peer.close()));
	}
}
