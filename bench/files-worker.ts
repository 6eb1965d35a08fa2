/** One side of bench/files.ts in a process of its own, as the functions run. Reads a folder's path, prints one JSON line. */
import { filesBench } from './files-world.ts';

const [path] = process.argv.slice(2);
const bench = filesBench();
const began = performance.now();
await bench.backup({ path, mode: 'full' });
const seconds = (performance.now() - began) / 1000;
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
console.log(
  JSON.stringify({
    seconds,
    peakRssMiB: maxRSS / 1024,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    storedBytes: bench.storedBytes(),
  }),
);
process.exit(0);
