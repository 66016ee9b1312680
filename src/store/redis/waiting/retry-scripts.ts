import { longestDelayMs } from '../../longest-delay';
import { pendingLua } from './pending-script';
import { Script } from '../commands/script';

/*
 * ARGV[1] is what the partition's keys begin with, as in KEYS[1]. A lease in `l` is `until|holder`. A leased retry's place in
 * `q:route` is the end of its lease; a leased parked delivery keeps its place, which is its deadline.
 */

const leaseLua = `
local function lease(id, untilMs, holder)
  redis.call('HSET', base .. 'l', id, untilMs .. '|' .. holder)
end
local function leased(id, now)
  local held = redis.call('HGET', base .. 'l', id)
  return held and tonumber(string.match(held, '^([^|]*)|')) > now
end
local records, bodies, known = {}, {}, {}
-- To the retries, from wherever it waits.
local function dueNow(id, record, now)
  local flag, _, _, route = parts(record)
  redis.call('ZREM', setOf(flag, route), id)
  redis.call('HSET', base .. 'd', id, 'w' .. whole(now) .. string.sub(record, string.find(record, '\\n', 1, true), -1))
  redis.call('HDEL', base .. 'l', id)
  redis.call('ZADD', setOf('w', route), whole(now), id)
end
local function hand(record)
  records[#records + 1] = record
  local _, _, bodyId = parts(record)
  if known[bodyId] then return end
  known[bodyId] = true
  bodies[#bodies + 1] = bodyId
  bodies[#bodies + 1] = redis.call('HGET', base .. 'b:' .. bodyId, 'd')
end
`;

/**
 * ARGV: base, route, now ('' = Redis' own), most, lease, holder. Returns the records, the bodies as id, body, and now. A time that no
 * delay reaches was set before Redis' clock was put right: it is now.
 */
export const claimDueScript = new Script(`
${pendingLua}${leaseLua}
local set, now, most = base .. 'q:' .. ARGV[2], storeTime(ARGV[3]), tonumber(ARGV[4])
local untilMs = whole(now + tonumber(ARGV[5]))
local function claim(ids)
  for _, id in ipairs(ids) do
    local record = redis.call('HGET', base .. 'd', id)
    if record then
      redis.call('ZADD', set, untilMs, id)
      lease(id, untilMs, ARGV[6])
      hand(record)
    else
      redis.call('ZREM', set, id)
    end
  end
end
claim(redis.call('ZRANGEBYSCORE', set, '-inf', whole(now), 'LIMIT', '0', most))
if #records < most then
  claim(redis.call('ZRANGEBYSCORE', set, '(' .. whole(now + ${longestDelayMs}), '+inf', 'LIMIT', '0', most - #records))
end
return {records, bodies, whole(now)}
`);

/** ARGV: base, route, now ('' = Redis' own), most, lease, holder, 'any' or 'expired'. Returns what claimDueScript does. */
export const claimParkedScript = new Script(`
${pendingLua}${leaseLua}
local set, most, now = base .. 'p:' .. ARGV[2], tonumber(ARGV[4]), storeTime(ARGV[3])
local latest = ARGV[7] == 'any' and '+inf' or whole(now)
local reach = most + redis.call('HLEN', base .. 'l')
for _, id in ipairs(redis.call('ZRANGEBYSCORE', set, '-inf', latest, 'LIMIT', '0', reach)) do
  if #records >= most then break end
  if not leased(id, now) then
    local record = redis.call('HGET', base .. 'd', id)
    if record then
      lease(id, whole(now + tonumber(ARGV[5])), ARGV[6])
      hand(record)
    else
      redis.call('ZREM', set, id)
    end
  end
end
return {records, bodies, whole(now)}
`);

/** ARGV: base, route, most, now ('' = Redis' own). Returns how many were moved to the retries. */
export const releaseParkedScript = new Script(`
${pendingLua}${leaseLua}
local route, most, now = ARGV[2], tonumber(ARGV[3]), storeTime(ARGV[4])
local reach, moved = most + redis.call('HLEN', base .. 'l'), 0
for _, id in ipairs(redis.call('ZRANGE', base .. 'p:' .. route, '0', reach - 1)) do
  if moved >= most then break end
  if not leased(id, now) then
    local record = redis.call('HGET', base .. 'd', id)
    if record then
      dueNow(id, record, now)
      moved = moved + 1
    else
      redis.call('ZREM', base .. 'p:' .. route, id)
    end
  end
end
return moved
`);

/**
 * ARGV: base, holder, now ('' = Redis' own), then settlements, each: id; then either '' (done), '0' (done, where the holder has its lease), or '1' ('2': only with the holder's
 * lease), id, flag, due in so many ms, body id, route, JSON, and the lane and
 * stream id of the entry that carries the body, where it does. Returns how many were left out: not held, or without a body by now.
 */
export const settlePendingScript = new Script(`
${pendingLua}
local at, lost, now = 4, 0, storeTime(ARGV[3])
local function ours(id)
  local held = redis.call('HGET', base .. 'l', id)
  return held and string.match(held, '|(.*)$') == ARGV[2]
end
while at <= #ARGV do
  local id = ARGV[at]
  if ARGV[at + 1] == '' then
    remove(id)
    at = at + 2
  elseif ARGV[at + 1] == '0' then
    if ours(id) then remove(id) end
    at = at + 2
  elseif ARGV[at + 1] == '2' and not ours(id) then
    lost = lost + 1
    at = at + 10
  else
    lost = lost + 1 - put(now, ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5], ARGV[at + 6], ARGV[at + 7], base .. ARGV[at + 8], ARGV[at + 9])
    -- After it: both may refer to one body, which must not go in between.
    if ARGV[at + 2] ~= id then remove(id) end
    at = at + 10
  end
end
return lost
`);

/** ARGV: base, now ('' = Redis' own), ids. Those that nobody has leased are due now. Returns how many. */
export const hastenPendingScript = new Script(`
${pendingLua}${leaseLua}
local now, moved = storeTime(ARGV[2]), 0
for at = 3, #ARGV do
  local record = redis.call('HGET', base .. 'd', ARGV[at])
  if record and not leased(ARGV[at], now) then
    dueNow(ARGV[at], record, now)
    moved = moved + 1
  end
end
return moved
`);

/** ARGV: base, ids. Returns how many there were. */
export const removePendingScript = new Script(`
${pendingLua}
local removed = 0
for at = 2, #ARGV do
  removed = removed + redis.call('HEXISTS', base .. 'd', ARGV[at])
  remove(ARGV[at])
end
return removed
`);

/** Returns, a route: its name, waiting, parked. Routes without either are forgotten. */
export const countsScript = new Script(`
local base, reply = KEYS[1], {}
for _, route in ipairs(redis.call('SMEMBERS', base .. 'routes')) do
  local waiting, parked = redis.call('ZCARD', base .. 'q:' .. route), redis.call('ZCARD', base .. 'p:' .. route)
  if waiting + parked == 0 then
    redis.call('SREM', base .. 'routes', route)
  else
    reply[#reply + 1] = route
    reply[#reply + 1] = waiting
    reply[#reply + 1] = parked
  end
end
return reply
`);

/** ARGV: base, route, now ('' = Redis' own), most. Returns when each of the first due ones is due. */
export const dueTimesScript = new Script(`
${pendingLua}
local now = whole(storeTime(ARGV[3]))
local rows = redis.call('ZRANGEBYSCORE', base .. 'q:' .. ARGV[2], '-inf', now, 'WITHSCORES', 'LIMIT', '0', ARGV[4])
local reply = {}
for at = 2, #rows, 2 do reply[#reply + 1] = rows[at] end
return reply
`);
