import { noContent } from '../../answer';
import { exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { aliasParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export function deleteAlias({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'deleteAlias',
    method: 'delete',
    path: '/v1/users/{uid}/aliases/{peer_uid}',
    tag: 'names',
    summary: 'Remove an alias',
    callers: ['server'],
    params: aliasParams,
    answers: { 204: { description: 'Removed, even if there was none.', schema: null } },
    example: { params: { ...exampleUid, peer_uid: 'bob' } },
    handle: async ({ params }) => {
      await store.givenNames.removeAlias({ readerUid: params.uid, peerUid: params.peer_uid });
      return noContent;
    },
  });
}
