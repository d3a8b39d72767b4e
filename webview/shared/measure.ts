/** Sizes that follow from the user's fonts. */

/** Width of one character of the editor font as it is drawn. Also sets `--ch`. */
export function characterWidth(): number {
  const probe = document.createElement('span');
  probe.className = 'mono';
  probe.style.position = 'absolute';
  probe.textContent = '0'.repeat(100);
  document.body.append(probe);
  const width = probe.getBoundingClientRect().width / 100;
  probe.remove();
  document.documentElement.style.setProperty('--ch', `${width}px`);
  return width;
}

/** Height of a dense row: 22 px at the default font, more where the user wants larger letters. Also sets `--row`. */
export function lineHeight(): number {
  const size = parseFloat(getComputedStyle(document.body).getPropertyValue('--vscode-editor-font-size')) || 14;
  const height = Math.max(20, Math.round(size * 1.55));
  document.documentElement.style.setProperty('--row', `${height}px`);
  return height;
}
