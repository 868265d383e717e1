import { rename } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

const root = fileURLToPath(new URL('.', import.meta.url));
const output = fileURLToPath(new URL('../../../server/web/dist/loadreport/', import.meta.url));

/** Gives the page the name under which `croupier load` looks for it. */
function named(): Plugin {
  return {
    name: 'croupier-load-report-name',
    closeBundle: () => rename(`${output}index.html`, `${output}report.html`),
  };
}

export default defineConfig({
  root,
  plugins: [viteSingleFile({ removeViteModuleLoader: true }), named()],
  build: { outDir: output, emptyOutDir: true, target: 'es2022' },
});
