// A whole envelope: sealed by its sender, opened by its recipients and, with enough shares, by a panel.

import { randomBytes } from '@noble/hashes/utils.js';
import { wipe } from './bytes.js';
import { EnvelopeError } from './errors.js';
import { type Context, type Wrap, openWith, sealTo } from './hpke.js';
import { checkKey } from './keys.js';
import { type Opened, SALT, checkPayload, ciphertextHash, commitmentOf, decrypt, encrypt } from './payload.js';
import { type Points, type Share, checkShare, combine, isSecretOf, keyPointOf, newSecret, split } from './sharing.js';

/** The most recipients of an envelope. */
export const MAX_RECIPIENTS = 16;

/** The most panels for which an envelope is wrapped. */
export const MAX_PANELS = 4;

/** A registered encryption key. */
export interface RegisteredKey {
	/** Whose. */
	account: Uint8Array;
	/** Its version. */
	version: number;
	/** X25519, 32 bytes. */
	key: Uint8Array;
}

/** A panel as the chain has it. */
export interface Panel {
	/** The number of the regulator's institution. */
	panel: number;
	/** The panel's version. */
	version: number;
	/** How many of its officers open. */
	threshold: number;
	/** Their keys, in the panel's order. */
	officers: RegisteredKey[];
}

/** The secret, wrapped for a recipient. */
export interface SealedRecipient {
	account: Uint8Array;
	version: number;
	wrap: Wrap;
}

/** The secret, shared and wrapped for a panel. */
export interface SealedPanel {
	panel: number;
	version: number;
	points: Uint8Array[];
	shares: Wrap[];
}

/** What of an envelope stands on chain. */
export interface Envelope {
	commitment: Uint8Array;
	sender: Uint8Array;
	ciphertextHash: Uint8Array;
	ciphertextLength: number;
	keyPoint: Uint8Array;
	recipients: SealedRecipient[];
	panels: SealedPanel[];
}

/** An envelope, and the ciphertext, which does not go on chain. */
export interface Sealed extends Envelope {
	ciphertext: Uint8Array;
}

/** What an envelope is sealed for. */
export interface Sealing {
	/** The chain: the hash of its first block. */
	genesis: Uint8Array;
	/** The account that will send it. Sent by another, it opens for nobody. */
	sender: Uint8Array;
	payload: Uint8Array;
	recipients: RegisteredKey[];
	/** Those in charge of the sender's and of every recipient's institution, each once. */
	panels: Panel[];
}

function checkSealing({ payload, recipients, panels }: Sealing): void {
	checkPayload(payload);
	if (recipients.length === 0 || recipients.length > MAX_RECIPIENTS) {
		throw new EnvelopeError('Recipients', `there are ${recipients.length} recipients, between 1 and ${MAX_RECIPIENTS} are possible`);
	}
	if (new Set(recipients.map(({ account }) => account.join())).size !== recipients.length) {
		throw new EnvelopeError('Recipients', 'a recipient is there twice');
	}
	if (panels.length === 0 || panels.length > MAX_PANELS) {
		throw new EnvelopeError('Panels', `there are ${panels.length} panels, between 1 and ${MAX_PANELS} are possible`);
	}
	if (new Set(panels.map(({ panel }) => panel)).size !== panels.length) throw new EnvelopeError('Panels', 'a panel is there twice');
	for (const { key } of [...recipients, ...panels.flatMap(({ officers }) => officers)]) checkKey(key);
}

/** Seals a payload for its recipients and panels. Nothing secret is left behind but the payload itself, which is the caller's. */
export async function seal(sealing: Sealing): Promise<Sealed> {
	checkSealing(sealing);
	const { genesis, sender, payload } = sealing;
	const salt = randomBytes(SALT);
	const secret = newSecret();
	try {
		const context = { genesis, sender, commitment: commitmentOf(salt, payload) };
		const ciphertext = encrypt(secret, context, { salt, payload });
		const recipients: SealedRecipient[] = [];
		for (const [position, { account, version, key }] of sealing.recipients.entries()) {
			recipients.push({ account, version, wrap: await sealTo(key, context, { recipient: position }, secret) });
		}
		const panels: SealedPanel[] = [];
		for (const panel of sealing.panels) panels.push(await sealForPanel(secret, context, panel));
		return {
			commitment: context.commitment,
			sender,
			ciphertextHash: ciphertextHash(ciphertext),
			ciphertextLength: ciphertext.length,
			keyPoint: keyPointOf(secret),
			recipients,
			panels,
			ciphertext,
		};
	} finally {
		wipe(salt, secret);
	}
}

async function sealForPanel(secret: Uint8Array, context: Context, { panel, version, threshold, officers }: Panel): Promise<SealedPanel> {
	const { points, shares } = split(secret, officers.length, threshold);
	try {
		const wraps: Wrap[] = [];
		for (const [officer, { key }] of officers.entries()) {
			wraps.push(await sealTo(key, context, { panel, officer }, shares[officer] as Uint8Array));
		}
		return { panel, version, points, shares: wraps };
	} finally {
		wipe(...shares);
	}
}

/** Which envelope it is, on which chain. */
export function contextOf(genesis: Uint8Array, { sender, commitment }: Envelope): Context {
	return { genesis, sender, commitment };
}

/**
 * A recipient unwraps the secret, and sees whether it is the one of the key point: `OtherSecret` is a case for
 * `syndic privacy accuse`. The caller wipes it.
 */
export async function unwrapSecret(genesis: Uint8Array, envelope: Envelope, position: number, secretKey: Uint8Array): Promise<Uint8Array> {
	const recipient = envelope.recipients[position];
	if (!recipient) throw new EnvelopeError('Unknown', `the envelope has no recipient ${position}`);
	const secret = await openWith(secretKey, contextOf(genesis, envelope), { recipient: position }, recipient.wrap);
	if (isSecretOf(envelope.keyPoint, secret)) return secret;
	wipe(secret);
	throw new EnvelopeError('OtherSecret', 'the wrap holds another secret than the one that the key point stands for');
}

/** A recipient opens an envelope with the secret key of the version that it names. The caller wipes the payload. */
export async function openAsRecipient(
	genesis: Uint8Array,
	envelope: Envelope,
	position: number,
	secretKey: Uint8Array,
	ciphertext: Uint8Array,
): Promise<Opened> {
	const secret = await unwrapSecret(genesis, envelope, position, secretKey);
	return openWithSecret(genesis, envelope, secret, ciphertext);
}

/** What stands on chain for a panel's shares. */
function panelOf(envelope: Envelope, panel: number): SealedPanel & Points {
	const found = envelope.panels.find((sealed) => sealed.panel === panel);
	if (!found) throw new EnvelopeError('Unknown', `the envelope is not wrapped for panel ${panel}`);
	return { ...found, keyPoint: envelope.keyPoint };
}

/**
 * An officer unwraps its share, and sees whether it fits the points: `OtherShare` is a case for `syndic privacy accuse`. The
 * caller wipes it.
 */
export async function unwrapShare(
	genesis: Uint8Array,
	envelope: Envelope,
	panel: number,
	index: number,
	secretKey: Uint8Array,
): Promise<Share> {
	const sealed = panelOf(envelope, panel);
	const wrap = sealed.shares[index];
	if (!wrap) throw new EnvelopeError('Unknown', `panel ${panel} has no officer ${index}`);
	return checked(sealed, index, await openWith(secretKey, contextOf(genesis, envelope), { panel, officer: index }, wrap));
}

function checked(points: Points, index: number, value: Uint8Array): Share {
	const share = { index, value };
	try {
		checkShare(points, share);
		return share;
	} catch (error) {
		wipe(value);
		throw error;
	}
}

/** An officer seals its share anew, for the officer who asked: for `privacy.releaseShare`. */
export function resealShare(genesis: Uint8Array, envelope: Envelope, request: number, share: Share, requester: Uint8Array): Promise<Wrap> {
	checkKey(requester);
	return sealTo(requester, contextOf(genesis, envelope), { request, releasedBy: share.index }, share.value);
}

/** The officer who asked unwraps another's share, and sees whether it fits. The caller wipes it. */
export async function unwrapRelease(
	genesis: Uint8Array,
	envelope: Envelope,
	panel: number,
	request: number,
	index: number,
	secretKey: Uint8Array,
	wrap: Wrap,
): Promise<Share> {
	const value = await openWith(secretKey, contextOf(genesis, envelope), { request, releasedBy: index }, wrap);
	return checked(panelOf(envelope, panel), index, value);
}

/** Opens an envelope with a panel's shares. The caller wipes the payload, and the shares. */
export function openWithShares(genesis: Uint8Array, envelope: Envelope, panel: number, shares: Share[], ciphertext: Uint8Array): Opened {
	return openWithSecret(genesis, envelope, combine(panelOf(envelope, panel), shares), ciphertext);
}

/** Opens an envelope with its secret, and wipes the secret. */
export function openWithSecret(genesis: Uint8Array, envelope: Envelope, secret: Uint8Array, ciphertext: Uint8Array): Opened {
	try {
		return decrypt(secret, contextOf(genesis, envelope), envelope.ciphertextHash, ciphertext);
	} finally {
		wipe(secret);
	}
}
