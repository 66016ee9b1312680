import { pendingLua } from '../waiting/pending-script';
import { suspectsAtOnce } from '../../held-suspects';
import { Script } from '../commands/script';
import { timeLua } from '../commands/store-time';

/*
 * KEYS[1] is what the partition's keys begin with. Streams: `direct` and `bulk`, one entry each
 * `e` = JSON [receivedAtMs, body id, …recipients], then `d` = the body (an event of one entry), or `b` = the body's id.
 */

/** Events, each: lane, body id, body, count of entries, the entries' `e`. */
export const appendScript = new Script(`
local base = KEYS[1]
local at = 1
while at < #ARGV do
  local stream = base .. ARGV[at]
  local bodyId, body, count = ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
  if count == 1 and #body <= 65536 then
    redis.call('XADD', stream, '*', 'e', ARGV[at + 4], 'd', body)
  else
    local key = base .. 'b:' .. bodyId
    redis.call('HSETNX', key, 'd', body)
    redis.call('HINCRBY', key, 'n', count)
    for index = 1, count do
      redis.call('XADD', stream, '*', 'e', ARGV[at + 3 + index], 'b', bodyId)
    end
  end
  at = at + 4 + count
end
return 1
`);

/**
 * ARGV: consumer, claim time, whether to look for claims that have run out, now ('' = Redis' own), how many entries that were
 * handed out before this consumer has in hand, the most claims among them, then lane and count, twice. Of further such
 * entries it takes as many as may be in hand together (see HeldSuspects), in order, and leaves the others to whoever has
 * room. Returns the entries, each: lane, stream id, claims, e, d or nil, b or nil, progress or nil; and the shared bodies, each:
 * id, body. Entries that were given back are looked for whenever there are any.
 */
export const claimScript = new Script(`
${timeLua}
local base, consumer, claimTime, scan, given = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1', ARGV[4]
-- Redis counts by its own clock how long a claim has been idle.
local idle = whole(claimTime + timeOf('') - timeOf(given))
local function stamp(stream, id)
  if given ~= '' then redis.call('XCLAIM', stream, 'relay', consumer, '0', id, 'TIME', given, 'JUSTID') end
end
local entries, bodies, known, bytes = {}, {}, {}, 0
local function hand(lane, row, claims, before)
  local id, fields = row[1], row[2]
  if not fields then return false end
  local own, shared = false, false
  if fields[3] == 'd' then own = fields[4] else shared = fields[4] end
  local progress = before and redis.call('HGET', base .. 'progress', lane .. id) or false
  entries[#entries + 1] = lane
  entries[#entries + 1] = id
  entries[#entries + 1] = claims
  entries[#entries + 1] = fields[2]
  entries[#entries + 1] = own
  entries[#entries + 1] = shared
  entries[#entries + 1] = progress
  bytes = bytes + #(own or '') + #fields[2]
  if shared and not known[shared] then
    known[shared] = true
    local body = redis.call('HGET', base .. 'b:' .. shared, 'd')
    bodies[#bodies + 1] = shared
    bodies[#bodies + 1] = body
    bytes = bytes + #(body or '')
  end
  return true
end
local inHand, highest = tonumber(ARGV[5]), tonumber(ARGV[6])
local function most(claims)
  return claims <= 2 and ${suspectsAtOnce} or 1
end
local function admit(claims)
  if claims <= 1 then return true end
  if inHand >= math.min(most(claims), most(highest)) then return false end
  inHand, highest = inHand + 1, math.max(highest, claims)
  return true
end
local function again(lane, want)
  local stream, from, found = base .. lane, '-', 0
  while found < want and bytes < 4194304 do
    local rows = redis.pcall('XPENDING', stream, 'relay', 'IDLE', idle, from, '+', math.min(want - found, 64))
    if rows.err then return found end
    for _, row in ipairs(rows) do
      local id, claims = row[1], row[4] + 1
      if not admit(claims) then return found end
      from = '(' .. id
      local claimed = redis.call('XCLAIM', stream, 'relay', consumer, '0', id)
      if claimed[1] then
        stamp(stream, id)
        if hand(lane, claimed[1], claims, true) then found = found + 1 end
      else
        -- Its entry is gone; Redis 6.2 would keep the place for ever.
        redis.call('XACK', stream, 'relay', id)
      end
    end
    if #rows == 0 then redis.call('HDEL', base .. 'free', lane) break end
  end
  return found
end
local function fresh(lane, want)
  while want > 0 and bytes < 4194304 do
    local count = math.min(want, 64)
    local read = function()
      return redis.pcall('XREADGROUP', 'GROUP', 'relay', consumer, 'COUNT', count, 'STREAMS', base .. lane, '>')
    end
    local reply = read()
    if reply and reply.err then
      if not string.find(reply.err, 'NOGROUP') then return reply end
      redis.call('XGROUP', 'CREATE', base .. lane, 'relay', '0', 'MKSTREAM')
      reply = read()
    end
    if not reply then return end
    for _, row in ipairs(reply[1][2]) do
      stamp(base .. lane, row[1])
      hand(lane, row, 1, false)
    end
    if #reply[1][2] < count then return end
    want = want - count
  end
end
for at = 7, #ARGV, 2 do
  local lane, want = ARGV[at], tonumber(ARGV[at + 1])
  local found = 0
  if scan or redis.call('HEXISTS', base .. 'free', lane) == 1 then found = again(lane, want) end
  local failed = fresh(lane, want - found)
  if failed then return failed end
end
return {entries, bodies}
`);

/** ARGV: consumer, now ('' = Redis' own), then lane, stream id, '1' with progress, progress. Returns 1 for each that is still held. */
export const renewScript = new Script(`
local base, consumer = KEYS[1], ARGV[1]
local kept = {}
for at = 3, #ARGV, 4 do
  local stream, id = base .. ARGV[at], ARGV[at + 1]
  local held = redis.pcall('XPENDING', stream, 'relay', id, id, 1)
  local mine = not held.err and held[1] and held[1][2] == consumer
  if mine then
    if ARGV[2] == '' then
      redis.call('XCLAIM', stream, 'relay', consumer, '0', id, 'JUSTID')
    else
      redis.call('XCLAIM', stream, 'relay', consumer, '0', id, 'TIME', ARGV[2], 'JUSTID')
    end
    if ARGV[at + 2] == '1' then redis.call('HSET', base .. 'progress', ARGV[at] .. id, ARGV[at + 3]) end
  end
  kept[#kept + 1] = mine and 1 or 0
end
return kept
`);

/** ARGV: consumer, then lane, stream id. What was handed out once too often is not counted, and stands free for anybody. */
export const releaseScript = new Script(`
local base, consumer = KEYS[1], ARGV[1]
local released = 0
for at = 2, #ARGV, 2 do
  local lane, id = ARGV[at], ARGV[at + 1]
  local held = redis.pcall('XPENDING', base .. lane, 'relay', id, id, 1)
  if not held.err and held[1] and held[1][2] == consumer then
    redis.call('XCLAIM', base .. lane, 'relay', 'free', '0', id, 'TIME', '1', 'RETRYCOUNT', math.max(held[1][4] - 1, 0), 'JUSTID')
    redis.call('HSET', base .. 'free', lane, '1')
    released = released + 1
  end
end
return released
`);

/**
 * ARGV: base, consumer, now ('' = Redis' own), then settlements, each: lane, stream id, the id of its body where that is shared,
 * count of deliveries, and of each of those id, flag, due in so many ms, body id, route, JSON. Returns how many deliveries had no body any more.
 *
 * An entry that Redis believes to be nobody's (its claim was lost in a failover) ends here as well: it is done.
 */
export const settleScript = new Script(`
${pendingLua}
local consumer, now, lost = ARGV[2], storeTime(ARGV[3]), 0
local at = 4
while at < #ARGV do
  local lane, id, bodyId, count = ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
  local stream = base .. lane
  at = at + 4
  local held = redis.pcall('XPENDING', stream, 'relay', id, id, 1)
  if held.err then held = {} end
  local mine = not held[1] or held[1][2] == consumer
  for _ = 1, count do
    local json = ARGV[at + 5]
    if not string.find(json, '"collects":', 1, true) then
      lost = lost + 1 - put(now, ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], json, stream, id)
    elseif mine and redis.call('XRANGE', stream, id, id)[1] then
      lost = lost + 1 - collect(now, ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], json, stream, id)
    end
    at = at + 6
  end
  if mine then
    if held[1] then redis.call('XACK', stream, 'relay', id) end
    if redis.call('XDEL', stream, id) == 1 then
      if bodyId ~= '' then releaseBody(bodyId) end
      redis.call('HDEL', base .. 'progress', lane .. id)
    end
  end
end
return lost
`);

/** Returns for either lane how many entries there are, and the oldest one's `e`. */
export const statsScript = new Script(`
local base, reply = KEYS[1], {}
for _, lane in ipairs({'direct', 'bulk'}) do
  reply[#reply + 1] = redis.call('XLEN', base .. lane)
  local first = redis.call('XRANGE', base .. lane, '-', '+', 'COUNT', '1')
  reply[#reply + 1] = first[1] and first[1][2][2] or false
end
return reply
`);

/** ARGV: how long a consumer must have been silent. Groups that are missing are made; consumers of processes long gone leave. */
export const prepareScript = new Script(`
local base, silent = KEYS[1], tonumber(ARGV[1])
-- What other scripts need, and few permissions include: better missed at the start.
redis.call('TIME')
for _, lane in ipairs({'direct', 'bulk'}) do
  local stream = base .. lane
  local made = redis.pcall('XGROUP', 'CREATE', stream, 'relay', '0', 'MKSTREAM')
  if made.err and not string.find(made.err, 'BUSYGROUP') then return made end
  for _, row in ipairs(redis.call('XINFO', 'CONSUMERS', stream, 'relay')) do
    if row[4] ~= nil and row[6] ~= nil and row[4] == 0 and row[6] > silent and row[2] ~= 'free' then
      redis.call('XGROUP', 'DELCONSUMER', stream, 'relay', row[2])
    end
  end
end
return 1
`);

/** ARGV: ids of shared bodies. */
export const bodiesScript = new Script(`
local reply = {}
for index, id in ipairs(ARGV) do reply[index] = redis.call('HGET', KEYS[1] .. 'b:' .. id, 'd') end
return reply
`);
