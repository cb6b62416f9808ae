// Tells parts of a page that something happened, so that they load themselves anew.
//
//   <div data-events="player=Zezima&kind=changed" hx-get="..." hx-trigger="happened, every 60s">
//
// data-events is the query of /api/events. Each event of it triggers "happened" on
// the element, every two seconds at most. Parts with the same query share a connection.
// Where the server refuses to send events, it happens every five seconds instead.
"use strict";
(() => {
  const kinds = ["fetched", "changed", "level_up", "milestone", "large_gain", "mode_change", "missing", "returned", "flagged", "renamed", "breaker", "lost"];
  const pollEvery = 5000;
  const sources = new Map();

  const trigger = (query) => {
    const source = sources.get(query);
    if (!source || source.waiting) return;
    source.waiting = setTimeout(() => {
      source.waiting = 0;
      document.querySelectorAll("[data-events]").forEach((part) => {
        if (part.dataset.events === query && window.htmx) window.htmx.trigger(part, "happened");
      });
    }, 2000);
  };

  const listen = () => {
    const wanted = new Set([...document.querySelectorAll("[data-events]")].map((part) => part.dataset.events));
    for (const [query, source] of sources) {
      if (!wanted.has(query)) {
        source.close();
        clearTimeout(source.waiting);
        sources.delete(query);
      }
    }
    for (const query of wanted) {
      if (sources.has(query)) continue;
      const source = new EventSource("/api/events?" + query);
      for (const kind of kinds) source.addEventListener(kind, () => trigger(query));
      source.addEventListener("error", () => {
        if (source.readyState === EventSource.CLOSED) setInterval(() => trigger(query), pollEvery); // refused: it does not come back
      });
      sources.set(query, source);
    }
  };

  // A page that nobody looks at needs no connection, of which browsers have few.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      listen();
      for (const query of sources.keys()) trigger(query);
      return;
    }
    for (const source of sources.values()) {
      source.close();
      clearTimeout(source.waiting);
    }
    sources.clear();
  });
  document.addEventListener("DOMContentLoaded", listen);
  document.addEventListener("htmx:load", listen);
})();
