/** Steps that most adapter tests share: launching a fixture, waiting for a stop, reading the stack and values. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { afterEach, beforeEach } from 'vitest';
import { AdapterClient, type Transport } from './client';

export type Stopped = P.StoppedEvent['body'];
export type Exited = P.ExitedEvent['body'];

export function fixture(name: string): string {
  return join(__dirname, 'fixtures', name);
}

/** 1-based line of the fixture that carries the comment `@mark`. */
export function lineOf(name: string, mark: string): number {
  const lines = readFileSync(fixture(name), 'utf8').split(/\r?\n/);
  const at = lines.findIndex((line) => new RegExp(`@${mark}\\b`).test(line));
  if (at < 0) throw new Error(`${name} has no @${mark}`);
  return at + 1;
}

export interface Setup {
  readonly initialize?: Partial<P.InitializeRequestArguments>;
  readonly launch?: Readonly<Record<string, unknown>>;
  readonly breakpoints?: readonly P.SourceBreakpoint[];
  readonly operations?: readonly P.FunctionBreakpoint[];
  readonly filters?: readonly string[];
  readonly filterOptions?: readonly P.ExceptionFilterOptions[];
}

export function initialize(
  client: AdapterClient,
  more: Partial<P.InitializeRequestArguments> = {},
): Promise<P.Capabilities> {
  return client.request('initialize', {
    adapterID: 'tpt',
    pathFormat: 'path',
    linesStartAt1: true,
    columnsStartAt1: true,
    supportsMemoryEvent: true,
    supportsInvalidatedEvent: true,
    supportsVariableType: true,
    ...more,
  });
}

/** From `initialize` to `configurationDone`, as clients do it. Gives what the breakpoints became. */
export async function launch(client: AdapterClient, name: string, setup: Setup = {}): Promise<P.Breakpoint[]> {
  await initialize(client, setup.initialize);
  await client.request('launch', { scenario: fixture(name), stopOnEntry: false, ...setup.launch });
  await client.next('initialized');
  const { breakpoints } = await setBreakpoints(client, name, setup.breakpoints ?? []);
  if (setup.operations) await client.request('setFunctionBreakpoints', { breakpoints: setup.operations });
  await client.request('setExceptionBreakpoints', {
    filters: setup.filters ?? [],
    filterOptions: setup.filterOptions ?? [],
  });
  await client.request('configurationDone');
  return breakpoints;
}

export function setBreakpoints(
  client: AdapterClient,
  name: string,
  breakpoints: readonly P.SourceBreakpoint[],
): Promise<{ breakpoints: P.Breakpoint[] }> {
  return client.request('setBreakpoints', { source: { path: fixture(name) }, breakpoints });
}

export const stopped = (client: AdapterClient): Promise<Stopped> => client.next<Stopped>('stopped');

/** Sends a stepping request and waits for where it leads. */
export async function step(
  client: AdapterClient,
  command: 'continue' | 'next' | 'stepIn' | 'stepOut' | 'stepBack' | 'reverseContinue',
  task: number,
  more: object = {},
): Promise<Stopped> {
  await client.request(command, { threadId: task, ...more });
  return stopped(client);
}

export async function stack(client: AdapterClient, task: number, more: object = {}): Promise<P.StackFrame[]> {
  const body = await client.request<{ stackFrames: P.StackFrame[] }>('stackTrace', { threadId: task, ...more });
  return body.stackFrames;
}

export async function topFrame(client: AdapterClient, task: number): Promise<P.StackFrame> {
  const [top] = await stack(client, task);
  if (!top) throw new Error(`task ${task} has no stack`);
  return top;
}

/** Variables of a scope of the innermost frame. */
export async function scope(
  client: AdapterClient,
  task: number,
  name: string,
): Promise<{ reference: number; variables: P.Variable[] }> {
  const { id } = await topFrame(client, task);
  const { scopes } = await client.request<{ scopes: P.Scope[] }>('scopes', { frameId: id });
  const found = scopes.find((s) => s.name === name);
  if (!found) throw new Error(`no scope ${name} in ${scopes.map((s) => s.name).join(', ')}`);
  const { variables } = await client.request<{ variables: P.Variable[] }>('variables', {
    variablesReference: found.variablesReference,
  });
  return { reference: found.variablesReference, variables };
}

export async function evaluate(
  client: AdapterClient,
  task: number,
  expression: string,
  context = 'watch',
): Promise<P.EvaluateResponse['body']> {
  const { id } = await topFrame(client, task);
  return client.request('evaluate', { expression, frameId: id, context });
}

/** A client for each test, closed after it. */
export function useClient(transport: Transport): () => AdapterClient {
  let client: AdapterClient | null = null;
  beforeEach(() => {
    client = AdapterClient.open(transport);
  });
  afterEach(() => client?.close());
  return () => {
    if (!client) throw new Error('there is a client only inside a test');
    return client;
  };
}

/** Id of the thread whose name contains this. */
export async function threadOf(client: AdapterClient, name: string): Promise<number> {
  const { threads } = await client.request<{ threads: P.Thread[] }>('threads');
  const found = threads.find((t) => t.name.includes(name));
  if (!found) throw new Error(`no thread ${name} in ${threads.map((t) => t.name).join(', ')}`);
  return found.id;
}
