/** The thread behind the comparison view: started with a CompareRequest as its `workerData`. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { CompareCancel, CompareMessage, CompareRequest } from '../protocol/comparison';
import { messageOf } from '../scenario/errors';
import { compare } from './compare';
import { runInThreads } from './pool';

const port = parentPort;
if (!port) throw new Error('main.ts runs in a worker thread');
const cancel = new AbortController();
const send = (message: CompareMessage): void => {
  port.postMessage(message);
};
port.on('message', (message: CompareCancel) => {
  if (message.kind === 'cancel') cancel.abort(new Error('The comparison was cancelled.'));
});

void compare(workerData as CompareRequest, {
  run: runInThreads(join(__dirname, 'worker.js'), cpus().length),
  signal: cancel.signal,
  onProgress: (label, done, total) => {
    send({ kind: 'progress', label, done, total });
  },
})
  .then(
    (comparison) => {
      send({ kind: 'done', comparison });
    },
    (error: unknown) => {
      send({ kind: 'failed', message: messageOf(error) });
    },
  )
  .finally(() => {
    port.close();
  });
