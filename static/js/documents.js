// A customer sends files: what was chosen is shown, what is too large is said before a byte is sent.
const form = document.querySelector("form[data-send]");

function words(size) {
  if (size < 1024) return `${size} bytes`;
  return size < 1024 * 1024 ? `${Math.round(size / 1024)} KB` : `${(size / 1024 / 1024).toFixed(1)} MB`;
}

function wrong(files) {
  const { most, mostWords, left } = form.dataset;
  const large = files.find((file) => file.size > Number(most));
  if (large) return `“${large.name}” is larger than ${mostWords}, the most that is taken.`;
  const empty = files.find((file) => !file.size);
  if (empty) return `“${empty.name}” is empty.`;
  if (files.length > Number(left)) {
    return `You chose ${files.length} files, and this takes ${left}.`;
  }
  return "";
}

function say(text) {
  form.querySelectorAll(".dropzone .error").forEach((line) => line.remove());
  form.files.setAttribute("aria-invalid", String(Boolean(text)));
  if (!text) return;
  const line = document.createElement("p");
  line.className = "error";
  line.setAttribute("role", "alert");
  line.textContent = text;
  form.querySelector(".dropzone").append(line);
}

function show() {
  const files = [...form.files.files];
  const list = form.querySelector(".chosen");
  list.replaceChildren(...files.map((file) => {
    const line = document.createElement("li");
    line.textContent = `${file.name}, ${words(file.size)}`;
    return line;
  }));
  list.hidden = files.length < 2; // the control itself names a single one
  say(wrong(files));
}

/** Send with progress; the answer is shown as the browser would have. */
function send() {
  const ask = new XMLHttpRequest();
  const bar = form.querySelector("progress");
  const button = form.querySelector("[type=submit]");
  const stop = (text) => {
    bar.hidden = true;
    button.disabled = false;
    say(text);
  };
  ask.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = Math.round((100 * event.loaded) / event.total);
  });
  ask.addEventListener("load", () => {
    if (ask.status === 200) { location.assign(ask.responseURL); return; }
    const page = new DOMParser().parseFromString(ask.responseText, "text/html");
    const line = page.querySelector("[role=alert]") ?? page.querySelector("main h1 + p");
    stop(line?.textContent.trim() || "That did not work. Please try again.");
  });
  ask.addEventListener("error", () => stop("The connection was lost. Please try again; nothing is sent twice."));
  ask.open("POST", form.action);
  bar.value = 0;
  bar.hidden = false;
  button.disabled = true;
  ask.send(new FormData(form));
}

if (form) {
  const zone = form.querySelector(".dropzone");
  form.files.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const problem = form.files.files.length ? wrong([...form.files.files]) : "Choose a file first.";
    say(problem);
    if (problem) form.files.focus();
    else send();
  });
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    zone.classList.remove("is-over");
    form.files.files = event.dataTransfer.files;
    show();
  });
}
