// Returns what is wrong with how the page looks, as a list of sentences: text
// whose contrast is below 4.5, controls without a name, and content that is wider
// than the window.
(() => {
  const troubles = [];
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const background = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const shown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest(".unseen, .skip");
  const where = (e) => `<${e.tagName.toLowerCase()} class="${e.className}">`;

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement, words = walker.currentNode.data.trim();
    if (!words || e.closest("svg, canvas, option, :disabled") || !shown(e)) continue;
    const below = background(e), ratio = contrast(over(rgba(getComputedStyle(e).color), below), below);
    if (ratio < 4.5) troubles.push(`contrast ${ratio.toFixed(2)} of ${JSON.stringify(words.slice(0, 40))} in ${where(e)}`);
  }
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!e.labels.length && !e.ariaLabel && !e.getAttribute("aria-labelledby")) troubles.push(`no label for ${where(e)} name=${e.name}`);
  }
  for (const e of document.querySelectorAll("button, a[href], summary")) {
    if (shown(e) && !e.textContent.trim() && !e.ariaLabel && !e.querySelector("[alt]:not([alt=''])")) troubles.push(`no name for ${where(e)}`);
  }
  for (const e of document.querySelectorAll("th")) {
    if (!e.scope) troubles.push(`no scope for the heading ${JSON.stringify(e.textContent)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) troubles.push(`the id ${id} is there twice`);
  if (document.querySelectorAll("h1").length !== 1) troubles.push(`${document.querySelectorAll("h1").length} headings of the first rank`);
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) {
    const culprits = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest(".scroll"));
    troubles.push(`${wide} pixels wider than the window: ${culprits.slice(0, 3).map(where).join(" ")}`);
  }
  return troubles;
})()
