import { z } from 'zod';
import { json } from '../../answer';
import { exampleDevice, exampleUid } from '../../example';
import { toDeviceObject } from '../../device-object';
import { defineOperation, type Operation } from '../../operation';
import { deviceSchema } from '../../schemas/device';
import { uidParams } from '../../schemas/identifiers';
import { pageIn, pageOf, pageQuery, toPage } from '../../schemas/page';
import type { ApiServices } from '../../services';

export function listDevices({ store, clock }: ApiServices): Operation {
  return defineOperation({
    id: 'listDevices',
    method: 'get',
    path: '/v1/users/{uid}/devices',
    tag: 'devices',
    summary: "List a user's devices",
    callers: ['server', 'owner'],
    params: uidParams,
    query: z.strictObject(pageQuery(1000)),
    answers: { 200: { description: 'Ordered by device id.', schema: pageOf(deviceSchema) } },
    example: { params: exampleUid, query: { limit: 20 }, answer: { items: [exampleDevice] } },
    handle: async ({ params, query }) => {
      const devices = await store.devices.list(params.uid);
      const page = pageIn(`devices/${params.uid}`, devices, ({ deviceId }) => deviceId, query);
      if ('kind' in page) return page;
      const nowMs = clock.now();
      const items = page.items.map((device) => toDeviceObject(device, nowMs));
      return json(200, toPage(items, page.nextCursor));
    },
  });
}
