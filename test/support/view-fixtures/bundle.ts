import { readFileSync } from 'node:fs';
import * as esbuild from 'esbuild';

const PANELS = ['translations', 'frames', 'faults', 'compare', 'sameAccess', 'differences'];
const CODICONS = 'node_modules/@vscode/codicons/dist';
let built: Promise<ReadonlyMap<string, Buffer>> | undefined;

/** The files that the views load, by path, bundled from the sources as they are now. */
export function viewFiles(): Promise<ReadonlyMap<string, Buffer>> {
  return (built ??= build());
}

async function build(): Promise<ReadonlyMap<string, Buffer>> {
  const { outputFiles } = await esbuild.build({
    entryPoints: Object.fromEntries(PANELS.map((panel) => [panel, `webview/${panel}/main.ts`])),
    bundle: true,
    write: false,
    outdir: '/',
    format: 'iife',
    target: 'chrome128',
  });
  const files = new Map(outputFiles.map((file) => [file.path, Buffer.from(file.contents)]));
  for (const name of ['codicon.css', 'codicon.ttf']) files.set(`/${name}`, readFileSync(`${CODICONS}/${name}`));
  return files;
}
