// Lists: keys, selection and live rows. What moves by itself never moves what is being read.
import "./clock.js";
import { isTyping, toast } from "./portal.js";

// ── cursor ──
const rowsOf = (table) => [...table.querySelectorAll("tbody > tr[id]")].filter((row) => row.offsetParent);
const list = () => document.querySelector("table[data-keys]");

const opener = (row) => row?.querySelector("[data-act=open]") ?? row?.querySelector("a[href]");

function moveTo(row) {
  for (const other of document.querySelectorAll("tr.is-cursor")) other.classList.remove("is-cursor");
  if (!row) return;
  row.classList.add("is-cursor");
  opener(row)?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

let claiming = "";
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (!claiming || elt.id !== claiming) return;
  claiming = "";
  moveTo(elt);
});

/** Claim by the row's own button, or by the tool bar: the picked rows, else this one. */
function claim(row) {
  const own = row?.querySelector("[data-act=claim]");
  const bar = document.querySelector("[data-bulk] [data-act=claim]");
  if (own) { claiming = row.id; own.click(); }
  else if (bar) {
    if (bar.closest("[data-bulk]").hidden) row?.querySelector("input[name=pick]")?.click();
    if (!bar.closest("[data-bulk]").hidden) bar.click();
  }
}

/** Go to a tool of the bar for the picked rows, else for this one. */
function bulk(row, what) {
  const tool = document.querySelector(`[data-bulk] ${what}`);
  if (!tool) return;
  if (tool.closest("[data-bulk]").hidden) row?.querySelector("input[name=pick]")?.click();
  if (!tool.closest("[data-bulk]").hidden) { if (tool.matches("button")) tool.click(); else tool.focus(); }
}

/** The button that finishes the row, which comes back under the same cursor. */
function tick(row, name = "tick") {
  const own = row?.querySelector(`[data-act=${name}]`);
  if (own) claiming = row.id;
  return own;
}

const acts = {
  j: (rows, at) => moveTo(rows[Math.min(at + 1, rows.length - 1)]),
  k: (rows, at) => moveTo(rows[Math.max(at - 1, 0)]),
  o: (rows, at) => opener(rows[at])?.click(),
  Enter: (rows, at, event) => { if (!event.target.closest("a, button, summary, input")) opener(rows[at])?.click(); },
  x: (rows, at) => (tick(rows[at]) ?? rows[at]?.querySelector("input[name=pick]"))?.click(),
  c: (rows, at) => claim(rows[at]),
  r: (rows, at) => rows[at]?.querySelector("[data-act=reply]")?.click(),
  a: (rows, at) => bulk(rows[at], "select[name=to]"),
  p: (rows, at) => bulk(rows[at], "select[name=priority]"),
  l: (rows, at) => bulk(rows[at], "input[name=tag]"),
  e: (rows, at) => { const own = tick(rows[at], "read"); if (own) own.click(); else bulk(rows[at], "button[value=resolve]"); },
};

/** The row under the cursor; without one, the row before the first that is seen. */
function whereIn(rows) {
  const marked = rows.findIndex((row) => row.classList.contains("is-cursor"));
  if (marked >= 0) return marked;
  const focused = rows.findIndex((row) => row.contains(document.activeElement));
  return focused >= 0 ? focused : rows.findIndex((row) => row.getBoundingClientRect().top >= 60) - 1;
}

document.addEventListener("keydown", (event) => {
  const table = list();
  if (!table || !acts[event.key] || isTyping(event)) return;
  const rows = rowsOf(table);
  const at = whereIn(rows);
  if (event.key !== "Enter") event.preventDefault();
  acts[event.key](rows, at, event);
});

// ── selection ──
function tally() {
  const picks = [...document.querySelectorAll("input[name=pick]")];
  for (const pick of picks) pick.closest("tr")?.classList.toggle("is-selected", pick.checked);
  const count = picks.filter((pick) => pick.checked).length;
  for (const bar of document.querySelectorAll("[data-bulk]")) {
    bar.hidden = count === 0;
    const output = bar.querySelector("output");
    if (output) output.textContent = `${count} selected`;
  }
}

document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-pick-all]");
  if (all) for (const pick of all.closest("table").querySelectorAll("input[name=pick]")) pick.checked = all.checked;
  if (all || event.target.name === "pick") tally();
});
tally();

// ── live ──
const ids = (scope) => [...scope.querySelectorAll("tr[id], li[id], article[id]")].map((row) => row.id);

function isBusy(box) {
  const focus = document.activeElement;
  return Boolean(box.querySelector("details[open], dialog[open], [aria-busy=true], .htmx-request"))
    || (box.contains(focus) && focus.matches("input:not([type=checkbox]), textarea, select"));
}

function isReading(box) {
  return scrollY > 160 || Boolean(box.querySelector("input[name=pick]:checked")) || isBusy(box);
}

function place(box) {
  const focus = box.contains(document.activeElement) ? document.activeElement : null;
  const row = focus?.closest("[id]");
  const stops = row ? [...row.querySelectorAll("a, button, input, summary")] : [];
  const seen = [...box.querySelectorAll("tr[id], li[id], article[id]")].find((item) => item.getBoundingClientRect().top >= 60);
  return {
    focusId: row?.id, focusAt: stops.indexOf(focus),
    cursor: box.querySelector(".is-cursor")?.id,
    picks: new Set([...box.querySelectorAll("input[name=pick]:checked")].map((pick) => pick.value)),
    anchor: seen?.id, top: seen?.getBoundingClientRect().top ?? 0, known: new Set(ids(box)),
  };
}

function putBack(box, was) {
  for (const pick of box.querySelectorAll("input[name=pick]")) pick.checked = was.picks.has(pick.value);
  if (was.cursor) document.getElementById(was.cursor)?.classList.add("is-cursor");
  if (was.focusId) {
    const row = document.getElementById(was.focusId);
    const stop = row && was.focusAt >= 0 ? row.querySelectorAll("a, button, input, summary")[was.focusAt] : row;
    stop?.focus({ preventScroll: true });
  }
  const anchor = was.anchor && document.getElementById(was.anchor);
  if (anchor) scrollBy({ top: anchor.getBoundingClientRect().top - was.top, behavior: "instant" });
  if (was.known.size) {
    for (const id of ids(box)) if (!was.known.has(id)) greet(document.getElementById(id));
  }
  tally();
}

function greet(row) {
  row.classList.add("is-new");
  const subject = row.querySelector(".subject");
  if (!subject) return;
  const word = document.createElement("span");
  word.className = "chip c-desk";
  word.textContent = "New";
  subject.append(word);
}

function swap(box, fresh) {
  const was = place(box);
  box.replaceChildren(...fresh.childNodes);
  window.htmx?.process(box);
  putBack(box, was);
}

function offer(box, fresh, count) {
  let pill = box.previousElementSibling;
  if (!pill?.matches(".pill")) {
    pill = document.createElement("div");
    pill.className = "pill";
    pill.setAttribute("role", "status");
    pill.innerHTML = '<button class="btn btn-sm" type="button"></button>';
    box.before(pill);
  }
  const button = pill.querySelector("button");
  button.textContent = `${count} new, show ${count === 1 ? "it" : "them"}`;
  button.onclick = () => { pill.remove(); swap(box, fresh); };
}

function state(live) {
  for (const mark of document.querySelectorAll(".live")) {
    const words = live ? "Live" : "Not live, trying again";
    if (mark.lastChild?.textContent !== words) mark.lastChild.textContent = words;
    mark.classList.toggle("is-off", !live);
  }
}

async function poll(box) {
  const headers = { "HX-Request": "true", "X-Requested-With": "fetch" };
  if (box.dataset.etag) headers["If-None-Match"] = box.dataset.etag;
  const answer = await fetch(box.dataset.live, { headers });
  if (answer.redirected && new URL(answer.url).pathname.startsWith("/sign-in/")) { location.reload(); return; }
  state(answer.ok || answer.status === 304);
  if (answer.status !== 200) return;
  const html = await answer.text();
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const known = new Set(ids(box));
  const news = ids(fresh.content).filter((id) => !known.has(id)).length;
  if ("liveAsk" in box.dataset && news && isReading(box)) offer(box, fresh.content, news);
  else if (isBusy(box)) return; // asked again in a moment, with the old ETag
  else {
    if (box.previousElementSibling?.matches(".pill")) box.previousElementSibling.remove();
    swap(box, fresh.content);
  }
  box.dataset.etag = answer.headers.get("ETag") ?? "";
  for (const pair of (answer.headers.get("X-Counts") ?? "").split(";").filter(Boolean)) {
    const [name, words] = pair.split("=");
    for (const mark of document.querySelectorAll(`[data-count="${CSS.escape(name)}"]`)) mark.textContent = words;
  }
  const next = answer.headers.get("X-Live");
  if (next) box.dataset.live = next;
}

function keepLive(box) {
  const pause = Number(box.dataset.every || 5) * 1000;
  let failures = 0;
  const tick = async () => {
    if (!box.isConnected) return;
    if (!document.hidden) {
      try { await poll(box); failures = 0; } catch {
        failures += 1;
        state(false);
        if (failures === 3) toast("The list is no longer live: the portal does not answer. It goes on by itself.", "warn");
      }
    }
    setTimeout(tick, pause * Math.min(2 ** failures, 12));
  };
  setTimeout(tick, "now" in box.dataset ? 0 : pause); // data-now: the page came without it
  document.addEventListener("visibilitychange", () => { if (!document.hidden && box.isConnected) poll(box).catch(() => state(false)); });
}

for (const box of document.querySelectorAll("[data-live]")) keepLive(box);
