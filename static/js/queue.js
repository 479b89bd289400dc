// The board: a card is dragged to a lane, which presses the same button as its "Move to".
let carried = null;

const laneOf = (target) => target.closest?.("[data-lane]");

document.addEventListener("dragstart", (event) => {
  carried = event.target.closest?.(".card-row");
  if (!carried) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", carried.id);
  carried.classList.add("is-carried");
});

document.addEventListener("dragover", (event) => {
  const lane = carried && laneOf(event.target);
  if (!lane) return;
  const button = carried.querySelector(`[data-lane-to="${CSS.escape(lane.dataset.lane)}"]`);
  if (!button) return;
  event.preventDefault();
  for (const other of document.querySelectorAll(".lane.is-target")) if (other !== lane) other.classList.remove("is-target");
  lane.classList.add("is-target");
});

document.addEventListener("drop", (event) => {
  const lane = carried && laneOf(event.target);
  if (!lane) return;
  event.preventDefault();
  carried.querySelector(`[data-lane-to="${CSS.escape(lane.dataset.lane)}"]`)?.click();
});

document.addEventListener("dragend", () => {
  carried?.classList.remove("is-carried");
  for (const lane of document.querySelectorAll(".lane.is-target")) lane.classList.remove("is-target");
  carried = null;
});
