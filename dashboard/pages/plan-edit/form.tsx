/** The common fields of a plan. What is not here stays as it is; the file has all of it. */
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { Link } from '../../kit/link.tsx';
import { useText } from '../../text/text.ts';
import { scheduledTiers } from '../plans/words.ts';
import { at, type Fields } from './draft.ts';
import { errorOf, useEdit } from './edit.ts';
import { BytesAt, ChoiceAt, FlagAt, LinesAt, NumberAt, TextAt } from './inputs.tsx';
import styles from './plan-edit.module.css';
import { Schedule } from './schedule.tsx';
import { AddSource, Source } from './source.tsx';
import { freeName } from './source-fields.ts';

export function Form() {
  const text = useText('planEdit');
  const { draft, issues } = useEdit();
  const sources: readonly Fields[] = Array.isArray(draft.sources) ? draft.sources : [];
  const whole = errorOf(issues, 'sources');
  return (
    <>
      <Card title={text.basics.title}>
        <Basics />
      </Card>
      <Card title={text.sources.title} lead={text.sources.lead}>
        {whole !== undefined && (
          <p className="field-error" role="alert">
            {whole}
          </p>
        )}
        {sources.map((source, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: its name is being typed.
          <Source key={index} index={index} source={source} />
        ))}
        <AddSource />
      </Card>
      <Card title={text.schedule.title}>
        <Schedule />
      </Card>
      <Card title={text.retention.title} lead={text.retention.lead}>
        <Retention />
      </Card>
      <Card title={text.verification.title}>
        <div className={styles.row}>
          {(['level', 'drill', 'stored'] as const).map((name) => (
            <ChoiceAt
              key={name}
              path={`verification.${name}`}
              label={text.verification[name].label}
              hint={text.verification[name].hint}
              values={verifications[name]}
              names={text.verification[name].values}
            />
          ))}
        </div>
      </Card>
      <Card title={text.promises.title} lead={text.promises.lead}>
        <div className={styles.row}>
          <NumberAt
            path="targets.recoveryPointMinutes"
            {...text.promises.recoveryPoint}
            min={5}
            max={525_600}
          />
          <NumberAt path="targets.recoveryTimeMinutes" {...text.promises.recoveryTime} min={1} max={10_080} />
          <NumberAt path="graceMinutes" {...text.promises.grace} min={5} max={10_080} />
          <BytesAt path="quotaBytes" {...text.promises.quota} />
          <BytesAt path="maxSourceBytes" {...text.promises.maxSource} />
        </div>
      </Card>
      <Card title={text.told.title} lead={text.told.lead}>
        <Told />
      </Card>
      <Card title={text.vaults.title} lead={text.vaults.lead}>
        <Vaults />
      </Card>
    </>
  );
}

const verifications = {
  level: ['readable', 'stored', 'restored'],
  drill: ['weekly', 'daily', 'monthly', 'never'],
  stored: ['daily', 'weekly', 'never'],
} as const;

function Basics() {
  const text = useText('planEdit').basics;
  const { draft, isNew } = useEdit();
  return (
    <>
      <div className={styles.row}>
        {isNew ? (
          <TextAt path="id" label={text.id} hint={text.idHint} required />
        ) : (
          <div className="field">
            <span className={styles.label}>{text.id}</span>
            <div className="hint">{text.idFixed}</div>
            <code>{String(draft.id)}</code>
          </div>
        )}
        <TextAt path="name" label={text.name} hint={text.nameHint} />
      </div>
      <FlagAt path="enabled" label={text.enabled} hint={text.enabledHint} byDefault />
    </>
  );
}

function Retention() {
  const text = useText('planEdit').retention;
  const labels = useText('plan').retention.labels;
  const { draft, isNew, issues } = useEdit();
  const whole = errorOf(issues, 'retention');
  const numbers = [...scheduledTiers, 'days', 'manualDays'] as const;
  return (
    <>
      <div className={styles.numbers}>
        {numbers.map((name) => (
          <NumberAt
            key={name}
            path={`retention.${name}`}
            label={labels[name]}
            hint={text.hints[name]}
            min={name === 'manualDays' ? 1 : 0}
          />
        ))}
      </div>
      {whole !== undefined && (
        <p className="field-error" role="alert">
          {whole}
        </p>
      )}
      {!isNew && (
        <p>
          <Link
            to="/plans/$planId"
            params={{ planId: String(draft.id) }}
            search={
              {
                tab: 'retention',
                ...Object.fromEntries(
                  numbers.flatMap((name) => {
                    const value = at(draft, `retention.${name}`);
                    return typeof value === 'number' ? [[name, String(value)]] : [];
                  }),
                ),
              } as never
            }
            target="_blank"
          >
            {text.preview}
          </Link>
        </p>
      )}
    </>
  );
}

const leasts = ['warning', 'critical'] as const;

function Told() {
  const text = useText('planEdit').told;
  const { draft, set } = useEdit();
  const found = at(draft, 'notifications.channels');
  const channels: readonly Fields[] = Array.isArray(found) ? found : [];
  return (
    <>
      <div className={styles.stack}>
        <FlagAt path="notifications.onFailure" {...text.onFailure} byDefault />
        <FlagAt path="notifications.onSuccess" {...text.onSuccess} />
        <FlagAt path="notifications.weeklySummary" {...text.weeklySummary} />
      </div>
      <div className={styles.row}>
        <LinesAt path="notifications.recipients" {...text.recipients} />
        <ChoiceAt path="notifications.least" label={text.least} values={leasts} names={text.leasts} />
      </div>
      {channels.map((channel, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: its name is being typed.
        <fieldset key={index} className={styles.group}>
          <legend>{text.channel(String(channel.name))}</legend>
          <div className={styles.row}>
            <TextAt path={`notifications.channels.${index}.name`} label={text.channelName} required />
            <TextAt
              path={`notifications.channels.${index}.secret`}
              label={text.secret}
              hint={text.secretHint}
              required
            />
            <ChoiceAt
              path={`notifications.channels.${index}.least`}
              label={text.least}
              values={leasts}
              names={text.leasts}
            />
          </div>
          <div>
            <Button small onPress={() => set(`notifications.channels.${index}`, undefined)}>
              {text.remove(String(channel.name))}
            </Button>
          </div>
        </fieldset>
      ))}
      <div>
        <Button
          small
          icon="new"
          onPress={() =>
            set('notifications.channels', [
              ...channels,
              {
                name: freeName(
                  channels.map(({ name }) => name),
                  'ops',
                ),
                secret: 'holdfast/channels/',
                least: 'warning',
              },
            ])
          }
        >
          {text.add}
        </Button>
      </div>
      <TextAt path="deadManUrl" {...text.deadMan} type="url" />
    </>
  );
}

function Vaults() {
  const text = useText('planEdit').vaults;
  const { draft, set } = useEdit();
  const vaults: readonly Fields[] = Array.isArray(draft.vaults) ? draft.vaults : [];
  const names = vaults.map(({ name }) => name);
  const add = (what: Fields) => set('vaults', [...vaults, what]);
  return (
    <>
      {vaults.map((vault, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: its name is being typed.
        <fieldset key={index} className={styles.group}>
          <legend>{text.vault(String(vault.name))}</legend>
          <div className={styles.row}>
            <TextAt path={`vaults.${index}.name`} label={text.name} required />
            {vault.folder === undefined ? (
              <TextAt path={`vaults.${index}.secret`} label={text.secret} hint={text.secretHint} required />
            ) : (
              <TextAt path={`vaults.${index}.folder`} label={text.folder} hint={text.folderHint} required />
            )}
          </div>
          <div>
            <Button small onPress={() => set(`vaults.${index}`, undefined)}>
              {text.remove(String(vault.name))}
            </Button>
          </div>
        </fieldset>
      ))}
      <div className="actions">
        <Button
          small
          icon="new"
          onPress={() => add({ name: freeName(names, 'elsewhere'), secret: 'holdfast/vaults/' })}
        >
          {text.addStore}
        </Button>
        <Button small icon="new" onPress={() => add({ name: freeName(names, 'disk'), folder: '/mnt/' })}>
          {text.addFolder}
        </Button>
      </div>
    </>
  );
}
