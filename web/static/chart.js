// Draws the charts of the pages with uPlot. The lines are read from the API: each
// link with data-series is one. Without this script the links stay.
"use strict";
(() => {
  const numbers = new Intl.NumberFormat("en");
  const short = [0, 1, 2, 3, 4, 6].map((digits) => new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: digits }));
  const hour = 3600, day = 24 * hour;

  // apart writes numbers as short as they can be told apart.
  function apart(splits) {
    for (const form of short) {
      const words = splits.map((n) => form.format(n));
      if (new Set(words).size === words.length) {
        return words;
      }
    }
    return splits.map((n) => numbers.format(n));
  }

  // read returns the points of one line as uPlot wants them. A value holds until
  // the next one, so the last is repeated where the time ends.
  async function read(link, span) {
    const url = new URL(link.href);
    url.searchParams.set("from", span.from);
    url.searchParams.set("to", span.to);
    const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) {
      throw new Error("the server answered " + answer.status);
    }
    const points = (await answer.json()).points;
    const line = { at: [], value: [], more: new Map() };
    const put = (at, p) => {
      line.at.push(at);
      line.value.push(p.value);
      line.more.set(at, p);
    };
    for (const p of points) {
      put(Date.parse(p.at) / 1000, p);
    }
    const end = Math.min(Date.parse(span.to), Date.now()) / 1000;
    if (points.length > 0 && line.at[line.at.length - 1] < end) {
      put(end, points[points.length - 1]);
    }
    return line;
  }

  function start(figure) {
    const links = [...figure.querySelectorAll("[data-series]")];
    const plot = figure.querySelector(".plot"), status = figure.querySelector(".chart-status");
    const zoom = figure.querySelector(".zoom"), out = figure.querySelector("[data-zoom-out]");
    const whole = { from: figure.dataset.from, to: figure.dataset.to };
    const zone = figure.dataset.zone;
    const clock = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
    const exact = clock({ dateStyle: "medium", timeStyle: "short" });
    const ticks = [
      [300 * day, clock({ year: "numeric" })],
      [28 * day, clock({ month: "short", year: "numeric" })],
      [day, clock({ day: "numeric", month: "short" })],
      [0, clock({ hour: "2-digit", minute: "2-digit" })],
    ];
    let chart = null, lines = [], span = whole, asked = 0;

    function words(line, at, value) {
      if (value == null) {
        return "unknown";
      }
      const p = line.more.get(at), level = p && p.level != null ? ", level " + numbers.format(p.level) : "";
      return numbers.format(value) + level;
    }

    // holding says the point that holds at a time, for lines without one just there.
    function holding(line, at) {
      let found = -1;
      for (let i = 0; i < line.at.length && line.at[i] <= at; i++) {
        found = i;
      }
      return found < 0 ? "none yet" : words(line, line.at[found], line.value[found]);
    }

    function draw() {
      const style = getComputedStyle(figure), colour = (name) => style.getPropertyValue(name).trim();
      const axis = { stroke: colour("--ink"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
      const data = lines.length > 1 ? uPlot.join(lines.map((l) => [l.at, l.value])) : [lines[0].at, lines[0].value];
      if (chart) {
        chart.destroy();
      }
      plot.hidden = false;
      chart = new uPlot({
        width: plot.clientWidth, height: Math.round(Math.min(420, Math.max(240, plot.clientWidth / 2))),
        tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), zone),
        scales: { x: { range: () => [Date.parse(span.from) / 1000, Date.parse(span.to) / 1000] } },
        cursor: { drag: { x: true, y: false, setScale: false } },
        axes: [
          { ...axis, values: (u, splits, i, space, step) => splits.map((at) => ticks.find((t) => step >= t[0])[1].format(at * 1000)) },
          { ...axis, size: 64, values: (u, splits) => apart(splits) },
        ],
        series: [
          { label: "Time", value: (u, at) => exact.format((at ?? data[0][data[0].length - 1]) * 1000) },
          ...lines.map((line, i) => ({
            label: links[i].dataset.series, stroke: colour("--line-" + (i % 8 + 1)), width: 2,
            paths: uPlot.paths.stepped({ align: 1 }), points: { show: line.at.length < 40 },
            value: (u, v, s, idx) => holding(line, data[0][idx ?? data[0].length - 1]),
          })),
        ],
        hooks: {
          setSelect: [(u) => {
            if (u.select.width > 4) {
              const at = (px) => new Date(Math.round(u.posToVal(px, "x")) * 1000).toISOString();
              show({ from: at(u.select.left), to: at(u.select.left + u.select.width) });
            }
          }],
        },
      }, data, plot);
      for (const heading of plot.querySelectorAll(".u-legend th")) {
        heading.scope = "row";
      }
      chart.over.addEventListener("dblclick", () => show(whole));
      plot.setAttribute("role", "img");
      plot.setAttribute("aria-label", figure.querySelector("figcaption").textContent + ": " +
        lines.map((l, i) => links[i].dataset.series + " " + holding(l, l.at[l.at.length - 1])).join("; "));
    }

    async function show(next) {
      const mine = ++asked;
      figure.setAttribute("aria-busy", "true");
      status.textContent = "Loading…";
      try {
        const answers = await Promise.all(links.map((link) => read(link, next)));
        if (mine !== asked) {
          return;
        }
        [span, lines, status.textContent] = [next, answers, ""];
        if (lines.every((l) => l.at.length === 0)) {
          status.textContent = "Nothing was known in this time.";
          plot.hidden = true;
        } else {
          draw();
        }
        zoom.hidden = plot.hidden && span === whole;
        out.hidden = span === whole;
      } catch (error) {
        status.textContent = "The numbers are unavailable: " + error.message + ". Reload the page to try again.";
      } finally {
        figure.removeAttribute("aria-busy");
      }
    }

    out.addEventListener("click", () => show(whole));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart && draw());
    let width = 0;
    new ResizeObserver(() => {
      if (chart && plot.clientWidth !== width) {
        width = plot.clientWidth;
        chart.setSize({ width, height: chart.height });
      }
    }).observe(plot);
    show(whole);
  }

  for (const figure of document.querySelectorAll("[data-chart]")) {
    start(figure);
  }
})();
