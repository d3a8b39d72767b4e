/** `tpt-scope`: runs scenarios and answers walk vectors without an editor. */
import { command } from './command';
import { processIo } from './io';

// Not process.exit(): what is still on its way to a pipe would be cut off.
void command(process.argv.slice(2), processIo()).then((code) => {
  process.exitCode = code;
});
