"use strict";
// The page to draw on is as light or as dark as the site around it, whose button sets data-theme.

function tellTheme() {
  const frame = document.querySelector("iframe.draw");
  const address = new URL(`draw.html#${document.documentElement.dataset.theme}`, location.href);
  // Another fragment is no other page: what was drawn stays.
  if (frame) frame.contentWindow.location.replace(address.href);
}

new MutationObserver(tellTheme).observe(
  document.documentElement, { attributeFilter: ["data-theme"] },
);
document.addEventListener("DOMContentLoaded", tellTheme);

// On a phone a table with sentences in it shows each row as a block, each cell under its column's name:
// site.css. Tables of figures stay tables, which scroll.
const SENTENCE = 30; // characters

function nameCells() {
  for (const table of document.querySelectorAll(".bd-article table:has(thead)")) {
    const names = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
    const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
    const long = rows.some((row) => [...row.cells].slice(1).some(
      (cell) => cell.textContent.trim().length > SENTENCE,
    ));
    table.classList.toggle("stacks", long);
    for (const row of rows) {
      [...row.cells].forEach((cell, i) => { cell.dataset.column = names[i] ?? ""; });
    }
  }
}

document.addEventListener("DOMContentLoaded", nameCells);
