import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Where a development server finds the API; the address of a running `croupier serve`. */
const api = process.env.CROUPIER_API ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: here,
  base: '/console/',
  plugins: [react()],
  server: { host: '127.0.0.1', proxy: { '/api': { target: api, ws: true } } },
  build: {
    outDir: join(here, '../../../server/web/dist/console'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
