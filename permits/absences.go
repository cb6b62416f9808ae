package permits

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// absenceWindow is how far back answers are compared.
	absenceWindow = 10 * time.Minute
	// longestDoubt is when a player's absence is believed whatever became of
	// others: outages that answer "not found" are shorter.
	longestDoubt = 6 * time.Hour
	// doubtFrom and doubtShare say when absences look like an outage: at least so
	// many players lost in the window, and one in so many of those asked.
	doubtFrom, doubtShare = 3, 5
)

// absenceScript notes how one player was answered for and reports whether
// absences are in doubt: 1 or 0. Three sorted sets by player: when it was last
// found, last lost, and first lost since. KEYS: found, lost, first lost.
// ARGV: player (empty: only report), found (1 or 0), window and longest doubt in
// ms, fewest losses, share.
var absenceScript = redis.NewScript(`
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local window, longest = tonumber(ARGV[3]), tonumber(ARGV[4])
local function text(n) return string.format('%.0f', n) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now - window))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(now - window))
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', text(now - 2 * longest))
local id, believed = ARGV[1], false
if id ~= '' and ARGV[2] == '1' then
  redis.call('ZADD', KEYS[1], text(now), id)
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
elseif id ~= '' then
  redis.call('ZREM', KEYS[1], id)
  redis.call('ZADD', KEYS[2], text(now), id)
  redis.call('ZADD', KEYS[3], 'NX', text(now), id)
  believed = now - tonumber(redis.call('ZSCORE', KEYS[3], id)) >= longest
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, 2 * longest) end
local found, lost = redis.call('ZCARD', KEYS[1]), redis.call('ZCARD', KEYS[2])
if believed or lost < tonumber(ARGV[5]) or lost * tonumber(ARGV[6]) < lost + found then
  return 0
end
return 1
`)

// Listed notes that the hiscores listed a player.
func (o *Office) Listed(ctx context.Context, player string) error {
	_, err := o.absence(ctx, player, true)
	return err
}

// Unlisted notes that the hiscores did not list a player whom they had listed,
// and reports whether that is to be doubted: when they lose many players at
// once, it is more likely an outage that answers "not found". What is doubted
// for six hours is believed then.
func (o *Office) Unlisted(ctx context.Context, player string) (doubtful bool, err error) {
	return o.absence(ctx, player, false)
}

// Doubtful reports whether absences are to be doubted at present.
func (o *Office) Doubtful(ctx context.Context) (bool, error) { return o.absence(ctx, "", false) }

func (o *Office) absence(ctx context.Context, player string, found bool) (bool, error) {
	doubt, err := absenceScript.Run(ctx, o.rdb, []string{o.key("found"), o.key("lost"), o.key("lost_first")},
		player, found, absenceWindow.Milliseconds(), longestDoubt.Milliseconds(), doubtFrom, doubtShare).Bool()
	if err != nil {
		return false, fmt.Errorf("compare the absence of %q: %w", player, err)
	}
	return doubt, nil
}
