import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The server that `npm run dev` passes the API's requests on to. */
const server = process.env['AGENTOS_URL'] ?? 'http://127.0.0.1:7777';

export default defineConfig({
  root: path('src/main/web'),
  base: '/console/',
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': path('src/main/web') } },
  build: {
    outDir: path('target/classes/site'),
    emptyOutDir: true,
    // Nothing is put into the page itself: its content security policy would refuse it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
  },
  server: { proxy: { '/api': server, '/openapi.json': server, '/readyz': server } },
  test: { root: path('.'), include: ['src/test/web/**/*.test.ts'], environment: 'node' },
});
