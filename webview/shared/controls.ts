/**
 * The form controls of the views. The only module that knows the component library: it is archived upstream, and to
 * replace it is to rewrite this file.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { h, icon, setAttributes } from './dom';

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodeTextField(),
);

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly title?: string;
}

/** A control with a value: `set` changes what is shown and calls nobody. */
export interface Control<T> {
  readonly element: HTMLElement;
  set(value: T): void;
}

export function button(
  label: string,
  look: 'primary' | 'secondary',
  onClick: () => void,
  testId?: string,
): HTMLElement {
  const element = make('vscode-button', { appearance: look, 'data-testid': testId });
  element.append(label);
  element.addEventListener('click', onClick);
  return element;
}

/** A square button with a codicon. `set` gives its pressed state, for toggles. */
export function iconButton(codicon: string, label: string, onClick: () => void, testId?: string): Control<boolean> {
  const element = make('vscode-button', {
    appearance: 'icon',
    title: label,
    'aria-label': label,
    'data-testid': testId,
  });
  element.append(icon(codicon));
  element.addEventListener('click', onClick);
  return { element, set: (pressed) => setAttributes(element, { 'aria-pressed': String(pressed) }) };
}

/** A small button with a codicon, for lines of text. */
export function quietButton(codicon: string, label: string, onClick: () => void, testId?: string): HTMLElement {
  const element = h(
    'button',
    { type: 'button', class: 'quiet-button', title: label, 'aria-label': label, 'data-testid': testId },
    icon(codicon),
  );
  element.addEventListener('click', onClick);
  return element;
}

export function checkbox(
  label: string,
  title: string,
  onChange: (on: boolean) => void,
  testId?: string,
): Control<boolean> {
  const element = make('vscode-checkbox', { title, 'data-testid': testId }) as HTMLElement & { checked: boolean };
  element.append(label);
  let shown = false;
  element.addEventListener('change', () => {
    // Also raised when `set` changes the state.
    if (element.checked === shown) return;
    shown = element.checked;
    onChange(shown);
  });
  return {
    element,
    set: (on) => {
      shown = on;
      element.checked = on;
    },
  };
}

export interface TextField extends Control<string> {
  readonly value: string;
  focus(): void;
  /** Shows an error on the field itself, or takes it away. */
  setError(message: string | null): void;
}

export function textField(
  label: string,
  placeholder: string,
  onInput: (text: string) => void,
  testId?: string,
): TextField {
  const element = make('vscode-text-field', {
    placeholder,
    'aria-label': label,
    title: label,
    'data-testid': testId,
  }) as HTMLElement & {
    value: string;
    /** The input inside. */
    readonly control?: HTMLInputElement;
  };
  element.addEventListener('input', () => onInput(element.value));
  return {
    element,
    get value() {
      return element.value;
    },
    set: (text) => {
      element.value = text;
      // The library passes the value on a moment later: a key pressed until then would be put to the old one.
      if (element.control) element.control.value = text;
    },
    focus: () => element.focus(),
    setError: (message) => {
      setAttributes(element, { 'aria-invalid': message === null ? null : 'true' });
      element.title = message ?? label;
    },
  };
}

export interface Dropdown<T extends string> extends Control<T> {
  setChoices(choices: readonly Choice<T>[], value: T): void;
}

export function dropdown<T extends string>(label: string, onChange: (value: T) => void, testId?: string): Dropdown<T> {
  const element = make('vscode-dropdown', {
    'aria-label': label,
    title: label,
    'data-testid': testId,
  }) as HTMLElement & { value: string };
  let signature = '';
  let shown: string | null = null;
  element.addEventListener('change', () => {
    if (element.value === shown) return;
    shown = element.value;
    onChange(element.value as T);
  });
  const set = (value: T): void => {
    shown = value;
    element.value = value;
  };
  return {
    element,
    set,
    setChoices: (choices, value) => {
      const next = JSON.stringify(choices);
      if (next !== signature) {
        signature = next;
        element.replaceChildren(
          ...choices.map((choice) => {
            const option = make('vscode-option', { value: choice.value, title: choice.title });
            option.append(choice.label);
            return option;
          }),
        );
      }
      set(value);
      // The library reads its options a moment after they are there.
      queueMicrotask(() => set(value));
    },
  };
}

/** One of few, all in sight. The library has no such control; this one follows its look. */
export function segments<T extends string>(
  label: string,
  choices: readonly Choice<T>[],
  onChange: (value: T) => void,
  testId?: string,
): Control<T> {
  const element = h('div', { class: 'segments', role: 'radiogroup', 'aria-label': label, 'data-testid': testId });
  const buttons = choices.map((choice) =>
    h('button', { type: 'button', role: 'radio', title: choice.title, 'data-value': choice.value }, choice.label),
  );
  const set = (value: T): void => {
    buttons.forEach((item, i) => {
      const on = choices[i].value === value;
      setAttributes(item, { 'aria-checked': String(on), tabindex: on ? 0 : -1 });
    });
  };
  const choose = (i: number): void => {
    const at = (i + choices.length) % choices.length;
    set(choices[at].value);
    buttons[at].focus();
    onChange(choices[at].value);
  };
  buttons.forEach((item, i) => {
    item.addEventListener('click', () => choose(i));
    item.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowRight' || event.key === 'ArrowDown') choose(i + 1);
      else if (event.key === 'ArrowLeft' || event.key === 'ArrowUp') choose(i - 1);
      else return;
      event.preventDefault();
    });
  });
  element.append(...buttons);
  return { element, set };
}

/** Turns while something goes on. The library's ring has a style attribute in its template, which our CSP refuses. */
export function busySign(): HTMLElement {
  const element = icon('loading');
  element.classList.add('codicon-modifier-spin');
  return element;
}

function make(tag: string, attributes: Parameters<typeof setAttributes>[1]): HTMLElement {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  return element;
}
