package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

// webhooksPath is where the pages show who is told what happens.
const webhooksPath = "/webhooks"

// webhooksPage lists the webhooks and adds some.
type webhooksPage struct {
	layout
	Rows []webhookRow
	Form webhookForm
	// Done says what the form before did. Empty: nothing.
	Done string
}

// webhookRow is a webhook without what is secret of it.
type webhookRow struct {
	webhookAnswer
	// Tells says in words which events it gets.
	Tells string
	Since moment
}

// webhookForm is what was typed into the form. The address and the secret are not
// in it: a page does not show them, not even to who typed them.
type webhookForm struct {
	Name, Player, Group, Format, Error string
	Kinds                              []option
}

// registerWebhooks puts the pages of webhooks on mux.
func (p *pages) registerWebhooks(mux *router) {
	mux.HandleFunc("GET "+webhooksPath, p.showWebhooks)
	mux.HandleFunc("POST "+webhooksPath, p.submitWebhook)
	mux.HandleFunc("GET "+webhooksPath+"/{id}", p.showWebhook)
	mux.HandleFunc("POST "+webhooksPath+"/{id}/test", p.submitWebhookTest)
	mux.HandleFunc("POST "+webhooksPath+"/{id}/remove", p.submitWebhookRemoval)
}

// showWebhooks answers GET /webhooks.
func (p *pages) showWebhooks(w http.ResponseWriter, r *http.Request) {
	page := webhooksPage{Form: webhookForm{Kinds: kindChoices(nil)}}
	if r.URL.Query().Get("done") == "removed" {
		page.Done = "It is removed, with its log."
	}
	p.renderWebhooks(w, r, http.StatusOK, page)
}

func (p *pages) renderWebhooks(w http.ResponseWriter, r *http.Request, status int, page webhooksPage) {
	hooks, err := p.Webhooks.Hooks(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	page.layout = p.layout(r.Context(), "Webhooks")
	for _, h := range hooks {
		page.Rows = append(page.Rows, p.webhookRow(h))
	}
	p.render(w, r, status, "webhooks.html", page)
}

func (p *pages) webhookRow(h webhooks.Hook) webhookRow {
	row := webhookRow{webhookAnswer: answerWebhook(h), Tells: "everything that the activity feed has", Since: ago(p.now(), h.CreatedAt, "")}
	if len(h.Kinds) > 0 {
		words := make([]string, 0, len(h.Kinds))
		for _, k := range h.Kinds {
			words = append(words, kindWords(k))
		}
		row.Tells = strings.Join(words, ", ")
	}
	return row
}

// kindWords is a kind of event as a person says it.
func kindWords(k events.Kind) string { return strings.ReplaceAll(string(k), "_", " ") }

// kindChoices offers every kind that a webhook may get.
func kindChoices(chosen []string) []option {
	all := make([]option, 0, len(events.KeptKinds()))
	for _, k := range events.KeptKinds() {
		all = append(all, option{Value: string(k), Name: kindWords(k), Selected: slices.Contains(chosen, string(k))})
	}
	return all
}

// submitWebhook answers the form that adds one.
func (p *pages) submitWebhook(w http.ResponseWriter, r *http.Request) {
	in := &addWebhookInput{}
	in.Body.URL, in.Body.Name = r.PostFormValue("url"), r.PostFormValue("name")
	in.Body.Format, in.Body.Secret = r.PostFormValue("format"), r.PostFormValue("secret")
	in.Body.Kinds, in.Body.Player = r.PostForm["kind"], strings.TrimSpace(r.PostFormValue("player"))
	in.Body.Group = strings.TrimSpace(r.PostFormValue("group"))
	added, err := p.addWebhook(r.Context(), in)
	if err != nil {
		problem := p.problem(r.Context(), r.Pattern, err)
		p.renderWebhooks(w, r, problem.Status, webhooksPage{Form: webhookForm{
			Name: in.Body.Name, Player: in.Body.Player, Group: in.Body.Group, Format: in.Body.Format, Error: problem.Detail, Kinds: kindChoices(in.Body.Kinds),
		}})
		return
	}
	seeOther(w, r, webhookPage(added.Body.ID)+"?done=added")
}

// webhookPage is the address of a webhook's own page.
func webhookPage(id int64) string { return webhooksPath + "/" + strconv.FormatInt(id, 10) }

// webhookDetailPage is a webhook and what was sent to it.
type webhookDetailPage struct {
	layout
	Hook webhookRow
	Done string
	Log  []deliveryRow
	// Self is the address of this page of the log, Next that of the one behind it
	// and First that of the latest. Empty: there is none.
	Self, Next, First string
}

// deliveryRow is a delivery as the page shows it.
type deliveryRow struct {
	deliveryAnswer
	When moment
	// Said is what the other side answered last, in words.
	Said string
}

// showWebhook answers GET /webhooks/{id}.
func (p *pages) showWebhook(w http.ResponseWriter, r *http.Request) {
	id, err := pathID(r, "webhook")
	if err != nil {
		p.fail(w, r, err)
		return
	}
	in := &listDeliveriesInput{ID: id, PageQuery: PageQuery{Cursor: r.URL.Query().Get("after"), Limit: rowsPerPage}}
	hook, err := p.Deliveries.Hook(r.Context(), id)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	log, err := p.listDeliveries(r.Context(), in)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	page := webhookDetailPage{layout: p.layout(r.Context(), "Webhook "+hook.Name), Hook: p.webhookRow(hook), Self: webhookPage(id), Done: webhookDone(r.URL.Query())}
	if in.Cursor != "" {
		page.First = page.Self
		page.Self += "?after=" + url.QueryEscape(in.Cursor)
	}
	if next := log.Body.NextCursor; next != "" {
		page.Next = webhookPage(id) + "?after=" + next
	}
	for _, d := range log.Body.Deliveries {
		page.Log = append(page.Log, p.deliveryRow(d))
	}
	p.render(w, r, http.StatusOK, "webhook.html", page)
}

func webhookDone(query url.Values) string {
	switch query.Get("done") {
	case "added":
		return "It is added. Send a test to see that it works."
	case "tested":
		return "A test is on its way; what came of it is below in a moment."
	}
	return ""
}

func (p *pages) deliveryRow(d deliveryAnswer) deliveryRow {
	row := deliveryRow{deliveryAnswer: d, When: ago(p.now(), d.CreatedAt, ""), Said: "no answer"}
	switch {
	case d.Attempts == 0:
		row.Said = "not sent yet"
	case d.Answer != 0:
		row.Said = strings.TrimSpace(fmt.Sprintf("%d %s", d.Answer, http.StatusText(d.Answer)))
	}
	return row
}

// submitWebhookTest answers the button that sends a test.
func (p *pages) submitWebhookTest(w http.ResponseWriter, r *http.Request) {
	id, err := pathID(r, "webhook")
	if err == nil {
		_, err = p.WebhookTests.Test(r.Context(), id)
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	seeOther(w, r, webhookPage(id)+"?done=tested")
}

// submitWebhookRemoval answers the button that removes a webhook.
func (p *pages) submitWebhookRemoval(w http.ResponseWriter, r *http.Request) {
	id, err := pathID(r, "webhook")
	if err == nil {
		_, err = p.Webhooks.RemoveHook(r.Context(), id)
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	seeOther(w, r, webhooksPath+"?done=removed")
}
