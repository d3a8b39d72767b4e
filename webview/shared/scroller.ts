import { h } from './dom';
import * as math from './virtual-math';

/**
 * A scrolling viewport over content of any height. The content itself is drawn by the owner on `stage`, which stays
 * where the viewport is; `top` says which part to draw.
 */
export class Scroller {
  readonly stage = h('div', { class: 'scroller-stage' });
  readonly element = h('div', { class: 'scroller' });
  private readonly spacer = h('div', { class: 'scroller-spacer', 'aria-hidden': 'true' });
  private offset = 0;
  private m: math.Metrics = { total: 0, rowHeight: 22, viewport: 0, bulge: null };
  /** Native position that we set ourselves: the scroll event it causes says nothing new. */
  private expected: number | null = null;

  constructor(private readonly onChange: () => void) {
    this.element.append(this.stage, this.spacer);
    this.element.addEventListener('scroll', () => this.nativeScrolled(), { passive: true });
    this.element.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    new ResizeObserver(() => {
      this.configure({ viewport: this.element.clientHeight });
      this.onChange();
    }).observe(this.element);
  }

  get metrics(): math.Metrics {
    return this.m;
  }

  get top(): number {
    return this.offset;
  }

  get visible(): { readonly first: number; readonly end: number } {
    return math.visibleRows(this.m, this.offset);
  }

  configure(change: Partial<math.Metrics>): void {
    this.m = { ...this.m, ...change };
    this.spacer.style.height = `${math.nativeHeight(this.m)}px`;
    this.stage.style.height = `${this.m.viewport}px`;
    this.spacer.style.marginTop = `${-this.m.viewport}px`;
    this.moveTo(this.offset);
  }

  scrollTo(top: number): void {
    this.moveTo(top);
    this.onChange();
  }

  reveal(index: number): void {
    this.scrollTo(math.topToReveal(this.m, this.offset, index));
  }

  /** Brings a row to the middle unless it is in sight. */
  centre(index: number): void {
    this.scrollTo(math.topToCentre(this.m, this.offset, index));
  }

  private moveTo(top: number): void {
    this.offset = math.clampTop(this.m, top);
    const native = math.topToNative(this.m, this.offset);
    if (Math.abs(this.element.scrollTop - native) >= 1) {
      this.element.scrollTop = native;
      this.expected = this.element.scrollTop;
    }
  }

  private nativeScrolled(): void {
    const native = this.element.scrollTop;
    if (this.expected !== null && Math.abs(native - this.expected) < 1) {
      this.expected = null;
      return;
    }
    this.expected = null;
    this.offset = math.nativeToTop(this.m, native);
    this.onChange();
  }

  /** A scaled bar would jump many rows per wheel notch, so the wheel moves the true offset instead. */
  private wheel(event: WheelEvent): void {
    if (!math.isScaled(this.m) || event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    const unit =
      event.deltaMode === WheelEvent.DOM_DELTA_LINE
        ? this.m.rowHeight
        : event.deltaMode === WheelEvent.DOM_DELTA_PAGE
          ? this.m.viewport
          : 1;
    this.scrollTo(this.offset + event.deltaY * unit);
  }
}
