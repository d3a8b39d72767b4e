import type { Owner } from '../../extension/protocol/messages';
import { ownerLooks } from '../shared/owners';

/** Colours of the map, read from the theme: a canvas has no classes. */
export interface Palette {
  readonly highContrast: boolean;
  readonly background: string;
  readonly foreground: string;
  readonly dim: string;
  readonly line: string;
  readonly focus: string;
  readonly changed: string;
  readonly mono: string;
  readonly owner: (owner: Owner) => string;
}

/** Read anew when the theme changes. */
export function readPalette(near: HTMLElement): Palette {
  const style = getComputedStyle(document.body);
  const variable = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
  const foreground = variable('--vscode-foreground', 'gray');
  const colours = new Map<number, string>();
  return {
    highContrast:
      document.body.classList.contains('vscode-high-contrast') ||
      document.body.classList.contains('vscode-high-contrast-light'),
    background: variable('--vscode-editor-background', 'transparent'),
    foreground,
    dim: variable('--vscode-disabledForeground', foreground),
    line: variable('--vscode-charts-lines', foreground),
    focus: variable('--vscode-focusBorder', foreground),
    changed: variable('--vscode-editorGutter-modifiedBackground', foreground),
    mono: variable('--vscode-editor-font-family', 'monospace'),
    owner: (owner) => {
      const known = colours.get(owner.asid);
      if (known !== undefined) return known;
      const colour = resolve(near, ownerLooks.look(owner).className);
      colours.set(owner.asid, colour);
      return colour;
    },
  };
}

/** The colour that a class gives to `--owner`, mixtures worked out. */
function resolve(near: HTMLElement, className: string): string {
  const probe = document.createElement('span');
  probe.className = `owner-probe ${className}`;
  near.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
