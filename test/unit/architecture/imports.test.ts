import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { breachesOf } from '../../support/import-rules';
import { projectRoot, sourceFiles } from '../../support/source-files';

describe('imports run one way (docs/architecture.md)', () => {
  test('no file of the project breaches its rule', () => {
    const files = sourceFiles('simulator', 'extension', 'webview', 'test');
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap((file) => breachesOf(file, readFileSync(join(projectRoot, file), 'utf8')))).toEqual([]);
  }, 60_000);

  test.each([
    ['simulator/paging/walker.ts', `import * as vscode from 'vscode';`],
    ['simulator/paging/walker.ts', `import type { Uri } from 'vscode';`],
    ['simulator/machine/memory.ts', `import { readFileSync } from 'node:fs';`],
    ['simulator/machine/memory.ts', `const fs = require('fs');`],
    ['simulator/machine/memory.ts', `export { x } from '../../extension/protocol/messages';`],
    ['simulator/guest/kernel.ts', `import { AstNode } from 'langium';`],
    ['simulator/language/lsp.ts', `import { createConnection } from 'vscode-languageserver';`],
    ['simulator/machine/clock.ts', `const now = Date.now();`],
    ['simulator/machine/clock.ts', `const now = new Date();`],
    ['simulator/machine/random.ts', `export const roll = () => Math.random();`],
    ['simulator/machine/clock.ts', `export const tick = () => performance.now();`],
    ['simulator/history/journal.ts', `export const host = globalThis;`],
    ['extension/protocol/messages.ts', `import { walk } from '../../simulator/index';`],
    ['extension/protocol/messages.ts', `import type { Walk } from '../../simulator/paging/walker';`],
    ['extension/adapter/session.ts', `import * as vscode from 'vscode';`],
    ['extension/adapter/session.ts', `import { walk } from '../../simulator/paging/walker';`],
    ['extension/cli/main.ts', `import { walk } from '../../simulator/paging/walker';`],
    ['extension/compare/compare.ts', `import * as vscode from 'vscode';`],
    ['extension/compare/compare.ts', `import { command } from '../cli/command';`],
    ['extension/views/host.ts', `import { compare } from '../compare/compare';`],
    ['extension/views/host.ts', `import { TptSession } from '../adapter/session';`],
    ['extension/views/host.ts', `import { Machine } from '../../simulator/index';`],
    ['extension/views/host.ts', `const m = await import('../adapter/session');`],
    ['extension/activate.ts', `import x = require('../test/support/counts');`],
    ['extension/activate.ts', `import '../samples/thing';`],
    ['webview/frames/main.ts', `import { Machine } from '../../simulator/index';`],
    ['webview/frames/main.ts', `import { ViewHost } from '../../extension/views/host';`],
    ['webview/frames/main.ts', `import { join } from 'node:path';`],
    ['tools/thing.ts', ``],
  ])('%s may not say %s', (file, text) => {
    expect(breachesOf(file, text)).toHaveLength(1);
  });

  test.each([
    ['simulator/paging/walker.ts', `import { frameOf } from '../units'; // not from 'vscode'`],
    ['simulator/paging/walker.ts', `const text = "import 'vscode'"; const d = { Date: 1 }.Date;`],
    ['simulator/guest/fork.ts', `export const pid = (process: { id: number }) => process.id;`],
    ['simulator/language/parser.ts', `import { AstNode } from 'langium';`],
    ['extension/protocol/messages.ts', `import type { Walk } from '../../simulator/index';`],
    ['extension/protocol/messages.ts', `import { type Walk } from '../../simulator/index';`],
    ['extension/adapter/session.ts', `import { Machine } from '../../simulator/index';`],
    ['extension/cli/main.ts', `import { run } from '../../simulator/index'; import { argv } from 'node:process';`],
    [
      'extension/debug/factory.ts',
      `import { TptSession } from '../adapter/session'; import * as vscode from 'vscode';`,
    ],
    ['extension/language/server.ts', `import { startLanguageServer } from 'langium/lsp';`],
    ['extension/compare/main.ts', `import type { CompareMessage } from '../protocol/comparison';`],
    ['extension/views/host.ts', `import * as vscode from 'vscode';`],
    ['webview/frames/main.ts', `import type { Page } from '../../extension/protocol/messages';`],
    ['test/oracle/walk.test.ts', `import { walk } from '../../simulator/paging/walker';`],
  ])('%s may say %s', (file, text) => {
    expect(breachesOf(file, text)).toEqual([]);
  });
});
