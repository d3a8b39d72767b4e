/** Launch configurations: F5 on a scenario needs none, and what one leaves out is filled in here. */
import * as vscode from 'vscode';
import { isAbsolute } from 'node:path';

const TYPE = 'tpt';
const LANGUAGE = 'tpt';
/** Scenarios offered at most in "Select and Start Debugging". */
const MOST_OFFERED = 50;

export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  /** Null or undefined starts nothing: by then the reason was shown. */
  async resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    config: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const given = config as Partial<vscode.DebugConfiguration>;
    const scenario: unknown = given['scenario'];
    const resolved = { stopOnEntry: true, ...config, type: TYPE, request: given.request ?? 'launch' };
    if (typeof scenario === 'string' && scenario !== '' && scenario !== '${file}') {
      return { ...resolved, name: given.name ?? 'Debug scenario' };
    }
    const path = await scenarioOfEditor();
    return path === undefined
      ? undefined
      : { ...resolved, name: given.name ?? vscode.workspace.asRelativePath(path), scenario: path };
  }

  /** A relative path is meant from the workspace folder. */
  resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    config: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration {
    const scenario: unknown = config['scenario'];
    if (!folder || typeof scenario !== 'string' || isAbsolute(scenario) || scenario.startsWith('file:')) return config;
    return { ...config, scenario: vscode.Uri.joinPath(folder.uri, scenario).fsPath };
  }

  /** One configuration for each scenario of the workspace. */
  async provideDebugConfigurations(folder: vscode.WorkspaceFolder | undefined): Promise<vscode.DebugConfiguration[]> {
    const pattern = folder ? new vscode.RelativePattern(folder, '**/*.tpt') : '**/*.tpt';
    const found = await vscode.workspace.findFiles(pattern, '**/node_modules/**', MOST_OFFERED);
    return found
      .map((uri) => ({
        type: TYPE,
        request: 'launch',
        name: vscode.workspace.asRelativePath(uri),
        scenario: uri.fsPath,
        stopOnEntry: true,
      }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }
}

/** Path of the scenario that the user looks at; undefined if there is none, which is then said. */
async function scenarioOfEditor(): Promise<string | undefined> {
  const document = presentScenario();
  if (!document) {
    await offerSample();
    return undefined;
  }
  const uri = document.isUntitled ? await saveUntitled(document) : document.uri;
  if (!uri) return undefined;
  if (uri.scheme === 'file') return uri.fsPath;
  void vscode.window.showErrorMessage(
    `The debugger reads scenarios from disk, and ${document.fileName} is not there. Save a copy in a local folder.`,
  );
  return undefined;
}

/** The active editor's, or else the only visible one: a view may have the focus. */
function presentScenario(): vscode.TextDocument | undefined {
  const active = vscode.window.activeTextEditor?.document;
  if (active?.languageId === LANGUAGE) return active;
  return vscode.window.visibleTextEditors.find((editor) => editor.document.languageId === LANGUAGE)?.document;
}

async function saveUntitled(document: vscode.TextDocument): Promise<vscode.Uri | undefined> {
  const uri = await vscode.workspace.save(document.uri);
  if (!uri) void vscode.window.showInformationMessage('Save the scenario to run it: the debugger reads it from disk.');
  return uri;
}

async function offerSample(): Promise<void> {
  const open = 'Open a Sample';
  const chosen = await vscode.window.showInformationMessage(
    'Open a .tpt scenario to debug it, or name one as "scenario" in launch.json.',
    open,
  );
  if (chosen === open) await vscode.commands.executeCommand('tptScope.openSample');
}
