// Ctrl-K: search everything and jump. The link behind it opens the same search as a page.
const box = document.getElementById("jump");
const input = document.getElementById("jump-q");
const results = document.getElementById("jump-results");
const recent = document.getElementById("jump-recent-paths");

// The last records that were opened here: only their addresses, in this browser, until signing out.
// The server says what they are called now, and leaves out what this person may not see (any more).
const MOST_RECENT = 8;
const RECORD = /^\/(requests|orders|orders\/quotes|orders\/invoices|orders\/stock|accounts|meetings)\/\d+\/$/;
const shelf = `opened-${box?.dataset.me}`;

function visited() {
  try { return JSON.parse(localStorage.getItem(shelf) ?? "[]").filter((path) => RECORD.test(path)); }
  catch { return []; }
}

function remember(path) {
  if (!RECORD.test(path)) return;
  try { localStorage.setItem(shelf, JSON.stringify([path, ...visited().filter((p) => p !== path)].slice(0, MOST_RECENT))); }
  catch { /* a browser that keeps nothing has no recent records */ }
}

const options = () => [...results.querySelectorAll("[role=option]:not([aria-disabled])")];
let active = -1;

function mark(index) {
  const all = options();
  active = all.length ? (index + all.length) % all.length : -1;
  all.forEach((option, i) => {
    option.id ||= `jump-option-${i}`;
    option.classList.toggle("is-on", i === active);
    option.setAttribute("aria-selected", String(i === active));
  });
  if (active < 0) { input.removeAttribute("aria-activedescendant"); return; }
  input.setAttribute("aria-activedescendant", all[active].id);
  all[active].scrollIntoView({ block: "nearest" });
}

function open() {
  if (box.open) return;
  recent.value = visited().join(",");
  box.showModal();
  input.select();
  box.dispatchEvent(new CustomEvent("jumpopen"));
}

if (box) {
  remember(location.pathname);
  document.querySelector('form[action$="/logout/"]')?.addEventListener("submit", () => {
    try { localStorage.removeItem(shelf); } catch { /* nothing was kept */ }
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
  });
  document.querySelector("[data-jump]")?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.preventDefault(); box.close(); } // a search box would only empty itself
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Tab" && options()[active]?.dataset.complete) {
      event.preventDefault();
      options()[active].click();
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      options()[active].click();
    }
  });
  results.addEventListener("htmx:afterSwap", () => mark(0));
  results.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    if (option.dataset.complete) {
      event.preventDefault();
      input.value = option.dataset.complete;
      input.focus();
      input.dispatchEvent(new Event("input", { bubbles: true }));
    } else if ("toggleTheme" in option.dataset) box.close();
  });
}
