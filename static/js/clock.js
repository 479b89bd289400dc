// Times that go on while a list stays as it is: no request is made and no row moves.
// The words are those of kit/markup.py; the server's clock counts, not the reader's.
const NBSP = "\u00a0";
const AMBER_SECONDS = 30 * 60;
const EVERY = 10_000;
const ahead = new WeakMap();

/** 40 s, 34 min, 2 h 05, 3 d 4 h; `day` of 0 never turns hours into days. */
export function duration(seconds, day = 86_400) {
  const whole = Math.round(Math.abs(seconds));
  if (whole < 60) return whole ? `${whole}${NBSP}s` : "0";
  if (whole < 3600) return `${Math.floor(whole / 60)}${NBSP}min`;
  const hours = Math.floor(whole / 3600);
  if (day && whole >= 2 * day) {
    const rest = Math.floor((whole % day) / 3600);
    return `${Math.floor(whole / day)}${NBSP}d${rest ? `${NBSP}${rest}${NBSP}h` : ""}`;
  }
  if (hours >= 10) return `${hours}${NBSP}h`;
  return `${hours}${NBSP}h${NBSP}${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")}`;
}

/** What stands in a due mark with `left` seconds to go: [class, icon, words]. */
export function due(left) {
  const words = duration(left, 0).replace(new RegExp(`${NBSP}00$`), "");
  if (left < 0) return ["c-bad", "alert-triangle", `Late ${words}`];
  return [left <= AMBER_SECONDS ? "c-warn" : "c-none", "clock", words];
}

/** Seconds by the server's clock, as it was when this list came. */
function now(list) {
  if (!ahead.has(list)) ahead.set(list, Number(list.dataset.now) - Date.now() / 1000);
  return Date.now() / 1000 + ahead.get(list);
}

function say(mark, left) {
  const [css, glyph, words] = due(left);
  if (mark.lastChild.textContent === words) return;
  mark.className = `sla ${css}`;
  mark.lastChild.textContent = words;
  const use = mark.querySelector("use");
  use.setAttribute("href", `${use.getAttribute("href").split("#")[0]}#i-${glyph}`);
}

function tick() {
  for (const list of document.querySelectorAll("[data-now]")) {
    const at = now(list);
    for (const cell of list.querySelectorAll("[data-due]")) say(cell.querySelector(".sla"), Number(cell.dataset.due) - at);
    for (const cell of list.querySelectorAll("[data-since]")) {
      const words = duration(at - Number(cell.dataset.since));
      if (cell.textContent !== words) cell.textContent = words;
    }
  }
}

if (typeof document !== "undefined") {
  tick();
  setInterval(() => { if (!document.hidden) tick(); }, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
}
