import { Script } from '../commands/script';

/** ARGV: keys of uids' devices. Returns one JSON text: for each, the list of its devices. */
export const listDevicesScript = new Script(`
local lists = {}
for index, key in ipairs(ARGV) do
  lists[index] = '[' .. table.concat(redis.call('HVALS', key), ',') .. ']'
end
return '[' .. table.concat(lists, ',') .. ']'
`);

/** ARGV: key and device id, of each. Returns the rows. */
export const readDevicesScript = new Script(`
local rows = {}
for at = 1, #ARGV, 2 do rows[#rows + 1] = redis.call('HGET', ARGV[at], ARGV[at + 1]) end
return rows
`);

/**
 * ARGV: of each device its key, its id, the row it must still have, its new row ('' = it leaves). Returns 1 for each that was
 * so.
 */
export const swapDevicesScript = new Script(`
local done = {}
for at = 1, #ARGV, 4 do
  local key, id, old, new = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local same = redis.call('HGET', key, id) == old
  if same then
    if new == '' then redis.call('HDEL', key, id) else redis.call('HSET', key, id, new) end
  end
  done[#done + 1] = same and 1 or 0
end
return done
`);

/**
 * ARGV: key that says that the registration is over, device id, '1' with a row that must still stand, that row, new row, most
 * devices of the uid ('' = any number). Returns the old row and the rows that had to leave; -1: the registration is over; -2:
 * another row stands.
 */
export const writeDeviceScript = new Script(`
if redis.call('EXISTS', ARGV[1]) == 1 then return -1 end
local old = redis.call('HGET', KEYS[1], ARGV[2])
if ARGV[3] == '1' and old ~= ARGV[4] then return -2 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[5])
local over = ARGV[6] ~= '' and redis.call('HLEN', KEYS[1]) - tonumber(ARGV[6]) or 0
local evicted = {}
if over > 0 then
  local others = {}
  for _, row in ipairs(redis.call('HVALS', KEYS[1])) do
    local fields = cjson.decode(row)
    local registered, accepted = tonumber(fields[15]), tonumber(fields[17]) or 0
    if fields[1] ~= ARGV[2] then others[#others + 1] = {row, fields[1], math.max(registered, accepted)} end
  end
  table.sort(others, function(one, other)
    if one[3] ~= other[3] then return one[3] < other[3] end
    return one[2] < other[2]
  end)
  for index = 1, math.min(over, #others) do
    redis.call('HDEL', KEYS[1], others[index][2])
    evicted[index] = others[index][1]
  end
end
return {old, evicted}
`);

/**
 * Takes a token from a device that is, or may be about to be, written. ARGV: key that says that the registration is over, for
 * how long, device id, the row it has ('' = none), its row without the token ('' = it leaves). Returns 0 when another
 * row stands.
 */
export const takeTokenScript = new Script(`
local row = redis.call('HGET', KEYS[1], ARGV[3]) or ''
if row ~= ARGV[4] then return 0 end
if ARGV[5] ~= row then
  if ARGV[5] == '' then redis.call('HDEL', KEYS[1], ARGV[3]) else redis.call('HSET', KEYS[1], ARGV[3], ARGV[5]) end
end
redis.call('SET', ARGV[1], '1', 'PX', ARGV[2])
return 1
`);

/** ARGV: device id. Returns the row that it had. */
export const removeDeviceScript = new Script(`
local row = redis.call('HGET', KEYS[1], ARGV[1])
if row then redis.call('HDEL', KEYS[1], ARGV[1]) end
return row
`);

/** Returns the rows that there were. */
export const removeUserScript = new Script(`
local rows = redis.call('HVALS', KEYS[1])
redis.call('DEL', KEYS[1])
return rows
`);

/*
 * A token's owner index has one line for each registration that may hold it, `["uid","device id"] registration`: the
 * owner's first.
 */

/**
 * ARGV: the new owner, and what the lines of its device begin with. Returns the other devices' lines: they have to give the
 * token up first. An earlier registration of the same device may still write it, so it keeps its line.
 */
export const ownTokenScript = new Script(`
local others, lines = {}, {ARGV[1]}
for line in string.gmatch(redis.call('GET', KEYS[1]) or '', '[^\\n]+') do
  lines[#lines + 1] = line
  if string.sub(line, 1, #ARGV[2]) ~= ARGV[2] then others[#others + 1] = line end
end
redis.call('SET', KEYS[1], table.concat(lines, '\\n'))
return others
`);

/** ARGV: lines that hold the token no more. */
export const disownTokenScript = new Script(`
local index = redis.call('GET', KEYS[1])
if not index then return 0 end
local gone, left = {}, {}
for _, line in ipairs(ARGV) do gone[line] = true end
for line in string.gmatch(index, '[^\\n]+') do
  if not gone[line] then left[#left + 1] = line end
end
if #left == 0 then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], table.concat(left, '\\n')) end
return #left
`);
