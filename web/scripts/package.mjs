/**
 * Makes the package of the SDK as it is published, whole and by itself, in packages/sdk/dist.
 *
 *   npm run package:sdk                         make it
 *   npm publish packages/sdk/dist               publish it
 *
 * Inside the workspace everybody uses the source. What is published holds plain JavaScript and
 * declarations, with the types of the protocol within: no package of the workspace is needed.
 */

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const WEB = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCE = join(WEB, 'packages', 'sdk');
const PROTOCOL = join(WEB, 'packages', 'protocol');
const TSC = join(WEB, 'node_modules', 'typescript', 'bin', 'tsc');
/** The package of the workspace whose code and types go into the SDK's own. */
const INLINED = '@croupier/protocol';
/** Fields of the source's manifest that the published one has as they are. */
const KEPT = [
  'name',
  'version',
  'description',
  'keywords',
  'license',
  'type',
  'sideEffects',
  'engines',
];
const SPECIFIER = /(\b(?:from|import)\s*\(?\s*)(['"])([^'"]+)\2/g;

/** Says what is wrong in a line, and ends. */
function fail(message) {
  process.stderr.write(`web: ${message}\n`);
  process.exit(1);
}

/** The manifest that is published. */
function manifestOf(source) {
  const { [INLINED]: _, ...dependencies } = source.dependencies;
  const kept = Object.fromEntries(KEPT.map((name) => [name, source[name]]));
  const ranges = Object.entries(dependencies).map(([name, version]) => [name, `^${version}`]);
  return {
    ...kept,
    main: './index.js',
    types: './types/sdk/index.d.ts',
    exports: {
      '.': { types: './types/sdk/index.d.ts', default: './index.js' },
      './package.json': './package.json',
    },
    files: ['index.js', 'index.js.map', 'types'],
    dependencies: Object.fromEntries(ranges),
  };
}

/** Bundles the code into one module; what npm installs beside it stays outside. */
async function bundle(dist, dependencies) {
  await build({
    configFile: false,
    root: SOURCE,
    logLevel: 'warn',
    build: {
      outDir: dist,
      emptyOutDir: false,
      target: 'es2022',
      minify: false,
      sourcemap: true,
      lib: { entry: join(SOURCE, 'src', 'index.ts'), formats: ['es'], fileName: () => 'index.js' },
      rolldownOptions: { external: Object.keys(dependencies) },
    },
  });
}

/** Writes the declarations of the SDK and of the protocol into a folder. */
function declare(into) {
  const result = spawnSync(
    process.execPath,
    [
      TSC,
      // With more threads a large file is left out now and then, without an error.
      ...['--singleThreaded'],
      ...['--ignoreConfig', '--declaration', '--emitDeclarationOnly', '--strict', '--skipLibCheck'],
      ...['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--verbatimModuleSyntax'],
      ...['--target', 'ES2022', '--lib', 'ES2023,DOM', '--module', 'ESNext'],
      ...['--moduleResolution', 'bundler', '--rootDir', join(WEB, 'packages'), '--outDir', into],
      ...[SOURCE, PROTOCOL].map((folder) => join(folder, 'src', 'index.ts')),
    ],
    { stdio: 'inherit', cwd: WEB },
  );
  if (result.status !== 0) fail('the declarations of the SDK cannot be made.');
}

/** Every file below a folder. */
function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

/** Names every file in full, which Node's own way of finding modules wants. */
function nameInFull(types) {
  for (const path of files(types)) {
    const text = readFileSync(path, 'utf8').replace(SPECIFIER, (_all, before, quote, name) => {
      let full = name;
      if (name === INLINED) {
        const found = relative(dirname(path), join(types, 'protocol', 'index.js'));
        full = found.replaceAll('\\', '/');
      } else if (name.startsWith('.') && !name.endsWith('.js')) full = `${name}.js`;
      if (full.startsWith('.') && !existsSync(join(dirname(path), full.replace(/js$/, 'd.ts'))))
        fail(`${path} names ${name}, which was not made.`);
      return `${before}${quote}${full}${quote}`;
    });
    writeFileSync(path, text);
  }
}

/** Makes the package in a folder. */
async function main(dist) {
  if (!existsSync(TSC)) fail('the packages are not installed; `make install` does it.');
  const manifest = manifestOf(JSON.parse(readFileSync(join(SOURCE, 'package.json'), 'utf8')));
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  await bundle(dist, manifest.dependencies);
  const made = join(dist, '.made');
  declare(made);
  for (const name of ['sdk', 'protocol']) {
    cpSync(join(made, name, 'src'), join(dist, 'types', name), { recursive: true });
  }
  rmSync(made, { recursive: true });
  nameInFull(join(dist, 'types'));
  cpSync(join(SOURCE, 'README.md'), join(dist, 'README.md'));
  cpSync(join(dirname(WEB), 'LICENSE'), join(dist, 'LICENSE'));
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

await main(process.argv[2] ?? join(SOURCE, 'dist'));
