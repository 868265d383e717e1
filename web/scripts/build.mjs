/**
 * Builds every app of the workspace into server/web/dist, compresses what compresses, and stamps it.
 *
 *   node scripts/build.mjs            everything, with the stamp
 *   node scripts/build.mjs apidocs    one app, while working on it: no stamp
 */

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, extname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { sourceHash } from './sources.mjs';

const WEB = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(dirname(WEB), 'server', 'web', 'dist');
const STAMP = join(DIST, '.build.json');
const VITE = join(WEB, 'node_modules', 'vite', 'bin', 'vite.js');
const NEEDED = ['player', 'apidocs', 'console'];
const TEXT = new Set([
  '.css',
  '.html',
  '.js',
  '.json',
  '.map',
  '.svg',
  '.txt',
  '.wasm',
  '.webmanifest',
]);
const LEAST_BYTES = 1024;

/** Names of the apps that can be built. */
function apps() {
  const names = readdirSync(join(WEB, 'apps')).sort();
  return names.filter((name) => existsSync(join(WEB, 'apps', name, 'vite.config.ts')));
}

/** Builds one app with its own settings. */
function build(name) {
  const folder = join(WEB, 'apps', name);
  const result = spawnSync(process.execPath, [VITE, 'build', '--logLevel', 'warn'], {
    cwd: folder,
    stdio: 'inherit',
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (result.status !== 0) fail(`apps/${name} does not build.`);
}

/** Every file below a folder. */
function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.isFile()) yield path;
  }
}

/** Writes the `.br` and `.gz` siblings of a file that gains by them. */
function compress(path) {
  if (!TEXT.has(extname(path)) || statSync(path).size <= LEAST_BYTES) return;
  const content = readFileSync(path);
  const siblings = {
    br: brotliCompressSync(content, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
    gz: gzipSync(content, { level: constants.Z_BEST_COMPRESSION }),
  };
  for (const [ending, packed] of Object.entries(siblings)) {
    if (packed.length < content.length) writeFileSync(`${path}.${ending}`, packed);
  }
}

/** Says what is wrong in a line, and ends. */
function fail(message) {
  process.stderr.write(`web: ${message}\n`);
  process.exit(1);
}

/** Writes the stamp, whole or not at all. */
function stamp(sources, names) {
  writeFileSync(`${STAMP}.new`, `${JSON.stringify({ sources, apps: names }, null, 2)}\n`);
  renameSync(`${STAMP}.new`, STAMP);
}

function main(chosen) {
  if (!existsSync(VITE)) fail('the packages are not installed; `make install` does it.');
  const names = chosen.length > 0 ? chosen : apps();
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (chosen.length === 0 && missing.length > 0) fail(`there is no apps/${missing[0]} to build.`);
  // Taken before the build: what changes during it makes it stale.
  const sources = sourceHash(WEB);
  mkdirSync(DIST, { recursive: true });
  rmSync(STAMP, { force: true });
  for (const name of names) {
    build(name);
    const folder = join(DIST, name);
    if (!NEEDED.includes(name)) continue; // served by no one
    for (const path of [...files(folder)]) compress(path);
  }
  if (chosen.length === 0) stamp(sources, names);
}

main(process.argv.slice(2));
