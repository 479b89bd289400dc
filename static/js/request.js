// A request's page: who else is here.
const box = document.getElementById("here");
const typed = () => document.querySelector("[data-composer] textarea"); // it is renewed with the conversation

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

const doing = () => (typed()?.value && document.activeElement === typed() ? "replying" : "reading");

if (box) {
  say(doing());
  setInterval(() => { if (!document.hidden) say(doing()); }, 10_000);
  document.addEventListener("input", (event) => { if (event.target === typed() && !box.dataset.said) { box.dataset.said = "1"; say("replying"); } });
  addEventListener("pagehide", () => say("gone"));
}
