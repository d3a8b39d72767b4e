import { textField } from './controls';
import { h } from './dom';
import { filterKey } from './list-keys';

/** A filter field with its error beneath. Asks after a short rest, at once on Enter. */
export class FilterField {
  readonly element: HTMLElement;
  private readonly field;
  private readonly error = h('div', { class: 'filter-error', role: 'alert', 'data-testid': 'filter-error' });
  private timer = 0;

  constructor(
    label: string,
    placeholder: string,
    private readonly onFilter: (text: string) => void,
    private readonly onLeave: () => void,
  ) {
    this.field = textField(label, placeholder, () => this.typed(), 'filter');
    this.element = h('div', { class: 'filter' }, this.field.element, this.error);
    this.field.element.addEventListener('keydown', (event) => this.key(event));
  }

  get text(): string {
    return this.field.value.trim();
  }

  /** Shows a filter that was set elsewhere, unless somebody is typing another one just now. */
  set(text: string): void {
    if (this.timer === 0 && this.text !== text) this.field.set(text);
  }

  setError(message: string | null): void {
    this.error.textContent = message ?? '';
    this.field.setError(message);
  }

  /** Takes the focus, and the character that was typed in the list. */
  type(character: string): void {
    this.field.focus();
    this.field.set(this.field.value + character);
    this.typed();
  }

  focus(): void {
    this.field.focus();
  }

  private typed(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.ask(), 180);
  }

  private ask(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    this.onFilter(this.text);
  }

  private key(event: KeyboardEvent): void {
    const deed = filterKey(event.key, this.field.value);
    if (deed === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (deed === 'clear') this.field.set('');
    this.ask();
    if (deed === 'leave') this.onLeave();
  }
}
