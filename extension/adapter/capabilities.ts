import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { exceptionFilters } from './exceptions';

/** What the adapter can do, as told in the answer to `initialize`. */
export function capabilities(): P.Capabilities {
  return {
    supportsConfigurationDoneRequest: true,
    supportsFunctionBreakpoints: true,
    supportsConditionalBreakpoints: true,
    supportsHitConditionalBreakpoints: true,
    supportsLogPoints: true,
    supportsDataBreakpoints: true,
    supportsDataBreakpointBytes: true,
    supportsBreakpointLocationsRequest: true,
    exceptionBreakpointFilters: exceptionFilters(),
    supportsExceptionFilterOptions: true,
    supportsExceptionInfoRequest: true,
    supportsSteppingGranularity: true,
    supportsStepBack: true,
    supportsGotoTargetsRequest: true,
    supportsRestartFrame: true,
    supportsEvaluateForHovers: true,
    supportsClipboardContext: true,
    supportsCompletionsRequest: true,
    completionTriggerCharacters: ['(', ' '],
    supportsSetVariable: true,
    supportsSetExpression: true,
    supportsReadMemoryRequest: true,
    supportsWriteMemoryRequest: true,
    supportsLoadedSourcesRequest: true,
    supportsDelayedStackTraceLoading: true,
    supportsRestartRequest: true,
    supportsTerminateRequest: true,
    supportsCancelRequest: true,
    supportSuspendDebuggee: false,
    supportTerminateDebuggee: false,
  };
}
