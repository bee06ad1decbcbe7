// Says under the floor plan which slot is pointed at, so that a finger learns what a mouse sees in the tooltip.
"use strict";

const hint = document.querySelector("[data-hint]");

function point(event) {
  const slot = event.target.closest(".slot");
  if (slot && hint) hint.textContent = slot.querySelector("title").textContent;
}

const floor = document.querySelector("svg.floor");
floor?.addEventListener("pointerover", point);
floor?.addEventListener("click", (event) => {
  if (event.target.closest(".slot") && matchMedia("(hover: none)").matches) event.preventDefault();
  point(event);
});
