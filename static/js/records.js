// Lists of records: cells that are changed in place, and moves on the board that need more.

// ── cells: e opens the first one of the row, Esc closes without a change ──
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const form = event.target.closest?.(".cell-form");
    if (form) { event.preventDefault(); form.querySelector("[data-cancel]")?.click(); }
    return;
  }
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select");
  if (event.key !== "e" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = document.querySelector("table.records tr.is-cursor") ?? event.target.closest?.("table.records tbody tr");
  const own = event.target.closest?.("a.cell");
  const cell = own ?? [...(row?.querySelectorAll("a.cell") ?? [])].find((link) => link.offsetParent);
  if (cell) { event.preventDefault(); cell.click(); }
});

document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  const control = target.querySelector?.("[data-focus-cell]");
  if (control) { control.focus(); control.select?.(); return; }
  if (target.matches?.("td")) target.querySelector("a.cell")?.focus();
  if (target.id === "move-box" && target.childElementCount) open(target);
});

// ── moves: what is missing is asked in a dialog; once it went through, the board is shown anew ──
function open(box) {
  const dialog = box.closest("dialog");
  if (dialog && !dialog.open) dialog.showModal();
  box.querySelector("select, input:not([type=hidden]), textarea")?.focus();
}

document.addEventListener("click", (event) => {
  const leave = event.target.closest?.("dialog a[data-leave]");
  if (leave) { event.preventDefault(); leave.closest("dialog").close(); }
});

document.addEventListener("htmx:afterRequest", ({ detail: { successful, elt } }) => {
  const dialog = document.getElementById("move-dialog");
  if (successful && dialog?.open && dialog.contains(elt)) dialog.close();
});

// ── an order by hand: a row is dragged over another one, which presses the button of that place ──
let carried = null;
document.addEventListener("dragstart", (event) => {
  carried = event.target.closest?.(".stage-list > li");
  if (!carried) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", carried.id);
  carried.classList.add("is-carried");
});
document.addEventListener("dragover", (event) => {
  const over = carried && event.target.closest?.(".stage-list > li");
  if (!over || over === carried) return;
  event.preventDefault();
  for (const other of document.querySelectorAll(".stage-list > .is-target")) other.classList.remove("is-target");
  over.classList.add("is-target");
});
document.addEventListener("drop", (event) => {
  const over = carried && event.target.closest?.(".stage-list > li");
  if (!over || over === carried) return;
  event.preventDefault();
  const form = carried.querySelector("form[data-place]");
  form.querySelector("input[name=before]").value = over.dataset.stage;
  form.requestSubmit();
});
document.addEventListener("dragend", () => {
  carried?.classList.remove("is-carried");
  for (const other of document.querySelectorAll(".stage-list > .is-target")) other.classList.remove("is-target");
  carried = null;
});
