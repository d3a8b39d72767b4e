import * as vscode from 'vscode';
import type { AddressRef } from '../protocol/messages';
import type { Broadcast } from './broadcast';
import { hexDump, memoryReference } from './memory-ref';

const HEX_EDITOR = 'ms-vscode.hexeditor';
const VIEW_MEMORY = 'workbench.debug.viewlet.action.viewMemory';
const SCHEME = 'tpt-memory';
/** Shown by our own dump: a page, from the address on. */
const BYTES = 4096;

/**
 * Shows the bytes at an address. With the hex editor installed VS Code's own memory view opens, where bytes can be
 * changed; without it a read-only dump does, which is read anew at every stop.
 */
export class MemoryDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  private readonly subscriptions: readonly { dispose(): unknown }[];
  readonly onDidChange = this.changes.event;

  constructor(private readonly broadcast: Broadcast) {
    this.subscriptions = [
      this.changes,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      broadcast.onMessage((message) => {
        if (message.type === 'state' && message.state === 'stopped') this.refresh();
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  async show(ref: AddressRef): Promise<void> {
    const reference = memoryReference(ref);
    const { session } = this.broadcast;
    if (reference === null || session === null) {
      void vscode.window.showInformationMessage(
        `The memory at ${ref.address} can be shown while a session is stopped.`,
      );
      return;
    }
    if (vscode.extensions.getExtension(HEX_EDITOR) !== undefined) {
      await vscode.commands.executeCommand(VIEW_MEMORY, {
        sessionId: session.id,
        variable: { memoryReference: reference },
      });
      return;
    }
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${ref.kind} ${ref.address}`, query: reference });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, {
      viewColumn: vscode.ViewColumn.Beside,
      preview: true,
      preserveFocus: true,
    });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { session } = this.broadcast;
    if (session === null) return 'The session ended; its memory is gone.';
    try {
      const answer = (await session.customRequest('readMemory', {
        memoryReference: uri.query,
        offset: 0,
        count: BYTES,
      })) as { data?: string } | undefined;
      const bytes = Buffer.from(answer?.data ?? '', 'base64');
      const start = BigInt(uri.query.slice(uri.query.lastIndexOf(':') + 1));
      return bytes.length === 0 ? `Nothing can be read at ${uri.query}.` : hexDump(start, bytes, BYTES);
    } catch (error) {
      return `Nothing can be read at ${uri.query}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  private refresh(): void {
    for (const document of vscode.workspace.textDocuments) {
      if (document.uri.scheme === SCHEME) this.changes.fire(document.uri);
    }
  }
}
