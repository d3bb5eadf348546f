/* What a figure says of its marks: one box for mouse, finger and keyboard. A figure with few marks
   is one Tab stop, and arrow keys go from mark to mark; Escape closes the box.
   Without this script the browser shows the same words where a mouse rests. */
(() => {
  "use strict";
  const FEW = 30;
  const tip = Object.assign(document.createElement("div"), { className: "figure-tip", hidden: true });
  tip.setAttribute("aria-hidden", "true"); // a mark that has the keyboard tells the same by its name
  let told = null;

  const hide = () => {
    told?.classList.remove("told");
    told = null;
    tip.hidden = true;
  };
  const show = (mark) => {
    if (mark === told) return;
    hide();
    told = mark;
    mark.classList.add("told");
    tip.textContent = mark.dataset.told;
    tip.hidden = false;
    const at = mark.getBoundingClientRect();
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    const above = at.top - tip.offsetHeight - 6;
    const left = Math.max(8, Math.min(room, at.left + at.width / 2 - tip.offsetWidth / 2));
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${(above > 60 ? above : at.bottom + 6) + scrollY}px`; // the header hides 60
  };
  const markAt = (event) =>
    document.elementsFromPoint(event.clientX, event.clientY)
      .map((node) => node.closest("svg.drawing .figure-mark")).find(Boolean);

  const start = () => {
    document.querySelectorAll("svg.drawing").forEach((drawing) => {
      const marks = [...drawing.querySelectorAll("g > title")].map((title) => {
        const mark = title.parentElement;
        mark.dataset.told = title.textContent;
        mark.classList.add("figure-mark");
        title.remove(); // the browser's own box would be a second one
        return mark;
      });
      if (!marks.length) return;
      // A link is a Tab stop of its own.
      const stops = marks.length > FEW ? [] : marks.filter((mark) => !mark.querySelector("a"));
      stops.forEach((mark, i) => {
        mark.setAttribute("tabindex", i ? "-1" : "0");
        mark.setAttribute("role", "img");
        mark.setAttribute("aria-label", mark.dataset.told);
      });
      drawing.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        const next = stops[stops.indexOf(event.target) + step];
        if (!step || !stops.includes(event.target)) return;
        event.preventDefault();
        if (!next) return;
        event.target.setAttribute("tabindex", "-1");
        next.setAttribute("tabindex", "0");
        next.focus();
      });
      drawing.addEventListener("focusin", (event) => {
        const mark = event.target.closest(".figure-mark");
        if (mark) show(mark);
      });
      drawing.addEventListener("focusout", hide);
      for (const kind of ["pointermove", "pointerdown"]) {
        drawing.addEventListener(kind, (event) => {
          const mark = markAt(event);
          if (mark) show(mark);
          else if (told !== document.activeElement) hide();
        });
      }
      drawing.addEventListener("pointerleave", (event) => {
        if (event.pointerType === "mouse" && event.relatedTarget !== tip) hide();
      });
    });
    tip.addEventListener("pointerleave", hide);
    document.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("svg.drawing, .figure-tip")) hide();
    });
    document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
    document.body.append(tip);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
