/**
 * The debug adapter: takes requests from a client, answers each one, and wires the parts together. Speaks over the
 * streams given to `start`, or inline through `handleMessage` and `onDidSendMessage`.
 */
import { DebugSession, Response } from '@vscode/debugadapter';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { RunMode } from '../../simulator/index';
import { Breakpoints } from './breakpoints';
import { capabilities } from './capabilities';
import { Debuggee, type SessionParts } from './debuggee';
import {
  alreadyLaunched,
  attachUnsupported,
  diagnosticLine,
  internal,
  notLaunched,
  runIsOver,
  sameAccessStale,
  unknownRequest,
  UserError,
} from '../scenario/errors';
import { complete } from './completions';
import { dataBreakpointInfo } from './data-breakpoint-info';
import { Deeds } from './deeds';
import { evaluate, setExpression, type EvaluationContext } from './evaluate';
import { readLaunchArguments } from '../scenario/launch';
import { readMemory, writeMemory } from './memory';
import { Outbox } from './outbox';
import { Positions } from './positions';
import { ProgressReporter } from './progress';
import { answerQuery, isQuery, readSameAccess } from './queries';
import { answerTimeQuery, inWords, isTimeQuery, readDifferences, readEdit, readTarget } from './time-queries';
import type { Handlers, Requests } from './requests';
import { sameAccess } from './same-access';
import { loadScenario } from '../scenario/scenario-file';
import { Sources } from './sources';
import { taskOfThread } from './threads';

/** Custom requests of the views are `tpt/<method>`. */
const PREFIX = 'tpt/';
const SAME_ACCESS = `${PREFIX}sameAccess`;

type LaunchArguments = Requests['launch'][0];

export class TptDebugSession extends DebugSession {
  private readonly outbox = new Outbox((event) => this.sendEvent(event));
  private readonly deeds = new Deeds(
    () => this.run(),
    (task) => this.later(task),
    () => this.parts,
  );
  private readonly handlers: Handlers = this.makeHandlers();
  private parts: SessionParts = this.makeParts(new Positions(), false);
  private debuggee: Debuggee | null = null;
  private launchArguments: LaunchArguments = {};
  private revisions = 0;
  private progresses = 0;
  private sameAccessAsked = 0;
  /** What must happen after the answer to the present request: events come after the answer that caused them. */
  private afterAnswer: (() => void)[] = [];

  /** Answers every request exactly once: with what its handler gives, or with an error. */
  protected override dispatchRequest(request: P.Request): void {
    const response: P.Response = new Response(request);
    this.afterAnswer = [];
    try {
      if (request.command === SAME_ACCESS) {
        this.answerLater(request, response);
        return;
      }
      response.body = this.answer(request.command, request.arguments ?? {});
      this.sendResponse(response);
    } catch (error) {
      this.refuse(response, asUserError(error, request.command));
    }
    this.finishAnswer();
  }

  /** The one request whose answer takes long: others are answered in between, and a newer one of its kind ends it. */
  private answerLater(request: P.Request, response: P.Response): void {
    const run = this.run();
    const query = readSameAccess(request.arguments);
    const revision = run.presentRevision;
    const asked = ++this.sameAccessAsked;
    const goesOn = (): boolean =>
      asked === this.sameAccessAsked && this.debuggee === run && run.presentRevision === revision;
    void sameAccess(query, run.sameRun, goesOn)
      .then((result) => {
        if (result === null) throw sameAccessStale();
        response.body = { revision, result };
        this.sendResponse(response);
      })
      .catch((error: unknown) => this.refuse(response, asUserError(error, request.command)));
  }

  private finishAnswer(): void {
    const tasks = this.afterAnswer;
    this.afterAnswer = [];
    try {
      for (const task of tasks) task();
    } catch (error) {
      this.debuggee?.failed(error);
    }
  }

  private answer(command: string, args: unknown): unknown {
    if (Object.hasOwn(this.handlers, command)) {
      const handler = this.handlers[command as keyof Handlers] as (args: unknown) => unknown;
      return handler(args);
    }
    const method = command.startsWith(PREFIX) ? command.slice(PREFIX.length) : '';
    if (isQuery(method)) {
      const run = this.run();
      return { revision: run.presentRevision, result: answerQuery(method, args, run.target.inspect, run.presentTask) };
    }
    if (isTimeQuery(method)) {
      const run = this.run();
      run.mustRecord();
      return { revision: run.presentRevision, result: answerTimeQuery(method, args, run.target.inspect) };
    }
    throw unknownRequest(command);
  }

  private refuse(response: P.Response, error: UserError): void {
    response.success = false;
    response.message = error.message;
    response.body = { error: { id: error.id, format: error.message, showUser: !error.quiet } satisfies P.Message };
    this.sendResponse(response);
  }

  private makeHandlers(): Handlers {
    const { deeds } = this;
    const frame = (frameId: number | undefined) => this.run().stacks.resolve(frameId, this.run().presentTask);
    const context = (frameId: number | undefined): EvaluationContext => {
      const { target, variables } = this.run();
      return { frame: frame(frameId), target, variables, deeds };
    };
    const reply = <T>(result: T): { revision: number; result: T } => ({
      revision: this.run().presentRevision,
      result,
    });
    return {
      initialize: (args) => this.initialize(args),
      launch: (args) => this.launch(args),
      attach: () => {
        throw attachUnsupported();
      },
      restart: (args) => this.restart(args.arguments),
      configurationDone: () => this.later(() => this.debuggee?.begin()),
      terminate: () => this.later(() => this.debuggee?.terminate()),
      disconnect: () => this.disconnect(),

      setBreakpoints: (args) => ({ breakpoints: this.parts.breakpoints.setLines(args) }),
      setFunctionBreakpoints: (args) => ({ breakpoints: this.parts.breakpoints.setFunctions(args) }),
      setExceptionBreakpoints: (args) => ({ breakpoints: this.parts.breakpoints.setFilters(args) }),
      setDataBreakpoints: (args) => ({ breakpoints: this.parts.breakpoints.setData(args) }),
      dataBreakpointInfo: (args) => {
        const { target, variables } = this.run();
        return dataBreakpointInfo(args, frame(args.frameId), target, variables);
      },
      breakpointLocations: (args) => ({ breakpoints: this.parts.breakpoints.locations(args) }),

      threads: () => ({ threads: this.debuggee?.stacks.threads() ?? [] }),
      stackTrace: (args) => this.run().stacks.trace(args),
      scopes: (args) => ({ scopes: this.run().variables.scopes(frame(args.frameId)) }),
      variables: (args) => ({ variables: this.run().variables.list(args) }),
      setVariable: (args) => this.run().variables.set(args),
      setExpression: (args) => setExpression(args, context(args.frameId)),
      evaluate: (args) => evaluate(args, context(args.frameId)),
      completions: (args) => ({
        targets: complete(args, frame(args.frameId), this.run().target, this.parts.positions),
      }),
      exceptionInfo: () => this.run().exceptionInfo(),
      source: (args) => this.parts.sources.content(args),
      loadedSources: () => ({ sources: this.debuggee ? this.parts.sources.loaded() : [] }),
      readMemory: (args) => readMemory(args, this.run().presentTask, this.run().target),
      writeMemory: (args) => this.writeMemory(args),

      continue: (args) => {
        this.go('continue', args.threadId);
        return { allThreadsContinued: true };
      },
      next: (args) => this.go(args.granularity === 'instruction' ? 'in' : 'over', args.threadId),
      stepIn: (args) => this.go('in', args.threadId),
      stepOut: (args) => this.go('out', args.threadId),
      stepBack: (args) => {
        deeds.stepBack(args.granularity === 'instruction' ? 'back-in' : 'back-over', taskOfThread(args.threadId));
      },
      reverseContinue: (args) => {
        deeds.stepBack('back-continue', taskOfThread(args.threadId));
      },
      gotoTargets: (args) => deeds.gotoTargets(args),
      goto: (args) => {
        deeds.goto(args.targetId, taskOfThread(args.threadId));
      },
      restartFrame: (args) => {
        deeds.restartFrame(args.frameId);
      },
      pause: () => this.later(() => this.debuggee?.pause()),
      cancel: (args) => this.later(() => this.debuggee?.cancel(args.progressId)),

      'tpt/runTo': (args) => {
        deeds.runTo(args);
      },
      'tpt/travel': (args) => {
        deeds.travel(readTarget(args));
        return reply({});
      },
      'tpt/place': () => reply(deeds.place()),
      'tpt/edit': (args) => reply(deeds.edit(readEdit(args))),
      'tpt/undoEdit': () => reply(deeds.undo()),
      'tpt/differences': (args) => reply(inWords('differences', () => deeds.differences(readDifferences(args)))),
      'tpt/inlineValues': (args) => ({ values: this.run().target.inlineValues(frame(args.frameId).task) }),
    };
  }

  private initialize(args: P.InitializeRequestArguments): P.Capabilities {
    const positions = new Positions(args.linesStartAt1 === false ? 0 : 1, args.columnsStartAt1 === false ? 0 : 1);
    this.parts = this.makeParts(positions, args.pathFormat === 'uri');
    this.outbox.client = {
      memoryEvent: args.supportsMemoryEvent === true,
      invalidatedEvent: args.supportsInvalidatedEvent === true,
      progress: args.supportsProgressReporting === true,
    };
    return capabilities();
  }

  private makeParts(positions: Positions, pathsAreUris: boolean): SessionParts {
    const { outbox } = this;
    const sources = new Sources(pathsAreUris, (source) => outbox.sourceLoaded(source));
    const breakpoints = new Breakpoints(positions, sources, (breakpoint) => outbox.breakpointChanged(breakpoint));
    const progress = new ProgressReporter(outbox, () => ++this.progresses);
    return {
      outbox,
      positions,
      sources,
      breakpoints,
      progress,
      nextRevision: () => ++this.revisions,
      later: (task) => this.later(task),
    };
  }

  private launch(args: LaunchArguments): undefined {
    if (this.debuggee) throw alreadyLaunched();
    this.debuggee = this.open(args);
    // Only now can breakpoints be placed: this is when the client may send them.
    this.later(() => this.outbox.initialized());
  }

  /** The file is read again. If it has errors now, the old run stays as it is. */
  private restart(args: LaunchArguments | undefined): undefined {
    const old = this.run();
    const next = this.open(args ?? this.launchArguments);
    old.drop();
    this.debuggee = next;
    this.later(() => next.begin());
  }

  private open(args: LaunchArguments): Debuggee {
    const { settings, warnings } = readLaunchArguments(args);
    const scenario = loadScenario(settings.scenario);
    const debuggee = new Debuggee(scenario, settings, this.parts);
    this.launchArguments = args;
    this.parts.sources.use(scenario.path, scenario.text, debuggee.target);
    this.parts.breakpoints.use(debuggee.target, !settings.noDebug);
    for (const warning of warnings) this.outbox.output(`${warning}\n`, 'console');
    for (const d of scenario.warnings.filter((w) => w.severity === 'warning'))
      this.outbox.output(`${diagnosticLine(scenario.path, d)}\n`, 'console');
    return debuggee;
  }

  private disconnect(): undefined {
    this.debuggee?.drop();
    this.later(() => this.shutdown());
  }

  private writeMemory(args: P.WriteMemoryArguments): P.WriteMemoryResponse['body'] {
    const run = this.run();
    const written = writeMemory(args, run.presentTask, run.target, (edit) => run.edit(edit));
    this.later(() => this.outbox.memory(args.memoryReference, written.offset, written.bytesWritten));
    return written;
  }

  private go(mode: RunMode, thread: number): undefined {
    const run = this.run();
    if (run.isOver) throw runIsOver();
    this.later(() => run.go({ mode, task: taskOfThread(thread) }));
  }

  private later(task: () => void): undefined {
    this.afterAnswer.push(task);
  }

  private run(): Debuggee {
    if (!this.debuggee) throw notLaunched();
    return this.debuggee;
  }
}

function asUserError(error: unknown, command: string): UserError {
  return error instanceof UserError ? error : internal(`the request ${command}`, error);
}
