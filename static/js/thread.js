// Conversations: who reads this, quoting, names after an @, and a list that is renewed without jumping.
const composers = "form.composer:has(input[name=to])";

// ── who reads this: the button says it; words typed for colleagues do not leave the house by a slip ──
function chosen(form) { return form.querySelector("input[name=to]:checked"); }

function names(form) {
  const ticked = [...form.querySelectorAll("input[name=contacts]:checked")].map((box) => box.nextSibling.textContent.trim());
  return ticked.join(", ") || "the customer";
}

function show(form) {
  const choice = chosen(form);
  if (!choice) return;
  const outside = choice.value === "customer";
  const body = form.querySelector("textarea");
  const send = form.querySelector("[data-send]");
  const words = form.querySelector("[data-who-reads]");
  const later = form.querySelector("select[name=later]");
  form.classList.toggle("is-in", !outside);
  send.querySelector("span").textContent = outside && later?.value ? "Send later" : choice.dataset.verb;
  if (words) words.textContent = outside ? `${names(form)} gets this by mail. Everything you type here leaves the house.` : choice.dataset.words;
  const kept = form.elements.typed_for?.value;
  const slip = outside && kept && kept !== "customer" && body.value.trim() && !form.querySelector("input[type=checkbox][name=confirm]");
  let asked = form.querySelector("input[type=hidden][name=confirm]");
  if (slip) {
    send.dataset.confirm = `This was typed for colleagues. Send it to ${names(form)}?`;
    if (!asked) {
      asked = document.createElement("input");
      Object.assign(asked, { type: "hidden", name: "confirm", value: "typed" });
      form.append(asked);
    }
  } else {
    delete send.dataset.confirm;
    asked?.remove();
  }
}

/** While nothing is typed, the words that come are for whoever is chosen then. */
function notice(form) {
  const choice = chosen(form);
  const empty = !form.querySelector("textarea").value.trim();
  if (choice && (empty || !form.dataset.typed)) form.elements.typed_for.value = choice.value;
  form.dataset.typed = empty ? "" : "1";
  if (empty) form.elements.taken.value = ""; // whatever template it was, nothing is left of it
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.(composers);
  if (!form || !["to", "contacts", "later"].includes(event.target.name)) return;
  if (event.target.name === "to" && !form.querySelector("textarea").value.trim()) notice(form);
  show(form);
});
document.addEventListener("input", (event) => {
  const form = event.target.closest?.(composers);
  if (!form || event.target.name !== "body") return;
  notice(form);
  show(form);
});

function begin(root) {
  for (const form of root.querySelectorAll(composers)) {
    form.dataset.typed = form.querySelector("textarea").value.trim() ? "1" : "";
    show(form);
  }
  root.querySelector("#preview")?.scrollIntoView({ block: "start" });
}
begin(document);
document.addEventListener("htmx:load", (event) => begin(event.target.parentElement ?? document));

// ── templates into the text ──
function insert(area, text) {
  const before = area.value.slice(0, area.selectionStart);
  area.setRangeText(before && !/\s$/.test(before) ? `\n\n${text}` : text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

document.addEventListener("click", async (event) => {
  const picture = event.target.closest("[data-picture]");
  if (picture) { insert(picture.form.elements.body, `![](cid:${picture.dataset.picture})`); return; }
  const link = event.target.closest("a[data-template]");
  if (!link) return;
  event.preventDefault();
  const answer = await fetch(link.dataset.template).catch(() => null);
  if (!answer?.ok) { location.href = link.href; return; }
  const { text, subject, taken } = await answer.json();
  const form = link.closest("form");
  form.elements.taken.value = [...form.elements.taken.value.split(" ").filter(Boolean), taken].slice(-10).join(" ");
  if (subject && form.elements.subject_line && !form.elements.subject_line.value) form.elements.subject_line.value = subject;
  link.closest("details").open = false;
  insert(form.elements.body, text);
});

document.addEventListener("submit", (event) => {
  const key = event.target.dataset.dropDraft;
  if (key) localStorage.removeItem(`draft:${key}`);
});

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

// ── how a sender looks, while one types ──
let looks;
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.dataset.looks) return;
  clearTimeout(looks);
  looks = setTimeout(() => {
    const { action, target } = form;
    Object.assign(form, { action: form.dataset.looks, target: "sender-look" });
    HTMLFormElement.prototype.submit.call(form); // asks nothing and holds no button
    Object.assign(form, { action, target });
  }, 400);
});
