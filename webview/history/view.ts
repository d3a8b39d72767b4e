import type { Causes, Question, Target } from '../../extension/protocol/messages';
import { button, busySign, iconButton } from '../shared/controls';
import { fill, h, setAttributes } from '../shared/dom';
import type { Host } from '../shared/host';
import { causesPane } from './causes';
import type { HistoryDeeds } from './deeds';
import { EntryPane } from './entry';
import { framePane, translationPane } from './intervals';
import { questionOf, questionTitle } from './questions';
import { causesText, frameText, translationText } from './text';
import { Answers, Trail } from './trail';

/** Answers that take less are not announced: the view would flicker. */
const BUSY_AFTER_MS = 150;

/** An answer that fits one query, drawn. */
interface Answered {
  readonly element: HTMLElement;
  readonly text: () => string;
}
/** Questions that one query answers. */
type Single = Exclude<Question, { kind: 'entry' }>;

/**
 * The History view: one question at a time, with a trail of those before it. It keeps its question until another is asked, or,
 * unpinned, follows what is selected in other views. At each stop it asks again, so that what lies ahead is marked as such.
 */
export class HistoryView {
  readonly element: HTMLElement;
  private readonly trail = new Trail();
  private readonly causes = new Answers<Causes>();
  private readonly deeds: HistoryDeeds;
  private readonly entry: EntryPane;
  private readonly pane = h('div', { class: 'pane', tabindex: 0, role: 'region', 'aria-label': 'Answer' });
  private readonly crumbs = h('ol', { class: 'crumbs' });
  private readonly busy = h('span', { class: 'busy', role: 'status' });
  private readonly problem = h('div', {
    class: 'problem wrong',
    role: 'alert',
    hidden: true,
    'data-testid': 'problem',
  });
  private readonly back = iconButton('arrow-left', 'Back (Alt+Left)', () => this.move(-1), 'back');
  private readonly forward = iconButton('arrow-right', 'Forward (Alt+Right)', () => this.move(1), 'forward');
  private readonly copy = iconButton('copy', 'Copy as text', () => this.copyText(), 'copy');
  private readonly pin = iconButton(
    'pin',
    'Pin: keep this question instead of following what is selected in other views',
    () => this.setPinned(!this.pinned),
    'pin',
  );
  private pinned = true;
  private answered: Answered | null = null;
  private asked = 0;
  /** Number of the question that was answered last. */
  private done = 0;
  private scenario: string | null = null;

  constructor(private readonly host: Host) {
    this.deeds = {
      onLine: (line) => host.post({ type: 'goToLine', line }),
      travel: (target) => void this.travel(target),
    };
    this.entry = new EntryPane(host, { ...this.deeds, onAnswer: (problem) => this.entryAnswered(problem) });
    this.element = h(
      'main',
      { 'data-testid': 'history' },
      h(
        'div',
        { class: 'toolbar' },
        this.back.element,
        this.forward.element,
        h('nav', { class: 'trail', 'aria-label': 'Questions' }, this.crumbs),
        this.busy,
        this.copy.element,
        this.pin.element,
        this.problem,
      ),
      this.pane,
      this.entry.element,
    );
    this.element.addEventListener('keydown', (event) => {
      if (!event.altKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return;
      event.preventDefault();
      this.move(event.key === 'ArrowLeft' ? -1 : 1);
    });
    this.pin.set(true);
    this.draw();
  }

  attach(): void {
    this.host.on('ask', ({ question }) => {
      this.trail.ask(question);
      this.load(true);
    });
    this.host.on('state', ({ scenario, state }) => {
      // Another scenario: its frames and faults are others. The same one again has the same.
      if (state === 'starting' && scenario !== this.scenario) this.trail.clear();
      this.scenario = scenario ?? this.scenario;
      this.load(false);
    });
    this.host.on('selection', ({ selection, from }) => {
      const question = this.pinned || from === 'history' ? null : questionOf(selection);
      if (question === null) return;
      this.trail.replace(question);
      this.load(true);
    });
    this.host.on('restoreUi', ({ ui }) => {
      this.pinned = (ui as { pinned?: unknown } | null)?.pinned !== false;
      this.pin.set(this.pinned);
    });
  }

  forget(): void {
    this.asked++;
    this.answered = null;
    this.causes.clear();
    this.entry.forget();
    fill(this.pane);
    this.tell(null);
  }

  // --- Questions ---------------------------------------------------------------------------------------------------

  private move(by: number): void {
    this.trail.go(this.trail.place + by);
    this.load(true);
  }

  /** `anew`: another question, so that what is shown is of no use while the answer comes. */
  private load(anew: boolean): void {
    const { current } = this.trail;
    this.draw();
    if (anew) this.tell(null);
    if (current === null) {
      this.hint();
      return;
    }
    if (!this.host.answers) {
      if (anew)
        this.words('The recording can be read while the machine is stopped: the answer comes at the next stop.');
      return;
    }
    const number = ++this.asked;
    if (anew) this.answered = null;
    this.wait(number, anew);
    if (current.kind === 'entry') {
      this.entry.ask(current);
      return;
    }
    void this.answer(current, number);
  }

  private async answer(question: Single, number: number): Promise<void> {
    const answered = await this.fetch(question);
    if (number !== this.asked) return;
    this.isDone();
    if (typeof answered === 'string') {
      this.refused(answered);
      return;
    }
    const { scrollTop } = this.pane;
    const again = this.answered !== null;
    this.answered = answered;
    this.show('pane');
    fill(this.pane, answered.element);
    this.pane.scrollTop = again ? scrollTop : 0;
    this.draw();
  }

  /** The answer, or why there is none. */
  private async fetch(question: Single): Promise<Answered | string> {
    const { host, deeds } = this;
    const now = host.state.summary?.tick ?? 0;
    switch (question.kind) {
      case 'translation': {
        const { vm, pid, gva, root } = question;
        const reply = await host.query('translationHistory', { vm, pid, gva, root });
        if (!reply.ok) return reply.error;
        return {
          element: translationPane(reply.result, question, now, deeds),
          text: () => translationText(reply.result),
        };
      }
      case 'frame': {
        const reply = await host.query('frameHistory', { frame: question.frame });
        if (!reply.ok) return reply.error;
        return { element: framePane(reply.result, now, deeds), text: () => frameText(reply.result) };
      }
      case 'causes': {
        const kept = this.causes.after(question, now);
        if (kept !== null) return this.drawCauses(kept.answer, now, kept.tick);
        const reply = await host.query('causes', question.subject);
        if (!reply.ok) return reply.error;
        this.causes.keep(question, now, reply.result);
        return this.drawCauses(reply.result, now, null);
      }
    }
  }

  /** `askedAt`: the answer was given there; the machine has gone back since and knows nothing of it. */
  private drawCauses(causes: Causes, now: number, askedAt: number | null): Answered {
    return { element: causesPane(causes, now, askedAt, this.deeds), text: () => causesText(causes) };
  }

  private entryAnswered(problem: string | null): void {
    this.isDone();
    if (this.trail.current?.kind !== 'entry') return;
    if (problem !== null) {
      this.refused(problem);
      return;
    }
    this.answered = { element: this.entry.element, text: () => this.entry.text() };
    this.show('entry');
    this.draw();
  }

  private async travel(target: Target): Promise<void> {
    const reply = this.host.answers
      ? await this.host.query('travel', target)
      : { ok: false as const, error: 'The machine can travel while it is stopped: pause it first.' };
    this.tell(reply.ok ? null : reply.error);
  }

  // --- What is seen ------------------------------------------------------------------------------------------------

  private draw(): void {
    const { trail } = this;
    setAttributes(this.back.element, { disabled: !trail.canGoBack });
    setAttributes(this.forward.element, { disabled: !trail.canGoForward });
    setAttributes(this.copy.element, { disabled: this.answered === null });
    fill(this.crumbs, ...trail.all.map((question, place) => this.crumb(question, place)));
    this.crumbs.children[trail.place]?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  private crumb(question: Question, place: number): HTMLElement {
    const title = questionTitle(question, this.host.state.summary);
    const isCurrent = place === this.trail.place;
    const link = h(
      'button',
      { type: 'button', class: 'crumb', title, 'aria-current': isCurrent ? 'page' : null, 'data-testid': 'crumb' },
      title,
    );
    link.addEventListener('click', () => this.move(place - this.trail.place));
    return h('li', {}, link);
  }

  private show(which: 'pane' | 'entry'): void {
    this.pane.hidden = which !== 'pane';
    this.entry.element.hidden = which !== 'entry';
  }

  private hint(): void {
    this.show('pane');
    fill(
      this.pane,
      h(
        'div',
        { class: 'hint', 'data-testid': 'hint' },
        h('p', {}, 'Choose History… or Why Is It So? in the menu of any address, or ask here:'),
        button(
          'Why the Newest Fault?',
          'primary',
          () => this.host.post({ type: 'command', command: 'why' }),
          'deed-why',
        ),
        button(
          'History of an Address…',
          'secondary',
          () => this.host.post({ type: 'command', command: 'history' }),
          'deed-history',
        ),
      ),
    );
  }

  private words(text: string): void {
    this.show('pane');
    fill(this.pane, h('p', { class: 'words dim' }, text));
  }

  /** The recording has no answer: what it says, and what else can be done. */
  private refused(error: string): void {
    this.answered = null;
    this.show('pane');
    fill(
      this.pane,
      h(
        'div',
        { class: 'hint' },
        h('p', { class: 'wrong', 'data-testid': 'refused' }, error),
        button('Ask Again', 'secondary', () => this.load(true), 'again'),
      ),
    );
    this.draw();
  }

  private wait(number: number, anew: boolean): void {
    setTimeout(() => {
      if (number !== this.asked || this.done === number) return;
      fill(this.busy, busySign(), h('span', { class: 'sr-only' }, 'Reading the recording'));
      if (anew) this.words('Reading the recording…');
    }, BUSY_AFTER_MS);
  }

  private isDone(): void {
    this.done = this.asked;
    fill(this.busy);
  }

  /** Said over the answer until the next deed. */
  private tell(problem: string | null): void {
    this.problem.hidden = problem === null;
    this.problem.textContent = problem ?? '';
  }

  private setPinned(pinned: boolean): void {
    this.pinned = pinned;
    this.pin.set(pinned);
    this.host.post({ type: 'saveUi', ui: { pinned } });
  }

  private copyText(): void {
    const text = this.answered?.text() ?? '';
    if (text !== '') this.host.post({ type: 'copy', text });
  }
}
