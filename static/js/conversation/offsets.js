/**
 * The offset rule of the socket. Deltas may be lost, come twice or come late, on a socket that was replaced meanwhile or from a process
 * that took the reply over; each says from which position of the reply's output to which it leads. Text is added only where it continues
 * exactly what is held, so that everything is shown exactly once; where something is missing, `watch` brings a snapshot.
 *
 * Positions are opaque but for their order: a process that takes a reply over goes on at a position behind all earlier ones.
 *
 * @typedef {"applied" | "ignored" | "resync"} Outcome
 *
 * @param {number} held the position behind the text that is held
 * @param {{offset: number, end: number}} delta
 * @returns {Outcome} what is to become of it; "resync": send `watch` again
 */
export function fit(held, { offset, end }) {
  if (end <= held) return "ignored";
  return offset === held ? "applied" : "resync";
}
