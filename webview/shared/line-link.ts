import { h } from './dom';

/** A line of the scenario as a link to it. */
export function lineLink(line: number, onLine: (line: number) => void): HTMLElement {
  const link = h(
    'button',
    { type: 'button', class: 'line-link', title: 'Go to the line in the scenario', 'data-line': line },
    `line ${line}`,
  );
  link.addEventListener('click', (event) => {
    event.stopPropagation();
    onLine(line);
  });
  return link;
}
