import type { MachineSummary, RootKind, SpaceRef, TranslationsQuery } from '../../extension/protocol/messages';
import { checkbox, type Control, dropdown, iconButton, segments } from '../shared/controls';
import { h } from '../shared/dom';
import { FilterField } from '../shared/filter-field';
import { addressLink } from '../shared/address';
import { derivedRoot, parseSpace, ROOT_LABELS, rootsOf, spaceChoices, spaceId, validRoot } from './spaces';
import type { TranslationsUi } from './ui';

export interface ToolbarEvents {
  readonly change: (change: Partial<TranslationsUi>) => void;
  readonly leaveFilter: () => void;
  /** With the button, for a menu under it. */
  readonly differences: (button: HTMLElement) => void;
  readonly inject: (button: HTMLElement) => void;
  readonly breakOn: () => void;
}

/** Which tables one looks at and how: process, root, form, filter, pin. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly filter: FilterField;
  private readonly space;
  /** By the table that a process has beside its native one. */
  private readonly roots;
  private readonly mode;
  private readonly kernel;
  private readonly pin;
  private readonly rootAddress = h('span', { class: 'root-address', 'data-testid': 'root-address' });

  constructor(events: ToolbarEvents) {
    this.space = dropdown<string>('Process', (id) => events.change({ space: parseSpace(id), pinned: true }), 'space');
    const roots = (kind: 'tpt' | 'shadow', title: string): Control<RootKind | 'both'> =>
      segments<RootKind | 'both'>(
        'Root',
        [
          { value: 'native', label: 'native', title: 'The guest’s table gVA → gPA' },
          { value: kind, label: ROOT_LABELS[kind], title },
          { value: 'both', label: 'both', title: `Native and ${ROOT_LABELS[kind]} side by side` },
        ],
        (root) => events.change({ root }),
        kind === 'tpt' ? 'root' : 'root-shadow',
      );
    this.roots = {
      tpt: roots('tpt', 'The guest’s table gVA → hPA'),
      shadow: roots('shadow', 'The table gVA → hPA that the host derives'),
    };
    this.mode = segments<TranslationsQuery['mode']>(
      'Form',
      [
        { value: 'flat', label: 'flat', title: 'Merge what is contiguous in gVA and hPA with equal attributes' },
        { value: 'pages', label: 'pages', title: 'One row per leaf entry' },
        { value: 'tree', label: 'tree', title: 'By level' },
      ],
      (mode) => events.change({ mode }),
      'mode',
    );
    this.kernel = checkbox(
      'kernel',
      'Include the kernel half',
      (kernelHalf) => events.change({ kernelHalf }),
      'kernel',
    );
    this.pin = iconButton(
      'pin',
      'Pin: stop following the present access',
      () => events.change({ pinned: !this.pinned }),
      'pin',
    );
    const differences = iconButton(
      'diff',
      'Differences…',
      () => events.differences(differences.element),
      'differences',
    );
    const inject = iconButton('zap', 'Inject…', () => events.inject(inject.element), 'inject');
    const breakOn = iconButton(
      'debug-breakpoint-function',
      'Break when something happens to this process or its VM…',
      events.breakOn,
      'break-process',
    );
    this.filter = new FilterField(
      'Filter: perm:w owner:!web va:0x7f… pa:… size:2M wrong changed',
      'perm:w owner:!web va:0x7f…',
      (filter) => events.change({ filter }),
      events.leaveFilter,
    );
    this.element = h(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': 'What is shown' },
      this.space.element,
      this.rootAddress,
      this.roots.tpt.element,
      this.roots.shadow.element,
      this.mode.element,
      this.kernel.element,
      this.filter.element,
      h('span', { class: 'tools' }, this.pin.element, differences.element, inject.element, breakOn.element),
    );
  }

  private pinned = false;

  show(ui: TranslationsUi, summary: MachineSummary, space: SpaceRef): void {
    const roots = rootsOf(summary, space) ?? {};
    const root = validRoot(ui.root, roots);
    this.pinned = ui.pinned;
    this.space.setChoices(spaceChoices(summary), spaceId(space));
    const derived = derivedRoot(roots) ?? 'tpt';
    this.roots.tpt.element.hidden = derived !== 'tpt';
    this.roots.shadow.element.hidden = derived !== 'shadow';
    this.roots[derived].set(root);
    this.mode.set(ui.mode);
    this.kernel.set(ui.kernelHalf);
    this.pin.set(ui.pinned);
    this.filter.set(ui.filter);
    const kind = root === 'native' ? 'native' : derived;
    const hpa = roots[kind];
    this.rootAddress.replaceChildren(
      ...(hpa === undefined
        ? []
        : [
            h('span', { class: 'dim' }, '▸ '),
            addressLink({ kind: 'hpa', address: hpa }, { title: `Root of the ${ROOT_LABELS[kind]} table` }),
          ]),
    );
  }
}
