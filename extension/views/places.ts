import * as vscode from 'vscode';
import type { ToView, ViewName } from '../protocol/messages';
import { ViewHost, type ViewDeeds } from './view-host';

/** The views that can be docked. */
export type DockedView = Exclude<ViewName, 'sameAccess' | 'differences'>;
export const VIEWS: readonly DockedView[] = ['translations', 'frames', 'faults'];
const TITLES: Readonly<Record<DockedView, string>> = {
  translations: 'Translations',
  frames: 'Frames',
  faults: 'Faults',
};

/** Where one view lives: at most once in a side bar or the panel, and as any number of editors. */
export class Places implements vscode.Disposable {
  private docked: { readonly host: ViewHost; readonly view: vscode.WebviewView } | null = null;
  private readonly editors = new Map<vscode.WebviewPanel, ViewHost>();
  /** Messages for the docked view, which is not there yet. */
  private waiting: ToView[] = [];
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly view: DockedView,
    private readonly deeds: ViewDeeds,
  ) {
    this.subscriptions = [
      // A hidden view keeps its page: after a session ended its rows could not be fetched again.
      vscode.window.registerWebviewViewProvider(
        this.id,
        { resolveWebviewView: (view) => this.dock(view) },
        { webviewOptions: { retainContextWhenHidden: true } },
      ),
      vscode.window.registerWebviewPanelSerializer(this.id, {
        deserializeWebviewPanel: (panel) => {
          this.adopt(panel);
          return Promise.resolve();
        },
      }),
      vscode.commands.registerCommand(`tptScope.open${TITLES[view]}Editor`, () => this.openEditor()),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.docked?.host.dispose();
    for (const host of this.editors.values()) host.dispose();
  }

  openEditor(): void {
    this.adopt(
      vscode.window.createWebviewPanel(this.id, TITLES[this.view], vscode.ViewColumn.Beside, {
        retainContextWhenHidden: true,
      }),
    );
  }

  /** Brings the view into sight, an editor of it if one is open, and sends it a message. */
  async reveal(message: ToView): Promise<void> {
    const editor = [...this.editors].find(([panel]) => panel.visible) ?? [...this.editors][0];
    if (editor !== undefined && this.docked?.view.visible !== true) {
      editor[0].reveal(undefined, false);
      editor[1].post(message);
      return;
    }
    if (this.docked === null) this.waiting.push(message);
    else this.docked.host.post(message);
    await vscode.commands.executeCommand(`${this.id}.focus`);
  }

  private get id(): string {
    return `tptScope.${this.view}`;
  }

  private dock(view: vscode.WebviewView): void {
    const host = new ViewHost(this.view, view.webview, this.deeds);
    this.docked = { host, view };
    for (const message of this.waiting.splice(0)) host.post(message);
    view.onDidDispose(() => {
      host.dispose();
      if (this.docked?.view === view) this.docked = null;
    });
  }

  private adopt(panel: vscode.WebviewPanel): void {
    const host = new ViewHost(this.view, panel.webview, this.deeds);
    this.editors.set(panel, host);
    panel.iconPath = vscode.Uri.joinPath(this.deeds.extensionUri, 'extension', 'icons', 'tpt-scope.svg');
    panel.onDidDispose(() => {
      host.dispose();
      this.editors.delete(panel);
    });
  }
}
