/* The little that pages need beyond HTML: every page works without it, except the drag of a file.
   No inline script anywhere, so the content security policy stays default-src 'self'. */
(function () {
  "use strict";

  function sizeText(bytes) {
    return bytes < 1048576 ? Math.max(1, Math.round(bytes / 1024)) + " KB" : (bytes / 1048576).toFixed(1) + " MB";
  }

  function showName(zone) {
    var input = zone.querySelector("input[type=file]");
    var name = zone.querySelector("[data-drop-name]");
    var file = input.files[0];
    name.textContent = file ? file.name + "（" + sizeText(file.size) + "）" : name.dataset.empty || "";
    zone.classList.toggle("zr-drop-full", Boolean(file));
  }

  function readyZone(zone) {
    if (zone.dataset.ready) return;
    zone.dataset.ready = "yes";
    var input = zone.querySelector("input[type=file]");
    input.addEventListener("change", function () { showName(zone); });
    ["dragenter", "dragover"].forEach(function (kind) {
      zone.addEventListener(kind, function (event) { event.preventDefault(); zone.classList.add("zr-drop-over"); });
    });
    ["dragleave", "drop"].forEach(function (kind) {
      zone.addEventListener(kind, function (event) { event.preventDefault(); zone.classList.remove("zr-drop-over"); });
    });
    zone.addEventListener("drop", function (event) {
      if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; showName(zone); }
    });
  }

  function ready(root) {
    root.querySelectorAll("[data-drop-zone]").forEach(readyZone);
  }

  /* A form is sent once: the second click of a double click does nothing. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.hasAttribute("data-many")) return;
    var question = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
    if (question && !window.confirm(question)) { event.preventDefault(); return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "get" || form.matches("[hx-post],[hx-get],[data-hx-post],[data-hx-get]")) return;
    form.dataset.sent = "yes";
    form.classList.add("zr-sending");
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.classList.remove("zr-sending");
    });
  });

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-print],[data-copy]");
    if (!button) return;
    if (button.hasAttribute("data-print")) { window.print(); return; }
    if (navigator.clipboard) {
      navigator.clipboard.writeText(button.dataset.copy).then(function () {
        button.classList.add("zr-copied");
      });
    }
  });

  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-autosubmit]");
    if (form) form.requestSubmit();
  });

  function tellFailure(text) {
    var place = document.getElementById("zr-notices");
    if (!place) return;
    var notice = document.createElement("div");
    notice.className = "zr-notice zr-notice-error";
    notice.setAttribute("role", "alert");
    notice.textContent = text;
    place.replaceChildren(notice);
  }
  var english = document.documentElement.lang === "en";
  document.addEventListener("htmx:responseError", function () {
    tellFailure(english ? "The server could not answer. Nothing was changed; please try again." : "服务器未能处理此请求，内容没有改动。请稍后重试。");
  });
  document.addEventListener("htmx:sendError", function () {
    tellFailure(english ? "The network was interrupted. Trying again is safe." : "网络中断。重试是安全的，不会重复提交。");
  });
  document.addEventListener("htmx:load", function (event) { ready(event.detail.elt || document); });

  ready(document);
})();
