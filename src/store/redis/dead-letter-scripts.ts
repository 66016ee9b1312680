import { Script } from './commands/script';

/*
 * KEYS[1] is what their keys begin with. `ids`: a sorted set, all of one score, so by id, and so by time. `l:id`: a hash of
 * head (JSON), body, at (ms), uids (JSON) and size. `u:uid`: the ids of the letters that name a uid. `bytes`: their sizes together.
 */
const letterLua = `
local base = KEYS[1]
local function removeLetter(id)
  local key = base .. 'l:' .. id
  local fields = redis.call('HMGET', key, 'uids', 'size')
  redis.call('ZREM', base .. 'ids', id)
  if not fields[2] then return 0 end
  for _, uid in ipairs(cjson.decode(fields[1])) do redis.call('SREM', base .. 'u:' .. uid, id) end
  redis.call('DEL', key)
  redis.call('DECRBY', base .. 'bytes', fields[2])
  return 1
end
local function oldest()
  return redis.call('ZRANGE', base .. 'ids', '0', '0')[1]
end
local function atOf(id)
  return tonumber(redis.call('HGET', base .. 'l:' .. id, 'at') or '0')
end
local function putLetter(id, head, body, at, uids)
  local key, size = base .. 'l:' .. id, #id + #head + #body
  redis.call('HSET', key, 'head', head, 'body', body, 'at', at, 'uids', uids, 'size', size)
  redis.call('ZADD', base .. 'ids', '0', id)
  redis.call('INCRBY', base .. 'bytes', size)
  for _, uid in ipairs(cjson.decode(uids)) do redis.call('SADD', base .. 'u:' .. uid, id) end
end
`;

/** ARGV: most letters, most bytes, oldest time, then letters, each: id, head, body, at, uids. */
export const addLettersScript = new Script(`
${letterLua}
for at = 4, #ARGV, 5 do
  removeLetter(ARGV[at])
  putLetter(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4])
end
for _ = 1, 1000 do
  local id = oldest()
  if not id then break end
  local over = redis.call('ZCARD', base .. 'ids') > tonumber(ARGV[1])
    or tonumber(redis.call('GET', base .. 'bytes') or '0') > tonumber(ARGV[2])
  if not over and atOf(id) > tonumber(ARGV[3]) then break end
  removeLetter(id)
end
return 1
`);

/** ARGV: ids. Returns how many there were. */
export const removeLettersScript = new Script(`
${letterLua}
local removed = 0
for _, id in ipairs(ARGV) do removed = removed + removeLetter(id) end
return removed
`);

/** ARGV: time, most. Removes letters from before it; returns how many. */
export const removeOldLettersScript = new Script(`
${letterLua}
local removed = 0
while removed < tonumber(ARGV[2]) do
  local id = oldest()
  if not id or atOf(id) >= tonumber(ARGV[1]) then break end
  removed = removed + removeLetter(id)
end
return removed
`);

/** ARGV: where to begin (as ZREVRANGEBYLEX has it), most, oldest time. Returns head and body of each, newest first. */
export const listLettersScript = new Script(`
local base, reply = KEYS[1], {}
for _, id in ipairs(redis.call('ZREVRANGEBYLEX', base .. 'ids', ARGV[1], '-', 'LIMIT', '0', ARGV[2])) do
  local fields = redis.call('HMGET', base .. 'l:' .. id, 'head', 'body', 'at')
  if fields[1] then
    if tonumber(fields[3]) <= tonumber(ARGV[3]) then break end
    reply[#reply + 1] = fields[1]
    reply[#reply + 1] = fields[2]
  end
end
return reply
`);

/** ARGV: id, the head that must still stand, the new head, uids. Returns 0 when another head stands. */
export const replaceHeadScript = new Script(`
${letterLua}
local key = base .. 'l:' .. ARGV[1]
local fields = redis.call('HMGET', key, 'head', 'body', 'at')
if fields[1] ~= ARGV[2] then return 0 end
removeLetter(ARGV[1])
putLetter(ARGV[1], ARGV[3], fields[2], fields[3], ARGV[4])
return 1
`);
