import { memoryScheduler } from '../../adapters/memory/scheduler.ts';
import { schedulerContract } from './scheduler.ts';

schedulerContract('memory', async () => memoryScheduler());
