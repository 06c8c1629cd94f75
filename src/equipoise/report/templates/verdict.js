(function () {
  "use strict";
  document.querySelectorAll("script[data-chart]").forEach(function (holder) {
    var target = document.getElementById("chart-" + holder.dataset.chart);
    window.vegaEmbed(target, JSON.parse(holder.textContent), { actions: false, renderer: "svg" })
      .then(function () { target.dataset.drawn = "yes"; })
      .catch(function (error) { console.error(error); });
  });

  var popover = document.getElementById("popover");
  var body = popover.querySelector("div");
  var opener = null;

  function close() {
    if (popover.hidden) return;
    popover.hidden = true;
    if (opener) opener.focus();
    opener = null;
  }

  function open(link) {
    var entry = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!entry) return false;
    body.innerHTML = entry.innerHTML;
    popover.hidden = false;
    var box = link.getBoundingClientRect();
    var left = Math.min(box.left, document.documentElement.clientWidth - popover.offsetWidth - 16);
    popover.style.left = Math.max(16, left) + window.scrollX + "px";
    popover.style.top = box.bottom + window.scrollY + 6 + "px";
    opener = link;
    popover.querySelector("button").focus({ preventScroll: true });
    return true;
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a");
    if (link && link.classList.contains("figure")) {
      if (open(link)) event.preventDefault();
    } else if (link && popover.contains(link)) {
      if (link.hash.indexOf("#fig-") === 0) {
        var from = opener;
        if (open(link)) { event.preventDefault(); opener = from; }
      } else {
        popover.hidden = true;
      }
    } else if (event.target.closest("#popover button") || !popover.contains(event.target)) {
      close();
    }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") close();
  });
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (item) { item.open = true; });
  });
})();
