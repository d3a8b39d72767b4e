import * as vscode from 'vscode';
import { basename } from 'node:path';
import type { CompareSettings, Comparison, FromCompareView, ToCompareView } from '../protocol/compare-view';
import { readComparisons } from './comparison-file';
import { startComparison, type CompareProgress, type RunningComparison } from './comparison-run';
import { readSettings } from './comparison-settings';
import { viewHtml, webviewRoot } from './html';

/** What a panel is about: a scenario or trace to run, comparisons to read, or nothing yet. */
export interface Subject {
  readonly kind: 'source' | 'comparison' | 'none';
  readonly uri: string;
}

export interface PanelDeeds {
  readonly extensionUri: vscode.Uri;
  readonly memento: vscode.Memento;
  /** Lets a person choose, and opens what was chosen. */
  readonly choose: (what: 'source' | 'comparison') => void;
}

const SETTINGS = 'tptScope.compare.settings';
const UI = 'tptScope.ui.compare';
const FILTERS = { csv: 'Comma-separated values', json: 'Comparison', svg: 'SVG picture' } as const;
/** Progress is not told more often. */
const TELL_MS = 100;

/** One comparison in the editor area. */
export class ComparisonPanel implements vscode.Disposable {
  private ready = false;
  private waiting: ToCompareView[] = [];
  private running: RunningComparison | null = null;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    readonly panel: vscode.WebviewPanel,
    private readonly deeds: PanelDeeds,
    readonly subject: Subject,
  ) {
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(deeds.extensionUri)] };
    panel.iconPath = vscode.Uri.joinPath(deeds.extensionUri, 'extension', 'icons', 'tpt-scope.svg');
    panel.title = subject.kind === 'none' ? 'Compare Schemes' : `${this.name}: schemes`;
    this.subscriptions = [webview.onDidReceiveMessage((message: FromCompareView) => void this.receive(message))];
    webview.html = viewHtml(webview, deeds.extensionUri, 'compare');
  }

  dispose(): void {
    this.running?.cancel();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Runs the source under the settings that were used last. */
  async run(settings = this.settings): Promise<void> {
    if (this.running !== null || this.subject.kind !== 'source') return;
    const uri = vscode.Uri.parse(this.subject.uri);
    if (uri.scheme !== 'file') {
      this.stop(`${this.name} is not on this machine's disk. Save a copy there, then compare it.`);
      return;
    }
    // What is compared is what is seen: the runner reads the file.
    await vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString())?.save();
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: `Comparing ${this.name}`, cancellable: true },
      async (progress, token) => {
        const tell = this.teller(progress);
        tell({ kind: 'progress', label: `${this.name}: starting`, done: 0, total: null });
        const script = vscode.Uri.joinPath(this.deeds.extensionUri, 'out', 'compare', 'worker-main.js').fsPath;
        const running = startComparison(script, { file: uri.fsPath, ...settings }, tell);
        this.running = running;
        token.onCancellationRequested(() => running.cancel());
        const outcome = await running.outcome;
        this.running = null;
        if (outcome.kind === 'done') this.show([outcome.comparison]);
        else if (outcome.kind === 'failed') this.stop(outcome.message);
        else this.post({ type: 'stopped', failed: false, message: 'The comparison was cancelled.' });
      },
    );
  }

  /** Reads the comparison file and shows what is in it. */
  async load(): Promise<void> {
    try {
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.parse(this.subject.uri));
      const read = readComparisons(new TextDecoder().decode(bytes), this.name);
      if (read.ok) this.show(read.comparisons);
      else this.stop(read.problem);
    } catch (error) {
      this.stop(`${this.name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private get name(): string {
    return basename(vscode.Uri.parse(this.subject.uri).path);
  }

  private get settings(): CompareSettings {
    return readSettings(this.deeds.memento.get(SETTINGS));
  }

  private show(comparisons: readonly Comparison[]): void {
    this.post({ type: 'comparisons', comparisons });
  }

  private stop(message: string): void {
    this.post({ type: 'stopped', failed: true, message });
  }

  /** Tells the notification and the page how far the run is. */
  private teller(
    notification: vscode.Progress<{ message?: string; increment?: number }>,
  ): (p: CompareProgress) => void {
    let told = 0;
    let share = 0;
    return ({ label, done, total }) => {
      const now = Date.now();
      if (now - told < TELL_MS) return;
      told = now;
      const next = total === null || total === 0 ? share : (100 * done) / total;
      notification.report({ message: label, ...(next > share ? { increment: next - share } : {}) });
      share = Math.max(share, next);
      this.post({ type: 'progress', label, done, total });
    };
  }

  /** Sends now, or as soon as the page listens. */
  private post(message: ToCompareView): void {
    if (this.ready) void this.panel.webview.postMessage(message);
    else this.waiting.push(message);
  }

  private async receive(message: FromCompareView): Promise<void> {
    switch (message.type) {
      case 'ready': {
        this.welcome();
        return;
      }
      case 'run': {
        await this.deeds.memento.update(SETTINGS, message.settings);
        return this.run(message.settings);
      }
      case 'cancel': {
        this.running?.cancel();
        return;
      }
      case 'choose': {
        this.deeds.choose(message.what);
        return;
      }
      case 'export':
        return this.save(message);
      case 'saveUi': {
        await this.deeds.memento.update(UI, message.ui);
      }
    }
  }

  private welcome(): void {
    this.ready = true;
    const ui = this.deeds.memento.get(UI);
    if (ui !== undefined) this.post({ type: 'restoreUi', ui });
    const file = this.subject.kind === 'source' ? this.name : null;
    this.post({ type: 'setup', file, settings: this.settings, remember: this.subject });
    for (const message of this.waiting.splice(0)) this.post(message);
  }

  private async save({ format, name, text }: Extract<FromCompareView, { type: 'export' }>): Promise<void> {
    const folder =
      this.subject.kind === 'none'
        ? vscode.workspace.workspaceFolders?.[0]?.uri
        : vscode.Uri.joinPath(vscode.Uri.parse(this.subject.uri), '..');
    const uri = await vscode.window.showSaveDialog({
      ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, `${name}.${format}`) }),
      filters: { [FILTERS[format]]: [format] },
      title: 'Save Comparison',
    });
    if (uri === undefined) return;
    try {
      await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
      void vscode.window.setStatusBarMessage(`Saved ${basename(uri.path)}`, 5000);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      void vscode.window.showErrorMessage(`${basename(uri.path)} was not saved: ${why}. Choose another folder.`);
    }
  }
}
