/**
 * Every error that a client can get, numbered. A message says what is wrong, where, and what to do; never a stack.
 * Numbers are stable: 1xxx launching, 2xxx requests at a wrong moment or with a wrong argument, 9xxx our own bugs.
 */
import type { Diagnostic } from '../../simulator/index';

/** An error meant for the client's user. `quiet` ones are shown in place (a hover, a watch), not in a dialog. */
export class UserError extends Error {
  constructor(
    readonly id: number,
    message: string,
    readonly quiet = false,
  ) {
    super(message);
  }
}

// --- launching ---------------------------------------------------------------------------------------------------

export const attachUnsupported = (): UserError =>
  new UserError(
    1001,
    'TPT Scope cannot attach: it runs the guest itself. Use a configuration with "request": "launch" and a "scenario".',
  );

export const missingScenario = (): UserError =>
  new UserError(1002, 'The launch configuration names no scenario. Set "scenario" to the path of a .tpt file.');

export const badLaunchValue = (key: string, value: unknown, expected: string): UserError =>
  new UserError(1003, `"${key}" is ${JSON.stringify(value)}; it takes ${expected}.`);

export const fileNotFound = (path: string): UserError =>
  new UserError(1004, `There is no file ${path}. Check the path of the scenario.`);

export const notAFile = (path: string): UserError => new UserError(1005, `${path} is not a file. Name a .tpt file.`);

export const fileUnreadable = (path: string, code: string): UserError =>
  new UserError(1006, `${path} cannot be read (${code}). Check its permissions.`);

export const fileEmpty = (path: string): UserError =>
  new UserError(1007, `${path} is empty: there is nothing to run. The samples show how a scenario looks.`);

export const fileBinary = (path: string): UserError =>
  new UserError(1008, `${path} is not a text file in UTF-8. A scenario is plain text.`);

export const fileTooLarge = (path: string, limit: string): UserError =>
  new UserError(1009, `${path} is larger than ${limit}, which no scenario is. Check the path of the scenario.`);

export const scenarioErrors = (path: string, first: Diagnostic, more: number): UserError =>
  new UserError(
    1010,
    `${diagnosticLine(path, first)}${more > 0 ? ` (and ${more} more ${more === 1 ? 'error' : 'errors'})` : ''}`,
  );

export const machineRefused = (path: string, why: string): UserError =>
  new UserError(1011, `${path}: the machine cannot be built: ${why}`);

export const alreadyLaunched = (): UserError =>
  new UserError(1012, 'This session already runs a scenario. Use restart, or start another session.');

export const costProfileUnreadable = (path: string, why: string): UserError =>
  new UserError(1014, `The cost profile ${path} cannot be read: ${why}.`);

export const badCostProfile = (path: string, problems: readonly { field: string; message: string }[]): UserError => {
  const [first] = problems;
  const more = problems.length - 1;
  const where = first === undefined || first.field === '' ? 'the file' : first.field;
  return new UserError(
    1013,
    `${path}: ${where} ${first?.message ?? 'is no cost profile'}${more > 0 ? ` (and ${more} more ${more === 1 ? 'problem' : 'problems'})` : ''}. docs/costs.md describes the fields.`,
  );
};

export const badColumn = (name: string, why: string): UserError => new UserError(1015, `Column "${name}" ${why}.`);

export const badSweep = (why: string): UserError => new UserError(1016, `The sweep ${why}.`);

export const badComparison = (path: string, why: string): UserError =>
  new UserError(1017, `${path} cannot be compared: ${why}.`);

// --- files that a scenario names -----------------------------------------------------------------------------------

export const traceNotFound = (path: string): UserError =>
  new UserError(1101, `There is no file ${path}. Names of traces are relative to the folder of the scenario.`);

export const traceIsFolder = (path: string): UserError =>
  new UserError(1102, `${path} is not a file. Name a trace: lackey's text or a .tptt file, plain or gzip.`);

export const traceUnreadable = (path: string, code: string): UserError =>
  new UserError(1103, `${path} cannot be read (${code}). Check its permissions.`);

export const fileChanged = (path: string): UserError =>
  new UserError(1104, `${path} was changed while it was being read. Run again.`);

// --- requests ----------------------------------------------------------------------------------------------------

export const unknownRequest = (command: string): UserError =>
  new UserError(2001, `TPT Scope does not know the request "${command}".`);

export const notLaunched = (): UserError => new UserError(2002, 'No scenario is running. Send a launch request first.');

export const badArgument = (name: string, expected: string): UserError =>
  new UserError(2003, `Argument "${name}" must be ${expected}.`);

export const staleFrame = (): UserError =>
  new UserError(2004, 'This stack frame is gone: the run has gone on since. Ask for the stack again.', true);

export const staleVariables = (): UserError =>
  new UserError(2005, 'These variables are gone: the run has gone on since. Ask for the scopes again.', true);

export const unknownThread = (id: number): UserError => new UserError(2006, `There is no task ${id}.`);

export const cannotSet = (name: string): UserError =>
  new UserError(
    2007,
    `"${name}" cannot be set. Variables of the scenario can, and fields of entries: entry(0x1a00010).W, pte(heap).NX, owner(0x1a00000), map(web, 0x42).`,
  );

export const evaluationFailed = (why: string): UserError => new UserError(2008, why, true);

export const badMemoryReference = (reference: string): UserError =>
  new UserError(
    2009,
    `"${reference}" is not a memory reference. Write gva:VM:PID:0x…, gpa:VM:0x… (VM is its number, from 0), hpa:0x…, or a plain 0x… address of the stopped process.`,
  );

export const memoryNotWritten = (why: string): UserError => new UserError(2010, `Memory was not written: ${why}`);

export const unknownSource = (): UserError => new UserError(2011, 'There is no such source in this session.');

export const unknownFault = (id: number): UserError =>
  new UserError(2012, `There is no fault ${id} in the history.`, true);

export const queryFailed = (method: string, why: string): UserError =>
  new UserError(2013, `tpt/${method}: ${why}`, true);

export const noException = (): UserError => new UserError(2014, 'The run has not stopped at a fault or event.', true);

export const runIsOver = (): UserError => new UserError(2015, 'The run is over. Restart it to go on.');

export const sameAccessStale = (): UserError =>
  new UserError(2016, 'The run has gone on since, or another access was asked about. Ask again.', true);

export const notRecorded = (): UserError =>
  new UserError(
    2017,
    'This run is not recorded, so it cannot go back in time or tell of the past. Set "record": true in the launch configuration, and start it with debugging.',
  );

export const notInRecording = (why: string): UserError => new UserError(2024, `The machine stays where it is: ${why}.`);

export const machineRuns = (): UserError => new UserError(2018, 'The machine is running. Pause it first.');

export const unknownGotoTarget = (id: number): UserError =>
  new UserError(2019, `There is no goto target ${id}: ask for the targets of the line again.`);

export const noStatement = (line: number): UserError =>
  new UserError(2020, `There is no statement at or after line ${line}.`);

export const cannotRestartFrame = (): UserError =>
  new UserError(
    2021,
    'This frame cannot be begun again. Calls of functions can; for a whole task use Restart, inside an operation step back.',
  );

export const editRefused = (why: string): UserError => new UserError(2022, why);

/** Shown in the console, in place of an answer. */
export const commandRefused = (why: string): UserError => new UserError(2023, why, true);

// --- our own bugs ------------------------------------------------------------------------------------------------

export const internal = (what: string, error: unknown): UserError =>
  new UserError(
    9001,
    `TPT Scope met a bug of its own in ${what}: ${messageOf(error)}. Please report it with the scenario.`,
  );

/** `file:line:col: message`, counted from 1. */
export function diagnosticLine(path: string, diagnostic: Diagnostic): string {
  return `${path}:${diagnostic.range.startLine + 1}:${diagnostic.range.startColumn + 1}: ${diagnostic.message}`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
