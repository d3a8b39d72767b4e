// The licences of what is bundled into the extension: their authors ask for them to travel along.
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `inputs` are the bundled files, as esbuild's metafile names them. */
export async function writeNotices(inputs) {
  const folders = new Set(['node_modules/@vscode/codicons']);
  for (const input of inputs) {
    const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
    if (folder) folders.add(folder);
  }
  const notices = await Promise.all([...folders].sort().map(noticeOf));
  await writeFile('out/THIRD_PARTY_NOTICES.txt', notices.join(`\n${'-'.repeat(80)}\n\n`));
}

async function noticeOf(folder) {
  const manifest = join(folder, 'package.json');
  const { name, version, license } = existsSync(manifest)
    ? JSON.parse(await readFile(manifest, 'utf8'))
    : { name: folder };
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  const texts = await Promise.all(files.sort().map((file) => readFile(join(folder, file), 'utf8')));
  return `${name} ${version ?? ''} (${license ?? 'see below'})\n\n${texts.join('\n')}`;
}
