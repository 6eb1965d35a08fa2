/**
 * Makes the new database with the encoding and the locale that the source had (rule 12). Pure SQL making, apart from
 * `createDatabase` itself. The new database comes from template0, which has nothing of its own.
 */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.ts';
import type { PostgresFacts } from './model.ts';
import { quoteIdentifier, quoteLiteral } from './names.ts';

export type LocaleFacts = Pick<
  PostgresFacts,
  'encoding' | 'localeProvider' | 'collate' | 'ctype' | 'locale' | 'icuRules'
>;

/** Server versions from which a database can have a locale provider, and the built-in one. */
const providersSince = 150_000;
const builtinSince = 170_000;
const icuRulesSince = 160_000;

/**
 * CREATE DATABASE for a server of this version.
 * @throws HoldfastError TARGET_UNSUITABLE when that version cannot have such a database
 */
export function createStatement(
  name: string,
  facts: LocaleFacts,
  serverVersionNum: number,
  owner?: string,
): string {
  const options = [
    'TEMPLATE template0',
    `ENCODING ${quoteLiteral(facts.encoding)}`,
    ...localeOptions(facts, serverVersionNum),
    ...(owner === undefined ? [] : [`OWNER ${quoteIdentifier(owner)}`]),
  ];
  return `CREATE DATABASE ${quoteIdentifier(name)} WITH ${options.join(' ')}`;
}

function localeOptions(facts: LocaleFacts, serverVersionNum: number): readonly string[] {
  const libc = [`LC_COLLATE ${quoteLiteral(facts.collate)}`, `LC_CTYPE ${quoteLiteral(facts.ctype)}`];
  if (facts.localeProvider === 'libc') {
    return serverVersionNum >= providersSince ? ['LOCALE_PROVIDER libc', ...libc] : libc;
  }
  const needed = facts.localeProvider === 'builtin' ? builtinSince : providersSince;
  if (serverVersionNum < needed) {
    throw new HoldfastError(
      'TARGET_UNSUITABLE',
      `the database has the locale provider ${facts.localeProvider}, which PostgreSQL ${major(serverVersionNum)} does not have`,
      { next: `Restore into PostgreSQL ${major(needed)} or later.` },
    );
  }
  const locale = quoteLiteral(facts.locale ?? 'C');
  if (facts.localeProvider === 'builtin')
    return ['LOCALE_PROVIDER builtin', `BUILTIN_LOCALE ${locale}`, ...libc];
  const rules =
    facts.icuRules && serverVersionNum >= icuRulesSince ? [`ICU_RULES ${quoteLiteral(facts.icuRules)}`] : [];
  return ['LOCALE_PROVIDER icu', `ICU_LOCALE ${locale}`, ...rules, ...libc];
}

/** 150004 is 15, 90624 was 9.6. */
export function major(serverVersionNum: number): number {
  return Math.floor(serverVersionNum / 10_000);
}

/** The locale that stands in where the scratch server lacks the source's own. */
export function standIn(facts: LocaleFacts): LocaleFacts {
  const { encoding } = facts;
  return encoding === 'UTF8'
    ? { encoding, localeProvider: 'builtin', locale: 'C.UTF-8', collate: 'C', ctype: 'C' }
    : { encoding, localeProvider: 'libc', collate: 'C', ctype: 'C' };
}

/**
 * Creates the database in the source's locale, or in the one that stands in for it.
 * @returns why the stand-in was taken, or undefined
 */
export async function createWithStandIn(
  client: pg.Client,
  name: string,
  facts: LocaleFacts,
  serverVersionNum: number,
  owner?: string,
): Promise<string | undefined> {
  try {
    await client.query(createStatement(name, facts, serverVersionNum, owner));
    return undefined;
  } catch (thrown) {
    const why = (thrown as Error).message;
    await client.query(createStatement(name, standIn(facts), serverVersionNum, owner));
    return why;
  }
}
