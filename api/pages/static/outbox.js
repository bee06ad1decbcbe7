// What staff said of moves and the service does not know yet: kept in the browser's database until it was answered, and
// sent one after the other, each under a key of its own, so that what is sent twice arrives once. The page and its
// worker share it; where there are locks only one of them sends.
"use strict";

const ANSWER_AFTER = 20_000; // ms: a service that hangs gives no answer either
const TRY_LATER = new Set([408, 425, 429]);

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("freshfront-outbox", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("ticks", { keyPath: "number", autoIncrement: true });
      asked.result.createObjectStore("kept");
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

// One request in a transaction of its own, which is kept when this resolves.
async function inStore(name, mode, ask) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(name, mode);
      const asked = ask(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? asked.error);
    });
  } finally {
    database.close();
  }
}

const ticks = () => inStore("ticks", "readonly", (store) => store.getAll());
const addTick = (tick) => inStore("ticks", "readwrite", (store) => store.add({ ...tick, key: newKey() }));
const putTick = (tick) => inStore("ticks", "readwrite", (store) => store.put(tick));
const removeTick = (number) => inStore("ticks", "readwrite", (store) => store.delete(number));
const rememberVisitor = (name) => inStore("kept", "readwrite", (store) => store.put(name, "visitor"));
const visitorKnown = () => inStore("kept", "readonly", (store) => store.get("visitor"));

// crypto.randomUUID is there over https only, these random numbers everywhere.
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Sends what waits, in its order, and says how that ended: "sent", "offline", "later" or "signed-out". What the service
// refuses stays with its words. Ticks of somebody else wait for them.
async function sendTicks() {
  if (!navigator.locks) return sendEach();
  return navigator.locks.request("freshfront-outbox", sendEach);
}

async function sendEach() {
  const visitor = await visitorKnown();
  for (const tick of await ticks()) {
    if (tick.refused !== undefined || tick.by !== visitor) continue;
    const ended = await sendOne(tick);
    if (ended !== "sent") return ended;
  }
  return "sent";
}

async function sendOne(tick) {
  let answer;
  try {
    answer = await fetch(`/v1/moves/${encodeURIComponent(tick.move)}/${tick.what}`, {
      method: "POST",
      headers: { "Idempotency-Key": tick.key, ...(tick.body ? { "Content-Type": "application/json" } : {}) },
      body: tick.body ? JSON.stringify(tick.body) : undefined,
      signal: AbortSignal.timeout(ANSWER_AFTER),
    });
  } catch {
    return "offline";
  }
  if (answer.status === 401) return "signed-out";
  if (answer.status >= 500 || TRY_LATER.has(answer.status)) return "later";
  if (answer.ok) await removeTick(tick.number);
  else await putTick({ ...tick, refused: await detailOf(answer) });
  return "sent";
}

async function detailOf(answer) {
  try {
    return (await answer.json()).detail ?? answer.statusText;
  } catch {
    return `${answer.status} ${answer.statusText}`;
  }
}
