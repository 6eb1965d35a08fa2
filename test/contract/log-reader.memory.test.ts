import { memoryLogReader } from '../../adapters/memory/log-reader.ts';
import { logReaderContract } from './log-reader.ts';

logReaderContract('this memory', async () => {
  const reader = memoryLogReader();
  return {
    reader,
    put: async (lines) => {
      for (const { correlationId, ...line } of lines) reader.add(correlationId, line);
    },
  };
});
