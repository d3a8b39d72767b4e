import { checkScenario } from './check';
import { compileProgram } from './compile/program';
import type { Diagnostic, Program } from './program';

/**
 * Compiles a scenario. Never throws, whatever the text.
 * @param uri identifies the file in the program, for breakpoints and stack frames
 * @returns the program, or null iff a diagnostic is an error
 */
export function compileScenario(text: string, uri: string): { program: Program | null; diagnostics: Diagnostic[] } {
  const { diagnostics, bound, checked } = checkScenario(text);
  const failed =
    bound === null || checked === null || diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  const program = failed ? null : compileProgram(bound, checked.folder, checked.settings, uri);
  return { program, diagnostics: [...diagnostics] };
}
