// The team's week: a meeting dragged to another day or person opens the same sheet as its Move button,
// which says what the move would mean before anybody is told.
const sheet = document.getElementById("move-sheet");
let carried = null;

function show(address) {
  if (!window.htmx || !sheet) return void (location.href = address);
  window.htmx.ajax("GET", address, { target: sheet.firstElementChild, swap: "innerHTML" }).then(() => {
    if (!sheet.open) sheet.showModal();
    sheet.querySelector("input, select, button")?.focus();
  });
}

document.addEventListener("click", (event) => {
  const move = event.target.closest?.("a[data-move]");
  if (move && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    show(move.href);
  }
  if (event.target.closest?.("[data-close]") && sheet?.open) {
    event.preventDefault();
    sheet.close();
  }
});

// On a meeting's link, "m" is its Move button.
document.addEventListener("keydown", (event) => {
  if (event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey) return;
  const item = document.activeElement?.closest?.("li[data-meeting]");
  if (!item) return;
  event.preventDefault();
  show(item.querySelector("a[data-move]").href);
});

document.addEventListener("dragstart", (event) => {
  carried = event.target.closest?.("li[data-meeting]");
  if (!carried) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", carried.textContent.trim());
  carried.classList.add("is-carried");
});

const cellOf = (target) => target.closest?.("td[data-host]");

document.addEventListener("dragover", (event) => {
  const cell = carried && cellOf(event.target);
  if (!cell) return;
  event.preventDefault();
  for (const other of document.querySelectorAll("td.is-target")) if (other !== cell) other.classList.remove("is-target");
  cell.classList.add("is-target");
});

document.addEventListener("drop", (event) => {
  const cell = carried && cellOf(event.target);
  if (!cell) return;
  event.preventDefault();
  const time = carried.querySelector(".num").textContent.trim();
  const asked = new URLSearchParams({ starts_at: `${cell.dataset.day}T${time}` });
  const from = carried.closest("td");
  if (from.dataset.host !== cell.dataset.host) asked.set("host", cell.dataset.host);
  show(`/meetings/${carried.dataset.meeting}/move/?${asked}`);
});

document.addEventListener("dragend", () => {
  carried?.classList.remove("is-carried");
  for (const cell of document.querySelectorAll("td.is-target")) cell.classList.remove("is-target");
  carried = null;
});
