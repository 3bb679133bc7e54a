// A host with an empty web space that its admin reaches over FTP.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Apache } from '../../browser/support/apache.mjs';
import { ADMIN, Ftp } from './ftp.mjs';

/** Debian's suexec runs what is below this folder, and nothing else. */
const SUEXEC_PLACE = '/var/www';
const MODULES = '/usr/lib/apache2/modules';

/** Makes the admin's folders. @param {...string} paths */
async function makeSpace(...paths) {
  for (const path of paths) await mkdir(path, { recursive: true });
  await promisify(execFile)('chown', ['-R', `${ADMIN}:${ADMIN}`, ...paths]);
}

/** Programs run as the admin, wherever an .htaccess file says so. */
export async function suexecHost() {
  const site = await Apache.start('cgi', {
    place: SUEXEC_PLACE,
    fill: (folder) => makeSpace(join(folder, 'site')),
    more: async () =>
      `LoadModule suexec_module ${MODULES}/mod_suexec.so\nSuexecUserGroup ${ADMIN} ${ADMIN}\n`,
  });
  return { site, ftp: await Ftp.before(join(site.folder, 'site')) };
}

/**
 * Programs run as www-data, and only in a folder beside the web space, at the address /cgi-bin/. FTP shows both, as
 * public_html and cgi-bin.
 */
export async function cgiBinHost() {
  const site = await Apache.start('cgid', {
    place: tmpdir(),
    fill: async (folder) => {
      await makeSpace(join(folder, 'site'), join(folder, 'cgi-bin'));
    },
    more: async (folder) =>
      `LoadModule alias_module ${MODULES}/mod_alias.so\nScriptAlias /cgi-bin/ "${folder}/cgi-bin/"
       <Directory "${folder}/cgi-bin">\nAllowOverride None\nRequire all granted\n</Directory>\n`,
  });
  return { site, ftp: await Ftp.before(site.folder) };
}
