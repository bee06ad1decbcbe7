// Keeps a part of the page current: fetches it every few seconds and puts it in place, with what a person has typed,
// opened and focused in it. Rests while the page is not seen. Without scripts the page is reloaded by hand.
"use strict";

const part = document.querySelector("[data-refresh]");
const every = Number(part.dataset.every) * 1000;
const FOCUSABLE = "a, button, input, summary";
let since = Number(part.dataset.since);

function putInPlace(html) {
  const typed = new Map([...part.querySelectorAll("input[id]")].map((input) => [input.id, input.value]));
  const open = [...part.querySelectorAll("details")].map((details) => details.open);
  const focused = [...part.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  part.innerHTML = html;
  for (const [id, value] of typed) {
    const input = document.getElementById(id);
    if (input) input.value = value;
  }
  part.querySelectorAll("details").forEach((details, i) => (details.open = open[i] ?? false));
  if (focused >= 0) part.querySelectorAll(FOCUSABLE)[focused]?.focus();
}

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(`${part.dataset.refresh}?since=${since}`);
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(answer.statusText);
  const now = await answer.json();
  putInPlace(now.html);
  since = now.since;
  for (const [id, readings] of Object.entries(now.readings)) addReadings(id, readings);
}

async function keepCurrent() {
  try {
    await refresh();
    document.body.classList.remove("stale");
  } catch {
    document.body.classList.add("stale");
  }
  setTimeout(keepCurrent, every);
}

setTimeout(keepCurrent, every);
