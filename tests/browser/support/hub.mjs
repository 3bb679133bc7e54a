// A site under Apache with https, and the hub beside it with wss: behind Apache, or on a port of its own.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Apache, apachesUser, giveAway } from './apache.mjs';
import { freePort, untilItListens } from './ports.mjs';

const PATIENCE_MS = 20_000;
const program =
  process.env.MOZCHAT_HUB ?? fileURLToPath(new URL('../../../target/release/hub', import.meta.url));

/** A certificate that nobody but this test trusts: `cert.pem` and `key.pem`. @param {string} folder */
async function makeCertificate(folder) {
  const [key, certificate] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const whose = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const out = ['-days', '2', '-keyout', key, '-out', certificate];
  await promisify(execFile)('openssl', ['req', '-x509', ...kind, ...whose, ...out]);
  await giveAway(folder);
}

const modules = ['ssl', 'proxy', 'proxy_wstunnel'].map(
  (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`,
);

/** @param {string} folder @param {string} pass */
const https = (folder, pass) => `
${modules.join('')}
# The hub goes away on purpose, and it is no news that nobody knows the certificate.
LogLevel ssl:error proxy:crit proxy_wstunnel:crit
SSLEngine on
SSLSessionCache none
SSLCertificateFile "${folder}/cert.pem"
SSLCertificateKeyFile "${folder}/key.pem"
${pass}
`;

/** What HUB.md tells admins whose Apache passes the hub's address on. @param {number} port */
const passed = (port) => `
ProxyPreserveHost On
ProxyPass "/hub" "ws://127.0.0.1:${port}/" retry=0
`;

/** Apache and the hub, until `stop`. */
export class HubSite extends Apache {
  /** @type {import('node:child_process').ChildProcess | null} */
  #hub = null;
  port = 0;

  /** @param {{ownPort?: boolean}} [how] ownPort: the hub speaks TLS itself */
  static async start({ ownPort = false } = {}) {
    const port = await freePort();
    const more = async (/** @type {string} */ folder) => {
      await makeCertificate(folder);
      return https(folder, ownPort ? '' : passed(port));
    };
    const site = /** @type {HubSite} */ (await super.start(undefined, { more, scheme: 'https' }));
    site.port = port;
    await copyFile(program, join(site.folder, 'hub'));
    await writeFile(site.thread('ws.ini'), ownPort ? site.#ownPort() : site.#behindApache());
    await giveAway(site.folder);
    await site.startHub();
    return site;
  }

  #ownPort() {
    const pem = (/** @type {string} */ name) => join(this.folder, `${name}.pem`);
    return `[common]
wsOn="1"
wsServerUri="wss://127.0.0.1:${this.port}"
[server]
wssCert="${pem('cert')}"
wssKey="${pem('key')}"
`;
  }

  #behindApache() {
    return `[common]
wsOn="1"
wsServerUri="${this.url.replace('https', 'wss')}hub"
[server]
listen="127.0.0.1"
trustProxy="1"
wsLocalPort="${this.port}"
`;
  }

  async startHub() {
    const child = spawn(join(this.folder, 'hub'), ['--threads', this.thread('.')], {
      stdio: ['ignore', 'ignore', 'inherit'],
      ...(await apachesUser()),
    });
    await untilItListens(this.port, child);
    this.#hub = child;
  }

  /** Ends the hub in no friendly way. @param {NodeJS.Signals} signal */
  async endHub(signal = 'SIGKILL') {
    const hub = this.#hub;
    if (!hub) return;
    this.#hub = null;
    const ended = once(hub, 'exit');
    hub.kill(signal);
    await ended;
  }

  /** Makes the hub hang, but not while it holds a thread's lock: that would hold up everybody. @param {string} thread */
  async hangHub(thread) {
    for (;;) {
      this.#hub?.kill('SIGSTOP');
      const { status } = spawnSync('flock', [
        '--nonblock',
        join(this.thread(thread), '.lock'),
        'true',
      ]);
      if (status === 0) return;
      this.#hub?.kill('SIGCONT');
      await pause(20);
    }
  }

  /** Lets a hub that hangs go on. */
  continueHub() {
    this.#hub?.kill('SIGCONT');
  }

  /** Waits until no message for somebody is in a thread's mailbox. @param {string} thread @param {string} user */
  async hasNoMail(thread, user) {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const text = await readFile(join(this.thread(thread), 'messages.json'), 'utf8');
      const left = JSON.parse(text).filter(({ target }) => target === user);
      if (!left.length) return;
      if (Date.now() > until) throw new Error(`still there: ${JSON.stringify(left)}`);
      await pause(50);
    }
  }

  async stop() {
    await this.endHub();
    await super.stop();
  }
}
