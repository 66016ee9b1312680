import { z } from 'zod';
import type { Device } from '../../../domain/device';
import { json } from '../../answer';
import { exampleDevice, exampleUid } from '../../example';
import { readCursor, writeCursor } from '../../request/cursor';
import { toDeviceObject } from '../../device-object';
import { defineOperation, type Operation } from '../../operation';
import { deviceSchema } from '../../schemas/device';
import { uidParams } from '../../schemas/identifiers';
import { pageOf, pageQuery, toPage } from '../../schemas/page';
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
      const list = `devices/${params.uid}`;
      const start = readCursor(list, query.cursor);
      if ('kind' in start) return start;
      const after = start.position;
      const all = [...(await store.devices.list(params.uid))].sort(byId);
      const rest = after === null ? all : all.filter((device) => compare(device.deviceId, after) > 0);
      const page = rest.slice(0, query.limit);
      const last = page.at(-1);
      const nextCursor =
        last === undefined || rest.length === page.length ? null : writeCursor(list, last.deviceId);
      const nowMs = clock.now();
      return json(
        200,
        toPage(
          page.map((device) => toDeviceObject(device, nowMs)),
          nextCursor,
        ),
      );
    },
  });
}

function byId(one: Device, other: Device): number {
  return compare(one.deviceId, other.deviceId);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
