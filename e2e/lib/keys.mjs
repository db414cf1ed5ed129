// Node keys (which name a peer on the network) and consensus keys (which sign votes). Both are ed25519.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { base58Encode } from '@polkadot/util-crypto';

/** DER of a PKCS #8 ed25519 private key up to the 32 bytes of its seed. */
export const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The public key of an ed25519 seed, 32 bytes. */
export function ed25519Public(seed) {
	const secret = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
	return Buffer.from(createPublicKey(secret).export({ format: 'jwk' }).x, 'base64url');
}

/** The node key that tests and scripts/run give to the n-th node, as hex. No secret at all. */
export function nodeKey(n) {
	return n.toString(16).padStart(64, '0');
}

/** The peer id of a node key: an identity multihash of the public key's protobuf, in base 58. */
export function peerId(nodeKeyHex) {
	const multihash = Buffer.concat([
		Buffer.from([0x00, 0x24, 0x08, 0x01, 0x12, 0x20]),
		ed25519Public(Buffer.from(nodeKeyHex, 'hex')),
	]);
	return base58Encode(multihash);
}
