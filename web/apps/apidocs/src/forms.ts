/** A schema in words: what a field holds, and within which bounds. */

import type { Schema } from './documents';

/** A piece of a form: plain words, or the name of another schema. */
export type Piece = { text: string } | { schema: string };

const REFERENCE = '#/components/schemas/';

/** Says what a schema holds, in a few words and names of schemas. */
export function form(schema: Schema): readonly Piece[] {
  if (schema.$ref !== undefined) return [{ schema: schema.$ref.replace(REFERENCE, '') }];
  if (schema.const !== undefined) return [{ text: JSON.stringify(schema.const) }];
  if (schema.enum !== undefined) {
    return [{ text: schema.enum.map((value) => JSON.stringify(value)).join(' or ') }];
  }
  if (schema.allOf?.[0] !== undefined) return form(schema.allOf[0]);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return joined(choices.map(form), ' or ');
  if (schema.type === 'array' || schema.items !== undefined) return array(schema);
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object') {
    return [{ text: 'map of ' }, ...form(schema.additionalProperties)];
  }
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'anything');
  return [{ text: schema.format === undefined ? `${type}` : `${type} (${schema.format})` }];
}

function array(schema: Schema): readonly Piece[] {
  const items = schema.items;
  if (items === undefined) return [{ text: 'list' }];
  if (Array.isArray(items)) return [{ text: '[' }, ...joined(items.map(form), ', '), { text: ']' }];
  return [{ text: 'list of ' }, ...form(items as Schema)];
}

function joined(forms: readonly (readonly Piece[])[], word: string): readonly Piece[] {
  return forms.flatMap((pieces, index) => (index === 0 ? pieces : [{ text: word }, ...pieces]));
}

/** Says a schema's bounds, or nothing where it has none worth saying. */
export function bounds(schema: Schema): string {
  const safe = Number.MAX_SAFE_INTEGER;
  const words: string[] = [];
  const range = (least: number | undefined, most: number | undefined, unit: string): void => {
    const low = least === undefined || least <= -safe ? undefined : least;
    const high = most === undefined || most >= safe ? undefined : most;
    if (low !== undefined && high !== undefined) {
      words.push(low === high ? `${low}${unit}` : `${low} to ${high}${unit}`);
    } else if (low !== undefined) words.push(`at least ${low}${unit}`);
    else if (high !== undefined) words.push(`at most ${high}${unit}`);
  };
  range(schema.minimum, schema.maximum, '');
  range(schema.minLength, schema.maxLength, ' characters');
  range(schema.minItems, schema.maxItems, ' items');
  if (schema.pattern !== undefined) words.push(`matches ${schema.pattern}`);
  if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
  return words.join(', ');
}
