import { describe, expect, it } from 'vitest';
import { parseStackOutputs } from '../../../cli/stack.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { resourceFindings, roleFindings, runSmoke } from '../../../infra/smoke/checks.ts';
import { type RoleExpectation, roleExpectations } from '../../../infra/smoke/role-expectations.ts';
import { harness, stackOutputs } from './fixtures.ts';

const stack = parseStackOutputs('Holdfast', { ...stackOutputs, VaultPrefix: 'backups/' });
const expectations = roleExpectations(stack);

describe('the smoke test', () => {
  it('asks about every role what it may and what it must not', () => {
    for (const role of ['backup', 'verify', 'restore', 'cleanup', 'watch', 'adopt', 'failures']) {
      const kinds = new Set(expectations.filter((one) => one.role === role).map(({ expected }) => expected));
      expect([...kinds].sort()).toEqual(['allowed', 'denied']);
      const denied = expectations
        .filter((one) => one.role === role && one.expected === 'denied')
        .map(({ action }) => action);
      for (const action of [
        's3:DeleteObject',
        's3:DeleteObjectVersion',
        's3:PutLifecycleConfiguration',
        's3:PutObjectTagging',
      ])
        expect(denied).toContain(action);
    }
  });

  it('asks nothing twice, and nothing both ways', () => {
    const asked = expectations.map(({ role, action, resource, context }) =>
      JSON.stringify([role, action, resource, context]),
    );
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('expects marks of cleanup and of no other role', () => {
    const marking = expectations.filter(({ context }) => context?.['s3:RequestObjectTag/expire'] === 'yes');
    expect(marking.filter(({ expected }) => expected === 'allowed').map(({ role }) => role)).toEqual([
      'cleanup',
    ]);
    expect(new Set(marking.map(({ role }) => role)).size).toBe(7);
  });

  it('looks at the second copy where there is one', () => {
    const copied = parseStackOutputs('Holdfast', {
      ...stackOutputs,
      ReplicaBucket: 'copies',
      ReplicaRegion: 'eu-west-1',
    });
    const about = (all: readonly RoleExpectation[]) =>
      all.filter(({ resource }) => resource.includes(':::copies/')).map(({ expected }) => expected);
    expect(about(expectations)).toEqual([]);
    expect(new Set(about(roleExpectations(copied)))).toEqual(new Set(['denied']));
  });

  it('looks at the index key, which backup alone may read', () => {
    const about = expectations.filter(({ resource }) => resource === stack.SecretIndexArn);
    const reading = about.filter(({ action }) => action === 'secretsmanager:GetSecretValue');
    expect(reading.filter(({ expected }) => expected === 'allowed').map(({ role }) => role)).toEqual([
      'backup',
    ]);
    expect(reading).toHaveLength(7);
  });

  it('looks at buckets with files: backup reads them, restore writes where restored files go', () => {
    const about = expectations.filter(({ resource }) => resource.includes(':::photos/'));
    expect(about.map(({ role, action, resource, expected }) => [role, action, resource, expected])).toEqual([
      ['backup', 's3:GetObject', 'arn:aws:s3:::photos/2026/smoke', 'allowed'],
      ['backup', 's3:PutObject', 'arn:aws:s3:::photos/2026/smoke', 'denied'],
      ['backup', 's3:DeleteObject', 'arn:aws:s3:::photos/2026/smoke', 'denied'],
      ['restore', 's3:PutObject', 'arn:aws:s3:::photos/holdfast-restored/smoke', 'allowed'],
      ['restore', 's3:DeleteObject', 'arn:aws:s3:::photos/holdfast-restored/smoke', 'denied'],
    ]);
  });

  it('looks below the prefix of the vault', () => {
    expect(expectations.find(({ action }) => action === 's3:PutObject')?.resource).toMatch(
      /^arn:aws:s3:::vault\/backups\/plans\//,
    );
  });

  it('names the role, action and resource of a decision that is not as promised', async () => {
    const findings = await roleFindings(expectations, {
      decide: async ({ role, action, resource, expected }) =>
        role === 'backup' && action === 's3:DeleteObject' && resource.includes(':::vault/')
          ? 'allowed'
          : expected,
    });
    const wrong = findings.filter(({ ok }) => ok === false);
    expect(wrong).toHaveLength(1);
    expect(wrong[0]?.detail).toMatch(/^s3:DeleteObject on arn:aws:s3:::vault.* is allowed, must be denied$/);
  });

  it('says that roles were not looked at where the caller may not ask, and asks once only', async () => {
    let asked = 0;
    const findings = await roleFindings(expectations, {
      decide: async () => {
        asked += 1;
        throw new HoldfastError('ACCESS_DENIED', 'iam:SimulatePrincipalPolicy was refused');
      },
    });
    expect(asked).toBe(1);
    expect(findings.map(({ ok }) => ok)).toEqual([undefined]);
  });

  it('misses an alarm, a topic, a schedule or a queue that the template did not make', () => {
    const findings = resourceFindings([
      {
        ResourceType: 'AWS::SNS::Topic',
        ResourceStatus: 'CREATE_COMPLETE',
        LogicalResourceId: 'T',
        LastUpdatedTimestamp: undefined,
      },
      {
        ResourceType: 'AWS::SQS::Queue',
        ResourceStatus: 'UPDATE_FAILED',
        LogicalResourceId: 'Q',
        LastUpdatedTimestamp: undefined,
      },
    ]);
    expect(findings.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual([
      'resources',
      'alarms',
      'schedules',
    ]);
  });

  it('goes on after a part that fails, so that all of it is seen', async () => {
    const h = harness({
      onInvoke: ({ functionName }) =>
        functionName === 'f-verify'
          ? Promise.reject(new HoldfastError('CRASHED', 'dead'))
          : { ok: true, checks: [{ name: 'tools', ok: true, detail: 'there' }] },
    });
    const groups: string[] = [];
    const found = await runSmoke({
      context: h.context,
      resources: async () => [],
      simulator: async () => ({ decide: async ({ expected }) => expected }),
      onGroup: (group) => groups.push(group),
    });
    expect(groups).toEqual([
      'stack',
      'vault',
      'catalog',
      'keys',
      'alerts',
      'backup',
      'verify',
      'restore',
      'cleanup',
      'watch',
      'adopt',
      'roles',
    ]);
    expect(found.find(({ group }) => group === 'verify')).toMatchObject({
      ok: false,
      detail: 'dead (CRASHED)',
    });
    expect(found.filter(({ group }) => group === 'roles').every(({ ok }) => ok)).toBe(true);
  });
});
