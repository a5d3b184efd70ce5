/**
 * Waits until it is one's turn: one verification for each turn of the event loop, all images of the
 * process together. A burst of signatures would otherwise be verified in one go, while the kubelet's
 * question whether the program lives waits behind it.
 */
export function takeTurn(): Promise<void> {
  lastTurn = lastTurn.then(nextTurnOfEventLoop)
  return lastTurn
}

let lastTurn: Promise<void> = Promise.resolve()

function nextTurnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
