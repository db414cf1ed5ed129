// Certificates as an institution's own certificate authority makes them: with openssl.

import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { u8aConcat, u8aToHex } from '@polkadot/util';

const CONFIG = (directory) => `
[ca]
default_ca = authority
[authority]
dir = ${directory}
new_certs_dir = ${directory}
database = ${directory}/index.txt
serial = ${directory}/serial
default_md = default
policy = anything
copy_extensions = none
unique_subject = no
x509_extensions = holder
[anything]
organizationName = optional
organizationalUnitName = optional
commonName = supplied
[req]
distinguished_name = empty
[empty]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[holder]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;

const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });

function newKey(file, kind) {
	const curve = kind === 'p256' ? ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['-algorithm', 'ED25519'];
	openssl('genpkey', ...curve, '-out', file);
}

/** As certificates of before 2050 and openssl write a time. */
const time = (date) => `${date.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`;

/** An institution's certificate authority. */
export class Authority {
	/** `kind`: `p256` or `ed25519`. */
	constructor(directory, name, kind = 'p256') {
		this.directory = join(directory, name.replaceAll(' ', '-'));
		this.name = name;
		this.kind = kind;
		this.issued = 0;
		mkdirSync(this.directory, { recursive: true });
		for (const [file, content] of [['index.txt', ''], ['serial', '01\n'], ['openssl.cnf', CONFIG(this.directory)]]) {
			writeFileSync(this.file(file), content);
		}
		newKey(this.file('root.key'), kind);
		const subject = `/O=${name}/CN=${name} Root`;
		const usage = ['-config', this.file('openssl.cnf'), '-extensions', 'root', '-days', '3650'];
		openssl('req', '-new', '-x509', '-key', this.file('root.key'), '-subj', subject, ...usage, '-out', this.file('root.pem'));
	}

	file(name) {
		return join(this.directory, name);
	}

	/** The root's DER, in hex. */
	get root() {
		return u8aToHex(openssl('x509', '-in', this.file('root.pem'), '-outform', 'DER'));
	}

	/**
	 * Issues a certificate.
	 * @returns the DER of the certificate, and its key
	 */
	issue(holder, role, { from = new Date(Date.now() - 60_000), until = new Date(Date.now() + 86_400_000) } = {}) {
		const n = (this.issued += 1);
		const [key, request, certificate] = ['key', 'csr', 'pem'].map((end) => this.file(`${n}.${end}`));
		newKey(key, this.kind);
		const subject = `/O=${this.name}/OU=${role}/CN=${holder}`;
		openssl('req', '-new', '-key', key, '-subj', subject, '-config', this.file('openssl.cnf'), '-out', request);
		const dates = ['-startdate', time(from), '-enddate', time(until)];
		const authority = ['-config', this.file('openssl.cnf'), '-cert', this.file('root.pem'), '-keyfile', this.file('root.key')];
		openssl('ca', '-batch', '-notext', ...authority, ...dates, '-in', request, '-out', certificate);
		return {
			der: openssl('x509', '-in', certificate, '-outform', 'DER'),
			key: createPrivateKey(readFileSync(key)),
		};
	}
}

/** What both keys sign; see `identity.enrol`. */
function payload(api, account, institution, chain, signedAt) {
	const number = (value) => api.createType('u32', value).toU8a();
	const digest = createHash('sha256').update(u8aConcat(...chain)).digest();
	const domain = new TextEncoder().encode('syndic/identity/enrol/v1');
	return u8aConcat(domain, api.genesisHash.toU8a(), number(institution), account.publicKey, number(signedAt), digest);
}

/** An enrolment that nobody has to sign as its sender. */
export async function enrolment(api, account, institution, { der, key }) {
	const signedAt = (await api.rpc.chain.getHeader(await api.rpc.chain.getFinalizedHead())).number.toNumber();
	const bytes = payload(api, account, institution, [der], signedAt);
	const proof = sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', bytes, key);
	const consent = { Sr25519: account.sign(bytes) };
	return api.tx.identity.enrol(account.address, institution, [u8aToHex(der)], signedAt, u8aToHex(proof), consent);
}
