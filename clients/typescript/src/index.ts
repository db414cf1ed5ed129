// Private transactions of a Syndic chain, beside the stock @polkadot/api: see docs/privacy/private-transactions.md.

export { fromHex, toHex, wipe } from './bytes.js';
export * from './chain.js';
export * from './envelope.js';
export { EnvelopeError, type Fault } from './errors.js';
export { type Context, type Place, type Wrap, openWith, sealTo, wrapInfo } from './hpke.js';
export { type EncryptionKey, type Registration, checkKey, generateKey, keyOf, provePossession, verifyPossession } from './keys.js';
export { MAX_PAYLOAD, OVERHEAD, type Opened, SALT, ciphertextHash, commitmentOf, decrypt, encrypt, payloadKeyOf } from './payload.js';
export { MAX_OFFICERS, type Points, type Share, type Sharing, checkShare, combine, isSecretOf, keyPointOf, newSecret, split } from './sharing.js';
