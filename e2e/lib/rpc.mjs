// JSON-RPC over HTTP, one request a call: no connection that could outlive, or miss, a node's restart.

/** A node answered with an error. */
export class RpcError extends Error {
	constructor(method, { code, message, data }) {
		super(`${method}: ${message}${data === undefined ? '' : ` (${JSON.stringify(data)})`}`);
		this.code = code;
		this.data = data;
	}
}

/**
 * Calls a node.
 * @param {string} url of its RPC, `http://…`
 * @param {string} method
 * @param {unknown[]} params
 * @param {number} timeout in ms
 */
export async function call(url, method, params = [], timeout = 10_000) {
	const response = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
		signal: AbortSignal.timeout(timeout),
	});
	const answer = await response.json();
	if (answer.error) throw new RpcError(method, answer.error);
	return answer.result;
}
