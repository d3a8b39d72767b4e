import * as vscode from 'vscode';
import type { BreakSubject, FromView, Question, ToView, ViewName } from '../protocol/messages';
import type { Bookmarks } from './bookmarks';
import type { Broadcast } from './broadcast';
import { viewHtml, webviewRoot } from './html';
import { saveText } from './save';

/** What a view asks of the rest of the extension. */
export interface ViewDeeds {
  readonly broadcast: Broadcast;
  readonly extensionUri: vscode.Uri;
  readonly memento: vscode.Memento;
  readonly bookmarks: Bookmarks;
  readonly ask: (question: Question) => void;
  readonly addressAction: (message: Extract<FromView, { type: 'addressAction' }>) => void;
  readonly breakOn: (subject: BreakSubject) => void;
  readonly differences: (message: Extract<FromView, { type: 'differences' }>) => void;
  readonly goToLine: (line: number) => void;
  /** Gives the focus to the text, before the machine travels. */
  readonly leaveToText: () => Promise<void>;
  readonly command: (command: Extract<FromView, { type: 'command' }>['command'], view: ViewName) => void;
}

/** One page of one view, wherever it lives: in a side bar, the panel, or as an editor. Ends with its webview. */
export class ViewHost implements vscode.Disposable {
  private ready = false;
  private waiting: ToView[] = [];
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    readonly view: ViewName,
    private readonly webview: vscode.Webview,
    private readonly deeds: ViewDeeds,
  ) {
    webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(deeds.extensionUri)] };
    this.subscriptions = [
      webview.onDidReceiveMessage((message: FromView) => this.receive(message)),
      deeds.broadcast.onMessage((message) => {
        if (this.ready) void webview.postMessage(message);
      }),
    ];
    webview.html = viewHtml(webview, deeds.extensionUri, view);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Sends now, or as soon as the page listens. */
  post(message: ToView): void {
    if (this.ready) void this.webview.postMessage(message);
    else this.waiting.push(message);
  }

  private receive(message: FromView): void {
    const { deeds } = this;
    switch (message.type) {
      case 'ready': {
        this.welcome();
        return;
      }
      case 'query':
        return void this.answer(message);
      case 'select': {
        deeds.broadcast.select(message.selection, this.view);
        return;
      }
      case 'addressAction': {
        deeds.addressAction(message);
        return;
      }
      case 'breakOn': {
        deeds.breakOn(message.subject);
        return;
      }
      case 'differences': {
        deeds.differences(message);
        return;
      }
      case 'goToLine': {
        deeds.goToLine(message.line);
        return;
      }
      case 'command': {
        deeds.command(message.command, this.view);
        return;
      }
      case 'ask': {
        deeds.ask(message.question);
        return;
      }
      case 'bookmark':
        return void deeds.bookmarks[message.deed](message.tick);
      case 'saveUi':
        return void deeds.memento.update(uiKey(this.view), message.ui);
      case 'copy':
        return void vscode.env.clipboard.writeText(message.text);
      case 'save':
        return void saveText(message.name, message.text);
    }
  }

  private welcome(): void {
    this.ready = true;
    const ui = this.deeds.memento.get(uiKey(this.view));
    if (ui !== undefined) this.post({ type: 'restoreUi', ui });
    this.post(this.deeds.bookmarks.message);
    this.post(this.deeds.broadcast.state);
    for (const message of this.waiting.splice(0)) this.post(message);
  }

  private async answer({ id, method, args }: Extract<FromView, { type: 'query' }>): Promise<void> {
    if (method === 'travel') await this.deeds.leaveToText();
    const reply = await this.deeds.broadcast.query(method, args as never);
    this.post({ type: 'reply', id, reply });
  }
}

function uiKey(view: ViewName): string {
  return `tptScope.ui.${view}`;
}
