/** Finds the webview of a panel among the frames of a workbench page. */
import type { Frame, Page } from 'playwright-core';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PanelName } from './driver-protocol';

const patienceMs = 15_000;

/**
 * The panel's document, two iframes deep, once it is visible. A panel that is open both in the side bar and as an
 * editor is found once: the first visible one.
 */
export async function panelFrame(page: Page, panel: PanelName, timeoutMs = patienceMs): Promise<Frame> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await visiblePanelFrame(page, panel);
    if (found) return found;
    if (Date.now() > deadline) {
      throw new Error(`The panel '${panel}' is not visible after ${timeoutMs} ms (${page.frames().length} frames)`);
    }
    await sleep(100);
  }
}

export async function visiblePanelFrame(page: Page, panel: PanelName): Promise<Frame | undefined> {
  for (const frame of page.frames()) {
    if ((await isPanel(frame, panel)) && (await isVisible(frame))) return frame;
  }
  return undefined;
}

/** Panels are told apart by their script, since VS Code gives their frames random names. */
async function isPanel(frame: Frame, panel: PanelName): Promise<boolean> {
  if (!frame.parentFrame()?.parentFrame()) return false;
  return (
    (await frame
      .locator(`script[src$="/webview/${panel}.js"]`)
      .count()
      .catch(() => 0)) > 0
  );
}

/** VS Code keeps hidden webviews loaded, with their outer iframe invisible. */
async function isVisible(frame: Frame): Promise<boolean> {
  const outer = await frame
    .parentFrame()
    ?.frameElement()
    .catch(() => undefined);
  return (await outer?.isVisible().catch(() => false)) ?? false;
}
