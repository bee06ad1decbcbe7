// Finds a product or a slot by a few letters, or by all of a slot's id that a scanner types or the camera reads, in what
// the phone knows, and shows where it lies, what expires first, and how cold it is there.
"use strict";

const aisle = document.getElementById("aisle");
let facts = null; // what the service told last of the warehouse

const finder = {
  field: document.getElementById("find"),
  found: document.getElementById("found"),
  shown: document.getElementById("shown"),
  entries: [],
  open: "", // what is shown
};
const MOST_FOUND = 8;
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
const letters = (text) => plain(text).replace(/[^\p{L}\p{N}]/gu, "");

function entriesOf(known) {
  const lying = grouped(known.slots);
  const products = Object.entries(known.products).map(([id, product]) => ({
    key: `product ${id}`, title: product.name, product, slots: lying.get(id) ?? [], texts: [product.name, ...(product.names ?? []), id],
  }));
  const slots = known.slots.map((slot) => {
    const product = slot.product ? known.products[slot.product] : null;
    return { key: `slot ${slot.id}`, title: slot.name, product, slots: [slot], isSlot: true, texts: [slot.id, slot.name] };
  });
  return [...products, ...slots].map((entry) => ({ ...entry, texts: entry.texts.map(plain) }));
}

function grouped(slots) {
  const by = new Map();
  for (const slot of slots) by.set(slot.product, [...(by.get(slot.product) ?? []), slot]);
  return by;
}

// 0: it is just that; then what begins with it, what has a word that does, what has it anywhere.
function distance(entry, wanted) {
  return Math.min(
    ...entry.texts.map((text) => {
      if (text === wanted) return 0;
      if (text.startsWith(wanted) || letters(text).startsWith(letters(wanted) || "\0")) return 1;
      if (text.split(/\s+/).some((word) => word.startsWith(wanted))) return 2;
      return text.includes(wanted) ? 3 : Infinity;
    }),
  );
}

function matches(typed) {
  const wanted = plain(typed);
  if (!wanted) return [];
  return finder.entries
    .map((entry) => [distance(entry, wanted), entry])
    .filter(([far]) => far < Infinity)
    .sort(([one], [other]) => one - other)
    .slice(0, MOST_FOUND)
    .map(([, entry]) => entry);
}

function drawFound() {
  const entries = matches(finder.field.value);
  finder.found.replaceChildren(...entries.map(foundRow));
  if (!entries.length && plain(finder.field.value)) {
    const none = document.createElement("li");
    none.textContent = finder.found.dataset.nothing;
    finder.found.append(none);
  }
}

function foundRow(entry) {
  const row = document.createElement("li");
  const button = document.createElement("button");
  const where = document.createElement("span");
  const names = entry.slots.map((slot) => slot.name).join(", ");
  where.className = "figure";
  where.textContent = entry.isSlot ? (entry.product?.name ?? finder.found.dataset.empty) : names || finder.found.dataset.noSlot;
  button.type = "button";
  button.className = "row";
  button.append(Object.assign(document.createElement("span"), { textContent: entry.title }), where);
  button.addEventListener("click", () => openEntry(entry));
  row.append(button);
  return row;
}

function openEntry(entry) {
  finder.open = entry.key;
  finder.found.replaceChildren();
  drawShown(entry);
  finder.field.select(); // the next scan takes its place
}

function drawShown(entry) {
  const article = document.getElementById("t-product").content.cloneNode(true);
  const lots = entry.product?.lots ?? [];
  article.querySelector("h3").textContent = entry.product?.name ?? finder.found.dataset.empty;
  const slots = article.querySelector(".slots-of");
  slots.append(...entry.slots.map(slotWords));
  if (!entry.slots.length) slots.textContent = finder.found.dataset.noSlot;
  article.querySelector(".climate").replaceChildren(...zonesOf(entry.slots).map(climateRow));
  article.querySelector(".no-stock").hidden = lots.length > 0 || !entry.product;
  article.querySelector("table").hidden = !lots.length;
  article.querySelector("tbody").replaceChildren(...lots.map(lotRow));
  finder.shown.replaceChildren(article);
}

function slotWords(slot) {
  const words = document.createElement("span");
  words.append(Object.assign(document.createElement("b"), { textContent: slot.name }));
  if (slot.unusable) {
    words.append(" ", Object.assign(document.createElement("span"), { className: "state alarm", textContent: slot.unusable }));
  }
  return words;
}

const zonesOf = (slots) => [...new Set(slots.map((slot) => slot.zone))].map((zone) => facts.zones[zone]).filter(Boolean);

function climateRow(zone) {
  const row = document.createElement("li");
  row.className = "row";
  const said = document.createElement("span");
  said.append(`${zone.said} `);
  if (zone.state) said.append(Object.assign(document.createElement("span"), { className: `state ${zone.state}`, textContent: zone.state_word }));
  row.append(Object.assign(document.createElement("span"), { textContent: zone.name }), said);
  return row;
}

function lotRow(lot) {
  const row = document.createElement("tr");
  const expires = document.createElement("th");
  expires.scope = "row";
  expires.append(lot.expires, Object.assign(document.createElement("small"), { textContent: lot.left }));
  expires.classList.toggle("urgent-life", lot.urgent);
  const name = Object.assign(document.createElement("td"), { textContent: lot.lot });
  if (lot.blocked) name.append(Object.assign(document.createElement("small"), { textContent: lot.blocked }));
  row.append(expires, name, Object.assign(document.createElement("td"), { className: "figure", textContent: lot.quantity }));
  return row;
}

// The facts are new: what is shown stays open with them.
function knowFacts() {
  finder.entries = entriesOf(facts);
  const open = finder.entries.find((entry) => entry.key === finder.open);
  if (open) drawShown(open);
}

// A whole id, as a scanner types it or the camera reads it, or else the nearest.
function findCode(code) {
  const [nearest] = matches(code);
  finder.field.value = code;
  if (nearest) openEntry(nearest);
  else drawFound();
}

finder.field.addEventListener("input", drawFound);
document.getElementById("find-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (facts) findCode(finder.field.value);
});
