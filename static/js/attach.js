// Files: dropped anywhere on the page or pasted into the composer they go into the file form.
const form = () => document.querySelector("form[data-attach]");

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

/** Put files into the form and send it; one that is too large is said before a byte is sent. */
function take(files) {
  const target = form();
  if (!target || !files.length) return;
  const large = [...files].find((file) => file.size > Number(target.dataset.most));
  if (large) { say(target, `${large.name} is larger than ${target.dataset.mostWords}.`); return; }
  const box = new DataTransfer();
  for (const file of files) box.items.add(file);
  target.querySelector("input[type=file]").files = box.files;
  target.requestSubmit();
}

document.addEventListener("dragover", (event) => {
  if (form() && event.dataTransfer?.types.includes("Files")) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!form() || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  take(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  const pictures = [...(event.clipboardData?.files ?? [])];
  if (!form() || !pictures.length) return;
  event.preventDefault();
  const stamp = new Date().toISOString().slice(0, 16).replace("T", " ").replace(":", ".");
  take(pictures.map((file) => (file.name && file.name !== "image.png" ? file
    : new File([file], `Screenshot ${stamp}.png`, { type: file.type }))));
});

document.addEventListener("htmx:xhr:progress", (event) => {
  const bar = event.target.closest?.("form[data-attach]")?.querySelector("progress");
  if (!bar || !event.detail.total) return;
  bar.hidden = false;
  bar.value = Math.round((100 * event.detail.loaded) / event.detail.total);
});
