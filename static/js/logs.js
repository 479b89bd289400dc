// A log dropped anywhere on the page goes into the file field; the form is sent by its button.
const zone = document.querySelector("[data-dropzone]");
const input = zone?.querySelector("input[type=file]");

function holdsFiles(event) {
  return event.dataTransfer?.types.includes("Files");
}

if (input) {
  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
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
    const one = new DataTransfer();
    one.items.add(event.dataTransfer.files[0]);
    input.files = one.files;
    input.focus();
  });
}
