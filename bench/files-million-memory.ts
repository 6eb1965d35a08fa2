/** Memory of this process while something runs: what V8 kept after its own whole collections, and the peaks. */
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

const MIB = 1024 * 1024;
const SAMPLE_MS = 250;

export interface MemoryPeaks {
  /** Of the process since it began. */
  readonly peakRssMiB: number;
  /** What was alive just after a whole collection, at most. */
  readonly liveHeapMiB: number;
  /** Buffers outside of V8's heap, at most. */
  readonly buffersMiB: number;
}

export function watchMemory(log?: (text: string) => void) {
  let liveHeap = 0;
  let buffers = 0;
  const observer = new PerformanceObserver((list) => {
    const whole = ({ detail }: PerformanceEntry & { readonly detail?: unknown }) =>
      (detail as { readonly kind?: number } | undefined)?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
    if (list.getEntries().some(whole)) liveHeap = Math.max(liveHeap, process.memoryUsage().heapUsed);
  });
  observer.observe({ entryTypes: ['gc'] });
  let ticks = 0;
  const timer = setInterval(() => {
    const usage = process.memoryUsage();
    buffers = Math.max(buffers, usage.arrayBuffers);
    ticks += 1;
    if (log !== undefined && ticks % 20 === 0) {
      const shown = Object.entries(usage).map(([name, bytes]) => `${name} ${Math.round(bytes / MIB)}`);
      log(`${ticks * SAMPLE_MS} ms: live ${Math.round(liveHeap / MIB)} ${shown.join(' ')}`);
    }
  }, SAMPLE_MS);
  timer.unref();
  return {
    peaks(): MemoryPeaks {
      return {
        peakRssMiB: process.resourceUsage().maxRSS / 1024,
        liveHeapMiB: liveHeap / MIB,
        buffersMiB: buffers / MIB,
      };
    },
  };
}
