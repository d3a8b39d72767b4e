import { button, textField } from './controls';
import { h } from './dom';
import type { Typed } from './typed-values';

export interface Prompt {
  /** What is to be typed: "Frame number of PT[1]". */
  readonly label: string;
  readonly value: string;
  readonly check: (text: string) => Typed;
  /** Null: done. Else why it was refused; the prompt stays. */
  readonly submit: (value: bigint) => Promise<string | null>;
}

/** Asks for one value at a point of the page. Enter takes it, Escape or a click elsewhere leaves; focus returns. */
export function openPrompt({ label, value, check, submit }: Prompt, x: number, y: number): void {
  close?.();
  const before = document.activeElement;
  const error = h('div', { class: 'prompt-error', role: 'alert', 'data-testid': 'prompt-error' });
  const field = textField(label, '', () => show(null), 'prompt-value');
  const show = (words: string | null): void => {
    error.textContent = words ?? '';
    field.setError(words);
  };
  let busy = false;
  const apply = async (): Promise<void> => {
    const typed = check(field.value);
    if (!typed.ok) {
      show(typed.error);
      return;
    }
    if (busy) return;
    busy = true;
    const refused = await submit(typed.value);
    busy = false;
    if (refused === null) leave();
    else show(refused);
  };
  const prompt = h(
    'div',
    { class: 'prompt', role: 'dialog', 'aria-label': label, 'data-testid': 'prompt' },
    h('label', {}, label),
    h(
      'div',
      { class: 'prompt-line' },
      field.element,
      button('Set', 'primary', () => void apply(), 'prompt-set'),
    ),
    error,
  );
  const leave = (): void => {
    if (close !== leave) return;
    close = null;
    prompt.remove();
    if (before instanceof HTMLElement) before.focus();
  };
  prompt.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Escape') leave();
    else if (event.key === 'Enter' && field.element.contains(event.target as Node)) void apply();
    else return;
    event.preventDefault();
  });
  prompt.addEventListener('focusout', (event) => {
    if (!busy && !prompt.contains(event.relatedTarget as Node | null)) leave();
  });
  document.body.append(prompt);
  prompt.style.left = `${Math.max(4, Math.min(x, innerWidth - prompt.offsetWidth - 4))}px`;
  prompt.style.top = `${Math.max(4, Math.min(y, innerHeight - prompt.offsetHeight - 28))}px`;
  close = leave;
  field.set(value);
  // The library's field is ready for the focus a moment after it is there.
  requestAnimationFrame(() => field.focus());
}

let close: (() => void) | null = null;
