import type { Beginning } from './session';

/** Read a kept beginning of a session, if it is one. */
export function readBeginning(text: string | undefined): Beginning | undefined {
  try {
    const value = JSON.parse(text ?? 'null') as Beginning | null;
    const right =
      typeof value?.session === 'string' &&
      Number.isSafeInteger(value.startedMs) &&
      Number.isSafeInteger(value.total);
    return right ? value : undefined;
  } catch {
    return undefined;
  }
}
