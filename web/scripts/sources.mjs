/** The hash over the sources of web/. `server/web/build_state.py` computes the same. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SKIPPED = new Set(['node_modules', 'dist', 'coverage']);

/** Every source file below a folder, as its path from there, in the order of the bytes. */
export function sourceFiles(root) {
  const found = [];
  const pending = [''];
  while (pending.length > 0) {
    const folder = pending.pop();
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) pending.push(path);
      if (entry.isFile()) found.push(path);
    }
  }
  return found.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** The SHA-256, in hex, over the names and contents of all sources. */
export function sourceHash(root) {
  const total = createHash('sha256');
  for (const path of sourceFiles(root)) {
    const content = createHash('sha256').update(readFileSync(join(root, path)));
    total.update(`${path}\0${content.digest('hex')}\n`);
  }
  return total.digest('hex');
}
