import * as vscode from 'vscode';
import type {
  Queries,
  QueryMethod,
  QueryReply,
  RevisionEvent,
  Selection,
  ToView,
  ViewName,
} from '../protocol/messages';
import {
  NO_SESSION,
  sentByAdapter,
  sentToAdapter,
  SessionRecord,
  type DapMessage,
  type StateMessage,
} from './session-record';

const TYPE = 'tpt';
const REVISION: RevisionEvent['event'] = 'tpt/revision';
/** A step that takes less is not shown as "running": views would flicker at every F10. */
const RUNNING_AFTER_MS = 150;

interface Followed {
  readonly session: vscode.DebugSession;
  readonly record: SessionRecord;
  /** Resolves when the session is gone: queries that were on their way are answered then. */
  readonly gone: Promise<void>;
  readonly leave: () => void;
  timer: NodeJS.Timeout | undefined;
}

/**
 * The one place that listens to debug sessions. Views hear from it how the session goes and what is selected, and send
 * their queries through it; they see the session that is active in VS Code, and the last one after it ended.
 */
export class Broadcast implements vscode.Disposable {
  private readonly followed = new Map<string, Followed>();
  private shown: Followed | null = null;
  private readonly messages = new vscode.EventEmitter<ToView>();
  private readonly subscriptions: readonly { dispose(): unknown }[];

  /** Messages for every view. */
  readonly onMessage = this.messages.event;

  constructor() {
    const { debug } = vscode;
    this.subscriptions = [
      this.messages,
      debug.registerDebugAdapterTrackerFactory(TYPE, { createDebugAdapterTracker: (session) => this.track(session) }),
      debug.onDidStartDebugSession((session) => {
        if (session.type === TYPE) this.show(this.follow(session));
      }),
      debug.onDidChangeActiveDebugSession((session) => {
        if (session?.type === TYPE) this.show(this.follow(session));
      }),
      debug.onDidReceiveDebugSessionCustomEvent((event) => {
        if (event.session.type !== TYPE || event.event !== REVISION) return;
        void this.revised(this.follow(event.session), event.body as RevisionEvent['body']);
      }),
      debug.onDidTerminateDebugSession((session) => {
        if (session.type === TYPE) this.ended(session);
      }),
    ];
  }

  dispose(): void {
    for (const followed of this.followed.values()) clearTimeout(followed.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  get state(): StateMessage {
    return this.shown?.record.state ?? NO_SESSION;
  }

  /** The session that views show, while it lives. */
  get session(): vscode.DebugSession | null {
    return this.shown === null || this.shown.record.isOver ? null : this.shown.session;
  }

  /** Configuration of the session that views show, also after it ended. */
  get configuration(): vscode.DebugConfiguration | null {
    return this.shown?.session.configuration ?? null;
  }

  /** Always answered, by the adapter or with why not. */
  query<M extends QueryMethod>(method: M, args: Queries[M][0]): Promise<QueryReply<M>> {
    const { shown } = this;
    if (shown === null || shown.record.isOver) return Promise.resolve(this.refused('No session is running.'));
    return this.ask(shown, method, args);
  }

  /** Tells all views. */
  post(message: ToView): void {
    this.messages.fire(message);
  }

  select(selection: Selection, from: ViewName | 'editor'): void {
    this.messages.fire({ type: 'selection', selection, from });
    if (selection.frame === undefined && selection.gva !== undefined) void this.selectFrameOf(selection, from);
  }

  // --- Sessions ----------------------------------------------------------------------------------------------------

  private follow(session: vscode.DebugSession): Followed {
    const known = this.followed.get(session.id);
    if (known !== undefined) return known;
    const scenario: unknown = session.configuration['scenario'];
    let leave = (): void => undefined;
    const gone = new Promise<void>((resolve) => (leave = resolve));
    const followed: Followed = {
      session,
      record: new SessionRecord(typeof scenario === 'string' ? scenario : null),
      gone,
      leave,
      timer: undefined,
    };
    this.followed.set(session.id, followed);
    return followed;
  }

  private track(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    const followed = this.follow(session);
    // Already here: a launch that is refused never becomes an active session.
    this.show(followed);
    return {
      onWillReceiveMessage: (message: DapMessage) => sentToAdapter(followed.record, message),
      onExit: () => followed.record.exited(),
      onDidSendMessage: (message: DapMessage) => {
        const before = followed.record.state;
        sentByAdapter(followed.record, message);
        if (followed.record.state !== before) this.tell(followed);
      },
    };
  }

  private show(followed: Followed): void {
    if (this.shown === followed) return;
    this.shown = followed;
    this.tell(followed);
  }

  private tell(followed: Followed): void {
    if (this.shown === followed) this.messages.fire(followed.record.state);
  }

  private async revised(followed: Followed, body: RevisionEvent['body']): Promise<void> {
    clearTimeout(followed.timer);
    if (body.state === 'running') {
      followed.timer = setTimeout(() => {
        followed.record.running(body.revision);
        this.tell(followed);
      }, RUNNING_AFTER_MS);
      return;
    }
    if (body.state === 'terminated') {
      followed.record.endIsExpected();
      return;
    }
    const reply = await this.ask(followed, 'summary', {});
    // A newer revision will be told by its own event.
    if (!reply.ok || reply.revision !== body.revision) return;
    clearTimeout(followed.timer);
    followed.record.stopped(reply.revision, reply.result);
    this.tell(followed);
  }

  private ended(session: vscode.DebugSession): void {
    const followed = this.follow(session);
    clearTimeout(followed.timer);
    this.followed.delete(session.id);
    followed.record.ended();
    followed.leave();
    this.tell(followed);
  }

  // --- Queries -----------------------------------------------------------------------------------------------------

  private async ask<M extends QueryMethod>(followed: Followed, method: M, args: Queries[M][0]): Promise<QueryReply<M>> {
    try {
      const answer = await Promise.race([
        followed.session.customRequest(`tpt/${method}`, args) as Promise<{ revision: number; result: Queries[M][1] }>,
        followed.gone,
      ]);
      return answer === undefined ? this.refused('The session ended.') : { ok: true, ...answer };
    } catch (error) {
      return this.refused(error instanceof Error ? error.message : String(error));
    }
  }

  private refused(error: string): { readonly ok: false; readonly revision: number; readonly error: string } {
    return { ok: false, revision: this.state.revision, error };
  }

  /** An address was selected: its frame is marked as well, if the address leads to one. */
  private async selectFrameOf(selection: Selection, from: ViewName | 'editor'): Promise<void> {
    const { vm, pid, gva } = selection;
    if (vm === undefined || pid === undefined || gva === undefined) return;
    const { revision } = this.state;
    const reply = await this.query('walk', {
      vm,
      pid,
      gva,
      access: 'read',
      user: BigInt(gva) >> 63n === 0n,
      root: 'active',
    });
    if (!reply.ok || reply.revision !== revision || reply.result.outcome.kind !== 'ok') return;
    this.messages.fire({ type: 'selection', selection: { ...selection, frame: reply.result.outcome.frame }, from });
  }
}
