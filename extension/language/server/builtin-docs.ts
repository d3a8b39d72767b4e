import { type Builtin, type NamedStep, signatureOf } from './language';

/** Documentation of an operation, as Markdown. */
export function describeBuiltin(builtin: Builtin): string {
  const lines = [`\`\`\`tpt\n${signatureOf(builtin)}\n\`\`\``, builtin.doc];
  if (builtin.parameters.length > 0) {
    lines.push(
      builtin.parameters
        .map(({ name, doc, default: fallback, words }) => {
          const or = fallback === undefined ? '' : ` (${words?.[fallback]?.name ?? fallback} if left out)`;
          const choices = (words ?? []).map((word) => `\n  - \`as ${word.name}\`: ${word.doc}`).join('');
          return `- \`${name}\`: ${doc}${or}${choices}`;
        })
        .join('\n'),
    );
  }
  if (builtin.steps.length > 0) lines.push(describeSteps(builtin.steps));
  lines.push(
    `Runs in: ${builtin.contexts.map((context) => (context === 'process' ? 'user mode' : context)).join(', ')}.`,
  );
  return lines.join('\n\n');
}

/** The steps in order, and that they can be left out. */
export function describeSteps(steps: readonly NamedStep[]): string {
  const items = steps.map(({ name, doc }, i) => `${i + 1}. \`${name}\`: ${doc}`);
  return `Steps, each of which \`without\` can leave out:\n\n${items.join('\n')}`;
}
