// Ctrl-K: search everything and jump. The link behind it opens the same search as a page.
const box = document.getElementById("jump");
const input = document.getElementById("jump-q");
const found = document.getElementById("jump-found");

const options = () => [...found.querySelectorAll("a")];
let active = -1;

function mark(index) {
  const all = options();
  active = all.length ? (index + all.length) % all.length : -1;
  all.forEach((option, i) => {
    option.id ||= `jump-option-${i}`;
    option.classList.toggle("is-on", i === active);
    option.setAttribute("aria-selected", String(i === active));
  });
  if (active < 0) { input.removeAttribute("aria-activedescendant"); return; }
  input.setAttribute("aria-activedescendant", all[active].id);
  all[active].scrollIntoView({ block: "nearest" });
}

function open() {
  if (box.open) return;
  box.showModal();
  input.select();
  box.dispatchEvent(new CustomEvent("jumpopen"));
}

if (box) {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
  });
  document.querySelector("[data-jump]")?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.preventDefault(); box.close(); } // a search box would only empty itself
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      options()[active].click();
    }
  });
  found.addEventListener("htmx:afterSwap", () => mark(0));
}
