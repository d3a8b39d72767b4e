/** Compiles simulator/engine/assembly to WebAssembly, as a module that needs no file at run time. `npm run generate` calls it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './source-files';

export const GENERATED = 'simulator/engine/generated/core.ts';

// Its own types come with a library of the language that is not ours: a name that TypeScript does not follow keeps them out.
const COMPILER: string = 'assemblyscript/asc';
interface Compiler {
  main(
    options: readonly string[],
    io: {
      readonly writeFile: (name: string, contents: Uint8Array | string) => void;
      readonly stderr: { readonly write: (chunk: Uint8Array | string) => void };
    },
  ): Promise<{ readonly error: Error | null }>;
}

const OPTIONS = [
  'simulator/engine/assembly/index.ts',
  '--outFile=core.wasm',
  '--runtime=stub',
  '--noAssert',
  '--importMemory',
  '--sharedMemory',
  '--initialMemory=16',
  '--maximumMemory=65536',
  '--enable=threads',
  '--enable=simd',
  '--optimizeLevel=3',
  '--shrinkLevel=0',
  '--converge',
];

/** @returns the text of the module that is to be at GENERATED. @throws Error with what the compiler says. */
export async function compileEngine(): Promise<string> {
  const asc = (await import(COMPILER)) as Compiler;
  let bytes: Uint8Array | null = null;
  let words = '';
  const { error } = await asc.main([...OPTIONS, `--baseDir=${projectRoot}`], {
    writeFile: (_name, contents) => {
      bytes = contents as Uint8Array;
    },
    stderr: {
      write: (chunk) => {
        words += String(chunk);
      },
    },
  });
  if (error !== null || bytes === null) throw new Error(words);
  const text = Buffer.from(bytes).toString('base64').replace(/=+$/, '');
  return `/** Made of simulator/engine/assembly by \`npm run generate\`. */\nexport const CORE =\n  '${text}';\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  void compileEngine().then((text) => {
    writeFileSync(join(projectRoot, GENERATED), text);
  });
