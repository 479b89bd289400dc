// The builder of reports: blocks are dragged by their grip. Without this file the arrows move them.
import { toast } from "./portal.js";

const list = document.querySelector("[data-order]");
let carried = null;

const blocks = () => [...list.querySelectorAll("[data-block]")];

async function keep(before) {
  const body = new URLSearchParams({
    order: blocks().map((block) => block.dataset.block).join(","),
    csrfmiddlewaretoken: list.querySelector("[name=csrfmiddlewaretoken]").value,
  });
  if (before === body.get("order")) return;
  const answer = await fetch(list.dataset.order, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (answer?.ok) toast("The order is kept.");
  else location.reload();
}

function carry(block) {
  let before = "";
  const grip = block.querySelector(".grip");
  grip.draggable = true;
  grip.addEventListener("dragstart", (event) => {
    carried = block;
    before = blocks().map((one) => one.dataset.block).join(",");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", block.dataset.block);
    event.dataTransfer.setDragImage(block, 12, 12);
    block.classList.add("is-carried");
  });
  block.addEventListener("dragover", (event) => {
    if (!carried || carried === block) return;
    event.preventDefault();
    const { top, height } = block.getBoundingClientRect();
    if (event.clientY > top + height / 2) block.after(carried); else block.before(carried);
  });
  block.addEventListener("drop", (event) => event.preventDefault());
  grip.addEventListener("dragend", () => {
    block.classList.remove("is-carried");
    carried = null;
    keep(before);
  });
}

if (list) {
  list.classList.add("can-drag");
  for (const block of blocks()) carry(block);
}
