package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/events"
)

// SignatureHeader holds "sha256=" and the HMAC-SHA256 of the body with the
// webhook's secret, in hexadecimal digits.
const SignatureHeader = "X-Osrsdiff-Signature"

// Body is what a webhook of the format json gets.
type Body struct {
	// Delivery is the same when a delivery is sent again, so that a receiver can
	// tell it has it already.
	Delivery int64 `json:"delivery"`
	// Events are what happened, the oldest first.
	Events []events.Event `json:"events"`
}

// discordBody is what Discord's execute-webhook takes.
type discordBody struct {
	Embeds []embed `json:"embeds"`
	// AllowedMentions lets no text of ours ring anybody.
	AllowedMentions struct {
		Parse []string `json:"parse"`
	} `json:"allowed_mentions"`
}

type embed struct {
	Title       string    `json:"title"`
	Description string    `json:"description"`
	Timestamp   time.Time `json:"timestamp"`
	Color       int       `json:"color"`
}

// longestDescription keeps ten embeds below the 6,000 characters that Discord
// takes in all.
const longestDescription = 500

// looks are the title and the colour of each kind.
var looks = map[events.Kind]struct {
	title string
	color int
}{
	events.LevelUp:    {"Level up", 0x2e7d32},
	events.Milestone:  {"Milestone", 0xf9a825},
	events.LargeGain:  {"Large gain", 0x1565c0},
	events.ModeChange: {"Game mode", 0x6a1b9a},
	events.Missing:    {"Missing", 0xc62828},
	events.Returned:   {"Back again", 0x2e7d32},
	events.Flagged:    {"Flagged", 0xef6c00},
	events.Renamed:    {"Renamed", 0x1565c0},
	events.Breaker:    {"Hiscores", 0xc62828},
	Test:              {"Test", 0x546e7a},
}

// Encode is the body of a delivery in the format of its hook.
func Encode(d Delivery) ([]byte, error) {
	var body any = Body{Delivery: d.ID, Events: d.Events}
	if d.Hook.Format == Discord {
		body = forDiscord(d.Events)
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode delivery %d: %w", d.ID, err)
	}
	return data, nil
}

func forDiscord(happened []events.Event) discordBody {
	body := discordBody{}
	body.AllowedMentions.Parse = []string{}
	for _, e := range happened {
		look := looks[e.Kind]
		body.Embeds = append(body.Embeds, embed{
			Title: look.title, Description: markdown.Replace(cut(e.Text, longestDescription)), Timestamp: e.At.UTC(), Color: look.color,
		})
	}
	return body
}

// markdown keeps an underscore in a name from becoming italics.
var markdown = strings.NewReplacer(`\`, `\\`, "_", `\_`, "*", `\*`, "~", `\~`, "`", "\\`", "|", `\|`, "[", `\[`, "<", `\<`, ">", `\>`, "@", `\@`)

// cut is the text, or as much of it as there may be.
func cut(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// Sign is the signature of a body.
func Sign(body []byte, secret Secret) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
