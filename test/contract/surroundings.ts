/** The contracts of core/ports/surroundings.ts, as tests that every implementation passes. */
import { describe, expect, test } from 'vitest';
import type { Alarms, FunctionStarter, Heartbeat, Recipients } from '../../core/ports/surroundings.ts';

export interface SurroundingsUnderTest {
  readonly starter: FunctionStarter;
  /** The event that the restore function was given last. */
  received(): Promise<unknown>;
  readonly recipients: Recipients;
  /** Somebody subscribes, and somebody who has not confirmed. */
  subscribe(): Promise<void>;
  /** Somebody subscribes who hears of one plan only. */
  subscribeFiltered(): Promise<void>;
  readonly alarms: Alarms;
  /** Raises an alarm of the stack, and one of somebody else. */
  raise(): Promise<void>;
  readonly heartbeat: Heartbeat;
  /** How many heartbeats have arrived. */
  beats(): Promise<number>;
  readonly broken: {
    readonly starter: FunctionStarter;
    readonly recipients: Recipients;
    readonly alarms: Alarms;
  };
}

export function surroundingsContract(name: string, start: () => Promise<SurroundingsUnderTest>): void {
  describe(`surroundings contract: ${name}`, () => {
    let started: Promise<SurroundingsUnderTest> | undefined;
    const setUp = () => {
      started ??= start();
      return started;
    };

    test('a started function gets the event as it was given', async () => {
      const { starter, received } = await setUp();
      const event = { task: 'restore', restoreId: 'r-00000001' };
      await starter.start('restore', event);
      expect(await received()).toEqual(event);
    });

    test('a function that cannot be started is an error that says so', async () => {
      const { broken } = await setUp();
      await expect(broken.starter.start('cleanup', { task: 'cleanup' })).rejects.toMatchObject({
        code: expect.stringMatching(/ACCESS_DENIED|STACK_NOT_FOUND/),
      });
    });

    test('recipients are listed, and who has not confirmed is told apart', async () => {
      const { recipients, subscribe } = await setUp();
      await subscribe();
      const found = await recipients.list();
      expect(found.map(({ confirmed }) => confirmed).sort()).toEqual([false, true]);
    });

    test('who hears only a part is told apart', async () => {
      const { recipients, subscribeFiltered } = await setUp();
      await subscribeFiltered();
      const filtered = (await recipients.list()).filter((each) => each.filtered);
      expect(filtered).toMatchObject([{ confirmed: true }]);
    });

    test('alarms that are raised are seen, and what they mean', async () => {
      const { alarms, raise } = await setUp();
      expect(await alarms.raised()).toEqual([]);
      await raise();
      expect(await alarms.raised()).toMatchObject([
        { name: 'Contract-NotDelivered', description: 'Look at it.' },
      ]);
    });

    test('alarms that cannot be read are an error, not none', async () => {
      const { broken } = await setUp();
      await expect(broken.alarms.raised()).rejects.toMatchObject({
        code: expect.stringMatching(/ACCESS_DENIED|INTERNAL/),
      });
    });

    test('recipients that cannot be listed are an error, not nobody', async () => {
      const { broken } = await setUp();
      await expect(broken.recipients.list()).rejects.toMatchObject({
        code: expect.stringMatching(/ALERT_FAILED|ACCESS_DENIED/),
      });
    });

    test('a heartbeat arrives', async () => {
      const { heartbeat, beats } = await setUp();
      const before = await beats();
      await heartbeat.beat(new Date().toISOString());
      expect(await beats()).toBe(before + 1);
    });
  });
}
