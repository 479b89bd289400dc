// The process map: zoom and pan. Without this file the map stands at its own size in a box that scrolls,
// activities and lines are links, and the slider is sent with the form.
const page = document.querySelector("[data-process-map]");
const slider = document.getElementById("id_least");

if (slider) {
  const said = slider.parentElement.querySelector("output");
  slider.addEventListener("input", () => (said.textContent = `${Number(slider.value).toLocaleString("en")} times`));
  slider.addEventListener("change", () => slider.form.requestSubmit());
}

if (page) {
  const box = page.querySelector(".pm-scroll");
  const svg = box.querySelector("svg");
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const SMALLEST = 0.2;
  const LARGEST = 3;
  let scale = 1;

  // The point under `x`, `y` of the box stays where it is.
  function zoom(to, x = box.clientWidth / 2, y = box.clientHeight / 2) {
    const next = Math.min(LARGEST, Math.max(SMALLEST, to));
    const before = svg.getBoundingClientRect();
    const frame = box.getBoundingClientRect();
    const left = (x + frame.left - before.left) / scale;
    const top = (y + frame.top - before.top) / scale;
    scale = next;
    svg.setAttribute("width", Math.round(width * scale));
    svg.setAttribute("height", Math.round(height * scale));
    const after = svg.getBoundingClientRect();
    box.scrollLeft += after.left + left * scale - (x + frame.left);
    box.scrollTop += after.top + top * scale - (y + frame.top);
  }

  const fitting = () => Math.min((box.clientWidth - 4) / width, (box.clientHeight - 4) / height, 1);

  page.querySelector("[data-pm-tools]").hidden = false;
  page.addEventListener("click", (event) => {
    const tool = event.target.closest?.("[data-zoom]");
    if (tool) zoom({ in: scale * 1.25, out: scale / 1.25, fit: fitting() }[tool.dataset.zoom]);
  });

  // A wheel alone scrolls the page, as everywhere; with Ctrl (or a pinch) it zooms.
  box.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const frame = box.getBoundingClientRect();
      zoom(scale * Math.exp(-event.deltaY / 400), event.clientX - frame.left, event.clientY - frame.top);
    },
    { passive: false },
  );

  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] };
    if (event.key === "+" || event.key === "=") zoom(scale * 1.25);
    else if (event.key === "-") zoom(scale / 1.25);
    else if (event.key === "0") zoom(fitting());
    else if (steps[event.key]) box.scrollBy(...steps[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // Drag to move; a drag is no click on what lies under it.
  let from = null;
  let moved = false;
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    from = { x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop };
    moved = false;
  });
  window.addEventListener("pointermove", (event) => {
    if (!from) return;
    const dx = event.clientX - from.x;
    const dy = event.clientY - from.y;
    if (!moved && Math.hypot(dx, dy) < 5) return;
    moved = true;
    box.classList.add("dragging");
    box.scrollLeft = from.left - dx;
    box.scrollTop = from.top - dy;
  });
  window.addEventListener("pointerup", () => {
    from = null;
    box.classList.remove("dragging");
  });
  box.addEventListener("dragstart", (event) => event.preventDefault());

  // Figures of what is chosen come beside the map; the map stays where it is.
  box.addEventListener("click", async (event) => {
    const chosen = event.target.closest?.("a[data-show]");
    if (!chosen) return;
    if (moved) return void event.preventDefault();
    if (event.ctrlKey || event.metaKey || event.shiftKey || !window.htmx) return;
    event.preventDefault();
    for (const other of box.querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
    chosen.setAttribute("aria-current", "true");
    const address = chosen.getAttribute("href");
    await window.htmx.ajax("GET", address, { target: "#figures", select: "#figures", swap: "outerHTML" });
    history.replaceState(null, "", address);
    const figures = document.getElementById("figures");
    const place = figures.getBoundingClientRect();
    if (place.top > window.innerHeight - 80 || place.bottom < 80) figures.scrollIntoView({ block: "start" });
  });

  if (width > box.clientWidth && window.innerWidth > 700) zoom(Math.max(0.6, Math.min(1, (box.clientWidth - 4) / width)), 0, 0);
  // Begin in the middle of the first layer.
  const first = svg.querySelector(".pm-end rect");
  if (first) {
    const place = first.getBoundingClientRect();
    const frame = box.getBoundingClientRect();
    box.scrollLeft += place.left + place.width / 2 - (frame.left + box.clientWidth / 2);
  }
}
