/**
 * Stands in for VS Code's executable in @vscode/test-electron's runTests: takes the same arguments, opens the embedded
 * VS Code in headless Chromium, lets the tests run in its extension host, and ends with their exit code.
 */
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { parseHostArguments } from './arguments';
import { launchBrowser } from './browser';
import { driverFor } from './driver';
import { type DriverHandlers, driverVariable } from './driver-protocol';
import { serveDriver } from './driver-server';
import { ensureHostInstalled } from './install';
import { profilesFolder, resultsFolder } from './paths';
import { writeProfile } from './profile';
import { startServer } from './server';
import { workbenchUrl } from './workbench-url';

/** The longest that all tests may take; a workbench that never starts them must not hang a run. */
const runLimitMs = 8 * 60_000;
const viewport = { width: 1400, height: 900 };

async function main(): Promise<number> {
  const args = parseHostArguments(process.argv.slice(2));
  await ensureHostInstalled();
  const dataFolder = join(profilesFolder, 'test-profile');
  rmSync(dataFolder, { recursive: true, force: true });
  writeProfile(dataFolder, { 'workbench.reduceMotion': 'on', 'window.commandCenter': false });
  const log = openLog();

  let handlers: DriverHandlers | undefined;
  const cleanups: (() => Promise<void> | void)[] = [];
  const cleanUp = async (): Promise<void> => {
    for (const step of cleanups.splice(0).reverse()) await step();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void cleanUp().finally(() => process.exit(130)));
  }
  try {
    const driver = await serveDriver(() => handlers);
    cleanups.push(() => driver.close());
    const server = await startServer({ dataFolder, env: { [driverVariable]: driver.address }, log });
    cleanups.push(() => server.stop());
    const browser = await launchBrowser();
    cleanups.push(() => browser.close());
    const page = await browser.newPage({ viewport });
    handlers = driverFor(page);
    logPage(page, log);
    const finished = testsFinished(page);
    await page.goto(workbenchUrl({ ...args, port: server.port }));
    const crashed = server.ended.then(() => {
      throw new Error(`VS Code's server ended during the tests, see ${join(resultsFolder, 'vscode.log')}`);
    });
    return await Promise.race([finished, crashed, timeLimit()]);
  } finally {
    await cleanUp();
  }
}

/** A workbench under test calls window.codeAutomationExit with what run() came to. */
function testsFinished(page: Page): Promise<number> {
  return new Promise((resolve, reject) => {
    page.once('crash', () => reject(new Error('The page of the workbench crashed')));
    void page.exposeFunction('codeAutomationExit', (code: number) => resolve(code)).catch(reject);
  });
}

function timeLimit(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(
      () => reject(new Error(`The tests did not end within ${runLimitMs / 60_000} minutes`)),
      runLimitMs,
    ).unref();
  });
}

/** Everything that page and server say goes to a file, for when a test fails for no visible reason. */
function openLog(): (text: string) => void {
  mkdirSync(resultsFolder, { recursive: true });
  const file = join(resultsFolder, 'vscode.log');
  rmSync(file, { force: true });
  return (text) => appendFileSync(file, text.endsWith('\n') ? text : `${text}\n`);
}

function logPage(page: Page, log: (text: string) => void): void {
  page.on('console', (message) => log(`page ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => log(`page error: ${error.message}`));
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
