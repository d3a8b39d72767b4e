import { h } from './dom';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  /** A line of its own that says what the item does. */
  readonly detail?: string;
  readonly run: () => void;
}

/** Opens a menu at a point of the page; focus returns to where it was. `null` items are lines. */
export function openMenu(items: readonly (MenuItem | null)[], x: number, y: number, label: string): void {
  closeMenu();
  const before = document.activeElement;
  const menu = h('div', { class: 'menu', role: 'menu', 'aria-label': label, tabindex: -1, 'data-testid': 'menu' });
  const buttons: HTMLElement[] = [];
  const close = (): void => {
    if (open?.menu !== menu) return;
    open = null;
    menu.remove();
    if (before instanceof HTMLElement) before.focus();
  };
  for (const item of items) {
    if (item === null) {
      menu.append(h('div', { class: 'menu-line', role: 'separator' }));
      continue;
    }
    const row = h(
      'div',
      { class: 'menu-item', role: 'menuitem', tabindex: -1, 'data-id': item.id },
      h('span', {}, item.label),
      h('span', { class: 'menu-hint' }, item.hint ?? ''),
      item.detail === undefined ? null : h('span', { class: 'menu-detail' }, item.detail),
    );
    row.addEventListener('click', () => {
      close();
      item.run();
    });
    row.addEventListener('mousemove', () => row.focus());
    buttons.push(row);
    menu.append(row);
  }
  menu.addEventListener('keydown', (event) => {
    event.stopPropagation();
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const next = menuKey(
      event.key,
      at,
      buttons.map((item) => item.textContent),
    );
    if (next === null) return;
    event.preventDefault();
    if (next === 'close') close();
    else if (next === 'run') buttons[at]?.click();
    else buttons[next].focus();
  });
  menu.addEventListener('focusout', (event) => {
    if (!menu.contains(event.relatedTarget as Node | null)) close();
  });
  document.body.append(menu);
  menu.style.left = `${Math.max(0, Math.min(x, innerWidth - menu.offsetWidth - 2))}px`;
  menu.style.top = `${Math.max(0, Math.min(y, innerHeight - menu.offsetHeight - 2))}px`;
  open = { menu, close };
  buttons[0]?.focus();
}

export function closeMenu(): void {
  open?.close();
}

/** What a key does in a menu: the item to go to, `run`, `close`, or nothing. */
export function menuKey(key: string, at: number, labels: readonly string[]): number | 'run' | 'close' | null {
  const n = labels.length;
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % n;
    case 'ArrowUp':
      return (at - 1 + n) % n;
    case 'Home':
      return 0;
    case 'End':
      return n - 1;
    case 'Enter':
    case ' ':
      return 'run';
    case 'Escape':
    case 'Tab':
      return 'close';
    default: {
      if (key.length !== 1) return null;
      const from = labels.map((_, i) => (at + 1 + i) % n);
      return from.find((i) => labels[i].toLowerCase().startsWith(key.toLowerCase())) ?? null;
    }
  }
}

let open: { readonly menu: HTMLElement; readonly close: () => void } | null = null;
