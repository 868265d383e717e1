/** A few helpers for building the page; text is always text, never markup. */

/** What an element may hold. */
export type Child = Node | string | null;

/** Make an element with a class and children. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  for (const child of children) if (child !== null) made.append(child);
  return made;
}

/** Make a titled section. */
export function section(title: string, ...children: readonly Child[]): HTMLElement {
  return element('section', '', element('h2', '', title), ...children);
}

/** A cell: plain text, or an element for what needs more. */
export type Cell = string | Node;

/** A column of a table; numbers stand to the right. */
export interface Column {
  title: string;
  numeric?: boolean;
}

/** Make a table that scrolls sideways by itself where the page is too narrow. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): HTMLElement {
  const head = element('tr', '');
  for (const column of columns) {
    const cell = element('th', column.numeric === true ? 'number' : '', column.title);
    cell.scope = 'col';
    head.append(cell);
  }
  const body = element('tbody', '');
  for (const row of rows) {
    const line = element('tr', '');
    row.forEach((cell, index) => {
      line.append(element('td', columns[index]?.numeric === true ? 'number' : '', cell));
    });
    body.append(line);
  }
  return element('div', 'scroll', element('table', '', element('thead', '', head), body));
}

/** Make a button. */
export function button(label: string, pressed: () => void): HTMLButtonElement {
  const made = element('button', '', label);
  made.type = 'button';
  made.addEventListener('click', pressed);
  return made;
}
