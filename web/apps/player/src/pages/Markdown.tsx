import { type Block, readMarkdown, type Span } from './markdown-reader';

/** Rules of a game, as the server wrote them. */
export function Markdown({ source }: { source: string }) {
  return readMarkdown(source).map((block, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a text keep their places
    <BlockOf key={index} block={block} />
  ));
}

function BlockOf({ block }: { block: Block }) {
  if (block.kind === 'heading') {
    return block.level === 2 ? <h2>{spans(block.spans)}</h2> : <h3>{spans(block.spans)}</h3>;
  }
  if (block.kind === 'paragraph') return <p>{spans(block.spans)}</p>;
  const List = block.ordered ? 'ol' : 'ul';
  return (
    <List>
      {block.items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <li key={index}>{spans(item)}</li>
      ))}
    </List>
  );
}

function spans(parts: readonly Span[]) {
  return parts.map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: as above
    part.strong ? <strong key={index}>{part.text}</strong> : <span key={index}>{part.text}</span>,
  );
}
