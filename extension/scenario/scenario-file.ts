/** From a path to a compiled scenario, or to one clear error. */
import { readFileSync, statSync, type Stats } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { compileScenario, type Diagnostic, type Program } from '../../simulator/index';
import { fileBinary, fileEmpty, fileNotFound, fileTooLarge, fileUnreadable, notAFile, scenarioErrors } from './errors';

const MAX_BYTES = 8 * 1024 * 1024;

export interface Scenario {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly warnings: readonly Diagnostic[];
}

/** Reads and compiles. Throws a UserError that names the file, and the first error in it. */
export function loadScenario(path: string): Scenario {
  const text = readScenarioText(path);
  const { program, diagnostics } = compileScenario(text, pathToFileURL(path).toString());
  const errors = diagnostics.filter((d) => d.severity === 'error');
  const [first] = errors;
  if (first) throw scenarioErrors(path, first, errors.length - 1);
  // The compiler gives no program only together with an error.
  if (!program) throw fileEmpty(path);
  return { path, text, program, warnings: diagnostics };
}

/** The text of a file without its byte order mark. Line ends stay as they are: the language takes both. */
export function readScenarioText(path: string): string {
  const stats = statOf(path);
  if (!stats.isFile()) throw notAFile(path);
  if (stats.size > MAX_BYTES) throw fileTooLarge(path, '8 MiB');
  const bytes = readBytes(path);
  if (bytes.includes(0)) throw fileBinary(path);
  const text = decode(path, bytes);
  if (text.trim() === '') throw fileEmpty(path);
  return text;
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw readError(path, error);
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw readError(path, error);
  }
}

function decode(path: string, bytes: Buffer): string {
  try {
    // The decoder drops a byte order mark, as editors do, so that columns of line 1 agree with theirs.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fileBinary(path);
  }
}

function readError(path: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return code === 'ENOENT' || code === 'ENOTDIR' ? fileNotFound(path) : fileUnreadable(path, code);
}
