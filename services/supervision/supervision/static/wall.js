// The server pushes the regions that changed; each is morphed in place. Reconnects for ever, and never pretends to be live.
const SILENCE_MS = 25000, LONGEST_WAIT_MS = 5000, LOGIN_ENDED = 4401;
const status = document.getElementById("state");
let socket, retry, watchdog, wait = 500;

function show(state) {
  status.className = state;
  status.querySelector("i").textContent = state === "live" ? "●" : "◆";
  status.querySelector("span").textContent = status.dataset[state];
  document.body.toggleAttribute("data-stale", state !== "live");
}

function apply(html) {
  const arrived = document.createElement("template");
  arrived.innerHTML = html;
  for (const region of [...arrived.content.children]) {
    Idiomorph.morph(document.getElementById(region.id), region, { morphStyle: "outerHTML" });
  }
}

function heard({ data }) {
  clearTimeout(watchdog);
  watchdog = setTimeout(lost, SILENCE_MS);
  wait = 500;
  show("live");
  if (data) apply(data);
}

function open() {
  close();
  const address = new URL(document.body.dataset.live, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  socket = new WebSocket(address);
  socket.onmessage = heard;
  socket.onclose = ({ code }) => (code === LOGIN_ENDED ? location.assign("login") : lost());
}

function close() {
  clearTimeout(retry);
  clearTimeout(watchdog);
  if (socket) socket.onclose = socket.onmessage = null;
  socket?.close();
  socket = undefined;
}

function lost() {
  close();
  show("lost");
  retry = setTimeout(again, wait * (0.7 + 0.6 * Math.random()));
  wait = Math.min(wait * 2, LONGEST_WAIT_MS);
}

async function again() {
  try { // a session that has ended is answered by the way to the login
    const page = await fetch("wall", { redirect: "manual" });
    if (page.type === "opaqueredirect") location.assign("login");
    else open();
  } catch {
    lost();
  }
}

document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
addEventListener("pagehide", close);
addEventListener("pageshow", ({ persisted }) => persisted && open());
open();
