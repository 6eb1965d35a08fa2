/** What the API shows, by the names that people use. */
import type { components } from '../../api/schema.ts';

type Schemas = components['schemas'];

export type Backup = Schemas['Backup'];
export type ListedBackup = Schemas['ListedBackup'];
export type Restore = Schemas['Restore'];
export type RestorePreview = Schemas['RestorePreview'];
export type PlanShown = Schemas['Plan'];
export type PlanPreview = Schemas['PlanPreview'];
export type Task = Schemas['Task'];
export type Status = Schemas['Status'];
export type BackupContents = Schemas['BackupContents'];
export type HeldItem = Schemas['HeldItem'];
export type RowError = Schemas['RowError'];
