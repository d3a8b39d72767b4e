import { h, setAttributes } from './dom';

/**
 * A bar between two panes that sets the size of the second: drag it, or move it with the arrow keys. Its size is the
 * user's and never follows the content, so that nothing jumps when that changes.
 */
export function splitter(
  pane: HTMLElement,
  axis: 'x' | 'y',
  label: string,
  onDone: (size: number) => void,
): HTMLElement {
  const bar = h('div', {
    class: `splitter splitter-${axis}`,
    role: 'separator',
    tabindex: 0,
    'aria-label': label,
    'aria-orientation': axis === 'y' ? 'horizontal' : 'vertical',
  });
  const size = (): number => (axis === 'y' ? pane.offsetHeight : pane.offsetWidth);
  const set = (value: number): void => {
    const parent = pane.parentElement!;
    const most = (axis === 'y' ? parent.clientHeight : parent.clientWidth) - 100;
    setSize(pane, axis, Math.max(44, Math.min(most, value)));
    setAttributes(bar, { 'aria-valuenow': size() });
  };
  bar.addEventListener('pointerdown', (down) => {
    bar.setPointerCapture(down.pointerId);
    const start = size();
    const move = (event: PointerEvent): void =>
      set(start - (axis === 'y' ? event.clientY - down.clientY : event.clientX - down.clientX));
    bar.addEventListener('pointermove', move);
    bar.addEventListener(
      'lostpointercapture',
      () => {
        bar.removeEventListener('pointermove', move);
        onDone(size());
      },
      { once: true },
    );
  });
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowUp: 20, ArrowLeft: 20, ArrowDown: -20, ArrowRight: -20 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    set(size() + step);
    onDone(size());
  });
  return bar;
}

export function setSize(pane: HTMLElement, axis: 'x' | 'y', size: number): void {
  pane.style.flexBasis = `${size}px`;
  if (axis === 'y') pane.style.height = `${size}px`;
}
