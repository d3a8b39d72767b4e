/** What a sample says about itself in the comment on top of it. */

export interface SampleInfo {
  /** First line of the comment. */
  readonly title: string;
  /** What it teaches: the rest of the comment, as one line. */
  readonly story: string;
}

/** Reads the leading comment: `//` lines up to the first line that is none. */
export function readSampleInfo(text: string, fileName: string): SampleInfo {
  const [first = '', ...rest] = leadingComment(text);
  if (first === '') return { title: fileName.replace(/\.tpt$/, ''), story: '' };
  const colon = first.indexOf(': ');
  // A comment of one line may hold both, parted by a colon.
  const [title, start] = colon > 0 ? [first.slice(0, colon), first.slice(colon + 2)] : [first.replace(/\.$/, ''), ''];
  return { title, story: [start, ...rest].filter((line) => line !== '').join(' ') };
}

function leadingComment(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return lines.slice(0, end < 0 ? lines.length : end).map((line) => line.slice(2).trim());
}
