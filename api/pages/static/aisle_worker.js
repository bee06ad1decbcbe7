// The worker of the pages in the aisle: without a connection they come as they were last, and what waits to be sent is
// sent when the connection is back, also while no page is open, where the browser tells. FILES and OUTBOX are put before
// this by the service.
"use strict";

importScripts(OUTBOX);

const FILES_KEPT = `aisle-files-${FILES.map((file) => file.split("v=")[1]).join("-")}`;
const PAGES_KEPT = "aisle-pages";
const PATIENCE = 6_000; // ms: a connection that is as good as none

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES_KEPT).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

async function forgetOlder() {
  const older = (await caches.keys()).filter((name) => name.startsWith("aisle-files-") && name !== FILES_KEPT);
  await Promise.all(older.map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith("/static/")) event.respondWith(fileOf(event.request));
  else if (pathname.startsWith("/aisle/")) event.respondWith(pageOf(event.request));
});

async function fileOf(request) {
  return (await caches.match(request)) ?? fetch(request);
}

// As it is now; without an answer as it was last. Who is signed out sees nothing of before.
async function pageOf(request) {
  const kept = await caches.open(PAGES_KEPT);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 401) await caches.delete(PAGES_KEPT);
    else if (answer.ok && !answer.redirected) await kept.put(request, answer.clone());
    return answer;
  } catch {
    return (await kept.match(request)) ?? Response.error();
  }
}

self.addEventListener("sync", (event) => {
  if (event.tag === "ticks") event.waitUntil(sendTicks().then((ended) => ended === "sent" || Promise.reject(ended)));
});
