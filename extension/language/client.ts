import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';

/** Starts the language server in a process of its own; it ends with the extension. */
export async function startLanguageClient(context: vscode.ExtensionContext): Promise<LanguageClient> {
  const module = vscode.Uri.joinPath(context.extensionUri, 'out', 'language', 'server.js').fsPath;
  const client = new LanguageClient(
    'tpt',
    'TPT Scope Language Server',
    {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6019'] } },
    },
    // Without a scheme: scenarios in git views, archives and remote file systems are served as well.
    { documentSelector: [{ language: 'tpt' }] },
  );
  context.subscriptions.push({ dispose: () => void client.dispose() });
  await client.start();
  return client;
}
