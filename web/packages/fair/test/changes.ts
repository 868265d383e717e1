// A proof, or anything of JSON, with one thing in it changed.

/** A value with one thing in it changed, and where. */
export interface Change {
  readonly path: string;
  readonly changed: unknown;
}

/** Every value inside, each changed by a little. */
export function* changes(value: unknown, path = ''): Generator<Change> {
  if (Array.isArray(value)) {
    for (const [index, inner] of value.entries()) {
      for (const { path: place, changed } of changes(inner, `${path}[${index}]`)) {
        yield { path: place, changed: value.with(index, changed) };
      }
    }
    yield { path: `${path}[+]`, changed: [...value, value.at(-1) ?? 0] };
    if (value.length > 0) yield { path: `${path}[-]`, changed: value.slice(0, -1) };
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      for (const { path: place, changed } of changes(inner, `${path}.${key}`)) {
        yield { path: place, changed: { ...value, [key]: changed } };
      }
      const { [key]: _, ...rest } = value as Record<string, unknown>;
      yield { path: `${path}.${key} missing`, changed: rest };
    }
  } else if (typeof value === 'number') {
    yield { path, changed: value + 1 };
    yield { path, changed: value - 1 };
  } else if (typeof value === 'string') yield { path, changed: altered(value) };
  else if (typeof value === 'boolean') yield { path, changed: !value };
  else yield { path, changed: 1 };
}

function altered(text: string): string {
  const last = text.at(-1);
  return text.slice(0, -1) + (last === '0' ? '1' : '0');
}
