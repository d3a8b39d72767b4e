/** The test's side of test/vscode-host: hands and eyes in the VS Code that the test runs in. */
import {
  type DriverMethod,
  type DriverParams,
  type DriverResult,
  driverVariable,
  type PanelName,
} from '../vscode-host/driver-protocol';

/** Whether there is a driver: not in a desktop VS Code. Tests that need one say `if (!driver.available) this.skip()`. */
const address = process.env[driverVariable];

async function ask<M extends DriverMethod>(method: M, params: DriverParams<M>): Promise<DriverResult<M>> {
  if (address === undefined) throw new Error('This VS Code has no driver: it was not started by test/vscode-host');
  const response = await fetch(address, { method: 'POST', body: JSON.stringify({ method, params }) });
  const answer = (await response.json()) as { readonly result: DriverResult<M>; readonly error?: string };
  if (answer.error !== undefined) throw new Error(`driver.${method}: ${answer.error}`);
  return answer.result;
}

export const driver = {
  available: address !== undefined,
  ask,
  screenshot: (name: string, panel?: PanelName) => ask('screenshot', { name, ...(panel ? { panel } : {}) }),
  setViewport: (width: number, height: number) => ask('setViewport', { width, height }),
  frameText: (panel: PanelName) => ask('frameText', { panel }),
  waitForFrameText: (panel: PanelName, text: string) => ask('waitForFrameText', { panel, text }),
  evaluateInFrame: (panel: PanelName, expression: string) => ask('evaluateInFrame', { panel, expression }),
  clickInFrame: (panel: PanelName, selector: string) => ask('clickInFrame', { panel, selector }),
  hoverInFrame: (panel: PanelName, selector: string) => ask('hoverInFrame', { panel, selector }),
  frameBounds: (panel: PanelName) => ask('frameBounds', { panel }),
  click: (selector: string) => ask('click', { selector }),
  hover: (selector: string) => ask('hover', { selector }),
  texts: (selector: string) => ask('texts', { selector }),
  evaluateInPage: (expression: string) => ask('evaluateInPage', { expression }),
  press: (key: string) => ask('press', { key }),
  type: (text: string) => ask('type', { text }),
  log: (line: string) => ask('log', { line }),
};
