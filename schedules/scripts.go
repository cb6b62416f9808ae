package schedules

import "github.com/redis/go-redis/v9"

// clockScript returns the time of the node that keeps the due index.
var clockScript = redis.NewScript(`return redis.call('TIME')`)

// defineScript writes a definition unless a newer revision is there. Anything
// that cannot be read is overwritten. KEYS: definition. ARGV: revision, body.
var defineScript = redis.NewScript(`
local cur = redis.pcall('GET', KEYS[1])
if type(cur) == 'string' then
  local ok, s = pcall(cjson.decode, cur)
  if ok and type(s) == 'table' and type(s.revision) == 'number' and s.revision > tonumber(ARGV[1]) then
    return 0
  end
elseif type(cur) == 'table' and cur.err then
  redis.call('DEL', KEYS[1])
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`)

// undefineScript deletes a definition unless a newer revision is there.
// KEYS: definition. ARGV: revision.
var undefineScript = redis.NewScript(`
local cur = redis.pcall('GET', KEYS[1])
if type(cur) == 'string' then
  local ok, s = pcall(cjson.decode, cur)
  if ok and type(s) == 'table' and type(s.revision) == 'number' and s.revision > tonumber(ARGV[1]) then
    return 0
  end
end
return redis.call('DEL', KEYS[1])
`)

// applyScript brings the index to the given standings, each unless a newer
// revision is there. A schedule whose interval stays keeps the tick it has,
// unless forced. No schedule may be given twice. What is written is gathered
// first, since a command for each schedule would hold Redis up four times as
// long; Lua's stack bounds how many schedules one call takes to some two thousand.
// KEYS: due, index, intervals, version.
// ARGV: new version, force (0 or 1), then per schedule: player id, interval,
// revision, state (a active, p paused, x removed), name, next tick.
// Returns how many schedules were not older than what is there.
var applyScript = redis.NewScript(`
local due, index, intervals = KEYS[1], KEYS[2], KEYS[3]
local force = ARGV[2] == '1'
local ids = {}
for i = 3, #ARGV, 6 do ids[#ids+1] = ARGV[i] end
local known = redis.call('HMGET', index, unpack(ids))
local standings, moved, added, dropped, used = {}, {}, {}, {}, {}
for n = 1, #ids do
  local i = 6*n - 3
  local id, every, rev, state, name, tick = ids[n], ARGV[i+1], ARGV[i+2], ARGV[i+3], ARGV[i+4], ARGV[i+5]
  local cevery, crev, cstate
  if known[n] then cevery, crev, cstate = string.match(known[n], '^(%d+):(%d+):(%a):') end
  if not crev or tonumber(crev) <= tonumber(rev) then
    local was, is = cstate == 'a', state == 'a'
    local same = was and is and cevery == every
    if was and not same then used[cevery] = (used[cevery] or 0) - 1 end
    if is and not same then used[every] = (used[every] or 0) + 1 end
    standings[#standings+1] = id
    standings[#standings+1] = every .. ':' .. rev .. ':' .. state .. ':' .. name
    if not is then
      dropped[#dropped+1] = id
    else
      local ticks = moved
      if same and not force then ticks = added end
      ticks[#ticks+1] = tick
      ticks[#ticks+1] = id
    end
  end
end
if #standings > 0 then redis.call('HSET', index, unpack(standings)) end
if #dropped > 0 then redis.call('ZREM', due, unpack(dropped)) end
if #added > 0 then redis.call('ZADD', due, 'NX', unpack(added)) end
if #moved > 0 then redis.call('ZADD', due, unpack(moved)) end
for every, change in pairs(used) do
  if change ~= 0 and redis.call('HINCRBY', intervals, every, change) <= 0 then redis.call('HDEL', intervals, every) end
end
redis.call('SET', KEYS[4], ARGV[1])
return #standings / 2
`)

// listScript returns schedules by next tick, from the first place behind a
// cursor: behind the place that the schedule of the cursor has or had. So no
// schedule is left out because others moved on between two pages. Most schedules
// of a page share a few ticks, since ticks lie on a grid, and writing a score down
// costs Redis more than finding a schedule: so each tick is said once, with how
// many schedules have it. KEYS: due, index, version. ARGV: tick and player id of the
// cursor (tick empty for none), 1 to end at what is due, most, of which Lua's stack
// holds a few thousand. Returns three lists: the clock as TIME does, the version and
// each tick followed by how many schedules have it; the player ids; their standings.
var listScript = redis.NewScript(`
local due, tick, id = KEYS[1], ARGV[1], ARGV[2]
local head = redis.call('TIME')
local now = head[1]
head[3] = redis.call('GET', KEYS[3]) or ''
local first = 0
if tick ~= '' then
  local rank = redis.call('ZRANK', due, id)
  if rank and tonumber(redis.call('ZSCORE', due, id)) == tonumber(tick) then
    first = rank + 1
  else
    local last = redis.call('ZCOUNT', due, '-inf', tick)
    first = redis.call('ZCOUNT', due, '-inf', '(' .. tick)
    while first < last do
      local middle = math.floor((first + last) / 2)
      if redis.call('ZRANGE', due, middle, middle)[1] <= id then first = middle + 1 else last = middle end
    end
  end
end
local last = first + tonumber(ARGV[4]) - 1
if ARGV[3] == '1' then last = math.min(last, redis.call('ZCOUNT', due, '-inf', now) - 1) end
if last < first then return {head, {}, {}} end
local ids = redis.call('ZRANGE', due, first, last)
if #ids == 0 then return {head, {}, {}} end
local from = 1
while from <= #ids do
  local score = redis.call('ZSCORE', due, ids[from])
  local to = math.min(redis.call('ZCOUNT', due, '-inf', score) - first, #ids)
  head[#head+1] = score
  head[#head+1] = tostring(to - from + 1)
  from = to + 1
end
return {head, ids, redis.call('HMGET', KEYS[2], unpack(ids))}
`)

// advanceScript moves claimed schedules on where nothing but claims has changed
// the index since they were read: then each still waits for the tick that was
// claimed or, if another claim took it meanwhile, for a later one, which stays.
// KEYS: due, version. ARGV: version read, then per schedule: next tick, player id.
// Returns 0 where the index did change, and nothing is done.
var advanceScript = redis.NewScript(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('ZADD', KEYS[1], 'XX', 'GT', unpack(ARGV, 2))
return 1
`)

// compareScript moves claimed schedules on, each only if its tick is still the
// one that was claimed: a pause, a removal or a change in between wins.
// KEYS: due. ARGV per schedule: player id, claimed tick, next tick (empty removes).
var compareScript = redis.NewScript(`
local ids = {}
for i = 1, #ARGV, 3 do ids[#ids+1] = ARGV[i] end
local scores = redis.call('ZMSCORE', KEYS[1], unpack(ids))
local moves, drops = {}, {}
for i = 1, #ids do
  if scores[i] and tonumber(scores[i]) == tonumber(ARGV[3*i-1]) then
    local next = ARGV[3*i]
    if next == '' then
      drops[#drops+1] = ids[i]
    else
      moves[#moves+1] = next
      moves[#moves+1] = ids[i]
    end
  end
end
if #moves > 0 then redis.call('ZADD', KEYS[1], 'XX', unpack(moves)) end
if #drops > 0 then redis.call('ZREM', KEYS[1], unpack(drops)) end
return #moves / 2 + #drops
`)

// recountScript replaces the counts of intervals in use, unless the index
// changed since they were counted. KEYS: intervals, version.
// ARGV: version counted at, new version, then per interval: minutes, schedules.
var recountScript = redis.NewScript(`
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i+1]) end
redis.call('SET', KEYS[2], ARGV[2])
return 1
`)
