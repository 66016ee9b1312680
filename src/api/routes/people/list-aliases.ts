import { z } from 'zod';
import { json } from '../../answer';
import { exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { readCursor, writeCursor } from '../../request/cursor';
import { uidParams } from '../../schemas/identifiers';
import { pageOf, pageQuery, toPage } from '../../schemas/page';
import { aliasSchema } from '../../schemas/people';
import type { ApiServices } from '../../services';

export function listAliases({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'listAliases',
    method: 'get',
    path: '/v1/users/{uid}/aliases',
    tag: 'names',
    summary: 'List the aliases that a user has set',
    callers: ['server'],
    params: uidParams,
    query: z.strictObject(pageQuery(1000)),
    answers: { 200: { description: "Ordered by the other user's uid.", schema: pageOf(aliasSchema) } },
    example: { params: exampleUid, answer: { items: [{ peer_uid: 'bob', name: 'Bobby' }] } },
    handle: async ({ params, query }) => {
      const list = `aliases/${params.uid}`;
      const start = readCursor(list, query.cursor);
      if ('kind' in start) return start;
      const after = start.position;
      const rest = [...(await store.givenNames.listAliasedPeers(params.uid))]
        .filter((peerUid) => after === null || peerUid > after)
        .sort();
      const page = rest.slice(0, query.limit);
      const names = await store.givenNames.findAliases(
        page.map((peerUid) => ({ peerUid, readerUids: [params.uid] })),
      );
      const items = page.flatMap((peerUid, index) => {
        const name = names[index]?.[0] ?? null;
        return name === null ? [] : [{ peer_uid: peerUid, name }];
      });
      const last = page.at(-1);
      const isLast = last === undefined || rest.length === page.length;
      return json(200, toPage(items, isLast ? null : writeCursor(list, last)));
    },
  });
}
