// @ts-check
// Says what `npm audit --json` has found, which comes on standard input; what is excepted has its reason here.

/** @type {Record<string, string>} the address of an advisory, and why it does not concern us */
const EXCEPTIONS = {};

/** @typedef {{ title?: string, url?: string, name?: string, range?: string }} Advisory */

let text = '';
for await (const piece of process.stdin.setEncoding('utf8')) text += piece;

/** @returns {{ vulnerabilities?: Record<string, { via: (Advisory | string)[] }>, message?: string }} */
const parsed = () => {
  try {
    return JSON.parse(text);
  } catch {
    return { message: 'no answer' };
  }
};
const report = parsed();

if (report.vulnerabilities) {
  const packages = Object.values(report.vulnerabilities);
  const advisories = packages.flatMap(({ via }) =>
    via.filter((cause) => typeof cause === 'object'),
  );
  const found = advisories.filter(({ url = '' }) => !(url in EXCEPTIONS));
  for (const { name, range, title, url } of found)
    console.log(`${name} ${range}: ${title} (${url})`);
  console.log(
    `${advisories.length} known flaws, ${advisories.length - found.length} of them excepted`,
  );
  process.exitCode = found.length > 0 ? 1 : 0;
} else {
  // A mirror of the registry may have the packages and not this service.
  console.log(
    `NOT CHECKED: the registry does not answer npm audit here: ${report.message ?? 'no report'}`,
  );
}
