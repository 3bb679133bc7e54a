// What a page has sent to a program.

/** The fields of a request's form. @param {import('playwright-core').Request} request @returns {Record<string, any>} */
export function sentIn(request) {
  const { json64, ...fields } = Object.fromEntries(new URLSearchParams(request.postData() ?? ''));
  const packed = json64 && Buffer.from(json64, 'base64url').toString();
  return { ...fields, ...(packed && JSON.parse(packed)) };
}
