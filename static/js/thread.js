// Conversations: who reads this, quoting, names after an @, and a list that is renewed without jumping.
const composers = "form.composer:has(input[name=to])";

// ── who reads this: the button says it; words typed for colleagues do not leave the house by a slip ──
const typedFor = new WeakMap();

function chosen(form) { return form.querySelector("input[name=to]:checked"); }

function names(form, choice) {
  const ticked = [...form.querySelectorAll("input[name=contacts]:checked")].map((box) => box.parentElement.firstChild.nextSibling.textContent.trim());
  return choice.dataset.who || ticked.join(", ") || "the customer";
}

function show(form) {
  const choice = chosen(form);
  if (!choice) return;
  const outside = choice.value === "customer";
  const body = form.querySelector("textarea");
  const send = form.querySelector("[data-send]");
  const words = form.querySelector("[data-who-reads]");
  form.classList.toggle("is-in", !outside);
  send.querySelector("span").textContent = choice.dataset.verb || (outside ? "Send to customer" : choice.value === "internal" ? "Add internal note" : "Send");
  if (words) {
    words.textContent = outside ? `${names(form, choice)} gets this by mail. Everything you type here leaves the house.`
      : choice.value === "internal" ? "Only the desk and departments read this." : "The customer does not see this.";
  }
  const kept = typedFor.get(form);
  if (outside && kept && kept !== "customer" && body.value.trim()) send.dataset.confirm = `This was typed for colleagues. Send it to ${names(form, choice)}?`;
  else delete send.dataset.confirm;
}

document.addEventListener("change", (event) => {
  const form = event.target.closest(composers);
  if (form && ["to", "contacts"].includes(event.target.name)) show(form);
});
document.addEventListener("input", (event) => {
  const form = event.target.closest(composers);
  if (!form || event.target.name !== "body") return;
  if (!event.target.value.trim()) typedFor.delete(form);
  else if (!typedFor.has(form)) typedFor.set(form, chosen(form)?.value);
});

function begin(root) {
  for (const form of root.querySelectorAll(composers)) {
    if (form.querySelector("textarea").value.trim()) typedFor.set(form, chosen(form)?.value);
    show(form);
  }
}
begin(document);
document.addEventListener("htmx:load", (event) => begin(event.target.parentElement ?? document));

// ── quoting without leaving the page ──
document.addEventListener("click", (event) => {
  const quote = event.target.closest("a[data-quote]");
  const drop = event.target.closest("a[data-unquote]");
  const box = document.querySelector("[data-quoting]");
  if ((!quote && !drop) || !box) return;
  event.preventDefault();
  box.hidden = !quote;
  box.querySelector("input[name=quotes]").value = quote ? quote.dataset.quote : "";
  if (!quote) return;
  box.querySelector("[data-quote-who]").textContent = quote.dataset.who;
  box.querySelector("[data-quote-body]").textContent = quote.closest(".msg").querySelector(".body").textContent.trim().slice(0, 160);
  box.closest("form").querySelector("textarea").focus();
});

// ── the list is renewed only while nobody has a menu open or the focus in it ──
document.addEventListener("htmx:beforeRequest", (event) => {
  const list = event.target;
  if (list.id !== "thread-lines" || event.detail.requestConfig.verb !== "get") return;
  if (document.hidden || list.contains(document.activeElement) || list.querySelector("details[open]")) event.preventDefault();
});

// ── names after an @ ──
let menu = null;
let picked = 0;

function close() { menu?.remove(); menu = null; }

function word(area) {
  const before = area.value.slice(0, area.selectionStart);
  const found = /(?:^|\s)@([\p{L}\p{N}.'’ -]{0,40})$/u.exec(before);
  return found && !found[1].includes("  ") ? found[1] : null;
}

function choose(area, name) {
  const end = area.selectionStart;
  const start = area.value.lastIndexOf("@", end - 1);
  area.setRangeText(`@${name} `, start, end, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  close();
  area.focus();
}

function mark() {
  [...menu.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === picked)));
}

async function suggest(area) {
  const text = word(area);
  if (text === null) { close(); return; }
  const answer = await fetch(`${area.dataset.names}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || word(area) !== text) return;
  const found = (await answer.json()).names;
  close();
  if (!found.length || document.activeElement !== area) return;
  menu = document.createElement("ul");
  menu.className = "menu at-names";
  menu.setAttribute("role", "listbox");
  menu.setAttribute("aria-label", "People and departments");
  for (const one of found) {
    const item = document.createElement("li");
    item.setAttribute("role", "option");
    item.textContent = one.what ? `${one.name} · ${one.what}` : one.name;
    item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(area, one.name); });
    item.dataset.name = one.name;
    menu.append(item);
  }
  picked = 0;
  mark();
  area.after(menu);
}

document.addEventListener("input", (event) => { if (event.target.dataset?.names) suggest(event.target); });
document.addEventListener("focusout", (event) => { if (event.target.dataset?.names) close(); });
document.addEventListener("keydown", (event) => {
  if (!menu || !event.target.dataset?.names) return;
  const last = menu.children.length - 1;
  if (event.key === "ArrowDown") picked = picked === last ? 0 : picked + 1;
  else if (event.key === "ArrowUp") picked = picked === 0 ? last : picked - 1;
  else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); choose(event.target, menu.children[picked].dataset.name); return; }
  else if (event.key === "Escape") { event.stopPropagation(); close(); return; }
  else return;
  event.preventDefault();
  mark();
}, true);
