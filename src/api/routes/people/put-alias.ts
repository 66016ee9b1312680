import { noContent } from '../../answer';
import { exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { aliasParams } from '../../schemas/identifiers';
import { nameInput } from '../../schemas/people';
import type { ApiServices } from '../../services';

export function putAlias({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'putAlias',
    method: 'put',
    path: '/v1/users/{uid}/aliases/{peer_uid}',
    tag: 'names',
    summary: 'Set an alias for another user',
    description: 'Notifications of `uid` call `peer_uid` by this name, in person and in group conversations.',
    callers: ['server'],
    params: aliasParams,
    body: nameInput,
    answers: { 204: { description: 'The alias is set.', schema: null } },
    example: { params: { ...exampleUid, peer_uid: 'bob' }, body: { name: 'Bobby' } },
    handle: async ({ params, body }) => {
      await store.givenNames.putAlias({ readerUid: params.uid, peerUid: params.peer_uid }, body.name);
      return noContent;
    },
  });
}
