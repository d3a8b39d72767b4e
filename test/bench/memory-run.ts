/** Touches 4 GiB in a VM of 8 GiB, and prints how much memory this process took. Its argument is a scheme. */
import { bootTouched } from './boot';
import type { BenchScheme } from './workload';

const FOOTPRINT = 4 * 2 ** 30;

const scheme = process.argv[2] as BenchScheme;
bootTouched(scheme, 'contiguous', FOOTPRINT);
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
console.log(JSON.stringify({ megabytes: maxRSS / 1024, seconds: (userCPUTime + systemCPUTime) / 1e6 }));
