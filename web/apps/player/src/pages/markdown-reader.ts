/** A piece of text: plain or strong. */
export interface Span {
  readonly text: string;
  readonly strong: boolean;
}

/** A block of a rules text. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 2 | 3; readonly spans: readonly Span[] }
  | { readonly kind: 'paragraph'; readonly spans: readonly Span[] }
  | {
      readonly kind: 'list';
      readonly ordered: boolean;
      readonly items: readonly (readonly Span[])[];
    };

const HEADING = /^(#{1,6})\s+(.*)$/;
const ITEM = /^\s*(?:[-*]|(\d+)\.)\s+(.*)$/;

/**
 * Read the part of Markdown that rules are written in: headings, paragraphs, lists and strong
 * words. Everything else stays text, so that nothing of the server becomes an element by itself.
 */
export function readMarkdown(source: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let items: string[] = [];
  let ordered = false;
  const flush = () => {
    if (lines.length > 0) blocks.push({ kind: 'paragraph', spans: spansOf(lines.join(' ')) });
    if (items.length > 0) blocks.push({ kind: 'list', ordered, items: items.map(spansOf) });
    lines = [];
    items = [];
  };
  for (const line of source.split('\n')) {
    const heading = HEADING.exec(line);
    const item = ITEM.exec(line);
    if (line.trim() === '') {
      flush();
    } else if (heading !== null) {
      flush();
      const level = (heading[1] ?? '').length <= 2 ? 2 : 3;
      blocks.push({ kind: 'heading', level, spans: spansOf(heading[2] ?? '') });
    } else if (item !== null) {
      if (lines.length > 0) flush();
      ordered = item[1] !== undefined;
      items.push(item[2] ?? '');
    } else if (items.length > 0) {
      items.push(`${items.pop() ?? ''} ${line.trim()}`);
    } else {
      lines.push(line.trim());
    }
  }
  flush();
  return blocks;
}

function spansOf(text: string): readonly Span[] {
  return text
    .split(/\*\*(.+?)\*\*/)
    .map((part, index) => ({ text: part, strong: index % 2 === 1 }))
    .filter((span) => span.text !== '');
}
