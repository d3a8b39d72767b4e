/** A debug session under a test: what VS Code was told, and the steps a person would make. */
import * as vscode from 'vscode';

interface Frame {
  readonly id: number;
  readonly name: string;
  readonly line: number;
  /** The scenario, or with a reference the listing of an operation. */
  readonly source?: { readonly sourceReference?: number };
}

export interface Halt {
  readonly reason: string;
  readonly text: string;
  readonly threadId: number;
}

const PATIENCE_MS = 15_000;

export class TestSession {
  private readonly halts: Halt[] = [];
  private readonly waiting: ((halt: Halt | null) => void)[] = [];
  private over = false;
  session!: vscode.DebugSession;
  output = '';
  private readonly disposables: vscode.Disposable[] = [];

  private constructor() {
    this.disposables.push(
      vscode.debug.registerDebugAdapterTrackerFactory('tpt', {
        createDebugAdapterTracker: (session) => {
          this.session = session;
          return {
            onDidSendMessage: (message: {
              type: string;
              event?: string;
              body?: { reason?: string; text?: string; description?: string; threadId?: number; output?: string };
            }) => {
              if (message.type !== 'event') return;
              if (message.event === 'output') this.output += message.body?.output ?? '';
              if (message.event === 'stopped')
                this.tell({
                  reason: message.body?.reason ?? '',
                  text: message.body?.text ?? message.body?.description ?? '',
                  threadId: message.body?.threadId ?? 0,
                });
              if (message.event === 'terminated') this.end();
            },
            onExit: () => {
              this.end();
            },
          };
        },
      }),
    );
  }

  /** Starts what `start` starts, and waits for the first stop. */
  static async start(start: () => Promise<unknown>): Promise<{ run: TestSession; halt: Halt | null }> {
    const run = new TestSession();
    await start();
    return { run, halt: await run.next() };
  }

  /** The next stop; null when the session is over. */
  async next(): Promise<Halt | null> {
    const halt = this.halts.shift();
    if (halt) return halt;
    if (this.over) return null;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`No stop within ${PATIENCE_MS} ms. The session said: ${this.output}`));
      }, PATIENCE_MS);
      this.waiting.push((value) => {
        clearTimeout(timer);
        resolve(value);
      });
    });
  }

  async go(command: 'continue' | 'next' | 'stepIn' | 'stepOut', threadId: number): Promise<Halt | null> {
    await this.session.customRequest(command, { threadId });
    return this.next();
  }

  async stack(threadId: number): Promise<readonly Frame[]> {
    const { stackFrames } = (await this.session.customRequest('stackTrace', { threadId })) as { stackFrames: Frame[] };
    return stackFrames;
  }

  /** Asks the adapter what a view would ask. */
  async query<T>(method: string, args: object): Promise<T> {
    const { result } = (await this.session.customRequest(`tpt/${method}`, args)) as { result: T };
    return result;
  }

  async stop(): Promise<void> {
    if (!this.over) await vscode.debug.stopDebugging(this.session);
    await noSession();
    for (const disposable of this.disposables) disposable.dispose();
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
  }

  private tell(halt: Halt): void {
    const waiter = this.waiting.shift();
    if (waiter) waiter(halt);
    else this.halts.push(halt);
  }

  private end(): void {
    this.over = true;
    for (const waiter of this.waiting.splice(0)) waiter(null);
  }
}

/** Until VS Code itself has noticed that the session is over, F5 would mean "continue". */
async function noSession(): Promise<void> {
  if (!vscode.debug.activeDebugSession) return;
  await new Promise<void>((resolve) => {
    const listener = vscode.debug.onDidChangeActiveDebugSession((session) => {
      if (session) return;
      listener.dispose();
      resolve();
    });
  });
}
