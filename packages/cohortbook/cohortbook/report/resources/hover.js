/* What a link leads to, shown beside it while it has the mouse or the keyboard: the meaning of a
   term, a source, a table, a figure. Escape closes it; the mouse may go into it.
   Without this script a link is a link. */
(() => {
  "use strict";
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href);
  const tip = Object.assign(document.createElement("div"), {
    className: "link-tip", id: "link-tip", hidden: true,
  });
  tip.setAttribute("role", "tooltip");
  let timer = 0, owner = null, loading = null;

  const load = () => loading ??= new Promise((done) => {
    const script = document.createElement("script");
    script.src = new URL("_static/previews.js", root);
    script.onload = script.onerror = done;
    document.head.append(script);
  });
  const target = (link) => {
    const url = new URL(link.href);
    const path = url.pathname.slice(root.pathname.length).replace(/\.html$/, "");
    return path + decodeURIComponent(url.hash);
  };
  const hide = () => {
    clearTimeout(timer);
    if (owner?.dataset.title) owner.title = owner.dataset.title;
    owner?.removeAttribute("aria-describedby");
    owner = null;
    tip.hidden = true;
  };
  const fill = ({ text, image, table }) => {
    tip.replaceChildren();
    if (image) tip.append(Object.assign(new Image(), { src: new URL(image, root), alt: "" }));
    if (table) tip.innerHTML = `<div class="jdm-table">${table}</div>`; // of this book, as built
    if (text) tip.append(Object.assign(document.createElement("p"), { textContent: text }));
  };
  const place = (link) => {
    const at = link.getClientRects()[0];
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    const above = at.top - tip.offsetHeight - 4;
    const under = at.bottom + 4 + tip.offsetHeight < innerHeight || above < 60; // the header's
    tip.style.left = `${Math.max(8, Math.min(room, at.left)) + scrollX}px`;
    tip.style.top = `${(under ? at.bottom + 4 : above) + scrollY}px`;
  };
  const show = async (link) => {
    await load();
    const told = typeof BOOK_PREVIEWS === "undefined" ? null : BOOK_PREVIEWS[target(link)];
    if (!told || !link.matches(":hover, :focus-visible")) return;
    hide();
    owner = link;
    if (link.title) { // the browser's own box would be a second one
      link.dataset.title = link.title;
      link.removeAttribute("title");
    }
    fill(told);
    tip.hidden = false;
    place(link);
    tip.querySelector("img")?.addEventListener("load", () => owner === link && place(link));
    if (told.text) link.setAttribute("aria-describedby", tip.id);
  };
  const soon = (action, wait) => {
    clearTimeout(timer);
    timer = setTimeout(action, wait);
  };

  const start = () => {
    document.querySelectorAll('.bd-article a.reference.internal[href*="#"]').forEach((link) => {
      link.addEventListener("pointerenter", (event) => {
        if (event.pointerType === "mouse") soon(() => show(link), 200);
      });
      link.addEventListener("pointerleave", () => soon(hide, 300));
      link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
      link.addEventListener("blur", hide);
    });
    tip.addEventListener("pointerenter", () => clearTimeout(timer));
    tip.addEventListener("pointerleave", () => soon(hide, 300));
    document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
    document.body.append(tip);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
