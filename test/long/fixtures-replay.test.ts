import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ApnsPush } from '../../src/sandbox/apns/fake-apns';
import {
  apnsToken,
  closeConnections,
  eventually,
  metric,
  postEvent,
  readFixture,
  registerApns,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

/** Who must be pushed, where it is not simply everyone in `to_uids` but the sender. */
const exceptions: Readonly<Record<string, readonly string[] | 'members'>> = {
  'v2/cmd-subscribers': [],
  'v2/group-sync-once': [],
  'v2/person-sync-once-cmd': [],
  'v2/person-no-persist': [],
  'v2/person-no-red-dot': [],
  // Recorded long ago, and it was to live for an hour.
  'v2/person-expire': [],
  'main/person-expire': [],
  'v2/group-visibles': ['carol'],
  'main/group-visibles': ['carol'],
  'main/person-to-self': [],
  'v2/group-600': 'members',
  'main/group-600': 'members',
  'main/group-600-2': 'members',
  'v2/group-gzip-header-only': [],
};

/** What the phone shows. */
const texts: Readonly<Record<string, string>> = {
  'v2/person-text': 'Hello Carol, are you there?',
  'v2/person-image': 'Photo',
  'v2/person-voice': 'Voice message · 0:13',
  'v2/person-video': 'Video · 0:21',
  'v2/person-file': 'File · Q3 report.pdf',
  'v2/person-card': 'Contact card · Dave',
  'v2/person-merged-forward': 'Group chat history',
  'v2/person-call-result': 'Video call · 1:20',
  'v2/person-unknown-type': 'New message',
  'v2/person-payload-not-json': 'New message',
  'v2/person-client-signal': 'New message',
  'v2/person-reply': 'Yes, at six',
  'v2/person-system-sender': 'New message',
  'main/person-cjk-emoji': '今晚七点见 🎉👨‍👩‍👧‍👦 — rtl ñ',
  'v2/group-mention-all': 'Someone mentioned everyone: @All look',
};

/** Whole uids before the cut in this very recording. */
const salvaged = 8_797;

for (const dialect of ['v2', 'main'])
  describeOnEachStore(
    `recorded requests of WuKongIM ${dialect}`,
    (store) => {
      let fakes: Fakes;
      let relay: RelayProcess;

      beforeAll(async () => {
        fakes = await Fakes.start();
        // Carol alone gets thirty messages of Alice in a moment.
        relay = await fakes.startRelay({ env: { ...store.env(), STORM_LIMITS: 'off' } });
        const people = [
          'alice',
          'carol',
          'dave',
          'erin',
          'frank',
          'visitor',
          'agent-1',
          'visitor-9',
          'outside',
        ];
        const hex = ['7c9e6679742540de944be07fc1f90ae7', '0f8fad5bd9cb469fa16570867728950e'];
        for (const uid of [...people, ...hex]) await registerApns(relay.url, uid);
        await Promise.all(members().map((uid) => registerApns(relay.url, uid)));
      });

      afterAll(async () => {
        closeConnections();
        await relay.stop();
        await fakes[Symbol.asyncDispose]();
      });

      beforeEach(() => fakes.sandbox.apns.reset());

      const names = readdirSync(join(__dirname, '../fixtures/wukongim', dialect)).map(
        (file) => `${dialect}/${file.replace('.json', '')}`,
      );
      const offline = names.filter(
        (name) => readFixture(name).event === 'msg.offline' && name !== 'v2/group-gzip-truncated-10000',
      );

      it.each(offline)('pushes %s to whom it is for, once', async (name) => {
        const { body } = readFixture(name);
        expect((await postEvent(relay.url, 'msg.offline', body)).status).toBe(200);
        const wanted = recipientsOf(name, body);
        if (typeof wanted === 'number') await fakes.sandbox.apns.waitForAccepted(wanted);
        await workedOff(relay);
        const tokens = fakes.sandbox.apns.accepted.map((push) => push.token);
        if (typeof wanted === 'number') expect(new Set(tokens).size).toBe(wanted);
        else expect(tokens.sort()).toEqual(wanted.map((uid) => apnsToken(`${uid}/phone`)).sort());
        expect(fakes.sandbox.apns.counts.repeats).toBe(0);
        const text = texts[name];
        if (text !== undefined)
          expect(fakes.sandbox.apns.accepted.map(alertBody)).toEqual(tokens.map(() => text));
      });

      it.each(names.filter((name) => readFixture(name).event !== 'msg.offline'))(
        'takes %s and pushes nothing',
        async (name) => {
          const { event, body } = readFixture(name);
          const before = await metric(relay.url, 'relay_webhook_requests_total', { event });
          expect((await postEvent(relay.url, event, body)).status).toBe(200);
          expect(await metric(relay.url, 'relay_webhook_requests_total', { event })).toBe(before + 1);
          await workedOff(relay);
          expect(fakes.sandbox.apns.accepted).toEqual([]);
        },
      );

      if (dialect === 'v2') {
        it('saves what a truncated gzip stream still holds, and says what is lost', async () => {
          const lost = await metric(relay.url, 'relay_events_lost_total', { cause: 'gzip_truncated' });
          const nobody = await metric(relay.url, 'relay_recipients_total', { result: 'no_device' });
          const { body } = readFixture('v2/group-gzip-truncated-10000');
          expect((await postEvent(relay.url, 'msg.offline', body)).status).toBe(200);
          await eventually(
            () => metric(relay.url, 'relay_recipients_total', { result: 'no_device' }),
            (count) => count >= nobody + salvaged,
          );
          expect(await metric(relay.url, 'relay_recipients_total', { result: 'no_device' })).toBe(
            nobody + salvaged,
          );
          expect(await metric(relay.url, 'relay_events_lost_total', { cause: 'gzip_truncated' })).toBe(
            lost + 1,
          );
          await relay.logged(
            (line) =>
              ['warn', 'error'].includes(String(line['level'])) && JSON.stringify(line).includes('gzip'),
          );
        });
      }
    },
    ['embedded', 'redis'],
  );

function members(): readonly string[] {
  return (JSON.parse(readFixture('v2/group-600').body) as { to_uids: string[] }).to_uids;
}

/** The uids, or how many there are where all of them are members of the large group. */
function recipientsOf(name: string, body: string): readonly string[] | number {
  const { to_uids: uids = [], from_uid: from } = JSON.parse(body) as { to_uids?: string[]; from_uid: string };
  const exception = exceptions[name];
  if (exception !== 'members') return exception ?? uids.filter((uid) => uid !== from);
  if (name === 'main/group-600') return 511;
  return uids.filter((uid) => uid !== from).length;
}

function alertBody(push: ApnsPush): string {
  return (push.payload as { aps: { alert: { body: string } } }).aps.alert.body;
}

async function workedOff(relay: RelayProcess): Promise<void> {
  await eventually(
    () => metric(relay.url, 'relay_inbox_depth'),
    (depth) => depth === 0,
  );
}
