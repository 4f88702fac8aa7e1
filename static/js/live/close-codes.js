/** Why a connection was closed: a WebSocket's close codes, which an event stream has, too. docs/protocol.md has them all. */

export const LOST = 1006; // the browser's word for an end without a close frame
export const TOO_BIG = 1009; // a frame was
export const SIGNED_OUT = 4401;
export const WRONG_ADDRESS = 4403;
export const TOO_SLOW = 4408;
export const TOO_MANY = 4429;
