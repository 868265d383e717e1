import { english, type TextName } from './english';

/** What can be filled into a text. */
export type TextValues = Readonly<Record<string, string | number>>;

/** Return the text of a name, with its `{gaps}` filled in. */
export function t(name: TextName, values?: TextValues): string {
  return fill(english[name], values);
}

/** Return the text of a word of the server; of one that is not known, the word itself. */
export function tWord(group: string, word: string): string {
  const name = `${group}.${word}`;
  return Object.hasOwn(english, name) ? english[name as TextName] : word;
}

function fill(text: string, values?: TextValues): string {
  if (values === undefined) return text;
  return text.replace(/\{(\w+)\}/g, (gap, name: string) => String(values[name] ?? gap));
}
