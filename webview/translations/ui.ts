import type { RootKind, SpaceRef, TranslationsQuery } from '../../extension/protocol/messages';

/** What the view keeps over a reload: how one looks, never what is seen. */
export interface TranslationsUi {
  readonly space: SpaceRef | null;
  readonly root: RootKind | 'both';
  readonly mode: TranslationsQuery['mode'];
  readonly filter: string;
  readonly kernelHalf: boolean;
  readonly pinned: boolean;
  readonly expanded: readonly string[];
  readonly walkHeight: number | null;
}

export const INITIAL_UI: TranslationsUi = {
  space: null,
  root: 'tpt',
  mode: 'flat',
  filter: '',
  kernelHalf: false,
  pinned: false,
  expanded: [],
  walkHeight: null,
};

/** Takes from a saved state what still fits: it may come from another version. */
export function readUi(saved: unknown): TranslationsUi {
  if (typeof saved !== 'object' || saved === null) return INITIAL_UI;
  const s = saved as Partial<Record<keyof TranslationsUi, unknown>>;
  const ui = INITIAL_UI;
  return {
    space: isSpace(s.space) ? s.space : null,
    root: s.root === 'native' || s.root === 'both' ? s.root : ui.root,
    mode: s.mode === 'pages' || s.mode === 'tree' ? s.mode : ui.mode,
    filter: typeof s.filter === 'string' ? s.filter : ui.filter,
    kernelHalf: s.kernelHalf === true,
    pinned: s.pinned === true,
    expanded: Array.isArray(s.expanded) ? s.expanded.filter((key) => typeof key === 'string') : [],
    walkHeight: typeof s.walkHeight === 'number' ? s.walkHeight : null,
  };
}

function isSpace(value: unknown): value is SpaceRef {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as SpaceRef).vm === 'number' &&
    typeof (value as SpaceRef).pid === 'number'
  );
}
