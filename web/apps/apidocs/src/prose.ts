/** Descriptions as elements. */

import { codeBlock, element } from './dom';
import { type Block, blocks, runs } from './markdown';

/** Returns a text's runs as nodes. */
export function inline(text: string): Node[] {
  return runs(text).map((run) => {
    if (run.kind === 'text') return document.createTextNode(run.text);
    return element(run.kind, {}, run.text);
  });
}

/** Returns a description; its headings begin below those of the page. */
export function prose(source: string): HTMLElement {
  return element('div', { class: 'prose' }, ...blocks(source).map(block));
}

function block(found: Block): HTMLElement {
  switch (found.kind) {
    case 'heading':
      return element(found.level <= 2 ? 'h3' : 'h4', {}, ...inline(found.text));
    case 'code':
      return codeBlock(found.text, 'Code');
    case 'list':
      return element('ul', {}, ...found.items.map((item) => element('li', {}, ...inline(item))));
    case 'paragraph':
      return element('p', {}, ...inline(found.text));
  }
}
