/**
 * What a test inside the extension host can ask of the browser that shows its VS Code. A test there has the whole
 * `vscode` API and no hands or eyes; the driver has those and nothing else.
 *
 * One HTTP POST on loopback per request: body `{ method, params }`, answer `{ result }` or `{ error }`.
 */

/** A panel's webview, by the name of its bundle: the script `out/webview/<name>.js`. */
export type PanelName = 'translations' | 'frames' | 'faults' | 'compare' | 'sameAccess' | 'differences';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface InPanel {
  readonly panel: PanelName;
  /** How long to wait for the panel to be there and visible. */
  readonly timeoutMs?: number;
}

/** method → [parameters, result] */
export interface DriverRequests {
  /** Writes out/screenshots/NAME.png, of the whole window or of one panel alone; answers its path. */
  screenshot: [{ readonly name: string; readonly panel?: PanelName }, string];
  setViewport: [{ readonly width: number; readonly height: number }, null];
  /** Visible text of a panel. */
  frameText: [InPanel, string];
  /** Waits until the text of a panel holds `text`; answers the whole text. */
  waitForFrameText: [InPanel & { readonly text: string }, string];
  /** Value, fit for JSON, of an expression in a panel's document. */
  evaluateInFrame: [InPanel & { readonly expression: string }, unknown];
  /** Mouse, with Playwright's actionability checks. `selector` is a Playwright selector inside the panel. */
  clickInFrame: [
    InPanel & { readonly selector: string; readonly button?: 'left' | 'right'; readonly count?: number },
    null,
  ];
  hoverInFrame: [InPanel & { readonly selector: string }, null];
  /** Where a panel lies in the window; null where it is not visible. */
  frameBounds: [{ readonly panel: PanelName }, Rectangle | null];
  /** As clickInFrame, in the workbench itself. */
  click: [{ readonly selector: string; readonly button?: 'left' | 'right' }, null];
  hover: [{ readonly selector: string }, null];
  /** Visible texts of all elements of the workbench that fit the selector. */
  texts: [{ readonly selector: string }, readonly string[]];
  evaluateInPage: [{ readonly expression: string }, unknown];
  /** One key or chord as Playwright spells it: `F5`, `Control+Shift+P`; goes to whatever has the focus. */
  press: [{ readonly key: string }, null];
  type: [{ readonly text: string }, null];
  /** Prints a line on the terminal that the tests were started from. */
  log: [{ readonly line: string }, null];
}

export type DriverMethod = keyof DriverRequests;
export type DriverParams<M extends DriverMethod> = DriverRequests[M][0];
export type DriverResult<M extends DriverMethod> = DriverRequests[M][1];

/** Names the address of the driver to the tests. Unset where VS Code runs as a desktop window. */
export const driverVariable = 'TPT_SCOPE_DRIVER';

/** The requests as methods: what a test holds, and what the host implements. */
export type DriverHandlers = { readonly [M in DriverMethod]: (params: DriverParams<M>) => Promise<DriverResult<M>> };
