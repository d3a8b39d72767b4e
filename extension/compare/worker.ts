/** A worker thread that runs jobs, one after the other, as they are sent. */
import { parentPort } from 'node:worker_threads';
import type { Job } from './jobs';
import type { FromWorker } from './pool';
import { runJob } from './run-job';

const port = parentPort;
if (!port) throw new Error('worker.ts runs in a worker thread');
const send = (message: FromWorker): void => {
  port.postMessage(message);
};

port.on('message', (job: Job) => {
  void runJob(job, {
    onProgress: (part) => {
      send({ kind: 'progress', part });
    },
  }).then((report) => {
    send({ kind: 'report', report });
  });
});
