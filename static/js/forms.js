// Forms: one submit at a time, questions before what cannot be undone, drafts, fields that depend on others.
import { icon } from "./portal.js";

// ── ask first ──
function ask(question, verb) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "ask-title");
  dialog.innerHTML = `<header><h2 id="ask-title"></h2><button class="btn btn-quiet btn-icon btn-sm" type="button" data-no aria-label="Close">${icon("x")}</button></header>
    <footer><button class="btn" type="button" data-no>No, go back</button><button class="btn btn-primary" type="button" data-yes></button></footer>`;
  dialog.querySelector("h2").textContent = question;
  dialog.querySelector("[data-yes]").textContent = verb;
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((settle) => {
    dialog.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button || event.target === dialog) dialog.close(button?.matches("[data-yes]") ? "yes" : "");
    });
    dialog.addEventListener("close", () => { settle(dialog.returnValue === "yes"); dialog.remove(); });
  });
}

const agreed = new WeakSet();
const sending = new WeakMap();

function release(form) {
  const button = sending.get(form);
  sending.delete(form);
  if (!button) return;
  button.removeAttribute("aria-busy");
  if (button.dataset.words) { button.innerHTML = button.dataset.words; delete button.dataset.words; }
}

function hold(form, button) {
  sending.set(form, button);
  if (!button) return;
  button.setAttribute("aria-busy", "true");
  if (button.dataset.busy) {
    button.dataset.words = button.innerHTML;
    button.innerHTML = '<span class="spin" aria-hidden="true"></span>';
    button.append(button.dataset.busy);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (form.method === "dialog") return;
  if (button?.formTarget) return; // into a frame of this page
  const question = button?.dataset.confirm ?? form.dataset.confirm;
  if (question && !agreed.has(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(question, button?.textContent.trim() || "Yes").then((yes) => {
      if (!yes) return;
      agreed.add(form);
      form.requestSubmit(button);
    });
    return;
  }
  agreed.delete(form);
  if (form.method !== "post" || "appearance" in form.dataset) return;
  if (sending.has(form)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
  hold(form, button);
  setTimeout(() => release(form), 15000); // an answer that is a download leaves the page standing
}, true);

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (form) release(form);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.forms) release(form);
});

// ── drafts: what was typed waits in this browser until it is sent ──
const skip = new Set(["csrfmiddlewaretoken", "idempotency_key"]);

function typed(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !skip.has(name));
}

function restore(form, key) {
  let kept;
  try { kept = JSON.parse(localStorage.getItem(key) ?? "null"); } catch { return; }
  if (!Array.isArray(kept) || form.querySelector('[aria-invalid="true"]')) return;
  for (const [name, value] of kept) {
    for (const control of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (control.type === "hidden" || control.type === "file") continue;
      if (control.type === "radio" || control.type === "checkbox") control.checked ||= control.value === value;
      else if (!control.value) control.value = value;
    }
  }
}

/** The same on the server, at most every few seconds: one may go on at another desk. */
const kept = new WeakMap();
const waiting = new WeakMap();
function keepDraft(form) {
  clearTimeout(waiting.get(form));
  const wait = 3000 - (Date.now() - (kept.get(form) ?? 0));
  if (wait > 0) { waiting.set(form, setTimeout(() => keepDraft(form), wait)); return; } // the last words too
  if (!form.isConnected || sending.has(form)) return;
  kept.set(form, Date.now());
  fetch(form.dataset.keep, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "X-Requested-With": "fetch" } })
    .catch(() => {}); // this browser has it
}

function watchDraft(form) {
  if (kept.has(form)) return;
  kept.set(form, 0);
  const key = `draft:${form.dataset.draft}`;
  let later;
  restore(form, key);
  form.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(() => {
      try { localStorage.setItem(key, JSON.stringify(typed(form))); } catch { /* private window: no draft */ }
      if (form.dataset.keep) keepDraft(form);
    }, 400);
  });
  form.addEventListener("submit", () => { clearTimeout(later); clearTimeout(waiting.get(form)); localStorage.removeItem(key); });
}

const watchDrafts = (scope) => scope.querySelectorAll("form[data-draft]").forEach(watchDraft);
watchDrafts(document);
document.addEventListener("htmx:load", (event) => watchDrafts(event.target.parentElement ?? document));

// ── fields that depend on others: shown always without this script ──
function valueOf(form, name) {
  const control = form.elements.namedItem(name);
  if (!control) return "";
  return control.type === "checkbox" ? (control.checked ? control.value : "") : control.value;
}

function follow(form) {
  for (const part of form.querySelectorAll("[data-show-when]")) {
    const [name, wanted] = part.dataset.showWhen.split("=");
    const shown = wanted.split("|").includes(valueOf(form, name));
    part.hidden = !shown;
    for (const control of part.querySelectorAll("input, select, textarea")) control.disabled = !shown;
  }
}

function followAll(scope) {
  const forms = new Set([...scope.querySelectorAll("[data-show-when]")].map((part) => part.closest("form")));
  for (const form of forms) if (form) follow(form);
}

document.addEventListener("change", (event) => { if (event.target.form) follow(event.target.form); });
document.addEventListener("htmx:load", (event) => followAll(event.target));
followAll(document);
