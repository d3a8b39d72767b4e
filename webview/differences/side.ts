import type { ChosenSide, MachineSummary, RootKind } from '../../extension/protocol/messages';
import { dropdown, textField } from '../shared/controls';
import { h } from '../shared/dom';
import { parseSpace, ROOT_LABELS, rootsOf, spaceChoices, spaceId } from '../translations/spaces';
import { momentChoices, readTick, TYPED, type Moments } from './moments';

/** One side: which process, which of its tables, and when. */
export class SidePicker {
  readonly element: HTMLElement;
  private readonly space;
  private readonly root;
  private readonly moment;
  private readonly tick;
  private chosen: ChosenSide | null = null;
  /** The field for a tick is open though no tick was typed yet. */
  private typing = false;

  /** `name`: "first side". */
  constructor(
    name: string,
    testId: string,
    private readonly onChange: (side: ChosenSide) => void,
  ) {
    this.space = dropdown<string>(
      `Process of the ${name}`,
      (id) => this.change({ ...parseSpace(id) }),
      `${testId}-space`,
    );
    this.root = dropdown<RootKind>(`Table of the ${name}`, (root) => this.change({ root }), `${testId}-root`);
    this.moment = dropdown<string>(`Moment of the ${name}`, (id) => this.choose(id), `${testId}-at`);
    this.tick = textField(`Tick of the ${name}`, 'tick', () => undefined, `${testId}-tick`);
    this.tick.element.classList.add('tick');
    this.tick.element.addEventListener('change', () => this.typed());
    this.element = h(
      'div',
      { class: 'side', role: 'group', 'aria-label': name, 'data-testid': testId },
      this.space.element,
      this.root.element,
      this.moment.element,
      this.tick.element,
    );
  }

  show(side: ChosenSide, summary: MachineSummary, moments: Moments): void {
    this.chosen = side;
    const roots = Object.keys(rootsOf(summary, side) ?? { native: '' }) as RootKind[];
    const listed = typeof side.at === 'number' && moments.bookmarks.some(({ tick }) => tick === side.at);
    const typed = this.typing || (typeof side.at === 'number' && !listed);
    this.space.setChoices(spaceChoices(summary), spaceId(side));
    this.root.setChoices(
      roots.map((kind) => ({ value: kind, label: ROOT_LABELS[kind] })),
      side.root,
    );
    this.moment.setChoices(momentChoices(moments), typed ? TYPED : String(side.at));
    this.tick.element.hidden = !typed;
    if (typeof side.at === 'number') this.tick.set(String(side.at));
  }

  private choose(id: string): void {
    if (id !== TYPED) {
      this.typing = false;
      this.change({ at: id === 'now' || id === 'lastStop' ? id : Number(id) });
      return;
    }
    this.typing = true;
    this.tick.element.hidden = false;
    this.tick.focus();
  }

  private typed(): void {
    const at = readTick(this.tick.value);
    this.tick.setError(at === null ? 'A tick is a whole number, like 812.' : null);
    if (at === null) return;
    this.typing = false;
    this.change({ at });
  }

  private change(change: Partial<ChosenSide>): void {
    if (this.chosen !== null) this.onChange({ ...this.chosen, ...change });
  }
}
