// To confirm: 1 to 4 press the answer of the row under the cursor.
import { isTyping } from "./portal.js";

document.addEventListener("keydown", (event) => {
  if (!"1234".includes(event.key) || event.key.length !== 1 || isTyping(event)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const row = document.querySelector("[data-answers] tr.is-cursor")
    ?? document.activeElement?.closest("[data-answers] tr[id]")
    ?? document.querySelector("[data-answers] tbody > tr[id]:not(.is-done)");
  const button = row?.querySelector(`[data-answer="${event.key}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

// The row comes back answered: the cursor goes on to the next that waits.
document.addEventListener("htmx:afterSettle", ({ detail: { elt } }) => {
  const row = elt.closest?.("[data-answers] tr.is-done");
  if (!row) return;
  let next = row.nextElementSibling;
  while (next && next.classList.contains("is-done")) next = next.nextElementSibling;
  for (const other of document.querySelectorAll("tr.is-cursor")) other.classList.remove("is-cursor");
  next?.classList.add("is-cursor");
  next?.querySelector("a[href]")?.focus({ preventScroll: true });
});
