// What validators' peers have received: the files of --pbft-record-votes.

import { existsSync, readFileSync } from 'node:fs';
import { bytes, encodeVote, signedBy } from './certificate.mjs';

/**
 * Reads a record. A line that a kill has cut short is left out, and counted.
 * @returns {{ votes: object[], torn: number }}
 */
export function readVotes(file) {
	const votes = [];
	let torn = 0;
	if (!existsSync(file)) return { votes, torn };
	for (const line of readFileSync(file, 'utf8').split('\n')) {
		if (line === '') continue;
		try {
			votes.push(JSON.parse(line));
		} catch {
			torn += 1;
		}
	}
	return { votes, torn };
}

/**
 * Judges votes: each signature must be its signer's, and no signer may have signed for two blocks at one place.
 * @param {object[]} votes of all peers together
 * @param {{ genesis: string, members: string[] }} chain
 * @returns {{ distinct: number, bySigner: Map<number, number>, conflicts: object[], forged: object[] }}
 */
export function judgeVotes(votes, { genesis, members }) {
	const seen = new Set();
	const places = new Map();
	const result = { distinct: 0, bySigner: new Map(), conflicts: [], forged: [] };
	for (const vote of votes) {
		const id = `${vote.setId}/${vote.height}/${vote.view}/${vote.phase}/${vote.signer}/${vote.blockHash}/${vote.signature}`;
		if (seen.has(id)) continue;
		seen.add(id);
		if (!signedBy(members[vote.signer], genesis, encodeVote(vote), bytes(vote.signature))) {
			result.forged.push(vote);
			continue;
		}
		result.distinct += 1;
		result.bySigner.set(vote.signer, (result.bySigner.get(vote.signer) ?? 0) + 1);
		const place = `${vote.setId}/${vote.height}/${vote.view}/${vote.phase}/${vote.signer}`;
		const first = places.get(place);
		if (first === undefined) places.set(place, vote);
		else if (first.blockHash !== vote.blockHash) result.conflicts.push({ first, second: vote });
	}
	return result;
}
