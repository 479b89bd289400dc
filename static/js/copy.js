// A link that copies its address; without a clipboard it simply opens.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("[data-copy]");
  if (!link || !navigator.clipboard) return;
  event.preventDefault();
  try {
    await navigator.clipboard.writeText(link.dataset.copy);
  } catch {
    location.href = link.href;
    return;
  }
  const words = link.querySelector("[data-words]");
  const before = words.textContent;
  words.textContent = words.dataset.words;
  setTimeout(() => { words.textContent = before; }, 2000);
});
