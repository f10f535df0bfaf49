/** How large and how fine a picture is: 13 px text stays legible, at a device pixel ratio of 2 too (docs/PERFORMANCE.md). */

/** Longest side of a frame of a tab, in pixels: what is pointed at is cut out of that. */
export const MAX_FRAME_SIDE = 3840;
/** Longest side of a whole picture. */
export const MAX_SIDE = 1920;
/** Of JPEG. The second is for a picture that is too large for the wire at the first. */
export const QUALITIES = [0.7, 0.4];
