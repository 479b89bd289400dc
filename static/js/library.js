// How long a page of shared material was in view, said while it is left and every ten seconds; and the
// arrow keys turn pages. Without a script the pages count, without their seconds.
const page = document.querySelector("[data-seconds]");
const EVERY = 10;
const MOST = 60;

if (page) {
  let since = document.hidden ? 0 : performance.now();
  let owed = 0;

  const count = () => {
    if (since) owed += (performance.now() - since) / 1000;
    since = document.hidden ? 0 : performance.now();
  };

  const say = () => {
    count();
    const seconds = Math.min(Math.floor(owed), MOST);
    if (seconds < 1) return;
    owed = 0;
    const { item, page: number } = page.dataset;
    const body = new URLSearchParams({ item, page: number, seconds: String(seconds) });
    navigator.sendBeacon(page.dataset.seconds, body);
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? say() : count()));
  addEventListener("pagehide", say);
  setInterval(say, EVERY * 1000);
}

document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: "-1", ArrowRight: "1" }[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
  document.querySelector(`[data-turn="${step}"]`)?.click();
});
