"use strict";
const page = document.documentElement;
const own = document.getElementById("own");
const nodes = new Map([...document.querySelectorAll(".node")].map((node) => [node.id.slice(1), node]));
const parents = new Map([...nodes].map(([id, node]) => [id, node.dataset.from.split(" ").filter(Boolean)]));
const children = new Map([...nodes.keys()].map((id) => [id, []]));
for (const [id, from] of parents) for (const parent of from) children.get(parent).push(id);
const wide = matchMedia("(min-width: 62rem)");
const MOST_LINES = 400;
let chosen = null;

function line(parent, child) {
  const above = nodes.get(parent), below = nodes.get(child);
  const x1 = above.offsetLeft + above.offsetWidth / 2, y1 = above.offsetTop + above.offsetHeight;
  const x2 = below.offsetLeft + below.offsetWidth / 2, y2 = below.offsetTop;
  const bend = Math.max((y2 - y1) / 2, 14);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`);
  return path;
}

function choose(id) {
  const node = nodes.get(id), text = document.getElementById("t" + id);
  if (!node || id === chosen) return;
  if (chosen !== null) {
    nodes.get(chosen).classList.remove("chosen");
    nodes.get(chosen).removeAttribute("aria-current");
    nodes.get(chosen).tabIndex = -1;
    document.getElementById("t" + chosen).classList.remove("chosen");
  }
  chosen = id;
  node.classList.add("chosen");
  node.setAttribute("aria-current", "true");
  node.tabIndex = 0;
  text.classList.add("chosen");
  text.closest("details").open = true;
  const pairs = [...parents.get(id).map((from) => [from, id]), ...children.get(id).map((to) => [id, to])];
  own.replaceChildren(...pairs.slice(0, MOST_LINES).map(([from, to]) => line(from, to)));
  if (wide.matches) {
    const pane = text.closest(".texts");
    pane.scrollTop = page.classList.contains("all") ? text.offsetTop - pane.offsetTop - 12 : 0;
  }
}

function beside(node, step) {
  const all = [...nodes.values()];
  const at = all.indexOf(node) + step;
  return all[Math.min(Math.max(at, 0), all.length - 1)];
}

function towards(node, key) {
  const id = node.id.slice(1);
  if (key === "ArrowUp") return nodes.get(parents.get(id).at(-1));
  if (key === "ArrowDown") return nodes.get(children.get(id)[0]);
  if (key === "ArrowLeft") return beside(node, -1);
  if (key === "ArrowRight") return beside(node, 1);
  return undefined;
}

function fromAddress() {
  const found = /^#[tn](-?\d+)$/.exec(location.hash);
  if (found) choose(found[1]);
}

for (const node of nodes.values()) node.tabIndex = -1;
document.querySelector(".drawing").addEventListener("keydown", (event) => {
  const node = event.target.closest(".node");
  if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
  const next = towards(node, event.key);
  if (event.key.startsWith("Arrow")) event.preventDefault();
  if (next) next.focus();
});
document.querySelector(".drawing").addEventListener("focusin", (event) => {
  const node = event.target.closest(".node");
  if (node) choose(node.id.slice(1));
});
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#t"]');
  if (!link || !wide.matches) return;
  event.preventDefault();
  history.pushState(null, "", link.hash);
  fromAddress();
  nodes.get(chosen).scrollIntoView({ block: "nearest", inline: "nearest" });
  // A click that the keyboard made: go on reading in the text.
  if (event.detail === 0) document.getElementById("t" + chosen).focus({ preventScroll: true });
});
document.querySelector(".texts").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && chosen !== null) nodes.get(chosen).focus();
});
document.getElementById("all").addEventListener("click", (event) => {
  const all = page.classList.toggle("all");
  event.target.setAttribute("aria-pressed", String(all));
});
addEventListener("hashchange", fromAddress);
addEventListener("popstate", fromAddress);
page.classList.add("scripted");
fromAddress();
if (chosen === null) choose(document.querySelector(".node.is-root").id.slice(1));
const drawing = document.querySelector(".drawing"), shown = nodes.get(chosen);
drawing.scrollLeft = shown.offsetLeft - drawing.clientWidth / 2;
drawing.scrollTop = shown.offsetTop - drawing.clientHeight / 2;
if (wide.matches) scrollTo(0, 0);
