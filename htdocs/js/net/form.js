// @ts-check
// What goes to a program, written so that the firewalls of hosts (ModSecurity with OWASP's rules, say) find nothing in it
// that looks like an attack to them: "select one from the menu" does, and so do many words in Cyrillic letters.

/** Values that no rule takes for anything. */
const HARMLESS = /^[\w.,:-]*$/;

/** @param {string} text @returns {string} its UTF-8 in base64, RFC 4648 section 5, without padding */
function base64(text) {
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * A form of these fields: the harmless ones as they are, the others in one, `json64`.
 * @param {object} fields texts, and whatever JSON has
 * @returns {URLSearchParams}
 */
export function formOf(fields) {
  const form = new URLSearchParams();
  /** @type {Record<string, unknown>} */
  const others = {};
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string' && HARMLESS.test(value)) form.append(name, value);
    else others[name] = value;
  }
  if (Object.keys(others).length > 0) form.append('json64', base64(JSON.stringify(others)));
  return form;
}
