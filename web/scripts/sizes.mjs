/**
 * Checks what a player downloads, in brotli, against its budgets. Exit code 1 above one.
 *
 * It reads the built files alone: what the first page loads at once is the lobby; what a game's own
 * chunk loads beyond that, later pieces included, is the game. The operators' pages beside it are
 * weighed as a whole.
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

const KILOBYTE = 1000;
const LOBBY = 170 * KILOBYTE;
const STYLES = 25 * KILOBYTE;
const SLOT = 240 * KILOBYTE;
const TABLE = 40 * KILOBYTE;
/** All that an operator downloads: the pages are one chunk, and no player loads it. */
const CONSOLE = 110 * KILOBYTE;
const CONSOLE_STYLES = 15 * KILOBYTE;

/** Games whose chunk must be there: one that lost its name would lose its budget. */
const GAMES = ['SlotGame', 'RouletteGame', 'BlackjackGame', 'GenericGame', 'LivePage', 'LiveShelf'];

const STATIC = /(?:\bimport|\bfrom)\s*["'](\.{1,2}\/[^"']+\.js)["']/g;
const DYNAMIC = /\bimport\(\s*["'`](\.{1,2}\/[^"'`]+\.js)["'`]\s*\)/g;
const IN_PAGE = /(?:src|href)="\/?([^"]+\.(?:js|css))"/g;

/** The size of a file in brotli. */
function packedSize(path) {
  const sibling = `${path}.br`;
  return existsSync(sibling)
    ? statSync(sibling).size
    : brotliCompressSync(readFileSync(path)).length;
}

/** What a pattern finds in a script, as paths from the build's folder. */
function found(text, pattern, from) {
  return [...text.matchAll(pattern)].map((match) => posix.join(posix.dirname(from), match[1]));
}

/** What loads with these scripts beyond what is there; with `later`, on demand as well. */
function closure(folder, roots, later, there = new Set()) {
  const seen = new Set();
  const pending = [...roots];
  while (pending.length > 0) {
    const path = pending.pop();
    if (seen.has(path) || there.has(path) || !existsSync(join(folder, path))) continue;
    seen.add(path);
    const text = readFileSync(join(folder, path), 'utf8');
    pending.push(...found(text, STATIC, path));
    if (later) pending.push(...found(text, DYNAMIC, path));
  }
  return seen;
}

/** Which budget a chunk that is loaded on demand has, by its name; undefined for a mere part. */
function budgetOf(name) {
  const bare = posix.basename(name).toLowerCase();
  if (/^slot/.test(bare)) return SLOT;
  return /^(?:roulette|blackjack|baccarat|table|generic|dice|keno|crash|live)/.test(bare)
    ? TABLE
    : undefined;
}

/** The page around the live tables, and that around the games: one of them is there before a view. */
const LIVE_PAGE = /^livepage/i;
const GAME_PAGE = /^gamepage/i;

/** What is there already when a chunk is loaded, and whether its later pieces are its own. */
function before(folder, assets, name, lobby) {
  const named = (pattern) =>
    assets.filter((one) => pattern.test(one)).map((one) => `assets/${one}`);
  const framed = (pattern) => closure(folder, named(pattern), false, lobby);
  if (LIVE_PAGE.test(name))
    return { there: new Set([...lobby, ...framed(GAME_PAGE)]), later: false };
  if (/^live/i.test(name)) return { there: new Set([...lobby, ...framed(LIVE_PAGE)]), later: true };
  return { there: lobby, later: true };
}

/** The sizes of a build of the player's pages: what was weighed, its bytes and its budget. */
export function weigh(folder) {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const named = [...page.matchAll(IN_PAGE)].map((match) => match[1]);
  const size = (paths) => [...paths].reduce((sum, path) => sum + packedSize(join(folder, path)), 0);
  const scripts = named.filter((path) => path.endsWith('.js'));
  const lobby = closure(folder, scripts, false);
  const weighed = (paths) =>
    [...paths].map((path) => ({ path, bytes: packedSize(join(folder, path)) }));
  const rows = [
    { name: 'lobby scripts', bytes: size(lobby), budget: LOBBY, parts: weighed(lobby) },
    {
      name: 'lobby styles',
      bytes: size(named.filter((path) => path.endsWith('.css'))),
      budget: STYLES,
    },
  ];
  const assets = existsSync(join(folder, 'assets'))
    ? readdirSync(join(folder, 'assets')).sort()
    : [];
  const scriptsToo = assets.filter((asset) => asset.endsWith('.js'));
  for (const name of scriptsToo) {
    const budget = budgetOf(name);
    const path = `assets/${name}`;
    if (budget === undefined || lobby.has(path)) continue;
    const { there, later } = before(folder, scriptsToo, name, lobby);
    const own = closure(folder, [path], later, there);
    rows.push({ name: path, bytes: size(own), budget, parts: weighed(own) });
  }
  return rows;
}

/** The sizes of a build of the operators' pages; none where there is no such build. */
export function weighConsole(folder) {
  if (!existsSync(join(folder, 'index.html'))) return [];
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const named = [...page.matchAll(IN_PAGE)].map((match) => match[1].replace(/^console\//, ''));
  const size = (paths) => [...paths].reduce((sum, path) => sum + packedSize(join(folder, path)), 0);
  const all = closure(
    folder,
    named.filter((path) => path.endsWith('.js')),
    true,
  );
  const parts = [...all].map((path) => ({ path, bytes: packedSize(join(folder, path)) }));
  return [
    { name: 'console scripts', bytes: size(all), budget: CONSOLE, parts },
    {
      name: 'console styles',
      bytes: size(named.filter((path) => path.endsWith('.css'))),
      budget: CONSOLE_STYLES,
    },
  ];
}

function main(folder) {
  let over = 0;
  const rows = [...weigh(folder), ...weighConsole(join(dirname(folder), 'console'))];
  for (const game of GAMES.filter((one) => !rows.some(({ name }) => name.includes(`/${one}-`)))) {
    over += 1;
    process.stdout.write(`OVER no chunk of its own   ${game}\n`);
  }
  for (const { name, bytes, budget, parts = [] } of rows) {
    const fits = bytes <= budget;
    if (!fits) over += 1;
    const words = `${(bytes / KILOBYTE).toFixed(1)} of ${budget / KILOBYTE} KB`;
    const heaviest = parts.sort((one, other) => other.bytes - one.bytes).slice(0, 4);
    process.stdout.write(`${fits ? 'ok  ' : 'OVER'} ${words.padEnd(20)} ${name}\n`);
    for (const part of fits ? [] : heaviest) {
      process.stdout.write(`       ${(part.bytes / KILOBYTE).toFixed(1)} KB ${part.path}\n`);
    }
  }
  return over > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const web = dirname(dirname(fileURLToPath(import.meta.url)));
  const folder = process.argv[2] ?? join(dirname(web), 'server', 'web', 'dist', 'player');
  if (!existsSync(join(folder, 'index.html'))) {
    process.stderr.write('web: the player is not built; `make install` builds it.\n');
    process.exit(1);
  }
  process.exit(main(folder));
}
