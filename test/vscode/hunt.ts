/** A hunt for a bug in the real VS Code, by what a person has: commands, keys, the mouse, and what is on the screen. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { driver } from './driver';
import { TestSession, type Halt } from './session';

const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
const PATIENCE_MS = 15_000;

/** What is known of a bug before the hunt. Lines count from 1. */
export interface Quarry {
  readonly file: string;
  readonly symptomLine: number;
  /** Kind of the fault that it shows as; null: an expectation that fails. */
  readonly fault: string | null;
}

export class Hunt {
  private constructor(
    readonly run: TestSession,
    private readonly document: vscode.TextDocument,
    /** The last stop. */
    private halt: Halt,
  ) {}

  /** Opens the sample and starts it as F5 does; Run and Debug stays in sight beside it. */
  static async begin(file: string): Promise<Hunt> {
    const document = await vscode.workspace.openTextDocument(join(folder, file));
    await vscode.window.showTextDocument(document, { preview: false });
    const { run, halt } = await TestSession.start(async () => {
      await vscode.commands.executeCommand('workbench.action.debug.start');
    });
    assert.equal(halt?.reason, 'entry');
    await vscode.commands.executeCommand('workbench.view.debug');
    const hunt = new Hunt(run, document, halt);
    await hunt.focused();
    return hunt;
  }

  /** What was said of the last stop. */
  get text(): string {
    return this.halt.text;
  }

  get reason(): string {
    return this.halt.reason;
  }

  /** Does something that makes the machine go, and waits until VS Code shows where it stopped. */
  async travel(deed: () => PromiseLike<unknown>): Promise<Halt> {
    await deed();
    const halt = await this.run.next();
    assert.ok(halt, 'the session goes on');
    this.halt = halt;
    await this.focused();
    return halt;
  }

  /** One of VS Code's own commands for running and stepping. */
  debug(command: 'continue' | 'reverseContinue' | 'stepBack' | 'stepOver' | 'stepInto'): Promise<Halt> {
    return this.travel(() => vscode.commands.executeCommand(`workbench.action.debug.${command}`));
  }

  /** Goes on to where the bug shows itself, and checks that the editor is there. */
  async toSymptom({ fault, symptomLine }: Quarry): Promise<void> {
    const wanted = fault ?? 'failed_expect';
    for (let stops = 0; stops < 20; stops++) {
      const halt = await this.debug('continue');
      if (/^Ended/.test(halt.text)) break;
      if ((await this.exception()) === wanted) break;
    }
    // It takes the focus when it opens, from a prompt too.
    if (this.halt.reason === 'exception')
      await until(async () => (await driver.texts('.exception-widget')).length > 0, 'VS Code tells the exception');
    await this.standsAt(symptomLine);
  }

  /** Back to the last stop of a breakpoint, past faults on the way. */
  async backToBreakpoint(reason: 'function breakpoint' | 'data breakpoint'): Promise<void> {
    for (let stops = 0; stops < 20; stops++) {
      const halt = await this.debug('reverseContinue');
      if (halt.reason === reason) return;
      assert.equal(halt.reason, 'exception', `a fault on the way to the ${reason}`);
    }
    assert.fail(`no ${reason} behind`);
  }

  /**
   * The machine stands at a line of the scenario: the Call Stack shows it, and the editor has the cursor there, at once or, where
   * the machine is inside an operation, once its frame is clicked.
   */
  async standsAt(line: number): Promise<void> {
    const frames = await this.run.stack(this.halt.threadId);
    const inScenario = frames.find(({ source }) => source !== undefined && (source.sourceReference ?? 0) === 0);
    assert.equal(inScenario?.line, line, `${this.halt.text}: ${frames.map(({ name }) => name).join(' < ')}`);
    await until(async () => (await this.callStackRow(line)) >= 0, `the Call Stack shows line ${line}`);
    // What hovers over a row that the mouse rests on would be in the way.
    await driver.hover('.part.statusbar');
    if (!this.isInEditor(line)) await driver.click(`${ROWS} >> nth=${await this.callStackRow(line)}`);
    await until(() => Promise.resolve(this.isInEditor(line)), `the editor is at line ${line}`);
  }

  /** Types an answer to a prompt or picker of VS Code once that is open. */
  async answer(text: string): Promise<void> {
    await until(
      async () =>
        (await driver.evaluateInPage(
          'document.activeElement?.closest(".quick-input-widget")?.checkVisibility() === true',
        )) === true,
      `a prompt for ${text}`,
    );
    // One that follows another opens in the same place.
    await new Promise((done) => setTimeout(done, 200));
    await driver.press('Control+A');
    await driver.type(text);
    await driver.press('Enter');
  }

  /** Types a line into the Debug Console. @returns what the console shows once `expected` is among it */
  async console(line: string, expected: RegExp): Promise<string> {
    // What is shown of the stop may still take the focus for itself.
    await until(async () => {
      await vscode.commands.executeCommand('workbench.panel.repl.view.focus');
      return (await driver.evaluateInPage(INPUT_HAS_FOCUS)) === true;
    }, 'the console has the focus');
    await driver.type(line);
    await driver.press('Escape');
    await driver.press('Enter');
    let shown = '';
    await until(
      async () => {
        shown = (await driver.texts('.repl .monaco-list-row')).join('\n');
        return expected.test(shown);
      },
      `the console answers ${String(expected)}`,
    );
    return shown;
  }

  private async exception(): Promise<string | null> {
    if (this.halt.reason !== 'exception') return null;
    const { details } = (await this.run.session.customRequest('exceptionInfo', { threadId: this.halt.threadId })) as {
      details: { fullTypeName: string };
    };
    return details.fullTypeName;
  }

  /** VS Code has taken notice of the last stop: a frame of it has the focus. */
  private async focused(): Promise<void> {
    const ids = (await this.run.stack(this.halt.threadId)).map(({ id }) => id);
    await until(() => {
      const item = vscode.debug.activeStackItem;
      return Promise.resolve(item instanceof vscode.DebugStackFrame && ids.includes(item.frameId));
    }, 'VS Code shows the stop');
  }

  /** Number of the first row of the Call Stack with a line of the scenario; -1: it is not shown. */
  private async callStackRow(line: number): Promise<number> {
    const name = this.document.uri.path.split('/').at(-1)!;
    const rows = await driver.texts(ROWS);
    return rows.findIndex((text) => text.includes(name) && new RegExp(`(^|\\D)${line}:\\d+\\s*$`).test(text));
  }

  private isInEditor(line: number): boolean {
    const editor = vscode.window.visibleTextEditors.find(({ document }) => document === this.document);
    return editor?.selection.active.line === line - 1;
  }
}

const ROWS = '.debug-call-stack .monaco-list-row';

/** Opens a view as an editor, where Run and Debug stays in sight. */
export async function openBeside(view: 'Translations' | 'Faults'): Promise<void> {
  await vscode.commands.executeCommand(`tptScope.open${view}Editor`);
}

/** In the window: whether one types into the console. */
const INPUT_HAS_FOCUS = `document.activeElement !== null && document.activeElement.closest('.repl-input-wrapper') !== null`;

export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ${PATIENCE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
