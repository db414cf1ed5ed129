// A slow road to a node: what is sent to one port arrives at another one, later, and so does every answer.

import { connect, createServer } from 'node:net';

/** Passes chunks on in order, each `delay` ms after it came. */
function pipe(from, to, delay) {
	from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), delay));
	from.on('end', () => setTimeout(() => to.end(), delay));
	from.on('error', () => to.destroy());
	from.on('close', () => setTimeout(() => to.destroy(), delay));
}

/** Listens on `port`, and is as good as `target`, but for `delay` ms in each direction. Call the result to end it. */
export async function slowRoad({ port, target, delay }) {
	const sockets = new Set();
	const server = createServer((near) => {
		const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
		near.setNoDelay(true);
		for (const socket of [near, far]) {
			sockets.add(socket);
			socket.on('close', () => sockets.delete(socket));
		}
		pipe(near, far, delay);
		pipe(far, near, delay);
	});
	await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
	return () => {
		server.close();
		sockets.forEach((socket) => socket.destroy());
	};
}
