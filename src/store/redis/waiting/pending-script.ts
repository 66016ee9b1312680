import { timeLua } from '../commands/store-time';

/**
 * What scripts need to store a delivery that waits, and to take one away. ARGV[1] is what the partition's keys begin with.
 *
 * `d` holds the deliveries by id: `[w|p]due\nbody id\nroute\nJSON` (w: waits for its time, p: parked). `q:route` and
 * `p:route` order them; `l` says who has leased which until when. `b:id` is a body and how many refer to it. Times are the
 * partition's own, which never goes back.
 */
export const pendingLua = `${timeLua}
local base = ARGV[1]
-- The partition's own time: Redis' clock, but where that was set back it goes on from where it was. Key clock: the latest such
-- time, noted once a second, and how far it is ahead of Redis' clock.
local function storeTime(argument)
  local now = timeOf(argument)
  if argument ~= '' then return now end
  local noted, ahead = string.match(redis.call('GET', base .. 'clock') or '', '^(%d+)|(%d+)$')
  noted, ahead = tonumber(noted or '0'), tonumber(ahead or '0')
  ahead = math.max(ahead, noted - now)
  if now + ahead - noted < 1000 and now + ahead > noted then return now + ahead end
  -- Where Redis has no memory left this fails, and what only ends deliveries must not.
  redis.pcall('SET', base .. 'clock', whole(now + ahead) .. '|' .. whole(ahead))
  return now + ahead
end
local function parts(record)
  return string.match(record, '^(%a)([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n')
end
local function setOf(flag, route)
  return base .. (flag == 'p' and 'p:' or 'q:') .. route
end
local function releaseBody(bodyId)
  local key = base .. 'b:' .. bodyId
  if redis.call('HINCRBY', key, 'n', -1) <= 0 then redis.call('DEL', key) end
end
local function remove(id)
  local record = redis.call('HGET', base .. 'd', id)
  if not record then return end
  local flag, _, bodyId, route = parts(record)
  redis.call('HDEL', base .. 'd', id)
  redis.call('HDEL', base .. 'l', id)
  redis.call('ZREM', setOf(flag, route), id)
  releaseBody(bodyId)
end
-- waitMs: how long from now, where now is the partition's time that the script asked for once.
-- from: the stream and id of the entry that holds the body, where it is not stored by itself yet.
local function put(now, id, flag, waitMs, bodyId, route, json, stream, streamId)
  local due = whole(now + tonumber(waitMs))
  local key = base .. 'b:' .. bodyId
  if redis.call('EXISTS', key) == 0 then
    local rows = streamId ~= '' and redis.call('XRANGE', stream, streamId, streamId) or {}
    local fields = rows[1] and rows[1][2] or {}
    if fields[3] ~= 'd' then return 0 end
    redis.call('HSET', key, 'd', fields[4], 'n', 0)
  end
  redis.call('HINCRBY', key, 'n', 1)
  remove(id)
  redis.call('HSET', base .. 'd', id, flag .. due .. '\\n' .. bodyId .. '\\n' .. route .. '\\n' .. json)
  redis.call('ZADD', setOf(flag, route), due, id)
  redis.call('SADD', base .. 'routes', route)
  return 1
end
local function number(json, field)
  return tonumber(string.match(json, '"' .. field .. '":(%d+)') or '0')
end
-- As put, for a delivery that collects: added to the one of its id, which keeps its time and loses its lease.
local function collect(now, id, flag, waitMs, bodyId, route, json, stream, streamId)
  local record = redis.call('HGET', base .. 'd', id)
  if record then
    local _, due, oldBodyId, oldRoute = parts(record)
    local old = string.match(record, '^[^\\n]*\\n[^\\n]*\\n[^\\n]*\\n(.*)$')
    local sum = number(old, 'summaryOf') + number(json, 'summaryOf')
    if number(old, 'collects') > number(json, 'collects') then bodyId, route, json = oldBodyId, oldRoute, old end
    json = string.gsub(json, '"summaryOf":%d+', '"summaryOf":' .. whole(sum), 1)
    waitMs = math.min(tonumber(due) - now, tonumber(waitMs))
  end
  return put(now, id, flag, waitMs, bodyId, route, json, stream, streamId)
end
`;
