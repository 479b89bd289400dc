// What somebody looks at counts as read: the page of a subject says so by itself, once it is seen.
import { toast } from "./portal.js";

async function say(form) {
  const answer = await fetch(form.action, {
    method: "POST", body: new FormData(form), headers: { "X-Requested-With": "fetch" }, keepalive: true,
  });
  if (!answer.ok) return;
  const badge = document.querySelector(".bell [data-live]");
  if (badge) refresh(badge);
}

async function refresh(badge) {
  const answer = await fetch(badge.dataset.live, { headers: { "HX-Request": "true" } });
  if (answer.status !== 200) return;
  badge.innerHTML = await answer.text();
  badge.dataset.live = answer.headers.get("X-Live") ?? badge.dataset.live;
}

function whenSeen(form) {
  const go = () => say(form).catch(() => toast("The portal did not answer; this still counts as unread.", "warn"));
  if (!document.hidden) { go(); return; }
  document.addEventListener("visibilitychange", go, { once: true });
}

for (const form of document.querySelectorAll("form[data-seen]")) whenSeen(form);

// The bell rings at once, not only when it is asked for the next time.
const bell = document.querySelector(".bell [data-live]");
if (bell) refresh(bell).catch(() => {});

// A row that was marked changes the bell too.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const badge = document.querySelector(".bell [data-live]");
  if (badge && detail.successful && detail.requestConfig?.path.startsWith("/inbox/")) refresh(badge);
});
