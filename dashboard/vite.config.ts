/** Builds the console: a static site of two pages (the console, and the public status) below `dashboard/dist`. */
import { join } from 'node:path';
import { defineConfig } from 'vite';

const page = (name: string) => join(import.meta.dirname, name);

export default defineConfig({
  root: import.meta.dirname,
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    // An inlined asset would be a `data:` address, and the policy of the page names none but pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What each page fetches, for the tests of its size.
    manifest: true,
    // The licences of what ships go with it.
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      // `use client` is for servers that render; there is none.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
      input: {
        index: page('index.html'),
        popup: page('signed-in-popup.html'),
        status: page('status.html'),
      },
    },
  },
});
