import { z } from 'zod';
import { json } from '../../answer';
import { exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { uidParams } from '../../schemas/identifiers';
import { pageIn, pageOf, pageQuery, toPage } from '../../schemas/page';
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
      const peers = [...(await store.givenNames.listAliasedPeers(params.uid))];
      const page = pageIn(`aliases/${params.uid}`, peers, (peerUid) => peerUid, query);
      if ('kind' in page) return page;
      const names = await store.givenNames.findAliases(
        page.items.map((peerUid) => ({ peerUid, readerUids: [params.uid] })),
      );
      const items = page.items.flatMap((peerUid, index) => {
        const name = names[index]?.[0] ?? null;
        return name === null ? [] : [{ peer_uid: peerUid, name }];
      });
      return json(200, toPage(items, page.nextCursor));
    },
  });
}
