/** The kinds of source: adding one is one folder beside this file and one entry in each of these two tables. */
import type { Component } from '../core/manifest.ts';
import type { Source } from '../core/plan.ts';
import type { RecoveryDriver } from '../core/ports/recovery.ts';
import type { SourceDriver } from '../core/ports/source.ts';
import { postgresDriver } from './postgres/driver.ts';
import { postgresRecovery } from './postgres/recovery.ts';

export interface RegistryOptions {
  /** Sources on loopback: for the local AWS only. */
  readonly allowLoopback: boolean;
}

export function sourceDrivers(options: RegistryOptions): (source: Source) => SourceDriver {
  const drivers: Record<Source['kind'], SourceDriver> = { postgres: postgresDriver(options) };
  return (source) => drivers[source.kind];
}

export function recoveryDrivers(options: RegistryOptions): (component: Component) => RecoveryDriver {
  const drivers: Record<Component['kind'], RecoveryDriver> = { postgres: postgresRecovery(options) };
  return (component) => drivers[component.kind];
}
