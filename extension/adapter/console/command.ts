/** What a command of the console is, and what it works with. */
import type {
  Differences,
  DifferencesQuery,
  Edit,
  EditAnswer,
  NamedValue,
  Simulation,
  Target,
} from '../../../simulator/index';
import type { FrameRef } from '../stack';

/** What commands can do besides asking. Each throws a UserError where it cannot be done. */
export interface ConsoleDeeds {
  /** Goes to a place of the recording, once the answer is given. */
  travel(target: Target): void;
  /** Goes back: a statement, a micro-step, or to the last stop. */
  back(mode: 'back-over' | 'back-in' | 'back-continue'): void;
  edit(edit: Edit): EditAnswer;
  undo(): EditAnswer;
  differences(query: DifferencesQuery): Differences;
  /** Fails unless the run is recorded. */
  mustRecord(): void;
}

export interface CommandContext {
  readonly frame: FrameRef;
  readonly target: Simulation;
  readonly deeds: ConsoleDeeds;
}

/** What a command prints; `children` can be opened. */
export interface Said {
  readonly text: string;
  readonly children?: readonly NamedValue[];
}

export interface Command {
  readonly name: string;
  readonly usage: string;
  /** In one line. */
  readonly help: string;
  /** Words that can come next, after those that are there. */
  readonly words?: (words: readonly string[], target: Simulation) => readonly string[];
  /** @throws UserError in words */
  readonly run: (words: readonly string[], context: CommandContext) => Said;
}
