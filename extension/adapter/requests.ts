/** Requests that the adapter answers: command → [arguments, body]. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { InlineValueView } from '../../simulator/index';

/** Bodies that the client may find absent. */
type Nothing = undefined;
type Body<R extends P.Response> = R['body'];

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
  pause: [P.PauseArguments, Nothing];
  cancel: [P.CancelArguments, Nothing];
  'tpt/inlineValues': [{ readonly frameId?: number }, { readonly values: readonly InlineValueView[] }];
}

export type Handlers = { readonly [C in keyof Requests]: (args: Requests[C][0]) => Requests[C][1] };
