import { Script } from './commands/script';
import { mostLatest } from '../ports/traces';
import { timeLua } from './commands/store-time';

/*
 * KEYS[1] is what the keys of a partition's traces begin with. Slices of time, each a hash named by when it begins (ms):
 * `m:ID`: the segments of a message, a line each. `u:UID`, `f:DIGEST`: the messages to a uid, and those whose origin names it, `received id` a line each.
 * `sizes`: slice → bytes. `latest`: a list of the messages that were received last, `received id`, newest first.
 */
const sliceLua = `
${timeLua}
local base = KEYS[1]
local sizes = base .. 'sizes'
local latest = base .. 'latest'
local function slices()
  local rows, starts, bytes, total = redis.call('HGETALL', sizes), {}, {}, 0
  for index = 1, #rows, 2 do
    local size = tonumber(rows[index + 1])
    starts[#starts + 1] = tonumber(rows[index])
    bytes[rows[index]] = size
    total = total + size
  end
  table.sort(starts)
  return starts, bytes, total
end
local function keyOf(start)
  return base .. whole(start)
end
local function append(key, field, text)
  local known = redis.call('HGET', key, field)
  redis.call('HSET', key, field, known and (known .. '\\n' .. text) or text)
  return #text + (known and 1 or #field)
end
`;

/**
 * ARGV: now ('' = Redis' own), how long a slice takes in, how many bytes it takes in, how long traces live, how long Redis keeps
 * a slice (ms), how many bytes all slices may take, messages (`received id` a line each) that were received just now, then fields and what is appended to each.
 */
export const appendTracesScript = new Script(`${sliceLua}
local now, lifeMs, maxBytes = timeOf(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[6])
local starts, bytes, total = slices()
local last = starts[#starts]
if not last or now - last >= tonumber(ARGV[2]) or bytes[whole(last)] >= tonumber(ARGV[3]) then
  last = math.max(now, (last or 0) + 1)
  starts[#starts + 1] = last
end
local added = 0
for at = 8, #ARGV, 2 do added = added + append(keyOf(last), ARGV[at], ARGV[at + 1]) end
for line in string.gmatch(ARGV[7], '[^\\n]+') do
  redis.call('LREM', latest, 0, line)
  redis.call('LPUSH', latest, line)
end
redis.call('LTRIM', latest, 0, ${mostLatest - 1})
redis.call('PEXPIRE', latest, ARGV[5])
redis.call('HINCRBY', sizes, whole(last), added)
redis.call('PEXPIRE', keyOf(last), ARGV[5])
redis.call('PEXPIRE', sizes, ARGV[5])
total = total + added
for _, start in ipairs(starts) do
  local isOver = start + lifeMs + tonumber(ARGV[2]) <= now
  if start == last or (not isOver and total <= maxBytes) then break end
  redis.call('UNLINK', keyOf(start))
  redis.call('HDEL', sizes, whole(start))
  total = total - (bytes[whole(start)] or 0)
end
return 1
`);

const readLua = (shown: string): string => `${sliceLua}
local function headsOf(text)
  local heads, from = {}, 1
  while from <= #text do
    local stop = string.find(text, '\\n', from, true) or #text + 1
    local mark = string.find(text, '\\t', from, true)
    heads[#heads + 1] = string.sub(text, from, (mark and mark < stop and mark or stop) - 1)
    from = stop + 1
  end
  return table.concat(heads, '\\n')
end
local reply = {}
for index = 1, #ARGV do reply[index] = {} end
for _, start in ipairs((slices())) do
  for index, text in ipairs(redis.call('HMGET', keyOf(start), unpack(ARGV))) do
    if text then reply[index][#reply[index] + 1] = ${shown} end
  end
end
for index, texts in ipairs(reply) do reply[index] = table.concat(texts, '\\n') end
return reply
`;

/** ARGV: fields. Returns of each what all slices hold, the oldest first. */
export const readTracesScript = new Script(readLua('text'));

/** As `readTracesScript`; of each line what stands before the steps of many recipients. */
export const readSummariesScript = new Script(readLua('headsOf(text)'));

/**
 * ARGV: the field of a uid, how many messages are enough, what was received after this does not count. Returns the lines
 * of the newest slices that hold enough, and when the oldest of them begins ('' = no other slice is left).
 */
export const recentTracesScript = new Script(`${sliceLua}
local starts, lines, enough, count = slices(), {}, tonumber(ARGV[2]), 0
for index = #starts, 1, -1 do
  local text = redis.call('HGET', keyOf(starts[index]), ARGV[1])
  if text then
    lines[#lines + 1] = text
    for at in string.gmatch(text, '(%d+) [^\\n]*') do
      local received = tonumber(at)
      if received >= starts[index] and received <= tonumber(ARGV[3]) then count = count + 1 end
    end
  end
  if count >= enough and index > 1 then return {table.concat(lines, '\\n'), whole(starts[index])} end
end
return {table.concat(lines, '\\n'), ''}
`);

/** Returns the messages that were received last, a line each. */
export const latestTracesScript = new Script(`${sliceLua}
return table.concat(redis.call('LRANGE', latest, 0, -1), '\\n')
`);

/** ARGV: the fields of a uid. Returns, of each slice that has any, when it begins and what the fields hold. */
export const namedTracesScript = new Script(`${sliceLua}
local reply = {}
for _, start in ipairs((slices())) do
  local found = {}
  for _, text in ipairs(redis.call('HMGET', keyOf(start), unpack(ARGV))) do
    if text then found[#found + 1] = text end
  end
  if found[1] then
    reply[#reply + 1] = whole(start)
    reply[#reply + 1] = table.concat(found, '\\n')
  end
end
return reply
`);

/** ARGV: a slice, then fields. Returns what each holds. */
export const sliceTracesScript = new Script(`${sliceLua}
local fields = {}
for at = 2, #ARGV do fields[at - 1] = ARGV[at] end
return redis.call('HMGET', keyOf(tonumber(ARGV[1])), unpack(fields))
`);

/**
 * ARGV: a slice, then fields, what each must still hold ('' = anything) and what it holds from now on ('' = nothing). Returns how many
 * held something else.
 */
export const replaceTracesScript = new Script(`${sliceLua}
local key, changed, missed = keyOf(tonumber(ARGV[1])), 0, 0
for at = 2, #ARGV, 3 do
  local field, expected, text = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local known = redis.call('HGET', key, field)
  if known and expected ~= '' and known ~= expected then
    missed = missed + 1
  elseif known and text == '' then
    redis.call('HDEL', key, field)
    changed = changed - #known - #field
  elseif known then
    redis.call('HSET', key, field, text)
    changed = changed + #text - #known
  end
end
if redis.call('HEXISTS', sizes, ARGV[1]) == 1 then redis.call('HINCRBY', sizes, ARGV[1], whole(changed)) end
return missed
`);

/** Returns when the oldest slice that still exists begins; '' where there is none. */
export const oldestTracesScript = new Script(`${sliceLua}
for _, start in ipairs((slices())) do
  if redis.call('EXISTS', keyOf(start)) == 1 then return whole(start) end
end
return ''
`);
