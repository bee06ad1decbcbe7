// Keeps a part of the page current: fetches it every few seconds and puts it in place, with what a person has typed,
// opened and focused in it. Rests while the page is not seen, unless it
// tells of alarms. Without scripts the page is reloaded by hand.
"use strict";

const part = document.querySelector("[data-refresh]");
const every = Number(part.dataset.every) * 1000;
const ANSWER_WITHIN = 10_000; // ms: a service that hangs gives no answer either
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

// A new alarm is told where nobody looks: in the title, to a screen reader, and by a sound to who asked for it.
const alarmsIn = () => new Set([...part.querySelectorAll("[data-alarm]")].map((row) => row.dataset.alarm));
const title = document.title;
let known = alarmsIn();

function tellOfNewAlarms() {
  const now = alarmsIn();
  const fresh = [...now].filter((id) => !known.has(id));
  known = now;
  document.title = now.size ? `(${now.size}) ${title}` : title;
  const region = document.querySelector("[data-new-alarm]");
  if (!fresh.length || !region) return;
  const row = part.querySelector(`[data-alarm="${CSS.escape(fresh[0])}"] span`);
  region.textContent = `${region.dataset.words}: ${row?.textContent.replace(/\s+/g, " ").trim() ?? ""}`;
  if (document.getElementById("sound")?.checked) beep();
}

function beep() {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  tone.connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.6);
}

async function refresh() {
  if (document.hidden && !document.querySelector("[data-new-alarm]")) return;
  const answer = await fetch(`${part.dataset.refresh}?since=${since}`, { signal: AbortSignal.timeout(ANSWER_WITHIN) });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(answer.statusText);
  const now = await answer.json();
  putInPlace(now.html);
  tellOfNewAlarms();
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
