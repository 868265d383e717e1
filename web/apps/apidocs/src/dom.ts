/** Making elements: text is always text, so no document can bring markup or script in. */

/** What may stand inside an element. */
export type Content = Node | string | null | undefined;

/** Attributes; a function is a listener of the event that its name says. */
export type Attributes = Record<string, string | number | boolean | ((event: Event) => void)>;

/** Returns a new element. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...contents: Content[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== false) made.setAttribute(key, String(value));
  }
  for (const content of contents) {
    if (content !== null && content !== undefined) made.append(content);
  }
  return made;
}

/** Returns a block of code with a button that copies it. */
export function codeBlock(text: string, label = 'Example'): HTMLElement {
  const copy = element(
    'button',
    { type: 'button', class: 'copy', 'aria-label': `Copy: ${label}` },
    'Copy',
  );
  copy.addEventListener('click', () => {
    const copied = () => copy.replaceChildren('Copied');
    // Plain HTTP from another machine has no clipboard; there the text can still be selected.
    navigator.clipboard?.writeText(text).then(copied, () => undefined);
  });
  const block = element('pre', { tabindex: 0, 'aria-label': label }, element('code', {}, text));
  return element('div', { class: 'code' }, copy, block);
}

/** Returns a value as indented JSON. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
