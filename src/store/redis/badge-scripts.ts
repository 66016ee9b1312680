import { countedBytes, countedMessages, keptConversations, keptSequences, lateMs } from '../counted-messages';
import { Script } from './commands/script';

/** Of a digest in base64url. */
const digestLength = (countedBytes * 4) / 3;

/**
 * A hash of a user: `app` → `count|epoch|digests of the messages that were counted last`, and of each conversation `app/digest` →
 * `epoch|older|read sequence|read at|changed at|sequences`. Another epoch voids what a conversation has counted.
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
  local share = { older = 0, readSeq = 0, readAt = 0, sequences = {} }
  local known, older, readSeq, readAt, _, sequences =
    string.match(redis.call('HGET', key, field) or '', '^(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(.*)$')
  if not known then return share, true end
  share.readSeq, share.readAt = tonumber(readSeq), tonumber(readAt)
  if tonumber(known) == epoch then
    share.older = tonumber(older)
    for sequence in string.gmatch(sequences, '%d+') do share.sequences[#share.sequences + 1] = tonumber(sequence) end
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
  local sequences = {}
  for at, sequence in ipairs(share.sequences) do sequences[at] = whole(sequence) end
  redis.call('HSET', key, field, table.concat({ whole(epoch), whole(share.older), whole(share.readSeq), whole(share.readAt),
    changed, table.concat(sequences, ',') }, '|'))
end
local function setCount(key, app, total, count)
  if count == 0 then total.epoch = total.epoch + 1 end
  total.count = count
  putTotal(key, app, total)
end
`;

/** ARGV, of each message: key, app, digest, conversation, sequence, received at. Returns the counts. */
export const countScript = new Script(`${badgeLua}
local function isCounted(messages, digest)
  local from = 1
  while true do
    local found = string.find(messages, digest, from, true)
    if not found then return false end
    if (found - 1) % ${digestLength} == 0 then return true end
    from = found + 1
  end
end
local function count(key, app, digest, conversation, sequence, received)
  local total = totalOf(key, app) or { count = 0, epoch = 0, messages = '' }
  if isCounted(total.messages, digest) then return total.count end
  local field = app .. '/' .. conversation
  local share, isNew = shareOf(key, field, total.epoch)
  if sequence > 0 and sequence <= share.readSeq and tonumber(received) <= share.readAt + ${lateMs} then return total.count end
  total.count = total.count + 1
  total.messages = string.sub(total.messages .. digest, -${digestLength * countedMessages})
  putTotal(key, app, total)
  if sequence > 0 then
    share.sequences[#share.sequences + 1] = sequence
    while #share.sequences > ${keptSequences} do
      table.remove(share.sequences, 1)
      share.older = share.older + 1
    end
  else
    share.older = share.older + 1
  end
  putShare(key, app, field, total.epoch, share, received, isNew)
  return total.count
end
local counts = {}
for at = 1, #ARGV, 6 do
  counts[#counts + 1] = count(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], tonumber(ARGV[at + 4]), ARGV[at + 5])
end
return counts
`);

/** ARGV: app, count. */
export const setScript = new Script(`${badgeLua}
setCount(KEYS[1], ARGV[1], totalOf(KEYS[1], ARGV[1]) or { epoch = 0, messages = '' }, tonumber(ARGV[2]))
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
    local left, lowered, newest = {}, 0, share.readSeq
    for _, sequence in ipairs(share.sequences) do
      if upTo and sequence > upTo then left[#left + 1] = sequence else lowered = lowered + 1 end
      if sequence > newest then newest = sequence end
    end
    if not upTo or lowered > 0 or #share.sequences == 0 then
      lowered = lowered + share.older
      share.older = 0
    end
    share.sequences, share.readSeq, share.readAt = left, upTo or newest, tonumber(ARGV[3])
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
