// What every page has: appearance, menus, dialogs, toasts, keys that click. Pages read and work without it.
const root = document.documentElement;

export function icon(name) {
  const known = document.querySelector("svg.i use");
  const sprite = known.getAttribute("href").split("#")[0];
  return `<svg class="i" aria-hidden="true"><use href="${sprite}#i-${name}"/></svg>`;
}

/** Say something at the edge of the screen; problems stay until dismissed. */
export function toast(text, tone = "ok") {
  const shelf = document.getElementById("toasts");
  if (!shelf) return;
  const line = document.createElement("div");
  line.className = `toast-line c-${tone}`;
  if (tone === "bad") line.setAttribute("role", "alert");
  line.innerHTML = `${icon(tone === "ok" ? "check" : "alert-triangle")}<span></span>
    <button class="btn btn-quiet btn-icon btn-sm" type="button" data-dismiss aria-label="Dismiss">${icon("x")}</button>`;
  line.querySelector("span").textContent = text;
  shelf.append(line);
  if (tone === "ok") setTimeout(() => line.remove(), 8000);
}

for (const line of document.querySelectorAll("#toasts .c-ok, #toasts .c-none")) setTimeout(() => line.remove(), 8000);

// ── appearance: works at once, then is kept on the profile ──
function keep(name, value) {
  const form = document.querySelector("form[data-appearance]");
  if (!form) return;
  const body = new FormData(form);
  body.set(name, value);
  fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } })
    .then((answer) => { if (!answer.ok) toast("This choice holds until you leave the page; it could not be kept.", "bad"); })
    .catch(() => toast("This choice holds until you leave the page; the portal did not answer.", "bad"));
}

function isDark() {
  const chosen = root.getAttribute("data-bs-theme");
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function switchTheme(button) {
  const next = isDark() ? "light" : "dark";
  root.setAttribute("data-bs-theme", next);
  button.value = next === "dark" ? "light" : "dark";
  keep("theme", next);
}

function switchNav() {
  const next = root.getAttribute("data-nav") === "narrow" ? "wide" : "narrow";
  root.setAttribute("data-nav", next);
  keep("nav", next);
}

function switchDensity(button) {
  root.setAttribute("data-density", button.dataset.density);
  for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
  keep("density", button.dataset.density);
}

for (const button of document.querySelectorAll("button[data-density]")) {
  button.setAttribute("aria-pressed", String(button.dataset.density === root.getAttribute("data-density")));
}

// ── clicks ──
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
  return dialog;
}

document.addEventListener("click", (event) => {
  const drop = event.target.closest("details[data-drop]");
  for (const open of document.querySelectorAll("details[data-drop][open]")) if (open !== drop) open.open = false;
  if (event.target instanceof HTMLDialogElement && !event.target.dataset.stay) event.target.close();
  const button = event.target.closest("button, a[data-keys]");
  if (!button) return;
  const { dataset } = button;
  if ("toggleTheme" in dataset) { event.preventDefault(); switchTheme(button); }
  else if ("toggleNav" in dataset) switchNav();
  else if (dataset.density && button.matches("button")) switchDensity(button);
  else if ("dismiss" in dataset) button.closest(".toast-line, .issue").remove();
  else if ("close" in dataset) button.closest("dialog").close();
  else if (dataset.open) openDialog(dataset.open);
  else if ("keys" in dataset) { event.preventDefault(); openDialog("keys"); }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-drop][open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});

// ── single keys: never while somebody types or a dialog is open ──
export function isTyping(event) {
  return event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog:modal")
    || event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
}

const PLACES = { q: "/queue/", h: "/" };
let going = 0;

document.addEventListener("keydown", (event) => {
  if (isTyping(event)) return;
  if (going && Date.now() - going < 1500 && PLACES[event.key]) {
    const link = document.querySelector(`.side a[href="${PLACES[event.key]}"]`);
    going = 0;
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  going = 0;
  if (event.key === "g") { going = Date.now(); return; }
  if (event.key === "?") { event.preventDefault(); openDialog("keys"); return; }
  if (event.key === "/") {
    const filter = document.querySelector("[data-filter]");
    if (filter) { event.preventDefault(); filter.focus(); filter.select?.(); }
    return;
  }
  const reply = event.key === "r" && document.querySelector("textarea[data-act=reply]");
  if (reply) { event.preventDefault(); reply.focus(); return; }
  const target = event.key.length === 1 && document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (target) { event.preventDefault(); target.click(); }
});

// ── htmx: refusals are swapped in (409, 422), the rest is said ──
document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));
document.addEventListener("warned", (event) => { for (const text of event.detail.texts) toast(text, "warn"); });

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.responseURL && new URL(xhr.responseURL).pathname.startsWith("/sign-in/")) {
    event.detail.shouldSwap = false;
    location.reload();
  }
});

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if ([400, 409, 422].includes(status)) return;
  if (status === 403) toast("You may not do this. Nothing was changed.", "bad");
  else if (status === 404) toast("This is gone; somebody may have moved it. Reload the page to see what is there.", "bad");
  else if (status === 429) toast("That was very often. Wait a minute, then go on.", "bad");
  else if (status === 503) toast("The database is busy. Nothing was saved; send it again in a few seconds.", "bad");
  else toast("Something broke on our side. Nothing was saved; reload the page and send it again.", "bad");
});

document.addEventListener("htmx:sendError", () => toast("The portal did not answer. Nothing was saved; check the connection.", "bad"));

document.querySelector("form[method=post] [data-focus]")?.focus();
