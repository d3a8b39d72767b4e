/**
 * A DAP client for tests. Every message is logged; `next` waits for the next event of a kind that nobody has taken
 * yet, so that an event which came early is not missed and no test has to sleep.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { TptDebugSession } from '../../extension/adapter/session';
import { adapterBundle } from './bundle';

/** How a client is joined to an adapter. */
export type Transport = 'in process' | 'stdio';
export const TRANSPORTS: readonly Transport[] = ['in process', 'stdio'];

const PATIENCE_MS = 8000;

interface Waiter {
  readonly event: string;
  readonly fits: (body: never) => boolean;
  readonly resolve: (body: never) => void;
}

export class AdapterClient {
  readonly events: P.Event[] = [];
  /** Command of each answer and name of each event, in the order in which they came. */
  readonly order: string[] = [];
  readonly exited: Promise<number | null>;
  private untaken: P.Event[] = [];
  private waiters: Waiter[] = [];
  private readonly answers = new Map<number, (response: P.Response) => void>();
  private seq = 1;
  private received = Buffer.alloc(0);

  private constructor(
    input: Readable,
    private readonly output: Writable,
    readonly process: ChildProcess | null,
  ) {
    input.on('data', (chunk: Buffer) => this.receive(chunk));
    output.on('error', () => undefined);
    this.exited = process ? new Promise((resolve) => process.once('exit', resolve)) : Promise.resolve(null);
  }

  static open(transport: Transport): AdapterClient {
    return transport === 'stdio' ? AdapterClient.spawned() : AdapterClient.piped();
  }

  private static piped(): AdapterClient {
    const toAdapter = new PassThrough();
    const fromAdapter = new PassThrough();
    const session = new TptDebugSession();
    // As a server it does not end the process when its client leaves.
    session.setRunAsServer(true);
    session.start(toAdapter, fromAdapter);
    return new AdapterClient(fromAdapter, toAdapter, null);
  }

  private static spawned(): AdapterClient {
    const child = spawn(process.execPath, [adapterBundle()], { stdio: ['pipe', 'pipe', 'pipe'] });
    return new AdapterClient(child.stdout, child.stdin, child);
  }

  /** The answer to a request, whether it succeeded or not. */
  answer(command: string, args?: object): Promise<P.Response> {
    const seq = this.seq++;
    const text = JSON.stringify({ seq, type: 'request', command, arguments: args });
    // First the ear, then the word: in process the answer comes at once.
    const response = new Promise<P.Response>((resolve) => this.answers.set(seq, resolve));
    this.output.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    return within(response, () => `no answer to ${command}`);
  }

  /** The body of a successful answer. */
  async request<B = unknown>(command: string, args?: object): Promise<B> {
    const response = await this.answer(command, args);
    if (!response.success) throw new Error(`${command} was refused: ${response.message ?? ''}`);
    return response.body as B;
  }

  /** The message of a refused request. */
  async refusal(command: string, args?: object): Promise<string> {
    const response = await this.answer(command, args);
    if (response.success) throw new Error(`${command} was not refused`);
    return response.message ?? '';
  }

  /** Body of the next event of this name that nobody has taken. */
  next<B>(event: string, fits: (body: B) => boolean = () => true): Promise<B> {
    const at = this.untaken.findIndex((e) => e.event === event && fits(e.body as B));
    const [found] = at >= 0 ? this.untaken.splice(at, 1) : [];
    if (found) return Promise.resolve(found.body as B);
    const waiting = new Promise<B>((resolve) => this.waiters.push({ event, fits, resolve }));
    return within(waiting, () => `no event ${event}; there were: ${this.order.join(', ')}\n${this.console()}`);
  }

  /** All that was written to the console so far. */
  console(): string {
    return this.events
      .filter((e) => e.event === 'output')
      .map((e) => (e as P.OutputEvent).body.output)
      .join('');
  }

  /** Ends the session whatever state it is in. */
  async close(): Promise<void> {
    if (this.process?.exitCode === null && this.process.signalCode === null) {
      this.output.end();
      this.process.kill();
      await this.exited;
    } else if (!this.process) {
      await this.answer('disconnect', {});
      this.output.end();
    }
  }

  private receive(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    for (;;) {
      const headEnd = this.received.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(this.received.toString('latin1', 0, headEnd))?.[1]);
      const bodyAt = headEnd + 4;
      if (this.received.length < bodyAt + length) return;
      const message = JSON.parse(this.received.toString('utf8', bodyAt, bodyAt + length)) as P.ProtocolMessage;
      this.received = this.received.subarray(bodyAt + length);
      if (message.type === 'event') this.takeEvent(message as P.Event);
      else this.takeAnswer(message as P.Response);
    }
  }

  private takeAnswer(response: P.Response): void {
    this.order.push(`${response.command}→`);
    this.answers.get(response.request_seq)?.(response);
    this.answers.delete(response.request_seq);
  }

  private takeEvent(event: P.Event): void {
    this.order.push(event.event);
    this.events.push(event);
    const at = this.waiters.findIndex((w) => w.event === event.event && w.fits(event.body as never));
    const [waiter] = at >= 0 ? this.waiters.splice(at, 1) : [];
    if (waiter) waiter.resolve(event.body as never);
    else this.untaken.push(event);
  }
}

function within<T>(promise: Promise<T>, why: () => string): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(why())), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
