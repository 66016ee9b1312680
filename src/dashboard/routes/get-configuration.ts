import { json } from '../../api/answer';
import { defineOperation, type Operation } from '../../api/operation';
import type { DashboardServices } from '../services';
import { undocumented } from '../undocumented';

export function getConfiguration({ configuration }: DashboardServices): Operation {
  return defineOperation({
    ...undocumented,
    id: 'getDashboardConfiguration',
    method: 'get',
    path: '/dashboard/configuration',
    summary: 'The configuration in effect, with masked secrets',
    callers: ['server'],
    handle: () => Promise.resolve(json(200, { items: configuration() })),
  });
}
