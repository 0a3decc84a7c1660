// @ts-check
// Makes stepping quick: the parts of the next page replace those of this one, keys follow links,
// and what has happened is told to those who do not see it. Without it the links do the same.
"use strict";

const byId = (/** @type {string} */ id) => document.getElementById(id);

/** Shows another step without loading the whole page. @param {string} address */
async function show(address, remember = true) {
  const focused = document.activeElement && document.activeElement.id;
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(address);
  } catch {
    location.href = address;
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["head", "main"]) {
    const [old, fresh] = [byId(id), page.getElementById(id)];
    if (!old || !fresh) {
      location.href = address;
      return;
    }
    old.replaceChildren(...fresh.childNodes);
  }
  document.title = page.title;
  const [status, told] = [byId("status"), page.getElementById("status")];
  if (status && told) status.textContent = told.textContent;
  if (remember) history.pushState(null, "", answer.url);
  begin();
  const again = focused && byId(focused);
  (again instanceof HTMLElement && again.tabIndex >= 0 ? again : byId("main"))?.focus({
    preventScroll: true,
  });
}

/** Whether a link is one to another step. @param {HTMLAnchorElement} link */
function isStep(link) {
  const isHere = link.origin === location.origin && link.pathname.startsWith("/s/");
  return isHere && !link.pathname.endsWith("/compare") && !link.hash;
}

/** What the page needs once it is shown. */
function begin() {
  const current = document.querySelector("ol.walk [aria-current]");
  const list = current && current.closest("ol");
  if (current instanceof HTMLElement && list) {
    list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 2;
  }
  const link = byId("link");
  if (link instanceof HTMLInputElement && navigator.clipboard && !byId("copy")) {
    const copy = document.createElement("button");
    copy.id = "copy";
    copy.type = "button";
    copy.textContent = "Copy the link";
    copy.onclick = async () => {
      await navigator.clipboard.writeText(link.value);
      copy.textContent = "Copied";
    };
    link.after(" ", copy);
  }
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const link = target && target.closest("a");
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (isPlain && link instanceof HTMLAnchorElement && isStep(link)) {
    event.preventDefault();
    void show(link.href);
    return;
  }
  // A step of the diagram is the step of the list that has its number.
  const title = target && target.closest("g.ev")?.querySelector("title")?.textContent;
  const step = title && /^Step (\d+):/.exec(title);
  if (step && location.pathname.startsWith("/s/")) {
    void show(location.pathname.replace(/[^/]*$/, step[1]));
  }
});

window.addEventListener("popstate", () => void show(location.href, false));

/** @type {Record<string, string>} */
const LINKS = {
  j: "after", ArrowRight: "after", k: "before", ArrowLeft: "before",
  Home: "first", End: "last", b: "broken", p: "pin",
};

/** Whether single keys do anything: whoever speaks to the computer may want them not to. */
let listens = localStorage.getItem("keys") !== "off";

/** Puts a switch for the keys beside the list of them, which no step replaces. */
function beginKeys() {
  const keys = byId("keys");
  if (!keys) return;
  const button = document.createElement("button");
  button.id = "listens";
  button.type = "button";
  const named = () => (button.textContent = listens ? "Switch keys off" : "Switch keys on");
  button.onclick = () => {
    listens = !listens;
    localStorage.setItem("keys", listens ? "on" : "off");
    named();
  };
  named();
  keys.before(button);
}

document.addEventListener("keydown", (event) => {
  const at = event.target instanceof Element ? event.target : document.body;
  const isTyped = at.closest("input, select, textarea");
  if (!listens || isTyped || event.ctrlKey || event.metaKey || event.altKey) return;
  // What scrolls keeps the keys that scroll it.
  if (event.key.length > 1 && at.closest(".scroll, pre, ol.walk")) return;
  const choices = document.querySelectorAll("a.do");
  const number = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
  const link = number ? choices[number - 1] : byId(LINKS[event.key] ?? "");
  const keys = byId("keys");
  if (link instanceof HTMLAnchorElement) {
    event.preventDefault();
    void show(link.href);
  } else if (event.key === "n" && choices[0] instanceof HTMLElement) {
    choices[0].focus();
  } else if (event.key === "?" && keys instanceof HTMLDetailsElement) {
    keys.open = !keys.open;
    keys.querySelector("summary")?.focus();
  }
});

beginKeys();
begin();
