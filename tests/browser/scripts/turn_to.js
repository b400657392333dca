// Shows another scene of a wall: a second rotation beside the page's own, which holds a scene that it has shown already
// and so does nothing more.
(scene) => {
  const address = new URL(window.location);
  address.searchParams.set("scene", scene);
  window.history.replaceState(null, "", address);
  scopc.mounts.rotation(document.querySelector("[data-island=rotation]"));
};
