package permits

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// The verdicts of takeScript.
const (
	granted = iota
	wait
	marked
)

// takeScript decides on one permit. The marker comes first, since a marked
// holder has nothing to wait for; then the pause; then GCRA, which keeps the
// time at which the next permit would be due if they were spread evenly (tat)
// and lets it run ahead of now by the burst. A tat further ahead than that can
// only come from a clock that was set back, and is cut.
//
// KEYS: marker, pause, tat. ARGV: token (empty: no marker), marker TTL in ms,
// interval in µs (0: no limit), burst. Returns {verdict, wait in ms, now in µs}.
var takeScript = redis.NewScript(`
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local stamp = string.format('%.0f', now)
local token, ttl = ARGV[1], tonumber(ARGV[2])
local interval, burst = tonumber(ARGV[3]), tonumber(ARGV[4])

if token ~= '' then
  local other = redis.call('GET', KEYS[1])
  if other and other ~= token then
    return {2, redis.call('PTTL', KEYS[1]), stamp}
  end
end

local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then
  return {1, pause, stamp}
end

if interval > 0 then
  local tat = tonumber(redis.call('GET', KEYS[3]) or '0')
  if tat < now or tat > now + burst * interval then
    tat = now
  end
  local due = tat - (burst - 1) * interval
  if due > now then
    return {1, math.ceil((due - now) / 1000), stamp}
  end
  tat = tat + interval
  redis.call('SET', KEYS[3], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 1000)
end

if token ~= '' then
  redis.call('SET', KEYS[1], token, 'PX', ttl)
end
return {0, 0, stamp}
`)

// releaseScript deletes the marker KEYS[1] if it is that of the token ARGV[1].
var releaseScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
`)

// pauseScript lets the pause KEYS[1] last at least ARGV[1] milliseconds more.
var pauseScript = redis.NewScript(`
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
end
return 0
`)

// answer is what takeScript returned.
type answer struct {
	verdict int64
	wait    time.Duration
	now     time.Time
}

// ask runs takeScript once.
func (o *Office) ask(ctx context.Context, holder, token string) (answer, error) {
	if holder == "" {
		token = ""
	} else if token == "" {
		return answer{}, fmt.Errorf("holder %q: a token is needed to tell runs apart", holder)
	}
	keys := []string{o.markerKey(holder), o.key("pause"), o.key("tat")}
	reply, err := takeScript.Run(ctx, o.rdb, keys, token, milliseconds(o.opts.MarkerTTL),
		o.interval().Microseconds(), o.opts.Burst).Slice()
	if err != nil {
		return answer{}, err
	}
	return parseAnswer(reply)
}

func parseAnswer(reply []any) (answer, error) {
	if len(reply) != 3 {
		return answer{}, fmt.Errorf("permit script returned %v: want 3 values", reply)
	}
	verdict, isVerdict := reply[0].(int64)
	ms, isWait := reply[1].(int64)
	stamp, isStamp := reply[2].(string)
	now, err := strconv.ParseInt(stamp, 10, 64)
	if !isVerdict || !isWait || !isStamp || err != nil {
		return answer{}, fmt.Errorf("permit script returned %v: want a verdict, milliseconds and a time", reply)
	}
	return answer{
		verdict: verdict,
		wait:    time.Duration(max(ms, 0)) * time.Millisecond,
		now:     time.UnixMicro(now).UTC(),
	}, nil
}
