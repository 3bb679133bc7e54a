// @ts-check
// What can't be undone is asked once more, in place: a button gives way to two others.

/**
 * The first button shows the other two; Cancel, and the act when it is done, show it again.
 * @param {HTMLElement} ask @param {HTMLButtonElement} confirm @param {HTMLElement} cancel
 * @param {() => Promise<unknown>} act what happens after the second question
 * @param {(on: boolean) => void} [shown] told whether the second question is on the page
 */
export function askTwice(ask, confirm, cancel, act, shown) {
  const asking = (/** @type {boolean} */ on) => {
    const focused = [ask, confirm, cancel].some((one) => one === document.activeElement);
    [ask.hidden, confirm.hidden, cancel.hidden] = [on, !on, !on];
    shown?.(on);
    if (focused) (on ? confirm : ask).focus();
  };
  ask.onclick = () => asking(true);
  cancel.onclick = () => asking(false);
  confirm.onclick = async () => {
    confirm.disabled = true;
    await act();
    confirm.disabled = false;
    asking(false);
  };
  asking(false);
}
