// @ts-check
// Looks at the chain again every two seconds, and shows what has changed. Without it a link does.
"use strict";

const EVERY = 2000;

const byId = (/** @type {string} */ id) => document.getElementById(id);

/** Whether the reader wants the page to stand still, which outlives the page. */
let still = sessionStorage.getItem("still") === "yes";

const button = document.createElement("button");
button.id = "still";
button.type = "button";

function named() {
  button.textContent = still ? "Refresh every 2 s" : "Stand still";
}

button.addEventListener("click", () => {
  still = !still;
  sessionStorage.setItem("still", still ? "yes" : "no");
  named();
});

/** Replaces what is shown, and keeps where the reader is. @param {Document} page */
function show(page) {
  const focused = document.activeElement && document.activeElement.id;
  const boxes = () => [...document.querySelectorAll(".scroll")];
  const scrolled = boxes().map((box) => box.scrollLeft);
  const within = boxes().indexOf(/** @type {Element} */ (document.activeElement));
  for (const id of ["head", "main"]) {
    const [old, fresh] = [byId(id), page.getElementById(id)];
    if (old && fresh && old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
  }
  boxes().forEach((box, index) => (box.scrollLeft = scrolled[index] ?? 0));
  const again = focused ? byId(focused) : boxes()[within];
  if (again instanceof HTMLElement && again !== document.activeElement) {
    again.focus({ preventScroll: true });
  }
  document.title = page.title;
  say(page.getElementById("status")?.textContent ?? "");
}

/** Told once, and only where it is another than before. @param {string} text */
function say(text) {
  const status = byId("status");
  if (status && status.textContent !== text) status.textContent = text;
}

async function look() {
  if (!still && !document.hidden) {
    try {
      const answer = await fetch(location.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!still) show(page);
    } catch {
      say("hopwise explore has ended: this is what was seen last.");
    }
  }
  setTimeout(look, EVERY);
}

named();
byId("status")?.after(button);
setTimeout(look, EVERY);
