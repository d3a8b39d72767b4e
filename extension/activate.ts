/** What happens when VS Code starts the extension: each part registers itself; nothing else lives here. */
import * as vscode from 'vscode';
import { registerDebugger } from './debug/register';
import { startLanguageClient } from './language/client';
import { registerSamples } from './samples/open-sample';
import { registerComparisons } from './views/comparisons';
import { registerViews, type ViewsApi } from './views/register';

/** @returns what other extensions, and tests, can do with the views. */
export function activate(context: vscode.ExtensionContext): ViewsApi {
  registerDebugger(context);
  registerSamples(context);
  registerComparisons(context);
  // Debugging and views do not wait for the language server, and work without it.
  startLanguageClient(context).catch((error: unknown) => {
    void vscode.window.showWarningMessage(
      `The TPT language server did not start, so problems and completions are missing: ${String(error)}`,
    );
  });
  return registerViews(context);
}
