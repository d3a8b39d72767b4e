import * as vscode from 'vscode';
import { bookmarkTarget } from '../protocol/bookmark-target';
import type { AddressRef, Bookmark, FaultRow, Question, Target } from '../protocol/messages';
import { parseTick, tickProblem } from './bookmark-list';
import type { Bookmarks } from './bookmarks';
import type { Broadcast } from './broadcast';
import { parseAddress } from './questions';

/** Faults that the picker of faults offers: the newest. */
const MOST_FAULTS = 1000;
const REMOVE: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('trash'), tooltip: 'Remove Bookmark' };

/** What the commands need of the views. */
export interface TimeDeeds {
  readonly ask: (question: Question) => void;
  /** Of an address: asks what its frame is used for, where the answer depends on that. */
  readonly history: (ref: AddressRef) => Promise<void>;
}

/** The commands that travel, keep bookmarks and ask about the past. Arguments are for key bindings and tests. */
export function registerTimeCommands(broadcast: Broadcast, bookmarks: Bookmarks, deeds: TimeDeeds): vscode.Disposable {
  const commands = new TimeCommands(broadcast, bookmarks, deeds);
  const { registerCommand } = vscode.commands;
  return vscode.Disposable.from(
    commands,
    registerCommand('tptScope.addBookmark', (tick?: unknown) => commands.addBookmark(tick)),
    registerCommand('tptScope.goToBookmark', () => commands.goToBookmark()),
    registerCommand('tptScope.goToTick', (tick?: unknown) => commands.goToTick(tick)),
    registerCommand('tptScope.goToFault', () => commands.goToFault()),
    registerCommand('tptScope.why', (faultId?: unknown) => commands.why(faultId)),
    registerCommand('tptScope.history', (address?: unknown) => commands.history(address)),
  );
}

class TimeCommands implements vscode.Disposable {
  /** The fault that was selected last in this session. */
  private selected: number | null = null;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly broadcast: Broadcast,
    private readonly bookmarks: Bookmarks,
    private readonly deeds: TimeDeeds,
  ) {
    this.subscription = broadcast.onMessage((message) => {
      if (message.type === 'selection' && message.selection.faultId !== undefined) {
        this.selected = message.selection.faultId;
      }
      if (message.type === 'state' && message.state === 'starting') this.selected = null;
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  async addBookmark(tick: unknown): Promise<void> {
    const at = typeof tick === 'number' ? tick : this.broadcast.state.summary?.tick;
    if (at === undefined) say('A bookmark needs a session that is stopped: start one, or pause it.');
    else await this.bookmarks.name(at);
  }

  async goToBookmark(): Promise<void> {
    if (this.bookmarks.list.length === 0) {
      const add = 'Add Bookmark…';
      const chosen = await vscode.window.showInformationMessage('This scenario has no bookmark yet.', add);
      if (chosen === add) await this.addBookmark(undefined);
      return;
    }
    const bookmark = await pickBookmark(this.bookmarks);
    if (bookmark !== null) await this.travel(bookmarkTarget(bookmark));
  }

  async goToTick(tick: unknown): Promise<void> {
    const reply = await this.broadcast.query('timeline', { fromTick: null, untilTick: null, buckets: 1, kinds: [] });
    if (!reply.ok) {
      say(reply.error);
      return;
    }
    const { now, end } = reply.result;
    const typed =
      typeof tick === 'number'
        ? String(tick)
        : await vscode.window.showInputBox({
            title: 'Go to Tick',
            prompt: `From 0 to ${end.toLocaleString('en-US')}; the machine stands at ${now.toLocaleString('en-US')}`,
            value: String(now),
            validateInput: (value) => tickProblem(value, end),
          });
    const target = typed === undefined ? null : parseTick(typed);
    if (target !== null) await this.travel({ kind: 'tick', tick: target });
  }

  async goToFault(): Promise<void> {
    const rows = await this.faults(MOST_FAULTS);
    if (rows === null) return;
    const picked = await vscode.window.showQuickPick(
      rows.map((row) => ({
        label: `${row.kindText} at tick ${row.tick.toLocaleString('en-US')}`,
        description: [`${row.vm} ▸ ${row.task}`, row.gva ?? '', row.line === null ? '' : `line ${row.line}`]
          .filter((part) => part !== '')
          .join(' · '),
        detail: row.why,
        row,
      })),
      { title: 'Go to Fault', placeHolder: 'Faults, newest first', matchOnDescription: true, matchOnDetail: true },
    );
    if (picked === undefined) return;
    await this.travel({ kind: 'tick', tick: picked.row.tick });
    this.broadcast.select(selectionOf(picked.row), 'editor');
  }

  async why(faultId: unknown): Promise<void> {
    const id = typeof faultId === 'number' ? faultId : (this.selected ?? (await this.faults(1))?.[0].id);
    if (id !== undefined) this.deeds.ask({ kind: 'causes', subject: { kind: 'fault', faultId: id } });
  }

  async history(address: unknown): Promise<void> {
    const present = this.broadcast.state.summary?.present ?? null;
    const typed =
      typeof address === 'string'
        ? address
        : await vscode.window.showInputBox({
            title: 'History of an Address',
            prompt: 'A guest-virtual address of the process that is stopped, “hpa 0x61008” or “frame 0x1b00”',
            value: present?.gva ?? 'hpa 0x',
            validateInput: (value) => (parseAddress(value, present) === null ? addressProblem(present !== null) : null),
          });
    const ref = typed === undefined ? null : parseAddress(typed, present);
    if (ref !== null) await this.deeds.history(ref);
  }

  private async travel(target: Target): Promise<void> {
    const reply = await this.broadcast.query('travel', target);
    if (!reply.ok) say(reply.error);
  }

  /** The newest faults; null and said so, if there are none. */
  private async faults(limit: number): Promise<readonly FaultRow[] | null> {
    const reply = await this.broadcast.query('faults', {
      kinds: [],
      fromTick: null,
      untilTick: null,
      filter: '',
      fold: false,
      offset: 0,
      limit,
    });
    if (reply.ok && reply.result.rows.length > 0) return reply.result.rows;
    say(
      reply.ok
        ? 'There is no fault so far. Step on, or choose “Why Is It So?” in the menu of an address.'
        : reply.error,
    );
    return null;
  }
}

/** Bookmarks by tick, each with a button that removes it. */
function pickBookmark(bookmarks: Bookmarks): Promise<Bookmark | null> {
  const picker = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly bookmark: Bookmark }>();
  const fill = (): void => {
    picker.items = bookmarks.list.map((bookmark) => ({
      label: bookmark.name,
      description: `tick ${bookmark.tick.toLocaleString('en-US')}`,
      buttons: [REMOVE],
      bookmark,
    }));
  };
  picker.title = 'Go to Bookmark';
  fill();
  return new Promise((resolve) => {
    picker.onDidTriggerItemButton(async ({ item }) => {
      await bookmarks.remove(item.bookmark.tick);
      fill();
      if (picker.items.length === 0) picker.hide();
    });
    picker.onDidAccept(() => {
      resolve(picker.selectedItems[0]?.bookmark ?? null);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(null);
      picker.dispose();
    });
    picker.show();
  });
}

function selectionOf({ id, gva, space }: FaultRow): Parameters<Broadcast['select']>[0] {
  return { faultId: id, ...(space ?? {}), ...(gva === null ? {} : { gva }) };
}

function addressProblem(stopped: boolean): string {
  return stopped
    ? 'An address as hex digits, like 0x7f0000001000, hpa 0x61008 or frame 0x1b00'
    : 'No access is under way: an address as hpa 0x61008 or frame 0x1b00';
}

function say(words: string): void {
  void vscode.window.showInformationMessage(words);
}
