/** Questions about one side of the differences: which table, and when. */
import * as vscode from 'vscode';
import type { Bookmark, MachineSummary, Moment, RootKind, SpaceRef } from '../protocol/messages';

const TABLES: Readonly<Record<RootKind, string>> = {
  native: 'the guest’s table gVA → gPA',
  tpt: 'the guest’s table gVA → hPA',
  shadow: 'the table gVA → hPA that the host derives',
};

/** The table that the CPU walks: the one beside the native table, where there is one. */
export function usualRoot(summary: MachineSummary, space: SpaceRef): RootKind {
  const roots = rootsOf(summary, space);
  return roots.find((kind) => kind !== 'native') ?? 'native';
}

/** Asks which table; not if there is only one. */
export async function pickRoot(summary: MachineSummary, space: SpaceRef, title: string): Promise<RootKind | undefined> {
  const roots = [...rootsOf(summary, space)];
  if (roots.length < 2) return roots[0] ?? 'native';
  const usual = usualRoot(summary, space);
  roots.sort((x, y) => Number(y === usual) - Number(x === usual));
  const items = roots.map((kind) => ({ label: kind === 'tpt' ? 'TPT' : kind, description: TABLES[kind], root: kind }));
  return (await vscode.window.showQuickPick(items, { title }))?.root;
}

/** Asks for a moment: now, the stop before, a bookmark, or any tick. */
export async function askMoment(
  title: string,
  likely: 'now' | 'lastStop',
  lastStop: number | null,
  bookmarks: readonly Bookmark[],
): Promise<Moment | undefined> {
  const tick = (n: number): string => `tick ${n.toLocaleString('en-US')}`;
  const items: (vscode.QuickPickItem & { readonly at: Moment | 'ask' })[] = [
    { label: 'Now', at: 'now' },
    ...(lastStop === null ? [] : [{ label: 'The last stop', description: tick(lastStop), at: 'lastStop' } as const]),
    ...bookmarks.map((bookmark) => ({
      label: `$(bookmark) ${bookmark.name}`,
      description: tick(bookmark.tick),
      at: bookmark.tick,
    })),
    { label: 'A tick…', at: 'ask' },
  ];
  items.sort((x, y) => Number(y.at === likely) - Number(x.at === likely));
  const chosen = await vscode.window.showQuickPick(items, { title });
  return chosen?.at === 'ask' ? askTick(title) : chosen?.at;
}

async function askTick(title: string): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    prompt: 'A tick of this run',
    validateInput: (value) => (/^\s*[\d,_]+\s*$/.test(value) ? null : 'A tick is a whole number, like 812'),
  });
  return text === undefined ? undefined : Number(text.replaceAll(/[\s,_]/g, ''));
}

function rootsOf(summary: MachineSummary, { vm, pid }: SpaceRef): readonly RootKind[] {
  const process = summary.vms.find(({ index }) => index === vm)?.processes.find((p) => p.pid === pid);
  return process?.roots.map(({ kind }) => kind) ?? [];
}
