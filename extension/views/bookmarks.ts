import * as vscode from 'vscode';
import type { Bookmark, Place, ToView } from '../protocol/messages';
import { bookmarkTitle, named, readBookmarks, removed } from './bookmark-list';
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

  /** Asks for a name, and keeps the tick under it; the present tick with the place where the machine stands. */
  async name(tick: number): Promise<void> {
    await this.ask(tick, await this.placeAt(tick));
  }

  /** Asks for another name. What the bookmark leads to stays. */
  async rename(tick: number): Promise<void> {
    await this.ask(tick, null);
  }

  async remove(tick: number): Promise<void> {
    await this.keep(removed(this.list, tick));
  }

  private async ask(tick: number, here: Place | null): Promise<void> {
    if (this.scenario === null) return;
    const before = this.list.find((bookmark) => bookmark.tick === tick);
    const name = await vscode.window.showInputBox({
      title: bookmarkTitle(tick, before, here),
      prompt: 'Bookmarks are kept with this workspace, for each scenario',
      value: before?.name ?? `tick ${tick.toLocaleString('en-US')}`,
      validateInput: (value) => (value.trim() === '' ? 'A bookmark needs a name.' : null),
    });
    const place = here ?? before?.place;
    if (name !== undefined)
      await this.keep(named(this.list, { tick, name: name.trim(), ...(place === undefined ? {} : { place }) }));
  }

  /** Where the machine stands, if it stands at this tick and that is known. */
  private async placeAt(tick: number): Promise<Place | null> {
    if (this.broadcast.state.summary?.tick !== tick) return null;
    const reply = await this.broadcast.query('place', {});
    if (!reply.ok || reply.result?.tick !== tick) return null;
    const { statements, moment } = reply.result;
    return { statements, moment };
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
