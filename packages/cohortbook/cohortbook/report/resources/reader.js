/* What a reader sets: one switch shows or hides the code of every cell, the other the colours.
   Without this script each cell has a line to open, and the colours are the system's. */
(() => {
  "use strict";
  const page = document.documentElement;
  const cells = () => document.querySelectorAll("div.cell > details.above-input");
  const stored = (value) => {
    try { // a page opened as a file may have no storage
      if (value !== undefined) localStorage.setItem("code", value);
      return localStorage.getItem("code");
    } catch { return null; }
  };
  const asked = new URLSearchParams(location.search).get("code");
  page.dataset.code = (asked ?? stored()) === "1" ? "on" : "off"; // before anything is drawn

  const start = () => {
    if (!cells().length) return;
    const button = Object.assign(document.createElement("button"), {
      type: "button", className: "btn btn-sm code-switch", textContent: "Code",
    });
    const show = (on) => {
      page.dataset.code = on ? "on" : "off";
      button.setAttribute("aria-pressed", String(on));
      button.title = on ? "Hide the code of this book" : "Show the code of this book";
      cells().forEach((cell) => (cell.open = on));
    };
    button.addEventListener("click", () => {
      const on = page.dataset.code !== "on";
      show(on);
      stored(on ? "1" : "0");
    });
    document.querySelector(".article-header-buttons")?.prepend(button);
    if (asked !== null) stored(asked === "1" ? "1" : "0");
    show(page.dataset.code === "on");
    // Code that shows nothing stands with the result that comes after it.
    cells().forEach((details) => details.addEventListener("toggle", () => {
      if (page.dataset.code === "on") return;
      let cell = details.parentElement.previousElementSibling;
      for (; cell?.matches(".tag_code-only"); cell = cell.previousElementSibling) {
        cell.classList.toggle("shown", details.open);
        cell.querySelector(":scope > details").open = details.open;
      }
    }));
  };
  // The theme's button shows a picture of its state; here it says it.
  const sayTheme = () => {
    const mode = { light: "light", dark: "dark" }[page.dataset.mode] ?? "as the system";
    document.querySelectorAll(".theme-switch-button").forEach((button) =>
      button.setAttribute("aria-label", `Colours: ${mode}`));
  };
  const startAll = () => {
    start();
    sayTheme();
    new MutationObserver(sayTheme).observe(page, { attributeFilter: ["data-mode"] });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", startAll);
  else startAll();
})();
