// The moves as cards, one after the other, with the place kept: what the service knows of them, and on top of it what was
// said here and waits to be sent.
"use strict";

const mover = {
  card: document.getElementById("card"),
  left: document.getElementById("left"),
  justSaid: document.getElementById("just-said"),
  cards: [],
  shown: "", // the card on the page, as JSON
  last: null, // {card, tick}: what was said last
};
const AFTER = { done: "done", "partly-done": "partly_done", refused: "refused", undone: "suggested" };
const TO_BE_MADE = new Set(["suggested", "partly_done"]);
const wordOf = Object.fromEntries(
  [...document.querySelectorAll("#words li")].map((word) => [word.dataset.of, word.textContent]),
);
const placeKept = `freshfront:aisle:${aisle.dataset.warehouse}`;

// The cards of the service, each as the ticks that wait leave it.
function cardsWith(waiting) {
  return facts.moves.map((card) => {
    const ids = new Set(card.carries.map((carry) => carry.id));
    const tick = waiting.findLast((one) => ids.has(one.move) && one.refused === undefined);
    return tick ? { ...card, state: AFTER[tick.what], said: wordOf.waits } : card;
  });
}

function drawMoves(waiting) {
  mover.cards = cardsWith(waiting);
  const open = mover.cards.filter((card) => TO_BE_MADE.has(card.state));
  mover.left.textContent = mover.left.dataset.words.replace("{n}", open.length);
  const at = placeOf(localStorage.getItem(placeKept));
  const shown = JSON.stringify([at, mover.cards.length, mover.cards[at]]);
  if (shown === mover.shown) return; // what was opened or typed in it stays
  mover.shown = shown;
  if (at < 0) mover.card.textContent = mover.card.dataset.none;
  else mover.card.replaceChildren(drawnCard(mover.cards[at], at));
}

// Where the kept card is now, else the first that is to be made.
function placeOf(key) {
  const kept = mover.cards.findIndex((card) => card.key === key);
  return kept >= 0 ? kept : mover.cards.findIndex((card) => TO_BE_MADE.has(card.state));
}

function goTo(at) {
  const card = mover.cards[(at + mover.cards.length) % mover.cards.length];
  localStorage.setItem(placeKept, card.key);
  draw();
}

// The next that is to be made after a place, from the beginning where there is none; the place itself where none is left.
function nextOpen(at) {
  const order = [...mover.cards.keys()].map((step) => (at + 1 + step) % mover.cards.length);
  return order.find((one) => TO_BE_MADE.has(mover.cards[one].state)) ?? at;
}

function drawnCard(card, at) {
  const article = document.getElementById("t-card").content.cloneNode(true).firstElementChild;
  const text = (selector, words) => {
    const element = article.querySelector(selector);
    element.textContent = words;
    element.hidden = !words;
  };
  const count = article.querySelector(".where span");
  count.textContent = count.dataset.words.replace("{at}", at + 1).replace("{of}", mover.cards.length);
  article.querySelector(".before").addEventListener("click", () => goTo(at - 1));
  article.querySelector(".after").addEventListener("click", () => goTo(at + 1));
  article.querySelector(".carries").append(...card.carries.map(drawnCarry));
  article.querySelector(".swap").hidden = card.carries.length < 2;
  text(".gain", [card.metres, card.minutes, card.because].filter(Boolean).join(" · "));
  article.querySelector(".waits").hidden = !card.waits;
  text(".waits span", card.waits ?? "");
  text(".how .state", card.state === "suggested" && !card.said ? "" : wordOf[card.state]);
  article.querySelector(".how .state").classList.add(card.state);
  text(".how .muted", card.said);
  if (article.querySelector(".done")) addAnswers(article, card, at);
  return article;
}

function drawnCarry(carry) {
  const drawn = document.getElementById("t-carry").content.cloneNode(true);
  drawn.querySelector("strong").textContent = carry.name;
  drawn.querySelector(".amount").textContent = carry.quantity;
  const from = drawn.querySelector(".from");
  from.textContent = carry.from ?? from.dataset.nowhere;
  drawn.querySelector(".to").textContent = carry.to;
  drawn.querySelector(".carried").textContent = carry.carried;
  return drawn;
}

function addAnswers(article, card, at) {
  const open = TO_BE_MADE.has(card.state);
  const begun = card.state === "partly_done";
  const parts = article.querySelector(".parts");
  const onlys = article.querySelector(".onlys");
  const reasons = article.querySelector(".reasons");
  for (const [name, shown] of [["done", open], ["part", open], ["refuse", open && !begun], ["undo", begun || (!open && card.state !== "withdrawn")]]) {
    article.querySelector(`.answers .${name}`).hidden = !shown;
  }
  const say = (what, body, move = card.id) => sayOf(card, at, what, body, move);
  article.querySelector(".done").addEventListener("click", () => say("done"));
  article.querySelector(".undo").addEventListener("click", () => say("undone"));
  const [part, refuse] = [article.querySelector(".part"), article.querySelector(".refuse")];
  const partly = card.carries.length > 1 ? onlys : parts;
  opens(part, partly, refuse, reasons);
  opens(refuse, reasons, part, partly);
  parts.addEventListener("submit", (event) => {
    event.preventDefault();
    say("partly-done", { quantity: parts.querySelector("input").value.trim().replace(",", ".") });
  });
  onlys.append(
    ...card.carries.map((carry) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: carry.only });
      button.addEventListener("click", () => say("partly-done", {}, carry.id));
      return button;
    }),
  );
  for (const button of reasons.querySelectorAll(".answers button")) {
    const body = { reason: button.textContent, slot_unusable: "unusable" in button.dataset };
    button.addEventListener("click", () => say("refused", body));
  }
  reasons.addEventListener("submit", (event) => {
    event.preventDefault();
    say("refused", { reason: reasons.querySelector("input").value.trim() });
  });
}

// A button opens what belongs to it and closes what belongs to the other one.
function opens(button, asked, other, closed) {
  button.addEventListener("click", () => {
    asked.hidden = !asked.hidden;
    closed.hidden = true;
    button.setAttribute("aria-expanded", String(!asked.hidden));
    other.setAttribute("aria-expanded", "false");
    if (!asked.hidden) asked.querySelector("input, button").focus();
  });
}

// Keeps what was said, goes on to the next card, and sends it.
async function sayOf(card, at, what, body, move = card.id) {
  const name = card.carries.map((carry) => carry.name).join(", ");
  const tick = { move, what, body, name, by: aisle.dataset.visitor, said: wordOf[AFTER[what]] };
  if (!(await keepTick(tick))) return;
  mover.last = what === "undone" ? null : { card, at, name, said: tick.said };
  drawJustSaid();
  const settled = what === "done" || what === "refused";
  localStorage.setItem(placeKept, settled ? mover.cards[nextOpen(at)].key : card.key);
  await draw();
  send();
}

function drawJustSaid() {
  mover.justSaid.hidden = !mover.last;
  if (mover.last) mover.justSaid.querySelector("strong").textContent = `${mover.last.name}: ${mover.last.said}`;
}

mover.justSaid.querySelector("button").addEventListener("click", () => {
  const { card, at } = mover.last;
  sayOf(card, at, "undone");
});
