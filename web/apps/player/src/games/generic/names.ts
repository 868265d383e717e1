/** The parts of a name such as `hold-1-3` or `over-50.00`: what it is, and its parameters. */
export interface NameParts {
  readonly stem: string;
  readonly numbers: readonly number[];
  /** Whether a parameter has decimals. */
  readonly decimal: boolean;
}

const PARTS = /^(.*?)((?:-\d+(?:\.\d+)?)*)$/;

/** Take a name of a bet or of a decision apart. */
export function partsOf(name: string): NameParts {
  const [, stem = name, tail = ''] = PARTS.exec(name) ?? [];
  const words = tail.split('-').filter(Boolean);
  return { stem, numbers: words.map(Number), decimal: words.some((word) => word.includes('.')) };
}

/** A name of the server's for reading: `free_games_won` is `Free games won`. */
export function readable(name: string): string {
  const words = name.replace(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
