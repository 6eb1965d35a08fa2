/** German. */
import type { Texts } from '../text.ts';
import { alert } from './alert.ts';
import { alerts } from './alerts.ts';
import { audit } from './audit.ts';
import { common } from './common.ts';
import { drills } from './drills.ts';
import { evidence } from './evidence.ts';
import { overview } from './overview.ts';
import { plan } from './plan.ts';
import { planEdit } from './plan-edit.ts';
import { plans } from './plans.ts';
import { point } from './point.ts';
import { points } from './points.ts';
import { restore } from './restore.ts';
import { restoreLive } from './restore-live.ts';
import { restores } from './restores.ts';
import { run } from './run.ts';
import { runs } from './runs.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { storage } from './storage.ts';
import { welcome } from './welcome.ts';

export const texts: Texts = {
  common,
  shell,
  overview,
  welcome,
  plans,
  plan,
  planEdit,
  runs,
  run,
  points,
  point,
  drills,
  restore,
  restores,
  restoreLive,
  alerts,
  alert,
  storage,
  audit,
  evidence,
  settings,
};
