// Who may transact: institutions that the board admits, people with certificates that openssl made, and nobody else.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { account, eventOf, send, sendUnsigned, withApi } from '../lib/api.mjs';
import { Authority, enrolment } from '../lib/certificates.mjs';
import { motion } from '../lib/governance.mjs';
import { networkTest, temporary } from '../lib/network.mjs';

const UNIT = 10n ** 12n;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the operator's guide tells an institution to type, and the example that it names. */
function guide() {
	const text = readFileSync(join(ROOT, 'docs/operate/operator-guide.md'), 'utf8');
	const section = text.split('\n## ').find((part) => part.startsWith('Institutions, and their people'));
	const blocks = [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block.replaceAll(/^ {3}/gm, ''));
	const example = blocks.at(-1).match(/^node (\S+) /)[1];
	return { commands: blocks.slice(0, -1).join(''), example: join(ROOT, example) };
}

networkTest('identity', { label: 'identity', timeout: 300_000 }, async (network, step) => {
	const directory = temporary('certificates');
	await network.start();
	const alice = network.node('alice');
	const [bank, other] = [new Authority(directory, 'First Bank'), new Authority(directory, 'Second House', 'ed25519')];
	const [anna, carl, eva] = ['anna', 'carl', 'eva'].map(account);
	let institution;

	try {
		await withApi(alice, async (api) => {
			const transfer = () => api.tx.balances.transferAllowDeath(account('bob').address, UNIT);
			const reasons = new Map(api.consts.identity.refusals.map(([code, text]) => [code.toNumber(), text.toString()]));

			/** That the pool refuses it, and that the code it gives stands for these words. */
			const refused = async (extrinsic, words, signer = null) => {
				const sent = signer ? extrinsic.signAndSend(signer) : extrinsic.send();
				const error = await sent.then(() => assert.fail('it was taken'), (e) => e);
				assert.match(error.message, /^1010: Invalid Transaction: Custom error: \d+$/);
				const code = Number(error.message.match(/(\d+)$/)[1]);
				assert.match(reasons.get(code), words, error.message);
			};

			await step('an account without an identity is refused, with money or without', async () => {
				await refused(transfer(), /no identity/, carl);
				for (const who of [carl, eva]) {
					await send(api, api.tx.balances.transferKeepAlive(who.address, 100n * UNIT), account('alice'));
				}
				await refused(transfer(), /no identity/, carl);
			});

			await step('the board admits an institution, whose people enrol with certificates by openssl', async () => {
				const admitted = await motion(api, api.tx.identity.admitInstitution('First Bank', 'Bank', [bank.root], 1_000));
				institution = eventOf(admitted.events, 'identity', 'InstitutionAdmitted').data.institution.toNumber();
				for (const [who, name, role] of [[anna, 'Anna', 'administrator'], [carl, 'Carl', 'client']]) {
					const events = await sendUnsigned(api, await enrolment(api, who, institution, bank.issue(name, role)));
					const { data } = eventOf(events, 'identity', 'Enrolled');
					assert.equal(data.role.toString().toLowerCase(), role);
					assert.equal(data.account.toString(), who.address);
				}
				await send(api, transfer(), carl);
			});

			await step('certificates that prove nothing are refused by name', async () => {
				await refused(await enrolment(api, eva, institution, other.issue('Eva', 'client')), /issued by a root/);
				await refused(await enrolment(api, eva, institution, bank.issue('Eva', 'president')), /No organisational unit/);
				const past = { from: new Date(Date.now() - 7_200_000), until: new Date(Date.now() - 3_600_000) };
				await refused(await enrolment(api, eva, institution, bank.issue('Eva', 'client', past)), /has expired/);
				const [one, two] = [bank.issue('Eva', 'client'), bank.issue('Eva', 'client')];
				await refused(await enrolment(api, eva, institution, { der: one.der, key: two.key }), /proof of possession/);
				const tampered = Buffer.from(one.der);
				tampered[tampered.indexOf('Eva')] ^= 1;
				await refused(await enrolment(api, eva, institution, { ...one, der: tampered }), /not signed by its issuer/);
			});

			await step('an institution with Ed25519 enrols its people as well', async () => {
				const call = api.tx.identity.admitInstitution('Second House', 'Other', [other.root], 1_000);
				const admitted = await motion(api, call);
				const { institution: house } = eventOf(admitted.events, 'identity', 'InstitutionAdmitted').data;
				// For some seconds alone.
				const short = other.issue('Eva', 'client', { until: new Date(Date.now() + 15_000) });
				await sendUnsigned(api, await enrolment(api, eva, house.toNumber(), short));
				await send(api, transfer(), eva);
			});

			await step('an identity that has expired is refused', async () => {
				await new Promise((resolve) => setTimeout(resolve, 16_000));
				await network.advances(2);
				await refused(transfer(), /has expired/, eva);
			});

			await step('people of a suspended institution are refused, until it is resumed', async () => {
				await motion(api, api.tx.identity.suspendInstitution(institution));
				await refused(transfer(), /suspended/, carl);
				await motion(api, api.tx.identity.resumeInstitution(institution));
				await send(api, transfer(), carl);
			});

			await step('an administrator revokes: nothing more comes from that account', async () => {
				await send(api, api.tx.identity.revokeIdentity(carl.address), anna);
				await refused(transfer(), /revoked/, carl);
			});

			await step('a quota that is used up is refused, and set anew by the board', async () => {
				await motion(api, api.tx.identity.setQuota(institution, 0));
				await refused(api.tx.system.remark('0x00'), /quota/, anna);
				await motion(api, api.tx.identity.setQuota(institution, 1_000));
				await send(api, api.tx.system.remark('0x00'), anna);
			});

			await step("the guide's commands make certificates, and the example enrols with them", async () => {
				const { commands, example } = guide();
				const place = join(directory, 'guide');
				mkdirSync(place);
				execFileSync('bash', ['-euc', commands], { cwd: place, stdio: 'pipe' });
				const root = `0x${readFileSync(join(place, 'root.der')).toString('hex')}`;
				const admitted = await motion(api, api.tx.identity.admitInstitution('Guided Bank', 'Bank', [root], 1_000));
				const { institution: number } = eventOf(admitted.events, 'identity', 'InstitutionAdmitted').data;
				const enrol = (pem) => promisify(execFile)('node', [example, number.toString(), pem, 'anna.key', '//Guided', alice.ws], { cwd: place });
				const { stdout } = await enrol('anna.pem');
				assert.match(stdout, new RegExp(`is Administrator of institution ${number}, as Anna; final in 0x`));
				const { stderr } = await enrol('root.pem').then(() => assert.fail('it was taken'), (error) => error);
				assert.match(stderr, /^Refused: A root is part of the chain/m);
			});
		});
		await network.agree();
	} finally {
		rmSync(directory, { recursive: true, force: true });
	}
});
