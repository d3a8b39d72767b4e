/** From arguments to an exit code. */
import { parseArgs } from 'node:util';
import { readRunOptions } from '../scenario/launch';
import { messageOf } from '../scenario/errors';
import { compareCommand } from './compare';
import { convert } from './convert';
import { BAD_INPUT, HOLDS, type ExitCode } from './exit-codes';
import { HELP, version } from './help';
import type { Io } from './io';
import { runFiles } from './run';
import { walkVectors } from './walk';

type Subcommand = (args: string[], io: Io) => Promise<ExitCode>;

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  run,
  compare: compareCommand,
  walk,
  convert: convertTrace,
};

/** Never throws: what goes wrong is said on stderr, with what to do, and in the exit code. */
export async function command(argv: readonly string[], io: Io): Promise<ExitCode> {
  const [name = '--help', ...args] = argv;
  if (name === '--help' || name === '-h' || name === 'help' || args.includes('--help') || args.includes('-h')) {
    await io.out(HELP);
    return argv.length === 0 ? BAD_INPUT : HOLDS;
  }
  if (name === '--version' || name === '-v') {
    await io.out(`${version()}\n`);
    return HOLDS;
  }
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  if (!subcommand)
    return complain(io, `There is no command "${name}". Commands: ${Object.keys(SUBCOMMANDS).join(', ')}.`);
  try {
    return await subcommand(args, io);
  } catch (error) {
    return complain(io, messageOf(error));
  }
}

async function run(args: string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      scheme: { type: 'string' },
      tags: { type: 'string' },
      seed: { type: 'string' },
      profile: { type: 'string' },
      'step-limit': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (positionals.length === 0) return complain(io, 'run needs at least one .tpt file.');
  const options = readRunOptions(
    {
      scheme: values.scheme,
      tags: values.tags,
      seed: wholeNumber(values.seed),
      costProfile: values.profile,
      stepLimit: wholeNumber(values['step-limit']),
    },
    '.',
  );
  return runFiles(positionals, options, values.json, io);
}

async function walk(args: string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { vectors: { type: 'string' } } });
  const [file, ...more] = values.vectors === undefined ? positionals : [values.vectors, ...positionals];
  if (file === undefined || more.length > 0)
    return complain(io, 'walk needs one file: walk --vectors IN.jsonl, IN.jsonl.gz, or - for standard input.');
  return walkVectors(file, io);
}

async function convertTrace(args: string[], io: Io): Promise<ExitCode> {
  const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
  const [from, to, ...more] = positionals;
  if (from === undefined || to === undefined || more.length > 0)
    return complain(io, 'convert needs two names: convert IN OUT.tptt.');
  return convert(from, to, io);
}

/** A number where the text is one; else the text, which the check of the options then refuses by name. */
function wholeNumber(text: string | undefined): number | string | undefined {
  return text !== undefined && /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : text;
}

function complain(io: Io, message: string): ExitCode {
  io.err(`tpt-scope: ${message}\nSee tpt-scope --help.\n`);
  return BAD_INPUT;
}
