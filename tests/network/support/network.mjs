// A small internet of network namespaces: a server's machine, which is also the router, and homes with one way out or
// several. The tests run in a namespace of their own (tests/parts/network.sh), which is the server's; nothing of it is
// seen from outside, and it ends with them.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ip = (/** @type {string} */ words) => run('ip', words.split(' '));

/** The server's address, the same for every home. */
export const SERVER = '10.70.0.1';
let ways = 0;

/** Makes the server reachable; to be called once. */
export async function makeNetwork() {
  const { stdout } = await run('ip', ['-o', 'link']);
  if (/: eth|: en/.test(stdout)) throw new Error('not here: scripts/test network makes a network');
  await ip('link set lo up');
  await ip(`addr add ${SERVER}/32 dev lo`);
  // Before the kernel looks which addresses are its own, so that a home's rule can stand in front of that.
  await ip('rule add pref 10 lookup local');
  await ip('rule del pref 0');
  await letThrough(true);
}

/** Whether homes reach each other directly, or the server alone, as behind strict firewalls. @param {boolean} on */
export const letThrough = (on) => writeFile('/proc/sys/net/ipv4/ip_forward', on ? '1' : '0');

/** A network namespace with ways to the server. */
export class Home {
  /** @type {Map<string, {router: string, gateway: string, address: string, metric: number}>} router: its end of the way */
  #ways = new Map();

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  /** @param {string} name @param {string[]} ways the first is in use, the others are not */
  static async make(name, ...ways) {
    const home = new Home(name);
    await ip(`netns add ${name}`);
    await home.#inside('link set lo up');
    for (const way of ways) await home.#add(way);
    for (const way of ways.slice(1)) await home.unplug(way);
    return home;
  }

  /** What a program is started with, so that it runs here. */
  get prefix() {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** Takes a way away: the link goes down, as when one walks out of the house. @param {string} way */
  async unplug(way) {
    await this.#inside(`link set ${way} down`);
  }

  /** @param {string} way */
  async plug(way) {
    const { gateway, metric } = this.#way(way);
    await this.#inside(`link set ${way} up`);
    await this.#inside(`route add default via ${gateway} dev ${way} metric ${metric}`);
  }

  /** Loses everything on a way, or no longer, while its link stays up: as in a tunnel. @param {string} way @param {boolean} on */
  async swallow(way, on) {
    const { router, address } = this.#way(way);
    const change = on ? 'add' : 'del';
    await ip(`rule ${change} pref 5 iif ${router} blackhole`);
    await ip(`rule ${change} pref 6 to ${address} blackhole`);
  }

  /** @param {string} way */
  #way(way) {
    const found = this.#ways.get(way);
    if (!found) throw new Error(`${this.name} has no ${way}`);
    return found;
  }

  /** @param {string} way */
  async #add(way) {
    const n = ++ways;
    const [router, gateway, address] = [`r${n}`, `10.71.${n}.1`, `10.71.${n}.2`];
    await ip(`link add ${router} type veth peer name ${way} netns ${this.name}`);
    await ip(`addr add ${gateway}/24 dev ${router}`);
    await ip(`link set ${router} up`);
    await this.#inside(`addr add ${address}/24 dev ${way}`);
    this.#ways.set(way, { router, gateway, address, metric: 100 + n });
    await this.plug(way);
  }

  /** @param {string} words */
  #inside(words) {
    return run('ip', ['-n', this.name, ...words.split(' ')]);
  }
}
