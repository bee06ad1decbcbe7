// Puts the floor's drawing into the page, says under it which slot is pointed at (a finger learns what a mouse sees in the
// tooltip), and picks out slots while one types. Without this script the drawing is a picture, and a search asks for it.
"use strict";

const picture = document.querySelector("img.floor");
const hint = document.querySelector("[data-hint]");
const find = document.querySelector("[data-find]");
const found = document.querySelector("[data-found]");
const said = (slot) => slot.querySelector("title").textContent;

function point(event) {
  const slot = event.target.closest(".slot");
  if (slot) hint.textContent = said(slot);
}

function search(floor) {
  const words = find.value.trim().toLowerCase();
  let n = 0;
  for (const slot of floor.querySelectorAll(".slot")) {
    const is = words !== "" && `${said(slot)} ${slot.dataset.names ?? ""}`.toLowerCase().includes(words);
    slot.classList.toggle("found", is);
    if (is && n++ === 0) hint.textContent = said(slot);
  }
  floor.classList.toggle("searching", words !== "");
  found.textContent = words === "" ? "" : found.dataset.found.replace("{n}", n);
}

async function draw() {
  const address = new URL(picture.src);
  address.search = "";
  const answer = await fetch(address);
  if (!answer.ok) return;
  const drawing = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  picture.replaceWith(drawing);
  for (const kind of ["pointerover", "click"]) drawing.addEventListener(kind, point);
  find.addEventListener("input", () => search(drawing));
  if (find.value) search(drawing);
}

if (picture) draw();
