/** Switches the colour theme, whatever this VS Code calls it: 1.139 dropped the "Default" of earlier names. */
import * as vscode from 'vscode';

export type ThemeName = 'light' | 'dark' | 'high-contrast' | 'high-contrast-light';

const themes = {
  light: { ids: ['Light Modern', 'Default Light Modern'], kind: vscode.ColorThemeKind.Light },
  dark: { ids: ['Dark Modern', 'Default Dark Modern'], kind: vscode.ColorThemeKind.Dark },
  'high-contrast': { ids: ['Default High Contrast'], kind: vscode.ColorThemeKind.HighContrast },
  'high-contrast-light': { ids: ['Default High Contrast Light'], kind: vscode.ColorThemeKind.HighContrastLight },
} as const;

export const themeNames: readonly ThemeName[] = ['light', 'dark', 'high-contrast'];

/** Resolves once the theme is in force in the extension host; panels get it a moment later. */
export async function setTheme(name: ThemeName): Promise<void> {
  const { ids, kind } = themes[name];
  const installed = installedThemes();
  const id = ids.find((candidate) => installed.has(candidate));
  if (id === undefined) throw new Error(`This VS Code has none of the themes ${ids.join(', ')}`);
  const changed = themeOfKind(kind);
  await vscode.workspace.getConfiguration('workbench').update('colorTheme', id, vscode.ConfigurationTarget.Global);
  await changed;
}

function installedThemes(): ReadonlySet<string> {
  const ids = vscode.extensions.all.flatMap(({ packageJSON }) => {
    const { contributes } = packageJSON as { contributes?: { themes?: readonly { id?: string; label: string }[] } };
    return (contributes?.themes ?? []).map((theme) => theme.id ?? theme.label);
  });
  return new Set(ids);
}

async function themeOfKind(kind: vscode.ColorThemeKind): Promise<void> {
  await new Promise<void>((resolve) => {
    if (vscode.window.activeColorTheme.kind === kind) {
      resolve();
      return;
    }
    const listener = vscode.window.onDidChangeActiveColorTheme((theme) => {
      if (theme.kind !== kind) return;
      listener.dispose();
      resolve();
    });
  });
}
