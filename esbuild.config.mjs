// Bundles everything that ships, and the tests that run inside VS Code, into out/.
//   node esbuild.config.mjs [--watch] [--production]
import { chmod, cp, mkdir, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as esbuild from 'esbuild';
import { writeNotices } from './test/support/third-party-notices.mjs';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');

const panels = ['translations', 'frames', 'faults', 'history', 'compare', 'sameAccess', 'differences'];
const nodeEntries = [
  { source: 'extension/activate.ts', bundle: 'extension/activate' },
  { source: 'extension/adapter/main.ts', bundle: 'adapter/main' },
  { source: 'extension/language/server.ts', bundle: 'language/server' },
  { source: 'extension/compare/main.ts', bundle: 'compare/worker-main' },
  { source: 'extension/compare/worker.ts', bundle: 'compare/worker' },
  { source: 'extension/cli/main.ts', bundle: 'cli/main', shebang: true },
];

const common = {
  bundle: true,
  outdir: 'out',
  sourcemap: production ? false : 'linked',
  minify: production,
  logLevel: 'warning',
  legalComments: 'none', // See writeNotices.
  metafile: production,
};

function nodeBundle({ source, bundle, shebang }) {
  return {
    ...common,
    entryPoints: { [bundle]: source },
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
    ...(shebang ? { banner: { js: '#!/usr/bin/env node' }, plugins: [executable(`out/${bundle}.js`)] } : {}),
  };
}

/** npm makes a program executable when it links it, once: not when it is built anew. */
function executable(file) {
  return {
    name: 'executable',
    setup: (build) => {
      build.onEnd(async ({ errors }) => {
        if (errors.length === 0) await chmod(file, 0o755);
      });
    },
  };
}

/** One script and one style sheet per panel, `main.ts` and `main.css` beside it; webviews load nothing else. */
function webviewBundle(panel) {
  const sources = [`webview/${panel}/main.ts`, `webview/${panel}/main.css`];
  return {
    ...common,
    entryPoints: sources
      .filter((source) => existsSync(source))
      .map((source) => ({ in: source, out: `webview/${panel}` })),
    platform: 'browser',
    target: 'chrome128',
    format: 'iife',
    loader: { '.ttf': 'file' },
  };
}

/** Each test module stays a file of its own; mocha and vscode are what the extension host provides. */
function hostTestBundle(entryPoints) {
  return {
    ...common,
    minify: false,
    entryPoints,
    outdir: 'out/test/vscode',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode', 'mocha'],
  };
}

/** A test whose source is gone must not go on running from its old bundle. */
async function removeStaleTests(sources) {
  const folder = 'out/test/vscode';
  if (!existsSync(folder)) return;
  const kept = new Set(sources.map((file) => basename(file, '.ts')));
  for (const name of await readdir(folder)) {
    if (name.includes('.test.js') && !kept.has(name.replace(/\.js(\.map)?$/, ''))) await rm(join(folder, name));
  }
}

async function hostTestEntries() {
  if (production) return [];
  const names = await readdir('test/vscode');
  return names
    .filter((name) => name === 'index.ts' || name.endsWith('.test.ts'))
    .map((name) => join('test/vscode', name));
}

async function copyCodicons() {
  await mkdir('out/webview', { recursive: true });
  for (const name of ['codicon.css', 'codicon.ttf']) {
    await cp(join('node_modules/@vscode/codicons/dist', name), join('out/webview', name));
  }
}

async function builds() {
  const nodes = nodeEntries.map(nodeBundle);
  const web = panels.map(webviewBundle);
  const tests = await hostTestEntries();
  if (!production) await removeStaleTests(tests);
  return [
    ...nodes,
    ...web,
    ...(tests.length > 0
      ? [hostTestBundle(Object.fromEntries(tests.map((file) => [basename(file, '.ts'), file])))]
      : []),
  ];
}

await copyCodicons();
const wanted = await builds();
if (watch) {
  const contexts = await Promise.all(wanted.map((options) => esbuild.context({ ...options, logLevel: 'info' })));
  await Promise.all(contexts.map((context) => context.watch()));
} else {
  // All of them, even after a failure, which esbuild has printed by then.
  const outcomes = await Promise.allSettled(wanted.map((options) => esbuild.build(options)));
  if (outcomes.some(({ status }) => status === 'rejected')) process.exitCode = 1;
  else if (production) await writeNotices(outcomes.flatMap(({ value }) => Object.keys(value.metafile.inputs)));
}
