/** Remembers where the machine stood at its last stops. No vscode here, so that it can be tested. */
export class StopTicks {
  private now: { readonly revision: number; readonly tick: number } | null = null;
  private before: number | null = null;

  /** The tick of the stop before the present one; null if there was none, or none at another tick. */
  get last(): number | null {
    return this.before;
  }

  stopped(revision: number, tick: number): void {
    if (this.now?.revision === revision) return;
    // An edit is a new revision at the same tick: still the same stop.
    if (this.now !== null && this.now.tick !== tick) this.before = this.now.tick;
    this.now = { revision, tick };
  }

  /** Another session. */
  clear(): void {
    this.now = null;
    this.before = null;
  }
}
