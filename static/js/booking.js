// A guest books: her own clock is found, a choice of zone acts at once, a form is sent once.
const zone = document.querySelector("form[data-zone]");

if (zone) {
  const choice = zone.elements.tz;
  zone.dataset.live = "";
  choice.addEventListener("change", () => zone.requestSubmit());
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = [...choice.options].some((option) => option.value === here);
  if ("guess" in zone.dataset && known && here !== choice.value && location.search.indexOf("tz=") < 0) {
    const there = new URL(location.href);
    there.searchParams.set("tz", here);
    location.replace(there);
  }
}

const sent = new WeakSet();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!("once" in form.dataset)) return;
  if (sent.has(form)) event.preventDefault();
  sent.add(form);
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
