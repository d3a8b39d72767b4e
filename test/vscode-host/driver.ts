/** The requests of driver-protocol.ts, carried out on a Playwright page. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { DriverHandlers } from './driver-protocol';
import { panelFrame, visiblePanelFrame } from './panel-frames';
import { screenshotsFolder } from './paths';

const textPatienceMs = 15_000;

export function driverFor(page: Page): DriverHandlers {
  return {
    async screenshot({ name, panel }) {
      if (!/^[\w.-]+$/.test(name)) throw new Error(`Not a file name: ${name}`);
      const path = join(screenshotsFolder, `${name}.png`);
      mkdirSync(dirname(path), { recursive: true });
      if (panel === undefined) {
        await page.screenshot({ path, animations: 'disabled' });
      } else {
        const frame = await panelFrame(page, panel);
        const outer = await frame.parentFrame()!.frameElement();
        await outer.screenshot({ path, animations: 'disabled' });
      }
      return path;
    },
    async setViewport(size) {
      await page.setViewportSize(size);
      return null;
    },
    async frameText({ panel, timeoutMs }) {
      return (await panelFrame(page, panel, timeoutMs)).locator('body').innerText();
    },
    async waitForFrameText({ panel, text, timeoutMs = textPatienceMs }) {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        // Looked up anew each time: VS Code may replace the frame while it loads.
        const frame = await panelFrame(page, panel, Math.max(1000, deadline - Date.now()));
        const shown = await frame
          .locator('body')
          .innerText({ timeout: 1000 })
          .catch(() => '');
        if (shown.includes(text)) return shown;
        if (Date.now() > deadline) throw new Error(`'${text}' is not in the panel '${panel}', which shows:\n${shown}`);
        await sleep(100);
      }
    },
    async evaluateInFrame({ panel, expression, timeoutMs }) {
      return (await panelFrame(page, panel, timeoutMs)).evaluate(expression);
    },
    async clickInFrame({ panel, selector, button = 'left', count = 1, timeoutMs }) {
      const frame = await panelFrame(page, panel, timeoutMs);
      await frame.locator(selector).first().click({ button, clickCount: count });
      return null;
    },
    async hoverInFrame({ panel, selector, timeoutMs }) {
      await (await panelFrame(page, panel, timeoutMs)).locator(selector).first().hover();
      return null;
    },
    async frameBounds({ panel }) {
      const frame = await visiblePanelFrame(page, panel);
      const outer = await frame?.parentFrame()?.frameElement();
      return (await outer?.boundingBox()) ?? null;
    },
    async click({ selector, button = 'left' }) {
      await page.locator(selector).first().click({ button });
      return null;
    },
    async hover({ selector }) {
      await page.locator(selector).first().hover();
      return null;
    },
    texts: ({ selector }) => page.locator(selector).allInnerTexts(),
    evaluateInPage: ({ expression }) => page.evaluate(expression),
    async press({ key }) {
      await page.keyboard.press(key);
      return null;
    },
    async type({ text }) {
      await page.keyboard.type(text);
      return null;
    },
    log({ line }) {
      console.log(line);
      return Promise.resolve(null);
    },
  };
}
