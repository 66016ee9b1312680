import { json } from '../../api/answer';
import { defineOperation, type Operation } from '../../api/operation';
import { toFigures } from '../figures';
import type { DashboardServices } from '../services';
import { undocumented } from '../undocumented';

export function getFigures({ clock, metricsText, readiness }: DashboardServices): Operation {
  return defineOperation({
    ...undocumented,
    id: 'getDashboardFigures',
    method: 'get',
    path: '/dashboard/figures',
    summary: 'What the overview shows',
    callers: ['server'],
    handle: async () => {
      const [text, { status, checks }] = await Promise.all([metricsText(), readiness()]);
      const at = new Date(clock.now()).toISOString();
      return json(200, { at, status, checks, ...toFigures(text) });
    },
  });
}
