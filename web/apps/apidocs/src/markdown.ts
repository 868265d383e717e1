/** The little Markdown that the documents' descriptions are written in. */

/** A block of text. */
export type Block =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'list'; items: readonly string[] }
  | { kind: 'code'; text: string };

/** A run of text inside a block. */
export type Run = { kind: 'text' | 'code' | 'strong'; text: string };

/** Splits a description into blocks. */
export function blocks(source: string): readonly Block[] {
  const found: Block[] = [];
  const lines = source.split('\n');
  let at = 0;
  const take = (more: (line: string) => boolean): string[] => {
    const start = at;
    while (at < lines.length && more(lines[at] ?? '')) at += 1;
    return lines.slice(start, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = /^(#{1,4}) (.+)$/.exec(line);
    if (line.trim() === '') at += 1;
    else if (line.startsWith('```')) {
      at += 1;
      found.push({ kind: 'code', text: take((one) => !one.startsWith('```')).join('\n') });
      at += 1;
    } else if (heading !== null) {
      at += 1;
      found.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' });
    } else if (/^ {4}/.test(line)) {
      const code = take((one) => /^ {4}/.test(one)).map((one) => one.slice(4));
      found.push({ kind: 'code', text: code.join('\n') });
    } else if (line.startsWith('- ')) {
      found.push({ kind: 'list', items: items(take((one) => /^(- | {2}\S)/.test(one))) });
    } else {
      // The first line is always taken, whatever it looks like, so that this comes to an end.
      at += 1;
      const rest = take((one) => one.trim() !== '' && !/^(#{1,4} |```|- )/.test(one));
      found.push({ kind: 'paragraph', text: [line, ...rest].join(' ') });
    }
  }
  return found;
}

function items(lines: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const line of lines) {
    if (line.startsWith('- ')) found.push(line.slice(2));
    else found.push(`${found.pop() ?? ''} ${line.trim()}`.trim());
  }
  return found;
}

/** Splits a block's text into plain text, code and what is strong. */
export function runs(text: string): readonly Run[] {
  const found: Run[] = [];
  for (const part of text.split(/(`[^`]+`|\*\*[^*]+\*\*)/)) {
    if (part.startsWith('`') && part.length > 2) {
      found.push({ kind: 'code', text: part.slice(1, -1) });
    } else if (part.startsWith('**') && part.length > 4) {
      found.push({ kind: 'strong', text: part.slice(2, -2) });
    } else if (part !== '') found.push({ kind: 'text', text: part });
  }
  return found;
}
