// The controls of index.html, as their source says: what a person can press, choose or fill in.
import { readFile } from 'node:fs/promises';

const page = new URL('../../../htdocs/index.html', import.meta.url);

/** Every control with an id: {id, key}, where key names its words; '' if a program writes them. */
export async function controls() {
  const html = await readFile(page, 'utf8');
  const labels = new Map(
    [...html.matchAll(/<label[^>]*\sfor="([\w-]+)"[^>]*?(?:\sdata-t="([\w.-]+)")?\s*>/g)].map(
      ([, id, key = '']) => [id, key],
    ),
  );
  const found = [
    ...html.matchAll(/<(button|input|select|textarea|a)\s[^>]*?id="([\w-]+)"[^>]*>(\s*<\/a>)?/g),
  ];
  return found.map(([tag, , id]) => ({ id, key: keyOf(tag, id, html, labels) }));
}

/** @param {string} tag @param {string} id @param {string} html @param {Map<string, string>} labels */
function keyOf(tag, id, html, labels) {
  const label = /data-t-label="([\w.-]+)"/.exec(tag) ?? /data-t="([\w.-]+)"/.exec(tag);
  if (label) return label[1];
  if (labels.has(id)) return labels.get(id) ?? '';
  // <label><input id=… /><span data-t=…></span></label>, and a button with a span in it
  const after = html.slice(html.indexOf(`id="${id}"`));
  return (
    /^[^<]*>(?:\s*<span class="[^"]*" aria-hidden="true"><\/span>)?\s*<span data-t="([\w.-]+)"/.exec(
      after,
    )?.[1] ?? ''
  );
}
