/** What clients, views and the console can do with the run besides stepping forward. Each is checked before it is answered, and done after. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { Differences, DifferencesQuery, Edit, EditAnswer, PlaceTarget, Target } from '../../simulator/index';
import {
  badArgument,
  cannotRestartFrame,
  noStatement,
  notInRecording,
  runIsOver,
  unknownGotoTarget,
  unknownThread,
} from '../scenario/errors';
import type { ConsoleDeeds } from './console/index';
import type { Debuggee } from './debuggee';
import { callOf, jumpTo, restartCall, runTo, travel, type Leg } from './legs';
import type { Positions } from './positions';
import type { Sources } from './sources';
import { threadOfTask } from './threads';

type Back = Parameters<ConsoleDeeds['back']>[0];

export class Deeds implements ConsoleDeeds {
  constructor(
    private readonly run: () => Debuggee,
    private readonly later: (task: () => void) => void,
    private readonly parts: () => { readonly positions: Positions; readonly sources: Sources },
  ) {}

  /** From the console. */
  back(mode: Back): void {
    const run = this.run();
    this.mayGoBack(run.presentTask);
    this.later(() => run.goOfItself({ mode, task: run.presentTask }));
  }

  /** A request of the protocol. @param task the one to step */
  stepBack(mode: Back, task: number): void {
    const run = this.run();
    this.mayGoBack(task);
    this.later(() => run.go({ mode, task }));
  }

  private mayGoBack(task: number): void {
    const run = this.run();
    if (run.isOver) throw runIsOver();
    run.mustRecord();
    if (!run.target.tasks().some((t) => t.id === task)) throw unknownThread(threadOfTask(task));
  }

  travel(target: Target): void {
    const run = this.mayStart();
    const why = run.target.unreachable(target);
    if (why !== null) throw notInRecording(why);
    const leg = travel(target, run.presentTask, () => run.target.tick);
    this.later(() => run.goOfItself(leg));
  }

  /** Where the machine stands; null if the run is not recorded. @throws UserError while it runs */
  place(): PlaceTarget | null {
    return this.mayStart(false).target.place();
  }

  edit(edit: Edit): EditAnswer {
    return this.run().edit(edit);
  }

  undo(): EditAnswer {
    return this.run().undoEdit();
  }

  differences(query: DifferencesQuery): Differences {
    return this.run().differences(query);
  }

  mustRecord(): void {
    this.run().mustRecord();
  }

  /** One target: the statement at a line, or the first one after it. Its id is the statement's. */
  gotoTargets(args: P.GotoTargetsArguments): { targets: P.GotoTarget[] } {
    const { positions, sources } = this.parts();
    const statement = sources.isScenario(args.source) ? this.statementAt(args.line) : -1;
    if (statement < 0) return { targets: [] };
    const range = this.run().target.statementRange(statement);
    const at = positions.range(range);
    return { targets: [{ id: statement, label: `Line ${at.line}: the last time, else the next`, ...at }] };
  }

  goto(targetId: number, task: number): void {
    this.start((run) => {
      if (run.program.statements[targetId] === undefined) throw unknownGotoTarget(targetId);
      return jumpTo(targetId, this.lineOf(targetId), task);
    });
  }

  /** `tpt/runTo`. */
  runTo({ line, direction }: { readonly line: unknown; readonly direction?: unknown }): void {
    if (direction !== 'back' && direction !== 'forward') throw badArgument('direction', 'back or forward');
    if (typeof line !== 'number' || !Number.isSafeInteger(line)) throw badArgument('line', 'a line of the scenario');
    const statement = this.statementAt(line);
    if (statement < 0) throw noStatement(line);
    const run = this.mayStart(direction === 'back');
    const leg = runTo(statement, this.lineOf(statement), direction, run.presentTask);
    this.later(() => run.goOfItself(leg));
  }

  restartFrame(frameId: number): void {
    this.start((run) => {
      const { target, stacks, program } = run;
      const { task, depth } = stacks.resolve(frameId, run.presentTask);
      const call = callOf(target.stack(task), depth, program);
      if (!call) throw cannotRestartFrame();
      return restartCall(call, task, (other) => target.stack(other).filter((f) => f.kind === 'function').length);
    });
  }

  private start(makeLeg: (run: Debuggee) => Leg): void {
    const run = this.mayStart();
    const leg = makeLeg(run);
    this.later(() => run.go(leg));
  }

  private mayStart(recorded = true): Debuggee {
    const run = this.run();
    run.mustStand();
    if (recorded) run.mustRecord();
    return run;
  }

  private statementAt(line: number): number {
    return this.run().target.statementAtLine(this.parts().positions.lineFromClient(line));
  }

  /** As people count. */
  private lineOf(statement: number): number {
    return this.run().target.statementRange(statement).startLine + 1;
  }
}
