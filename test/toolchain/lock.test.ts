/** The lock between processes: one at a time, and a dead holder does not keep it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../layers/lock.mjs';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a lock', () => {
  it('lets one in at a time, and is gone afterwards', async () => {
    const path = join(dir, 'lock');
    let inside = 0;
    let most = 0;
    const visit = async () => {
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(path, visit)));
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it('is released when the work fails', async () => {
    const path = join(dir, 'lock');
    await expect(withLock(path, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await withLock(path, () => 'in')).toBe('in');
  });

  it('is taken over from a dead process, also when its id is in use again', async () => {
    const path = join(dir, 'lock');
    const dead = spawnSync('true').pid;
    for (const pid of [dead, process.pid]) {
      writeFileSync(path, JSON.stringify({ pid, startedAt: 'long ago', token: 'old' }));
      expect(await withLock(path, () => 'in', { timeoutSeconds: 5 })).toBe('in');
    }
  });

  it('gives up on a holder that lives on, and names it', async () => {
    const path = join(dir, 'lock');
    let announced = 0;
    await withLock(path, async () => {
      const second = withLock(path, () => 'in', { timeoutSeconds: 0.2, onWait: (pid) => (announced = pid) });
      await expect(second).rejects.toThrow(`process ${process.pid}`);
    });
    expect(announced).toBe(process.pid);
  });
});
