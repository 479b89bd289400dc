// Grids: lines typed as in a spreadsheet. Enter and the arrows go up and down a column, pasted rows
// fill the cells, and there is always an empty row to go on in.
const cells = (grid, column) => [...grid.querySelectorAll(`[data-col="${column}"]`)];

function move(cell, step) {
  const grid = cell.closest("[data-grid]");
  const column = cells(grid, cell.dataset.col);
  const next = column[column.indexOf(cell) + step];
  if (next) { next.focus(); next.select?.(); return true; }
  return false;
}

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("[data-grid] [data-col]");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1, Enter: event.shiftKey ? -1 : 1 }[event.key];
  if (!step || (cell.list && event.key !== "Enter")) return;
  if (event.key === "Enter" && cell.closest("[data-grid]").dataset.grid === "live") {
    cell.dispatchEvent(new Event("change", { bubbles: true }));
    if (!move(cell, step)) document.getElementById("new-sku")?.focus();
    event.preventDefault();
  } else if (move(cell, step)) event.preventDefault();
});

function another(grid) {
  const rows = grid.querySelectorAll("tr.fresh");
  const last = rows[rows.length - 1];
  if (!last || ![...last.querySelectorAll("input")].some((input) => input.value)) return;
  const copy = last.cloneNode(true);
  for (const input of copy.querySelectorAll("input")) input.value = "";
  last.after(copy);
}

document.addEventListener("input", (event) => {
  const grid = event.target.closest?.("[data-grid]");
  if (grid) another(grid);
  const url = event.target.dataset?.suggest;
  if (url) suggest(event.target, url);
});

let waiting = 0;
function suggest(input, url) {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    if (input.value.length < 2) return;
    const answer = await fetch(`${url}?q=${encodeURIComponent(input.value)}`, { headers: { "HX-Request": "true" } });
    if (answer.ok) input.list.innerHTML = await answer.text();
  }, 200);
}

// Rows from a spreadsheet: the first column goes where the cursor is, the others beside it.
document.addEventListener("paste", (event) => {
  const cell = event.target.closest?.("[data-grid] tr.fresh [data-col]");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!cell || !/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  const grid = cell.closest("[data-grid]");
  let row = cell.closest("tr");
  for (const line of text.replace(/\r/g, "").split("\n").filter((words) => words.trim())) {
    const [sku, quantity, price] = line.split("\t");
    const fields = row.querySelectorAll("input");
    const put = (name, value) => { for (const field of fields) if (field.name === name && value) field.value = value.trim(); };
    put("line-sku", sku); put("line-quantity", quantity ?? "1"); put("line-unit_price", price);
    another(grid);
    row = row.nextElementSibling;
    if (!row) break;
  }
});
