import * as vscode from 'vscode';
import type { AddressRef } from '../protocol/messages';
import { ViewHost, type ViewDeeds } from './view-host';

const VIEW_TYPE = 'tptScope.sameAccess';

/** "The same access under…": one editor beside the others, used again for the next access. */
export class SameAccessPanel implements vscode.Disposable {
  private open: { readonly panel: vscode.WebviewPanel; readonly host: ViewHost } | null = null;

  constructor(private readonly deeds: ViewDeeds) {}

  dispose(): void {
    this.open?.panel.dispose();
  }

  show(address: AddressRef): void {
    const { panel, host } = (this.open ??= this.create());
    panel.title = `${address.address} under each scheme`;
    panel.reveal(undefined, false);
    host.post({ type: 'reveal', address, action: 'sameAccess' });
  }

  private create(): { readonly panel: vscode.WebviewPanel; readonly host: ViewHost } {
    const panel = vscode.window.createWebviewPanel(VIEW_TYPE, 'The same access', vscode.ViewColumn.Active, {
      retainContextWhenHidden: true,
    });
    panel.iconPath = vscode.Uri.joinPath(this.deeds.extensionUri, 'extension', 'icons', 'tpt-scope.svg');
    const host = new ViewHost('sameAccess', panel.webview, this.deeds);
    panel.onDidDispose(() => {
      host.dispose();
      this.open = null;
    });
    return { panel, host };
  }
}
