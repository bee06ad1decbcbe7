// The workbench of a purchase plan: quantities are typed in place, looked at by the server while one types, saved
// without leaving the page. What is typed lies in the session's storage until it is saved, so it survives a reload and
// signing in again. Every word comes from the page.
"use strict";

const bench = document.getElementById("bench");
const strip = document.getElementById("strip");
const seen = document.getElementById("seen");
const said = document.getElementById("said");
const wrong = document.getElementById("wrong");
const code = document.getElementById("reason_code");
const words = document.getElementById("reason");
const dialog = document.getElementById("dialog");
const plan = bench.dataset.plan;
const keptIn = `freshfront:typed:${plan}`;
const typed = JSON.parse(sessionStorage.getItem(keptIn) || "{}");
const saved = []; // lines in the order in which they were saved, for Ctrl+Z
let looked = {}; // {line, value, questions}: what the strip shows
let asked = ""; // the line and value that a question was asked about
let waiting = null; // the field that waits for a reason
let held = null; // keys pressed while a quantity is being looked at
let timer = 0;

const fields = () => [...bench.querySelectorAll("input.quantity")];
const lineOf = (field) => field.closest("tr").dataset.line;
const fieldOf = (line) => document.getElementById(`q-${line}`);
const isTyped = (field) => field.value.trim() !== field.dataset.kept;

function keep(field) {
  if (isTyped(field)) typed[lineOf(field)] = field.value;
  else delete typed[lineOf(field)];
  field.classList.toggle("typed", isTyped(field));
  sessionStorage.setItem(keptIn, JSON.stringify(typed));
}

function tell(text, failed = "") {
  said.textContent = text;
  wrong.textContent = failed;
}

// Asks the service; without a session the page is asked for again, which leads to signing in and back here.
async function ask(address, form) {
  const answer = await fetch(`${plan}/lines/${address}`, form ? { method: "POST", body: new URLSearchParams(form) } : {});
  if (answer.status === 401) {
    location.reload();
    await new Promise(() => {});
  }
  return answer;
}

async function problemOf(answer) {
  const problem = await answer.json();
  return problem.detail || problem.said;
}

async function look(field) {
  const [line, value] = [lineOf(field), field.value.trim()];
  if (looked.line === line && looked.value === value) return true;
  const answer = await ask(`${line}/preview?quantity=${encodeURIComponent(value)}`);
  if (field.value.trim() !== value) return false;
  field.toggleAttribute("aria-invalid", !answer.ok);
  if (!answer.ok) {
    looked = {};
    seen.replaceChildren();
    tell("", await problemOf(answer));
    return false;
  }
  wrong.textContent = "";
  seen.innerHTML = await answer.text();
  looked = { line, value, questions: seen.querySelector(".preview").dataset.questions };
  return true;
}

function lookSoon(field) {
  clearTimeout(timer);
  timer = setTimeout(() => look(field).catch(() => {}), 150);
}

function move(field, by) {
  const all = fields();
  const next = all[all.indexOf(field) + by];
  if (next) next.focus();
  return next;
}

// Enter: the quantity is looked at, a question is answered by Enter again, a reason is chosen once, then it is saved.
async function enter(field, by) {
  if (!isTyped(field)) return move(field, by);
  held = [];
  let ready = false;
  try {
    ready = await look(field);
  } catch {
    tell("", strip.dataset.lost);
  }
  const keys = held;
  held = null;
  if (!ready) return field.select();
  const question = `${looked.line}=${looked.value}`;
  if (looked.questions && asked !== question) {
    asked = question;
    return field.select();
  }
  if (!code.value || (code.value === "other" && !words.value.trim())) {
    waiting = field;
    tell(strip.dataset.choose);
    return (code.value ? words : code).focus();
  }
  const next = move(field, by);
  save(field, field.closest("tr").dataset.version);
  for (const key of keys) replay(next, key);
}

function replay(field, key) {
  if (!field) return;
  if (key === "Enter") enter(field, 1);
  else {
    field.value = isTyped(field) ? field.value + key : key;
    changed(field);
  }
}

async function save(field, version) {
  const [line, quantity] = [lineOf(field), field.value.trim()];
  try {
    const form = { quantity, version, reason_code: code.value, reason: words.value };
    const answer = await ask(`${line}/quantity${location.search}`, form);
    if (answer.status === 412 || answer.status === 409) return conflict(line, quantity, await answer.json());
    if (!answer.ok) return tell("", await problemOf(answer));
    saved.push(line);
    put(line, await answer.json());
  } catch {
    tell("", strip.dataset.lost);
  }
}

async function undo(field) {
  const line = saved.pop() ?? lineOf(field);
  const answer = await ask(`${line}/undo${location.search}`, {});
  const now = await answer.json();
  if (answer.ok) put(line, now);
  else tell("", now.detail || now.said);
  fieldOf(line)?.focus();
}

// Puts a line's row and the totals in place as they are now, with the focus where it was.
function put(line, now) {
  const row = document.getElementById(`line-${line}`);
  const focused = row.contains(document.activeElement) ? document.activeElement.id : "";
  const ticked = row.querySelector("[name=line]")?.checked;
  const made = document.createElement("template");
  made.innerHTML = now.row;
  const fresh = made.content.querySelector("tr");
  row.nextElementSibling?.matches(".conflict") && row.nextElementSibling.remove();
  row.replaceWith(fresh);
  if (ticked && fresh.querySelector("[name=line]")) fresh.querySelector("[name=line]").checked = true;
  document.getElementById("totals").innerHTML = now.totals;
  ready(fresh);
  delete typed[line];
  sessionStorage.setItem(keptIn, JSON.stringify(typed));
  looked = {};
  if (focused) document.getElementById(focused)?.focus();
  tell(now.said);
}

// Somebody else has changed the line: their quantity is shown, and one of the two is taken.
function conflict(line, mine, now) {
  put(line, now);
  tell("", now.said);
  const field = fieldOf(line);
  if (!field) return;
  field.value = mine;
  keep(field);
  const row = document.createElement("tr");
  row.className = "conflict";
  const cell = row.insertCell();
  cell.colSpan = field.closest("tr").cells.length;
  cell.append(now.said);
  for (const [label, act] of [[strip.dataset.theirs, () => restore(field)], [strip.dataset.mine, () => save(field, field.closest("tr").dataset.version)]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => {
      row.remove();
      field.focus();
      act();
    });
    cell.append(button);
  }
  field.closest("tr").after(row);
}

function restore(field) {
  field.value = field.dataset.kept;
  field.removeAttribute("aria-invalid");
  keep(field);
  tell("");
  field.select();
  lookSoon(field);
}

function changed(field) {
  asked = "";
  keep(field);
  lookSoon(field);
}

function ready(within) {
  for (const field of within.querySelectorAll("input.quantity")) field.readOnly = false;
}

bench.addEventListener("focusin", ({ target }) => {
  if (!target.matches("input.quantity")) return;
  target.select();
  lookSoon(target);
});

bench.addEventListener("input", ({ target }) => target.matches("input.quantity") && changed(target));

bench.addEventListener("keydown", (event) => {
  const { target: field, key } = event;
  if (event.ctrlKey && key === "Enter") {
    event.preventDefault();
    return openSummary();
  }
  if (!field.matches("input.quantity")) return;
  if (held) {
    if (key.length === 1 || key === "Enter") held.push(key);
    return event.preventDefault();
  }
  const act = {
    Enter: () => enter(field, event.shiftKey ? -1 : 1),
    ArrowDown: () => move(field, 1),
    ArrowUp: () => move(field, -1),
    Escape: () => restore(field),
    " ": () => field.closest("tr").querySelector("[name=line]").click(),
    z: event.ctrlKey || event.metaKey ? () => (isTyped(field) ? restore(field) : undo(field)) : null,
  }[key];
  if (!act) return;
  event.preventDefault();
  act();
});

// The reason last chosen stays chosen for the evening; Enter goes on with the quantity that waited for it.
for (const field of [code, words]) {
  field.value = sessionStorage.getItem(`freshfront:${field.id}`) || "";
  field.addEventListener("input", () => sessionStorage.setItem(`freshfront:${field.id}`, field.value));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    const back = waiting ?? fields()[0];
    waiting = null;
    back?.focus();
    if (event.key === "Enter" && back && isTyped(back)) enter(back, 1);
  });
}
code.addEventListener("change", () => {
  if (!waiting || !code.value || code.value === "other") return;
  if (code.matches(":focus") && !code.dataset.mouse) return; // chosen by arrows: Enter says when
  const back = waiting;
  waiting = null;
  back.focus();
  enter(back, 1);
});
code.addEventListener("pointerdown", () => (code.dataset.mouse = "yes"));
code.addEventListener("keydown", () => delete code.dataset.mouse);

// Approving: what the filter or the ticks mean, and the summary over the page.
const approve = document.getElementById("approve");
const what = document.getElementById("what");
bench.addEventListener("change", ({ target }) => {
  if (target.name === "line") what.value = bench.querySelector("[name=line]:checked") ? "chosen" : "all";
});

async function openSummary() {
  const address = `${approve.action}?${new URLSearchParams(new FormData(approve))}`;
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("summary");
  if (!answer.ok || !found) return location.assign(address);
  dialog.replaceChildren(found);
  dialog.showModal();
  dialog.querySelector("button.main")?.focus();
}

approve.addEventListener("submit", (event) => {
  event.preventDefault();
  openSummary();
});
dialog.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close]")) return;
  event.preventDefault();
  dialog.close();
});

// A filter is applied as soon as it is chosen; the button is for who has no scripts.
const filter = document.getElementById("filter");
filter.addEventListener("change", ({ target }) => target.matches("select") && filter.requestSubmit());

strip.hidden = false;
ready(bench);
for (const [line, value] of Object.entries(typed)) {
  const field = fieldOf(line);
  if (!field) continue;
  field.value = value;
  keep(field);
  if (isTyped(field)) tell(strip.dataset.restored);
}
const first = fieldOf(Object.keys(typed)[0]) ?? (location.hash ? null : fields()[0]);
if (first && matchMedia("(hover: hover)").matches && !document.activeElement.matches("input, select")) first.focus({ preventScroll: true });
