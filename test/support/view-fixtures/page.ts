/** Opens a view in headless Chromium with a make-believe host, under the same CSP as in VS Code. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import type { FromView, QueryMethod, ToView, ViewName } from '../../../extension/protocol/messages';
import { viewFiles } from './bundle';
import { answers, summary, type FixtureOptions } from './machine';
import themes from './themes.json';

export type Theme = keyof typeof themes;
export const THEMES = Object.keys(themes) as Theme[];
const CLASSES: Readonly<Record<Theme, string>> = {
  dark: 'vscode-dark',
  light: 'vscode-light',
  hc: 'vscode-high-contrast',
  'hc-light': 'vscode-high-contrast vscode-high-contrast-light',
};
const ORIGIN = 'http://view.test';

export interface OpenOptions extends FixtureOptions {
  readonly view: ViewName;
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  /** The first state message; `stopped` unless told. */
  readonly state?: Partial<Extract<ToView, { type: 'state' }>>;
  readonly ui?: unknown;
  /** Milliseconds before a query is answered. */
  readonly delay?: number;
}

/** An open view: its page, what it posted, and complaints of the browser (errors, CSP breaches). */
export interface OpenView {
  readonly page: Page;
  readonly posted: FromView[];
  readonly complaints: string[];
  send(message: ToView): Promise<void>;
}

export async function openView(browser: Browser, options: OpenOptions): Promise<OpenView> {
  const posted: FromView[] = [];
  const state = stateMessage(options);
  const table = answers(options);
  const receive = async (message: FromView, send: (message: ToView) => Promise<void>): Promise<void> => {
    posted.push(message);
    if (message.type === 'ready') {
      if (options.ui !== undefined) await send({ type: 'restoreUi', ui: options.ui });
      await send(state);
    } else if (message.type === 'query') {
      if (options.delay !== undefined) await new Promise((done) => setTimeout(done, options.delay));
      const answer = table[message.method as keyof typeof table] as (args: unknown) => never;
      const refused = options.refused?.[message.method];
      const { id } = message;
      const { revision } = state;
      if (refused !== undefined) await send({ type: 'reply', id, reply: { ok: false, revision, error: refused } });
      else await send({ type: 'reply', id, reply: { ok: true, revision, result: answer(message.args) } });
      // A deed makes a new revision, told as the extension tells it.
      if (message.method === 'edit' || message.method === 'undoEdit') await send(state);
    } else if (message.type === 'select') {
      await send({ type: 'selection', selection: message.selection, from: options.view });
    } else if (message.type === 'addressAction' && message.action === 'walk') {
      await send({ type: 'reveal', address: message.address, action: 'walk' });
    }
  };
  const { width = 420, height = 700, theme = 'dark', view } = options;
  const opened = await openPage<ToView>(browser, { bundle: view, theme, width, height }, receive);
  return { ...opened, posted };
}

export interface PageOptions {
  /** Name of the script and style sheet. */
  readonly bundle: string;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
}

/** Opens the page of any panel; `receive` is its host. */
export async function openPage<To>(
  browser: Browser,
  { bundle, theme, width, height }: PageOptions,
  receive: (message: never, send: (message: To) => Promise<void>) => Promise<void> | void,
): Promise<{ readonly page: Page; readonly complaints: string[]; send(message: To): Promise<void> }> {
  const page = await browser.newPage({ viewport: { width, height } });
  const files = await viewFiles();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || /Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const send = (message: To): Promise<void> => page.evaluate((data) => window.postMessage(data, '*'), message as never);
  await page.exposeFunction('__post', (message: never) => receive(message, send));
  // As text: a function would come with the helpers of whatever compiled it.
  await page.addInitScript({
    content:
      'window.acquireVsCodeApi = () => ({ postMessage: (message) => window.__post(message), setState: (state) => { window.__state = state; } });',
  });
  await page.route(`${ORIGIN}/**`, (route) => {
    const path = new URL(route.request().url()).pathname;
    if (path === '/') return route.fulfill({ contentType: 'text/html', body: html(bundle, theme) });
    if (path === '/theme.css') return route.fulfill({ contentType: 'text/css', body: themeCss(theme) });
    const body = files.get(path);
    if (body === undefined) return route.fulfill({ status: 404 });
    return route.fulfill({
      body,
      contentType: path.endsWith('.css') ? 'text/css' : path.endsWith('.js') ? 'text/javascript' : 'font/ttf',
    });
  });
  await page.goto(`${ORIGIN}/`);
  return { page, complaints, send };
}

export function stateMessage(options: OpenOptions): Extract<ToView, { type: 'state' }> {
  return {
    type: 'state',
    state: 'stopped',
    revision: 7,
    message: null,
    summary: summary(options),
    scenario: '/samples/forged-leaf.tpt',
    ...options.state,
  };
}

export function queriesOf(view: OpenView, method: QueryMethod): FromView[] {
  return view.posted.filter((message) => message.type === 'query' && message.method === method);
}

function themeCss(theme: Theme): string {
  const variables = Object.entries(themes[theme]).map(([name, value]) => `${name}: ${value};`);
  // As VS Code does: the variables on the root; the page itself is transparent over the side bar's colour.
  return `:root { ${variables.join(' ')} } html { background: ${theme.startsWith('hc') ? 'var(--vscode-editor-background)' : 'var(--vscode-sideBar-background)'}; }`;
}

/** The same page as extension/views/html.ts makes, with another origin and the theme put in. */
function html(bundle: string, theme: Theme): string {
  return readFileSync('test/support/view-fixtures/page.html', 'utf8')
    .replaceAll('VIEW', bundle)
    .replaceAll('ORIGIN', ORIGIN)
    .replaceAll('THEME', CLASSES[theme])
    .replaceAll('NAME', theme);
}
