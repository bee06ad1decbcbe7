// The camera as a scanner, where the browser reads codes (BarcodeDetector, over https): a code holds a slot's id.
"use strict";

const scanner = {
  button: document.getElementById("scan"),
  video: document.getElementById("camera"),
  said: document.getElementById("scan-said"),
  stream: null,
};
const LOOK_EVERY = 200; // ms

function scannerSays(what) {
  scanner.said.textContent = scanner.said.dataset[what];
  scanner.said.hidden = false;
}

async function startCamera() {
  scanner.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  scanner.video.srcObject = scanner.stream;
  scanner.video.hidden = false;
  await scanner.video.play();
  const detector = new BarcodeDetector();
  while (scanner.stream) {
    const [code] = await detector.detect(scanner.video);
    if (code && scanner.stream) {
      stopCamera();
      findCode(code.rawValue);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

function stopCamera() {
  scanner.stream?.getTracks().forEach((track) => track.stop());
  scanner.stream = null;
  scanner.video.hidden = true;
  wordButton();
}

const scanWords = scanner.button.textContent;
const wordButton = () => (scanner.button.textContent = scanner.stream ? scanner.button.dataset.stop : scanWords);

scanner.button.addEventListener("click", async () => {
  if (scanner.stream) return stopCamera();
  try {
    const looking = startCamera();
    setTimeout(wordButton);
    scanner.video.addEventListener("playing", wordButton, { once: true });
    await looking;
  } catch {
    stopCamera();
    scannerSays("denied");
  }
});

if (!window.isSecureContext) scannerSays("https");
else if (!("BarcodeDetector" in window) || !navigator.mediaDevices) scannerSays("none");
else scanner.button.hidden = false;
