// @ts-check
// The few DOM helpers that the panels share. Text goes in as text, never as HTML.

/**
 * The element with this id, which must be there and of this type.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html lacks ${type.name} #${id}`);
  return found;
}

/**
 * Makes an element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | undefined>} [attributes] undefined ones are left out
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/**
 * Makes these the children, in this order. What stays is not touched: a node that is taken out and put back at the same place
 * loses the press that began on it, and the focus.
 * @param {Element} parent @param {Element[]} children
 */
export function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, i) => {
    if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] ?? null);
  });
}

/**
 * Whether this key belongs to an input method (Chinese, Japanese, …) that ends a word with it. Safari says that the
 * composition is over by then; what it still says is keyCode 229.
 * @param {KeyboardEvent} event
 */
export const endsWord = ({ isComposing, keyCode }) => isComposing || keyCode === 229;

/** @param {HTMLElement} at @param {string} text */
export function setText(at, text) {
  // Writing the same text again would make screen readers repeat it.
  if (at.textContent !== text) at.textContent = text;
}

/** Whether the person is typing or choosing there, so that keys belong to the field. */
export function isField(/** @type {EventTarget | null} */ target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest('select, textarea')) return true;
  return target instanceof HTMLInputElement && target.type !== 'range';
}
