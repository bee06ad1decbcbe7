// A line's own page: what the quantity and supplier in the form would come to, while they are chosen.
"use strict";

const form = document.getElementById("edit-form");
const seen = document.getElementById("seen");
let timer = 0;

async function look() {
  const { quantity_wanted: quantity, offer_id: offer } = form.elements;
  const asked = new URLSearchParams({ quantity: quantity.value, offer_id: offer?.value ?? "" });
  const answer = await fetch(`${form.dataset.look}?${asked}`);
  if (answer.ok) seen.innerHTML = await answer.text();
  else seen.textContent = answer.status === 422 ? (await answer.json()).detail : "";
}

for (const kind of ["input", "change"]) {
  form.addEventListener(kind, ({ target }) => {
    if (!["quantity_wanted", "offer_id"].includes(target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(() => look().catch(() => (seen.textContent = "")), 200);
  });
}
