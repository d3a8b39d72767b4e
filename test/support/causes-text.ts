import type { Causes } from '../../simulator/index';

/** A chain of causes as text: one paragraph for each link, then the verdict. */
export function causesText(causes: Causes): string {
  const links = causes.links.map(({ role, tick, line, text, target, entry }) => {
    const place = [
      `tick ${tick}`,
      ...(line === null ? [] : [`line ${line}`]),
      ...(target?.kind === 'write' ? [`write ${target.write}`] : []),
      ...(entry ? [`entry ${entry.index} of frame 0x${entry.frame.toString(16)}`] : []),
    ];
    return `${role.padEnd(8)} ${text}\n         [${place.join(', ')}]`;
  });
  const where = causes.line === null ? 'no line' : `line ${causes.line}`;
  return `${[causes.title, ...links, `verdict  ${causes.verdict}`, `cause    ${where}`].join('\n\n')}\n`;
}
