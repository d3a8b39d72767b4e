import * as vscode from 'vscode';
import type { ChosenSide, DifferencesChoice, MachineSummary, SpaceRef } from '../protocol/messages';
import { StopTicks } from './moments';
import { pickProcess } from './picks';
import { askMoment, pickRoot, usualRoot } from './side-picks';
import { ViewHost, type ViewDeeds } from './view-host';

const VIEW_TYPE = 'tptScope.differences';

/** "Differences": one editor beside the others, used again for the next question; and the commands that open it. */
export class DifferencesPanel implements vscode.Disposable {
  private open: { readonly panel: vscode.WebviewPanel; readonly host: ViewHost } | null = null;
  private readonly ticks = new StopTicks();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly deeds: ViewDeeds) {
    this.subscription = deeds.broadcast.onMessage((message) => {
      if (message.type !== 'state') return;
      if (message.state === 'starting' || message.state === 'none') this.ticks.clear();
      else if (message.state === 'stopped' && message.summary !== null)
        this.ticks.stopped(message.revision, message.summary.tick);
      this.tellMoments();
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.open?.panel.dispose();
  }

  /** Asks for what `choice` leaves open and shows the differences. `space`: the process one looks at. */
  async choose(choice: DifferencesChoice, space?: SpaceRef): Promise<void> {
    const { summary } = this.deeds.broadcast.state;
    if (summary === null) {
      void vscode.window.showInformationMessage('Start a session first: there are no tables to compare yet.');
      return;
    }
    const sides = await this.sides(choice, summary, space);
    if (sides !== null) this.show(...sides);
  }

  show(a: ChosenSide, b: ChosenSide): void {
    const { panel, host } = (this.open ??= this.create());
    panel.reveal(undefined, false);
    this.tellMoments();
    host.post({ type: 'differences', a, b });
  }

  private async sides(
    choice: DifferencesChoice,
    summary: MachineSummary,
    given: SpaceRef | undefined,
  ): Promise<[ChosenSide, ChosenSide] | null> {
    switch (choice) {
      case 'sinceLastStop': {
        const space = given ?? (await pickProcess(summary, 'Differences of which process?'));
        if (space === undefined) return null;
        const root = usualRoot(summary, space);
        return [
          { ...space, root, at: 'lastStop' },
          { ...space, root, at: 'now' },
        ];
      }
      case 'processes': {
        const a = given ?? (await pickProcess(summary, 'Differences between this process…'));
        const b = a === undefined ? undefined : await pickProcess(summary, '…and which?', a);
        if (a === undefined || b === undefined) return null;
        return [
          { ...a, root: usualRoot(summary, a), at: 'now' },
          { ...b, root: usualRoot(summary, b), at: 'now' },
        ];
      }
      case 'sides': {
        const a = await this.askSide(summary, 'First side', 'lastStop');
        const b = a === null ? null : await this.askSide(summary, 'Second side', 'now');
        return a === null || b === null ? null : [a, b];
      }
    }
  }

  private async askSide(
    summary: MachineSummary,
    title: string,
    likely: 'now' | 'lastStop',
  ): Promise<ChosenSide | null> {
    const space = await pickProcess(summary, `${title}: process`);
    const root = space === undefined ? undefined : await pickRoot(summary, space, `${title}: table`);
    if (space === undefined || root === undefined) return null;
    const at = await askMoment(`${title}: when`, likely, this.ticks.last, this.deeds.bookmarks());
    return at === undefined ? null : { ...space, root, at };
  }

  private tellMoments(): void {
    this.open?.host.post({ type: 'moments', lastStop: this.ticks.last, bookmarks: this.deeds.bookmarks() });
  }

  private create(): { readonly panel: vscode.WebviewPanel; readonly host: ViewHost } {
    const panel = vscode.window.createWebviewPanel(VIEW_TYPE, 'Differences', vscode.ViewColumn.Active, {
      retainContextWhenHidden: true,
    });
    panel.iconPath = vscode.Uri.joinPath(this.deeds.extensionUri, 'extension', 'icons', 'tpt-scope.svg');
    const host = new ViewHost('differences', panel.webview, this.deeds);
    panel.onDidDispose(() => {
      host.dispose();
      this.open = null;
    });
    return { panel, host };
  }
}
