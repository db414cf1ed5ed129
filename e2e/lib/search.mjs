// Looks for bytes where they must not be, or must: in files, and in what was recorded. In every form in which they could stand
// there: raw, hex (small and capital), base64 and base64url.

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes within base64 stand in one of three ways, by where they begin; what depends on their neighbours is cut off. */
function base64Forms(bytes) {
	return [0, 1, 2].flatMap((shift) => {
		const padded = Buffer.concat([Buffer.alloc(shift), bytes]);
		const whole = padded.subarray(0, padded.length - (padded.length % 3));
		const cut = shift === 0 ? 0 : 4;
		return ['base64', 'base64url'].map((encoding) => Buffer.from(whole.toString(encoding).slice(cut), 'latin1'));
	});
}

/** Every form of some bytes, with its name. */
export function formsOf(bytes) {
	const raw = Buffer.from(bytes);
	if (raw.length < 16) throw new Error(`${raw.length} bytes could be found by chance`);
	const hex = raw.toString('hex');
	const forms = [raw, Buffer.from(hex), Buffer.from(hex.toUpperCase()), ...base64Forms(raw)];
	return [...new Map(forms.map((form) => [form.toString('latin1'), form])).values()];
}

/**
 * What of it is somewhere in some bytes.
 * @param {Record<string, Uint8Array>} needles what is looked for, by its name
 * @returns {string[]} the names of what was found
 */
export function findIn(haystack, needles) {
	return Object.entries(needles)
		.filter(([, bytes]) => formsOf(bytes).some((form) => haystack.includes(form)))
		.map(([name]) => name);
}

/** All files below a directory. */
export function filesBelow(directory) {
	return readdirSync(directory, { recursive: true })
		.map((name) => join(directory, name))
		.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

/**
 * Searches every file below a directory.
 * @returns {{ files: number, bytes: number, found: string[] }} `found` as `name in path`
 */
export function searchFiles(directory, needles) {
	const result = { files: 0, bytes: 0, found: [] };
	for (const path of filesBelow(directory)) {
		// A database may have removed it meanwhile.
		let content;
		try {
			content = readFileSync(path);
		} catch (error) {
			if (error.code === 'ENOENT') continue;
			throw error;
		}
		result.files += 1;
		result.bytes += content.length;
		for (const name of findIn(content, needles)) result.found.push(`${name} in ${path}`);
	}
	return result;
}
