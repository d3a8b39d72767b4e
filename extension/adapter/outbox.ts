/** Every event that the adapter sends, in one place, in the form the client asked for. */
import {
  BreakpointEvent,
  ContinuedEvent,
  Event,
  ExitedEvent,
  InitializedEvent,
  InvalidatedEvent,
  MemoryEvent,
  OutputEvent,
  ProgressEndEvent,
  ProgressStartEvent,
  ProgressUpdateEvent,
  StoppedEvent,
  TerminatedEvent,
  ThreadEvent,
} from '@vscode/debugadapter';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { RevisionEvent } from '../protocol/messages';
import type { Halt } from './halts';
import { threadOfTask } from './threads';

export type OutputCategory = 'console' | 'important' | 'stdout' | 'stderr';

export interface OutputPlace {
  readonly source: P.Source;
  readonly line: number;
}

export class Outbox {
  /** What the client can take; set by `initialize`. */
  client: { readonly memoryEvent: boolean; readonly invalidatedEvent: boolean; readonly progress: boolean } = {
    memoryEvent: false,
    invalidatedEvent: false,
    progress: false,
  };

  constructor(private readonly send: (event: P.Event) => void) {}

  initialized(): void {
    this.send(new InitializedEvent());
  }

  output(text: string, category: OutputCategory, place: OutputPlace | null = null): void {
    const event: P.OutputEvent = new OutputEvent(text, category);
    if (place) Object.assign(event.body, place);
    this.send(event);
  }

  stopped(halt: Halt): void {
    // There is no reason "end" in the protocol: people see the description.
    const event: P.StoppedEvent = new StoppedEvent(
      halt.reason === 'end' ? 'pause' : halt.reason,
      threadOfTask(halt.task),
    );
    event.body.allThreadsStopped = true;
    if (halt.description !== null) event.body.description = halt.description;
    if (halt.text !== null) event.body.text = halt.text;
    if (halt.breakpointIds.length > 0) event.body.hitBreakpointIds = [...halt.breakpointIds];
    this.send(event);
  }

  /** The machine goes without a request of the protocol that says so. A client would else take the next stop for a part of this one. */
  continued(task: number): void {
    this.send(new ContinuedEvent(threadOfTask(task), true));
  }

  revision(body: RevisionEvent['body']): void {
    this.send(new Event('tpt/revision' satisfies RevisionEvent['event'], body));
  }

  thread(reason: 'started' | 'exited', task: number): void {
    this.send(new ThreadEvent(reason, threadOfTask(task)));
  }

  breakpointChanged(breakpoint: P.Breakpoint): void {
    this.send(new BreakpointEvent('changed', breakpoint));
  }

  sourceLoaded(source: P.Source): void {
    const event: P.LoadedSourceEvent = new Event('loadedSource', { reason: 'new', source }) as P.LoadedSourceEvent;
    this.send(event);
  }

  memory(reference: string, offset: number, count: number): void {
    if (this.client.memoryEvent) this.send(new MemoryEvent(reference, offset, count));
  }

  /** Memory changed: any variable, any step value may show something else now. */
  invalidated(): void {
    if (this.client.invalidatedEvent) this.send(new InvalidatedEvent(['variables']));
  }

  /** @param percentage null: nobody knows. */
  progressStart(progressId: string, title: string, message: string, percentage: number | null): void {
    const event: P.ProgressStartEvent = new ProgressStartEvent(progressId, title, message);
    event.body.cancellable = true;
    if (percentage !== null) event.body.percentage = percentage;
    this.send(event);
  }

  progressUpdate(progressId: string, message: string, percentage: number | null): void {
    const event: P.ProgressUpdateEvent = new ProgressUpdateEvent(progressId, message);
    if (percentage !== null) event.body.percentage = percentage;
    this.send(event);
  }

  progressEnd(progressId: string): void {
    this.send(new ProgressEndEvent(progressId));
  }

  exited(code: 0 | 1): void {
    this.send(new ExitedEvent(code));
  }

  terminated(): void {
    this.send(new TerminatedEvent());
  }
}
