import type { ConfigProblem } from '../config/problem';
import { defaultApp } from '../config/sections/app';
import type { FcmConfig } from '../config/sections/fcm';
import { defaultProjectId } from '../providers/fcm/credential/default-credential';

/** The Firebase project of an app; null: neither the configuration nor Google's default credentials name one. */
export async function projectIdOf({ projectId }: FcmConfig): Promise<string | null> {
  return projectId ?? (await defaultProjectId());
}

export function missingProjectId(app: string): ConfigProblem {
  const variable = app === defaultApp ? ' (FCM_PROJECT_ID)' : '';
  const message = `is required${variable}: Google's default credentials do not name the Firebase project`;
  return { key: `apps.${app}.fcm.project_id`, source: null, message };
}
