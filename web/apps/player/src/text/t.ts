import { english, type TextName } from './english';

/** What can be filled into a text. */
export type TextValues = Readonly<Record<string, string | number>>;

/**
 * Return the text of a name, with its `{gaps}` filled in. `{count?bet|bets}` is the first word where
 * `count` is 1, else the second.
 */
export function t(name: TextName, values?: TextValues): string {
  return fill(english[name], values);
}

/** Return the text of a name that may not exist, such as one made from a word of the server. */
export function tMaybe(name: string, values?: TextValues): string | undefined {
  return Object.hasOwn(english, name) ? fill(english[name as TextName], values) : undefined;
}

function fill(text: string, values?: TextValues): string {
  if (values === undefined) return text;
  return text.replace(
    /\{(\w+)(?:\?([^|}]*)\|([^}]*))?\}/g,
    (gap, name: string, one?: string, many?: string) => {
      if (one === undefined) return String(values[name] ?? gap);
      return String(values[name]) === '1' ? one : (many ?? '');
    },
  );
}
