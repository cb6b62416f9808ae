package permits

import (
	"context"
	_ "embed" // for take.lua
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
	sentAway
)

//go:embed take.lua
var takeSource string

// takeScript decides on one permit; its source says how.
var takeScript = redis.NewScript(takeSource)

// releaseScript gives the marker back unless it is another's, which leaves an empty
// one behind for a while, and where the site answered ends a row of failures as
// reportScript does for all but a probe. A marker that died before its run ended is
// treated the same, since that run may have changed as much.
// KEYS: marker, breaker. ARGV: token, 1 if the site answered, ms that the empty
// marker lives.
var releaseScript = redis.NewScript(`
if ARGV[2] == '1' and redis.call('HEXISTS', KEYS[2], 'until') == 0 then
  redis.call('DEL', KEYS[2])
end
local holds = redis.call('GET', KEYS[1])
if not holds or holds == '' or holds == ARGV[1] then
  redis.call('SET', KEYS[1], '', 'PX', ARGV[3])
end
return 0
`)

// leaveScript takes one who waits out of those present, and out of the line
// unless its place is to be kept. KEYS: present, places, line, here.
// ARGV: class, place, keep.
var leaveScript = redis.NewScript(`
local me = ARGV[1] .. ':' .. ARGV[2]
redis.call('ZREM', KEYS[4], ARGV[2])
redis.call('ZREM', KEYS[1], me)
if ARGV[3] == '0' then
  redis.call('ZREM', KEYS[3], ARGV[2])
  redis.call('ZREM', KEYS[2], me)
end
return 0
`)

// reportScript changes the breaker by one outcome and lengthens the pause.
// The breaker is a hash: fails counts failures in a row; while it is not closed,
// until is when the next probe may go, openings how often in a row it opened,
// opened when it did first, probe and probe_until the probe under way.
// KEYS: breaker, pause. ARGV: outcome, probe id, pause in ms, cause, failures
// that open it, first and longest opening in µs. It returns 'opened' or 'closed' to
// the one report that turned the breaker, ” to all others.
var reportScript = redis.NewScript(`
local breaker, outcome, probe = KEYS[1], ARGV[1], ARGV[2]
local pause, cause, after = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local first, longest = tonumber(ARGV[6]), tonumber(ARGV[7])
if pause > 0 and redis.call('PTTL', KEYS[2]) < pause then
  redis.call('SET', KEYS[2], '1', 'PX', pause)
end

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local function text(n) return string.format('%.0f', n) end
local state = redis.call('HMGET', breaker, 'until', 'probe', 'openings')
local notClosed = state[1]
if notClosed and (probe == '' or state[2] ~= probe) then
  return ''
end

local turned = ''
if outcome == 'answered' then
  redis.call('DEL', breaker)
  if notClosed then turned = 'closed' end
elseif outcome == 'failed' then
  local fails = redis.call('HINCRBY', breaker, 'fails', 1)
  redis.call('HSET', breaker, 'cause', cause)
  if notClosed or fails >= after then
    local openings = tonumber(state[3] or '0') + 1
    local open = math.min(first * 2 ^ (openings - 1), longest)
    if not notClosed then turned = 'opened' end
    redis.call('HSETNX', breaker, 'opened', text(now))
    redis.call('HSET', breaker, 'openings', openings, 'until', text(now + open))
    redis.call('HDEL', breaker, 'probe', 'probe_until')
  end
  redis.call('PEXPIRE', breaker, 86400000)
elseif notClosed then
  redis.call('HDEL', breaker, 'probe', 'probe_until')
end
return turned
`)

// answer is what takeScript returned.
type answer struct {
	verdict int64
	wait    time.Duration
	now     time.Time
	why     Reason
	recent  bool
}

// probe is the id of the probe that a granted permit is for.
func (a answer) probe(by *asker) string {
	if a.why == Probing {
		return by.probe
	}
	return ""
}

// ask runs takeScript once.
func (o *Office) ask(ctx context.Context, a *asker) (answer, error) {
	keys := []string{
		o.markerKey(a.Holder), o.key("pause"), o.key("tat"), o.key("breaker"),
		o.key("turns"), o.key("present"), o.key("places"),
	}
	patience := int64(-1)
	if a.left >= 0 {
		patience = a.left.Microseconds()
	}
	args := []any{
		a.Token, milliseconds(o.opts.MarkerTTL), o.interval().Microseconds(), patience,
		longestNap.Microseconds(), napSlack.Microseconds(), o.opts.Burst, a.Class.number(), a.place,
		a.probe, o.opts.Breaker.Probe.Microseconds(), o.opts.Breaker.Longest.Microseconds(),
	}
	for _, c := range Classes() {
		keys, args = append(keys, o.line(c)), append(args, costs[c])
	}
	for _, c := range Classes() {
		keys = append(keys, o.here(c))
	}
	reply, err := takeScript.Run(ctx, o.rdb, keys, args...).Slice()
	if err != nil {
		return answer{}, err
	}
	return parseAnswer(reply)
}

// number is how the script counts the class: its place in Classes, from one.
func (c Class) number() int {
	for i, known := range Classes() {
		if known == c {
			return i + 1
		}
	}
	return 0
}

func parseAnswer(reply []any) (answer, error) {
	if len(reply) != 5 {
		return answer{}, fmt.Errorf("permit script returned %v: want 5 values", reply)
	}
	verdict, isVerdict := reply[0].(int64)
	ms, isWait := reply[1].(int64)
	stamp, isStamp := reply[2].(string)
	why, isWhy := reply[3].(string)
	recent, isRecent := reply[4].(int64)
	now, err := strconv.ParseInt(stamp, 10, 64)
	if !isVerdict || !isWait || !isStamp || !isWhy || !isRecent || err != nil {
		return answer{}, fmt.Errorf("permit script returned %v: want a verdict, milliseconds, a time, a reason and a number", reply)
	}
	return answer{
		verdict: verdict,
		wait:    time.Duration(max(ms, 0)) * time.Millisecond,
		now:     time.UnixMicro(now).UTC(),
		why:     Reason(why),
		recent:  recent != 0,
	}, nil
}
