/** The views in VS Code: one call from activate.ts registers them all. */
import * as vscode from 'vscode';
import type { AddressRef, FromView, Question, SessionState, ViewName } from '../protocol/messages';
import { AddressActions } from './address-actions';
import { Bookmarks } from './bookmarks';
import { Broadcast } from './broadcast';
import { DifferencesPanel } from './differences';
import { Edits } from './edits';
import { MemoryDocuments } from './memory';
import { Places, VIEWS, type DockedView } from './places';
import { SameAccessPanel } from './same-access';
import { TranslationBreakpoints } from './translation-breakpoints';
import { registerTimeCommands } from './time-commands';
import type { ViewDeeds } from './view-host';

/** What the rest of the extension, and tests in VS Code, can do with the views. */
export interface ViewsApi {
  /** What views are told of the session. Their pages carry the same in `data-state` and `data-revision` of the body. */
  readonly state: () => { readonly state: SessionState; readonly revision: number };
  /** Brings a view into sight and an address in it. */
  readonly reveal: (view: DockedView, address: AddressRef, action: 'walk' | 'select') => Promise<void>;
}

export function registerViews(context: vscode.ExtensionContext): ViewsApi {
  const broadcast = new Broadcast();
  const memory = new MemoryDocuments(broadcast);
  const reveal: ViewsApi['reveal'] = (view, address, action) =>
    places[view].reveal({ type: 'reveal', address, action });
  const breakpoints = new TranslationBreakpoints(broadcast);
  const edits = new Edits(broadcast);
  const ask = (question: Question): void => places.history.showBeside({ type: 'ask', question });
  const actions = new AddressActions(broadcast, memory, reveal, (ref) => same.show(ref), breakpoints, edits, ask);
  const bookmarks = new Bookmarks(broadcast, context.workspaceState);
  const deeds: ViewDeeds = {
    broadcast,
    extensionUri: context.extensionUri,
    memento: context.workspaceState,
    bookmarks,
    ask,
    addressAction: ({ action, address }) => void actions.run(action, address),
    breakOn: (subject) => void breakpoints.breakOn(subject),
    differences: ({ choice, space }) => void differences.choose(choice, space),
    goToLine: (line) => void goToLine(broadcast, line),
    leaveToText: () => leaveToText(broadcast),
    command: (command, view) => void runCommand(broadcast, places, command, view),
  };
  const places = Object.fromEntries(VIEWS.map((view) => [view, new Places(view, deeds)])) as Record<DockedView, Places>;
  const same = new SameAccessPanel(deeds);
  const differences = new DifferencesPanel(deeds);
  const { registerCommand } = vscode.commands;
  context.subscriptions.push(
    broadcast,
    memory,
    same,
    differences,
    bookmarks,
    registerTimeCommands(broadcast, bookmarks, { ask, history: (ref) => actions.history(ref) }),
    ...Object.values(places),
    vscode.debug.onDidStartDebugSession((session) => {
      if (session.type === 'tpt') void introduce(context);
    }),
    registerCommand('tptScope.walk', (text?: unknown) => walkCommand(broadcast, reveal, text)),
    registerCommand('tptScope.differences', () => differences.choose('sides')),
    registerCommand('tptScope.differencesSinceLastStop', () => differences.choose('sinceLastStop')),
    registerCommand('tptScope.differencesBetweenProcesses', () => differences.choose('processes')),
    registerCommand('tptScope.undoEdit', () => edits.undo()),
    registerCommand('tptScope.inject', () => edits.inject()),
    registerCommand('tptScope.setSlot', () => edits.setSlot(null)),
    registerCommand('tptScope.addTranslationBreakpoint', (name?: unknown) => breakpoints.command(name)),
  );
  return { state: () => broadcast.state, reveal };
}

const INTRODUCED = 'tptScope.introduced';

/** The first session of a workspace brings the views into sight: who does not know of them would not look for them. */
async function introduce(context: vscode.ExtensionContext): Promise<void> {
  if (context.workspaceState.get(INTRODUCED) === true) return;
  await context.workspaceState.update(INTRODUCED, true);
  await vscode.commands.executeCommand('workbench.view.extension.tptScope');
  await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup');
}

type Command = Extract<FromView, { type: 'command' }>['command'];

async function runCommand(
  broadcast: Broadcast,
  places: Record<DockedView, Places>,
  command: Command,
  view: ViewName,
): Promise<void> {
  switch (command) {
    case 'openSample':
      await vscode.commands.executeCommand('tptScope.openSample');
      return;
    case 'startDebugging':
      await vscode.commands.executeCommand('workbench.action.debug.start');
      return;
    case 'restart':
      return restart(broadcast);
    case 'why':
    case 'history':
      await vscode.commands.executeCommand(`tptScope.${command}`);
      return;
    case 'openInEditor':
      if (view !== 'sameAccess' && view !== 'differences') places[view].openEditor();
  }
}

/** A session that is over cannot be restarted: the same scenario is started again. */
async function restart(broadcast: Broadcast): Promise<void> {
  if (broadcast.session !== null) {
    await vscode.commands.executeCommand('workbench.action.debug.restart');
    return;
  }
  const { scenario } = broadcast.state;
  if (scenario === null) await vscode.commands.executeCommand('workbench.action.debug.start');
  else
    await vscode.debug.startDebugging(
      undefined,
      broadcast.configuration ?? { type: 'tpt', request: 'launch', name: 'Debug scenario', scenario },
    );
}

/** A stop opens its source where the focus is: that is not to be over the view, open as an editor, that the machine was sent from. */
async function leaveToText({ state }: Broadcast): Promise<void> {
  if (!(vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputWebview)) return;
  const shown = state.scenario === null ? undefined : editorOf(uriOf(state.scenario));
  const { document, viewColumn } = shown ?? vscode.window.visibleTextEditors[0] ?? {};
  if (document !== undefined && viewColumn !== undefined)
    await vscode.window.showTextDocument(document, { viewColumn });
}

const uriOf = (scenario: string): vscode.Uri =>
  scenario.startsWith('file:') ? vscode.Uri.parse(scenario) : vscode.Uri.file(scenario);
const editorOf = (uri: vscode.Uri): vscode.TextEditor | undefined =>
  vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());

async function goToLine(broadcast: Broadcast, line: number): Promise<void> {
  const { scenario } = broadcast.state;
  if (scenario === null) return;
  const uri = uriOf(scenario);
  const at = new vscode.Range(line - 1, 0, line - 1, 0);
  // Not over a view that is open as an editor: beside it, where the text already is.
  const shown = editorOf(uri);
  await vscode.window.showTextDocument(uri, { selection: at, viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One });
}

/** The command "Walk Address…": asks for a gVA of the process that is stopped. */
async function walkCommand(broadcast: Broadcast, reveal: ViewsApi['reveal'], text: unknown): Promise<void> {
  const present = broadcast.state.summary?.present ?? null;
  const given =
    typeof text === 'string'
      ? text
      : await vscode.window.showInputBox({
          title: 'Walk Address',
          prompt: 'A guest-virtual address of the process that is stopped',
          value: present?.gva ?? '0x',
          validateInput: (value) => (isAddress(value) ? null : 'An address as hex digits, like 0x7f0000001000'),
        });
  if (given === undefined || !isAddress(given)) return;
  const address = `0x${BigInt(given.trim().startsWith('0x') ? given.trim() : `0x${given.trim()}`)
    .toString(16)
    .padStart(16, '0')}`;
  await reveal(
    'translations',
    { kind: 'gva', address, ...(present === null ? {} : { vm: present.vm, pid: present.pid }) },
    'walk',
  );
}

function isAddress(text: string): boolean {
  return /^(0x)?[0-9a-f]{1,16}$/i.test(text.trim());
}
