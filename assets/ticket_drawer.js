/**
 * Island `ticket-drawer`: what one report says: kind, words, state, when it was opened and closed, who sees to it, where its
 * evidence is. No person, no address. Closed by its button or Escape; the focus goes back to where it came from.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
(() => {
  "use strict";

  scopc.mounts["ticket-drawer"] = (element) => {
    const { el, setText, setAttribute } = scopc.dom;
    const { text } = scopc.page;
    const { ticketStore } = scopc;
    const title = el("h2", { id: "ticket-title", tabindex: "-1" });
    const shut = el("button", { type: "button", class: "evidence__close", "aria-label": text("tickets.close") }, "×");
    const state = el("p", { class: "ticket__state" });
    const words = el("p", { class: "ticket__words" });
    const facts = el("dl", { class: "evidence__facts" });
    const source = el("button", { type: "button", class: "button" }, text("tickets.source"));
    element.replaceChildren(el("div", { class: "evidence__head" }, title, shut), state, words, facts, el("div", { class: "buttons" }, source));
    let opener = null;
    let shownKey = null;

    function pairs(ticket) {
      const time = (iso) => (iso ? scopc.evidenceTime.text(iso) : "–");
      const rows = [
        [text("tickets.number"), ticket.ticket_id],
        [text("tickets.opened"), time(ticket.opened_at)],
        [text("tickets.updated"), time(ticket.updated_at)],
        [text("tickets.closed_at"), time(ticket.closed_at)],
        [text("tickets.organisation"), ticket.organisation || "–"],
        [text("evidence.received"), time(ticket.received_at)],
        [text("evidence.class"), text(ticket.synthetic ? "class.synthetic" : "class.observed")],
      ];
      return rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
    }

    const draw = scopc.islands.guarded(element, () => {
      const ticket = ticketStore.chosen();
      const key = ticket === null ? null : ticketStore.keyOf(ticket);
      const isNew = key !== shownKey;
      shownKey = key;
      if (ticket !== null) {
        setText(title, (ticket.categories || []).join(", ") || text("tickets.no_kind"));
        if (state.dataset.state !== ticket.state) state.replaceChildren(scopc.ticketSummary.sign(ticket.state), text(`tickets.${ticket.state}`));
        state.dataset.state = ticket.state;
        setText(words, ticket.description || "–");
        facts.replaceChildren(...pairs(ticket));
        setAttribute(source, "data-evidence", `feed:${ticket.feed_id}`);
      }
      if (!isNew) return;
      if (ticket !== null && element.hidden) opener = window.document.activeElement;
      setAttribute(element, "hidden", ticket === null ? "" : null);
      if (ticket !== null) title.focus();
      else if (opener && opener.isConnected) opener.focus();
    });

    const close = () => ticketStore.choose(null);
    const onKey = (event) => event.key === "Escape" && close();
    shut.addEventListener("click", close);
    // Evidence stands where the drawer does: the one makes room for the other.
    source.addEventListener("click", () => {
      opener = null; // the focus is the evidence's now
      window.setTimeout(close, 0);
    });
    window.document.addEventListener("keydown", onKey);
    const stop = ticketStore.subscribe(draw);
    return () => {
      stop();
      window.document.removeEventListener("keydown", onKey);
    };
  };
})();
