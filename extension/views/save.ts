import * as vscode from 'vscode';
import { basename } from 'node:path';

const KINDS: Readonly<Record<string, string>> = { txt: 'Text', csv: 'Comma-separated values' };

/** Asks where, and saves a text that a view made. `name` with its ending. */
export async function saveText(name: string, text: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const ending = name.slice(name.lastIndexOf('.') + 1);
  const uri = await vscode.window.showSaveDialog({
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
    filters: { [KINDS[ending] ?? ending]: [ending] },
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
