import { countedBytes, countedMessages, keptConversations, keptSequences, lateMs } from '../counted-messages';
import type { UnreadByConversation } from '../../domain/person-record';
import { Script } from './commands/script';

const digestOfConversation = 16;
/** Of a digest in base64url. */
const digestLength = (countedBytes * 4) / 3;

/**
 * A hash of a user: `app` → `count|epoch|digests of the messages that were counted last`, and of each conversation `app/digest` →
 * `epoch|older|read sequence|read at|changed at|messages`, each message as `sequence:digest` (of version 0.2.0 only `sequence`).
 * Another epoch voids what a conversation has counted.
 */
const badgeLua = `
local function whole(number) return string.format('%.0f', number) end
local function totalOf(key, app)
  local count, epoch, messages = string.match(redis.call('HGET', key, app) or '', '^(%d+)|(%d+)|(.*)$')
  if not count then return nil end
  return { count = tonumber(count), epoch = tonumber(epoch), messages = messages }
end
local function putTotal(key, app, total)
  redis.call('HSET', key, app, whole(total.count) .. '|' .. whole(total.epoch) .. '|' .. total.messages)
end
local function shareOf(key, field, epoch)
  local share = { older = 0, readSeq = 0, readAt = 0, changed = '0', sequences = {}, digests = {} }
  local known, older, readSeq, readAt, changed, messages =
    string.match(redis.call('HGET', key, field) or '', '^(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(.*)$')
  if not known then return share, true end
  share.readSeq, share.readAt, share.changed = tonumber(readSeq), tonumber(readAt), changed
  if tonumber(known) == epoch then
    share.older = tonumber(older)
    for sequence, digest in string.gmatch(messages, '(%d+):?([^,]*)') do
      share.sequences[#share.sequences + 1], share.digests[#share.digests + 1] = tonumber(sequence), digest
    end
  end
  return share, false
end
local function makeRoom(key, app)
  if redis.call('HLEN', key) < ${keptConversations} then return end
  local fields, shares = redis.call('HGETALL', key), {}
  for at = 1, #fields, 2 do
    if string.sub(fields[at], 1, #app + 1) == app .. '/' then
      local changed = string.match(fields[at + 1], '^%d+|%d+|%d+|%d+|(%d+)|')
      shares[#shares + 1] = { field = fields[at], changed = tonumber(changed or '0') }
    end
  end
  if #shares < ${keptConversations} then return end
  table.sort(shares, function(one, other) return one.changed < other.changed end)
  for at = 1, ${keptConversations / 2} do redis.call('HDEL', key, shares[at].field) end
end
local function putShare(key, app, field, epoch, share, changed, isNew)
  if isNew then makeRoom(key, app) end
  local messages = {}
  for at, sequence in ipairs(share.sequences) do messages[at] = whole(sequence) .. ':' .. share.digests[at] end
  redis.call('HSET', key, field, table.concat({ whole(epoch), whole(share.older), whole(share.readSeq), whole(share.readAt),
    changed, table.concat(messages, ',') }, '|'))
end
local function unreadIn(total, share)
  return math.min(total.count, share.older + #share.sequences)
end
local function isCounted(messages, digest)
  local from = 1
  while true do
    local found = string.find(messages, digest, from, true)
    if not found then return false end
    if (found - 1) % ${digestLength} == 0 then return true end
    from = found + 1
  end
end
local function addDigest(total, digest)
  total.messages = string.sub(total.messages .. digest, -${digestLength * countedMessages})
end
local function setCount(key, app, total, count)
  if count == 0 then total.epoch = total.epoch + 1 end
  total.count = count
  putTotal(key, app, total)
end
`;

/** ARGV, of each message: key, app, digest, conversation, sequence, received at. Returns count and unread of its conversation, of each. */
export const countScript = new Script(`${badgeLua}
local function count(key, app, digest, conversation, sequence, received)
  local total = totalOf(key, app) or { count = 0, epoch = 0, messages = '' }
  local field = app .. '/' .. conversation
  local share, isNew = shareOf(key, field, total.epoch)
  local isRead = sequence > 0 and sequence <= share.readSeq and tonumber(received) <= share.readAt + ${lateMs}
  if isCounted(total.messages, digest) or isRead then return total, share end
  total.count = total.count + 1
  addDigest(total, digest)
  putTotal(key, app, total)
  if sequence > 0 then
    share.sequences[#share.sequences + 1], share.digests[#share.digests + 1] = sequence, digest
    while #share.sequences > ${keptSequences} do
      table.remove(share.sequences, 1)
      table.remove(share.digests, 1)
      share.older = share.older + 1
    end
  else
    share.older = share.older + 1
  end
  putShare(key, app, field, total.epoch, share, received, isNew)
  return total, share
end
local unread = {}
for at = 1, #ARGV, 6 do
  local total, share = count(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], tonumber(ARGV[at + 4]), ARGV[at + 5])
  unread[#unread + 1], unread[#unread + 2] = total.count, unreadIn(total, share)
end
return unread
`);

/** ARGV, of each: key, app, conversation. Returns the unread of each conversation. */
export const unreadScript = new Script(`${badgeLua}
local unread = {}
for at = 1, #ARGV, 3 do
  local total = totalOf(ARGV[at], ARGV[at + 1])
  unread[#unread + 1] = total and unreadIn(total, (shareOf(ARGV[at], ARGV[at + 1] .. '/' .. ARGV[at + 2], total.epoch))) or 0
end
return unread
`);

/** ARGV, of each message: key, app, digest, conversation. */
export const recallScript = new Script(`${badgeLua}
local function recall(key, app, digest, conversation)
  local total = totalOf(key, app)
  if not total then return end
  local field = app .. '/' .. conversation
  local share = shareOf(key, field, total.epoch)
  for at, known in ipairs(share.digests) do
    if known == digest then
      table.remove(share.sequences, at)
      table.remove(share.digests, at)
      total.count = math.max(0, total.count - 1)
      putShare(key, app, field, total.epoch, share, share.changed, false)
      return putTotal(key, app, total)
    end
  end
  if isCounted(total.messages, digest) then return end
  addDigest(total, digest)
  putTotal(key, app, total)
end
for at = 1, #ARGV, 4 do recall(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]) end
return {}
`);

/** The counts of a hash by app, with what of them belongs to which conversation. */
export function readCounts(
  fields: readonly (readonly [field: string, value: string])[],
): readonly { readonly app: string; readonly count: number; readonly conversations: UnreadByConversation }[] {
  const rows = fields.map(([field, value]) => ({ field, parts: value.split('|') }));
  const shares = rows.filter(({ parts }) => parts.length > 3);
  return rows
    .filter(({ parts }) => parts.length <= 3)
    .map(({ field: app, parts: [count = '', epoch] }) => {
      const own = shares.filter(
        (share) => share.field.slice(0, -digestOfConversation - 1) === app && share.parts[0] === epoch,
      );
      const unread = own.map(({ field, parts: [, older = '', , , , messages = ''] }) => [
        field.slice(-digestOfConversation),
        Number(older) + (messages === '' ? 0 : messages.split(',').length),
      ]);
      const conversations = Object.fromEntries(
        unread.filter(([, number]) => number !== 0),
      ) as UnreadByConversation;
      return { app, count: Number(count), conversations };
    });
}

/** ARGV: app, count; then of each conversation what belongs to it: digest, number. */
export const setScript = new Script(`${badgeLua}
local total = totalOf(KEYS[1], ARGV[1]) or { epoch = 0, messages = '' }
setCount(KEYS[1], ARGV[1], total, tonumber(ARGV[2]))
for at = 3, #ARGV, 2 do
  local share = { whole(total.epoch), ARGV[at + 1], '0', '0', '0', '' }
  redis.call('HSET', KEYS[1], ARGV[1] .. '/' .. ARGV[at], table.concat(share, '|'))
end
return 1
`);

/** ARGV: conversation, sequence or '', now, apps. */
export const readScript = new Script(`${badgeLua}
local upTo = tonumber(ARGV[2])
for at = 4, #ARGV do
  local app = ARGV[at]
  local total = totalOf(KEYS[1], app)
  if total then
    local field = app .. '/' .. ARGV[1]
    local share, isNew = shareOf(KEYS[1], field, total.epoch)
    local left, digests, lowered, newest = {}, {}, 0, share.readSeq
    for place, sequence in ipairs(share.sequences) do
      if upTo and sequence > upTo then
        left[#left + 1], digests[#digests + 1] = sequence, share.digests[place]
      else
        lowered = lowered + 1
      end
      if sequence > newest then newest = sequence end
    end
    if not upTo or lowered > 0 or #share.sequences == 0 then
      lowered = lowered + share.older
      share.older = 0
    end
    share.sequences, share.digests, share.readSeq, share.readAt = left, digests, upTo or newest, tonumber(ARGV[3])
    putShare(KEYS[1], app, field, total.epoch, share, ARGV[3], isNew)
    if lowered > 0 then
      total.count = math.max(0, total.count - lowered)
      putTotal(KEYS[1], app, total)
    end
  end
end
return 1
`);

/** ARGV: how many apps, the apps, then the keys of the users. */
export const resetScript = new Script(`${badgeLua}
local apps = tonumber(ARGV[1])
for user = apps + 2, #ARGV do
  for app = 2, apps + 1 do
    local total = totalOf(ARGV[user], ARGV[app])
    if total and total.count > 0 then setCount(ARGV[user], ARGV[app], total, 0) end
  end
end
return 1
`);

/** ARGV: key and app, of each. Returns the counts, '' where there is none. */
export const getScript = new Script(`
local counts = {}
for at = 1, #ARGV, 2 do
  counts[#counts + 1] = string.match(redis.call('HGET', ARGV[at], ARGV[at + 1]) or '', '^(%d+)|') or ''
end
return counts
`);
