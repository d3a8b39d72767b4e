import * as vscode from 'vscode';
import type { Bookmark, ToView } from '../protocol/messages';
import { named, readBookmarks, removed } from './bookmark-list';
import type { Broadcast } from './broadcast';

const KEY = 'tptScope.bookmarks';

/** Named ticks of scenarios, kept with the workspace. Views are told of those of the scenario that is shown. */
export class Bookmarks implements vscode.Disposable {
  private told: string | null = null;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly broadcast: Broadcast,
    private readonly memento: vscode.Memento,
  ) {
    this.subscription = broadcast.onMessage((message) => {
      if (message.type !== 'state' || message.scenario === this.told) return;
      this.told = message.scenario;
      this.broadcast.post(this.message);
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  /** For views. */
  get message(): Extract<ToView, { type: 'bookmarks' }> {
    return { type: 'bookmarks', bookmarks: this.list };
  }

  /** Of the scenario that is shown, by tick. */
  get list(): readonly Bookmark[] {
    const { scenario } = this;
    return scenario === null ? [] : readBookmarks(this.stored[scenario]);
  }

  /** Asks for a name, and keeps the tick under it. */
  async name(tick: number): Promise<void> {
    if (this.scenario === null) return;
    const words = tick.toLocaleString('en-US');
    const before = this.list.find((bookmark) => bookmark.tick === tick);
    const name = await vscode.window.showInputBox({
      title: before === undefined ? `Bookmark Tick ${words}` : `Rename the Bookmark at Tick ${words}`,
      prompt: 'Bookmarks are kept with this workspace, for each scenario',
      value: before?.name ?? `tick ${words}`,
      validateInput: (value) => (value.trim() === '' ? 'A bookmark needs a name.' : null),
    });
    if (name !== undefined) await this.keep(named(this.list, { tick, name: name.trim() }));
  }

  async remove(tick: number): Promise<void> {
    await this.keep(removed(this.list, tick));
  }

  private get scenario(): string | null {
    return this.broadcast.state.scenario;
  }

  private get stored(): Readonly<Record<string, unknown>> {
    return this.memento.get<Readonly<Record<string, unknown>>>(KEY) ?? {};
  }

  private async keep(list: readonly Bookmark[]): Promise<void> {
    const { scenario } = this;
    if (scenario === null) return;
    const { [scenario]: _, ...others } = this.stored;
    await this.memento.update(KEY, list.length === 0 ? others : { ...others, [scenario]: list });
    this.broadcast.post(this.message);
  }
}
