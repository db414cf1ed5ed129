// Enrols an account with a certificate of its institution. Nobody has to pay for it or send it: it is signed by the
// certificate's key and by the account.
//
//   node e2e/examples/enrol.mjs INSTITUTION CERTIFICATE.pem KEY.pem ACCOUNT_URI [ws://127.0.0.1:9944]
//
// INSTITUTION is the number in the event `identity.InstitutionAdmitted`; ACCOUNT_URI a seed phrase, or `//Anna` to try it out.

import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { enrolment } from '../lib/certificates.mjs';

const [institution, certificate, key, uri, url = 'ws://127.0.0.1:9944'] = process.argv.slice(2);
if (!uri) {
	console.error('enrol.mjs INSTITUTION CERTIFICATE.pem KEY.pem ACCOUNT_URI [ws://127.0.0.1:9944]');
	process.exit(2);
}
const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true });
const account = new Keyring({ type: 'sr25519' }).addFromUri(uri);
const holder = { der: new X509Certificate(readFileSync(certificate)).raw, key: createPrivateKey(readFileSync(key)) };
const reasons = new Map(api.consts.identity.refusals.map(([code, text]) => [code.toNumber(), text.toString()]));

try {
	const extrinsic = await enrolment(api, account, Number(institution), holder);
	const block = await new Promise((resolve, reject) => {
		extrinsic.send(({ status }) => status.isFinalized && resolve(status.asFinalized)).catch(reject);
	});
	const { role, institution: number, name } = (await api.query.identity.identities(account.address)).unwrap();
	console.log(`${account.address} is ${role} of institution ${number}, as ${name.toUtf8()}; final in ${block}`);
} catch (error) {
	// The pool gives a code; the chain's constants say what it stands for.
	const code = error.message.match(/Custom error: (\d+)$/)?.[1];
	console.error(code ? `Refused: ${reasons.get(Number(code)) ?? error.message}` : error.message);
	process.exitCode = 1;
} finally {
	await api.disconnect();
}
