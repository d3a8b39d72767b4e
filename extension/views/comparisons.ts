/** The comparison of schemes in VS Code: its commands and panels. */
import * as vscode from 'vscode';
import { ComparisonPanel, type PanelDeeds, type Subject } from './comparison-panel';

const VIEW_TYPE = 'tptScope.comparison';
const SOURCES = { 'Scenarios and traces': ['tpt', 'tptt', 'lackey', 'gz'] };
const COMPARISONS = { Comparisons: ['json'] };
/** What `compareSchemes` takes from the editor without asking. */
const RUNNABLE = /\.(tpt|tptt|lackey|lackey\.gz)$/;

export function registerComparisons(context: vscode.ExtensionContext): void {
  const panels = new Set<ComparisonPanel>();
  const deeds: PanelDeeds = {
    extensionUri: context.extensionUri,
    memento: context.workspaceState,
    choose: (what) => void (what === 'source' ? compare(undefined) : openComparison(undefined)),
  };
  const adopt = (panel: vscode.WebviewPanel, subject: Subject): ComparisonPanel => {
    const made = new ComparisonPanel(panel, deeds, subject);
    panels.add(made);
    panel.onDidDispose(() => {
      panels.delete(made);
      made.dispose();
    });
    return made;
  };
  /** The panel of a subject, brought into sight: one for each. */
  const panelOf = (subject: Subject): ComparisonPanel => {
    const open = [...panels].find(({ subject: other }) => other.kind === subject.kind && other.uri === subject.uri);
    if (open !== undefined) {
      open.panel.reveal();
      return open;
    }
    // A hidden panel keeps its page: its figures may have taken long to get.
    const options = { retainContextWhenHidden: true, enableFindWidget: true };
    return adopt(
      vscode.window.createWebviewPanel(VIEW_TYPE, 'Compare Schemes', vscode.ViewColumn.Active, options),
      subject,
    );
  };

  const compare = async (given: unknown): Promise<void> => {
    const uri = uriOf(given) ?? activeSource() ?? (await choose('Compare Schemes', SOURCES));
    if (uri !== undefined) await panelOf({ kind: 'source', uri: uri.toString() }).run();
  };
  const openComparison = async (given: unknown): Promise<void> => {
    const uri = uriOf(given) ?? (await choose('Open Comparison File', COMPARISONS));
    if (uri !== undefined) await panelOf({ kind: 'comparison', uri: uri.toString() }).load();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand('tptScope.compareSchemes', compare),
    vscode.commands.registerCommand('tptScope.openComparison', openComparison),
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      // A file is read again; a run may take long, so it is not begun unasked.
      deserializeWebviewPanel: async (panel, state: unknown) => {
        const restored = adopt(panel, subjectOf(state));
        if (restored.subject.kind === 'comparison') await restored.load();
      },
    }),
    {
      dispose: () => {
        for (const panel of panels) panel.dispose();
      },
    },
  );
}

function uriOf(given: unknown): vscode.Uri | undefined {
  return given instanceof vscode.Uri ? given : undefined;
}

function activeSource(): vscode.Uri | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri !== undefined && RUNNABLE.test(uri.path) ? uri : undefined;
}

async function choose(title: string, filters: Record<string, string[]>): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({ title, filters, canSelectMany: false, openLabel: 'Open' });
  return chosen?.[0];
}

function subjectOf(state: unknown): Subject {
  const { kind, uri } = (typeof state === 'object' && state !== null ? state : {}) as Partial<
    Record<keyof Subject, unknown>
  >;
  const known = kind === 'source' || kind === 'comparison';
  return known && typeof uri === 'string' ? { kind, uri } : { kind: 'none', uri: '' };
}
