package web

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/osrsdiff/osrsdiff/permits"
	"github.com/osrsdiff/osrsdiff/status"
)

// banner says on every page what holds up everybody.
type banner struct{ Title, Detail string }

const (
	// siteFor is how old the site's state on a page may be: pages are asked for
	// far more often than it changes.
	siteFor = 2 * time.Second
	// sitePatience is how long a page waits for it.
	sitePatience = 300 * time.Millisecond
	// kept says what people need to know while fetches rest.
	kept = "Pages show what was last known. Nothing is lost: whoever is overdue is fetched then, the oldest first."
)

// siteCache keeps whether the hiscores may be asked, so that pages do not each
// ask Redis. The zero value is empty.
type siteCache struct {
	mu     sync.Mutex
	readAt time.Time
	site   status.Hiscores
	err    error
}

// get returns what is kept, or reads it anew when that is too old. One caller
// reads while the others wait for it, for at most sitePatience.
func (c *siteCache) get(ctx context.Context, s Standing, now time.Time) (status.Hiscores, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if age := now.Sub(c.readAt); !c.readAt.IsZero() && age >= 0 && age < siteFor {
		return c.site, c.err
	}
	// Not ended with this caller: the answer is for all.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sitePatience)
	defer cancel()
	c.site, c.err = s.Hiscores(ctx)
	c.readAt = now
	return c.site, c.err
}

// banners says what holds up everybody now. Empty: nothing does.
func (p *pages) banners(ctx context.Context) []banner {
	now := p.now()
	site, err := p.site.get(ctx, p.Standing, now)
	if err != nil {
		return []banner{{"Redis does not answer.", "Nobody is fetched and nothing can be queued until it is back. " + kept}}
	}
	var list []banner
	if b, ok := breakerBanner(site, now); ok {
		list = append(list, b)
	}
	if site.Paused > 0 {
		until := now.Add(time.Duration(site.Paused * float64(time.Second)))
		list = append(list, banner{
			"The hiscores asked everybody to stay away",
			fmt.Sprintf("until %s (Retry-After). %s", clockTime(now, until), kept),
		})
	}
	return list
}

// breakerBanner says what the circuit breaker does, unless it is closed.
func breakerBanner(site status.Hiscores, now time.Time) (banner, bool) {
	b := banner{Title: "The hiscores are in trouble."}
	cause := ""
	if site.Cause != "" {
		cause = ": " + site.Cause
	}
	switch site.Breaker {
	case permits.Open:
		b.Detail = fmt.Sprintf("%d requests failed in a row%s. Fetches rest; one request tries them out at %s. %s",
			site.Failures, cause, clockTime(now, site.RetryAt), kept)
	case permits.HalfOpen:
		b.Detail = fmt.Sprintf("%d requests failed in a row%s. One request is trying them out now. %s", site.Failures, cause, kept)
	default:
		return banner{}, false
	}
	return b, true
}

// clockTime is a time to come as people read it off a clock, with its day when
// that is another one.
func clockTime(now, t time.Time) string {
	t = t.UTC()
	if dayStart(t).Equal(dayStart(now)) {
		return t.Format("15:04:05") + " UTC"
	}
	return t.Format("2006-01-02 15:04:05") + " UTC"
}
