// Files: dropped anywhere on the page, pasted or chosen. With a composer on the page they go along with the
// message and are kept at once, on any device; else they go into the block of files.
const composer = () => document.querySelector("form[data-talk]");
const block = () => document.querySelector("form[data-attach]");

function say(target, words) {
  let line = target.querySelector(".error[data-own]");
  if (!line) {
    line = document.createElement("p");
    line.className = "error";
    line.dataset.own = "";
    line.setAttribute("role", "alert");
    target.append(line);
  }
  line.textContent = words;
}

/** One that is too large is said before a byte is sent. */
function fits(target, place, files) {
  const large = [...files].find((file) => file.size > Number(target.dataset.most));
  if (large) say(place, `${large.name} is larger than ${target.dataset.mostWords}.`);
  return !large;
}

// ── into the message ──
const pictures = (form) => [...form.querySelectorAll("[data-picture]")].map((button) => button.dataset.picture);

function keep(form, files) {
  const body = new FormData(form);
  body.delete("files");
  for (const file of files) body.append("files", file, file.name);
  return new Promise((settle) => {
    const call = new XMLHttpRequest();
    call.open("POST", form.dataset.keep);
    call.setRequestHeader("X-Requested-With", "fetch");
    call.upload.addEventListener("progress", (event) => {
      const bar = form.querySelector("[data-chosen] progress");
      if (!bar || !event.lengthComputable) return;
      bar.hidden = false;
      bar.value = Math.round((100 * event.loaded) / event.total);
    });
    call.addEventListener("loadend", () => settle(call));
    call.send(body);
  });
}

async function along(form, files, { shown = false } = {}) {
  const place = form.querySelector("[data-chosen]");
  if (!files.length || !fits(form, place, files)) return;
  const before = pictures(form);
  const answer = await keep(form, files);
  const html = answer.getResponseHeader("Content-Type")?.startsWith("text/html") ? answer.responseText : "";
  const box = document.createElement("template");
  box.innerHTML = html;
  const fresh = box.content.querySelector("[data-chosen]");
  if (!fresh) { say(place, answer.status === 413 ? "That is too large. Nothing was kept." : "The files could not be sent. Try again."); return; }
  form.querySelector("[data-chosen]").replaceWith(fresh);
  if (!shown) return;
  const area = form.elements.body;
  for (const name of pictures(form).filter((one) => !before.includes(one))) {
    area.setRangeText(`![](cid:${name})`, area.selectionStart, area.selectionEnd, "end");
  }
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-talk]");
  if (!form || event.target.name !== "files") return;
  const files = [...event.target.files];
  event.target.value = "";
  along(form, files);
});

// ── into the block of files ──
function take(files) {
  const target = block();
  if (!target || !files.length || !fits(target, target, files)) return;
  const box = new DataTransfer();
  for (const file of files) box.items.add(file);
  target.querySelector("input[type=file]").files = box.files;
  target.requestSubmit();
}

// ── dropped, pasted ──
const over = (event) => event.dataTransfer?.types.includes("Files") && (composer() || block());

document.addEventListener("dragover", (event) => {
  if (!over(event)) return;
  event.preventDefault();
  composer()?.classList.add("is-over");
});
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) composer()?.classList.remove("is-over"); });
document.addEventListener("drop", (event) => {
  composer()?.classList.remove("is-over");
  if (!over(event) || !event.dataTransfer.files.length) return;
  event.preventDefault();
  const files = [...event.dataTransfer.files];
  const apart = event.target.closest?.("form[data-attach]") || !composer();
  if (apart) take(files);
  else along(composer(), files);
});
document.addEventListener("paste", (event) => {
  const pasted = [...(event.clipboardData?.files ?? [])];
  if (!pasted.length || (!composer() && !block())) return;
  event.preventDefault();
  const stamp = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
  const files = pasted.map((file) => (file.name && file.name !== "image.png" ? file
    : new File([file], `Screenshot ${stamp}.png`, { type: file.type })));
  if (composer()) along(composer(), files, { shown: event.target === composer().elements.body });
  else take(files);
});

document.addEventListener("htmx:xhr:progress", (event) => {
  const bar = event.target.closest?.("form[data-attach]")?.querySelector("progress");
  if (!bar || !event.detail.total) return;
  bar.hidden = false;
  bar.value = Math.round((100 * event.detail.loaded) / event.detail.total);
});
