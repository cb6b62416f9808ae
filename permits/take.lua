-- Decides on one permit, in this order: the marker, since a marked holder has
-- nothing to wait for; the pause; the circuit breaker; whose turn it is at the
-- rate limit.
--
-- The limit is GCRA: it keeps the time at which the next permit would be due if
-- they were spread evenly (tat) and lets it run ahead of now by the burst. A tat
-- further ahead than that can only come from a clock that was set back, and is
-- cut.
--
-- Whoever waits has a place in the line of its class, oldest first. Between the
-- classes it is start-time fair queueing: a permit costs a class the inverse of
-- its weight, and the class that has paid least goes first. Only those present,
-- who wait inside a call, are given permits; one who was sent away keeps its
-- place until it should long be back. When one who asked was refused a permit
-- that is due, because it is another's turn, and that other does not take it
-- within the grace, it goes to whoever asks.
--
-- KEYS: marker, pause, tat, breaker, turns, present, places, then a line for each
-- class, then those present for each class.
-- ARGV: token (empty: no marker), marker TTL in ms, then in µs: interval (0: no
-- limit), patience (below 0: endless), nap and slack; burst, class (from 1),
-- place, probe id, probe TTL in µs, longest opening in µs, then the cost of each
-- class.
-- Returns {verdict, wait in ms, now in µs, why, 1 if the marker was given back a
-- moment ago}.
local marker, pausekey, tatkey, breaker, turns, present, places = unpack(KEYS, 1, 7)
local token, ttl = ARGV[1], ARGV[2]
local interval, patience, nap, slack = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local burst, class, place = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9]
local probe, probettl, longest = ARGV[10], tonumber(ARGV[11]), tonumber(ARGV[12])
local classes = #ARGV - 12
local GRANTED, WAIT, MARKED, AWAY = 0, 1, 2, 3
-- µs, µs and ms: how long a place outlives its time, how long a permit waits for
-- the one whose turn it is, and how long unused keys live.
local KEEP, GRACE, IDLE = 60000000, 1500000, 3600000

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local function text(n) return string.format('%.0f', n) end
local recent = 0
local function answer(verdict, wait, why)
  return {verdict, math.ceil(wait / 1000), text(now), why, recent}
end
local function line(c) return KEYS[7 + c] end
local function here(c) return KEYS[7 + classes + c] end
local function cost(c) return tonumber(ARGV[12 + c]) end
local me = class .. ':' .. place

local function leave()
  redis.call('ZREM', here(class), place)
  redis.call('ZREM', present, me)
end
-- hold answers that there is nothing to be had for a while.
local function hold(wait, why)
  if patience >= 0 and wait > patience then
    leave()
    return answer(AWAY, wait, why)
  end
  return answer(WAIT, wait, why)
end

if token ~= '' then
  local other = redis.call('GET', marker)
  if other == '' then
    recent = 1
  elseif other and other ~= token then
    leave()
    return {MARKED, redis.call('PTTL', marker), text(now), 'marked', 0}
  end
end

local pause = redis.call('PTTL', pausekey)
if pause > 0 then
  return hold(pause * 1000, 'paused')
end

local state = redis.call('HMGET', breaker, 'until', 'probe', 'probe_until')
local probing = false
if state[1] then
  local left = tonumber(state[1]) - now
  if left > 0 and left <= longest then
    return hold(left, 'open')
  end
  left = tonumber(state[3] or '0') - now
  if state[2] and left > 0 and left <= probettl then
    return hold(math.min(left, 1000000), 'probing')
  end
  probing = true
end

-- take is what a granted permit leaves behind.
local function take()
  if token ~= '' then
    redis.call('SET', marker, token, 'PX', ttl)
  end
  if not probing then
    return answer(GRANTED, 0, '')
  end
  redis.call('HSET', breaker, 'probe', probe, 'probe_until', text(now + probettl))
  return answer(GRANTED, 0, 'probing')
end
if interval <= 0 then
  return take()
end

-- forget drops members of a set of "class:place", and with them what they have.
local function forget(set, from, to, everything)
  for _, m in ipairs(redis.call('ZRANGEBYSCORE', set, from, to, 'LIMIT', 0, 100)) do
    local c, p = string.match(m, '^(%d+):(.*)$')
    c = tonumber(c)
    redis.call('ZREM', set, m)
    redis.call('ZREM', here(c), p)
    if everything then
      redis.call('ZREM', line(c), p)
      redis.call('ZREM', present, m)
    end
  end
end
forget(present, '-inf', text(now), false)
forget(present, '(' .. text(now + nap + slack), '+inf', false)
forget(places, '-inf', text(now), true)

redis.call('ZADD', line(class), 'NX', text(now), place)
redis.call('ZADD', here(class), redis.call('ZSCORE', line(class), place), place)

-- paid is what each class has paid, and at least what the last one served had.
local floor = tonumber(redis.call('HGET', turns, 'floor') or '0')
local function paid(c) return math.max(tonumber(redis.call('HGET', turns, c) or '0'), floor) end
local mine = paid(class)

local tat = tonumber(redis.call('GET', tatkey) or '0')
if tat < now or tat > now + burst * interval then
  tat = now
end
local due = tat - (burst - 1) * interval
if due <= now then
  local turn, least = class, mine
  for c = 1, classes do
    if c ~= class and redis.call('ZCARD', here(c)) > 0 then
      local p = paid(c)
      if p < least or p == least and c < turn then
        turn, least = c, p
      end
    end
  end
  local first = redis.call('ZRANGE', here(class), 0, 0)[1]
  local refused = tonumber(redis.call('HGET', turns, 'refused') or text(now))
  if turn == class and first == place or now - refused >= math.min(interval, GRACE) then
    tat = tat + interval
    redis.call('SET', tatkey, text(tat), 'PX', math.ceil((tat - now) / 1000) + 1000)
    redis.call('HDEL', turns, 'refused')
    redis.call('HSET', turns, 'floor', text(mine), class, text(mine + cost(class)))
    redis.call('PEXPIRE', turns, IDLE)
    leave()
    redis.call('ZREM', line(class), place)
    redis.call('ZREM', places, me)
    return take()
  end
  redis.call('HSETNX', turns, 'refused', text(now))
end

-- ahead is how many permits others are given before this one's turn.
local function ahead(set)
  local rank = redis.call('ZRANK', set(class), place)
  local start, n = mine + rank * cost(class), rank
  for c = 1, classes do
    if c ~= class then
      local behind = (start - paid(c)) / cost(c)
      local turnsBefore = c < class and math.floor(behind) + 1 or math.ceil(behind)
      n = n + math.max(0, math.min(redis.call('ZCARD', set(c)), turnsBefore))
    end
  end
  return n
end
local start = math.max(due - now, 0)
local expected = start + ahead(line) * interval
if patience >= 0 and expected > patience then
  leave()
  redis.call('ZADD', places, text(now + expected + KEEP), me)
  redis.call('PEXPIRE', places, IDLE)
  redis.call('PEXPIRE', line(class), IDLE)
  return answer(AWAY, expected, 'busy')
end
local wait = math.max(start + ahead(here) * interval, interval / 10)
local back = now + math.min(wait, nap) + slack
redis.call('ZADD', present, text(back), me)
redis.call('ZADD', places, text(back + KEEP), me)
for _, key in ipairs({present, places, line(class), here(class)}) do
  redis.call('PEXPIRE', key, IDLE)
end
return answer(WAIT, wait, 'busy')
