/** Requests that the adapter answers: command → [arguments, body]. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { InlineValueView } from '../../simulator/index';
import type { Queries } from '../protocol/messages';

/** Bodies that the client may find absent. */
type Nothing = undefined;
type Body<R extends P.Response> = R['body'];

/** What is asked of arguments that views send is up to whoever reads them. */
interface Reply<M extends keyof Queries> {
  readonly revision: number;
  readonly result: Queries[M][1];
}

export interface Requests {
  initialize: [P.InitializeRequestArguments, P.Capabilities];
  launch: [P.LaunchRequestArguments & Readonly<Record<string, unknown>>, Nothing];
  attach: [P.AttachRequestArguments, Nothing];
  restart: [{ readonly arguments?: P.LaunchRequestArguments & Readonly<Record<string, unknown>> }, Nothing];
  configurationDone: [P.ConfigurationDoneArguments, Nothing];
  terminate: [P.TerminateArguments, Nothing];
  disconnect: [P.DisconnectArguments, Nothing];
  setBreakpoints: [P.SetBreakpointsArguments, Body<P.SetBreakpointsResponse>];
  setFunctionBreakpoints: [P.SetFunctionBreakpointsArguments, Body<P.SetFunctionBreakpointsResponse>];
  setExceptionBreakpoints: [P.SetExceptionBreakpointsArguments, Body<P.SetExceptionBreakpointsResponse>];
  setDataBreakpoints: [P.SetDataBreakpointsArguments, Body<P.SetDataBreakpointsResponse>];
  dataBreakpointInfo: [P.DataBreakpointInfoArguments, Body<P.DataBreakpointInfoResponse>];
  breakpointLocations: [P.BreakpointLocationsArguments, Body<P.BreakpointLocationsResponse>];
  threads: [Nothing, Body<P.ThreadsResponse>];
  stackTrace: [P.StackTraceArguments, Body<P.StackTraceResponse>];
  scopes: [P.ScopesArguments, Body<P.ScopesResponse>];
  variables: [P.VariablesArguments, Body<P.VariablesResponse>];
  setVariable: [P.SetVariableArguments, Body<P.SetVariableResponse>];
  setExpression: [P.SetExpressionArguments, Body<P.SetExpressionResponse>];
  evaluate: [P.EvaluateArguments, Body<P.EvaluateResponse>];
  completions: [P.CompletionsArguments, Body<P.CompletionsResponse>];
  exceptionInfo: [P.ExceptionInfoArguments, Body<P.ExceptionInfoResponse>];
  source: [P.SourceArguments, Body<P.SourceResponse>];
  loadedSources: [P.LoadedSourcesArguments, Body<P.LoadedSourcesResponse>];
  readMemory: [P.ReadMemoryArguments, Body<P.ReadMemoryResponse>];
  writeMemory: [P.WriteMemoryArguments, Body<P.WriteMemoryResponse>];
  continue: [P.ContinueArguments, Body<P.ContinueResponse>];
  next: [P.NextArguments, Nothing];
  stepIn: [P.StepInArguments, Nothing];
  stepOut: [P.StepOutArguments, Nothing];
  stepBack: [P.StepBackArguments, Nothing];
  reverseContinue: [P.ReverseContinueArguments, Nothing];
  gotoTargets: [P.GotoTargetsArguments, Body<P.GotoTargetsResponse>];
  goto: [P.GotoArguments, Nothing];
  restartFrame: [P.RestartFrameArguments, Nothing];
  pause: [P.PauseArguments, Nothing];
  cancel: [P.CancelArguments, Nothing];
  /** `direction` is `back` or `forward`; both are checked. */
  'tpt/runTo': [{ readonly line: unknown; readonly direction?: unknown }, Nothing];
  'tpt/travel': [unknown, Reply<'travel'>];
  'tpt/place': [unknown, Reply<'place'>];
  'tpt/edit': [unknown, Reply<'edit'>];
  'tpt/undoEdit': [unknown, Reply<'undoEdit'>];
  'tpt/differences': [unknown, Reply<'differences'>];
  'tpt/inlineValues': [{ readonly frameId?: number }, { readonly values: readonly InlineValueView[] }];
}

export type Handlers = { readonly [C in keyof Requests]: (args: Requests[C][0]) => Requests[C][1] };
