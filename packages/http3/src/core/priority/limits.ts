// Bounds on what a peer can make priorities hold, each with its reason.

/** PRIORITY_UPDATE frames kept for requests that have not come: a client reorders what it is about to ask within a round trip (RFC 9218 section 7). */
export const MAX_EARLY_PRIORITY_UPDATES = 100
