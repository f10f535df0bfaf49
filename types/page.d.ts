/** What `page/veil.js` leaves in a page's isolated world: takes the veil away. */
declare var tabtalkVeil: (() => void) | undefined;
