// The editor of rules: variables go in at the cursor, the preview follows what is typed.
// Without this file every button submits the form and nothing typed is lost.
const form = document.querySelector("form[data-rule]");

// ── variables ──
let target = null;
form.addEventListener("focusin", ({ target: field }) => {
  if (/^step-\d+-(subject|body)$/.test(field.name ?? "")) target = field;
});

function insert(text) {
  const field = target?.isConnected ? target : form.querySelector("[name=step-0-body]");
  if (!field) return;
  field.focus();
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const code of form.querySelectorAll("code[data-insert]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-quiet btn-sm";
  button.title = `Insert ${code.dataset.insert}`;
  const label = code.nextElementSibling;
  button.textContent = label?.textContent || code.textContent;
  button.addEventListener("click", () => insert(code.dataset.insert));
  label?.remove();
  code.replaceWith(button);
}
const hint = form.querySelector("[data-insert-hint]");
if (hint) hint.textContent = "They go in where the cursor is.";

// ── what it is about ──
const choose = form.querySelector("[data-kind]");
choose.hidden = true;
form.querySelector("[name=kind]").addEventListener("change", () => form.requestSubmit(choose));

// ── preview ──
const box = document.getElementById("preview");
let later = 0;
let asked = null;

async function look() {
  asked?.abort();
  asked = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  body.set("act", "look");
  try {
    const answer = await fetch(location.pathname, { method: "POST", body, signal: asked.signal, headers: { "X-Part": "preview", "X-Requested-With": "fetch" } });
    if (answer.ok) box.innerHTML = await answer.text();
  } catch { /* a newer question is on its way, or the button still works */ }
}

function soon(wait) {
  clearTimeout(later);
  later = setTimeout(look, wait);
}

form.querySelector("[data-look]")?.addEventListener("click", (event) => { event.preventDefault(); soon(0); });
form.addEventListener("input", ({ target: field }) => { if (field.name && field.name !== "number") soon(700); });
form.addEventListener("change", ({ target: field }) => { if (["thing", "number"].includes(field.name)) soon(0); });
soon(50);
