// What a Syndic chain holds of keys, panels and envelopes, read with the stock @polkadot/api; and the payloads, by a node's RPC.
// Accounts are their 32 bytes: `pair.publicKey` of a polkadot.js pair.

import { equal, exactly, fromHex, toHex } from './bytes.js';
import type { Envelope, Panel, RegisteredKey, Sealed } from './envelope.js';
import { EnvelopeError } from './errors.js';
import type { Wrap } from './hpke.js';
import { type EncryptionKey, provePossession } from './keys.js';

/** What is used of an `ApiPromise`. What its queries give depends on the chain's metadata, so it is looked at when it is there. */
export interface Api {
	readonly genesisHash: { toU8a(): Uint8Array };
	readonly query: any;
}

/** What is used of a `WsProvider` or an `HttpProvider`. Its node sees ciphertext only. */
export interface Provider {
	send(method: string, params: unknown[]): Promise<any>;
}

/** A value as polkadot.js decodes it: a number, bytes, a struct or a list. */
type Value = any;

/** A field of a struct. Another version of the chain may not have it. */
function field(struct: Value, name: string): Value {
	const value = struct[name];
	if (value === undefined) throw new EnvelopeError('Unknown', `this chain has no field ${name} there`);
	return value;
}

const bytesOf = (struct: Value, name: string, length = 32) => exactly(name, Uint8Array.from(field(struct, name).toU8a()), length);
const numberOf = (struct: Value, name: string): number => field(struct, name).toNumber();
const listOf = <T>(struct: Value, name: string, each: (item: Value) => T): T[] => [...field(struct, name)].map(each);
const wrapOf = (wrap: Value): Wrap => ({ enc: bytesOf(wrap, 'enc'), sealed: bytesOf(wrap, 'sealed', 48) });
const pointOf = (point: Value) => exactly('a point', Uint8Array.from(point.toU8a()), 32);

/** What a map of the chain has, or `Unknown` with these words. */
function there(option: Value, otherwise: string): Value {
	if (!option.isSome) throw new EnvelopeError('Unknown', otherwise);
	return option.unwrap();
}

/** The version that an account's next encryption key will have. */
export async function nextKeyVersion(api: Api, account: Uint8Array): Promise<number> {
	return (await api.query.identity.currentEncryptionKey(account)).toNumber() + 1;
}

/** The arguments of `api.tx.identity.setEncryptionKey`, by which `account` registers its next key. */
export async function setKeyArguments(api: Api, key: EncryptionKey, account: Uint8Array): Promise<[string, string]> {
	const registration = { genesis: api.genesisHash.toU8a(), account, version: await nextKeyVersion(api, account) };
	return [toHex(key.publicKey), toHex(provePossession(key, registration))];
}

/** The key to which an account is encrypted now, or, with a version, that one, used up or not. */
export async function encryptionKeyOf(api: Api, account: Uint8Array, version?: number): Promise<RegisteredKey> {
	const wanted = version ?? (await nextKeyVersion(api, account)) - 1;
	const who = `the account ${toHex(exactly('the account', account, 32))}`;
	const stored = there(await api.query.identity.encryptionKeys(account, wanted), `${who} has no encryption key ${wanted || ''}`.trim());
	if (version === undefined && field(stored, 'revoked').isTrue) {
		throw new EnvelopeError('Unknown', `${who} has revoked its encryption key, and set no other`);
	}
	return { account, version: wanted, key: bytesOf(stored, 'key') };
}

/** The panel of a regulator as it is now, with its officers' keys. */
export async function panelOf(api: Api, panel: number): Promise<Panel> {
	const version = (await api.query.privacy.panelVersion(panel)).toNumber();
	const stored = there(await api.query.privacy.panels(panel, version), `institution ${panel} has no panel`);
	const officers: RegisteredKey[] = [];
	for (const officer of listOf(stored, 'officers', (item) => item)) {
		officers.push(await encryptionKeyOf(api, bytesOf(officer, 'account'), numberOf(officer, 'keyVersion')));
	}
	return { panel, version, threshold: numberOf(stored, 'threshold'), officers };
}

/** The panels for which an envelope of this sender to these recipients must be wrapped: those in charge of their institutions. */
export async function panelsInCharge(api: Api, sender: Uint8Array, recipients: Uint8Array[]): Promise<Panel[]> {
	const panels = new Set<number>();
	for (const account of [sender, ...recipients]) {
		const identity = there(await api.query.identity.identities(account), `the account ${toHex(account)} has no identity`);
		const remit = await api.query.privacy.remits(numberOf(identity, 'institution'));
		const panel = remit.isSome ? remit.unwrap() : there(await api.query.privacy.firstPanel(), 'no regulator has a panel yet');
		panels.add(panel.toNumber());
	}
	return Promise.all([...panels].sort((a, b) => a - b).map((panel) => panelOf(api, panel)));
}

/** The envelope of a commitment, as the chain has it. */
export async function envelopeOf(api: Api, commitment: Uint8Array): Promise<Envelope> {
	const stored = there(await api.query.privacy.envelopes(commitment), `the chain has no envelope ${toHex(commitment)}`);
	return {
		commitment,
		sender: bytesOf(stored, 'sender'),
		ciphertextHash: bytesOf(stored, 'ciphertextHash'),
		ciphertextLength: numberOf(stored, 'ciphertextLen'),
		keyPoint: bytesOf(stored, 'keyPoint'),
		recipients: listOf(stored, 'recipients', (recipient) => ({
			account: bytesOf(recipient, 'account'),
			version: numberOf(recipient, 'version'),
			wrap: wrapOf(field(recipient, 'wrap')),
		})),
		panels: listOf(stored, 'panels', (panel) => ({
			panel: numberOf(panel, 'panel'),
			version: numberOf(panel, 'version'),
			points: listOf(panel, 'points', pointOf),
			shares: listOf(panel, 'shares', wrapOf),
		})),
	};
}

/** At which position an account is a recipient of an envelope. */
export function positionOf(envelope: Envelope, account: Uint8Array): number {
	const position = envelope.recipients.findIndex((recipient) => equal(recipient.account, account));
	if (position < 0) throw new EnvelopeError('Unknown', 'the account is no recipient of this envelope');
	return position;
}

/** A wrap as an argument of a call. */
export const wrapArgument = ({ enc, sealed }: Wrap) => ({ enc: toHex(enc), sealed: toHex(sealed) });

/** The arguments of `api.tx.privacy.send`, in their order. */
export function sendArguments(sealed: Envelope): [string, string, number, string, object[], object[]] {
	const recipients = sealed.recipients.map(({ account, version, wrap }) => ({
		account: toHex(account),
		version,
		wrap: wrapArgument(wrap),
	}));
	const panels = sealed.panels.map(({ panel, version, points, shares }) => ({
		panel,
		version,
		points: points.map(toHex),
		shares: shares.map(wrapArgument),
	}));
	return [toHex(sealed.commitment), toHex(sealed.ciphertextHash), sealed.ciphertextLength, toHex(sealed.keyPoint), recipients, panels];
}

/** A request for disclosure, as the chain has it. */
export interface Disclosure {
	commitment: Uint8Array;
	/** The panel whose officers ask and approve. */
	panel: number;
	/** Who asked. */
	requester: Uint8Array;
	/** The key that shares are released to. */
	key: RegisteredKey;
	/** Places of the officers that approved; the requester's is the first. */
	approvals: number[];
	/** The block in which enough had approved, or null: until then nothing is released. */
	opened: number | null;
	/** What was released, by the releasing officer's place. */
	releases: { officer: number; wrap: Wrap }[];
}

/** The request for disclosure of this number. */
export async function disclosureOf(api: Api, request: number): Promise<Disclosure> {
	const stored = there(await api.query.privacy.requests(request), `there is no request ${request}`);
	const status = field(stored, 'status');
	const requester = bytesOf(stored, 'requester');
	return {
		commitment: bytesOf(stored, 'commitment'),
		panel: numberOf(stored, 'panel'),
		requester,
		key: await encryptionKeyOf(api, requester, numberOf(stored, 'keyVersion')),
		approvals: listOf(stored, 'approvals', (place) => place.toNumber()),
		opened: status.isOpened ? status.asOpened.toNumber() : null,
		releases: listOf(stored, 'releases', (release) => ({ officer: numberOf(release, 'officer'), wrap: wrapOf(field(release, 'wrap')) })),
	};
}

/** An officer's place in the version of its panel that an envelope names. */
export async function placeOf(api: Api, envelope: Envelope, panel: number, account: Uint8Array): Promise<number> {
	const sealed = envelope.panels.find((other) => other.panel === panel);
	if (!sealed) throw new EnvelopeError('Unknown', `the envelope is not wrapped for panel ${panel}`);
	const stored = there(await api.query.privacy.panels(panel, sealed.version), `there is no version ${sealed.version} of panel ${panel}`);
	const place = listOf(stored, 'officers', (officer) => bytesOf(officer, 'account')).findIndex((officer) => equal(officer, account));
	if (place < 0) throw new EnvelopeError('Unknown', `the account is no officer of panel ${panel} in version ${sealed.version}`);
	return place;
}

/** Gives a ciphertext to one's own node, before the envelope is sent: from there the participants' nodes fetch it. */
export async function submitPayload(provider: Provider, { commitment, ciphertext }: Pick<Sealed, 'commitment' | 'ciphertext'>): Promise<void> {
	await provider.send('privacy_submitPayload', [toHex(commitment), toHex(ciphertext)]);
}

/** The ciphertext of a final envelope, from one's own node, which says why if it does not have it. */
export async function fetchPayload(provider: Provider, commitment: Uint8Array): Promise<Uint8Array> {
	return fromHex((await provider.send('privacy_payload', [toHex(commitment)])).ciphertext);
}
