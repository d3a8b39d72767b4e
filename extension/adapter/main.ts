/** The debug adapter as a process of its own, over stdin and stdout, for any DAP client. */
import { messageOf } from '../scenario/errors';
import { TptDebugSession } from './session';

// Clients show what stands on stderr: one line says more to them than a stack.
process.on('uncaughtException', (error) => {
  process.stderr.write(`TPT Scope's debug adapter met a bug of its own: ${messageOf(error)}\n`, () => process.exit(1));
});

new TptDebugSession().start(process.stdin, process.stdout);
