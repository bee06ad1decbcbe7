// A warehouse in the hand: reads what lies there, keeps what is said until it is sent, and tells how that stands. The
// page and its facts are kept by the worker, where the browser allows one.
"use strict";

const READ_EVERY = 60_000; // ms
const SEND_AGAIN = 15_000;
const part = (id) => document.getElementById(id);

async function read() {
  try {
    const answer = await fetch(aisle.dataset.facts, { signal: AbortSignal.timeout(ANSWER_AFTER) });
    if (answer.status === 401) return tellConnection("signed-out");
    if (!answer.ok) return tellConnection("later");
    facts = await answer.json();
  } catch {
    return tellConnection("offline");
  }
  part("as-of").textContent = facts.as_of;
  knowFacts();
  await draw();
  aisle.dataset.read = "";
}

async function draw() {
  const all = await ticks().catch(() => []);
  drawOutbox(all);
  if (facts) drawMoves(all);
}

const waitsToBeSent = (tick) => tick.refused === undefined && tick.by === aisle.dataset.visitor;

function drawOutbox(all) {
  const mine = all.filter(waitsToBeSent);
  const others = new Set(all.filter((tick) => tick.by !== aisle.dataset.visitor).map((tick) => tick.by));
  const { all: allSent, one, more } = part("waiting").dataset;
  part("waiting").textContent = mine.length ? (mine.length === 1 ? one : more.replace("{n}", mine.length)) : allSent;
  if (others.size) part("waiting").append(` ${part("connection").dataset.ofOthers.replace("{names}", [...others].join(", "))}`);
  part("not-taken").replaceChildren(...all.filter((tick) => tick.refused !== undefined).map(notTaken));
}

function notTaken(tick) {
  const row = part("t-not-taken").content.cloneNode(true);
  row.querySelector("strong").textContent = tick.name;
  row.querySelector(".what").textContent = `(${tick.said})`;
  row.querySelector(".why").textContent = tick.refused;
  row.querySelector("button").addEventListener("click", () => removeTick(tick.number).then(draw));
  return row;
}

function tellConnection(how) {
  const said = { offline: "offline", later: "later", "signed-out": "signedOut" }[how];
  part("connection").textContent = said ? part("connection").dataset[said] : "";
  part("connection").hidden = !said;
  part("sign-in").hidden = how !== "signed-out";
}

async function keepTick(tick) {
  try {
    await addTick(tick);
    return true;
  } catch {
    part("not-kept").hidden = false;
    return false;
  }
}

// One after the other also where the browser has no locks.
let sending = Promise.resolve();

function send() {
  sending = sending.then(sendNow).catch(() => tellConnection("later"));
  return sending;
}

async function sendNow() {
  const before = (await ticks()).some(waitsToBeSent);
  const ended = await sendTicks();
  tellConnection(ended);
  if (ended !== "sent") askToBeWoken();
  if (before) await (ended === "sent" ? read() : draw());
}

// The browser wakes the worker when the connection is back, where it can.
function askToBeWoken() {
  navigator.serviceWorker?.ready.then((worker) => worker.sync?.register("ticks")).catch(() => {});
}

async function keepPage() {
  if (!("serviceWorker" in navigator)) {
    part("http").hidden = window.isSecureContext;
    return;
  }
  await navigator.serviceWorker.register("/aisle/worker.js", { scope: "/aisle/" });
  if (!navigator.serviceWorker.controller) {
    await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
    await Promise.all([fetch(location.pathname), read()]); // once through the worker, which keeps them
  }
  aisle.dataset.kept = "";
}

async function begin() {
  aisle.hidden = false;
  part("sign-in").querySelector("a").href = location.pathname;
  await rememberVisitor(aisle.dataset.visitor).catch(() => (part("not-kept").hidden = false));
  await draw();
  await read();
  await send();
  await keepPage();
}

addEventListener("online", () => send().then(read));
addEventListener("offline", () => tellConnection("offline"));
document.addEventListener("visibilitychange", () => document.hidden || send().then(read));
setInterval(() => document.hidden || read(), READ_EVERY);
setInterval(async () => (await ticks()).some(waitsToBeSent) && send(), SEND_AGAIN);
// whoever comes next sees nothing of before; what waits to be sent stays
document.querySelector("form.who")?.addEventListener("submit", () => window.caches?.delete("aisle-pages"));
begin();
