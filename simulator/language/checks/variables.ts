/** Variables that nothing uses. Problems: unused-variable, unused-function. */

import type { Problems } from '../problems';
import type { BoundScenario } from '../symbols';

export function checkVariables(bound: BoundScenario, problems: Problems): void {
  for (const variable of new Set(bound.bodies.flatMap((body) => body.variables))) {
    // A loop may count without looking; a leading underscore says that it is meant.
    if (variable.reads > 0 || variable.role === 'loop' || variable.name.startsWith('_')) continue;
    const what = variable.role === 'parameter' ? 'parameter' : 'variable';
    problems.info('unused-variable', `The ${what} \`${variable.name}\` is never used.`, variable.definitions[0]);
  }
  for (const body of bound.bodies) {
    if (body.role === 'fn' && body.references.length === 0) {
      problems.info('unused-function', `Nothing calls \`${body.name}\`.`, body.definitions[0]);
    }
  }
}
