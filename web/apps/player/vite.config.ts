import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const output = join(here, '../../../server/web/dist/player');

/** Where a development server finds the API; the address of a running `croupier serve`. */
const api = process.env.CROUPIER_API ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: here,
  base: '/',
  plugins: [react(), serviceWorker()],
  server: { host: '127.0.0.1', proxy: { '/api': api } },
  build: {
    outDir: output,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // By itself: within the chunk of pixi it would have the lobby load that.
            { name: 'preload', test: /preload-helper/, priority: 10 },
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
            {
              name: 'aria',
              test: /node_modules[\\/](react-aria|react-aria-components|react-stately|@react-aria|@react-stately|@internationalized)[\\/]/,
            },
            {
              name: 'pixi',
              test: /node_modules[\\/](pixi\.js|@pixi|eventemitter3|earcut|tiny-lru)[\\/]/,
            },
          ],
        },
      },
    },
  },
});

/** Write `sw.js` with the list of files of this build and a version made of their names. */
function serviceWorker(): Plugin {
  return {
    name: 'croupier-service-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      const made = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
      const kept = filesUnder(join(here, 'public'));
      const shell = ['index.html', ...made, ...kept].map((name) => `/${name}`).sort();
      const page = readFileSync(join(here, 'index.html'));
      const version = createHash('sha256')
        .update(shell.join('\n'))
        .update(page)
        .digest('hex')
        .slice(0, 16);
      const source = readFileSync(join(here, 'src/worker/sw.js'), 'utf8')
        .replace('__VERSION__', version)
        .replace('/* __SHELL__ */ []', JSON.stringify(shell));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
