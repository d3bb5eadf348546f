/* The search page: chapters before other pages and these before code, a page once, the section and
   the words around what was searched. Sphinx finds the pages; BOOK_TEXT has the text of each section. */
(() => {
  "use strict";
  const AROUND = 110;
  const plain = (text) => text.toLowerCase().replace(/\s*([=<>≤≥])\s*/g, " $1 ").replace(/\s+/g, " ");
  const occurrences = (text, words) => text.split(words).length - 1;
  const snippets = new Map();

  const codePages = () => {
    const { objects, objtypes, docnames } = Search._index;
    return new Set(Object.values(objects).flat()
      .filter(([, kind]) => objtypes[kind].startsWith("py:")).map(([page]) => docnames[page]));
  };
  // The section that has the whole query, or most of its words, and how often it has them.
  const bestSection = (page, query, words) => {
    let best = null;
    for (const [anchor, title, text] of BOOK_TEXT[page] ?? []) {
      const content = plain(`${title} ${text}`);
      const whole = occurrences(content, query);
      const some = words.filter((word) => content.includes(word)).length;
      const score = 20 * Math.min(whole, 5) + some;
      if (score && (!best || score > best.score)) best = { anchor, title, text, whole, score };
    }
    return best;
  };
  const snippet = (text, query, words) => {
    const content = text.toLowerCase();
    const at = [query, ...words].map((word) => content.indexOf(word)).find((i) => i >= 0) ?? 0;
    const from = at < AROUND ? 0 : content.indexOf(" ", at - AROUND) + 1;
    const to = content.indexOf(" ", at + AROUND);
    return `${from ? "… " : ""}${text.slice(from, to < 0 ? undefined : to)}${to < 0 ? "" : " …"}`;
  };

  const find = Search._performSearch;
  Search._performSearch = (asked, ...rest) => {
    const query = plain(asked).trim();
    const words = splitQuery(query).filter((word) => word.length > 1);
    const code = codePages();
    const { docnames, titles, filenames } = Search._index;
    const found = find(asked, ...rest);
    docnames.forEach((page, i) => { // numbers alone, as 7 of 23, are no words to Sphinx
      if (bestSection(page, query, words)?.whole) {
        found.push([page, titles[i], "", null, 0, filenames[i]]);
      }
    });
    const ranked = found.map(([page, title, anchor, described, score, file]) => {
      const best = bestSection(page, query, words);
      const named = described !== null && /\w[_.]\w/.test(asked); // who writes so asks for code
      const number = titles[docnames.indexOf(page)]?.includes("section-number");
      const chapter = number || page === "index" ? 18 : 0;
      const rank = (named ? 400 : code.has(page) || described ? 0 : 200 + chapter)
        + Math.min(score, 60) + 12 * Math.min(best?.whole ?? 0, 5);
      const isWhole = !anchor && !described && best?.anchor;
      const there = isWhole ? `#${best.anchor}` : anchor;
      const heading = isWhole ? `${titles[docnames.indexOf(page)]} > ${best.title}` : title;
      if (best && !described) {
        snippets.set(page + there, snippet(best.text, query, words));
      }
      return [page, heading, there, described, rank, file];
    }).sort((a, b) => b[4] - a[4] || a[1].localeCompare(b[1]));
    const seen = new Set(); // a page stands once, a name of the code each time
    return ranked.filter(([page, , anchor, described]) => {
      const key = described ? page + anchor : page;
      return !seen.has(key) && seen.add(key);
    }).reverse(); // the last is shown first
  };

  // Letters and stop words would be marked all over the pages that are opened from here.
  const parse = Search._parseQuery;
  Search._parseQuery = (query) => {
    const [asked, terms, excluded, marked, objects] = parse(query);
    const long = new Set([...marked].filter((word) => word.length > 2));
    try {
      localStorage.setItem("sphinx_highlight_terms", [...long].join(" "));
    } catch { /* a page opened as a file may have no storage */ }
    return [asked, terms, excluded, long, objects];
  };

  addEventListener("DOMContentLoaded", () => {
    new MutationObserver(() => {
      document.querySelectorAll("#search-results li:not(.told)").forEach((item) => {
        item.classList.add("told");
        const address = item.querySelector("a").getAttribute("href").replace(".html", "");
        if (!snippets.has(address)) return;
        const text = document.createElement("p");
        text.className = "context";
        text.textContent = snippets.get(address);
        item.append(text);
      });
    }).observe(document.getElementById("search-results"), { childList: true, subtree: true });
  });
})();
