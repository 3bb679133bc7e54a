// @ts-check
// What the person has told the browser about the cost of data.

/** Whether the person has told the browser to save data. */
export function savesData() {
  const { connection } = /** @type {{connection?: {saveData?: boolean}}} */ (navigator);
  return connection?.saveData === true;
}
