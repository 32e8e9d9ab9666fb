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
