// The page of `bulkhead explain --html`: its tables can be sorted and filtered. Without this they are plain
// tables. #sort=COLUMN, #filter=TEXT and #order=ascending make a view that can be kept as a link.
"use strict";
(() => {
  const wish = new URLSearchParams(location.hash.slice(1));

  const value = (row, at) => {
    const raw = row.cells[at].dataset.v ?? "";
    return raw === "" ? null : Number(raw);
  };

  const compare = (at, words, sign) => (a, b) => {
    if (words) return sign * a.cells[at].textContent.localeCompare(b.cells[at].textContent);
    const x = value(a, at), y = value(b, at);
    // What is not known is last, whichever way.
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (x - y);
  };

  const sort = (table, head, order) => {
    const body = table.tBodies[0];
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    body.append(...[...body.rows].sort(
      compare(head.cellIndex, head.dataset.kind === "words", order === "ascending" ? 1 : -1)));
  };

  const filter = (table, text, status) => {
    const rows = [...table.tBodies[0].rows];
    const wanted = text.toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    status.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    for (const head of table.tHead.rows[0].cells) {
      if (!head.dataset.key) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const first = head.dataset.kind === "words" ? "ascending" : "descending";
        const second = first === "ascending" ? "descending" : "ascending";
        sort(table, head, head.getAttribute("aria-sort") === first ? second : first);
      });
      if (wish.get("sort") === head.dataset.key)
        sort(table, head, wish.get("order") === "ascending" ? "ascending" : "descending");
    }

    const box = document.createElement("div"), label = document.createElement("label");
    const input = document.createElement("input"), status = document.createElement("output");
    box.className = "filter";
    input.type = "search";
    input.value = wish.get("filter") ?? "";
    label.append("Filter ", input);
    box.append(label, status);
    table.parentNode.before(box);
    input.addEventListener("input", () => filter(table, input.value, status));
    filter(table, input.value, status);
  }

  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });
})();
