// A thread under Apache, and someone in it, as the benches need them.
import { Apache } from '../../tests/browser/support/apache.mjs';

export const WHO = 'user=Ann&realm=bench';

/** A thread that forbids nothing. */
export const ROOMY = `[common]
maxBlobBytes=60000000
maxMediaFolderBytes=600000000000
maxClipCount=0
maxClipsPerMinute=0
maxMessagesPerMinute=0
clipLifetimeSec=30000000
messageLifetimeSec=30000000
maxLongPolls=100
userStatusFadeS=86400
`;

/** @typedef {import('../../tests/browser/support/apache.mjs').Kind} Kind */

/** An Apache with the thread `bench`. */
export class Site {
  /** @param {Apache} apache @param {Kind} kind */
  constructor(apache, kind) {
    this.apache = apache;
    this.module = `mod_${kind}`;
    this.cookie = '';
  }

  /** @param {Kind} kind @param {string} [ini] */
  static async start(kind, ini = ROOMY) {
    const site = new this(await Apache.start(kind), kind);
    await site.apache.makeThread('bench', ini);
    return site;
  }

  /** The address of a program. @param {string} name */
  program(name) {
    return `${this.apache.url}cgi-bin/${name}.cgi`;
  }

  /** Ann comes, and has a cookie from now on. */
  async welcome() {
    const answer = await this.post('users', `${WHO}&act=online`);
    this.cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    await this.post('users', `${WHO}&act=online`);
  }

  /** @param {string} name @param {string} fields urlencoded @param {string} [cookie] */
  async post(name, fields, cookie = this.cookie) {
    const body = new URLSearchParams(fields);
    const answer = await fetch(this.program(name), { method: 'POST', body, headers: { cookie } });
    if (!answer.ok) throw new Error(`${name}.cgi: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  /** What a page has that has seen everything: the query of its next poll. */
  async upToDate() {
    const state = await (await this.post('poll', `${WHO}&act=poll&ack=&catCrc=`)).json();
    const { clips, users, all, to } = state.pulse;
    const seen = [clips, users, all, to[state.me] ?? 0].join('.');
    return `${WHO}&act=poll&ack=&catCrc=${state.catCrc}&seen=${seen}`;
  }

  stop() {
    return this.apache.stop();
  }
}
