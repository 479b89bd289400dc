// A request's page: who else is here, and canned answers into the composer.
const box = document.getElementById("here");
const composer = document.querySelector("[data-composer]");
const body = composer?.querySelector("textarea");

const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

async function say(doing) {
  const form = new URLSearchParams({ doing, version: box.dataset.version, csrfmiddlewaretoken: token() });
  if (doing === "gone") {
    const blob = new Blob([form.toString()], { type: "application/x-www-form-urlencoded" });
    navigator.sendBeacon(box.dataset.here, blob);
    return;
  }
  try {
    const answer = await fetch(box.dataset.here, { method: "POST", body: form, headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || answer.redirected) return;
    const html = await answer.text();
    if (box.dataset.shown !== html) { box.innerHTML = html; box.dataset.shown = html; }
  } catch { /* said again in a moment */ }
}

const doing = () => (body && document.activeElement === body && body.value ? "replying" : "reading");

if (box) {
  say(doing());
  setInterval(() => { if (!document.hidden) say(doing()); }, 10_000);
  body?.addEventListener("input", () => { if (!box.dataset.said) { box.dataset.said = "1"; say("replying"); } }, { once: false });
  addEventListener("pagehide", () => say("gone"));
}

// ── canned answers into the composer ──
if (composer) {
  composer.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-canned]");
    if (!link) return;
    event.preventDefault();
    const answer = await fetch(link.dataset.canned);
    if (!answer.ok) { location.href = link.href; return; }
    const { text } = await answer.json();
    body.value = body.value.trim() ? `${body.value}\n\n${text}` : text;
    body.dispatchEvent(new Event("input", { bubbles: true }));
    link.closest("details").open = false;
    body.focus();
  });
}
