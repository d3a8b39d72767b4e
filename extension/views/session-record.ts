import type { MachineSummary, ToView } from '../protocol/messages';

export type StateMessage = Extract<ToView, { type: 'state' }>;

export const NO_SESSION: StateMessage = {
  type: 'state',
  state: 'none',
  revision: 0,
  message: null,
  summary: null,
  scenario: null,
};

/** What is known of one debug session: the state that views are told. No vscode here, so that it can be tested. */
export class SessionRecord {
  private message: StateMessage;
  /** Somebody asked for the end, or the adapter announced it: the end is no accident. */
  private orderly = false;
  /** The adapter was gone before anybody asked. VS Code sends `disconnect` after it all the same. */
  private died = false;

  constructor(scenario: string | null) {
    this.message = { ...NO_SESSION, state: 'starting', scenario };
  }

  get state(): StateMessage {
    return this.message;
  }

  get isOver(): boolean {
    return ['none', 'terminated', 'failed'].includes(this.message.state);
  }

  running(revision: number): void {
    if (!this.isOver) this.message = { ...this.message, state: 'running', revision };
  }

  stopped(revision: number, summary: MachineSummary): void {
    if (!this.isOver) this.message = { ...this.message, state: 'stopped', revision, summary };
  }

  /** The launch was refused: why is in `reason`. */
  failed(reason: string): void {
    this.message = { ...this.message, state: 'failed', message: reason };
  }

  endIsExpected(): void {
    this.orderly = true;
  }

  /** The adapter's process ended. */
  exited(): void {
    if (!this.orderly) this.died = true;
  }

  /** The session is gone. After an accident views go to their empty state, since nobody knows what the rows are worth. */
  ended(): void {
    if (this.message.state === 'failed') return;
    this.message =
      this.orderly && !this.died
        ? { ...this.message, state: 'terminated' }
        : {
            ...NO_SESSION,
            message: 'The debug adapter ended unexpectedly. Start again; the Debug Console may say why.',
          };
  }
}

/** The parts of DAP messages that tell how a session goes. */
export interface DapMessage {
  readonly type?: string;
  readonly command?: string;
  readonly event?: string;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: { readonly error?: { readonly format?: string } };
}

/** Takes what a client sends. */
export function sentToAdapter(record: SessionRecord, message: DapMessage): void {
  if (message.type === 'request' && (message.command === 'disconnect' || message.command === 'terminate')) {
    record.endIsExpected();
  }
}

/** Takes what the adapter sends. */
export function sentByAdapter(record: SessionRecord, message: DapMessage): void {
  if (message.type === 'event' && message.event === 'terminated') record.endIsExpected();
  if (message.type === 'response' && message.command === 'launch' && message.success === false) {
    record.failed(message.body?.error?.format ?? message.message ?? 'The scenario could not be started.');
  }
}
